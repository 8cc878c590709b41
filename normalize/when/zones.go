package when

import (
	"strings"
	"sync"
	"time"
)

// zone is a time zone as a text states it: a fixed offset, or a place whose clocks change with the season.
type zone struct {
	offset int // seconds east of UTC
	place  func() *time.Location
}

// at returns the instant when clocks of z show the given time. Hour may be 24.
func (z *zone) at(d day, hour, minute, second int) time.Time {
	loc := time.UTC
	switch {
	case z.place != nil:
		loc = z.place()
	case z.offset != 0:
		loc = time.FixedZone("", z.offset)
	}
	return time.Date(d.y, time.Month(d.m), d.d, hour, minute, second, 0, loc)
}

func fixed(hours, minutes int) *zone { return &zone{offset: hours*3600 + minutes*60} }

// named returns the zone of an IANA name. The tables are built in, so the name is always found; a test asks for each.
func named(name string) *zone {
	return &zone{place: sync.OnceValue(func() *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			return time.UTC
		}
		return loc
	})}
}

// utc is the zone of "Z", "GMT" and the like.
var utc = fixed(0, 0)

// abbreviations are names of zones that mean one thing wherever they are met, upper case. Those that mean several
// (IST, BST, AST, PST outside America…) stand in regional, and mean nothing without a region.
var abbreviations = map[string]*zone{
	"UTC": utc, "GMT": utc, "UT": utc, "Z": utc, "WET": utc, "TU": utc, "UTC0": utc, "ETC/GMT": utc, "ETC/UTC": utc,
	"AOE": fixed(-12, 0), "CET": fixed(1, 0), "MET": fixed(1, 0), "MEZ": fixed(1, 0), "WAT": fixed(1, 0),
	"WEST": fixed(1, 0), "CEST": fixed(2, 0), "MEST": fixed(2, 0), "MESZ": fixed(2, 0), "HEC": fixed(1, 0),
	"EET": fixed(2, 0), "SAST": fixed(2, 0), "CAT": fixed(2, 0), "EEST": fixed(3, 0), "EAT": fixed(3, 0),
	"MSK": fixed(3, 0), "МСК": fixed(3, 0), "TRT": fixed(3, 0), "MSD": fixed(4, 0), "SAMT": fixed(4, 0),
	"GET": fixed(4, 0), "AZT": fixed(4, 0), "MUT": fixed(4, 0), "IRST": fixed(3, 30), "AFT": fixed(4, 30),
	"PKT": fixed(5, 0), "UZT": fixed(5, 0), "TJT": fixed(5, 0), "TMT": fixed(5, 0), "MVT": fixed(5, 0),
	"YEKT": fixed(5, 0), "NPT": fixed(5, 45), "KGT": fixed(6, 0), "BTT": fixed(6, 0), "OMST": fixed(6, 0),
	"MMT": fixed(6, 30), "ICT": fixed(7, 0), "WIB": fixed(7, 0), "NOVT": fixed(7, 0), "KRAT": fixed(7, 0),
	"HKT": fixed(8, 0), "SGT": fixed(8, 0), "MYT": fixed(8, 0), "PHT": fixed(8, 0), "WITA": fixed(8, 0),
	"AWST": fixed(8, 0), "IRKT": fixed(8, 0), "ULAT": fixed(8, 0), "JST": fixed(9, 0), "KST": fixed(9, 0),
	"WIT": fixed(9, 0), "YAKT": fixed(9, 0), "TLT": fixed(9, 0), "ACST": fixed(9, 30), "ACDT": fixed(10, 30),
	"AEST": fixed(10, 0), "PGT": fixed(10, 0), "VLAT": fixed(10, 0), "CHST": fixed(10, 0), "AEDT": fixed(11, 0),
	"SBT": fixed(11, 0), "MAGT": fixed(11, 0), "NZST": fixed(12, 0), "FJT": fixed(12, 0), "NZDT": fixed(13, 0),
	"PETT": fixed(12, 0), "TOT": fixed(13, 0), "LINT": fixed(14, 0), "CVT": fixed(-1, 0),
	"BRT": fixed(-3, 0), "ART": fixed(-3, 0), "UYT": fixed(-3, 0), "CLST": fixed(-3, 0), "PYST": fixed(-3, 0),
	"NST": fixed(-3, -30), "NDT": fixed(-2, -30), "ADT": fixed(-3, 0), "CLT": fixed(-4, 0), "BOT": fixed(-4, 0),
	"VET": fixed(-4, 0), "GYT": fixed(-4, 0), "EDT": fixed(-4, 0), "COT": fixed(-5, 0), "CDT": fixed(-5, 0),
	"MDT": fixed(-6, 0), "PDT": fixed(-7, 0), "AKDT": fixed(-8, 0), "AKST": fixed(-9, 0), "HST": fixed(-10, 0),
	"EST": fixed(-5, 0), "MST": fixed(-7, 0), "HNE": fixed(-5, 0), "HAE": fixed(-4, 0), "HNP": fixed(-8, 0),
	"ET": named("America/New_York"), "CT": named("America/Chicago"), "MT": named("America/Denver"),
	"PT": named("America/Los_Angeles"), "AT": named("America/Halifax"),
}

// regional are names whose meaning depends on where they are written: region of the language tag → zone. The entry
// "" is what holds without a region, where something does.
var regional = map[string]map[string]*zone{
	"IST": {"IN": fixed(5, 30), "IL": fixed(2, 0), "IE": fixed(1, 0)},
	"BST": {"GB": fixed(1, 0), "BD": fixed(6, 0), "": fixed(1, 0)},
	"CST": {"US": fixed(-6, 0), "CA": fixed(-6, 0), "MX": fixed(-6, 0), "CR": fixed(-6, 0), "CN": fixed(8, 0), "TW": fixed(8, 0), "": fixed(-6, 0)},
	"PST": {"US": fixed(-8, 0), "CA": fixed(-8, 0), "PH": fixed(8, 0), "": fixed(-8, 0)},
	"AST": {"TT": fixed(-4, 0), "BB": fixed(-4, 0), "DM": fixed(-4, 0), "PR": fixed(-4, 0), "LC": fixed(-4, 0), "AG": fixed(-4, 0), "CA": fixed(-4, 0), "SA": fixed(3, 0), "KW": fixed(3, 0), "QA": fixed(3, 0), "BH": fixed(3, 0), "IQ": fixed(3, 0)},
	"GST": {"": fixed(4, 0), "AE": fixed(4, 0), "OM": fixed(4, 0)},
	"SST": {"WS": fixed(-11, 0), "AS": fixed(-11, 0)},
	"ECT": {"EC": fixed(-5, 0), "LC": fixed(-4, 0)},
	"PET": {"": fixed(-5, 0)},
	"EST": {"AU": fixed(10, 0)},
}

// byLanguage is the region that a bare language tag stands for where a name of a zone depends on it.
var byLanguage = map[string]string{"zh": "CN", "he": "IL", "ga": "IE", "hi": "IN", "bn": "BD", "fil": "PH", "tl": "PH"}

// abbreviation returns the zone that name, as written, stands for in text of the given language, or nil.
func abbreviation(name, language string) *zone {
	upper := strings.ToUpper(name)
	if byRegion, ok := regional[upper]; ok && name == upper {
		if z := byRegion[region(language)]; z != nil {
			return z
		}
		if z := byRegion[""]; z != nil {
			return z
		}
		if upper != "EST" {
			return nil
		}
	}
	z := abbreviations[upper]
	if z == nil || name == upper {
		return z
	}
	switch upper { // words of languages, but for these
	case "UTC", "GMT", "AOE", "МСК", "CEST":
		return z
	}
	return nil
}

// region returns the region of a language tag: "GB" of "en-GB", "CN" of "zh".
func region(tag string) string {
	base, rest, _ := strings.Cut(tag, "-")
	for part := range strings.SplitSeq(rest, "-") {
		if len(part) == 2 {
			return strings.ToUpper(part)
		}
	}
	return byLanguage[strings.ToLower(base)]
}

// cities are places by whose clock a time is given: "Geneva time", "heure de Paris", "по московскому времени".
// Also countries with one clock, and zones spelt out. Folded, a phrase joined with underscores.
var cities = map[string]*zone{
	"geneva genève genfer schweizer heure_suisse genf ginebra ginevra genebra женевскому женевы женеве جنيف 日内瓦 日內瓦 ジュネーブ swiss switzerland suisse suiza zurich bern": named("Europe/Zurich"),
	"new_york nueva_york nova_york нью-йорка нью-йоркскому نيويورك 纽约 紐約 washington washington_dc eastern us_eastern del_este l_est este 美国东部 美東":                     named("America/New_York"),
	"brussels bruxelles brüsseler belge brüssel bruselas bruxelas брюссельскому брюсселя بروكسل 布鲁塞尔 belgium belgian":                                                 named("Europe/Brussels"),
	"paris париж парижскому باريس 巴黎 france française":                                                                                                                named("Europe/Paris"),
	"vienna wiener vienne wien viena венскому вены فيينا 维也纳 austria":                                                                                                 named("Europe/Vienna"),
	"italiana rome roma rom италии روما 罗马 italy italia":                                                                                                              named("Europe/Rome"),
	"berliner deutsche berlin bonn frankfurt deutscher germany german берлинскому":                                                                                    named("Europe/Berlin"),
	"central_european central_europe mitteleuropäischer europe_centrale europa_central 欧洲中部 中欧 центральноевропейскому":                                                named("Europe/Berlin"),
	"the_hague la_haye den_haag la_haya amsterdam 海牙":                                                                                                                 named("Europe/Amsterdam"),
	"strasbourg": named("Europe/Paris"), "luxembourg": named("Europe/Luxembourg"), "copenhagen": named("Europe/Copenhagen"),
	"stockholm": named("Europe/Stockholm"), "oslo": named("Europe/Oslo"), "warsaw warszawy": named("Europe/Warsaw"),
	"prague": named("Europe/Prague"), "budapest": named("Europe/Budapest"), "belgrade": named("Europe/Belgrade"),
	"madrid peninsular peninsular_española española": named("Europe/Madrid"),
	"lisbon lisbonne lisboa portugal_continental":    named("Europe/Lisbon"),
	"london londres лондонскому لندن 伦敦 uk british":  named("Europe/London"), "dublin": named("Europe/Dublin"),
	"athens": named("Europe/Athens"), "bucharest bucureşti": named("Europe/Bucharest"), "chisinau chişinău": named("Europe/Chisinau"),
	"sofia": named("Europe/Sofia"), "helsinki suomen": named("Europe/Helsinki"), "tallinn": named("Europe/Tallinn"),
	"riga": named("Europe/Riga"), "vilnius": named("Europe/Vilnius"), "kyiv kiev киевскому киева": named("Europe/Kyiv"),
	"eastern_european": named("Europe/Helsinki"), "western_european": named("Europe/Lisbon"),
	"moscow moscou moskau moscú московскому москвы москве موسكو 莫斯科": named("Europe/Moscow"),
	"minsk минскому минска минске":                                   named("Europe/Minsk"),
	"istanbul ankara turkey türkiye turkish":                         named("Europe/Istanbul"),
	"tbilisi тбилисскому":                                            named("Asia/Tbilisi"), "baku бакинскому": named("Asia/Baku"), "yerevan ереванскому": named("Asia/Yerevan"),
	"tashkent ташкентскому ташкента": named("Asia/Tashkent"), "almaty astana алматы астаны астане алматинскому казахстана": named("Asia/Almaty"),
	"bishkek бишкекскому бишкека": named("Asia/Bishkek"), "dushanbe душанбинскому": named("Asia/Dushanbe"), "ashgabat ашхабадскому": named("Asia/Ashgabat"),
	"cairo le_caire القاهرة egypt 开罗": named("Africa/Cairo"),
	"mecca mekka مكة مكة_المكرمة riyadh الرياض السعودية المملكة saudi saudi_arabia arabia 利雅得": named("Asia/Riyadh"),
	"dubai دبي abu_dhabi أبوظبي الإمارات uae gulf 迪拜":                                          named("Asia/Dubai"), "muscat مسقط عمان_سلطنة سلطنة_عمان": named("Asia/Muscat"),
	"doha الدوحة قطر qatar": named("Asia/Qatar"), "kuwait الكويت": named("Asia/Kuwait"), "manama المنامة البحرين bahrain": named("Asia/Bahrain"),
	"baghdad بغداد": named("Asia/Baghdad"), "amman عمان الأردن": named("Asia/Amman"), "beirut بيروت لبنان": named("Asia/Beirut"),
	"damascus دمشق": named("Asia/Damascus"), "jerusalem القدس israel": named("Asia/Jerusalem"), "tunis تونس": named("Africa/Tunis"),
	"algiers alger الجزائر": named("Africa/Algiers"), "rabat casablanca الرباط المغرب الدار_البيضاء": named("Africa/Casablanca"),
	"tripoli طرابلس": named("Africa/Tripoli"), "khartoum الخرطوم": named("Africa/Khartoum"), "nouakchott نواكشوط": named("Africa/Nouakchott"),
	"greenwich غرينتش جرينتش غرينيتش غرينويتش гринвичу гринвичскому 格林尼治 格林威治 greenwich_mean temps_universel universal universelle coordinated_universal coordinated всемирному": utc,
	"nairobi kenya kenyan east_africa east_african eastern_africa": named("Africa/Nairobi"), "addis_ababa addis_abeba addis 亚的斯亚贝巴": named("Africa/Addis_Ababa"),
	"kampala": named("Africa/Kampala"), "dar_es_salaam tanzania": named("Africa/Dar_es_Salaam"), "kigali": named("Africa/Kigali"),
	"lagos abuja nigeria nigerian west_africa west_african west_africa_standard": named("Africa/Lagos"), "accra ghana": named("Africa/Accra"),
	"dakar": named("Africa/Dakar"), "abidjan": named("Africa/Abidjan"), "bamako": named("Africa/Bamako"), "ouagadougou": named("Africa/Ouagadougou"),
	"yaoundé douala cameroun": named("Africa/Douala"), "libreville": named("Africa/Libreville"), "kinshasa": named("Africa/Kinshasa"),
	"brazzaville": named("Africa/Brazzaville"), "cotonou": named("Africa/Porto-Novo"), "lomé": named("Africa/Lome"), "niamey": named("Africa/Niamey"),
	"luanda": named("Africa/Luanda"), "maputo": named("Africa/Maputo"), "harare": named("Africa/Harare"), "lusaka": named("Africa/Lusaka"),
	"gaborone": named("Africa/Gaborone"), "windhoek": named("Africa/Windhoek"), "lilongwe": named("Africa/Blantyre"), "central_africa central_african": named("Africa/Maputo"),
	"johannesburg pretoria south_africa south_african south_african_standard cape_town": named("Africa/Johannesburg"),
	"port_louis mauritius": named("Indian/Mauritius"), "antananarivo": named("Indian/Antananarivo"), "praia cabo_verde": named("Atlantic/Cape_Verde"),
	"beijing pékin pekín pequim peking пекинскому بكين 北京 china chinese 中国": named("Asia/Shanghai"), "hong_kong 香港": named("Asia/Hong_Kong"),
	"taipei 台北 臺北": named("Asia/Taipei"), "tokyo 东京 東京 japan 日本": named("Asia/Tokyo"), "seoul 首尔 한국 서울 korea korean": named("Asia/Seoul"),
	"singapore 新加坡": named("Asia/Singapore"), "kuala_lumpur malaysia malaysian 吉隆坡": named("Asia/Kuala_Lumpur"), "manila philippine philippines": named("Asia/Manila"),
	"bangkok thailand thai 曼谷": named("Asia/Bangkok"), "hanoi hà_nội vietnam việt_nam indochina": named("Asia/Ho_Chi_Minh"), "jakarta": named("Asia/Jakarta"),
	"phnom_penh": named("Asia/Phnom_Penh"), "vientiane": named("Asia/Vientiane"), "yangon": named("Asia/Yangon"), "dili": named("Asia/Dili"),
	"delhi new_delhi india indian indian_standard 印度": named("Asia/Kolkata"), "colombo sri_lanka": named("Asia/Colombo"), "dhaka bangladesh": named("Asia/Dhaka"),
	"kathmandu nepal": named("Asia/Kathmandu"), "thimphu": named("Asia/Thimphu"), "islamabad karachi pakistan": named("Asia/Karachi"), "kabul": named("Asia/Kabul"),
	"tehran": named("Asia/Tehran"), "ulaanbaatar": named("Asia/Ulaanbaatar"), "male maldives": named("Indian/Maldives"),
	"sydney melbourne canberra australian_eastern": named("Australia/Sydney"), "brisbane": named("Australia/Brisbane"), "perth": named("Australia/Perth"),
	"adelaide": named("Australia/Adelaide"), "wellington auckland new_zealand": named("Pacific/Auckland"), "suva fiji": named("Pacific/Fiji"),
	"apia samoa": named("Pacific/Apia"), "port_moresby": named("Pacific/Port_Moresby"), "port_vila": named("Pacific/Efate"), "nuku_alofa": named("Pacific/Tongatapu"),
	"honiara": named("Pacific/Guadalcanal"), "noumea": named("Pacific/Noumea"), "tarawa": named("Pacific/Tarawa"),
	"chicago central us_central": named("America/Chicago"), "denver mountain": named("America/Denver"), "los_angeles pacific us_pacific san_francisco": named("America/Los_Angeles"),
	"toronto ottawa montréal montreal": named("America/Toronto"), "halifax atlantic": named("America/Halifax"), "mexico_city mexico méxico mexicana ciudad_de_méxico la_ciudad_de_méxico": named("America/Mexico_City"),
	"bogotá colombia colombiana": named("America/Bogota"), "lima perú peru peruana": named("America/Lima"), "quito ecuador": named("America/Guayaquil"), "caracas venezuela": named("America/Caracas"),
	"la_paz bolivia": named("America/La_Paz"), "santiago santiago_de_chile chile chilena": named("America/Santiago"), "buenos_aires argentina": named("America/Argentina/Buenos_Aires"),
	"montevideo uruguay": named("America/Montevideo"), "asunción paraguay": named("America/Asuncion"), "brasília brasilia são_paulo sao_paulo brazil brasil": named("America/Sao_Paulo"),
	"panamá panama": named("America/Panama"), "san_josé costa_rica": named("America/Costa_Rica"), "guatemala": named("America/Guatemala"), "san_salvador el_salvador": named("America/El_Salvador"),
	"tegucigalpa": named("America/Tegucigalpa"), "managua": named("America/Managua"), "la_habana havana": named("America/Havana"), "santo_domingo república_dominicana": named("America/Santo_Domingo"),
	"kingston jamaica": named("America/Jamaica"), "port_of_spain trinidad": named("America/Port_of_Spain"), "bridgetown barbados": named("America/Barbados"), "georgetown guyana": named("America/Guyana"),
	"paramaribo": named("America/Paramaribo"), "port-au-prince": named("America/Port-au-Prince"), "anywhere_on_earth": fixed(-12, 0), "centroamérica centro_américa central_america": fixed(-6, 0),
	"arabia_standard arabian_standard": fixed(3, 0), "gulf_standard": fixed(4, 0), "japan_standard": fixed(9, 0), "korea_standard": fixed(9, 0), "british_summer": fixed(1, 0),
	"central_european_summer": fixed(2, 0), "eastern_european_summer": fixed(3, 0), "eastern_daylight": fixed(-4, 0), "eastern_standard": fixed(-5, 0), "pacific_daylight": fixed(-7, 0),
	"pacific_standard": fixed(-8, 0), "central_daylight": fixed(-5, 0), "central_standard": fixed(-6, 0), "mountain_standard": fixed(-7, 0), "australian_eastern_standard": fixed(10, 0),
}
