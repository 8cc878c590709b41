package normalize

import (
	"encoding/json"
	"testing"
	"time"

	"stoa"
)

func TestDraftPrint(t *testing.T) {
	d := Draft(stoa.Item{Key: "k", Title: "Cybersecurity <b>Diplomacy</b>", URL: "https://diplo.edu/x", Summary: "Join our online course by academics, technology experts and seasoned diplomats. Application deadline December 15, 2025. Funded by the European Union.", Extra: map[string]string{"publisher": "DiploFoundation", "Fee": "€ 690"}, Fetched: time.Now()}, stoa.Source{})
	b, _ := json.MarshalIndent(d, "", " ")
	t.Log(string(b))
}
