package language

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

type goldItem struct{ ID, Title, Summary, Language string }

func gold(t testing.TB) []goldItem {
	t.Helper()
	f, err := os.Open("../../testdata/gold/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []goldItem
	for s := bufio.NewScanner(f); s.Scan(); {
		var g goldItem
		if err := json.Unmarshal(s.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func measure(t *testing.T, what string, least float64, text func(goldItem) string) {
	right, all := 0, gold(t)
	for _, g := range all {
		got, sure := Of(text(g), "")
		if got == base(g.Language) {
			right++
		} else {
			t.Logf("%s: %s %.2f, want %s: %.150s", what, got, sure, g.Language, text(g))
		}
	}
	share := float64(right) / float64(len(all))
	t.Logf("%s: %.3f", what, share)
	if share < least {
		t.Errorf("%s: %.3f right, want %.3f", what, share, least)
	}
}

func TestGold(t *testing.T) {
	measure(t, "title", 0.97, func(g goldItem) string { return g.Title })
	measure(t, "title and summary", 0.99, func(g goldItem) string { return g.Title + ". " + g.Summary })
}

func TestOf(t *testing.T) {
	for _, c := range []struct{ rule, text, hint, want string }{
		{"English title", "National cyber drill for incident response teams", "", "en"},
		{"French title", "Guide pour la création d'un CSIRT national", "", "fr"},
		{"Spanish title", "Guía para la creación de un CSIRT nacional", "", "es"},
		{"Portuguese title", "Guia para a criação de um CSIRT nacional", "", "pt"},
		{"German title", "Leitfaden für den Aufbau eines nationalen CSIRT", "", "de"},
		{"Italian title", "Guida alla creazione di uno CSIRT nazionale", "", "it"},
		{"without accents", "Convocatoria para la formacion de jueces y fiscales", "", "es"},
		{"Dutch", "Handreiking voor het melden van incidenten door gemeenten", "", "nl"},
		{"Swedish", "Vägledning för rapportering av incidenter till myndigheten", "", "sv"},
		{"Finnish", "Ohje tietoturvaloukkausten ilmoittamiseen viranomaisille", "", "fi"},
		{"Polish", "Poradnik zgłaszania incydentów dla operatorów usług", "", "pl"},
		{"Czech", "Příručka pro hlášení kybernetických bezpečnostních incidentů", "", "cs"},
		{"Hungarian", "Útmutató a kiberbiztonsági események bejelentéséhez", "", "hu"},
		{"Romanian", "Ghid privind raportarea incidentelor de securitate cibernetică", "", "ro"},
		{"Turkish", "Siber olayların bildirilmesi için kılavuz", "", "tr"},
		{"Indonesian", "Pedoman pelaporan insiden keamanan siber bagi kementerian", "", "id"},
		{"Vietnamese", "Hướng dẫn báo cáo sự cố an ninh mạng", "", "vi"},
		{"Swahili", "Mwongozo wa kuripoti matukio ya usalama wa mtandao", "", "sw"},
		{"Estonian", "Küberintsidentidest teatamise juhend asutustele", "", "et"},
		{"Lithuanian", "Kibernetinių incidentų pranešimo gairės įstaigoms", "", "lt"},
		{"Russian", "Руководство по созданию групп реагирования", "", "ru"},
		{"Ukrainian", "Посібник зі створення груп реагування на інциденти", "", "uk"},
		{"Bulgarian", "Ръководство за създаване на екип за реагиране", "", "bg"},
		{"Kazakh", "Ақпараттық қауіпсіздік бойынша оқыту бағдарламасы", "", "kk"},
		{"Kyrgyz", "Маалыматтык коопсуздук боюнча окутуу жана өнүктүрүү", "", "ky"},
		{"Serbian", "Водич за пријаву инцидената у јавној управи", "", "sr"},
		{"Mongolian", "Мэдээллийн аюулгүй байдлын сургалт болон зөвлөгөө", "", "mn"},
		{"Arabic", "دليل إنشاء فريق الاستجابة للحوادث", "", "ar"},
		{"Arabic with an acronym", "دليل CSIRT الوطني", "", "ar"},
		{"Persian", "راهنمای ایجاد گروه واکنش به رخدادها برای کشورها", "", "fa"},
		{"Urdu", "سائبر سیکیورٹی کے لیے قومی حکمت عملی", "", "ur"},
		{"Chinese", "网络安全应急演练指南", "", "zh"},
		{"Chinese with Latin", "理解ISO/IEC 27001标准", "", "zh"},
		{"Japanese", "サイバーセキュリティ研修の案内", "", "ja"},
		{"Korean", "사이버 보안 교육 과정 안내", "", "ko"},
		{"Hindi", "साइबर सुरक्षा प्रशिक्षण", "", "hi"},
		{"Greek", "Οδηγός κυβερνοασφάλειας", "", "el"},
		{"Hebrew", "מדריך לאבטחת סייבר", "", "he"},
		{"Thai", "คู่มือความมั่นคงปลอดภัยไซเบอร์", "", "th"},
		{"Georgian", "კიბერუსაფრთხოების სტრატეგია", "", "ka"},
		{"Armenian", "Կիբերանվտանգության ուղեցույց", "", "hy"},
		{"Amharic", "የሳይበር ደህንነት ስልጠና", "", "am"},
		{"two words in English", "Cyber drill", "", "en"},
		{"two words in French", "Guide pratique", "", "fr"},
		{"three words in French", "Exercice de crise", "", "fr"},
		{"two words in Spanish", "Ley Marco", "", "es"},
		{"two words in Spanish, near Portuguese", "Estrategia nacional", "", "es"},
		{"two words in Portuguese, near Spanish", "Estratégia nacional", "", "pt"},
		{"two words in Italian, near both", "Strategia nazionale", "", "it"},
		{"two words in German", "Nationale Strategie", "", "de"},
		{"one word and a year in German", "Kurse 2025", "", "de"},
		{"a treaty in French", "Convention de Budapest", "", "fr"},
		{"a treaty in Spanish", "Convenio de Budapest", "", "es"},
		{"a treaty in Portuguese", "Convenção de Budapeste", "", "pt"},
		{"two words in Dutch", "Handleiding voor gemeenten", "", "nl"},
		{"one word in Russian", "Новости", "", "ru"},
		{"two words in Arabic", "دورة تدريبية", "", "ar"},
		{"four characters in Chinese", "应急演练", "", "zh"},
		{"the hint's region is kept", "National cyber drill for response teams", "en-GB", "en-GB"},
		{"a hint in another form", "National cyber drill for response teams", "en_GB", "en-GB"},
		{"a wrong hint does not stand against the text", "The workshop brought together experts of the region", "fr", "en"},
		{"a hint decides between likes", "Observatorio digital", "pt", "pt"},
		{"only an acronym: the hint", "OCWAR-C", "fr", "fr"},
		{"no text: the hint", "", "ru", "ru"},
		{"neither", "", "", ""},
		{"digits", "2024-05", "", ""},
		{"a hint that is none", "", "klingon!", ""},
	} {
		if got, sure := Of(c.text, c.hint); got != c.want || sure < 0 || sure > 1 {
			t.Errorf("%s: Of(%q, %q) = %s, %.2f, want %s", c.rule, c.text, c.hint, got, sure, c.want)
		}
	}
}

func TestSureMeansRight(t *testing.T) {
	sure, right := 0, 0
	for _, g := range gold(t) {
		for _, text := range []string{g.Title, g.Title + ". " + g.Summary} {
			got, confidence := Of(text, "")
			if confidence < 0.9 {
				continue
			}
			sure++
			if got == base(g.Language) {
				right++
			}
		}
	}
	if share := float64(right) / float64(sure); share < 0.99 || sure < 300 {
		t.Errorf("of %d sure answers %.3f are right", sure, share)
	}
}

func TestMixedScriptsMakeUnsure(t *testing.T) {
	_, one := Of("Руководство по созданию национальных групп реагирования", "")
	_, two := Of("Руководство по созданию guidance for national teams 网络安全应急演练指南 دليل إنشاء فريق", "")
	if two >= one || two > 0.6 {
		t.Errorf("mixed scripts: %.2f, one script: %.2f", two, one)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("Guide pour la création", "fr")
	f.Add("網絡", "zh-Hant")
	f.Add("\xff", "x-")
	f.Fuzz(func(t *testing.T, text, hint string) {
		tag, sure := Of(text, hint)
		if sure < 0 || sure > 1 || tag != clean(tag) {
			t.Errorf("Of(%q, %q) = %q, %v", text, hint, tag, sure)
		}
		if again, _ := Of(text, hint); again != tag {
			t.Errorf("Of(%q, %q) = %q, then %q", text, hint, tag, again)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	all := gold(b)
	for i := 0; b.Loop(); i++ {
		g := all[i%len(all)]
		Of(g.Title+". "+g.Summary, "")
	}
}
