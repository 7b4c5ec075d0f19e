/*
 * Frames, and the messages that they are pieces of.
 */
#include "cluster/net/frame.h"

#include "cluster/bytes.h"

#define HELLO_FORMAT 1

static const size_t lane_max[NLANES] = {
	[LANE_HELLO] = LANE_HELLO_MAX,
	[LANE_RAFT] = LANE_RAFT_MAX,
	[LANE_FORWARD] = LANE_FORWARD_MAX,
};

size_t
frame_lane_max(enum frame_lane lane)
{
	return lane_max[lane];
}

void
frame_reader_init(struct frame_reader *r)
{
	for (int i = 0; i < NLANES; i++)
		buf_init(&r->begun[i], lane_max[i] + 1);
}

void
frame_reader_release(struct frame_reader *r)
{
	for (int i = 0; i < NLANES; i++)
		buf_release(&r->begun[i]);
}

/* A message of one frame is handed on where it lies. */
static bool
frame_take(struct frame_reader *r, enum frame_lane lane, bool more,
    struct slice bytes, frame_fn fn, void *arg)
{
	struct buf *begun = &r->begun[lane];
	bool ok;

	if (bytes.n > lane_max[lane] - begun->n)
		return false;
	if (!more && begun->n == 0)
		return fn(arg, lane, bytes);
	if (!buf_try_reserve(begun, bytes.n))
		return false;
	buf_slice(begun, bytes);
	if (more)
		return true;
	ok = fn(arg, lane, (struct slice){ begun->p, begun->n });
	buf_release(begun);
	buf_init(begun, lane_max[lane] + 1);
	return ok;
}

long
frame_read(
    struct frame_reader *r, const char *text, size_t n, frame_fn fn, void *arg)
{
	size_t at = 0;

	while (n - at >= FRAME_HEAD) {
		struct bytes_reader head = { { text + at, FRAME_HEAD }, false };
		size_t size = (size_t)bytes_get(&head, 4);
		uint64_t lane = bytes_get(&head, 1);
		uint64_t flags = bytes_get(&head, 1);

		if (size > FRAME_BYTES_MAX || lane >= NLANES ||
		    flags & ~(uint64_t)FRAME_MORE)
			return -1;
		if (n - at - FRAME_HEAD < size)
			break;
		if (!frame_take(r, (enum frame_lane)lane, flags & FRAME_MORE,
			(struct slice){ text + at + FRAME_HEAD, size }, fn,
			arg))
			return -1;
		at += FRAME_HEAD + size;
	}
	return (long)at;
}

void
frame_put_head(char head[FRAME_HEAD], enum frame_lane lane, size_t n, bool more)
{
	for (int i = 0; i < 4; i++)
		head[i] = (char)(n >> (8 * (3 - i)) & 0xff);
	head[4] = (char)lane;
	head[5] = more ? FRAME_MORE : 0;
}

void
frame_hello_encode(struct buf *out, const struct frame_hello *h)
{
	bytes_put(out, HELLO_FORMAT, 1);
	bytes_put(out, h->id, 8);
	bytes_put_slice(out, slice_of(h->schema));
}

bool
frame_hello_decode(struct arena *a, struct slice bytes, struct frame_hello *h)
{
	struct bytes_reader r = { bytes, false };
	bool known = bytes_get(&r, 1) == HELLO_FORMAT;

	h->id = bytes_get(&r, 8);
	h->schema = bytes_get_text(&r, a);
	return known && !r.bad && r.left.n == 0 && h->id != 0;
}
