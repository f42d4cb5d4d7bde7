package inventory_test

import (
	"testing"
	"time"
)

func TestPreStop(t *testing.T) {
	for hook, want := range map[string]struct {
		sleep time.Duration
		open  bool
	}{
		"sleep: {seconds: 15}":                                                      {15 * time.Second, false},
		"exec: {command: [sleep, '15']}":                                            {15 * time.Second, false},
		"exec: {command: [/bin/sleep, 1m, '5']}":                                    {65 * time.Second, false},
		"exec: {command: [sleep, '0.5']}":                                           {500 * time.Millisecond, false},
		"exec: {command: [sleep, infinity]}":                                        {0, true},
		"exec: {command: [sleep]}":                                                  {0, true},
		"exec: {command: [sleep, '-1']}":                                            {0, true},
		"exec: {command: [/bin/sh, -c, sleep 15]}":                                  {15 * time.Second, false},
		"exec: {command: [bash, -ec, 'sleep 10; /bin/sleep 20s']}":                  {30 * time.Second, false},
		"exec: {command: [sh, -c, \"echo 'bye; bye' && sleep 15\"]}":                {15 * time.Second, false},
		"exec: {command: [sh, -c, 'echo x > /dev/null; sleep 5']}":                  {5 * time.Second, false},
		"exec: {command: [sh, -c, 'kill -TERM 1']}":                                 {0, false},
		"exec: {command: [sh, -c, 'sleep 15 || sleep 20']}":                         {15 * time.Second, true},
		"exec: {command: [sh, -c, 'kill -USR1 1 2>/dev/null || true\n\nsleep 60']}": {60 * time.Second, false},
		"exec: {command: [sh, -c, 'drain --now; sleep 60']}":                        {60 * time.Second, true},
		"exec: {command: [sh, -c, 'sleep 7; while true; do sleep 1; done']}":        {7 * time.Second, true},
		"exec: {command: [sh, -c, 'sleep 100 & sleep 1']}":                          {0, true},
		"exec: {command: [sh, -c, 'sleep $DELAY']}":                                 {0, true},
		"exec: {command: [sh, -c, 'while pgrep vllm; do sleep 1; done']}":           {0, true},
		"exec: {command: [sh, -c, 'if true; then sleep 9; fi']}":                    {0, true},
		"exec: {command: [sh, -c, \"sleep '5\"]}":                                   {0, true},
		"exec: {command: [sh, /drain.sh]}":                                          {0, true},
		"exec: {command: [/drain.sh]}":                                              {0, true},
		"exec: {command: []}":                                                       {0, true},
		"httpGet: {path: /drain, port: 8000}":                                       {0, true},
	} {
		w := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\nlifecycle: {preStop: {"+hook+"}}"))
		if got := w.PreStop(); !got.Hook || got.Open != want.open || got.Sleep != want.sleep {
			t.Errorf("%s: %+v", hook, got)
		}
	}
	if got := recognised(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\nlifecycle: {postStart: {sleep: {seconds: 5}}}")).PreStop(); got.Hook {
		t.Errorf("a hook that is not there: %+v", got)
	}
}
