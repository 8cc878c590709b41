package normalize

import "testing"

// TestTheSignatureOfAFeedIsNoText: the sentence that WordPress puts behind every text is no part of it; a text that only speaks so stays.
func TestTheSignatureOfAFeedIsNoText(t *testing.T) {
	for _, c := range []struct{ text, title, want string }{
		{"Teams meet in May. The post Cyber drill appeared first on GFCE.", "Cyber drill", "Teams meet in May."},
		{"Équipes réunies. L’article Exercice est apparu en premier sur Agence.", "Exercice", "Équipes réunies."},
		{"Se reúnen en mayo. La entrada Ejercicio se publicó primero en CSIRT.", "Ejercicio", "Se reúnen en mayo."},
		{"Команды встретятся. Сообщение Учения появились сначала на CERT.", "Учения", "Команды встретятся."},
		{"تجتمع الفرق. ظهرت المقالة تمرين أولاً على المركز.", "تمرين", "تجتمع الفرق."},
		{"各队五月会面。演练最先出现在中心。", "演练", "各队五月会面。"},
		{"Teams meet. The post appeared first on a wall in the hall, and later in the handbook, where it was kept for those who could not come to the meeting that the agencies held in the capital in spring, and which lasted for three whole days.", "Cyber drill", "Teams meet. The post appeared first on a wall in the hall, and later in the handbook, where it was kept for those who could not come to the meeting that the agencies held in the capital in spring, and which lasted for three whole days."},
		{"The post Cyber drill appeared first on GFCE.", "Cyber drill", ""},
		{"最先出现在中心。", "", "最先出现在中心。"},
	} {
		if got := unsigned(c.text, c.title); got != c.want {
			t.Errorf("unsigned(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
