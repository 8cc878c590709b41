package stoa

import (
	"slices"
	"strings"
	"sync"
)

// Membership is a body by which publishers name states: what is open to its members is open to each of them.
type Membership string

// Memberships returns the bodies whose members are known, in the order in which they are listed.
func Memberships() []Membership { return bodies().all }

// Members returns the codes of the states and territories that are its members, as of 2025.
func (m Membership) Members() []string { return bodies().members[m] }

// Memberships returns the bodies that the country is a member of.
func (c Country) Memberships() []Membership {
	return slices.DeleteFunc(slices.Clone(Memberships()), func(m Membership) bool { return !slices.Contains(m.Members(), c.Code) })
}

// OpenToAll is what Record.OpenTo has of something that is open to all countries.
const OpenToAll = "all"

type memberTable struct {
	all     []Membership
	members map[Membership][]string
}

// bodies reads the table of members.
var bodies = sync.OnceValue(func() memberTable {
	t := memberTable{members: map[Membership][]string{}}
	var at Membership
	for word := range strings.FieldsSeq(membersTable) {
		if name, ok := strings.CutSuffix(word, ":"); ok {
			at = Membership(name)
			t.all = append(t.all, at)
			continue
		}
		t.members[at] = append(t.members[at], word)
	}
	return t
})

const membersTable = `
african-union: DZ AO BJ BW BF BI CV CM CF TD KM CD CG CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML MR MU MA MZ NA NE NG RW ST SN SC
	SL SO ZA SS SD TZ TG TN UG EH ZM ZW
arab-league: DZ BH KM DJ EG IQ JO KW LB LY MR MA OM PS QA SA SO SD SY TN AE YE
asean: BN KH ID LA MY MM PH SG TH TL VN
caricom: AG BS BB BZ DM GD GY HT JM KN LC MS SR TT VC
commonwealth: BW CM GA GM GH KE LS MW MU MZ NA NG RW SC SL ZA SZ TG UG TZ ZM BD BN IN MY MV PK SG LK AG BS BB BZ CA DM GD GY JM LC KN VC TT
	CY MT GB AU FJ KI NR NZ PG WS SB TO TV VU
council-of-europe: AL AD AM AT AZ BE BA BG HR CY CZ DK EE FI FR GE DE GR HU IS IE IT LV LI LT LU MT MD MC ME NL MK NO PL PT RO SM RS SK SI ES SE CH
	TR UA GB
ecowas: BJ CV CI GM GH GN GW LR NG SN SL TG
eu: AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE
gcc: AE BH KW OM QA SA
oas: AG AR BS BB BZ BO BR CA CL CO CR CU DM DO EC SV GD GT GY HT HN JM MX PA PY PE KN LC VC SR TT US UY VE
pacific-islands-forum: AU CK FM FJ PF KI NR NC NZ NU PW PG MH WS SB TO TV VU
sadc: AO BW KM CD SZ LS MG MW MU MZ NA SC ZA TZ ZM ZW
`
