package place

import (
	"slices"
	"strings"
	"testing"
)

// TestWhomAPublisherSaysItIsOpenTo: all, known groups, and what is not known stays so.
func TestWhomAPublisherSaysItIsOpenTo(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Open to all countries", "all"},
		{"Anyone may enrol", "all"},
		{"Officials of all ITU Member States", "all"},
		{"Ouvert à tous les pays", "all"},
		{"Специалисты из всех стран", "all"},
		{"面向所有国家", "all"},
		{"Open to LDCs", "ldc"},
		{"Least developed countries and landlocked developing countries", "ldc lldc"},
		{"LLDCs only", "lldc"},
		{"Small island developing States", "sids"},
		{"Ressortissants des pays les moins avancés", "ldc"},
		{"Funcionarios de países menos adelantados", "ldc"},
		{"Сотрудники ведомств наименее развитых стран", "ldc"},
		{"المسؤولون في أقل البلدان نموا", "ldc"},
		{"最不发达国家的官员", "ldc"},
		{"Nationals of AU member states", "african-union"},
		{"Officials from Commonwealth countries", "commonwealth"},
		{"Citizens of EU Member States or of the Western Balkans", "eu europe"},
		{"ASEAN", "asean"},
		{"States of the Council of Europe", "council-of-europe"},
		{"Open to professionals from Kenya and Uganda", "KE UG"},
		{"Kenya, Uganda", "KE UG"},
		{"Africa", "africa"},
		{"Judges and prosecutors", ""},
		{"Civil servants with three years of practice", ""},
		{"Sound knowledge of EU law and of European institutions", ""},
		{"Preference is given to applicants from least developed countries", ""},
		{"The fee is waived for LDCs", ""},
		{"Not open to residents of the European Union", ""},
		{"Nationals of all countries except EU member states", ""},
		{"", ""},
	} {
		if got := strings.Join(OpenTo(c.text), " "); got != c.want {
			t.Errorf("%q is open to %q, want %q", c.text, got, c.want)
		}
	}
	if got := OpenTo("Engineers", "Open to SIDS"); !slices.Equal(got, []string{"sids"}) {
		t.Errorf("what the audience says is not read where eligibility says nothing: %v", got)
	}
}
