/*
 * HTTP/1.x as bytes. A head is parsed at once: until all of it has come, the
 * answer is "more is needed". Limits are Go's.
 */
#ifndef MV_HTTP_PARSE_H
#define MV_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define HTTP_LINE_MAX 8192
#define HTTP_HEAD_MAX 32768
#define HTTP_HEADERS_MAX 100

/* Of a request or an answer. Slices point into the text that was parsed. */
struct http_head {
	struct slice method; /* requests' */
	struct slice target;
	int status; /* answers' */
	struct slice reason;
	int minor; /* HTTP/1.minor */
	struct {
		struct slice name;
		struct slice value;
	} headers[HTTP_HEADERS_MAX];
	int nheaders;
	int nhosts;		/* Host headers, */
	struct slice host;	/* and the last one's value */
	int64_t content_length; /* Content-Length; -1: none was sent */
	bool chunked;
	bool keep_alive;
	bool expect_continue;
};

/*
 * Returns the head's length in bytes, 0 for "more is needed", or the negated
 * status of the refusal: -400, -414, -417, -431, -501, -505.
 */
long http_parse_head(const char *text, size_t n, struct http_head *head);

/* The same for the head of an answer; whatever is wrong with it is -502. */
long http_parse_response_head(
    const char *text, size_t n, struct http_head *head);

/* Go's net/http answers 400 to a request of HTTP/1.1 without a Host header, and
 * to one whose value cannot be a host. Why, in Go's words; NULL: it has what it
 * needs. */
const char *http_host_refusal(const struct http_head *head);

/* State of a chunked body, zeroed before the first call. */
struct http_chunks {
	uint64_t data_left; /* of the current chunk's data */
	int state;
};

/*
 * Takes what it can from text, adds data to out. Returns the bytes taken, -1
 * for a broken body; *done once the last chunk and the trailers are read.
 */
long http_parse_chunks(struct http_chunks *c, const char *text, size_t n,
    struct buf *out, bool *done);

#endif
