package inventory

import (
	"reflect"
	"strings"
	"sync"
)

// fieldCache maps a struct type to its fields by JSON name. It only saves
// work: the same type always has the same fields.
var fieldCache sync.Map // reflect.Type → map[string][]int

// fieldsOf returns the fields of a struct by JSON name, with those of inlined
// structs among them.
func fieldsOf(t reflect.Type) map[string][]int {
	if known, ok := fieldCache.Load(t); ok {
		return known.(map[string][]int)
	}
	fields := map[string][]int{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		inline := strings.Contains(options, "inline") || field.Anonymous && name == ""
		switch {
		case inline && field.Type.Kind() == reflect.Struct:
			for inner, index := range fieldsOf(field.Type) {
				fields[inner] = append([]int{i}, index...)
			}
		case field.IsExported() && name != "-":
			if name == "" {
				name = field.Name
			}
			fields[name] = []int{i}
		}
	}
	fieldCache.Store(t, fields)
	return fields
}
