// Package fetch is the one polite and wary HTTP client through which everything leaves the building: listings,
// detail pages, robots.txt, link checks, proposals of new sources.
//
// A request passes these stations, and so does each redirect it meets:
//
//	guard     http and https only, an address as browsers read it, and only IPs that the guard permits (guard.go, dial.go)
//	robots    RFC 9309 by a matcher of our own, cached for a day (robots.go, rules.go)
//	turn      one connection per host, with a delay between requests, longer when the host asks (turn.go)
//	exchange  one request and one answer within a deadline, nothing followed, nothing unpacked (exchange.go)
//	unpack    Content-Encoding and gzip files, bounded by unpacked bytes and by ratio (unpack.go)
//	archive   the answer as it came, in WARC files (archive.go, warc.go)
//
// What goes wrong is an *Error with the outcome and code that a run reports. A limit that is hit is an error and never
// a silent cut; a body that was cut off on its way is a Response marked Truncated, with the bytes that came.
//
// No cookies are kept, no referrer is sent, environment variables for proxies are ignored, and HTTP/2 is off, so that
// one request is one visible exchange on one connection.
package fetch
