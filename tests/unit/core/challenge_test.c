/*
 * Two vaults: one leads, the other has nothing and joins with the leader's
 * unseal keys.
 */
#include "core/seal/challenge.h"

#include "core/state/cluster_welcome.h"
#include "tests/support/test_instance.h"

static struct test_instance leader, node;

/* Sealed under 2 of 3 shares; and one that was never initialised. */
static void
start_both(struct share shares[3])
{
	char root[64];
	struct error e = { 0 };
	struct vault *v;

	test_instance_defaults(&leader);
	leader.options.dev_skip_init = true;
	test_instance_start(&leader);
	test_instance_defaults(&node);
	node.options.dev_skip_init = true;
	test_instance_start(&node);
	v = &leader.in.vault;
	ck_assert(seal_init(v, (struct seal_config){ 3, 2 }, shares, root, &e));
	for (int i = 0; i < 2; i++)
		ck_assert(seal_unseal(v, shares[i].bytes, shares[i].size, &e));
	ck_assert(!seal_is_sealed(v));
}

static void
stop_both(void)
{
	test_instance_stop(&leader);
	test_instance_stop(&node);
}

START_TEST(the_keys_open_it)
{
	struct share shares[3];
	uint8_t secret[CHALLENGE_SECRET_SIZE];
	struct vault *v, *joins;
	struct error e = { 0 };
	struct buf text, again, plain;

	start_both(shares);
	v = &leader.in.vault;
	joins = &node.in.vault;
	buf_init(&text, 0);
	buf_init(&again, 0);
	buf_init(&plain, 0);
	ck_assert(challenge_make(v, "n2", &text, &e));
	ck_assert(!challenge_adopt(joins, "AAAA", seal_get_config(v)));
	ck_assert(
	    !challenge_adopt(joins, text.p, (struct seal_config){ 1, 2 }));
	ck_assert(!seal_is_initialized(joins));
	ck_assert(challenge_adopt(joins, text.p, seal_get_config(v)));
	ck_assert(seal_is_initialized(joins) && seal_is_sealed(joins));
	ck_assert(!challenge_open(joins, text.p, secret));
	ck_assert(seal_unseal(joins, shares[2].bytes, shares[2].size, &e));
	ck_assert(seal_unseal(joins, shares[0].bytes, shares[0].size, &e));
	ck_assert(challenge_open(joins, text.p, secret));
	/* Asked again it is another text with the same secret. */
	ck_assert(challenge_make(v, "n2", &again, &e));
	ck_assert_str_ne(text.p, again.p);
	ck_assert(challenge_check(
	    v, "n2", (struct slice){ (char *)secret, sizeof(secret) }, &e));
	ck_assert(!challenge_check(
	    v, "n2", (struct slice){ (char *)secret, sizeof(secret) }, &e));
	ck_assert_str_eq(
	    e.text, "no expected answer for the server id provided");
	/* What the one encrypts, the other opens. */
	buf_clear(&text);
	ck_assert(seal_encrypt(v, SLICE("certificate"), &text));
	ck_assert(
	    seal_decrypt(joins, (struct slice){ text.p, text.n }, &plain));
	ck_assert_str_eq(plain.p, "certificate");
	text.p[14] = (char)(text.p[14] + 1);
	ck_assert(
	    !seal_decrypt(joins, (struct slice){ text.p, text.n }, &plain));
	ck_assert(!seal_decrypt(joins, SLICE("short"), &plain));
	buf_release(&text);
	buf_release(&again);
	buf_release(&plain);
	stop_both();
}
END_TEST

START_TEST(a_wrong_answer_spends_it)
{
	struct share shares[3];
	struct vault *v;
	struct error e = { 0 };
	struct buf text;
	char name[20];

	start_both(shares);
	v = &leader.in.vault;
	buf_init(&text, 0);
	ck_assert(challenge_make(v, "n2", &text, &e));
	ck_assert(!challenge_check(v, "n2", SLICE("wrong"), &e));
	ck_assert_str_eq(e.text, "invalid answer given");
	/* The oldest makes room. */
	for (int i = 0; i <= CHALLENGES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert(challenge_make(v, name, &text, &e));
	}
	e = (struct error){ 0 };
	ck_assert(!challenge_check(v, "n0", SLICE("wrong"), &e));
	ck_assert_str_eq(
	    e.text, "no expected answer for the server id provided");
	e = (struct error){ 0 };
	ck_assert(!challenge_check(v, "n1", SLICE("wrong"), &e));
	ck_assert_str_eq(e.text, "invalid answer given");
	buf_release(&text);
	stop_both();
}
END_TEST

START_TEST(what_nodes_have_in_common)
{
	struct share shares[3];
	struct cluster_identity one, again;
	char schema[CLUSTER_SCHEMA_SIZE], other[CLUSTER_SCHEMA_SIZE];
	struct arena *a = arena_new();

	start_both(shares);
	ck_assert(cluster_identity_get(&leader.in.vault, a, &one));
	ck_assert(cluster_identity_get(&leader.in.vault, a, &again));
	ck_assert_str_eq(one.certificate, again.certificate);
	ck_assert_str_eq(one.key, again.key);
	ck_assert(cluster_identity_get(&node.in.vault, a, &again));
	ck_assert_str_ne(one.certificate, again.certificate);
	cluster_schema(&leader.in.vault, schema);
	cluster_schema(&node.in.vault, other);
	ck_assert_uint_eq(strlen(schema), CLUSTER_SCHEMA_SIZE - 1);
	ck_assert_str_eq(schema, other);
	arena_free(a);
	stop_both();
}
END_TEST

/* As the node is after the challenge: unsealed by the leader's keys. */
static void
adopt_and_unseal(const struct share shares[3])
{
	struct vault *v = &leader.in.vault, *joins = &node.in.vault;
	struct error e = { 0 };
	struct buf text;

	buf_init(&text, 0);
	ck_assert(challenge_make(v, "n2", &text, &e));
	ck_assert(challenge_adopt(joins, text.p, seal_get_config(v)));
	for (int i = 0; i < 2; i++)
		ck_assert(
		    seal_unseal(joins, shares[i].bytes, shares[i].size, &e));
	buf_release(&text);
}

START_TEST(the_leader_s_welcome)
{
	struct cluster_welcome says = { 2, 1, "127.0.0.1:8201", { 0 } }, hears;
	struct share shares[3];
	struct cluster_identity identity;
	struct arena *a = arena_new();
	struct error e = { 0 };
	struct buf json;

	start_both(shares);
	buf_init(&json, 0);
	ck_assert(cluster_welcome_write(&leader.in.vault, &says, &json, &e));
	ck_assert(cluster_identity_get(&leader.in.vault, a, &identity));
	/* Who has not the keys cannot read the certificate. */
	ck_assert_ptr_null(strstr(json.p, "PRIVATE"));
	ck_assert(!cluster_welcome_read(
	    &node.in.vault, a, (struct slice){ json.p, json.n }, &hears, &e));
	ck_assert_str_eq(
	    e.text, "the leader's certificate is under another key");
	adopt_and_unseal(shares);
	e = (struct error){ 0 };
	ck_assert_msg(cluster_welcome_read(&node.in.vault, a,
			  (struct slice){ json.p, json.n }, &hears, &e),
	    "%s", e.text);
	ck_assert_uint_eq(hears.number, 2);
	ck_assert_uint_eq(hears.leader, 1);
	ck_assert_str_eq(hears.leader_address, "127.0.0.1:8201");
	ck_assert_str_eq(hears.identity.certificate, identity.certificate);
	ck_assert_str_eq(hears.identity.key, identity.key);
	/* Another version's tables, and what is no answer. */
	memcpy(strstr(json.p, "\"schema\":\"") + 10, "000000", 6);
	ck_assert(!cluster_welcome_read(
	    &node.in.vault, a, (struct slice){ json.p, json.n }, &hears, &e));
	ck_assert_str_eq(e.text,
	    "the leader's state has other tables: all nodes of a cluster are "
	    "of one version of mockvault");
	ck_assert(
	    !cluster_welcome_read(&node.in.vault, a, SLICE("{"), &hears, &e));
	buf_release(&json);
	arena_free(a);
	stop_both();
}
END_TEST

UNIT_MAIN("challenge", the_keys_open_it, a_wrong_answer_spends_it,
    the_leader_s_welcome, what_nodes_have_in_common)
