package fetch

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"stoa"
)

func keep(t *testing.T, a *Archive, body string) string {
	t.Helper()
	id, err := a.Write(&Response{Status: 200, URL: "https://partner.example/", Header: http.Header{}, Body: []byte(body), Fetched: noon}, "HTTP/1.1", []byte(body), "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCapturesOfWhatWasErasedAreForgottenAndNotKeptAgain(t *testing.T) {
	a := openArchive(t, t.TempDir(), 0)
	holds := func(text string) bool { return strings.Contains(text, "Jane Doe") }
	other := keep(t, a, "a guide")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a.num += 10 // another file
	spoken := keep(t, a, "by Jane&#32;Doe")
	if err := a.Pin("run1", []string{spoken, other}); err != nil {
		t.Fatal(err)
	}
	n, err := a.Forget(holds)
	if err != nil || n != 2 {
		t.Errorf("%d files, %v; want the one file and the pinned copy", n, err)
	}
	if _, err := a.Read(other); err != nil {
		t.Errorf("what stood apart is gone: %v", err)
	}
	if _, err := a.Read(spoken); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("the capture is still there: %v", err)
	}
	if id := keep(t, a, "Jane Doe again"); id != "" {
		t.Errorf("kept again as %s", id)
	}
	if keep(t, a, "another guide") == "" {
		t.Error("nothing is kept any more")
	}
}
