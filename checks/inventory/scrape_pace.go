package inventory

import (
	"fmt"
	"time"
)

// Pace is how often a workload's metrics are collected, and who says so.
type Pace struct {
	Every  time.Duration
	Object *Object
	// Path is the field that sets it; Written says that it stands there.
	Path    Path
	Written bool
	// Source is the object and the field that the number comes from.
	Source string
}

// defaultScrapeInterval is what prometheus-operator writes where a Prometheus
// names none (pkg/apis/monitoring/v1/prometheus_types.go).
const defaultScrapeInterval = "30s"

// ScrapePace returns the shortest time between two scrapes of the workload's
// metrics. It is not ok where nothing says it: no monitor, or one that leaves
// it to a Prometheus that nobody saw, or no workload.
func (s *Snapshot) ScrapePace(w *Workload) (fastest Pace, ok bool) {
	if w == nil {
		return Pace{}, false
	}
	for _, c := range s.ScrapesOf(w) {
		if w.asksElsewhere(c) {
			continue
		}
		pace, known := s.paceOf(c)
		if !known {
			return Pace{}, false
		}
		if !ok || pace.Every < fastest.Every {
			fastest, ok = pace, true
		}
	}
	for _, o := range s.In(PodMonitoring, w.Object.Namespace) {
		for i, e := range As[ScrapeContent](o).Spec.Endpoints {
			every, err := time.ParseDuration(e.Interval)
			if err == nil && s.scrapeTakes(o, w) && (!ok || every < fastest.Every) {
				path := Path{"spec", "endpoints", i, "interval"}
				fastest, ok = Pace{every, o, path, true, o.Short() + " " + path.String()}, true
			}
		}
	}
	return fastest, ok && fastest.Every > 0
}

func (s *Snapshot) paceOf(c Scrape) (Pace, bool) {
	at := c.Monitor.EndpointAt(c.Endpoint, "interval")
	p := Pace{Object: at.Object, Path: at.Path, Written: true, Source: at.Object.Short() + " " + at.Path.String()}
	text := c.endpoint().Interval
	if text == "" {
		p.Written = false
		for _, choice := range s.Choices(c.Monitor) {
			if choice.Selected == Absent {
				continue
			}
			said := As[PrometheusContent](choice.Object).Spec.ScrapeInterval
			if said == "" {
				said = defaultScrapeInterval
			}
			if text != "" && text != said {
				return Pace{}, false // which of them answers the query is not known
			}
			text, p.Source = said, fmt.Sprintf("%s spec.scrapeInterval", choice.Object.Short())
		}
	}
	every, err := time.ParseDuration(text)
	p.Every = every
	return p, err == nil
}
