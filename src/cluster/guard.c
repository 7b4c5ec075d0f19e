/*
 * The rules of guard.h.
 */
#include "cluster/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
guard_init(struct guard *g, uint64_t id, const struct cluster_disk *disk,
    int64_t election_timeout_ms)
{
	memset(g, 0, sizeof(*g));
	g->id = id;
	g->disk = disk;
	g->election_timeout_ms = election_timeout_ms;
}

bool
guard_rule(const struct guard *g, int rule)
{
	return (g->rules_off & GUARD_RULE(rule)) == 0;
}

void
guard_fail(const struct guard *g, const char *rule, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "cluster: node %llu: %s: ", (unsigned long long)g->id,
	    rule);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

/* ---- storage ---- */

void
guard_write_term(struct guard *g, uint64_t term)
{
	uint64_t old, vote;

	g->disk->read_term(g->disk->arg, &old, &vote);
	if (term < old)
		guard_fail(g, "a term never falls", "%llu after %llu",
		    (unsigned long long)term, (unsigned long long)old);
	if (term > old)
		g->disk->write_term(g->disk->arg, term, 0);
}

void
guard_write_vote(struct guard *g, uint64_t vote)
{
	uint64_t term, old;

	g->disk->read_term(g->disk->arg, &term, &old);
	if (guard_rule(g, 6) && old != 0 && vote != old)
		guard_fail(g, "one vote a term (rule 6)",
		    "in %llu for %llu after %llu", (unsigned long long)term,
		    (unsigned long long)vote, (unsigned long long)old);
	if (vote != old)
		g->disk->write_term(g->disk->arg, term, vote);
}

void
guard_raise_term(struct guard *g)
{
	uint64_t term, vote;

	g->disk->read_term(g->disk->arg, &term, &vote);
	g->disk->write_term(g->disk->arg, term + 1, g->id);
}

void
guard_config_changed(struct guard *g)
{
	g->config_known = false;
}

/* The newest configuration is looked up once, not for each message. */
static void
guard_know_config(struct guard *g)
{
	enum cluster_role role;
	const char *address;
	struct slice config;
	uint64_t found, id;

	if (g->config_known)
		return;
	config = config_at(g->disk, 0, &found);
	g->voters = 0;
	for (uint64_t i = 0; config_node(config, i, &id, &address, &role); i++)
		if (role == ROLE_VOTER && g->voters < GUARD_PEERS)
			g->voter[g->voters++] = id;
	g->role = config_role(config, g->id);
	g->config_known = true;
}

bool
guard_sole_voter(struct guard *g)
{
	guard_know_config(g);
	return guard_rule(g, 2) && g->voters == 1 && g->role == ROLE_VOTER;
}

void
guard_snapshot_config(struct guard *g, struct cluster_snapshot *s)
{
	s->config = config_at(g->disk, s->index, &s->config_index);
	if (s->config_index == 0)
		guard_fail(g, "a snapshot has a configuration (rule 8)",
		    "none at %llu", (unsigned long long)s->index);
}

void
guard_cut(struct guard *g, uint64_t from)
{
	const struct cluster_disk *d = g->disk;
	uint64_t first, last, applied = d->applied(d->arg);
	struct cluster_entry e;

	d->bounds(d->arg, &first, &last);
	for (uint64_t i = last; i >= from && i > 0; i--) {
		if (!d->read(d->arg, i, &e))
			guard_fail(g, "the log has no gaps (rule 7)",
			    "no entry %llu", (unsigned long long)i);
		if (e.type == ENTRY_COMMAND && i <= applied &&
		    !d->undo(d->arg, i, e.data))
			guard_fail(g, "a changeset fits (rule 7)",
			    "entry %llu cannot be undone",
			    (unsigned long long)i);
		d->drop_last(d->arg, i);
	}
	if (applied >= from)
		d->set_applied(d->arg, from - 1);
	guard_config_changed(g);
}

/* Raft, section 5.4.2: a leader commits entries of older terms only by one of
 * its own; a sole voter is the majority by itself. */
void
guard_commit(struct guard *g, bool leads, uint64_t term, uint64_t commit)
{
	if (commit <= g->commit)
		return;
	g->commit = commit;
	if (!leads || !guard_rule(g, 3) ||
	    disk_term_of(g->disk, commit) == term)
		return;
	guard_know_config(g);
	if (g->voters > 1)
		guard_fail(g, "a leader commits in its own term (rule 3)",
		    "entry %llu in term %llu", (unsigned long long)commit,
		    (unsigned long long)term);
}

/* ---- leader ---- */

void
guard_own_entries(struct guard *g, uint64_t term, uint64_t first)
{
	if (g->own_term == term)
		return;
	g->own_term = term;
	g->own_first = first;
}

/* What this peer has confirmed in this term; the highest is kept. */
static struct guard_match *
guard_match_of(struct guard *g, uint64_t term, uint64_t peer)
{
	if (g->match_term != term)
		g->nmatch = 0;
	g->match_term = term;
	for (size_t i = 0; i < g->nmatch; i++)
		if (g->match[i].id == peer)
			return &g->match[i];
	if (g->nmatch == GUARD_PEERS)
		return NULL;
	g->match[g->nmatch] = (struct guard_match){ .id = peer };
	return &g->match[g->nmatch++];
}

void
guard_sent_snapshot(struct guard *g, uint64_t term, uint64_t peer)
{
	struct guard_match *match = guard_match_of(g, term, peer);

	if (match)
		match->installs = true;
}

/* Rules 4, 13 and 19, on the answer of a follower. */
static enum guard_action
guard_receive_answer(struct guard *g, uint64_t term, struct cluster_message *m)
{
	struct guard_match *match;

	if (m->term != term || g->own_term != term)
		return GUARD_TAKE;
	match = guard_match_of(g, term, m->from);
	if (match && m->sent_ms > match->heard_ms)
		match->heard_ms = m->sent_ms;
	if (m->append_answer.rejected) {
		if (guard_rule(g, 13) && match &&
		    m->append_answer.rejected <= match->index)
			return GUARD_DROP;
		g->goes_on = guard_rule(g, 19);
		return GUARD_TAKE;
	}
	if (guard_rule(g, 4) && m->append_answer.last_index < g->own_first &&
	    m->append_answer.last_index > g->commit)
		m->append_answer.last_index = g->commit;
	if (match && m->append_answer.last_index > match->index)
		match->index = m->append_answer.last_index;
	if (match && match->installs) {
		match->installs = false;
		g->goes_on = guard_rule(g, 19);
	}
	return GUARD_TAKE;
}

/* ---- the lease (rule 17) ---- */

static int64_t
guard_lease_ms(const struct guard *g)
{
	return g->election_timeout_ms / 2;
}

/* When a voter had last to hear from this leader; 0: not in its term. */
static int64_t
guard_heard_ms(const struct guard *g, int64_t now_ms, uint64_t voter)
{
	if (voter == g->id)
		return now_ms;
	for (size_t i = 0; g->match_term == g->own_term && i < g->nmatch; i++)
		if (g->match[i].id == voter)
			return g->match[i].heard_ms;
	return 0;
}

/* The latest time at which a majority had. */
static int64_t
guard_majority_ms(struct guard *g, int64_t now_ms)
{
	int64_t latest_ms = 0;

	guard_know_config(g);
	for (int i = 0; i < g->voters; i++) {
		int64_t at_ms = guard_heard_ms(g, now_ms, g->voter[i]);
		int n = 0;

		for (int k = 0; k < g->voters; k++)
			n += guard_heard_ms(g, now_ms, g->voter[k]) >= at_ms;
		if (2 * n > g->voters && at_ms > latest_ms)
			latest_ms = at_ms;
	}
	return latest_ms;
}

bool
guard_lease_is_over(struct guard *g, int64_t now_ms)
{
	return guard_rule(g, 17) &&
	    now_ms - guard_majority_ms(g, now_ms) >= guard_lease_ms(g);
}

/* Who was handed the lead may be elected while the others hear of this one. */
bool
guard_has_led(struct guard *g, int64_t now_ms, int64_t at_ms)
{
	if (!guard_rule(g, 17) || guard_majority_ms(g, now_ms) > at_ms)
		return true;
	return g->gave_term != g->own_term && !guard_lease_is_over(g, now_ms);
}

/* Of term 1 nobody was ever a leader. */
void
guard_begin(struct guard *g, int64_t now_ms)
{
	uint64_t term, vote;

	g->disk->read_term(g->disk->arg, &term, &vote);
	if (term <= 1 || !guard_rule(g, 17))
		return;
	g->has_heard = true;
	g->heard_ms = now_ms - g->election_timeout_ms + guard_lease_ms(g);
}

/* ---- what leaves ---- */

/* Rule 18: the leader goes on at the last index that it is told. */
static void
guard_step_back(struct guard *g, struct cluster_message *m)
{
	uint64_t rejected = m->append_answer.rejected, last;
	uint64_t step = (uint64_t)1 << (g->refusals < 20 ? g->refusals : 20);

	if (!guard_rule(g, 18) || !g->echo_ms)
		return;
	g->refusals++;
	last = rejected > step ? rejected - step : 0;
	if (last < g->commit)
		last = g->commit < rejected ? g->commit : rejected - 1;
	if (m->append_answer.last_index > last)
		m->append_answer.last_index = last;
}

bool
guard_send(
    struct guard *g, int64_t now_ms, uint64_t term, struct cluster_message *m)
{
	uint64_t end;

	if (m->type == MESSAGE_APPEND || m->type == MESSAGE_SNAPSHOT)
		m->sent_ms = now_ms;
	if (m->type == MESSAGE_APPEND_ANSWER)
		m->sent_ms = g->echo_ms;
	if (m->type == MESSAGE_TIMEOUT_NOW)
		g->gave_term = m->term;
	if (m->type == MESSAGE_APPEND) {
		end = m->append.prev_index + m->append.n;
		if (!guard_rule(g, 4))
			return true;
		if (g->own_term != term)
			return false;
		if (m->append.n && end < g->own_first)
			guard_fail(g, "entries end in the own term (rule 4)",
			    "at %llu, before %llu", (unsigned long long)end,
			    (unsigned long long)g->own_first);
	} else if (m->type == MESSAGE_APPEND_ANSWER) {
		if (m->append_answer.rejected) {
			guard_step_back(g, m);
			return true;
		}
		g->refusals = 0;
		if (guard_rule(g, 5) && m->append_answer.last_index > g->proved)
			m->append_answer.last_index = g->proved;
	} else if (m->type == MESSAGE_VOTE) {
		if (guard_rule(g, 12) && m->term != g->handed)
			m->vote.disrupt = false;
	}
	return true;
}

/* ---- follower ---- */

static void
guard_hear(struct guard *g, int64_t now_ms, const struct cluster_message *m)
{
	g->heard_ms = now_ms;
	g->has_heard = true;
	g->echo_ms = m->sent_ms;
}

/* The first entry of the message that our log has otherwise; 0: none. */
static uint64_t
guard_find_conflict(const struct guard *g, const struct cluster_message *m)
{
	uint64_t prev = m->append.prev_index;

	if (prev && disk_term_of(g->disk, prev) != m->append.prev_term)
		return 0; /* it will be refused */
	for (size_t i = 0; i < m->append.n; i++) {
		uint64_t have = disk_term_of(g->disk, prev + 1 + i);

		if (have == 0)
			return 0;
		if (have != m->append.entries[i].term)
			return prev + 1 + i;
	}
	return 0;
}

/* Rules 5 and 7, on entries or a heartbeat. */
static enum guard_action
guard_receive_append(
    struct guard *g, int64_t now_ms, uint64_t term, struct cluster_message *m)
{
	uint64_t end = m->append.prev_index + m->append.n, conflict;
	struct cluster_snapshot s;

	g->proved = end;
	if (m->term < term)
		return GUARD_TAKE;
	guard_hear(g, now_ms, m);
	if (guard_rule(g, 5) && m->append.commit > end)
		m->append.commit = end;
	conflict = guard_rule(g, 7) ? guard_find_conflict(g, m) : 0;
	if (!conflict)
		return GUARD_TAKE;
	g->disk->read_snapshot(g->disk->arg, &s);
	if (conflict <= g->commit || conflict <= s.index)
		guard_fail(g, "what is committed stays (rule 7)",
		    "a conflict at %llu, commit index %llu, snapshot %llu",
		    (unsigned long long)conflict, (unsigned long long)g->commit,
		    (unsigned long long)s.index);
	guard_write_term(g, m->term);
	guard_cut(g, conflict);
	return GUARD_RELOAD;
}

/* ---- votes ---- */

/* Raft, section 5.4.1: is the candidate's log at least as new as ours? */
static bool
guard_log_is_new(const struct guard *g, const struct cluster_message *m)
{
	uint64_t last = disk_last_index(g->disk);
	uint64_t last_term = disk_term_of(g->disk, last);

	if (m->vote.last_term != last_term)
		return m->vote.last_term > last_term;
	return m->vote.last_index >= last;
}

static void
guard_answer_vote(const struct guard *g, const struct cluster_message *m,
    bool granted, uint64_t term, struct cluster_message *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->type = MESSAGE_VOTE_ANSWER;
	answer->from = g->id;
	answer->term = term;
	answer->vote_answer.granted = granted;
	answer->vote_answer.pre_vote = m->vote.pre_vote;
}

/* Rule 9: we are no voter by our own configuration, so the library would refuse
 * whatever the candidate's says. */
static enum guard_action
guard_vote_ourselves(struct guard *g, const struct cluster_message *m,
    uint64_t term, uint64_t vote, struct cluster_message *answer)
{
	bool granted = guard_log_is_new(g, m), changed = false;

	if (m->vote.pre_vote) {
		guard_answer_vote(g, m, granted, m->term, answer);
		return GUARD_ANSWER;
	}
	if (m->term > term) {
		guard_write_term(g, m->term);
		vote = 0;
		changed = true;
	}
	granted = granted && (vote == 0 || vote == m->from);
	if (granted && vote == 0) {
		guard_write_vote(g, m->from);
		changed = true;
	}
	guard_answer_vote(g, m, granted, m->term, answer);
	return changed ? GUARD_RELOAD_ANSWER : GUARD_ANSWER;
}

static enum guard_action
guard_receive_vote(struct guard *g, int64_t now_ms, struct cluster_message *m,
    struct cluster_message *answer)
{
	uint64_t term, vote;

	guard_know_config(g);
	g->disk->read_term(g->disk->arg, &term, &vote);
	if (guard_rule(g, 11) && !m->vote.disrupt && g->has_heard &&
	    now_ms - g->heard_ms < g->election_timeout_ms)
		return GUARD_DROP;
	if (guard_rule(g, 10) && m->vote.pre_vote && m->term < term) {
		guard_answer_vote(g, m, false, term, answer);
		return GUARD_ANSWER;
	}
	if (guard_rule(g, 9) && m->term >= term && g->role != ROLE_VOTER)
		return guard_vote_ourselves(g, m, term, vote, answer);
	if (guard_rule(g, 6) && !m->vote.pre_vote && m->term == term &&
	    vote != 0 && vote != m->from)
		return GUARD_DROP;
	return GUARD_TAKE;
}

/* The library reads configurations without looking at their ends. */
static bool
guard_is_sound(const struct cluster_message *m)
{
	if (m->type == MESSAGE_SNAPSHOT)
		return config_is_valid(m->snapshot.meta.config);
	for (size_t i = 0; m->type == MESSAGE_APPEND && i < m->append.n; i++)
		if (m->append.entries[i].type == ENTRY_CHANGE &&
		    !config_is_valid(m->append.entries[i].data))
			return false;
	return true;
}

enum guard_action
guard_receive(struct guard *g, int64_t now_ms, struct cluster_message *m,
    struct cluster_message *answer)
{
	uint64_t term, vote;

	if (!guard_is_sound(m))
		return GUARD_DROP;
	g->echo_ms = 0;
	g->goes_on = false;
	g->disk->read_term(g->disk->arg, &term, &vote);
	switch (m->type) {
	case MESSAGE_APPEND:
		return guard_receive_append(g, now_ms, term, m);
	case MESSAGE_APPEND_ANSWER:
		return guard_receive_answer(g, term, m);
	case MESSAGE_VOTE:
		return guard_receive_vote(g, now_ms, m, answer);
	case MESSAGE_SNAPSHOT:
		g->proved = m->snapshot.meta.index;
		if (m->term >= term)
			guard_hear(g, now_ms, m);
		return GUARD_TAKE;
	case MESSAGE_TIMEOUT_NOW:
		g->handed = (m->term > term ? m->term : term) + 1;
		return GUARD_TAKE;
	case MESSAGE_VOTE_ANSWER:
		return GUARD_TAKE;
	}
	return GUARD_DROP;
}
