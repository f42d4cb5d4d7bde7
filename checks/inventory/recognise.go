package inventory

import corev1 "k8s.io/api/core/v1"

// recognise finds the engine in a workload's pod template; nil when the pods
// serve no model that can be seen. What counts is the image or the command of
// one of the containers. Names, labels, and variables on other containers
// prove nothing, and neither does an accelerator without an engine.
func recognise(w *Workload, s *store) *Recognition {
	switch c := w.Object.Content.(type) {
	case *InferenceServiceContent:
		return recogniseInferenceService(w, c, s)
	case *NIMServiceContent:
		return recogniseNIMService(w, s)
	case *RayServiceContent:
		return recogniseRayService(w, c, s)
	}
	if r := recogniseTemplate(w, s); r != nil {
		return r
	}
	return recogniseByOwner(w, s)
}

// recogniseTemplate finds the engine among the template's containers. Init
// containers never are one. Of several the one with an accelerator counts,
// then the one whose image is known, then the first.
func recogniseTemplate(w *Workload, s *store) *Recognition {
	if w.Template == nil {
		return nil
	}
	var best *Recognition
	bestScore := 0
	spec := &w.Template.Spec
	for i := range spec.Containers {
		if !mayBeEngine(&spec.Containers[i], spec) {
			continue
		}
		facts := readContainer(&spec.Containers[i], spec, w.Object.Namespace, s)
		engine, by := facts.engine()
		if engine == nil {
			continue
		}
		if score := facts.score(); score > bestScore {
			best, bestScore = newRecognition(w, i, &facts, engine, by), score
		}
	}
	return best
}

// mayBeEngine spares most containers of a cluster the reading of their command.
func mayBeEngine(c *corev1.Container, spec *corev1.PodSpec) bool {
	if namesInference(c.Image) || asksForAccelerator(c, spec) {
		return true
	}
	facts := containerFacts{container: c}
	return facts.tellsItself()
}

func (f *containerFacts) score() int {
	score := 1
	if f.known {
		score += 2
	}
	if f.accelerated {
		score += 4
	}
	return score
}

// newRecognition says that container i runs the engine.
func newRecognition(w *Workload, i int, facts *containerFacts, engine *Engine, by string) *Recognition {
	r := &Recognition{
		Engine:        engine,
		Container:     facts.container,
		Index:         i,
		ContainerPath: w.TemplatePath.Join("spec", "containers", i),
		Args:          facts.args(engine),
		By:            by,
		env:           facts.environment(engine),
	}
	if facts.known && facts.image.engine == engine {
		r.image = facts.image
		r.Version = facts.image.version()
	}
	if huggingFaceBackend(r) {
		r.Engine, r.Version = EngineOf(OtherEngine), Version{}
	}
	r.Model, r.ModelPath = findModel(r)
	return r
}

// recogniseByOwner takes an operator's word for what its Deployment runs when
// the image does not tell: a NIM from a private registry, a custom runtime
// behind an InferenceService.
func recogniseByOwner(w *Workload, s *store) *Recognition {
	if w.Template == nil || len(w.Template.Spec.Containers) == 0 || w.Owner == w.Object {
		return nil
	}
	var engine *Engine
	switch {
	case w.Owner.Kind == kinds[NIMService].Name && w.Owner.Group == kinds[NIMService].Group:
		engine = EngineOf(NIM)
	case As[InferenceServiceContent](w.Owner) != nil:
		if owner := readWorkload(w.Owner, s); owner != nil && owner.Recognition != nil {
			engine = owner.Engine
		}
	}
	i := servingContainer(&w.Template.Spec)
	if engine == nil || i < 0 {
		return nil
	}
	facts := readContainer(&w.Template.Spec.Containers[i], &w.Template.Spec, w.Object.Namespace, s)
	return newRecognition(w, i, &facts, engine, w.Owner.Kind)
}

// servingContainer guesses which container serves when none is recognised: the
// one that KServe names so, or the only one with an accelerator. It is -1 when
// there is none.
func servingContainer(spec *corev1.PodSpec) int {
	found := -1
	for i := range spec.Containers {
		if spec.Containers[i].Name == kserveContainer {
			return i
		}
		if found < 0 && asksForAccelerator(&spec.Containers[i], spec) {
			found = i
		}
	}
	return found
}
