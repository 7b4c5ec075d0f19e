/*
 * Messages as bytes, and read back with every length looked at.
 */
#include "cluster/message.h"

#include <string.h>

#define MESSAGE_FORMAT 1
#define ENTRY_HEAD ((size_t)13) /* bytes of an entry before its data */

enum { FLAG_DISRUPT = 1, FLAG_PRE_VOTE = 2, FLAG_GRANTED = 4 };

#define FLAGS_VOTE (FLAG_DISRUPT | FLAG_PRE_VOTE)
#define FLAGS_VOTE_ANSWER (FLAG_GRANTED | FLAG_PRE_VOTE)

/* ---- writing ---- */

static void
message_put(struct buf *out, uint64_t value, size_t width)
{
	while (width-- > 0)
		buf_char(out, (char)(value >> (8 * width) & 0xff));
}

static void
message_put_bytes(struct buf *out, struct slice bytes)
{
	message_put(out, bytes.n, 4);
	buf_slice(out, bytes);
}

static void
message_put_append(struct buf *out, const struct cluster_message *m)
{
	message_put(out, m->append.prev_index, 8);
	message_put(out, m->append.prev_term, 8);
	message_put(out, m->append.commit, 8);
	message_put(out, m->append.n, 4);
	for (size_t i = 0; i < m->append.n; i++) {
		message_put(out, m->append.entries[i].term, 8);
		message_put(out, m->append.entries[i].type, 1);
		message_put_bytes(out, m->append.entries[i].data);
	}
}

static void
message_put_snapshot(struct buf *out, const struct cluster_message *m)
{
	message_put(out, m->snapshot.meta.index, 8);
	message_put(out, m->snapshot.meta.term, 8);
	message_put(out, m->snapshot.meta.config_index, 8);
	message_put_bytes(out, m->snapshot.meta.config);
	message_put_bytes(out, m->snapshot.image);
}

void
message_encode(struct buf *out, const struct cluster_message *m)
{
	message_put(out, MESSAGE_FORMAT, 1);
	message_put(out, m->type, 1);
	message_put(out, m->from, 8);
	message_put(out, m->term, 8);
	switch (m->type) {
	case MESSAGE_APPEND:
		message_put_append(out, m);
		break;
	case MESSAGE_APPEND_ANSWER:
		message_put(out, m->append_answer.rejected, 8);
		message_put(out, m->append_answer.last_index, 8);
		break;
	case MESSAGE_VOTE:
		message_put(out, m->vote.last_index, 8);
		message_put(out, m->vote.last_term, 8);
		message_put(out,
		    (m->vote.disrupt ? FLAG_DISRUPT : 0) |
			(m->vote.pre_vote ? FLAG_PRE_VOTE : 0),
		    1);
		break;
	case MESSAGE_VOTE_ANSWER:
		message_put(out,
		    (m->vote_answer.granted ? FLAG_GRANTED : 0) |
			(m->vote_answer.pre_vote ? FLAG_PRE_VOTE : 0),
		    1);
		break;
	case MESSAGE_SNAPSHOT:
		message_put_snapshot(out, m);
		break;
	case MESSAGE_TIMEOUT_NOW:
		message_put(out, m->timeout_now.last_index, 8);
		message_put(out, m->timeout_now.last_term, 8);
		break;
	}
}

/* ---- reading ---- */

/* What is left to read; bad once more was asked for than there is. */
struct message_reader {
	struct slice left;
	bool bad;
};

static uint64_t
message_get(struct message_reader *r, size_t width)
{
	uint64_t value = 0;

	if (r->left.n < width) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < width; i++)
		value = value << 8 | (unsigned char)r->left.p[i];
	r->left.p += width;
	r->left.n -= width;
	return value;
}

/* A flag that is not known may mean what we would get wrong. */
static uint64_t
message_get_flags(struct message_reader *r, uint64_t known)
{
	uint64_t flags = message_get(r, 1);

	if (flags & ~known)
		r->bad = true;
	return flags;
}

static struct slice
message_get_bytes(struct message_reader *r)
{
	struct slice out = { r->left.p, (size_t)message_get(r, 4) };

	if (r->bad || r->left.n < out.n) {
		r->bad = true;
		return (struct slice){ NULL, 0 };
	}
	out.p = r->left.p;
	r->left.p += out.n;
	r->left.n -= out.n;
	return out;
}

static void
message_get_append(
    struct message_reader *r, struct arena *a, struct cluster_message *m)
{
	m->append.prev_index = message_get(r, 8);
	m->append.prev_term = message_get(r, 8);
	m->append.commit = message_get(r, 8);
	m->append.n = (size_t)message_get(r, 4);
	m->append.entries = NULL;
	if (r->bad || m->append.n > r->left.n / ENTRY_HEAD) {
		r->bad = true;
		return;
	}
	m->append.entries = arena_alloc(
	    a, (m->append.n + 1) * sizeof(*m->append.entries));
	for (size_t i = 0; i < m->append.n && !r->bad; i++) {
		struct cluster_entry *e = &m->append.entries[i];

		e->term = message_get(r, 8);
		e->type = (enum entry_type)message_get(r, 1);
		e->data = message_get_bytes(r);
		if (e->type < ENTRY_COMMAND || e->type > ENTRY_CHANGE ||
		    e->term == 0)
			r->bad = true;
	}
}

static void
message_get_snapshot(struct message_reader *r, struct cluster_message *m)
{
	m->snapshot.meta.index = message_get(r, 8);
	m->snapshot.meta.term = message_get(r, 8);
	m->snapshot.meta.config_index = message_get(r, 8);
	m->snapshot.meta.config = message_get_bytes(r);
	m->snapshot.image = message_get_bytes(r);
	if (m->snapshot.meta.index == 0 || m->snapshot.meta.term == 0)
		r->bad = true;
}

static void
message_get_body(
    struct message_reader *r, struct arena *a, struct cluster_message *m)
{
	uint64_t flags;

	switch (m->type) {
	case MESSAGE_APPEND:
		message_get_append(r, a, m);
		return;
	case MESSAGE_APPEND_ANSWER:
		m->append_answer.rejected = message_get(r, 8);
		m->append_answer.last_index = message_get(r, 8);
		return;
	case MESSAGE_VOTE:
		m->vote.last_index = message_get(r, 8);
		m->vote.last_term = message_get(r, 8);
		flags = message_get_flags(r, FLAGS_VOTE);
		m->vote.disrupt = (flags & FLAG_DISRUPT) != 0;
		m->vote.pre_vote = (flags & FLAG_PRE_VOTE) != 0;
		return;
	case MESSAGE_VOTE_ANSWER:
		flags = message_get_flags(r, FLAGS_VOTE_ANSWER);
		m->vote_answer.granted = (flags & FLAG_GRANTED) != 0;
		m->vote_answer.pre_vote = (flags & FLAG_PRE_VOTE) != 0;
		return;
	case MESSAGE_SNAPSHOT:
		message_get_snapshot(r, m);
		return;
	case MESSAGE_TIMEOUT_NOW:
		m->timeout_now.last_index = message_get(r, 8);
		m->timeout_now.last_term = message_get(r, 8);
		return;
	}
	r->bad = true;
}

bool
message_decode(struct arena *a, struct slice bytes, struct cluster_message *m)
{
	struct message_reader r = { bytes, false };

	memset(m, 0, sizeof(*m));
	if (message_get(&r, 1) != MESSAGE_FORMAT)
		return false;
	m->type = (enum message_type)message_get(&r, 1);
	m->from = message_get(&r, 8);
	m->term = message_get(&r, 8);
	message_get_body(&r, a, m);
	return !r.bad && r.left.n == 0 && m->from != 0;
}
