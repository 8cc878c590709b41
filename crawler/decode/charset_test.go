package decode

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

const suites = "../../testdata/suites/"

// encodingCase is one page of html5lib's encoding tests.
type encodingCase struct {
	data []byte
	want string
}

func encodingCases(t *testing.T) []encodingCase {
	t.Helper()
	files, err := filepath.Glob(suites + "html-encoding/*.dat")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	var cases []encodingCase
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range bytes.Split(append([]byte("\n"), b...), []byte("\n#data\n"))[1:] {
			data, want, ok := bytes.Cut(block, []byte("\n#encoding\n"))
			if !ok {
				t.Fatalf("%s: block without encoding: %q", file, block)
			}
			name, _, _ := strings.Cut(string(want), "\n")
			cases = append(cases, encodingCase{data, strings.ToLower(strings.TrimSpace(name))})
		}
	}
	return cases
}

func TestHTMLCharsetFollowsTheStandard(t *testing.T) {
	cases := encodingCases(t)
	right := 0
	for _, c := range cases {
		_, got := decodeText(c.data, "text/html", htmlText)
		if canonical(got) == canonical(c.want) {
			right++
		} else {
			t.Logf("%.200q: read as %s, want %s", c.data, got, c.want)
		}
	}
	share := float64(right) / float64(len(cases))
	t.Logf("%d of %d right (%.3f)", right, len(cases), share)
	if share < 0.90 {
		t.Errorf("%.3f of the pages read as stated, want 0.90", share)
	}
}

func canonical(label string) string {
	if name := knownCharset(label); name != "" {
		return name
	}
	return label
}

func encode(t testing.TB, name, text string) []byte {
	t.Helper()
	out, err := encoding.ReplaceUnsupported(encodingOf(name).NewEncoder()).Bytes([]byte(text))
	if err != nil {
		t.Fatalf("encode as %s: %v", name, err)
	}
	return out
}

func FuzzCharset(f *testing.F) {
	f.Add([]byte("\xff\xfe<\x00a\x00>\x00"), "text/xml; charset=utf-16", 2)
	f.Add([]byte("<?xml version='1.0' encoding='big5'?>\xa4\xa4\xa4\xe5"), "", 2)
	f.Add([]byte("<meta charset=koi8-r>\xd0\xd2\xc9"), "text/html", 1)
	f.Add([]byte("\xd0\xd2\xc9\xd7\xc5\xd4"), "application/json", 3)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, kind int) {
		text, name := decodeText(body, contentType, textKind(kind&3))
		if !utf8.ValidString(text) {
			t.Errorf("%q read as %s is no UTF-8", body, name)
		}
		if name == "" {
			t.Errorf("%q: no name", body)
		}
		if len(text) > 16*len(body)+16 {
			t.Errorf("%d bytes became %d", len(body), len(text))
		}
	})
}

// Sentences long enough to be told apart: a guess from three letters is worth nothing.
var sentences = []struct{ charset, text string }{
	{"big5", "網路安全課程將於下個月開始報名，歡迎各國的公務人員參加，課程內容包括事件應變與法律措施。"},
	{"gbk", "网络安全课程将于下个月开始报名，欢迎各国的公务人员参加，课程内容包括事件响应与法律措施。"},
	{"euc-jp", "サイバーセキュリティの研修は来月から申し込みを受け付けます。各国の担当者の参加をお待ちしています。"},
	{"shift_jis", "サイバーセキュリティの研修は来月から申し込みを受け付けます。各国の担当者の参加をお待ちしています。"},
	{"euc-kr", "사이버 보안 교육 과정은 다음 달부터 신청을 받습니다. 각국 담당자 여러분의 많은 참여를 바랍니다."},
	{"koi8-r", "Запись на курс по кибербезопасности начинается в следующем месяце, приглашаются сотрудники всех ведомств."},
	{"windows-1251", "Запись на курс по кибербезопасности начинается в следующем месяце, приглашаются сотрудники всех ведомств."},
	{"windows-874", "หลักสูตรความมั่นคงปลอดภัยไซเบอร์จะเปิดรับสมัครในเดือนหน้า ขอเชิญเจ้าหน้าที่จากทุกประเทศเข้าร่วม"},
	{"windows-1255", "ההרשמה לקורס אבטחת סייבר תיפתח בחודש הבא, וכל עובדי המדינה מוזמנים להשתתף בו ללא תשלום"},
	{"windows-1256", "يبدأ التسجيل في دورة الأمن السيبراني في الشهر المقبل وندعو موظفي جميع الدول إلى المشاركة فيها"},
	{"windows-1253", "Οι εγγραφές για το μάθημα κυβερνοασφάλειας αρχίζουν τον επόμενο μήνα και είναι ανοικτές για όλες τις χώρες"},
	{"windows-1252", "Les inscriptions à la formation à la cybersécurité débutent le mois prochain ; les agents de tous les États y sont invités."},
	{"windows-1250", "Zápis do kurzu kybernetické bezpečnosti začíná příští měsíc, zváni jsou úředníci ze všech zemí světa, účast není zpoplatněna."},
	{"utf-8", "Запись на курс начинается в следующем месяце; les inscriptions débutent; 報名"},
}

func TestUndeclaredTextIsReadByWhatItLooksLike(t *testing.T) {
	for _, s := range sentences {
		t.Run(s.charset, func(t *testing.T) {
			text := "<?xml version='1.0'?><rss><channel><title>Courses</title><description>" + s.text + "</description></channel></rss>"
			got, name := decodeText(encode(t, s.charset, text), "application/rss+xml", xmlText)
			if got != text {
				t.Errorf("read as %s: %s", name, got)
			}
		})
	}
}

func TestACutInsideACharacterCostsThatCharacter(t *testing.T) {
	for _, s := range sentences {
		whole := encode(t, s.charset, s.text)
		for _, header := range []string{"", "text/xml; charset=" + s.charset} {
			got, name := decodeText(whole[:len(whole)*9/10], header, xmlText)
			if got = strings.TrimRight(got, "\uFFFD"); !strings.HasPrefix(s.text, got) {
				t.Errorf("%s under %q read as %s: %q", s.charset, header, name, got)
			}
		}
	}
}

func TestWideTextIsKnownWithOrWithoutMark(t *testing.T) {
	const text = "<?xml version='1.0' encoding='utf-16'?><rss><channel><title>Ünïcödé 網路</title></channel></rss>"
	for _, name := range []string{"utf-16le", "utf-16be", "utf-32le", "utf-32be"} {
		t.Run(name, func(t *testing.T) {
			bare := encode(t, name, text)
			marked := append(encode(t, name, "\uFEFF"), bare...)
			for _, b := range [][]byte{bare, marked} {
				for _, header := range []string{"", "text/xml; charset=utf-8", "application/xml; charset=utf-16"} {
					if got, as := decodeText(b, header, xmlText); got != text {
						t.Errorf("under %q read as %s: %q", header, as, got)
					}
				}
			}
		})
	}
}

func TestStatedCharsets(t *testing.T) {
	latin, greek := encode(t, "windows-1252", "café “déjà”"), encode(t, "iso-8859-7", "Αθήνα και Πάτρα")
	for _, c := range []struct {
		name, header string
		body         []byte
		want         string
	}{
		{"the response outranks the declaration", "text/xml; charset=windows-1252",
			append([]byte("<?xml version='1.0' encoding='iso-8859-7'?>"), latin...), "café “déjà”"},
		{"the declaration is believed", "text/xml", append([]byte(`<?xml version="1.0" encoding="iso-8859-7"?>`), greek...), "Αθήνα και Πάτρα"},
		{"what the bytes refute is not believed", "text/xml; charset=utf-8",
			append([]byte(`<?xml version="1.0" encoding="iso-8859-7"?>`), greek...), "Αθήνα και Πάτρα"},
		{"UTF-8 under a server's Latin-1 default stays UTF-8", "text/xml; charset=iso-8859-1", []byte("Ωmega"), "Ωmega"},
		{"unknown names say nothing", "text/xml; charset=nonsense", []byte("<?xml encoding='more nonsense'?>Ωmega"), "Ωmega"},
		{"UTF-16 stated over plain bytes is a lie", "text/xml; charset=utf-16", []byte("Ωmega"), "Ωmega"},
		{"what nothing bears out is read as the document says", "text/xml; charset=utf-8",
			append([]byte(`<?xml version="1.0" encoding="euc-kr"?>`+"\x81 "), encode(t, "euc-kr", "나")...), "\uFFFD 나"},
		{"stray windows-1252 in UTF-8 is read as such", "text/xml", []byte("Ωmega Ψ Φ Ξ \x93quoted\x94"), "Ωmega Ψ Φ Ξ “quoted”"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, name := decodeText(c.body, c.header, xmlText)
			if _, rest, ok := strings.Cut(got, "?>"); ok {
				got = rest
			}
			if got != c.want {
				t.Errorf("read as %s: %q, want %q", name, got, c.want)
			}
		})
	}
}
