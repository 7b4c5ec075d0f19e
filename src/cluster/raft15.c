/*
 * consensus.h over libraft 0.12 to 0.15, whose storage and network are a table
 * of functions. The library sees a message only after the guard; its callbacks
 * wait in a queue until its call has returned (rule 1).
 */
#include <raft.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cluster/consensus.h"
#include "cluster/message.h"
#include "cluster/raft15_messages.h"

enum callback_kind { CALL_SEND, CALL_APPEND, CALL_PUT, CALL_GET };

/* A callback that the library waits for. */
struct raft_callback {
	enum callback_kind kind;
	int status;
	void *request;
	struct raft_snapshot *snapshot; /* of CALL_GET */
};

struct consensus {
	struct consensus_options options;
	struct guard guard;
	struct raft raft;
	struct raft_io io;
	struct raft_fsm fsm;
	raft_io_tick_cb on_tick;
	raft_io_recv_cb on_message;
	struct raft_callback *due; /* from first_due on, in order */
	size_t first_due, ndue, due_size;
	bool in_library; /* a call is going on */
	bool reload_due;
	bool started;
	uint64_t barrier_term, ready_term; /* asked for; applied */
	uint64_t known_leader;
	struct raft_barrier barrier;
	struct raft_change change;
	bool changing;
	bool lease_was_over; /* at the last tick */
	struct raft_transfer transfer;
};

static struct consensus *
consensus_of(const struct raft_io *io)
{
	return io->impl;
}

static struct consensus *
consensus_of_fsm(const struct raft_fsm *fsm)
{
	return fsm->data;
}

static const struct cluster_disk *
consensus_disk(const struct consensus *c)
{
	return c->options.disk;
}

/* ---- callbacks, in order, after the call (rule 1) ---- */

static void
consensus_later(struct consensus *c, enum callback_kind kind, void *request,
    struct raft_snapshot *snapshot)
{
	if (c->ndue == c->due_size) {
		c->due_size = c->due_size ? c->due_size * 2 : 16;
		c->due = xrealloc(c->due, c->due_size * sizeof(*c->due));
	}
	c->due[c->ndue++] = (struct raft_callback){ kind, 0, request,
		snapshot };
}

static void
consensus_call_back(struct raft_callback *cb)
{
	struct raft_io_send *send = cb->request;
	struct raft_io_append *append = cb->request;
	struct raft_io_snapshot_put *put = cb->request;
	struct raft_io_snapshot_get *get = cb->request;

	switch (cb->kind) {
	case CALL_SEND:
		send->cb(send, cb->status);
		break;
	case CALL_APPEND:
		append->cb(append, cb->status);
		break;
	case CALL_PUT:
		put->cb(put, cb->status);
		break;
	case CALL_GET:
		get->cb(get, cb->snapshot, cb->status);
		break;
	}
}

static void
consensus_drain(struct consensus *c)
{
	while (c->first_due < c->ndue) {
		struct raft_callback cb = c->due[c->first_due++];

		if (c->first_due == c->ndue)
			c->first_due = c->ndue = 0;
		consensus_call_back(&cb);
	}
}

/* ---- the library's storage ---- */

static int
raft15_init(struct raft_io *io, raft_id id, const char *address)
{
	(void)io;
	(void)id;
	(void)address;
	return 0;
}

static void
raft15_close(struct raft_io *io, raft_io_close_cb cb)
{
	if (cb)
		cb(io);
}

static int
raft15_start(struct raft_io *io, unsigned msecs, raft_io_tick_cb tick,
    raft_io_recv_cb receive)
{
	(void)msecs;
	consensus_of(io)->on_tick = tick;
	consensus_of(io)->on_message = receive;
	return 0;
}

/* The snapshot as the library wants it; the image where it is asked for. */
static struct raft_snapshot *
raft15_snapshot(struct consensus *c, bool image)
{
	const struct cluster_disk *d = consensus_disk(c);
	struct cluster_snapshot s;
	struct slice bytes = { NULL, 0 };
	struct raft_snapshot *out;

	d->read_snapshot(d->arg, &s);
	if (s.index == 0)
		return NULL;
	out = raft15_alloc(&c->guard, sizeof(*out));
	out->index = s.index;
	out->term = s.term;
	out->configuration_index = s.config_index;
	raft15_read_config(&c->guard, s.config, &out->configuration);
	if (image)
		d->read_image(d->arg, &bytes);
	out->bufs = raft15_alloc(&c->guard, sizeof(*out->bufs));
	out->bufs[0] = raft15_copy(&c->guard, bytes);
	out->n_bufs = 1;
	return out;
}

static void
raft15_load_entries(
    struct consensus *c, uint64_t first, struct raft_entry *out, size_t n)
{
	const struct cluster_disk *d = consensus_disk(c);
	struct cluster_entry e;

	for (size_t i = 0; i < n; i++) {
		if (!d->read(d->arg, first + i, &e))
			guard_fail(&c->guard, "the log has no gaps (rule 1)",
			    "no entry %llu", (unsigned long long)(first + i));
		memset(&out[i], 0, sizeof(out[i]));
		out[i].term = e.term;
		out[i].type = (unsigned short)e.type;
		out[i].buf = raft15_copy(&c->guard, e.data);
		out[i].batch = NULL;
	}
}

static int
raft15_load(struct raft_io *io, raft_term *term, raft_id *voted_for,
    struct raft_snapshot **snapshot, raft_index *start_index,
    struct raft_entry *entries[], size_t *n_entries)
{
	struct consensus *c = consensus_of(io);
	const struct cluster_disk *d = consensus_disk(c);
	uint64_t first, last, stored_term, vote;

	if (guard_sole_voter(&c->guard))
		guard_raise_term(&c->guard);
	d->read_term(d->arg, &stored_term, &vote);
	*term = stored_term;
	*voted_for = vote;
	*snapshot = raft15_snapshot(c, false);
	d->bounds(d->arg, &first, &last);
	*n_entries = last ? (size_t)(last - first + 1) : 0;
	*entries = NULL;
	*start_index = last ? first : *snapshot ? (*snapshot)->index + 1 : 1;
	if (*n_entries == 0)
		return 0;
	*entries = raft15_alloc(&c->guard, *n_entries * sizeof(**entries));
	raft15_load_entries(c, first, *entries, *n_entries);
	return 0;
}

static int
raft15_no_bootstrap(struct raft_io *io, const struct raft_configuration *conf)
{
	(void)io;
	(void)conf;
	return RAFT_INVALID;
}

static int
raft15_set_term(struct raft_io *io, raft_term term)
{
	guard_write_term(&consensus_of(io)->guard, term);
	return 0;
}

static int
raft15_set_vote(struct raft_io *io, raft_id vote)
{
	guard_write_vote(&consensus_of(io)->guard, vote);
	return 0;
}

static int
raft15_append(struct raft_io *io, struct raft_io_append *req,
    const struct raft_entry entries[], unsigned n, raft_io_append_cb cb)
{
	struct consensus *c = consensus_of(io);
	const struct cluster_disk *d = consensus_disk(c);
	uint64_t first = disk_last_index(d) + 1;

	for (unsigned i = 0; i < n; i++) {
		struct cluster_entry e = { entries[i].term,
			(enum entry_type)entries[i].type,
			raft15_slice(&entries[i].buf) };

		d->append(d->arg, first + i, &e);
		if (e.type == ENTRY_CHANGE)
			guard_config_changed(&c->guard);
	}
	if (c->raft.state == RAFT_LEADER)
		guard_own_entries(&c->guard, c->raft.current_term, first);
	req->cb = cb;
	consensus_later(c, CALL_APPEND, req, NULL);
	return 0;
}

static int
raft15_truncate(struct raft_io *io, raft_index index)
{
	struct consensus *c = consensus_of(io);

	if (guard_rule(&c->guard, 7))
		guard_fail(&c->guard,
		    "only the guard cuts the log off (rule 7)", "at %llu",
		    (unsigned long long)index);
	guard_cut(&c->guard, index);
	return 0;
}

/* trailing 0: another's snapshot, in place of everything. */
static int
raft15_snapshot_put(struct raft_io *io, unsigned trailing,
    struct raft_io_snapshot_put *req, const struct raft_snapshot *snapshot,
    raft_io_snapshot_put_cb cb)
{
	struct consensus *c = consensus_of(io);
	const struct cluster_disk *d = consensus_disk(c);
	struct cluster_snapshot s = { snapshot->index, snapshot->term,
		snapshot->configuration_index, { NULL, 0 } };
	struct raft_buffer config;

	if (raft_configuration_encode(&snapshot->configuration, &config) != 0)
		guard_fail(&c->guard, "a configuration is one", "not encoded");
	s.config = raft15_slice(&config);
	if (trailing == 0) {
		d->install(d->arg, &s, raft15_slice(&snapshot->bufs[0]));
		guard_config_changed(&c->guard);
		c->reload_due = guard_rule(&c->guard, 7);
	} else {
		if (guard_rule(&c->guard, 8))
			guard_snapshot_config(&c->guard, &s);
		d->take_snapshot(d->arg, &s);
		if (s.index > trailing)
			d->trim(d->arg, s.index - trailing);
	}
	raft_free(config.base);
	req->cb = cb;
	consensus_later(c, CALL_PUT, req, NULL);
	return 0;
}

static int
raft15_snapshot_get(struct raft_io *io, struct raft_io_snapshot_get *req,
    raft_io_snapshot_get_cb cb)
{
	struct consensus *c = consensus_of(io);
	struct raft_snapshot *snapshot = raft15_snapshot(c, true);

	if (!snapshot)
		return RAFT_NOTFOUND;
	req->cb = cb;
	consensus_later(c, CALL_GET, req, snapshot);
	return 0;
}

static raft_time
raft15_time(struct raft_io *io)
{
	struct consensus *c = consensus_of(io);

	return (raft_time)c->options.now_ms(c->options.arg);
}

static int
raft15_random(struct raft_io *io, int min, int max)
{
	struct consensus *c = consensus_of(io);

	return c->options.random(c->options.arg, min, max);
}

/* ---- messages out ---- */

static void
consensus_send(
    struct consensus *c, uint64_t to, const struct cluster_message *m)
{
	struct buf bytes;

	buf_init(&bytes, SIZE_MAX / 2);
	message_encode(&bytes, m);
	c->options.send(c->options.arg, to, (struct slice){ bytes.p, bytes.n });
	buf_release(&bytes);
}

static int
raft15_send(struct raft_io *io, struct raft_io_send *req,
    const struct raft_message *message, raft_io_send_cb cb)
{
	struct consensus *c = consensus_of(io);
	struct cluster_message m;
	bool goes;

	raft15_translate_out(&c->guard, message, &m);
	goes = guard_send(&c->guard, c->options.now_ms(c->options.arg),
	    c->raft.current_term, &m);
	if (goes)
		consensus_send(c, message->server_id, &m);
	if (goes && m.type == MESSAGE_SNAPSHOT)
		guard_sent_snapshot(
		    &c->guard, c->raft.current_term, message->server_id);
	raft15_release_out(&m);
	if (!goes)
		return RAFT_NOCONNECTION;
	req->cb = cb;
	if (cb)
		consensus_later(c, CALL_SEND, req, NULL);
	return 0;
}

/* ---- the state machine ---- */

/* The library applies one entry after another and counts before it says so. */
static int
raft15_apply(struct raft_fsm *fsm, const struct raft_buffer *buf, void **result)
{
	struct consensus *c = consensus_of_fsm(fsm);
	const struct cluster_disk *d = consensus_disk(c);
	uint64_t index = c->raft.last_applied + 1;

	*result = NULL;
	if (index > d->applied(d->arg)) {
		if (!d->apply(d->arg, index, raft15_slice(buf)))
			guard_fail(&c->guard, "a changeset fits (rule 16)",
			    "entry %llu", (unsigned long long)index);
		d->set_applied(d->arg, index);
	}
	c->options.committed(
	    c->options.arg, index, disk_term_of(d, index), raft15_slice(buf));
	return 0;
}

/* The disk makes the image itself, in take_snapshot. */
static int
raft15_fsm_snapshot(
    struct raft_fsm *fsm, struct raft_buffer *bufs[], unsigned *n_bufs)
{
	struct consensus *c = consensus_of_fsm(fsm);

	*bufs = raft15_alloc(&c->guard, sizeof(**bufs));
	(*bufs)[0] = (struct raft_buffer){ raft15_alloc(&c->guard, 1), 1 };
	*n_bufs = 1;
	return 0;
}

/* The state is there already, maybe further on: from install, or from before a
 * restart. */
static int
raft15_restore(struct raft_fsm *fsm, struct raft_buffer *buf)
{
	(void)fsm;
	raft_free(buf->base);
	return 0;
}

/* ---- start and reload ---- */

static void
raft15_fill_tables(struct consensus *c)
{
	c->io = (struct raft_io){ .version = 2,
		.impl = c,
		.init = raft15_init,
		.close = raft15_close,
		.load = raft15_load,
		.start = raft15_start,
		.bootstrap = raft15_no_bootstrap,
		.recover = raft15_no_bootstrap,
		.set_term = raft15_set_term,
		.set_vote = raft15_set_vote,
		.send = raft15_send,
		.append = raft15_append,
		.truncate = raft15_truncate,
		.snapshot_put = raft15_snapshot_put,
		.snapshot_get = raft15_snapshot_get,
		.time = raft15_time,
		.random = raft15_random };
	c->fsm = (struct raft_fsm){ .version = 1,
		.data = c,
		.apply = raft15_apply,
		.snapshot = raft15_fsm_snapshot,
		.restore = raft15_restore };
}

static void
consensus_start(struct consensus *c)
{
	const struct consensus_options *o = &c->options;

	memset(&c->raft, 0, sizeof(c->raft));
	if (raft_init(&c->raft, &c->io, &c->fsm, o->id, o->address) != 0)
		guard_fail(
		    &c->guard, "the library starts", "%s", c->raft.errmsg);
	raft_set_heartbeat_timeout(&c->raft, (unsigned)o->heartbeat_ms);
	raft_set_election_timeout(&c->raft, (unsigned)o->election_timeout_ms);
	raft_set_install_snapshot_timeout(
	    &c->raft, (unsigned)o->election_timeout_ms);
	raft_set_snapshot_threshold(&c->raft, o->snapshot_after);
	raft_set_snapshot_trailing(&c->raft, o->snapshot_trailing);
	raft_set_pre_vote(&c->raft, true);
	raft_set_max_catch_up_round_duration(
	    &c->raft, (unsigned)(4 * o->election_timeout_ms));
	if (raft_start(&c->raft) != 0)
		guard_fail(
		    &c->guard, "the library starts", "%s", c->raft.errmsg);
	c->started = true;
	consensus_drain(c);
}

static void
consensus_stop(struct consensus *c)
{
	if (c->first_due != c->ndue)
		guard_fail(&c->guard, "nothing waits at a reload (rule 2)",
		    "%zu callbacks", c->ndue - c->first_due);
	raft_close(&c->raft, NULL);
	c->started = false;
	c->changing = false;
	c->barrier_term = c->ready_term = 0;
}

static void
consensus_reload(struct consensus *c)
{
	consensus_drain(c);
	c->reload_due = false;
	consensus_stop(c);
	consensus_start(c);
}

/* ---- after each call ---- */

static void
consensus_on_barrier(struct raft_barrier *req, int status)
{
	struct consensus *c = req->data;

	if (status == 0)
		c->ready_term = c->barrier_term;
}

/* Rule 3: leads, and the log has no entry of this term. */
static bool
consensus_ask_barrier(struct consensus *c)
{
	const struct cluster_disk *d = consensus_disk(c);
	uint64_t term = c->raft.current_term;

	if (c->raft.state != RAFT_LEADER || !guard_rule(&c->guard, 3) ||
	    disk_term_of(d, disk_last_index(d)) == term)
		return false;
	c->barrier.data = c;
	c->barrier_term = term;
	return raft_barrier(&c->raft, &c->barrier, consensus_on_barrier) == 0;
}

static void
consensus_settle(struct consensus *c)
{
	do {
		consensus_drain(c);
		if (c->raft.state == RAFT_UNAVAILABLE)
			guard_fail(&c->guard, "the library never gives up",
			    "%s", c->raft.errmsg);
		if (c->reload_due)
			consensus_reload(c);
	} while (consensus_ask_barrier(c));
	guard_commit(&c->guard, c->raft.state == RAFT_LEADER,
	    c->raft.current_term, c->raft.commit_index);
	if (consensus_is_leader(c))
		c->known_leader = c->options.id;
	else if (c->raft.state == RAFT_FOLLOWER &&
	    c->raft.follower_state.current_leader.id)
		c->known_leader = c->raft.follower_state.current_leader.id;
	c->in_library = false;
}

/* Before each call: rule 2, for a sole voter that does not lead. */
static void
consensus_enter(struct consensus *c)
{
	if (c->in_library)
		guard_fail(&c->guard, "no call within a call (rule 1)",
		    "at term %llu", c->raft.current_term);
	c->in_library = true;
	if (c->raft.state != RAFT_LEADER && guard_sole_voter(&c->guard))
		consensus_reload(c);
}

/* ---- consensus.h ---- */

void
consensus_bootstrap(const struct cluster_disk *disk, const uint64_t *ids,
    const char *const *addresses, size_t n)
{
	struct raft_configuration config;
	struct raft_buffer bytes;
	struct cluster_entry e = { 1, ENTRY_CHANGE, { NULL, 0 } };
	struct guard nobody = { 0 };

	raft_configuration_init(&config);
	for (size_t i = 0; i < n; i++)
		if (raft_configuration_add(
			&config, ids[i], addresses[i], RAFT_VOTER) != 0)
			guard_fail(&nobody, "a configuration is one",
			    "node %llu stands twice",
			    (unsigned long long)ids[i]);
	if (raft_configuration_encode(&config, &bytes) != 0)
		guard_fail(&nobody, "a configuration is one", "not encoded");
	e.data = raft15_slice(&bytes);
	disk->write_term(disk->arg, 1, 0);
	disk->append(disk->arg, 1, &e);
	raft_free(bytes.base);
	raft_configuration_close(&config);
}

struct consensus *
consensus_new(const struct consensus_options *o)
{
	struct consensus *c = xcalloc(1, sizeof(*c));

	c->options = *o;
	guard_init(&c->guard, o->id, o->disk, o->election_timeout_ms);
	c->guard.rules_off = o->rules_off;
	guard_begin(&c->guard, o->now_ms(o->arg));
	raft15_fill_tables(c);
	c->in_library = true;
	consensus_start(c);
	consensus_settle(c);
	return c;
}

void
consensus_free(struct consensus *c)
{
	if (!c)
		return;
	consensus_drain(c);
	if (c->started)
		consensus_stop(c);
	free(c->due);
	free(c);
}

/* Rule 17: it leads no longer, and knows nobody who does. */
static void
consensus_step_down(struct consensus *c)
{
	consensus_reload(c);
	c->known_leader = 0;
}

/* Who was stopped for a while asks its followers first. */
static bool
consensus_lease_is_over(struct consensus *c)
{
	bool was_over = c->lease_was_over;

	c->lease_was_over = consensus_is_ready(c) &&
	    guard_lease_is_over(&c->guard, c->options.now_ms(c->options.arg));
	return was_over && c->lease_was_over;
}

void
consensus_tick(struct consensus *c)
{
	consensus_enter(c);
	if (consensus_lease_is_over(c))
		consensus_step_down(c);
	else
		c->on_tick(&c->io);
	consensus_settle(c);
}

/* Rule 19: without a heartbeat's time the library sends again what it has to.
 * For a refusal it does so itself. */
static void
consensus_hand_over(struct consensus *c, struct cluster_message *m)
{
	bool goes_on = c->guard.goes_on;
	bool refused = goes_on && m->append_answer.rejected != 0;
	struct raft_message message;

	raft15_translate_in(&c->guard, m, &message);
	if (goes_on)
		raft_set_heartbeat_timeout(&c->raft, 0);
	c->on_message(&c->io, &message);
	if (goes_on && !refused && c->raft.state == RAFT_LEADER)
		c->on_tick(&c->io);
	if (goes_on)
		raft_set_heartbeat_timeout(
		    &c->raft, (unsigned)c->options.heartbeat_ms);
}

bool
consensus_receive(struct consensus *c, struct slice bytes)
{
	struct arena *a = arena_new();
	struct cluster_message m, answer;
	enum guard_action action;

	if (!message_decode(a, bytes, &m)) {
		arena_free(a);
		return false;
	}
	consensus_enter(c);
	action = guard_receive(
	    &c->guard, c->options.now_ms(c->options.arg), &m, &answer);
	if (action == GUARD_RELOAD || action == GUARD_RELOAD_ANSWER)
		consensus_reload(c);
	if (action == GUARD_TAKE || action == GUARD_RELOAD)
		consensus_hand_over(c, &m);
	if (action == GUARD_ANSWER || action == GUARD_RELOAD_ANSWER)
		consensus_send(c, m.from, &answer);
	consensus_settle(c);
	arena_free(a);
	return true;
}

bool
consensus_is_leader(const struct consensus *c)
{
	return c->raft.state == RAFT_LEADER;
}

bool
consensus_is_ready(const struct consensus *c)
{
	return consensus_is_leader(c) && c->raft.transfer == NULL &&
	    (!guard_rule(&c->guard, 3) ||
		c->ready_term == c->raft.current_term);
}

bool
consensus_has_led(struct consensus *c, int64_t at_ms)
{
	return consensus_is_ready(c) &&
	    guard_has_led(&c->guard, c->options.now_ms(c->options.arg), at_ms);
}

uint64_t
consensus_leader(const struct consensus *c)
{
	return c->known_leader;
}

uint64_t
consensus_term(const struct consensus *c)
{
	return c->raft.current_term;
}

uint64_t
consensus_applied_index(const struct consensus *c)
{
	return c->raft.last_applied;
}

enum cluster_role
consensus_role(const struct consensus *c, uint64_t id)
{
	const struct raft_configuration *config = &c->raft.configuration;

	for (unsigned i = 0; i < config->n; i++)
		if (config->servers[i].id == id)
			return (enum cluster_role)config->servers[i].role;
	return ROLE_NONE;
}

bool
consensus_member(const struct consensus *c, unsigned at, uint64_t *id,
    const char **address, enum cluster_role *role)
{
	const struct raft_configuration *config = &c->raft.configuration;

	if (at >= config->n)
		return false;
	*id = config->servers[at].id;
	*address = config->servers[at].address;
	*role = (enum cluster_role)config->servers[at].role;
	return true;
}

static void
consensus_on_applied(struct raft_apply *req, int status, void *result)
{
	(void)status;
	(void)result;
	free(req);
}

uint64_t
consensus_propose(struct consensus *c, struct slice changeset)
{
	const struct cluster_disk *d = consensus_disk(c);
	struct raft_apply *req;
	struct raft_buffer bytes;
	uint64_t index;

	if (!consensus_is_ready(c))
		return 0;
	consensus_enter(c);
	req = xcalloc(1, sizeof(*req));
	bytes = raft15_copy(&c->guard, changeset);
	index = disk_last_index(d) + 1;
	if (raft_apply(&c->raft, req, &bytes, 1, consensus_on_applied) != 0) {
		raft_free(bytes.base);
		free(req);
		consensus_settle(c);
		return 0;
	}
	if (guard_rule(&c->guard, 3)) /* else nobody may run ahead */
		d->set_applied(d->arg, index);
	consensus_settle(c);
	return index;
}

static void
consensus_on_changed(struct raft_change *req, int status)
{
	struct consensus *c = req->data;

	(void)status;
	c->changing = false;
}

/* Rule 14. */
static bool
consensus_may_change(const struct consensus *c)
{
	return consensus_is_ready(c) && !c->changing;
}

static bool
consensus_changed(struct consensus *c, int rc)
{
	c->changing = rc == 0;
	consensus_settle(c);
	return rc == 0;
}

bool
consensus_add(struct consensus *c, uint64_t id, const char *address)
{
	if (!consensus_may_change(c))
		return false;
	consensus_enter(c);
	c->change.data = c;
	return consensus_changed(c,
	    raft_add(&c->raft, &c->change, id, address, consensus_on_changed));
}

bool
consensus_assign(struct consensus *c, uint64_t id, enum cluster_role role)
{
	if (!consensus_may_change(c) || id == c->options.id)
		return false;
	consensus_enter(c);
	c->change.data = c;
	return consensus_changed(c,
	    raft_assign(
		&c->raft, &c->change, id, (int)role, consensus_on_changed));
}

bool
consensus_remove(struct consensus *c, uint64_t id)
{
	if (!consensus_may_change(c) || id == c->options.id)
		return false;
	consensus_enter(c);
	c->change.data = c;
	return consensus_changed(
	    c, raft_remove(&c->raft, &c->change, id, consensus_on_changed));
}

bool
consensus_is_changing(const struct consensus *c)
{
	return c->changing;
}

bool
consensus_transfer(struct consensus *c, uint64_t to)
{
	bool ok;

	if (!consensus_may_change(c))
		return false;
	consensus_enter(c);
	memset(&c->transfer, 0, sizeof(c->transfer));
	ok = raft_transfer(&c->raft, &c->transfer, to, NULL) == 0;
	consensus_settle(c);
	return ok;
}
