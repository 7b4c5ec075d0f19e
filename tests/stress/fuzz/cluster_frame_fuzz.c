/* Frames between nodes: read byte by byte they give the messages that they give
 * when read at once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/bytes.h"
#include "cluster/net/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
on_message(void *arg, enum frame_lane lane, struct slice message)
{
	struct arena *a = arena_new();
	struct frame_hello h;
	struct buf again;

	bytes_put(arg, lane, 1);
	bytes_put_slice(arg, message);
	if (frame_hello_decode(a, message, &h)) {
		buf_init(&again, 0);
		frame_hello_encode(&again, &h);
		if (again.n != message.n ||
		    memcmp(again.p, message.p, message.n) != 0)
			abort();
		buf_release(&again);
	}
	arena_free(a);
	return true;
}

/* As a connection reads: what is left of a piece waits for the next one. */
static bool
read_in_pieces(const char *text, size_t size, size_t step, struct buf *out)
{
	struct frame_reader r;
	size_t taken = 0, there = 0;
	long n = 0;

	frame_reader_init(&r);
	while (n >= 0 && there < size) {
		there += step < size - there ? step : size - there;
		n = frame_read(
		    &r, text + taken, there - taken, on_message, out);
		if (n > 0)
			taken += (size_t)n;
	}
	frame_reader_release(&r);
	return n >= 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces;
	bool ok;

	if (size == 0)
		return 0;
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	ok = read_in_pieces((const char *)data, size, size, &whole);
	if (read_in_pieces((const char *)data, size, 1, &pieces) != ok ||
	    pieces.n != whole.n ||
	    (whole.n && memcmp(pieces.p, whole.p, whole.n) != 0))
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
