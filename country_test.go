package stoa_test

import (
	"slices"
	"testing"

	"stoa"
)

func TestCountriesAreThoseOfTheUnitedNations(t *testing.T) {
	count := map[string]int{}
	for _, c := range stoa.Countries() {
		if c.Member() {
			count["members"]++
		}
		for _, g := range c.Groups() {
			count[string(g)]++
		}
		for _, l := range c.Languages() {
			if !slices.Contains(stoa.Languages(), l) {
				t.Errorf("%s: %q is none of the six languages", c.Code, l)
			}
		}
		if !slices.Contains(stoa.Regions(), c.Region) {
			t.Errorf("%s: region %q", c.Code, c.Region)
		}
	}
	for name, want := range map[string]int{"members": 193, "ldc": 44, "lldc": 32} {
		if count[name] != want {
			t.Errorf("%d %s, want %d", count[name], name, want)
		}
	}
}

func TestReachOfARecordAndOfACountry(t *testing.T) {
	for _, c := range []struct {
		name    string
		record  stoa.Record
		country string
		want    bool
	}{
		{"names the country", stoa.Record{Countries: []string{"SN"}, Regions: []stoa.Region{"africa"}}, "SN", true},
		{"names a neighbour only", stoa.Record{Countries: []string{"ML"}, Regions: []stoa.Region{"africa"}}, "SN", false},
		{"its region", stoa.Record{Regions: []stoa.Region{"africa"}}, "SN", true},
		{"another region", stoa.Record{Regions: []stoa.Region{"europe"}}, "SN", false},
		{"Africa reaches Egypt, an Arab State", stoa.Record{Regions: []stoa.Region{"africa"}}, "EG", true},
		{"all the world", stoa.Record{Regions: []stoa.Region{"global"}}, "FJ", true},
		{"nobody says", stoa.Record{}, "FJ", true},
		{"open to least developed countries, and it is one", stoa.Record{Regions: []stoa.Region{"global"}, OpenTo: []string{"ldc"}}, "SN", true},
		{"open to least developed countries, and it is none", stoa.Record{Regions: []stoa.Region{"global"}, OpenTo: []string{"ldc"}}, "KE", false},
		{"open to landlocked or island states, and it is an island", stoa.Record{OpenTo: []string{"lldc", "sids"}}, "FJ", true},
		{"open to members of the Commonwealth", stoa.Record{Regions: []stoa.Region{"global"}, OpenTo: []string{"commonwealth"}}, "KE", true},
		{"and it is none", stoa.Record{Regions: []stoa.Region{"global"}, OpenTo: []string{"commonwealth"}}, "SN", false},
		{"held in one country, open to all", stoa.Record{Countries: []string{"CH"}, OpenTo: []string{"all"}}, "FJ", true},
		{"a code that is none", stoa.Record{Regions: []stoa.Region{"africa"}}, "QQ", false},
	} {
		reached := slices.ContainsFunc(c.record.Reach(), func(x string) bool { return slices.Contains(stoa.Reaching(c.country), x) })
		if reached != c.want {
			t.Errorf("%s: %v", c.name, reached)
		}
	}
	if _, ok := stoa.CountryOf("QQ"); ok {
		t.Error("QQ is no country")
	}
}

// TestMembersOfBodies counts them as the bodies do themselves, and knows each code.
func TestMembersOfBodies(t *testing.T) {
	want := map[stoa.Membership]int{"african-union": 55, "arab-league": 22, "asean": 11, "caricom": 15, "commonwealth": 56, "council-of-europe": 46,
		"ecowas": 12, "eu": 27, "gcc": 6, "oas": 34, "pacific-islands-forum": 18, "sadc": 16}
	for _, m := range stoa.Memberships() {
		members := slices.Sorted(slices.Values(m.Members()))
		if len(members) != want[m] || len(slices.Compact(members)) != want[m] {
			t.Errorf("%s has %d members, want %d", m, len(m.Members()), want[m])
		}
		for _, code := range members {
			if _, ok := stoa.CountryOf(code); !ok {
				t.Errorf("%s: %q is no country", m, code)
			}
		}
	}
	if len(stoa.Memberships()) != len(want) {
		t.Errorf("%v", stoa.Memberships())
	}
}
