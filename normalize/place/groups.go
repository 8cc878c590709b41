package place

import "strings"

// group is a set of countries that is named as one.
type group struct {
	names   []string // folded; any of them names it
	members []string
}

// groups are expanded to their countries only where a text also gives their number: "ten countries" of ASEAN, "the six
// economies" of the Western Balkans. Without the number a region is meant, not each of its countries.
var groups = []group{
	{[]string{"asean", "anase", "东盟", "асеан"}, fields("BN KH ID LA MY MM PH SG TH VN")},
	{[]string{"western balkan", "balkans occidentaux", "balcanes occidentales", "westbalkan", "балкан"}, fields("AL BA ME MK RS XK")},
	{[]string{"iproceeds"}, fields("AL BA ME MK RS TR XK")},
	{[]string{"cybereast", "eastern partnership", "partenariat oriental", "восточное партнерство", "восточного партнерства"}, fields("AM AZ BY GE MD UA")},
	{[]string{"cybersouth"}, fields("DZ JO LB MA TN")},
	{[]string{"sahel", "sahelien"}, fields("ML MR NE TD BF")},
	{[]string{"gulf cooperation council", "gcc", "مجلس التعاون"}, fields("AE BH KW OM QA SA")},
	{[]string{"central asia", "asie centrale", "центральной азии", "центральная азия", "آسيا الوسطى", "中亚"}, fields("KG KZ TJ TM UZ")},
	{[]string{"baltic", "baltes", "балти"}, fields("EE LT LV")},
	{[]string{"nordic", "nordique", "nordischen"}, fields("DK FI IS NO SE")},
	{[]string{"visegrad"}, fields("CZ HU PL SK")},
	{[]string{"east african community", "communaute d afrique de l est"}, fields("BI KE RW TZ UG")},
	{[]string{"mercosur", "mercosul"}, fields("AR BR PY UY")},
	{[]string{"maghreb", "المغرب العربي"}, fields("DZ LY MA MR TN")},
	{[]string{"south caucasus", "caucase du sud", "южного кавказа"}, fields("AM AZ GE")},
}

func fields(s string) []string { return strings.Fields(s) }

// numbers are the words for the sizes of groups, folded.
var numbers = map[int][]string{
	3: {"three", "trois", "tres", "drei", "три", "трех", "ثلاث", "三"}, 4: {"four", "quatre", "cuatro", "quatro", "vier", "четыре", "اربع", "四"},
	5: {"five", "cinq", "cinco", "funf", "пять", "пяти", "خمس", "五"}, 6: {"six", "seis", "sechs", "шесть", "шести", "ست", "六"},
	7: {"seven", "sept", "siete", "sete", "sieben", "семь", "семи", "سبع", "七"}, 10: {"ten", "dix", "diez", "dez", "zehn", "десять", "десяти", "عشر", "十"},
}

// statuses are the United Nations lists of countries in special situations, as of 2025.
var statuses = map[string][]string{
	"LDC":  fields("AF AO BD BF BI BJ CD CF DJ ER ET GM GN GW HT KH KI KM LA LR LS MG ML MM MR MW MZ NE NP RW SB SD SL SN SO SS TD TG TL TV TZ UG YE ZM"),
	"LLDC": fields("AF AM AZ BF BI BO BT BW CF ET KG KZ LA LS MD MK ML MN MW NE NP PY RW SS SZ TD TJ TM UG UZ ZM ZW"),
	"SIDS": fields("AG BB BS BZ CU CV DM DO FJ FM GD GW GY HT JM KI KM KN LC MH MU MV NR PG PW SB SC SG SR ST TL TO TT TV VC VU WS"),
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
