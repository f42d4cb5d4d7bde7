//go:build linux && cgo

package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/NVIDIA/go-dcgm/pkg/dcgm"
)

// Fields that are watched on every GPU, and in their place where NVML tells no
// utilisation. The profiling field is left alone elsewhere, because a GPU's
// profiling counters serve one user at a time.
var (
	plainFields    = []dcgm.Short{dcgm.DCGM_FI_DEV_UUID, dcgm.DCGM_FI_DEV_MIG_MODE, dcgm.DCGM_FI_DEV_GPU_UTIL, dcgm.DCGM_FI_DEV_FB_USED}
	profilingField = []dcgm.Short{dcgm.DCGM_FI_PROF_GR_ENGINE_ACTIVE}
)

// What go-dcgm does not export of dcgm_structs.h.
const (
	statusOK    = 0       // DCGM_ST_OK
	statusGone  = -21     // DCGM_ST_CONNECTION_NOT_VALID
	blankDouble = 1 << 47 // DCGM_FP64_BLANK; it and what is above is no number
	blankText   = "<<<"   // begins DCGM_STR_BLANK and its like
)

const (
	// byAddress is Init's word for a host that is no Unix socket.
	byAddress = "0"
	// libraryAbsent ends Init's error when the library could not be opened.
	libraryAbsent = ".so.4 not found"
	// The host engine keeps one value of each field, however old.
	keepSeconds, keepSamples = 0, 1
)

// engine is a connection to an nv-hostengine that watches its GPUs.
type engine struct {
	options
	gpus []*gpu
	name string // of groups, which no two clients may share
}

type gpu struct {
	id   uint
	uuid string
	// profiled says that the profiling field is watched, tried that it was
	// wanted.
	profiled, tried bool
}

// connect reaches the host engine and begins to watch.
func connect(o options) (*engine, error) {
	if _, err := dcgm.Init(dcgm.Standalone, o.host, byAddress); err != nil {
		if strings.HasSuffix(err.Error(), libraryAbsent) {
			err = fmt.Errorf("%w: install NVIDIA DCGM 4, or name the library's folder in LD_LIBRARY_PATH", err)
		}
		return nil, err
	}
	e := &engine{options: o, name: fmt.Sprintf("infscale-%d-%d", os.Getpid(), time.Now().UnixNano())}
	if err := e.watchAll(); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// close ends the connection; the host engine then drops what it watched for it.
func (e *engine) close() { _ = dcgm.Shutdown() }

func (e *engine) watchAll() error {
	ids, err := dcgm.GetSupportedDevices()
	if err != nil {
		return fmt.Errorf("its GPUs: %w", err)
	}
	if len(ids) == 0 {
		return errors.New("it has no GPU that DCGM supports")
	}
	for _, id := range ids {
		e.gpus = append(e.gpus, &gpu{id: id})
	}
	return e.watch(e.name, ids, plainFields)
}

// watch makes the host engine update fields of some GPUs at every interval, and
// waits for the first update.
func (e *engine) watch(name string, ids []uint, fields []dcgm.Short) error {
	group, err := dcgm.CreateGroup(name)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := dcgm.AddToGroup(group, id); err != nil {
			return err
		}
	}
	what, err := dcgm.FieldGroupCreate(name, fields)
	if err != nil {
		return err
	}
	return dcgm.WatchFieldsWithGroupEx(what, group, e.interval.Microseconds(), keepSeconds, keepSamples)
}

// read returns what is known of a GPU now. With an error the sample still says
// which GPU it is.
func (e *engine) read(g *gpu) (sample, error) {
	s := sample{At: time.Now().UTC(), GPU: g.id, UUID: g.uuid, Host: e.host}
	got, err := latest(g.id, plainFields)
	if err != nil {
		return s, err
	}
	if text := got.text(dcgm.DCGM_FI_DEV_UUID); text != "" {
		g.uuid, s.UUID = text, text
	}
	oldest := int64(math.MaxInt64)
	if used, ok := got.number(dcgm.DCGM_FI_DEV_FB_USED); ok && used.value >= 0 {
		mib := int64(used.value)
		s.MemoryUsed, oldest = &mib, min(oldest, used.at)
	}
	busy, ok, err := e.utilisation(g, got)
	if err != nil {
		return s, err
	}
	if ok {
		s.Utilisation, oldest = &busy.value, min(oldest, busy.at)
	}
	if oldest > 0 && oldest != math.MaxInt64 {
		s.At = time.UnixMicro(oldest).UTC()
	}
	return s, nil
}

// utilisation is NVML's, in percent. With MIG on NVML has none, and some
// versions of DCGM tell zero (dcgm-exporter issue 216): there, as wherever it is
// missing, the share of time in which the graphics engine was busy counts.
func (e *engine) utilisation(g *gpu, plain values) (number, bool, error) {
	mig, known := plain.number(dcgm.DCGM_FI_DEV_MIG_MODE)
	percent, ok := plain.number(dcgm.DCGM_FI_DEV_GPU_UTIL)
	if ok && percent.value >= 0 && percent.value <= 100 && (!known || mig.value == 0) {
		return percent, true, nil
	}
	if !g.tried {
		g.tried = true
		g.profiled = e.watch(fmt.Sprintf("%s-%d", e.name, g.id), []uint{g.id}, profilingField) == nil
	}
	if !g.profiled {
		return number{}, false, nil // GPUs before Volta have no profiling, and not every host engine may use it
	}
	got, err := latest(g.id, profilingField)
	if lost(err) {
		return number{}, false, err
	}
	ratio, ok := got.number(dcgm.DCGM_FI_PROF_GR_ENGINE_ACTIVE)
	return number{ratio.value * 100, ratio.at}, ok && ratio.value >= 0 && ratio.value <= 1, nil
}

// lost says whether the connection is gone, and every other question vain.
func lost(err error) bool {
	var e *dcgm.Error
	return errors.As(err, &e) && int(e.Code) == statusGone
}

// oneLine joins what was wrong with several GPUs.
func oneLine(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// values are a GPU's newest, by field.
type values map[dcgm.Short]dcgm.FieldValue_v1

func latest(id uint, fields []dcgm.Short) (values, error) {
	list, err := dcgm.EntityGetLatestValues(dcgm.FE_GPU, id, fields)
	if err != nil {
		return nil, err
	}
	byField := values{}
	for _, v := range list {
		byField[v.FieldID] = v
	}
	return byField, nil
}

// number is a field's value and when it was measured, in µs since 1970.
type number struct {
	value float64
	at    int64
}

// number is not ok where DCGM has a blank: for what is not there yet, not found,
// not supported or not permitted.
func (v values) number(field dcgm.Short) (number, bool) {
	f, has := v[field]
	if !has || f.Status != statusOK {
		return number{}, false
	}
	switch f.FieldType {
	case dcgm.DCGM_FT_INT64:
		n := f.Int64() // the blank of what was a 32-bit number is one of 32 bits
		return number{float64(n), f.TS}, !dcgm.IsInt64Blank(n) && !dcgm.IsInt32Blank(int(n))
	case dcgm.DCGM_FT_DOUBLE:
		x := f.Float64()
		return number{x, f.TS}, x < blankDouble // NaN is not
	}
	return number{}, false
}

func (v values) text(field dcgm.Short) string {
	f, has := v[field]
	if !has || f.Status != statusOK || f.FieldType != dcgm.DCGM_FT_STRING || strings.HasPrefix(f.String(), blankText) {
		return ""
	}
	return f.String()
}
