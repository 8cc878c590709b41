package stale

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lost are the words of a page that says it is not there, folded, in the languages of the interface and some more.
var lost = folded(
	"404", "not found", "page not found", "page cannot be found", "page can not be found", "page could not be found",
	"can't find", "cannot find the page", "couldn't find", "could not find", "no longer available", "no longer exists",
	"does not exist", "doesn't exist", "page missing", "page is missing", "has been removed", "has been deleted",
	"has been moved or deleted", "page unavailable", "not available anymore", "nothing here", "nothing was found",
	"content unavailable", "this page is gone", "page has gone", "page isn't available", "page is not available",
	"broken link", "dead link", "content removed", "page removed", "has been taken down", "was taken down", "has been withdrawn",
	"contenu supprime", "page supprimee", "contenido eliminado", "pagina eliminada", "материал удален", "содержимое удалено", "内容已删除", "内容已下架", "المحتوي محذوف", "تمت ازاله",
	"went wrong", "page error", "error 404", "oops",
	"can't be found", "cannot be found", "could not be found", "did not exist", "was inaccessible", "we couldn't find",
	"page you requested", "page you are looking for", "page you were looking for", "page you're looking for", "not exist",
	"resource could not be found", "requested page", "page has moved", "no such page", "nothing found", "lost your way",
	"la page que vous recherchez", "la page que vous cherchez", "la page demandee", "ne peut etre trouvee", "n'est pas disponible", "oups",
	"la pagina que busca", "la pagina que buscas", "la pagina solicitada", "no se puede encontrar", "no pudo ser encontrada", "vaya",
	"страницы нет", "такой страницы", "запрашиваемая страница", "запрошенная страница", "ошибка 404", "страница отсутствует", "не обнаружена",
	"走丢", "页面已失效", "您要找的页面", "您要访问的页面", "网页不存在", "页面出错", "内容不存在", "该页面已", "抱歉",
	"الصفحه التي تبحث عنها", "الصفحه المطلوبه", "عذرا", "خطا 404", "ليست موجوده",
	"page introuvable", "introuvable", "page non trouvee", "pas ete trouvee", "n'existe pas", "n'existe plus",
	"n'a pas ete trouve", "plus disponible", "n'est plus disponible", "page inexistante", "contenu introuvable",
	"a ete supprimee", "n'a pu etre trouvee",
	"no encontrada", "no encontrado", "pagina no encontrada", "no se encuentra", "no se encontro", "no existe",
	"ya no existe", "no esta disponible", "ya no esta disponible", "no se ha encontrado", "no hemos encontrado",
	"no se ha podido encontrar", "ha sido eliminada", "no pudimos encontrar",
	"не найдена", "не найдено", "не найден", "не существует", "страница не найдена", "страница удалена",
	"страницы не существует", "недоступна", "больше не существует", "была удалена", "не удалось найти",
	"页面不存在", "找不到", "未找到", "无法找到", "页面未找到", "不存在", "页面丢失", "已删除", "已被删除", "页面无法访问", "您访问的页面",
	"الصفحه غير موجوده", "غير موجوده", "غير موجود", "لم يتم العثور", "تعذر العثور", "لا يمكن العثور", "الصفحه المطلوبه غير",
	"غير متاحه", "لم نتمكن من العثور", "لا توجد", "تم حذف", "لم يعد متاحا",
	"nicht gefunden", "seite nicht gefunden", "existiert nicht", "nicht mehr verfugbar", "konnte nicht gefunden",
	"pagina nao encontrada", "nao encontrada", "nao encontrado", "nao existe", "pagina non trovata", "non trovata",
	"niet gevonden", "nie znaleziono", "bulunamadi", "ページが見つかりません", "見つかりません",
	"no longer accessible", "no longer online", "no longer exist", "been archived or removed", "page has expired", "link has expired", "bad link",
	"n'est plus accessible", "n'est plus en ligne", "a ete retiree", "a ete retire", "lien rompu", "plus en ligne",
	"ya no se encuentra", "no esta accesible", "ha sido retirada", "ha sido retirado", "enlace roto", "ya no esta en linea",
	"больше не доступ", "более не доступ", "больше недоступ", "не доступна", "не доступен", "не доступно", "снята с публикации", "снят с публикации", "страница удалена",
	"已下线", "已下架", "已过期", "已失效", "无法显示", "无法打开", "网页出错", "访问的内容", "页面走失",
	"لم تعد متاحه", "لم يعد موجودا", "لم تعد موجوده", "تمت ازالتها", "الرابط غير صحيح", "الصفحه محذوفه",
	"unpublished", "wandered off", "you seem lost", "looks like you're lost", "invalid link", "invalid address", "cannot be displayed", "whoops",
	"depublie", "rien ici", "vous vous soyez perdu", "lien invalide", "despublicado", "no hay nada aqui", "te has perdido", "enlace no valido",
	"здесь ничего нет", "вы заблудились", "введен неверно", "упс", "取消发布", "什么都没有", "迷路", "网址有误", "哎呀",
	"لا يوجد شيء هنا", "ضللت الطريق", "الغاء نشر", "غير صحيح او",
	// what a server shows in place of a site that was taken off it
	"account suspended", "account has been suspended", "site suspended", "website suspended", "website has been suspended", "hosting account",
	"welcome to nginx", "apache2 default page", "apache2 ubuntu default page", "apache2 debian default page", "http server test page", "iis windows server", "default web site page",
	"web server's default page", "default plesk page", "domain default page", "no web site at this address", "index of /",
)

// bare are the headings that say all in a word; absent are words that say it of a thing.
var (
	bare   = folded("error", "erreur", "errore", "erro", "fehler", "ошибка", "错误", "خطا", "sorry", "status")
	absent = folded(
		"unavailable", "not available", "removed", "withdrawn", "deleted", "missing", "expired", "invalid", "disabled",
		"indisponible", "non disponible", "supprime", "supprimee", "retire", "retiree", "expire", "no disponible", "eliminado", "eliminada", "retirado", "retirada", "caducado",
		"недоступен", "недоступна", "недоступно", "удален", "удалена", "удалено", "不可用", "已删除", "已移除", "无效", "غير متوفر", "غير متوفره", "غير متاح", "غير متاحه", "محذوف", "محذوفه",
		"nicht verfugbar", "entfernt", "indisponivel", "removido",
	)
)

// A page that is gone says so in its text in a sentence of its own making: a thing, that it went, and a word to whom sought it. Each
// list alone says nothing: "no existe costo de inscripción", "this call is no longer open".
var (
	things = folded(
		"page", "document", "publication", "article", "resource", "content", "link", "url", "address", "file", "item", "site map",
		"la page", "le document", "l'article", "le contenu", "la ressource", "le lien", "l'adresse", "cette adresse", "ce contenu", "cette page",
		"pagina", "documento", "articulo", "contenido", "recurso", "enlace", "direccion",
		"страница", "страницу", "страницы", "документ", "документа", "материал", "статья", "статью", "ссылка", "адрес", "содержимое",
		"页面", "网页", "文档", "文章", "内容", "资源", "链接", "地址", "文件",
		"الصفحه", "صفحه", "الوثيقه", "المستند", "المقال", "المحتوي", "الرابط", "العنوان", "عنوانها", "المورد",
		"seite", "dokument", "artikel", "inhalt", "adresse", "conteudo", "artigo", "endereco", "category", "product",
	)
	losses = folded(
		"removed", "withdrawn", "deleted", "moved", "changed", "expired", "archived", "no longer", "not found", "unavailable", "missing", "does not exist", "doesn't exist",
		"cannot find", "can't find", "couldn't find", "could not find", "broken", "retired",
		"supprime", "supprimee", "retire", "retiree", "deplace", "deplacee", "n'existe", "plus disponible", "plus en ligne", "plus accessible", "introuvable", "rien a afficher", "expire", "expiree",
		"retirado", "retirada", "eliminado", "eliminada", "movido", "movida", "cambio", "cambiado", "no existe", "ya no", "no se encuentra", "no encontramos", "caducado", "no disponible",
		"удален", "удалена", "удалено", "перемещен", "перемещена", "перемещено", "не существует", "больше не", "более не", "не найден", "не найдена", "не найдено", "снят", "снята", "устарела", "недоступна", "недоступен",
		"移除", "删除", "移动", "更改", "不存在", "过期", "下线", "下架", "失效", "找不到", "无法找到", "未找到",
		"ازيلت", "ازيل", "حذفت", "حذف", "نقلت", "نقل", "تغير", "تغيرت", "لم تعد", "لم يعد", "غير موجوده", "غير موجود", "انتهت",
		"geloscht", "entfernt", "verschoben", "existiert", "nicht mehr", "nicht gefunden", "removido", "removida", "excluido", "nao existe", "alterado",
	)
	sought = folded(
		"sorry", "apologies", "apologise", "apologize", "unfortunately", "you are looking for", "you're looking for", "you were looking for", "you tried to", "you are trying to", "you requested", "you followed", "requested",
		"desole", "desoles", "malheureusement", "vous recherchez", "vous cherchez", "vous avez demande", "demande", "demandee", "cette adresse",
		"lo sentimos", "lamentamos", "lamentablemente", "que busca", "que buscas", "que intenta", "intenta consultar", "solicitado", "solicitada",
		"извините", "к сожалению", "простите", "вы ищете", "вы искали", "запрошенный", "запрошенная", "запрашиваемая", "запрашиваемый",
		"抱歉", "对不起", "很遗憾", "您访问", "您查找", "您所查找", "您要", "您请求", "所请求",
		"عذرا", "ناسف", "للاسف", "التي تبحث", "الذي تبحث", "التي تحاول", "الذي تحاول", "المطلوبه", "المطلوب",
		"leider", "entschuldigung", "gesuchte", "angeforderte", "desculpe", "infelizmente", "que procura", "solicitada",
	)
)

// regrets reports whether a short text says, in words of its own, that what was sought is not there.
func regrets(text string) bool { return says(text, things) && says(text, losses) && says(text, sought) }

// newer are the words with which a page says that another edition stands in its place.
var newer = folded(
	"has been superseded", "superseded by", "is superseded", "has been replaced by", "was replaced by", "is replaced by", "has been revised by",
	"this version is obsolete", "this edition is obsolete", "a newer version of this document", "a newer edition of this",
	"est remplace par", "est remplacee par", "a ete remplace par", "a ete remplacee par", "cette version est obsolete", "version plus recente de ce document",
	"ha sido reemplazado por", "ha sido reemplazada por", "ha sido sustituido por", "ha sido sustituida por", "esta version esta obsoleta",
	"заменен на", "заменен документом", "заменена новой", "заменено новым", "эта редакция устарела", "утратил силу в связи с",
	"تم استبداله ب", "حلت محله", "حل محله", "صدرت نسخه احدث", "已被取代", "已被替代", "由新版取代", "被新版本取代", "本版本已废止",
	"wurde ersetzt durch", "ersetzt durch", "foi substituido por", "foi substituida por",
)

// sale are the words of a domain that is for sale or parked.
var sale = folded(
	"domain is for sale", "domain for sale", "buy this domain", "purchase this domain", "domain may be for sale",
	"domain name is for sale", "make an offer on this domain", "this domain is available", "inquire about this domain",
	"domain is parked", "parked domain", "domain parking", "parked free", "domain has expired", "this domain has been registered",
	"get this domain", "own this domain", "acquire this domain", "premium domain", "related searches", "sponsored listings",
	"the domain owner", "website is for sale", "registered at namecheap", "parked for free", "domain was recently registered", "interested in this domain", "listed for sale", "domain is available for purchase",
	"website for sale", "site for sale", "generated by the domain owner", "price on request", "contact the broker", "webspace wurde noch nicht eingerichtet", "site a vendre",
	"sitio en venta", "сайт продается", "网站出售", "الموقع للبيع", "domaine est a vendre", "domaine a vendre", "acheter ce domaine", "nom de domaine est a vendre", "domaine est en vente",
	"domaine en parking", "dominio esta a la venta", "dominio en venta", "comprar este dominio", "dominio esta en venta",
	"dominio estacionado", "compre este dominio", "dominio aparcado", "dominio a venda", "dominio esta a venda",
	"домен продается", "домен продаётся", "купить домен", "купить этот домен", "домен выставлен на продажу", "продажа домена",
	"домен припаркован", "域名出售", "域名转让", "此域名出售", "购买此域名", "域名可以出售", "该域名", "本域名", "域名正在出售",
	"النطاق للبيع", "هذا النطاق معروض", "نطاق للبيع", "شراء هذا النطاق", "الدومين للبيع", "اسم النطاق للبيع",
	"domain steht zum verkauf", "domain zu verkaufen", "diese domain kaufen", "domain kaufen",
)

// bait are the words of pages that take over the addresses of others: gambling, pills, adult content.
var bait = folded(
	"casino", "slot gacor", "slot online", "togel", "judi online", "sportsbook", "betting", "poker online", "jackpot", "free spins",
	"viagra", "cialis", "payday loan", "escort", "porn", "xxx", "bandar", "maxwin", "казино", "ставки на спорт", "игровые автоматы",
	"situs slot", "gacor", "rtp live", "freebet", "bonus deposit", "call girls", "adult services", "фриспины", "слоты", "вулкан", "新葡京", "投注", "真人荷官", "buy viagra", "without prescription", "online pharmacy", "roulette", "blackjack", "slot machine", "1xbet", "mostbet", "melbet", "bet365", "pin-up bet", "baccarat",
	"букмекер", "бонус при регистрации", "官网登录入口", "送彩金", "百家乐", "真人娱乐", "体育投注", "老虎机", "سلوتس", "روليت", "bonus de bienvenue", "tragamonedas", "tragaperras",
	"博彩", "娱乐城", "赌场", "彩票", "棋牌", "كازينو", "مراهنات", "casino en ligne", "casino en linea", "apuestas deportivas", "paris sportifs",
)

// walls are the words of a page that wants to be sure that no machine reads it.
var walls = folded(
	"just a moment", "checking your browser", "verify you are human", "verify that you are human", "are you a robot",
	"enable javascript and cookies", "access denied", "attention required", "ddos protection", "security check",
	"unusual traffic", "request blocked", "captcha", "bot verification", "pardon our interruption", "you have been blocked",
	"request unsuccessful", "incapsula incident", "one more step", "verify that you're human", "verifying you are human", "performing security verification",
	"checking if the site connection is secure", "prove you are human", "not a robot", "automated access", "mod_security", "web application firewall", "the requested url was rejected",
	"проверка браузера", "доступ запрещен", "подтвердите, что вы не робот", "вы не робот", "acces refuse", "verifiez que vous etes humain", "vous n'etes pas un robot",
	"acceso denegado", "no soy un robot", "verifique que es humano", "访问被拒绝", "人机验证", "安全验证", "请完成验证", "تم رفض الوصول", "لست روبوتا", "تحقق من انك انسان",
)

// wallers are the hosts from which such pages fetch their riddles, without what stands before.
var wallers = []string{"challenges.cloudflare.com", "incapsula.com", "captcha-delivery.com", "perimeterx.net", "px-cdn.net", "awswaf.com", "queue-it.net"}

// parkers are the hosts of parking services, without what stands before.
var parkers = []string{
	"sedoparking.com", "sedo.com", "parkingcrew.net", "bodis.com", "afternic.com", "dan.com", "hugedomains.com", "above.com",
	"parklogic.com", "undeveloped.com", "domainmarket.com", "namebright.com", "buydomains.com", "sav.com", "uniregistry.com",
	"dsparking.com", "parkeddomain.com", "domainnamesales.com", "smartname.com", "cashparking.com", "voodoo.com",
	"parking.godaddy.com", "ztomy.com", "skenzo.com", "fabulous.com", "domainsponsor.com", "efty.com", "atom.com",
	"parking-lander.com", "rookmedia.net", "nsparking.com", "4.cn", "ename.com", "west.cn", "reg.ru", "nic.ru", "parking.reg.ru",
}

func parkingHost(host string) bool { return under(host, parkers) }

func wallHost(host string) bool { return under(host, wallers) }

// under reports whether a host is one of the given, or belongs to one.
func under(host string, of []string) bool {
	return slices.ContainsFunc(of, func(p string) bool { return host == p || strings.HasSuffix(host, "."+p) })
}

// fold brings text to the form of the phrases: lower case, no accents, plain apostrophes, one form of Arabic letters.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r) && !unicode.In(r, unicode.Hiragana, unicode.Katakana), r == 'ـ':
		case r == '’' || r == '‘' || r == '`' || r == '´':
			b.WriteRune('\'')
		case r == 'ة':
			b.WriteRune('ه')
		case r == 'ى':
			b.WriteRune('ي')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func folded(phrases ...string) []string {
	for i, p := range phrases {
		phrases[i] = fold(p)
	}
	return phrases
}

// says reports whether text has one of the phrases, as whole words where words are set apart by spaces.
func says(text string, phrases []string) bool { return count(text, phrases) > 0 }

// count returns how many of the phrases text has.
func count(text string, phrases []string) int {
	text = " " + fold(text) + " "
	n := 0
	for _, p := range phrases {
		for from := 0; ; {
			i := strings.Index(text[from:], p)
			if i < 0 {
				break
			}
			i += from
			if edge(text, i, p) {
				n++
				break
			}
			from = i + len(p)
		}
	}
	return n
}

// edge reports whether the phrase at i neither begins nor ends within a word.
func edge(text string, i int, p string) bool {
	return !glued(text[:i], p, true) && !glued(text[i+len(p):], p, false)
}

// glued reports whether the text beside a phrase goes on with the same word.
func glued(side, p string, before bool) bool {
	a, _ := utf8.DecodeRuneInString(side)
	b, _ := utf8.DecodeLastRuneInString(p)
	if before {
		a, _ = utf8.DecodeLastRuneInString(side)
		b, _ = utf8.DecodeRuneInString(p)
	}
	if unicode.Is(unicode.Han, a) || unicode.Is(unicode.Han, b) || unicode.Is(unicode.Arabic, b) {
		return false
	}
	return (unicode.IsLetter(a) || unicode.IsDigit(a)) && (unicode.IsLetter(b) || unicode.IsDigit(b))
}
