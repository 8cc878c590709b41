package place

import "strings"

// group is a set of countries that is named as one. names are in the form of places.txt.
type group struct {
	names   string
	members []string
}

// groups are expanded to their countries only where a text also gives their number ("ten countries" of ASEAN, "the six
// economies" of the Western Balkans), or names a project by them. Else a region is meant, not each of its countries. The
// programmes among them are those of the field that name the countries they are for, or that pay and take part.
var groups = []group{
	{"asean anase 东盟 асеан", fields("BN KH ID LA MY MM PH SG TH VN")},
	{"western_balkans western_balkan balkans_occidentaux balcanes_occidentales westbalkan* западных_балкан", fields("AL BA ME MK RS XK")},
	{"iproceeds iproceeds-2 cybersee", fields("AL BA ME MK RS TR XK")},
	{"cybereast eastern_partnership partenariat_oriental восточное_партнерство восточного_партнерства", fields("AM AZ BY GE MD UA")},
	{"cybersouth", fields("DZ JO LB MA TN")},
	{"sahel sahélien*", fields("ML MR NE TD BF")},
	{"gulf_cooperation_council gcc مجلس_التعاون", fields("AE BH KW OM QA SA")},
	{"central_asia asie_centrale центральной_азии центральная_азия آسيا_الوسطى 中亚", fields("KG KZ TJ TM UZ")},
	{"baltic balte* балтийск* балтии", fields("EE LT LV")},
	{"nordic nordique* nordisch*", fields("DK FI IS NO SE")},
	{"visegrad", fields("CZ HU PL SK")},
	{"east_african_community communauté_d_afrique_de_l_est", fields("BI KE RW TZ UG")},
	{"mercosur mercosul", fields("AR BR PY UY")},
	{"maghreb المغرب_العربي", fields("DZ LY MA MR TN")},
	{"south_caucasus caucase_du_sud южного_кавказа", fields("AM AZ GE")},
	{"women_in_international_security_and_cyberspace women_and_international_security_in_cyberspace women_in_cyber_fellowship", fields("AU CA GB NL NZ")},
	{"five_eyes", fields("AU CA GB NZ US")},
	{"benelux", fields("BE LU NL")},
	{"mekong", fields("KH LA MM TH VN")},
	{"pacific_alliance alianza_del_pacífico", fields("CL CO MX PE")},
	{"andean_community comunidad_andina", fields("BO CO EC PE")},
	{"oecs", fields("AG DM GD KN LC VC")},
	{"igad", fields("DJ ER ET KE SO SS SD UG")},
	{"cemac", fields("CF CG CM GA GQ TD")},
	{"uemoa waemu", fields("BF BJ CI GW ML NE SN TG")},
	{"ecowas cedeao", fields("BF BJ CI CV GH GM GN GW LR ML NE NG SL SN TG")},
	{"saarc", fields("AF BD BT IN LK MV NP PK")},
	{"bimstec", fields("BD BT IN LK MM NP TH")},
	{"central_america centroamérica centroamerican*", fields("BZ CR GT HN NI PA SV")},
	{"palop portuguese-speaking_african", fields("AO CV GW MZ ST")},
}

func fields(s string) []string { return strings.Fields(s) }

// numbers are the words for the sizes of groups, folded.
var numbers = map[int][]string{
	3: {"three", "trois", "tres", "drei", "три", "трех", "ثلاث", "三"}, 4: {"four", "quatre", "cuatro", "quatro", "vier", "четыре", "اربع", "四"},
	5: {"five", "cinq", "cinco", "funf", "пять", "пяти", "خمس", "五"}, 6: {"six", "seis", "sechs", "шесть", "шести", "ست", "六"},
	7: {"seven", "sept", "siete", "sete", "sieben", "семь", "семи", "سبع", "七"}, 8: {"eight", "huit", "ocho", "oito", "acht", "восемь", "восьми", "ثماني", "八"}, 10: {"ten", "dix", "diez", "dez", "zehn", "десять", "десяти", "عشر", "十"},
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
