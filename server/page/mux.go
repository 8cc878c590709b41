package page

import "net/http"

// Mux takes routes: http.ServeMux, or one that remembers them.
type Mux interface {
	Handle(pattern string, handler http.Handler)
	HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request))
}
