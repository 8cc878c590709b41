package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"stoa"
)

// A record of WARC 1.1 (ISO 28500:2017): its named fields, then its block. Each record is a gzip member of its own, so
// that it can be read from its offset alone and any WARC reader can read the file.
//
// A response's block is the answer as it came, still packed as Content-Encoding says but without the transfer coding.
// Fields that the standard does not know begin with Stoa-: what was asked and the redirects before the answer, and how many bytes it
// unpacks to, which is the limit when it is read again.
type record struct {
	fields textproto.MIMEHeader
	block  []byte
}

const warcVersion = "WARC/1.1"

// Bounds of a record that is read back. A response is at most what a request may fetch, so these only stop damage.
const (
	maxRecord = 256 << 20
	maxFields = 1 << 20
)

// encode returns the record as one gzip member.
func (r record) encode() ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(zip)
	w.WriteString(warcVersion + "\r\n")
	for _, name := range slices.Sorted(maps.Keys(r.fields)) {
		for _, value := range r.fields[name] {
			w.WriteString(name + ": " + oneLine(value) + "\r\n")
		}
	}
	fmt.Fprintf(w, "Content-Length: %d\r\n\r\n", len(r.block))
	w.Write(r.block)
	w.WriteString("\r\n\r\n")
	if err := w.Flush(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, s)
}

// readRecord reads one record from the start of a gzip member, and how many packed bytes it took.
func readRecord(from io.Reader) (record, int64, error) {
	counted := &counter{r: bufio.NewReader(from)}
	zip, err := gzip.NewReader(counted)
	if err != nil {
		return record{}, 0, err
	}
	zip.Multistream(false)
	r, err := parseRecord(io.LimitReader(zip, maxRecord+maxFields))
	return r, counted.n, err
}

// counter counts the bytes that gzip took. It is a ByteReader, so gzip takes none too many.
type counter struct {
	r *bufio.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// parseRecord reads a record that has been unpacked, to its very end, so that the checksum of its member is checked.
func parseRecord(from io.Reader) (record, error) {
	var r record
	all := bufio.NewReader(from)
	head := textproto.NewReader(bufio.NewReader(&headReader{r: all, left: maxFields}))
	first, err := head.ReadLine()
	if err != nil {
		return r, fmt.Errorf("read the first line: %w", err)
	}
	if !strings.HasPrefix(first, "WARC/1.") {
		return r, fmt.Errorf("first line %.40q is none of WARC 1", first)
	}
	if r.fields, err = head.ReadMIMEHeader(); err != nil {
		return r, fmt.Errorf("read the fields: %w", err)
	}
	n, err := strconv.ParseInt(r.fields.Get("Content-Length"), 10, 64)
	if err != nil || n < 0 || n > maxRecord {
		return r, fmt.Errorf("length %.40q of the block", r.fields.Get("Content-Length"))
	}
	var block bytes.Buffer
	if got, err := io.CopyN(&block, all, n); err != nil {
		return r, fmt.Errorf("block has %d of %d bytes: %w", got, n, err)
	}
	r.block = block.Bytes()
	tail, err := io.ReadAll(io.LimitReader(all, 5))
	if err != nil {
		return r, fmt.Errorf("read the end: %w", err)
	}
	if string(tail) != "\r\n\r\n" {
		return r, fmt.Errorf("record ends in %q", tail)
	}
	return r, nil
}

// headReader gives the lines of a head up to its empty line and not a byte more, so that what reads them may buffer.
type headReader struct {
	r    *bufio.Reader
	left int
	line []byte
	done bool
}

func (h *headReader) Read(p []byte) (int, error) {
	if len(h.line) == 0 {
		if h.done {
			return 0, io.EOF
		}
		line, err := h.r.ReadSlice('\n')
		for err == bufio.ErrBufferFull && len(h.line) < h.left {
			h.line = append(h.line, line...)
			line, err = h.r.ReadSlice('\n')
		}
		h.line = append(h.line, line...)
		if h.left -= len(h.line); h.left < 0 {
			return 0, fmt.Errorf("head is longer than %d bytes", maxFields)
		}
		if err != nil && len(h.line) == 0 {
			return 0, err
		}
		h.done = err != nil || len(bytes.TrimRight(h.line, "\r\n")) == 0
	}
	n := copy(p, h.line)
	h.line = h.line[n:]
	return n, nil
}

// infoRecord is the first record of a file: by what it was written.
func infoRecord(id, file, software string, at time.Time) record {
	return record{
		fields: textproto.MIMEHeader{
			"WARC-Type": {"warcinfo"}, "WARC-Record-ID": {urn(id)}, "WARC-Date": {at.UTC().Format(time.RFC3339)},
			"WARC-Filename": {file}, "Content-Type": {"application/warc-fields"},
		},
		block: []byte("software: " + oneLine(software) + "\r\nformat: WARC File Format 1.1\r\n"),
	}
}

func urn(id string) string { return "<urn:uuid:" + id + ">" }

// responseRecord is the record of an answer; packed is its body as it came.
func responseRecord(id string, res *Response, proto string, packed []byte, ip string) record {
	sum := sha256.Sum256(packed)
	r := record{fields: textproto.MIMEHeader{
		"WARC-Type": {"response"}, "WARC-Record-ID": {urn(id)}, "WARC-Target-URI": {res.URL},
		"WARC-Date":           {res.Fetched.UTC().Format(time.RFC3339Nano)},
		"WARC-Payload-Digest": {"sha256:" + hex.EncodeToString(sum[:])},
		"Content-Type":        {"application/http;msgtype=response"},
		"Stoa-Unpacked":       {strconv.Itoa(len(res.Body))},
	}}
	if ip != "" {
		r.fields["WARC-IP-Address"] = []string{ip}
	}
	if res.Truncated {
		r.fields["WARC-Truncated"] = []string{"disconnect"}
	}
	if len(res.Hops) > 0 && res.Asked != "" {
		r.fields["Stoa-Asked"] = []string{res.Asked}
	}
	for _, hop := range res.Hops {
		r.fields["Stoa-Hop"] = append(r.fields["Stoa-Hop"], strconv.Itoa(hop.Status)+" "+hop.Location)
	}
	var b bytes.Buffer
	if !strings.HasPrefix(proto, "HTTP/") {
		proto = "HTTP/1.1"
	}
	fmt.Fprintf(&b, "%s %d %s\r\n", proto, res.Status, http.StatusText(res.Status))
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		for _, value := range res.Header[name] {
			b.WriteString(name + ": " + oneLine(value) + "\r\n")
		}
	}
	b.WriteString("\r\n")
	b.Write(packed)
	r.block = b.Bytes()
	return r
}

// response turns the record of an answer back into it.
func (r record) response() (*Response, error) {
	get := func(name string) string { return r.fields.Get(name) }
	if get("WARC-Type") != "response" {
		return nil, fmt.Errorf("record is a %.20q and no response", get("WARC-Type"))
	}
	all := bufio.NewReader(bytes.NewReader(r.block))
	head := textproto.NewReader(bufio.NewReader(&headReader{r: all, left: maxFields}))
	first, err := head.ReadLine()
	if err != nil {
		return nil, fmt.Errorf("read the status: %w", err)
	}
	_, rest, _ := strings.Cut(first, " ")
	digits, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(digits)
	if err != nil || !strings.HasPrefix(first, "HTTP/") || status < 100 || status > 999 {
		return nil, fmt.Errorf("status line %.40q", first)
	}
	header, err := head.ReadMIMEHeader()
	if err != nil {
		return nil, fmt.Errorf("read the headers: %w", err)
	}
	packed, err := io.ReadAll(all)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(packed)
	if want := get("WARC-Payload-Digest"); want != "sha256:"+hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("payload is not what %.80q stands for", want)
	}
	limit, err := strconv.ParseInt(get("Stoa-Unpacked"), 10, 64)
	if err != nil || limit < 0 || limit > maxRecord {
		return nil, fmt.Errorf("unpacked size %.40q", get("Stoa-Unpacked"))
	}
	at, err := time.Parse(time.RFC3339Nano, get("WARC-Date"))
	if err != nil {
		return nil, fmt.Errorf("date: %w", err)
	}
	u, err := unpack(packed, http.Header(header), bounds{bytes: limit})
	if err != nil {
		return nil, err
	}
	res := &Response{
		Status: status, Asked: orElse(get("Stoa-Asked"), get("WARC-Target-URI")), URL: get("WARC-Target-URI"), Header: http.Header(header), Body: u.body, Fetched: at.UTC(),
		Truncated: get("WARC-Truncated") != "", Validators: validators(http.Header(header), at.UTC()),
	}
	for _, hop := range r.fields.Values("Stoa-Hop") {
		digits, location, _ := strings.Cut(hop, " ")
		if n, err := strconv.Atoi(digits); err == nil {
			res.Hops = append(res.Hops, stoa.Hop{Status: n, Location: location})
		}
	}
	return res, nil
}
