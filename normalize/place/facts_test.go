package place

import (
	"testing"

	"stoa"
)

func TestFactsOfCountries(t *testing.T) {
	for _, want := range []stoa.Country{
		{Code: "RW", M49: 646, Subregion: 14, Region: "africa", LDC: true, LLDC: true},
		{Code: "TV", M49: 798, Subregion: 61, Region: "asia-pacific", LDC: true, SIDS: true},
		{Code: "PY", M49: 600, Subregion: 5, Region: "americas", LLDC: true},
		{Code: "KZ", M49: 398, Subregion: 143, Region: "cis", LLDC: true},
		{Code: "BB", M49: 52, Subregion: 29, Region: "americas", SIDS: true},
		{Code: "EG", M49: 818, Subregion: 15, Region: "arab-states"},
		{Code: "CH", M49: 756, Subregion: 155, Region: "europe"},
	} {
		if got, ok := Facts(want.Code); !ok || got != want {
			t.Errorf("Facts(%s) = %+v, %v, want %+v", want.Code, got, ok, want)
		}
	}
	for _, code := range []string{"", "ZZ", "EU", "rw"} {
		if got, ok := Facts(code); ok {
			t.Errorf("Facts(%q) = %+v, and it is no country", code, got)
		}
	}
}

func TestEveryCountryHasItsFacts(t *testing.T) {
	without := map[string]bool{"XK": true, "TW": true, "AQ": true} // the United Nations' list of areas has them in no subregion
	ldc := 0
	for _, code := range Countries() {
		c, ok := Facts(code)
		if !ok || c.Region == "" || c.M49 == 0 && !without[code] || c.Subregion == 0 && !without[code] {
			t.Errorf("Facts(%s) = %+v", code, c)
		}
		if c.LDC {
			ldc++
		}
	}
	if len(Countries()) < 240 || ldc != 44 {
		t.Errorf("%d countries, %d least developed: want 240 or more, and 44", len(Countries()), ldc)
	}
}
