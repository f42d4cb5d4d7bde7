package inventory

import "sync"

// onceEach is once for each of many keys.
type onceEach[K comparable, T any] struct {
	mu     sync.Mutex
	values map[K]T
}

func (o *onceEach[K, T]) get(key K, find func() T) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	value, found := o.values[key]
	if !found {
		value = find()
		if o.values == nil {
			o.values = map[K]T{}
		}
		o.values[key] = value
	}
	return value
}
