package letters

import "testing"

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Côte d'Ivoire": "cote d'ivoire", "ÄRGER": "arger", "Straße": "strasse", "Ёлка": "елка", "Việt Nam": "viet nam",
		"مُحَمَّد": "محمد", "إلى": "الي", "e\u0301": "e", "a\u200bb": "ab", "Ελλάς": "ελλασ", "中国": "中国",
	} {
		if got := string(Fold(nil, in)); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
		if twice := string(Fold(nil, want)); twice != want {
			t.Errorf("Fold(%q) = %q: not idempotent", want, twice)
		}
	}
}
