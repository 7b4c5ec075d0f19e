/*
 * The guard's rules, each by itself on a disk in memory: what is taken,
 * dropped, changed or answered, and that the same goes another way without the
 * rule.
 */
#include "cluster/guard.h"

#include <signal.h>
#include <string.h>

#include "tests/stress/raftsim/sim.h"
#include "tests/support/unit.h"

#define TIMEOUT_MS 1000

/* Nodes 1 to 3 are voters, 4 is a standby. */
static const char nodes[] = "\1\4\0\0\0\0\0\0\0"
			    "\1\0\0\0\0\0\0\0a\0\1"
			    "\2\0\0\0\0\0\0\0b\0\1"
			    "\3\0\0\0\0\0\0\0c\0\1"
			    "\4\0\0\0\0\0\0\0d\0\0";
/* Node 1 is the only one. */
static const char alone[] = "\1\1\0\0\0\0\0\0\0"
			    "\1\0\0\0\0\0\0\0a\0\1";

/* A node in term 5 whose log is: configuration in term 1, commands 2 and 3 in
 * term 2, 4 and 5 in term 4, all of them in the state. */
struct fixture {
	struct sim_disk *disk;
	const struct cluster_disk *d;
	struct guard g;
	struct cluster_message answer;
};

static void
fixture_append(struct fixture *f, uint64_t index, uint64_t term,
    enum entry_type type, struct slice data)
{
	struct cluster_entry e = { term, type, data };
	struct buf bytes;

	buf_init(&bytes, 0);
	if (type == ENTRY_COMMAND) {
		f->disk->execute(f->disk, index, index, &bytes);
		e.data = (struct slice){ bytes.p, bytes.n };
		f->d->set_applied(f->d->arg, index);
	}
	f->d->append(f->d->arg, index, &e);
	buf_release(&bytes);
}

static void
fixture_init(struct fixture *f, uint64_t id)
{
	static const uint64_t terms[] = { 2, 2, 4, 4 };

	memset(f, 0, sizeof(*f));
	f->disk = memory_disk_new();
	f->d = &f->disk->table;
	guard_init(&f->g, id, f->d, TIMEOUT_MS);
	fixture_append(
	    f, 1, 1, ENTRY_CHANGE, (struct slice){ nodes, sizeof(nodes) - 1 });
	for (uint64_t i = 0; i < 4; i++)
		fixture_append(f, 2 + i, terms[i], ENTRY_COMMAND,
		    (struct slice){ NULL, 0 });
	f->d->write_term(f->d->arg, 5, 0);
}

static void
fixture_release(struct fixture *f)
{
	f->disk->free(f->disk);
}

static enum guard_action
receive(struct fixture *f, int64_t now_ms, struct cluster_message *m)
{
	return guard_receive(&f->g, now_ms, m, &f->answer);
}

static struct cluster_message
append(uint64_t term, uint64_t prev, uint64_t prev_term, uint64_t commit,
    struct cluster_entry *entries, size_t n)
{
	return (struct cluster_message){ .type = MESSAGE_APPEND,
		.from = 2,
		.term = term,
		.append = { prev, prev_term, commit, entries, n } };
}

static struct cluster_message
answer(uint64_t from, uint64_t term, uint64_t rejected, uint64_t last)
{
	return (struct cluster_message){ .type = MESSAGE_APPEND_ANSWER,
		.from = from,
		.term = term,
		.append_answer = { rejected, last } };
}

static struct cluster_message
vote(uint64_t from, uint64_t term, uint64_t last, uint64_t last_term, bool pre)
{
	return (struct cluster_message){ .type = MESSAGE_VOTE,
		.from = from,
		.term = term,
		.vote = { last, last_term, false, pre } };
}

static void
has_term(struct fixture *f, uint64_t term, uint64_t voted_for)
{
	uint64_t t, v;

	f->d->read_term(f->d->arg, &t, &v);
	ck_assert_uint_eq(t, term);
	ck_assert_uint_eq(v, voted_for);
}

/* ---- the lease ---- */

/* What was sent to the peer then, it has heard. */
static void
hears(struct fixture *f, uint64_t peer, int64_t sent_ms)
{
	struct cluster_message m = answer(peer, 5, 0, 5);

	m.sent_ms = sent_ms;
	receive(f, sent_ms + 10, &m);
}

/* A leader in term 5; the lease is half a timeout. */
START_TEST(a_majority_that_has_heard_is_a_lease)
{
	struct fixture f;

	fixture_init(&f, 1);
	guard_own_entries(&f.g, 5, 6);
	ck_assert(guard_lease_is_over(&f.g, 10000));
	ck_assert(!guard_has_led(&f.g, 10000, 10000));
	hears(&f, 4, 10000); /* no voter */
	ck_assert(guard_lease_is_over(&f.g, 10000));
	hears(&f, 2, 10000);
	hears(&f, 2, 9000); /* late */
	ck_assert(!guard_lease_is_over(&f.g, 10000 + TIMEOUT_MS / 2 - 1));
	ck_assert(guard_has_led(&f.g, 10499, 10499));
	ck_assert(guard_lease_is_over(&f.g, 10000 + TIMEOUT_MS / 2));
	ck_assert(!guard_has_led(&f.g, 10500, 10000));
	ck_assert(guard_has_led(&f.g, 10500, 9999)); /* heard of it since */
	f.g.rules_off = GUARD_RULE(17);
	ck_assert(guard_has_led(&f.g, 99999, 99999));
	f.g.rules_off = 0;
	guard_own_entries(&f.g, 6, 7); /* another term: nobody has heard */
	ck_assert(guard_lease_is_over(&f.g, 10000));
	fixture_release(&f);
}
END_TEST

START_TEST(who_handed_over_has_no_lease)
{
	struct cluster_message now = {
		.type = MESSAGE_TIMEOUT_NOW, .from = 1, .term = 5
	};
	struct fixture f;

	fixture_init(&f, 1);
	guard_own_entries(&f.g, 5, 6);
	hears(&f, 2, 10000);
	ck_assert(guard_has_led(&f.g, 10100, 10100));
	ck_assert(guard_send(&f.g, 10050, 5, &now));
	ck_assert(!guard_has_led(&f.g, 10100, 10100));
	ck_assert(!guard_lease_is_over(&f.g, 10100));
	hears(&f, 3, 10101);
	ck_assert(guard_has_led(&f.g, 10110, 10100));
	fixture_release(&f);
}
END_TEST

/* Its vote could end a lease that it has forgotten. */
START_TEST(who_runs_again_does_not_vote_at_once)
{
	struct cluster_message m = vote(3, 6, 9, 5, false);
	struct fixture f;

	fixture_init(&f, 1);
	guard_begin(&f.g, 10000);
	ck_assert_int_eq(receive(&f, 10499, &m), GUARD_DROP);
	ck_assert_int_eq(receive(&f, 10500, &m), GUARD_TAKE);
	fixture_release(&f);
	fixture_init(&f, 1);
	f.g.rules_off = GUARD_RULE(17);
	guard_begin(&f.g, 10000);
	ck_assert_int_eq(receive(&f, 10001, &m), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

/* An answer has the time of what it answers, once the leader is followed. */
START_TEST(an_answer_says_what_was_heard)
{
	struct cluster_message m = append(5, 5, 4, 3, NULL, 0),
			       old = append(4, 5, 4, 3, NULL, 0),
			       out = answer(1, 5, 0, 5);
	struct fixture f;

	fixture_init(&f, 1);
	m.sent_ms = old.sent_ms = 777;
	receive(&f, 10000, &m);
	ck_assert(guard_send(&f.g, 10001, 5, &out));
	ck_assert_int_eq(out.sent_ms, 777);
	receive(&f, 10000, &old);
	ck_assert(guard_send(&f.g, 10001, 5, &out));
	ck_assert_int_eq(out.sent_ms, 0);
	guard_own_entries(&f.g, 5, 6);
	m.sent_ms = 0;
	ck_assert(guard_send(&f.g, 10002, 5, &m));
	ck_assert_int_eq(m.sent_ms, 10002);
	fixture_release(&f);
}
END_TEST

/* ---- refusals ---- */

static uint64_t
refuses(struct fixture *f, uint64_t prev)
{
	struct cluster_message m = append(5, prev, 5, 3, NULL, 0),
			       out = answer(1, 5, prev, 5000);

	m.sent_ms = 1;
	receive(f, 1, &m);
	ck_assert(guard_send(&f->g, 1, 5, &out));
	return out.append_answer.last_index;
}

START_TEST(refusals_step_back_twice_as_far)
{
	struct cluster_message out = answer(1, 5, 0, 5);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_uint_eq(refuses(&f, 1000), 999);
	ck_assert_uint_eq(refuses(&f, 999), 997);
	ck_assert_uint_eq(refuses(&f, 997), 993);
	guard_commit(&f.g, false, 5, 990); /* what is committed fits */
	ck_assert_uint_eq(refuses(&f, 993), 990);
	ck_assert(guard_send(&f.g, 1, 5, &out)); /* taken */
	ck_assert_uint_eq(refuses(&f, 2000), 1999);
	f.g.rules_off = GUARD_RULE(18);
	ck_assert_uint_eq(refuses(&f, 1999), 5000);
	fixture_release(&f);
}
END_TEST

/* ---- leader ---- */

/* The library's next message waits for nothing: after a refusal, and when a
 * snapshot was installed, but not with each answer. */
START_TEST(who_lacks_entries_is_sent_them_at_once)
{
	struct cluster_message refusal = answer(2, 5, 9, 0),
			       taken = answer(2, 5, 0, 9);
	struct fixture f;

	fixture_init(&f, 1);
	guard_own_entries(&f.g, 5, 6);
	receive(&f, 1, &refusal);
	ck_assert(f.g.goes_on);
	receive(&f, 1, &taken);
	ck_assert(!f.g.goes_on);
	guard_sent_snapshot(&f.g, 5, 2);
	receive(&f, 1, &taken);
	ck_assert(f.g.goes_on);
	receive(&f, 1, &taken);
	ck_assert(!f.g.goes_on);
	guard_sent_snapshot(&f.g, 5, 2);
	f.g.rules_off = GUARD_RULE(19);
	receive(&f, 1, &taken);
	ck_assert(!f.g.goes_on);
	fixture_release(&f);
}
END_TEST

START_TEST(no_entries_before_the_own_first)
{
	struct cluster_message m = append(5, 5, 4, 3, NULL, 0);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert(!guard_send(&f.g, 0, 5, &m));
	f.g.rules_off = GUARD_RULE(4);
	ck_assert(guard_send(&f.g, 0, 5, &m));
	f.g.rules_off = 0;
	guard_own_entries(&f.g, 5, 6);
	ck_assert(guard_send(&f.g, 0, 5, &m));
	ck_assert(!guard_send(&f.g, 0, 6, &m)); /* another lead */
	fixture_release(&f);
}
END_TEST

START_TEST(answers_to_the_leader_are_cut)
{
	struct cluster_message m = answer(2, 5, 0, 5);
	struct fixture f;

	fixture_init(&f, 1);
	guard_own_entries(&f.g, 5, 6);
	f.g.commit = 3;
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	ck_assert_uint_eq(m.append_answer.last_index, 3);
	m = answer(2, 5, 0, 6);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	ck_assert_uint_eq(m.append_answer.last_index, 6);
	f.g.rules_off = GUARD_RULE(4);
	m = answer(2, 5, 0, 5);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	ck_assert_uint_eq(m.append_answer.last_index, 5);
	fixture_release(&f);
}
END_TEST

START_TEST(an_old_refusal_is_dropped)
{
	struct cluster_message taken = answer(2, 5, 0, 8),
			       old = answer(2, 5, 7, 6),
			       other = answer(3, 5, 7, 6),
			       fresh = answer(2, 5, 9, 8);
	struct fixture f;

	fixture_init(&f, 1);
	guard_own_entries(&f.g, 5, 6);
	ck_assert_int_eq(receive(&f, 0, &taken), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 0, &old), GUARD_DROP);
	ck_assert_int_eq(receive(&f, 0, &other), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 0, &fresh), GUARD_TAKE);
	f.g.rules_off = GUARD_RULE(13);
	ck_assert_int_eq(receive(&f, 0, &old), GUARD_TAKE);
	f.g.rules_off = 0;
	/* In another term of ours nothing is known of it. */
	f.d->write_term(f.d->arg, 6, 0);
	guard_own_entries(&f.g, 6, 9);
	old.term = 6;
	ck_assert_int_eq(receive(&f, 0, &old), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

/* ---- follower ---- */

START_TEST(an_answer_confirms_what_it_is_to)
{
	struct cluster_message in = append(5, 3, 2, 9, NULL, 0),
			       out = answer(1, 5, 0, 5);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 0, &in), GUARD_TAKE);
	ck_assert_uint_eq(in.append.commit, 3);
	ck_assert(guard_send(&f.g, 0, 5, &out));
	ck_assert_uint_eq(out.append_answer.last_index, 3);
	f.g.rules_off = GUARD_RULE(5);
	in.append.commit = 9;
	out.append_answer.last_index = 5;
	ck_assert_int_eq(receive(&f, 0, &in), GUARD_TAKE);
	ck_assert_uint_eq(in.append.commit, 9);
	ck_assert(guard_send(&f.g, 0, 5, &out));
	ck_assert_uint_eq(out.append_answer.last_index, 5);
	fixture_release(&f);
}
END_TEST

START_TEST(a_snapshot_confirms_its_index)
{
	struct cluster_message in = { .type = MESSAGE_SNAPSHOT,
		.from = 2,
		.term = 5,
		.snapshot = { { 4, 4, 1, { nodes, sizeof(nodes) - 1 } },
		    { "", 0 } } },
			       out = answer(1, 5, 0, 5);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 0, &in), GUARD_TAKE);
	ck_assert(guard_send(&f.g, 0, 5, &out));
	ck_assert_uint_eq(out.append_answer.last_index, 4);
	in.snapshot.meta.config.n -= 3; /* cannot be read */
	ck_assert_int_eq(receive(&f, 0, &in), GUARD_DROP);
	fixture_release(&f);
}
END_TEST

START_TEST(a_conflict_is_undone_and_cut)
{
	struct cluster_entry e[] = { { 2, ENTRY_COMMAND, { "", 0 } },
		{ 6, ENTRY_COMMAND, { "", 0 } } };
	struct cluster_message m = append(6, 2, 2, 0, e, 2);
	uint64_t first, last, state;
	struct fixture f;

	fixture_init(&f, 1);
	state = f.disk->state(f.disk);
	f.g.rules_off = GUARD_RULE(7);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	f.g.rules_off = 0;
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_RELOAD);
	f.d->bounds(f.d->arg, &first, &last);
	ck_assert_uint_eq(last, 3);
	ck_assert_uint_eq(f.d->applied(f.d->arg), 3);
	ck_assert_uint_ne(f.disk->state(f.disk), state);
	has_term(&f, 6, 0);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

START_TEST(no_conflict_no_cut)
{
	struct cluster_entry same = { 4, ENTRY_COMMAND, { "", 0 } },
			     other = { 5, ENTRY_COMMAND, { "", 0 } };
	struct cluster_message there = append(5, 3, 2, 0, &same, 1),
			       after = append(5, 5, 4, 0, &other, 1),
			       refused = append(5, 4, 3, 0, &other, 1),
			       old = append(4, 3, 2, 0, &other, 1);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 0, &there), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 0, &after), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 0, &refused), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 0, &old), GUARD_TAKE);
	ck_assert_uint_eq(disk_last_index(f.d), 5);
	fixture_release(&f);
}
END_TEST

START_TEST(a_snapshot_has_the_configuration_of_its_index)
{
	struct cluster_snapshot s = { 3, 2, 0, { NULL, 0 } };
	struct fixture f;

	fixture_init(&f, 1);
	fixture_append(
	    &f, 6, 5, ENTRY_CHANGE, (struct slice){ alone, sizeof(alone) - 1 });
	guard_snapshot_config(&f.g, &s);
	ck_assert_uint_eq(s.config_index, 1);
	ck_assert_int_eq(config_voters(s.config), 3);
	f.d->take_snapshot(f.d->arg, &s);
	f.d->trim(f.d->arg, 3);
	s.index = 5; /* the last is the snapshot's */
	guard_snapshot_config(&f.g, &s);
	ck_assert_uint_eq(s.config_index, 1);
	s.index = 6;
	guard_snapshot_config(&f.g, &s);
	ck_assert_uint_eq(s.config_index, 6);
	ck_assert_int_eq(config_voters(s.config), 1);
	fixture_release(&f);
}
END_TEST

START_TEST(a_sole_voter_takes_a_new_term)
{
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert(!guard_sole_voter(&f.g));
	fixture_append(
	    &f, 6, 5, ENTRY_CHANGE, (struct slice){ alone, sizeof(alone) - 1 });
	guard_config_changed(&f.g);
	ck_assert(guard_sole_voter(&f.g));
	guard_raise_term(&f.g);
	has_term(&f, 6, 1);
	guard_cut(&f.g, 6); /* the change did not come to be */
	ck_assert(!guard_sole_voter(&f.g));
	fixture_release(&f);
}
END_TEST

/* ---- votes ---- */

START_TEST(who_hears_a_leader_ignores_candidates)
{
	struct cluster_message beat = append(5, 5, 4, 0, NULL, 0),
			       m = vote(3, 6, 9, 5, false);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 10, &m), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 10, &beat), GUARD_TAKE);
	ck_assert_int_eq(receive(&f, 9 + TIMEOUT_MS, &m), GUARD_DROP);
	ck_assert_int_eq(receive(&f, 10 + TIMEOUT_MS, &m), GUARD_TAKE);
	m.vote.disrupt = true;
	ck_assert_int_eq(receive(&f, 20, &m), GUARD_TAKE);
	m.vote.disrupt = false;
	f.g.rules_off = GUARD_RULE(11);
	ck_assert_int_eq(receive(&f, 20, &m), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

START_TEST(a_candidate_disrupts_the_term_it_was_told)
{
	struct cluster_message told = { .type = MESSAGE_TIMEOUT_NOW,
		.from = 2,
		.term = 5,
		.timeout_now = { 5, 4 } },
			       m = vote(1, 6, 5, 4, false);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 0, &told), GUARD_TAKE);
	m.vote.disrupt = true;
	ck_assert(guard_send(&f.g, 0, 6, &m));
	ck_assert(m.vote.disrupt);
	m.term = 7;
	ck_assert(guard_send(&f.g, 0, 7, &m));
	ck_assert(!m.vote.disrupt);
	m.vote.disrupt = true;
	f.g.rules_off = GUARD_RULE(12);
	ck_assert(guard_send(&f.g, 0, 7, &m));
	ck_assert(m.vote.disrupt);
	fixture_release(&f);
}
END_TEST

START_TEST(a_low_pre_vote_learns_the_term)
{
	struct cluster_message m = vote(3, 4, 9, 4, true);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_ANSWER);
	ck_assert_int_eq(f.answer.type, MESSAGE_VOTE_ANSWER);
	ck_assert_uint_eq(f.answer.term, 5);
	ck_assert(!f.answer.vote_answer.granted);
	ck_assert(f.answer.vote_answer.pre_vote);
	f.g.rules_off = GUARD_RULE(10);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

START_TEST(one_vote_a_term)
{
	struct cluster_message m = vote(3, 5, 9, 4, false);
	struct fixture f;

	fixture_init(&f, 1);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	guard_write_vote(&f.g, 2);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_DROP);
	f.g.rules_off = GUARD_RULE(6);
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	f.g.rules_off = 0;
	m.from = 2;
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	m.from = 3;
	m.term = 6; /* another term, another vote */
	ck_assert_int_eq(receive(&f, 0, &m), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

/* Node 4 is no voter by its own configuration. */
START_TEST(who_is_no_voter_votes_too)
{
	struct cluster_message good = vote(3, 6, 5, 4, false),
			       other = vote(2, 6, 5, 4, false),
			       shorter = vote(2, 7, 4, 4, false),
			       pre = vote(2, 8, 5, 4, true);
	struct fixture f;

	fixture_init(&f, 4);
	ck_assert_int_eq(receive(&f, 0, &good), GUARD_RELOAD_ANSWER);
	ck_assert(f.answer.vote_answer.granted);
	ck_assert_uint_eq(f.answer.term, 6);
	has_term(&f, 6, 3);
	ck_assert_int_eq(receive(&f, 0, &other), GUARD_ANSWER);
	ck_assert(!f.answer.vote_answer.granted);
	ck_assert_int_eq(receive(&f, 0, &good), GUARD_ANSWER);
	ck_assert(f.answer.vote_answer.granted);
	ck_assert_int_eq(receive(&f, 0, &shorter), GUARD_RELOAD_ANSWER);
	ck_assert(!f.answer.vote_answer.granted);
	has_term(&f, 7, 0);
	ck_assert_int_eq(receive(&f, 0, &pre), GUARD_ANSWER);
	ck_assert(f.answer.vote_answer.granted);
	ck_assert(f.answer.vote_answer.pre_vote);
	has_term(&f, 7, 0);
	f.g.rules_off = GUARD_RULE(9);
	ck_assert_int_eq(receive(&f, 0, &pre), GUARD_TAKE);
	fixture_release(&f);
}
END_TEST

/* ---- what must hold ---- */

static void
falls(struct fixture *f)
{
	guard_write_term(&f->g, 4);
}

static void
votes_twice(struct fixture *f)
{
	guard_write_vote(&f->g, 2);
	guard_write_vote(&f->g, 3);
}

static void
cuts_what_is_committed(struct fixture *f)
{
	struct cluster_entry e = { 6, ENTRY_COMMAND, { "", 0 } };
	struct cluster_message m = append(6, 3, 2, 0, &e, 1);

	f->g.commit = 4;
	receive(f, 0, &m);
}

static void
commits_in_an_older_term(struct fixture *f)
{
	guard_commit(&f->g, true, 5, 5);
}

static void
sends_too_little(struct fixture *f)
{
	struct cluster_entry e = { 4, ENTRY_COMMAND, { "", 0 } };
	struct cluster_message m = append(5, 4, 4, 0, &e, 1);

	guard_own_entries(&f->g, 5, 6);
	guard_send(&f->g, 0, 5, &m);
}

static void (*const breaches[])(struct fixture *f) = { falls, votes_twice,
	cuts_what_is_committed, commits_in_an_older_term, sends_too_little };

/* Each ends the process: run by signal. */
START_TEST(a_breach_ends_the_process)
{
	struct fixture f;

	fixture_init(&f, 1);
	breaches[_i](&f);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { who_lacks_entries_is_sent_them_at_once,
		no_entries_before_the_own_first, answers_to_the_leader_are_cut,
		an_old_refusal_is_dropped, an_answer_confirms_what_it_is_to,
		a_snapshot_confirms_its_index, a_conflict_is_undone_and_cut,
		no_conflict_no_cut,
		a_snapshot_has_the_configuration_of_its_index,
		a_sole_voter_takes_a_new_term,
		who_hears_a_leader_ignores_candidates,
		a_candidate_disrupts_the_term_it_was_told,
		a_majority_that_has_heard_is_a_lease,
		who_handed_over_has_no_lease,
		who_runs_again_does_not_vote_at_once,
		an_answer_says_what_was_heard, refusals_step_back_twice_as_far,
		a_low_pre_vote_learns_the_term, one_vote_a_term,
		who_is_no_voter_votes_too };
	Suite *suite = suite_create("guard");
	TCase *all = tcase_create("guard");
	SRunner *run;
	int failed;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test_raise_signal(all, a_breach_ends_the_process,
	    SIGABRT, 0, sizeof(breaches) / sizeof(breaches[0]));
	suite_add_tcase(suite, all);
	run = srunner_create(suite);
	srunner_run_all(run, CK_NORMAL);
	failed = srunner_ntests_failed(run);
	srunner_free(run);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
