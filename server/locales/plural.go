package locales

// plural returns the CLDR plural category of a whole number n ≥ 0 in a language (CLDR, supplemental/plurals.xml,
// cardinal). "Many" of French and Spanish is for millions and is written like "other" here, since counts stay below.
func plural(code string, n int) string {
	if n < 0 {
		n = -n
	}
	switch code {
	case "zh":
		return "other"
	case "fr":
		if n <= 1 {
			return "one"
		}
		return "other"
	case "ru":
		return pluralRussian(n)
	case "ar":
		return pluralArabic(n)
	}
	if n == 1 { // en, es
		return "one"
	}
	return "other"
}

func pluralRussian(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return "one"
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return "few"
	}
	return "many"
}

func pluralArabic(n int) string {
	switch {
	case n == 0:
		return "zero"
	case n == 1:
		return "one"
	case n == 2:
		return "two"
	case n%100 >= 3 && n%100 <= 10:
		return "few"
	case n%100 >= 11:
		return "many"
	}
	return "other"
}

// forms returns the categories that a language's counted texts must have.
func forms(code string) []string {
	switch code {
	case "zh":
		return []string{"other"}
	case "ru":
		return []string{"one", "few", "many", "other"}
	case "ar":
		return []string{"zero", "one", "two", "few", "many", "other"}
	}
	return []string{"one", "other"}
}
