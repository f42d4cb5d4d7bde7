package plugin

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestChangedSinceNeedsGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := changedSince(context.Background(), "main")
	var exit *exitError
	if !errors.As(err, &exit) || exit.code != exitUsage || !strings.Contains(err.Error(), "the program git is not on the PATH") {
		t.Errorf("error %v", err)
	}
}
