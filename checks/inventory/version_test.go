package inventory_test

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{
		"v0.11.0": "0.11.0", "0.6.3.post1": "0.6.3", "v0.9.1-cu128": "0.9.1", "v0.10.1.1": "0.10.1", "3.0.1": "3.0.1", "1.8.3": "1.8.3", "1.12": "1.12.0",
		"24.08-py3": "24.08", "24.08-trtllm-python-py3": "24.08", "0.11-gpu-py312": "0.11.0", "v0.11.0rc3": "0.11.0", "v0.5.3.post1-cu126": "0.5.3", "v0.10.2-aibrix0.5.0": "0.10.2",
		"": "unknown", "latest": "unknown", "nightly": "unknown", "main": "unknown", "v8": "unknown", "2025-05-05-v1": "unknown", "2024.05.01": "unknown",
		"v0.11.1.dev12+gabc": "unknown", "v0.11.0-nightly": "unknown", "gptoss": "unknown", "sha-abc123": "unknown", "0.9x": "unknown", "1.": "unknown", "99999999999.1": "unknown",
	} {
		if got := inventory.ParseVersion(text).String(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	old, young, unknown := inventory.Release(0, 9, 2), inventory.Release(0, 18, 0), inventory.Version{}
	for _, test := range []struct {
		got, want bool
	}{
		{old.Less(young), true},
		{young.Less(old), false},
		{old.Less(old), false},
		{inventory.Release(0, 9, 1).Less(old), true},
		{inventory.Release(1, 0, 0).Less(young), false},
		{young.AtLeast(old), true},
		{young.AtLeast(young), true},
		{old.AtLeast(young), false},
		{unknown.Less(young), false},
		{young.Less(unknown), false},
		{unknown.AtLeast(old), false},
		{old.AtLeast(unknown), false},
	} {
		if test.got != test.want {
			t.Errorf("got %v, want %v", test.got, test.want)
		}
	}
}
