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
		engines, _ := r.Engines(&known)
		return Slots{slots.count * engines, slots.count, engines, flag, slots.at}, known
	}
	return Slots{}, false
}

// Engines is how many copies of the model a server's flags ask for (data
// parallelism), each with a queue and series of its own, and where the flag is.
// known becomes false where the number cannot be seen.
func (r *Recognition) Engines(known *bool) (count int64, at Path) {
	all, local := r.degree("data", dataFlags, known), r.degree("data", localFlags, known)
	if local.count > all.count {
		return local.count, local.at
	}
	return all.count, all.at
}

// EnginesHere is Engines for a server that runs all of them: false where some
// are in other pods.
func (r *Recognition) EnginesHere() (count int64, at Path, known bool) {
	_, away := r.Args.Get(elsewhere...)
	known = !away
	count, at = r.Engines(&known)
	return count, at, known
}
