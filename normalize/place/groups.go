package place

import "strings"

// group is a set of countries that is named as one. names are in the form of places.txt.
type group struct {
	names   string
	members []string
	bond    bond
	later   []string // who pays for it too, beyond those that are counted
}

// bond is what ties the members of a group to a text that names it.
type bond int8

const (
	league bond = iota // named with their number, or by a project: each of them is meant; else their region
	joined             // a programme or meeting that its members make up: where the title names it and no country, they take part
	givers             // they pay for it: named beside it, they are no countries that it is about
)

// groups are expanded to their countries only where a text also gives their number ("ten countries" of ASEAN, "the six
// economies" of the Western Balkans), or names a project by them. Else a region is meant, not each of its countries.
//
// Programmes of the field are facts of their own pages: coe.int/cybercrime (CyberSouth, CyberEast, iPROCEEDS, CyberSEE, GLACY, Cybercrime@IPA, Cybercrime@EaP), encysec.eu, ega.ee (Cyber Balkans),
// itu.int (HIPCAR), aseanregionalforum.asean.org (who chairs its meeting on ICTs), diplomacy.edu (whom the report on African
// digital foreign policy studies), unitar.org (who pays for the women's fellowship).
var groups = []group{
	{names: "asean anase 东盟 亚细安 асеан آسيان الآسيان", members: fields("BN KH ID LA MY MM PH SG TH VN")},
	{names: "western_balkans western_balkan balkans_occidentaux balcanes_occidentales balcãs_ocidentais westbalkan* западных_балкан غرب_البلقان 西巴尔干", members: fields("AL BA ME MK RS XK")},
	{names: "iproceeds iproceeds-2 cybersee", members: fields("AL BA ME MK RS TR XK"), bond: joined},
	{names: "eastern_partnership partenariat_oriental asociación_oriental восточное_партнерство восточного_партнерства östliche_partnerschaft", members: fields("AM AZ BY GE MD UA")},
	{names: "cybereast eu4digital_cybersecurity_east cybersecurity_east", members: fields("AM AZ GE MD UA"), bond: joined},
	{names: "cyber_balkans cyberbalkans", members: fields("AL BA ME MK RS XK"), bond: joined},
	{names: "cybercrime_ipa", members: fields("AL BA HR ME MK RS TR XK"), bond: joined},
	{names: "cybercrime_eap", members: fields("AM AZ BY GE MD UA"), bond: joined},
	{names: "encysec", members: fields("MD MK XK"), bond: joined},
	{names: "cybersouth", members: fields("DZ JO LB MA TN"), bond: joined},
	{names: "hipcar", members: fields("AG BS BB BZ DM DO GD GY HT JM KN LC VC SR TT"), bond: joined},
	{names: "ocwar-c ocwarc", members: fields("BF BJ CI CV GH GM GN GW LR ML MR NE NG SL SN TG")},
	{names: "arf-ism_on_icts arf_inter-sessional_meeting_on_icts arf_inter-sessional_meeting_on_security_of_and_in_the_use_of_icts", members: fields("JP MY SG"), bond: joined},
	{names: "stronger_digital_voices_from_africa african_digital_foreign_policy african_digital_diplomacy_report", members: fields("CI GH KE NA NG RW SN ZA")},
	{names: "sahel sahélien* sáhel сахел* الساحل_الأفريقي 萨赫勒", members: fields("ML MR NE TD BF")},
	{names: "gulf_cooperation_council gcc ccg مجلس_التعاون 海合会 海湾合作委员会 ссагпз", members: fields("AE BH KW OM QA SA")},
	{names: "central_asia asie_centrale asia_central ásia_central zentralasien центральной_азии центральная_азия آسيا_الوسطى 中亚", members: fields("KG KZ TJ TM UZ")},
	{names: "eurasian_economic_union eaeu еаэс union_économique_eurasiatique", members: fields("AM BY KG KZ RU")},
	{names: "baltic balte* балтийск* балтии", members: fields("EE LT LV")},
	{names: "nordic nordique* nordisch* скандинавск*", members: fields("DK FI IS NO SE")},
	{names: "visegrad visegrád вишеградск*", members: fields("CZ HU PL SK")},
	{names: "east_african_community communauté_d_afrique_de_l_est eac", members: fields("BI KE RW TZ UG")},
	{names: "mercosur mercosul", members: fields("AR BR PY UY")},
	{names: "maghreb المغرب_العربي", members: fields("DZ LY MA MR TN")},
	{names: "south_caucasus caucase_du_sud южного_кавказа", members: fields("AM AZ GE")},
	{
		names:   "women_in_international_security_and_cyberspace women_and_international_security_in_cyberspace women_in_cyber_fellowship women_in_cyber_fellows",
		members: fields("AU CA GB NL NZ"), bond: givers, later: fields("DE US"),
	},
	{names: "five_eyes", members: fields("AU CA GB NZ US")},
	{names: "g7_cyber g7_cyber_expert_group ise-shima_cyber_group", members: fields("CA DE FR GB IT JP US")},
	{names: "quad_cybersecurity_partnership quad_cyber_challenge quad_senior_cyber_group", members: fields("AU IN JP US"), bond: joined},
	{names: "aukus", members: fields("AU GB US"), bond: joined},
	{names: "benelux", members: fields("BE LU NL"), bond: joined},
	{names: "mekong lancang-mekong 澜湄", members: fields("KH LA MM TH VN")},
	{names: "pacific_alliance alianza_del_pacífico aliança_do_pacífico", members: fields("CL CO MX PE"), bond: joined},
	{names: "andean_community comunidad_andina comunidade_andina", members: fields("BO CO EC PE")},
	{names: "oecs", members: fields("AG DM GD KN LC VC")},
	{names: "caricom caribbean_community caricom_impacs comunidad_del_caribe", members: fields("AG BS BB BZ DM GD GY HT JM KN LC MS SR TT VC")},
	{names: "sica sistema_de_la_integración_centroamericana", members: fields("BZ CR DO GT HN NI PA SV")},
	{names: "pacific_islands_forum pif forum_des_îles_du_pacifique", members: fields("AU CK FJ FM KI MH NC NR NU NZ PF PG PW SB TO TV VU WS")},
	{names: "pacson pacific_cyber_security_operational_network", members: fields("AU CK FJ KI MH NR NU NZ PG PW SB TK TO TV VU WS")},
	{names: "igad", members: fields("DJ ER ET KE SO SS SD UG")},
	{names: "cemac", members: fields("CF CG CM GA GQ TD")},
	{names: "uemoa waemu", members: fields("BF BJ CI GW ML NE SN TG")},
	{names: "ecowas cedeao إيكواس 西非经共体", members: fields("BF BJ CI CV GH GM GN GW LR ML NE NG SL SN TG")},
	{names: "sadc communauté_de_développement_de_l_afrique_australe comunidade_de_desenvolvimento_da_áfrica_austral", members: fields("AO BW CD KM LS MG MU MW MZ NA SC SZ TZ ZA ZM ZW")},
	{names: "saarc", members: fields("AF BD BT IN LK MV NP PK")},
	{names: "bimstec", members: fields("BD BT IN LK MM NP TH")},
	{names: "central_america centroamérica centroamerican*", members: fields("BZ CR GT HN NI PA SV")},
	{names: "palop portuguese-speaking_african", members: fields("AO CV GW MZ ST")},
	{names: "cplp community_of_portuguese_language_countries", members: fields("AO BR CV GQ GW MZ PT ST TL")},
}

func fields(s string) []string { return strings.Fields(s) }

// numbers are the words for the sizes of groups, folded. Figures count too.
var numbers = map[int][]string{
	3: {"three", "trois", "tres", "drei", "три", "трех", "ثلاث", "三"}, 4: {"four", "quatre", "cuatro", "quatro", "vier", "четыре", "четырех", "اربع", "四"},
	5: {"five", "cinq", "cinco", "funf", "пять", "пяти", "خمس", "五"}, 6: {"six", "seis", "sechs", "шесть", "шести", "ست", "六"},
	7: {"seven", "sept", "siete", "sete", "sieben", "семь", "семи", "سبع", "七"}, 8: {"eight", "huit", "ocho", "oito", "acht", "восемь", "восьми", "ثماني", "八"},
	9: {"nine", "neuf", "nueve", "nove", "neun", "девять", "девяти", "تسع", "九"}, 10: {"ten", "dix", "diez", "dez", "zehn", "десять", "десяти", "عشر", "十"},
	15: {"fifteen", "quinze", "quince", "funfzehn", "пятнадцать", "пятнадцати", "十五"}, 16: {"sixteen", "seize", "dieciseis", "dezesseis", "sechzehn", "шестнадцать", "шестнадцати", "十六"},
	18: {"eighteen", "dix huit", "dieciocho", "dezoito", "achtzehn", "восемнадцать", "восемнадцати", "十八"},
}

// Status returns which of the United Nations' lists a country is on: LDC (least developed), LLDC (landlocked developing),
// SIDS (small island developing state), in this order.
func Status(country string) []string {
	var out []string
	for _, s := range [...]string{"LDC", "LLDC", "SIDS"} {
		for _, c := range statuses[s] {
			if c == country {
				out = append(out, s)
			}
		}
	}
	return out
}
