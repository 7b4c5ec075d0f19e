/*
 * What goes over a connection of two nodes: messages in pieces, so that a long
 * one leaves room for others between them. A frame is
 *
 *	u32 length of its bytes, u8 lane, u8 flags, bytes
 *
 * and a message is the bytes of its lane's frames up to one without FRAME_MORE.
 */
#ifndef MV_CLUSTER_FRAME_H
#define MV_CLUSTER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

#define FRAME_HEAD ((size_t)6)
#define FRAME_BYTES_MAX ((size_t)64 << 10)
enum { FRAME_MORE = 1 };

enum frame_lane {
	LANE_HELLO,   /* who is there; the first message of each side */
	LANE_RAFT,    /* cluster/message.h */
	LANE_FORWARD, /* cluster/forward.h */
	NLANES,
};

/* The longest message of each lane. */
#define LANE_HELLO_MAX ((size_t)4096)
#define LANE_RAFT_MAX ((size_t)1 << 30)
#define LANE_FORWARD_MAX ((size_t)64 << 20)
size_t frame_lane_max(enum frame_lane lane);

/* Messages that have not come to their end yet. */
struct frame_reader {
	struct buf begun[NLANES];
};

void frame_reader_init(struct frame_reader *r);
void frame_reader_release(struct frame_reader *r);

/* The bytes of a message live until it returns. False: read no further. */
typedef bool (*frame_fn)(void *arg, enum frame_lane lane, struct slice message);

/* Reads the frames that text begins with. Returns how many bytes they have; -1
 * when they are none, a message is too long, or fn wants no more. */
long frame_read(
    struct frame_reader *r, const char *text, size_t n, frame_fn fn, void *arg);

/* The head of a frame. */
void frame_put_head(
    char head[FRAME_HEAD], enum frame_lane lane, size_t n, bool more);

/* What each side says first. */
struct frame_hello {
	uint64_t id;	    /* the node's number */
	const char *schema; /* which tables its state has */
};
/* In the place of a schema: the node that has called was removed. */
#define FRAME_HELLO_REMOVED "removed"

void frame_hello_encode(struct buf *out, const struct frame_hello *h);
/* The text is in the arena. False: it is of another format, or broken. */
bool frame_hello_decode(
    struct arena *a, struct slice bytes, struct frame_hello *h);

#endif
