package server

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"stoa"
	"stoa/server/curate"
)

// meter counts requests and tells of the sources and the queue when it is asked.
type meter struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	handler  http.Handler
}

func newMeter(o Options) (*meter, error) {
	m := &meter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "stoa_http_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "stoa_http_seconds", Help: "Time to answer, by route.", Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, &state{o}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := o.Metrics.Register(c); err != nil {
			if _, twice := err.(prometheus.AlreadyRegisteredError); !twice { // the program may have registered Go's own
				return nil, err
			}
		}
	}
	m.handler = promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{})
	return m, nil
}

// measured counts what passes, by the pattern of its route: addresses as such would be a label without end.
func (m *meter) measured(next http.Handler, mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := mux.Handler(r)
		began := time.Now()
		seen := &counted{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			m.requests.WithLabelValues(route, strconv.Itoa(seen.status)).Inc()
			m.seconds.WithLabelValues(route).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

type counted struct {
	http.ResponseWriter
	status int
}

func (c *counted) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// state reads sources and queue when metrics are collected.
type state struct{ Options }

var (
	lastGood = prometheus.NewDesc("stoa_source_last_good_timestamp_seconds", "End of the last good run.", []string{"source"}, nil)
	failures = prometheus.NewDesc("stoa_source_failures", "Runs that failed since the last good one.", []string{"source", "outcome", "code"}, nil)
	known    = prometheus.NewDesc("stoa_source_items", "Items that a source lists now.", []string{"source"}, nil)
	waiting  = prometheus.NewDesc("stoa_queue_tasks", "Tasks that wait for a curator.", []string{"reason"}, nil)
	records  = prometheus.NewDesc("stoa_records", "Records by the curator's axis.", []string{"state"}, nil)
	size     = prometheus.NewDesc("stoa_store_bytes", "Size of the store.", nil, nil)
	changes  = prometheus.NewDesc("stoa_changes_total", "Changes that readers could see.", nil, nil)
)

// Describe is part of prometheus.Collector.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lastGood, failures, known, waiting, records, size, changes} {
		ch <- d
	}
}

// Collect is part of prometheus.Collector. What cannot be read is left out; /readyz tells of it.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, src := range s.Sources() {
		h, err := s.Catalogue.History(ctx, src.ID)
		if err != nil {
			continue
		}
		if !h.Good.Ended.IsZero() {
			ch <- prometheus.MustNewConstMetric(lastGood, prometheus.GaugeValue, float64(h.Good.Ended.Unix()), src.ID)
		}
		if h.Last.Outcome != "" && !h.Last.Outcome.Good() {
			ch <- prometheus.MustNewConstMetric(failures, prometheus.GaugeValue, float64(h.Failures), src.ID, string(h.Last.Outcome), label(h.Last.Code))
		}
		ch <- prometheus.MustNewConstMetric(known, prometheus.GaugeValue, float64(h.Known), src.ID)
	}
	stats, err := s.Catalogue.Stats(ctx)
	if err != nil {
		return
	}
	for _, reason := range stoa.TaskReasons() {
		ch <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(stats.Queue[reason]), reason)
	}
	for _, state := range []stoa.State{stoa.Pending, stoa.Listed, stoa.Refused} {
		ch <- prometheus.MustNewConstMetric(records, prometheus.GaugeValue, float64(stats.Records[state]), string(state))
	}
	ch <- prometheus.MustNewConstMetric(size, prometheus.GaugeValue, float64(stats.Bytes))
	ch <- prometheus.MustNewConstMetric(changes, prometheus.CounterValue, float64(stats.Changes))
}

var labels = regexp.MustCompile(`^[a-z0-9-]{0,40}$`)

// label keeps what is no code of ours out of the names of metrics, which would grow without end.
func label(code string) string {
	if labels.MatchString(code) {
		return code
	}
	return "other"
}

func (s *server) metrics(w http.ResponseWriter, r *http.Request) {
	if s.CloseMetrics {
		secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		t, err := curate.TokenOf(r.Context(), s.Accounts, secret)
		if err != nil || !t.Role.May(stoa.Admin) {
			s.refuse(w, r, http.StatusForbidden, "metrics are closed: an admin's token is needed")
			return
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	s.meter.handler.ServeHTTP(w, r)
}
