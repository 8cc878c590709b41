package server

// Patterns returns every route of a server made of the options.
func Patterns(o Options) ([]string, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	s := &server{Options: o}
	mux, err := s.routes()
	if err != nil {
		return nil, err
	}
	return mux.patterns, nil
}
