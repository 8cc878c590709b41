package stale

import (
	"strings"
	"testing"

	"stoa"
)

func BenchmarkJudge(b *testing.B) {
	body := strings.Replace(goodPage, "</p>", strings.Repeat(" More of the text of a page of usual length. ", 200)+"</p>", 1)
	in := Input{URL: address, Title: title, Now: at(9), Checks: []stoa.Check{shows(0, body), shows(4, body), shows(8, body)}, Sibling: &stoa.Check{Status: 200, Body: body}}
	for b.Loop() {
		Judge(in)
	}
}
