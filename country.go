package stoa

import (
	"slices"
	"strings"
	"sync"
)

// Group is one of the United Nations' lists of countries in special situations, as of 2025.
type Group string

// Groups.
const (
	LDC  Group = "ldc"  // least developed country
	LLDC Group = "lldc" // landlocked developing country
	SIDS Group = "sids" // small island developing state
)

// Groups returns the three lists.
func Groups() []Group { return []Group{LDC, LLDC, SIDS} }

// Country is what lists of the United Nations and of ITU say of a country or territory.
type Country struct {
	Code      string `json:"code"`                // ISO 3166-1 alpha-2, and XK
	M49       int    `json:"m49,omitempty"`       // the United Nations' numeric code; filled by normalize/place
	Subregion int    `json:"subregion,omitempty"` // M49 of the subregion it lies in: 14 is Eastern Africa; filled by normalize/place
	Region    Region `json:"region"`              // ITU's; of a territory, the one in which it lies
	LDC       bool   `json:"ldc,omitempty"`       // least developed
	LLDC      bool   `json:"lldc,omitempty"`      // landlocked developing
	SIDS      bool   `json:"sids,omitempty"`      // small island developing state
}

// In reports whether the country is in a group.
func (c Country) In(g Group) bool {
	switch g {
	case LDC:
		return c.LDC
	case LLDC:
		return c.LLDC
	case SIDS:
		return c.SIDS
	}
	return false
}

// Groups returns the groups that the country is in.
func (c Country) Groups() []Group {
	return slices.DeleteFunc(Groups(), func(g Group) bool { return !c.In(g) })
}

// Member reports whether it is one of the 193 Member States of the United Nations.
func (c Country) Member() bool { return atlas().members[c.Code] }

// Languages returns those of the six in which its administration works; none is unknown.
func (c Country) Languages() []string { return atlas().languages[c.Code] }

// Regions returns the regions whose offers reach the country: its own, and Africa for the Arab States that lie there.
func (c Country) Regions() []Region {
	if slices.Contains(strings.Fields("DJ DZ EG KM LY MA MR SD SO TN"), c.Code) {
		return []Region{c.Region, "africa"}
	}
	return []Region{c.Region}
}

// Countries returns all countries in the order of their codes. The list is shared: callers do not change it.
func Countries() []Country { return atlas().all }

// CountryOf returns the country of a code in capitals, and whether there is one.
func CountryOf(code string) (Country, bool) {
	i, ok := atlas().at[code]
	if !ok {
		return Country{}, false
	}
	return atlas().all[i], true
}

// Unsaid is what Reach gives for a record of which nobody says whom it is for.
const Unsaid = "unsaid"

// Reach returns whom a record is for: whom its publisher says that it is open to; else the codes of its countries; where it names none,
// those of its regions, "global" too; and Unsaid where nobody says.
func (r Record) Reach() []string {
	switch {
	case slices.Contains(r.OpenTo, OpenToAll):
		return []string{"global"}
	case len(r.OpenTo) > 0:
		return r.OpenTo
	case len(r.Countries) > 0:
		return r.Countries
	case len(r.Regions) > 0:
		var out []string
		for _, x := range r.Regions {
			out = append(out, string(x))
		}
		return out
	}
	return []string{Unsaid}
}

// Reaching returns which of Reach's values reach a country: its code, its regions, the groups and bodies that it belongs to, all the world,
// and Unsaid, since what is not said is not denied.
func Reaching(code string) []string {
	out := []string{code}
	if c, ok := CountryOf(code); ok {
		for _, r := range c.Regions() {
			out = append(out, string(r))
		}
		for _, g := range c.Groups() {
			out = append(out, string(g))
		}
		for _, m := range c.Memberships() {
			out = append(out, string(m))
		}
	}
	return append(out, "global", Unsaid)
}

type countries struct {
	all       []Country
	at        map[string]int
	members   map[string]bool
	languages map[string][]string
}

// atlas reads the table of countries.
var atlas = sync.OnceValue(func() countries {
	out := countries{at: map[string]int{}, members: map[string]bool{}, languages: map[string][]string{}}
	var region Region
	for word := range strings.FieldsSeq(countryTable) {
		if name, ok := strings.CutSuffix(word, ":"); ok {
			region = Region(name)
			continue
		}
		marks := strings.Split(word, ".")
		code, territory := strings.CutSuffix(marks[0], "-")
		c := Country{Code: code, Region: region}
		out.members[code] = !territory
		for _, m := range marks[1:] {
			switch Group(m) {
			case LDC:
				c.LDC = true
			case LLDC:
				c.LLDC = true
			case SIDS:
				c.SIDS = true
			default:
				out.languages[code] = append(out.languages[code], m)
			}
		}
		out.all = append(out.all, c)
	}
	slices.SortFunc(out.all, func(a, b Country) int { return strings.Compare(a.Code, b.Code) })
	for i, c := range out.all {
		out.at[c.Code] = i
	}
	return out
})

// countryTable lists countries by ITU region (ITU, "Regions of the BDT"). A code is followed by a hyphen where it is of no
// Member State of the United Nations, and by its groups and languages.
const countryTable = `
africa: AO.ldc BF.ldc.lldc.fr BI.ldc.lldc.fr BJ.ldc.fr BW.lldc.en CD.ldc.fr CF.ldc.lldc.fr CG.fr CI.fr CM.en.fr CV.sids EH- ER.ldc.en
	ET.ldc.lldc GA.fr GH.en GM.ldc.en GN.ldc.fr GQ.fr.es GW.ldc.sids KE.en LR.ldc.en LS.ldc.lldc.en MG.ldc.fr ML.ldc.lldc.fr
	MU.sids.en MW.ldc.lldc.en MZ.ldc NA.en NE.ldc.lldc.fr NG.en RE-.fr RW.ldc.lldc.en.fr SC.sids.en.fr SH-.en SL.ldc.en SN.ldc.fr
	SS.ldc.lldc.en ST.sids SZ.lldc.en TD.ldc.lldc.ar.fr TG.ldc.fr TZ.ldc.en UG.ldc.lldc.en YT-.fr ZA.en ZM.ldc.lldc.en ZW.lldc.en
americas: AG.sids.en AI-.en AR.es AW- BB.sids.en BL-.fr BM-.en BO.lldc.es BQ- BR BS.sids.en BZ.sids.en CA.en.fr CL.es CO.es CR.es
	CU.sids.es CW- DM.sids.en DO.sids.es EC.es FK-.en GD.sids.en GF-.fr GL- GP-.fr GS-.en GT.es GY.sids.en HN.es HT.ldc.sids.fr
	JM.sids.en KN.sids.en KY-.en LC.sids.en MF-.fr MQ-.fr MS-.en MX.es NI.es PA.es PE.es PM-.fr PR-.en.es PY.lldc.es SR.sids SV.es
	SX-.en TC-.en TT.sids.en US.en UY.es VC.sids.en VE.es VG-.en VI-.en
arab-states: AE.ar BH.ar DJ.ldc.ar.fr DZ.ar.fr EG.ar IQ.ar JO.ar KM.ldc.sids.ar.fr KW.ar LB.ar LY.ar MA.ar.fr MR.ldc.ar.fr OM.ar PS-.ar QA.ar
	SA.ar SD.ldc.ar.en SO.ldc.ar SY.ar TN.ar.fr YE.ldc.ar
asia-pacific: AF.ldc.lldc AQ- AS-.en AU.en BD.ldc.en BN.en BT.lldc BV- CC-.en CK-.en CN.zh CX-.en FJ.sids.en FM.sids.en GU-.en HK-.zh.en HM-
	ID IN.en IO-.en IR JP KH.ldc KI.ldc.sids.en KP KR LA.ldc.lldc LK.en MH.sids.en MM.ldc MN.lldc MO-.zh MP-.en MV.sids MY.en NC-.fr
	NF-.en NP.ldc.lldc NR.sids.en NU-.en NZ.en PF-.fr PG.sids.en PH.en PK.en PN-.en PW.sids.en SB.ldc.sids.en SG.sids.zh.en TF-.fr
	TH TK-.en TL.ldc.sids TO.sids.en TV.ldc.sids.en TW-.zh UM- VN VU.sids.en.fr WF-.fr WS.sids.en
cis: AM.lldc AZ.lldc BY.ru KG.lldc.ru KZ.lldc.ru RU.ru TJ.lldc.ru TM.lldc UZ.lldc
europe: AD AL AT AX- BA BE.fr BG CH.fr CY CZ DE DK EE ES.es FI FO- FR.fr GB.en GE GG-.en GI-.en GR HR HU IE.en IL IM-.en IS IT JE-.en LI
	LT LU.fr LV MC.fr MD.lldc ME MK.lldc MT.en NL NO PL PT RO RS SE SI SJ- SK SM TR UA VA- XK-
`
