package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"

	"stoa"

	"github.com/andybalholm/brotli"
)

const (
	maxLayers  = 4       // of packing, Content-Encoding and files together
	ratioFloor = 1 << 20 // unpacked bytes under which no ratio is looked at
)

// unpacked is what a body holds.
type unpacked struct {
	body []byte
	cut  bool // a layer ended before it was whole
}

// bounds are the limits of unpacking.
type bounds struct {
	bytes int64 // unpacked
	ratio int64 // unpacked to packed; 0 looks at none
}

// unpack undoes the Content-Encodings of h in turn, and then gzip files, which tell themselves by their first bytes
// whatever the path, the type or the header says. Each layer is bounded by bytes and by the ratio to the packed body.
//
// A layer that ends early or is damaged gives what it held until there, and cut. A body that is not packed although
// its header says gzip or deflate is taken as it is, as browsers' servers get this wrong.
func unpack(packed []byte, h http.Header, b bounds) (unpacked, error) {
	u := unpacked{body: packed}
	layers := 0
	next := func(open func(*bytes.Reader) (io.Reader, error)) error {
		if layers++; layers > maxLayers {
			return fail(stoa.CodeTooDeep, fmt.Errorf("body is packed more than %d times", maxLayers))
		}
		body, cut, err := layer(u.body, open, b, int64(len(packed)))
		u.body, u.cut = body, u.cut || cut
		return err
	}
	codings, err := encodings(h)
	if err != nil {
		return u, err
	}
	for _, coding := range codings {
		if open := opener(coding, u.body); open != nil {
			if err := next(open); err != nil {
				return u, err
			}
		}
	}
	for isGzip(u.body) {
		if err := next(openGzip); err != nil {
			return u, err
		}
	}
	if int64(len(u.body)) > b.bytes {
		return u, tooLarge("body is larger than %d bytes", b.bytes)
	}
	return u, nil
}

// encodings returns the codings of a body, the one that was applied last first.
func encodings(h http.Header) ([]string, error) {
	var out []string
	for _, line := range h.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			switch coding = strings.ToLower(strings.TrimSpace(coding)); coding {
			case "", "identity", "none", "utf-8": // the last two stand for nothing, but are seen
			case "gzip", "x-gzip", "deflate", "br":
				out = append([]string{coding}, out...)
			default:
				return nil, fail(stoa.CodeUnparsable, fmt.Errorf("body is packed as %.40q, which was not asked for", coding))
			}
			if len(out) > maxLayers {
				return nil, fail(stoa.CodeTooDeep, fmt.Errorf("body is packed more than %d times", maxLayers))
			}
		}
	}
	return out, nil
}

// opener returns the reader of a coding, or nil when the body shows that it is not packed.
func opener(coding string, body []byte) func(*bytes.Reader) (io.Reader, error) {
	switch coding {
	case "br":
		if len(body) == 0 {
			return nil
		}
		return func(r *bytes.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }
	case "deflate":
		// RFC 9110 means zlib; some servers send bare deflate.
		switch {
		case len(body) >= 2 && body[0]&0x0f == 8 && (uint(body[0])<<8|uint(body[1]))%31 == 0:
			return func(r *bytes.Reader) (io.Reader, error) { return zlib.NewReader(r) }
		case len(body) == 0 || body[0] == '<' || body[0] == '{' || body[0] == '[':
			return nil
		}
		return func(r *bytes.Reader) (io.Reader, error) { return flate.NewReader(r), nil }
	}
	if !isGzip(body) {
		return nil
	}
	return openGzip
}

func isGzip(body []byte) bool { return bytes.HasPrefix(body, []byte{0x1f, 0x8b, 8}) }

// members reads a gzip file: its members one after the other, and not what somebody padded it with.
type members struct {
	src *bytes.Reader // gives gzip its bytes one by one, so that the end of a member is exact
	zip *gzip.Reader
}

func openGzip(r *bytes.Reader) (io.Reader, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	zip.Multistream(false)
	return &members{src: r, zip: zip}, nil
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.zip.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil // asked again, it says so again
			}
			return n, err
		}
		var magic [3]byte
		if _, err := m.src.ReadAt(magic[:], m.src.Size()-int64(m.src.Len())); err != nil || !isGzip(magic[:]) {
			return 0, io.EOF
		}
		if err := m.zip.Reset(m.src); err != nil {
			return 0, err
		}
		m.zip.Multistream(false)
	}
}

// layer unpacks one layer. origin is the size of the body as it came, to which the ratio refers through all layers.
func layer(packed []byte, open func(*bytes.Reader) (io.Reader, error), b bounds, origin int64) (body []byte, cut bool, err error) {
	src := bytes.NewReader(packed)
	r, err := open(src)
	if err != nil {
		return nil, true, nil // not even its header is whole
	}
	limit := b.bytes
	byRatio := b.ratio > 0 && max(ratioFloor, b.ratio*origin) < limit
	if byRatio {
		limit = max(ratioFloor, b.ratio*origin)
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case int64(out.Len()) > limit && byRatio:
		return nil, false, tooLarge("body unpacks to more than %d times its size", b.ratio)
	case int64(out.Len()) > limit:
		return nil, false, tooLarge("body unpacks to more than %d bytes", limit)
	case err != nil:
		return out.Bytes(), true, nil
	}
	return out.Bytes(), false, nil
}
