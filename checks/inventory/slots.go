package inventory

// Slots is how many requests one server runs at the same time, by its flag.
type Slots struct {
	// Count is for all engines of a server together, each of which takes PerEngine.
	Count, PerEngine, Engines int64
	Flag                      string
	// Path leads to the flag, from the engine's container.
	Path Path
}

// Slots reads the flag. It is false where there is none to be seen: defaults
// depend on the version and the hardware.
func (r *Recognition) Slots() (Slots, bool) {
	for _, flag := range r.Engine.SlotFlags {
		known := true
		slots := r.degree("", []string{flag}, &known)
		if !slots.written {
			continue
		}
		engines := r.Engines(&known)
		return Slots{slots.count * engines, slots.count, engines, flag, slots.at}, known
	}
	return Slots{}, false
}

// Engines is how many copies of the model a server's flags ask for (data
// parallelism), each with a queue and series of its own. known becomes false
// where the number cannot be seen.
func (r *Recognition) Engines(known *bool) int64 {
	return max(r.degree("data", dataFlags, known).count, r.degree("data", localFlags, known).count)
}
