/*
 * Messages and configurations of libraft as ours, and back.
 */
#include "cluster/raft15_messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Memory that the library frees. */
void *
raft15_alloc(const struct guard *g, size_t n)
{
	void *p = raft_malloc(n ? n : 1);

	if (!p)
		guard_fail(g, "memory", "none left");
	return p;
}

struct raft_buffer
raft15_copy(const struct guard *g, struct slice bytes)
{
	struct raft_buffer out = { raft15_alloc(g, bytes.n), bytes.n };

	if (bytes.n)
		memcpy(out.base, bytes.p, bytes.n);
	return out;
}

struct slice
raft15_slice(const struct raft_buffer *b)
{
	return (struct slice){ b->base, b->len };
}

/* A configuration from its bytes; an empty one from none. */
void
raft15_read_config(
    const struct guard *g, struct slice bytes, struct raft_configuration *out)
{
	enum cluster_role role;
	const char *address;
	uint64_t id;

	raft_configuration_init(out);
	for (uint64_t i = 0; config_node(bytes, i, &id, &address, &role); i++)
		if (raft_configuration_add(out, id, address, (int)role) != 0)
			guard_fail(g, "a configuration is one",
			    "node %llu stands twice", (unsigned long long)id);
}

static struct cluster_entry *
raft15_entries_out(const struct raft_append_entries *from)
{
	struct cluster_entry *out = xcalloc(from->n_entries + 1, sizeof(*out));

	for (unsigned i = 0; i < from->n_entries; i++)
		out[i] = (struct cluster_entry){ from->entries[i].term,
			(enum entry_type)from->entries[i].type,
			raft15_slice(&from->entries[i].buf) };
	return out;
}

/* The library's message as ours; what it borrows is freed with
 * raft15_release_out. */
void
raft15_translate_out(const struct guard *g, const struct raft_message *from,
    struct cluster_message *m)
{
	struct raft_buffer config;

	memset(m, 0, sizeof(*m));
	m->from = g->id;
	switch (from->type) {
	case RAFT_IO_APPEND_ENTRIES:
		m->type = MESSAGE_APPEND;
		m->term = from->append_entries.term;
		m->append.prev_index = from->append_entries.prev_log_index;
		m->append.prev_term = from->append_entries.prev_log_term;
		m->append.commit = from->append_entries.leader_commit;
		m->append.n = from->append_entries.n_entries;
		m->append.entries = raft15_entries_out(&from->append_entries);
		break;
	case RAFT_IO_APPEND_ENTRIES_RESULT:
		m->type = MESSAGE_APPEND_ANSWER;
		m->term = from->append_entries_result.term;
		m->append_answer.rejected =
		    from->append_entries_result.rejected;
		m->append_answer.last_index =
		    from->append_entries_result.last_log_index;
		break;
	case RAFT_IO_REQUEST_VOTE:
		m->type = MESSAGE_VOTE;
		m->term = from->request_vote.term;
		m->vote.last_index = from->request_vote.last_log_index;
		m->vote.last_term = from->request_vote.last_log_term;
		m->vote.disrupt = from->request_vote.disrupt_leader;
		m->vote.pre_vote = from->request_vote.pre_vote;
		break;
	case RAFT_IO_REQUEST_VOTE_RESULT:
		m->type = MESSAGE_VOTE_ANSWER;
		m->term = from->request_vote_result.term;
		m->vote_answer.granted = from->request_vote_result.vote_granted;
		m->vote_answer.pre_vote = from->request_vote_result.pre_vote ==
		    raft_tribool_true;
		break;
	case RAFT_IO_INSTALL_SNAPSHOT:
		m->type = MESSAGE_SNAPSHOT;
		m->term = from->install_snapshot.term;
		m->snapshot.meta.index = from->install_snapshot.last_index;
		m->snapshot.meta.term = from->install_snapshot.last_term;
		m->snapshot.meta.config_index =
		    from->install_snapshot.conf_index;
		if (raft_configuration_encode(
			&from->install_snapshot.conf, &config) != 0)
			guard_fail(g, "a configuration is one", "not encoded");
		m->snapshot.meta.config = raft15_slice(&config);
		m->snapshot.image = raft15_slice(&from->install_snapshot.data);
		break;
	case RAFT_IO_TIMEOUT_NOW:
		m->type = MESSAGE_TIMEOUT_NOW;
		m->term = from->timeout_now.term;
		m->timeout_now.last_index = from->timeout_now.last_log_index;
		m->timeout_now.last_term = from->timeout_now.last_log_term;
		break;
	default:
		guard_fail(g, "messages are known", "type %d", (int)from->type);
	}
}

void
raft15_release_out(struct cluster_message *m)
{
	if (m->type == MESSAGE_APPEND)
		free(m->append.entries);
	if (m->type == MESSAGE_SNAPSHOT)
		raft_free((void *)m->snapshot.meta.config.p);
}

/* ---- messages in ---- */

/* The entries in one piece of memory, as the library frees them. */
static void
raft15_entries_in(const struct guard *g, const struct cluster_message *m,
    struct raft_append_entries *to)
{
	size_t n = 0;
	char *batch;

	to->n_entries = (unsigned)m->append.n;
	to->entries = NULL;
	if (m->append.n == 0)
		return;
	for (size_t i = 0; i < m->append.n; i++)
		n += m->append.entries[i].data.n + 1;
	batch = raft15_alloc(g, n);
	to->entries = raft15_alloc(g, m->append.n * sizeof(*to->entries));
	n = 0;
	for (size_t i = 0; i < m->append.n; i++) {
		const struct cluster_entry *e = &m->append.entries[i];

		to->entries[i] = (struct raft_entry){ .term = e->term,
			.type = (unsigned short)e->type,
			.buf = { batch + n, e->data.n },
			.batch = batch };
		memcpy(batch + n, e->data.p, e->data.n);
		n += e->data.n + 1;
	}
}

void
raft15_translate_in(const struct guard *g, const struct cluster_message *m,
    struct raft_message *to)
{
	memset(to, 0, sizeof(*to));
	to->server_id = m->from;
	to->server_address = "";
	switch (m->type) {
	case MESSAGE_APPEND:
		to->type = RAFT_IO_APPEND_ENTRIES;
		to->append_entries.term = m->term;
		to->append_entries.prev_log_index = m->append.prev_index;
		to->append_entries.prev_log_term = m->append.prev_term;
		to->append_entries.leader_commit = m->append.commit;
		raft15_entries_in(g, m, &to->append_entries);
		break;
	case MESSAGE_APPEND_ANSWER:
		to->type = RAFT_IO_APPEND_ENTRIES_RESULT;
		to->append_entries_result.term = m->term;
		to->append_entries_result.rejected = m->append_answer.rejected;
		to->append_entries_result.last_log_index =
		    m->append_answer.last_index;
		break;
	case MESSAGE_VOTE:
		to->type = RAFT_IO_REQUEST_VOTE;
		to->request_vote.term = m->term;
		to->request_vote.candidate_id = m->from;
		to->request_vote.last_log_index = m->vote.last_index;
		to->request_vote.last_log_term = m->vote.last_term;
		to->request_vote.disrupt_leader = m->vote.disrupt;
		to->request_vote.pre_vote = m->vote.pre_vote;
		break;
	case MESSAGE_VOTE_ANSWER:
		to->type = RAFT_IO_REQUEST_VOTE_RESULT;
		to->request_vote_result.term = m->term;
		to->request_vote_result.vote_granted = m->vote_answer.granted;
		to->request_vote_result.pre_vote = m->vote_answer.pre_vote
		    ? raft_tribool_true
		    : raft_tribool_false;
		break;
	case MESSAGE_SNAPSHOT:
		to->type = RAFT_IO_INSTALL_SNAPSHOT;
		to->install_snapshot.term = m->term;
		to->install_snapshot.last_index = m->snapshot.meta.index;
		to->install_snapshot.last_term = m->snapshot.meta.term;
		to->install_snapshot.conf_index = m->snapshot.meta.config_index;
		raft15_read_config(
		    g, m->snapshot.meta.config, &to->install_snapshot.conf);
		to->install_snapshot.data = raft15_copy(g, m->snapshot.image);
		break;
	case MESSAGE_TIMEOUT_NOW:
		to->type = RAFT_IO_TIMEOUT_NOW;
		to->timeout_now.term = m->term;
		to->timeout_now.last_log_index = m->timeout_now.last_index;
		to->timeout_now.last_log_term = m->timeout_now.last_term;
		break;
	}
}
