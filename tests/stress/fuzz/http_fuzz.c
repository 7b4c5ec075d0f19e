/*
 * Heads of requests and answers, and chunked bodies. Where the text is cut must
 * not matter: a refusal stays the refusal it was when more bytes come, and a
 * body read in two pieces is the body read in one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/http/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef long (*head_fn)(const char *text, size_t n, struct http_head *head);

static long
head_of(head_fn parse, const char *text, size_t n)
{
	char *copy = malloc(n ? n : 1); /* so that ASan sees its end */
	struct http_head head;
	long length;

	memcpy(copy, text, n);
	length = parse(copy, n, &head);
	free(copy);
	return length;
}

/* Feeds n bytes in two pieces; the body in out, what is left in *taken. */
static bool
body_of(const char *text, size_t n, size_t cut, struct buf *out, bool *broken)
{
	struct http_chunks chunks = { 0 };
	bool done = false;
	size_t at = 0;
	size_t stops[2] = { cut, n };

	*broken = false;
	for (int i = 0; i < 2 && !done && !*broken; i++) {
		long took = http_parse_chunks(
		    &chunks, text + at, stops[i] - at, out, &done);

		*broken = took < 0;
		at += took < 0 ? 0 : (size_t)took;
	}
	return done;
}

static void
chunks(const char *text, size_t n, size_t cut)
{
	struct buf once, twice;
	bool done1, done2, broken1, broken2;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	done1 = body_of(text, n, 0, &once, &broken1);
	done2 = body_of(text, n, cut, &twice, &broken2);
	if (done1 != done2 || broken1 != broken2)
		abort();
	if (done1 &&
	    (once.n != twice.n ||
		(once.n && memcmp(once.p, twice.p, once.n) != 0)))
		abort();
	buf_release(&once);
	buf_release(&twice);
}

static void
heads(head_fn parse, const char *text, size_t n, size_t cut)
{
	long whole = head_of(parse, text, n);
	long part = head_of(parse, text, cut);

	if (part != 0 && part != whole)
		abort();
	if (whole > (long)n)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	size_t n = size - 1, cut;

	if (size < 1)
		return 0;
	cut = n * data[0] / 255;
	heads(http_parse_head, text, n, cut);
	heads(http_parse_response_head, text, n, cut);
	chunks(text, n, cut);
	return 0;
}
