/*
 * Messages of a cluster as bytes: each type comes back as it was, and what is
 * cut short, too long or unknown is refused.
 */
#include "cluster/message.h"

#include <string.h>

#include "cluster/guard.h"

#include "tests/support/unit.h"

static struct cluster_entry entries[] = {
	{ 3, ENTRY_BARRIER, { "", 0 } },
	{ 4, ENTRY_COMMAND, { "abc", 3 } },
};

static const struct cluster_message messages[] = {
	{ .type = MESSAGE_APPEND,
	    .from = 1,
	    .term = 4,
	    .append = { 7, 3, 6, entries, 2 } },
	{ .type = MESSAGE_APPEND,
	    .from = 1,
	    .term = 4,
	    .append = { 7, 3, 6, NULL, 0 } },
	{ .type = MESSAGE_APPEND_ANSWER,
	    .from = 2,
	    .term = 4,
	    .append_answer = { 5, 4 } },
	{ .type = MESSAGE_VOTE,
	    .from = 3,
	    .term = UINT64_MAX,
	    .vote = { 9, 8, true, false } },
	{ .type = MESSAGE_VOTE_ANSWER,
	    .from = 3,
	    .term = 5,
	    .vote_answer = { true, true } },
	{ .type = MESSAGE_SNAPSHOT,
	    .from = 1,
	    .term = 5,
	    .snapshot = { { 100, 4, 90, { "config", 6 } }, { "image", 5 } } },
	{ .type = MESSAGE_TIMEOUT_NOW,
	    .from = 1,
	    .term = 5,
	    .timeout_now = { 100, 5 } },
};

#define NMESSAGES (sizeof(messages) / sizeof(messages[0]))

static void
same_again(const struct cluster_message *m)
{
	struct arena *a = arena_new();
	struct cluster_message back;
	struct buf one, two;

	buf_init(&one, 0);
	buf_init(&two, 0);
	message_encode(&one, m);
	ck_assert(message_decode(a, (struct slice){ one.p, one.n }, &back));
	message_encode(&two, &back);
	ck_assert_uint_eq(one.n, two.n);
	ck_assert(memcmp(one.p, two.p, one.n) == 0);
	ck_assert_int_eq(back.type, m->type);
	ck_assert_uint_eq(back.from, m->from);
	ck_assert_uint_eq(back.term, m->term);
	for (size_t n = 0; n < one.n; n++)
		ck_assert(
		    !message_decode(a, (struct slice){ one.p, n }, &back));
	buf_char(&one, 0);
	ck_assert(!message_decode(a, (struct slice){ one.p, one.n }, &back));
	buf_release(&one);
	buf_release(&two);
	arena_free(a);
}

START_TEST(each_type_comes_back)
{
	for (size_t i = 0; i < NMESSAGES; i++)
		same_again(&messages[i]);
}
END_TEST

START_TEST(entries_come_back)
{
	struct arena *a = arena_new();
	struct cluster_message back;
	struct buf out;

	buf_init(&out, 0);
	message_encode(&out, &messages[0]);
	ck_assert(message_decode(a, (struct slice){ out.p, out.n }, &back));
	ck_assert_uint_eq(back.append.n, 2);
	ck_assert_uint_eq(back.append.prev_index, 7);
	ck_assert_uint_eq(back.append.prev_term, 3);
	ck_assert_uint_eq(back.append.commit, 6);
	ck_assert_int_eq(back.append.entries[0].type, ENTRY_BARRIER);
	ck_assert_uint_eq(back.append.entries[1].term, 4);
	ck_assert(slice_is(back.append.entries[1].data, "abc"));
	buf_release(&out);
	arena_free(a);
}
END_TEST

/* The byte at a place of the first message, changed. */
static bool
decodes_with(size_t at, char byte)
{
	struct arena *a = arena_new();
	struct cluster_message back;
	struct buf out;
	bool ok;

	buf_init(&out, 0);
	message_encode(&out, &messages[0]);
	out.p[at] = byte;
	ok = message_decode(a, (struct slice){ out.p, out.n }, &back);
	buf_release(&out);
	arena_free(a);
	return ok;
}

START_TEST(the_unknown_is_refused)
{
	ck_assert(decodes_with(0, 2));
	ck_assert(!decodes_with(0, 1));		 /* a format */
	ck_assert(!decodes_with(1, 9));		 /* a type */
	ck_assert(!decodes_with(9, 0));		 /* nobody sent it */
	ck_assert(!decodes_with(50, (char)255)); /* so many entries */
	ck_assert(!decodes_with(62, 4));	 /* an entry's type */
}
END_TEST

START_TEST(configurations_are_read)
{
	static const char two[] = "\1\2\0\0\0\0\0\0\0"
				  "\5\0\0\0\0\0\0\0first\0\1"
				  "\6\0\0\0\0\0\0\0second\0\0";
	struct slice config = { two, sizeof(two) - 1 };
	enum cluster_role role;
	const char *address;
	uint64_t id;

	ck_assert(config_is_valid(config));
	ck_assert_int_eq(config_voters(config), 1);
	ck_assert_int_eq(config_role(config, 5), ROLE_VOTER);
	ck_assert_int_eq(config_role(config, 6), ROLE_STANDBY);
	ck_assert_int_eq(config_role(config, 7), ROLE_NONE);
	ck_assert(config_node(config, 1, &id, &address, &role));
	ck_assert_str_eq(address, "second");
	ck_assert(!config_node(config, 2, &id, &address, &role));
	for (size_t n = 0; n < config.n; n++)
		ck_assert(!config_is_valid((struct slice){ two, n }));
}
END_TEST

UNIT_MAIN("message", each_type_comes_back, entries_come_back,
    the_unknown_is_refused, configurations_are_read)
