package when

// years gives a year to each date that has none: the one that fits a dated neighbour, else the nearest such day that is
// not before the day of reading.
func (p *parser) years() {
	for n := range p.found {
		e := &p.found[n]
		if e.points[0].y > 0 || e.role == asNothing {
			continue
		}
		if !p.fromNeighbour(n) {
			p.nearest(e)
		}
	}
}

// fromNeighbour takes the year from the dates beside the n-th. A deadline comes before what it is for; the days of an
// event stand in order.
func (p *parser) fromNeighbour(n int) bool {
	e := &p.found[n]
	for k := n + 1; k < len(p.found); k++ {
		if o := &p.found[k]; o.points[0].y > 0 && o.role != asNothing {
			if e.part() {
				e.put(o.points[0].y)
			} else if afterwards(e.role) && !afterwards(o.role) {
				e.following(o.points[0].day)
			} else {
				e.preceding(o.points[0].day)
			}
			return true
		}
	}
	for k := n - 1; k >= 0; k-- {
		if o := &p.found[k]; o.points[0].y > 0 && o.role != asNothing {
			if e.part() {
				e.put(o.points[0].y)
			} else if !afterwards(e.role) && afterwards(o.role) {
				e.preceding(o.points[0].day)
			} else {
				e.following(o.points[len(o.points)-1].day)
			}
			return true
		}
	}
	return false
}

// part reports whether e is a quarter or half, which is one of the year that the dates beside it are in.
func (e *series) part() bool { return e.points[0].months > 0 }

// afterwards reports whether r is of the event itself, which comes after its call.
func afterwards(r role) bool { return r == asEvent || r == asStart || r == asEnd }

// preceding puts e into the last year that brings it before d.
func (e *series) preceding(d day) {
	e.put(d.y)
	last := e.points[len(e.points)-1].day
	if d.before(last) && !(d.m == 0) {
		e.put(d.y - 1)
	}
}

// following puts e into the first year that brings it after d.
func (e *series) following(d day) {
	e.put(d.y)
	if first := e.points[0].day; first.before(d) {
		e.put(d.y + 1)
	}
}

// nearest puts e into the nearest year in which it is not over on the day of reading.
func (p *parser) nearest(e *series) {
	if p.today.y == 0 {
		return
	}
	for y := p.today.y - 1; y <= p.today.y+8; y++ {
		e.put(y)
		last := e.points[len(e.points)-1]
		end := last.finish(true)
		if end.d == 0 {
			end.d = 31
		}
		if e.exist() && !end.before(p.today) {
			return
		}
	}
}

// put sets the years of e so that its first date is in y.
func (e *series) put(y int) {
	for k := range e.points {
		if k > 0 && e.points[k].m < e.points[k-1].m {
			y++
		}
		e.points[k].y = y
	}
}

func (e *series) exist() bool {
	for k := range e.points {
		if !exists(e.points[k].day) {
			return false
		}
	}
	return true
}
