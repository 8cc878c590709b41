package language

import (
	"math"
	"strings"
	"unicode"
)

// trait is what speaks for one language within a script that several share.
type trait struct {
	tag     string
	letters string // written in this language, not in the one that the script is mostly used for
	absent  string // never written in it
	words   string // short words that every text has
	parts   string // runs of letters that the one before has not
}

// The first of each list is the language that the script is mostly used for.
var (
	slavic = []trait{
		{"ru", "ыэъё", "іїєґўјљњћђџѓќѕәғқңөұүһӣӯҳҷ", "и в не на что с по для как от это к из о при или также его их а мы быть за об до", ""},
		{"uk", "іїєґ", "ыэъёўјљњћђџәғқңө", "і в не на що з та для як від це до про або також є й у за щодо при", ""},
		{"be", "ўі", "иъщјљњћђџәғқңө", "і ў не на што з для як ад гэта да пра або таксама", ""},
		{"bg", "ъ", "ыэёіїєўјљњћђџәғқңө", "и в не на да за се от е са че по като или със които това при ще към", "ъб ъв ъг ъд ъж ъз ък ъл ъм ън ъп ър ъс ът ъх ъц ъч ъш"},
		{"sr", "јљњћђџ", "ыэъёйщюяіїєўәғқңө", "и у не на да за се од је су што по као или са који ће", ""},
		{"mk", "ѓќѕјљњџ", "ыэъёйщюяіїєўћђәғқңө", "и во не на да за се од е дека што по како или со кои ќе", ""},
		{"kk", "әғқңөұүһі", "ўјљњћђџӣӯҳҷ", "және мен бен үшін бұл бойынша туралы арқылы болып бар", ""},
		{"ky", "ңөү", "әғқұһіўјљњћђџӣӯҳҷ", "жана менен үчүн бул боюнча жөнүндө аркылуу болуп бар", ""},
		{"tg", "ӣӯҳҷқғ", "ыщңөәіўјљњћђџ", "ва дар аз барои ба бо ки ин аст дигар", ""},
		{"mn", "өү", "әғқңұһіўјљњћђџӣӯҳҷ", "ба нь болон бөгөөд энэ тухай байна хийх", ""},
		{"uz", "ўқғҳ", "ыщңөәіјљњћђџӣӯҷ", "ва учун билан бу ҳам бўйича ҳақида", ""},
		{"tt", "әөүҗңһ", "қғұіўјљњћђџӣӯҳҷ", "һәм белән өчен бу турында буенча", ""},
	}
	semitic = []trait{
		{"ar", "ةإأؤئىي", "پچژگٹڈڑںےھہۆێڵڕ", "في من على إلى التي الذي عن مع هذا هذه أن التى كما بين بعد خلال و أو", ""},
		{"fa", "پچژگیک", "ةيكىٹڈڑںےھہۆێڵڕ", "و در از به که برای این با است را آن های می شود", ""},
		{"ur", "ٹڈڑںےھہپچگیک", "ةيكۆێڵڕ", "اور کے میں کی سے کا ہے کو پر یہ نے ہیں", ""},
		{"ps", "ښځڅړېۍټډګ", "ةٹڈڑںےۆێڵ", "او د په چې له ته دې کې سره", ""},
		{"ckb", "ێۆڵڕەی", "ةٹڈڑںےيكى", "و لە بۆ بە کە ئەم لەگەڵ", ""},
	}
)

func cyrillic(text, hint string) (string, float64) { return byTraits(slavic, text, hint) }

func arabic(text, hint string) (string, float64) { return byTraits(semitic, text, hint) }

// byTraits returns the language whose letters and words fit text best.
func byTraits(list []trait, text, hint string) (string, float64) {
	words := map[string]int{}
	letters := map[rune]int{}
	n := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		words[w]++
		for _, r := range w {
			letters[r]++
			n++
		}
	}
	best, second, tag := math.Inf(-1), math.Inf(-1), ""
	for i, t := range list {
		score := 0.0
		for _, r := range t.letters {
			score += math.Min(float64(letters[r]), 6)
		}
		for _, r := range t.absent {
			score -= 3 * math.Min(float64(letters[r]), 4)
		}
		for w := range strings.FieldsSeq(t.words) {
			score += 2 * math.Min(float64(words[w]), 3)
		}
		for part := range strings.FieldsSeq(t.parts) {
			score += 3 * float64(min(strings.Count(text, part), 3))
		}
		if i == 0 {
			score += 4
		}
		if t.tag == hint {
			score += 4
		}
		if score > best {
			best, second, tag = score, best, t.tag
		} else if score > second {
			second = score
		}
	}
	return tag, math.Min(0.98, 0.6+(best-second)/25) * math.Min(1, 0.6+float64(n)/40)
}
