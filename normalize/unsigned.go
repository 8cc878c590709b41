package normalize

import "strings"

// signatures are how WordPress begins and joins the sentence that it puts behind every text of a feed: "The post TITLE appeared first on
// SITE.", by the translations of its own that partners use.
var signatures = []struct{ begins, joins string }{
	{"The post ", " appeared first on "}, {"The post ", " first appeared on "},
	{"L’article ", " est apparu en premier sur "}, {"L'article ", " est apparu en premier sur "}, {"Cet article ", " est apparu en premier sur "},
	{"La entrada ", " se publicó primero en "}, {"La entrada ", " apareció primero en "}, {"La entrada ", " aparece primero en "},
	{"Сообщение ", " появились сначала на "}, {"Сообщение ", " впервые появилось "}, {"Запись ", " впервые появилась "},
	{"ظهرت المقالة ", " أولاً على "}, {"المقالة ", " ظهرت أولاً على "}, {"المنشور ", " ظهر أولاً على "},
	{"", "最先出现在"}, {"", "最先出現在"},
	{"O post ", " apareceu primeiro em "}, {"Der Beitrag ", " erschien zuerst auf "}, {"L'articolo ", " proviene da "}, {"L’articolo ", " proviene da "},
}

// longestSite bounds what a signature says behind its joint, in bytes.
const longestSite = 200

// unsigned takes WordPress's signature off the end of a text. Where it begins with no word of its own, it begins with the title.
func unsigned(text, title string) string {
	for _, s := range signatures {
		joint := strings.LastIndex(text, s.joins)
		if joint < 0 || len(text)-joint > longestSite {
			continue
		}
		begins := s.begins
		if begins == "" {
			begins = title
		}
		from := strings.LastIndex(text[:joint], begins)
		if begins == "" || from < 0 || joint-from > len(begins)+longestTitle*4 {
			continue
		}
		return strings.TrimSpace(text[:from])
	}
	return text
}
