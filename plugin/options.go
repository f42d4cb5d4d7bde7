package plugin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

// reportFlags are the flags that every verb with a report has, as typed.
type reportFlags struct {
	outputs       []string
	failOn        string
	show          string
	checks        string
	config        string
	baseline      string
	writeBaseline string
	minCoverage   int
	noInline      bool
	ascii         bool
}

func (f *reportFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "output `FORMAT` or FORMAT=FILE, repeatable: "+strings.Join(render.Formats(), ", "))
	flags.StringVar(&f.failOn, "fail-on", "error", "exit with 1 on findings of this `SEVERITY` or worse: error, warning, info, never")
	flags.StringVar(&f.show, "show", "warning", "print findings of this `SEVERITY` or worse: error, warning, info")
	flags.StringVar(&f.checks, "checks", "", "run only the checks `a,b`, or all but -c")
	flags.StringVar(&f.config, "config", "", "configuration `FILE`; else .infscale.yaml is looked for from here upward")
	flags.StringVar(&f.baseline, "baseline", "", "count only findings that this `FILE` does not hold: a baseline, or the JSON report of an earlier run")
	flags.StringVar(&f.writeBaseline, "write-baseline", "", "write the findings of this run to a baseline `FILE`")
	flags.IntVar(&f.minCoverage, "min-coverage", 0, "exit with 3 when less than this `PERCENT` of the checks could look")
	flags.BoolVar(&f.noInline, "no-inline-suppressions", false, "report findings that annotations suppress, for audits")
	flags.BoolVar(&f.ascii, "ascii", false, "draw with ASCII characters only")
}

// options are the flags after parsing: only values that make sense.
type options struct {
	outputs       []output
	failOn        checks.Severity // 0: never
	show          checks.Severity
	checks        []*checks.Check
	ignores       []ignore
	baseline      string
	writeBaseline string
	minCoverage   float64 // 0 to 1
	noInline      bool
	ascii         bool
	changed       *changes // nil: whatever changed
}

// parse turns flags, environment and configuration files into options, in
// this order of precedence.
func (f *reportFlags) parse(flags *pflag.FlagSet, streams Streams) (options, error) {
	conf, err := loadConfig(f.config, streams)
	if err != nil {
		return options{}, &exitError{exitUsage, err}
	}
	f.override(flags, streams.Env, conf)
	o := options{
		ignores: conf.Ignore, baseline: f.baseline, writeBaseline: f.writeBaseline,
		minCoverage: float64(f.minCoverage) / 100, noInline: f.noInline, ascii: f.ascii,
	}
	if f.minCoverage < 0 || f.minCoverage > 100 {
		return o, usageError("--min-coverage is a percentage, found %d", f.minCoverage)
	}
	if o.failOn, err = parseSeverity("--fail-on", f.failOn, true); err != nil {
		return o, err
	}
	if o.show, err = parseSeverity("--show", f.show, false); err != nil {
		return o, err
	}
	if o.outputs, err = parseOutputs("-o", f.outputs); err != nil {
		return o, err
	}
	selected, err := selectChecks("--checks", f.checks)
	o.checks = conf.Parameters.tune(selected)
	return o, err
}

// override fills flags that were not given from the environment, and what is
// not there either from the configuration.
func (f *reportFlags) override(flags *pflag.FlagSet, env func(string) string, conf config) {
	pick := func(flag, configured string, into *string) {
		if flags.Changed(flag) {
			return
		}
		name := "INFSCALE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
		if value := env(name); value != "" {
			*into = value
		} else if configured != "" {
			*into = configured
		}
	}
	pick("fail-on", conf.FailOn, &f.failOn)
	pick("show", conf.Show, &f.show)
	pick("checks", strings.Join(conf.Checks, ","), &f.checks)
	pick("baseline", conf.Baseline, &f.baseline)
	coverage := strconv.Itoa(f.minCoverage)
	configured := ""
	if conf.MinCoverage != 0 {
		configured = strconv.Itoa(conf.MinCoverage)
	}
	pick("min-coverage", configured, &coverage)
	number, err := strconv.Atoi(coverage)
	if err != nil {
		number = -1
	}
	f.minCoverage = number
	var outputs string
	pick("output", strings.Join(conf.Output, ","), &outputs)
	if outputs != "" {
		f.outputs = strings.Split(outputs, ",")
	}
}

func parseSeverity(flag, word string, never bool) (checks.Severity, error) {
	switch word {
	case "error":
		return checks.Error, nil
	case "warning":
		return checks.Warning, nil
	case "info":
		return checks.Info, nil
	case "never":
		if never {
			return 0, nil
		}
	}
	words := "error, warning or info"
	if never {
		words = "error, warning, info or never"
	}
	return 0, usageError("%s is %s, found %q", flag, words, word)
}

// selectChecks reads "a,b" (only these) and "-c" (all but this); flag is what
// errors call the place.
func selectChecks(flag, text string) ([]*checks.Check, error) {
	only, without := map[string]bool{}, map[string]bool{}
	for _, word := range strings.Split(text, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		id, negated := strings.CutPrefix(word, "-")
		if rules.ByID(id) == nil {
			return nil, usageError("%s: no check is called %q%s", flag, id, suggestion(id, checkIDs()))
		}
		if negated {
			without[id] = true
		} else {
			only[id] = true
		}
	}
	var selected []*checks.Check
	for _, check := range rules.All() {
		if (len(only) == 0 || only[check.ID]) && !without[check.ID] {
			selected = append(selected, check)
		}
	}
	if len(selected) == 0 {
		return nil, usageError("%s %s leaves no check", flag, text)
	}
	return selected, nil
}

func checkIDs() []string {
	var ids []string
	for _, check := range rules.All() {
		ids = append(ids, check.ID)
	}
	return ids
}

// suggestion is `; did you mean "x"?` for the word nearest to a misspelt one.
func suggestion(word string, known []string) string {
	near := render.Nearest(word, known)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}
