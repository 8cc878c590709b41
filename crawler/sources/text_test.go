package sources

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"stoa"
)

// TestAnEntryIsWrittenAsItIsRead writes every entry that ships and reads it back: nothing is lost or added.
func TestAnEntryIsWrittenAsItIsRead(t *testing.T) {
	set, err := Load("", stoa.SourcesYAML(), "")
	if err != nil {
		t.Fatal(err)
	}
	set[0].RulesOff = []string{"S11", "S23"} // none that ships has any
	for _, src := range set {
		text, err := Text(src)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := One(src.ID, text)
		if err != nil {
			t.Errorf("%s: %v\n%s", src.ID, err, text)
			continue
		}
		if diff := cmp.Diff(src, back, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(stoa.Filter{}, "RE")); diff != "" {
			t.Errorf("%s:\n%s\n%s", src.ID, diff, text)
		}
	}
}
