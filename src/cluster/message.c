/*
 * Messages as bytes, and read back with every length looked at.
 */
#include "cluster/message.h"

#include <string.h>

#include "cluster/bytes.h"

#define MESSAGE_FORMAT 2
#define ENTRY_HEAD ((size_t)13) /* bytes of an entry before its data */

enum { FLAG_DISRUPT = 1, FLAG_PRE_VOTE = 2, FLAG_GRANTED = 4 };

#define FLAGS_VOTE (FLAG_DISRUPT | FLAG_PRE_VOTE)
#define FLAGS_VOTE_ANSWER (FLAG_GRANTED | FLAG_PRE_VOTE)

/* ---- writing ---- */

static void
message_put_append(struct buf *out, const struct cluster_message *m)
{
	bytes_put(out, m->append.prev_index, 8);
	bytes_put(out, m->append.prev_term, 8);
	bytes_put(out, m->append.commit, 8);
	bytes_put(out, m->append.n, 4);
	for (size_t i = 0; i < m->append.n; i++) {
		bytes_put(out, m->append.entries[i].term, 8);
		bytes_put(out, m->append.entries[i].type, 1);
		bytes_put_slice(out, m->append.entries[i].data);
	}
}

static void
message_put_snapshot(struct buf *out, const struct cluster_message *m)
{
	bytes_put(out, m->snapshot.meta.index, 8);
	bytes_put(out, m->snapshot.meta.term, 8);
	bytes_put(out, m->snapshot.meta.config_index, 8);
	bytes_put_slice(out, m->snapshot.meta.config);
	bytes_put_slice(out, m->snapshot.image);
}

void
message_encode(struct buf *out, const struct cluster_message *m)
{
	bytes_put(out, MESSAGE_FORMAT, 1);
	bytes_put(out, m->type, 1);
	bytes_put(out, m->from, 8);
	bytes_put(out, m->term, 8);
	bytes_put(out, (uint64_t)m->sent_ms, 8);
	switch (m->type) {
	case MESSAGE_APPEND:
		message_put_append(out, m);
		break;
	case MESSAGE_APPEND_ANSWER:
		bytes_put(out, m->append_answer.rejected, 8);
		bytes_put(out, m->append_answer.last_index, 8);
		break;
	case MESSAGE_VOTE:
		bytes_put(out, m->vote.last_index, 8);
		bytes_put(out, m->vote.last_term, 8);
		bytes_put(out,
		    (m->vote.disrupt ? FLAG_DISRUPT : 0) |
			(m->vote.pre_vote ? FLAG_PRE_VOTE : 0),
		    1);
		break;
	case MESSAGE_VOTE_ANSWER:
		bytes_put(out,
		    (m->vote_answer.granted ? FLAG_GRANTED : 0) |
			(m->vote_answer.pre_vote ? FLAG_PRE_VOTE : 0),
		    1);
		break;
	case MESSAGE_SNAPSHOT:
		message_put_snapshot(out, m);
		break;
	case MESSAGE_TIMEOUT_NOW:
		bytes_put(out, m->timeout_now.last_index, 8);
		bytes_put(out, m->timeout_now.last_term, 8);
		break;
	}
}

/* ---- reading ---- */

/* A flag that is not known may mean what we would get wrong. */
static uint64_t
message_get_flags(struct bytes_reader *r, uint64_t known)
{
	uint64_t flags = bytes_get(r, 1);

	if (flags & ~known)
		r->bad = true;
	return flags;
}

static void
message_get_append(
    struct bytes_reader *r, struct arena *a, struct cluster_message *m)
{
	m->append.prev_index = bytes_get(r, 8);
	m->append.prev_term = bytes_get(r, 8);
	m->append.commit = bytes_get(r, 8);
	m->append.n = (size_t)bytes_get(r, 4);
	m->append.entries = NULL;
	if (r->bad || m->append.n > r->left.n / ENTRY_HEAD) {
		r->bad = true;
		return;
	}
	m->append.entries = arena_alloc(
	    a, (m->append.n + 1) * sizeof(*m->append.entries));
	for (size_t i = 0; i < m->append.n && !r->bad; i++) {
		struct cluster_entry *e = &m->append.entries[i];

		e->term = bytes_get(r, 8);
		e->type = (enum entry_type)bytes_get(r, 1);
		e->data = bytes_get_slice(r);
		if (e->type < ENTRY_COMMAND || e->type > ENTRY_CHANGE ||
		    e->term == 0)
			r->bad = true;
	}
}

static void
message_get_snapshot(struct bytes_reader *r, struct cluster_message *m)
{
	m->snapshot.meta.index = bytes_get(r, 8);
	m->snapshot.meta.term = bytes_get(r, 8);
	m->snapshot.meta.config_index = bytes_get(r, 8);
	m->snapshot.meta.config = bytes_get_slice(r);
	m->snapshot.image = bytes_get_slice(r);
	if (m->snapshot.meta.index == 0 || m->snapshot.meta.term == 0)
		r->bad = true;
}

static void
message_get_body(
    struct bytes_reader *r, struct arena *a, struct cluster_message *m)
{
	uint64_t flags;

	switch (m->type) {
	case MESSAGE_APPEND:
		message_get_append(r, a, m);
		return;
	case MESSAGE_APPEND_ANSWER:
		m->append_answer.rejected = bytes_get(r, 8);
		m->append_answer.last_index = bytes_get(r, 8);
		return;
	case MESSAGE_VOTE:
		m->vote.last_index = bytes_get(r, 8);
		m->vote.last_term = bytes_get(r, 8);
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
		m->timeout_now.last_index = bytes_get(r, 8);
		m->timeout_now.last_term = bytes_get(r, 8);
		return;
	}
	r->bad = true;
}

bool
message_decode(struct arena *a, struct slice bytes, struct cluster_message *m)
{
	struct bytes_reader r = { bytes, false };

	memset(m, 0, sizeof(*m));
	if (bytes_get(&r, 1) != MESSAGE_FORMAT)
		return false;
	m->type = (enum message_type)bytes_get(&r, 1);
	m->from = bytes_get(&r, 8);
	m->term = bytes_get(&r, 8);
	m->sent_ms = (int64_t)bytes_get(&r, 8);
	message_get_body(&r, a, m);
	return !r.bad && r.left.n == 0 && m->from != 0;
}
