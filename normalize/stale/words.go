package stale

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// on writes a day as "3 May", with the year where it is not that of now.
func on(t, now time.Time) string {
	if t.Year() == now.Year() {
		return t.UTC().Format("2 January")
	}
	return t.UTC().Format("2 January 2006")
}

// days writes several days: "10, 13 and 17 May", "30 April and 3 May". Of many it names the first and the last two.
func days(times []time.Time, now time.Time) string {
	var list []time.Time
	for _, t := range times {
		if t = t.UTC().Truncate(day); len(list) == 0 || !list[len(list)-1].Equal(t) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	dots := ""
	if len(list) > 5 {
		list = append(list[:1:1], list[len(list)-2:]...)
		dots = " …"
	}
	parts := make([]string, len(list))
	for i, t := range list {
		if i+1 < len(list) && list[i+1].Month() == t.Month() && list[i+1].Year() == t.Year() {
			parts[i] = strconv.Itoa(t.Day())
		} else {
			parts[i] = on(t, now)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	if dots != "" {
		parts[0] += dots
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
