package inventory

import (
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	for f := range factCount {
		info := f.Info()
		if (info.Of != "Kubernetes" && info.Of != "KEDA") || !info.Since.Known || !strings.HasPrefix(info.Source, "https://") {
			t.Errorf("fact %d needs a software, a version and a source: %+v", f, info)
		}
	}
}

func TestHolds(t *testing.T) {
	for _, test := range []struct {
		live       bool
		versions   Versions
		fact       Fact
		yes, known bool
	}{
		{true, Versions{Kubernetes: "1.37.2"}, HPAScalesToZero, true, true},
		{true, Versions{Kubernetes: "1.36.9"}, HPAScalesToZero, false, true},
		{true, Versions{Kubernetes: "1.37.2"}, KEDAFallbackOfValue, false, false},
		{true, Versions{KEDA: "2.18.0"}, KEDAFallbackOfValue, true, true},
		{true, Versions{KEDA: "2.17.3"}, KEDAFallbackOfValue, false, true},
		{false, Versions{}, HPAScalesToZero, false, false},
	} {
		b := NewBuilder()
		if test.live {
			b.Live(test.versions)
		}
		if yes, known := b.Build().Holds(test.fact); yes != test.yes || known != test.known {
			t.Errorf("%+v: %v, %v", test, yes, known)
		}
	}
}
