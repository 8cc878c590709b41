package place

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"stoa"
)

// OpenTo reads from what a publisher says of who may take part which countries that lets in: stoa.OpenToAll, or countries, regions, groups
// of the United Nations and bodies with known members. Nothing is not known: what only prefers some, excludes some, or speaks of
// professions alone says of no country that it may or may not.
func OpenTo(texts ...string) []string {
	for _, text := range texts {
		if len(text) > most {
			text = strings.ToValidUTF8(text[:most], "")
		}
		if out := openTo(text); len(out) > 0 {
			return out
		}
	}
	return nil
}

func openTo(text string) []string {
	w := openings()
	if text == "" || w.soft.MatchString(text) {
		return nil
	}
	var out []string
	for _, n := range w.named {
		if at := n.is.FindStringIndex(text); at != nil && (n.enough || short(text) || w.states.MatchString(around(text, at))) {
			out = append(out, n.code)
			text = n.is.ReplaceAllString(text, " ; ")
		}
	}
	if short(text) || w.from.MatchString(text) {
		countries, regions := Find(text, "")
		for _, m := range search(text, "") {
			if m.sort == set && m.factor > 0 {
				countries = append(countries, groups[m.group-1].members...)
			}
		}
		if out = append(out, countries...); len(countries) == 0 {
			for _, r := range regions {
				if r != "global" {
					out = append(out, string(r))
				}
			}
		}
	}
	if len(out) == 0 && w.all.MatchString(text) {
		return []string{stoa.OpenToAll}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// short reports whether a text is hardly more than a list of names.
func short(text string) bool { return len(strings.Fields(text)) <= 4 }

// around is what stands near a name.
func around(text string, at []int) string {
	return strings.ToValidUTF8(text[max(0, at[0]-40):min(len(text), at[1]+40)], "")
}

type namedGroup struct {
	code   string
	is     *regexp.Regexp
	enough bool // the name alone is of states
}

type openingWords struct {
	named                   []namedGroup
	soft, states, from, all *regexp.Regexp
}

// openings are the words by which texts in the six languages say who may take part.
var openings = sync.OnceValue(func() openingWords {
	name := func(code string, enough bool, names string) namedGroup {
		bounded, dense := names[:strings.LastIndex(names, "|")], names[strings.LastIndex(names, "|")+1:] // Chinese stands without spaces
		return namedGroup{code, regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:` + bounded + `)(?:$|[^\p{L}])|` + dense), enough}
	}
	return openingWords{
		named: []namedGroup{
			name("lldc", true, `LLDCs?|land-?locked developing (?:countr\p{L}+|states?)|pays en développement sans littoral|países en desarrollo sin litoral|развивающи\p{L}+ стран\p{L}*,? не имеющи\p{L}+ выхода к морю|البلدان النامية غير الساحلية|内陆发展中国家`),
			name("ldc", true, `LDCs?|least[- ]developed (?:countr\p{L}+|states?)|(?:pays les )?moins avancés|PMA|países menos adelantados|наименее развиты\p{L}+ стран\p{L}*|НРС|أقل البلدان نموا\p{M}*|最不发达国家`),
			name("sids", true, `SIDS|small island(?: developing)? (?:states?|countr\p{L}+)|petits états insulaires(?: en développement)?|pequeños estados insulares(?: en desarrollo)?|малы\p{L}+ островны\p{L}+(?: развивающи\p{L}+ся)? государств\p{L}*|الدول الجزرية الصغيرة(?: النامية)?|小岛屿发展中国家`),
			name("african-union", false, `African Union|AU|Union africaine|Unión Africana|Африканск\p{L}+ союз\p{L}*|الاتحاد الأفريقي|非(?:洲联)?盟`),
			name("arab-league", false, `(?:the )?League of Arab States|Arab League|Ligue (?:arabe|des états arabes)|Liga (?:Árabe|de los Estados Árabes)|Лиг\p{L} арабских государств|جامعة الدول العربية|阿(?:拉伯国家联)?盟`),
			name("asean", false, `ASEAN|ANASE|АСЕАН|آسيان|东盟`),
			name("caricom", false, `CARICOM|Caribbean Community|КАРИКОМ|加共体`),
			name("commonwealth", false, `(?:the )?Commonwealth|Mancomunidad Británica|Содружеств\p{L} наций|دول الكومنولث|الكومنولث|英联邦`),
			name("council-of-europe", false, `Council of Europe|Conseil de l.Europe|Consejo de Europa|Совет\p{L}* Европы|مجلس أوروبا|欧洲委员会`),
			name("ecowas", false, `ECOWAS|CEDEAO|ЭКОВАС|الإيكواس|西非经共体`),
			name("eu", false, `EU|European Union|UE|Union européenne|Unión Europea|Европейск\p{L}+ союз\p{L}*|ЕС|الاتحاد الأوروبي|欧盟`),
			name("gcc", false, `GCC|Gulf Cooperation Council|مجلس التعاون(?: لدول الخليج العربية)?|海合会`),
			name("oas", false, `OAS|OEA|Organization of American States|Organización de los Estados Americanos|Organisation des États américains|ОАГ|美洲国家组织`),
			name("pacific-islands-forum", false, `Pacific Islands Forum|PIF|太平洋岛国论坛`),
			name("sadc", false, `SADC|Southern African Development Community|南共体`),
		},
		soft:   regexp.MustCompile(`(?i)\b(?:priorit|prefer|encourag|particular|especial|waive|discount|scholarship|not (?:open|eligible)|except|exclu|other than|outside|non-|exonér|encourag|préfér|notamment|descuento|prefer|exenci)|приоритет|предпочт|кроме|особенно|أولوية|باستثناء|خاصة|优先|除外|鼓励`),
		states: regexp.MustCompile(`(?i)member|countr|state|nation|citizen|resident|pays|état|membre|ressortissant|país|paises|estado|miembro|стран|государств|член|граждан|دول|بلدان|مواطن|أعضاء|国|成员|公民`),
		from: regexp.MustCompile(`(?i)\b(?:open|eligible|available|restricted|limited|reserved)\b[^.;]{0,60}\b(?:to|for|in|from)\b|\b(?:nationals|citizens|residents|applicants|participants|candidates|officials|professionals|practitioners|institutions|countries|states|experts)\b[^.;]{0,30}\b(?:of|from|in|across)\b|` +
			`ouvert[es]* (?:à|aux)|ressortissants|en provenance d|abiert[oa]s? a|nacionales de|procedentes de|граждан|из стран|открыт|مفتوح|مواطن|从|面向|公民`),
		all: regexp.MustCompile(`(?i)\b(?:all (?:countries|nationalities|nations|(?:(?:ITU|UN) )?member states|regions)|any (?:country|nationality)|every country|(?:the )?(?:whole|entire) world|worldwide|everyone|everybody|anyone|open to all|open to the public)\b|tous les pays|toutes (?:les )?nationalités|ouvert à tous|todos los países|cualquier (?:país|nacionalidad)|abierto a todos|все(?:х|м)? стран|люб(?:ой|ого) стран|جميع (?:البلدان|الدول|الجنسيات)|للجميع|所有国家|各国`),
	}
})
