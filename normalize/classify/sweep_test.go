package classify

import (
	"fmt"
	"os"
	"testing"
)

func TestSweep(t *testing.T) {
	if os.Getenv("SWEEP") == "" {
		t.Skip()
	}
	gs, es := loadGold(t)
	base := []float64{1, 4, 2, 4, 6, .7}
	set := func(v []float64) {
		pullConcept, pullTitle, pullForm, pullOrg, pullWord, weightBook = v[0], v[1], v[2], v[3], v[4], v[5]
	}
	try := func(name string, v []float64) {
		set(v)
		fmt.Println(score(name, gs, append(CrossValidate(es, 10, 1), []Result{}...), false))
		fmt.Println(score(" ", gs, CrossValidate(es, 10, 2), false))
	}
	try("base", base)
	for i, vs := range [][]float64{{.5, 2, 4}, {2, 8}, {1, 4}, {2, 8}, {3, 10, 20}, {.4, 1}} {
		for _, x := range vs {
			v := append([]float64{}, base...)
			v[i] = x
			try(fmt.Sprint(v), v)
		}
	}
}
