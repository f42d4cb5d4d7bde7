package source

import (
	"fmt"
	"net/http"
	"strconv"
)

// on makes a path misbehave.
func (s *apiServer) on(path string, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = f
}

// fault takes one use of a path's fault. The caller holds the lock.
func (s *apiServer) fault(r *http.Request) (fault, bool) {
	f, found := s.faults[r.URL.Path]
	if !found {
		return fault{}, false
	}
	from, _ := strconv.Atoi(r.FormValue("continue"))
	if f.page > 1 && from == 0 {
		return fault{}, false
	}
	if f.times == 1 {
		delete(s.faults, r.URL.Path)
	} else if f.times > 1 {
		f.times--
		s.faults[r.URL.Path] = f
	}
	return f, true
}

func (s *apiServer) misbehave(w http.ResponseWriter, r *http.Request, f fault) {
	switch {
	case f.hang:
		<-r.Context().Done()
	case f.cut:
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			s.t.Error(err)
			return
		}
		connection.Close()
	case f.body != "":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, f.body)
	default:
		s.refuse(w, f.code, f.message, f.retryAfter)
	}
}
