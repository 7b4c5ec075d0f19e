/*
 * Two vaults whose stores have the same: one leads and writes, what it changes
 * is made again in the other's store; then the other leads.
 */
#include "core/state/role.h"

#include "store/capture.h"
#include "tests/support/test_instance.h"

static struct test_instance one, other;

static struct store *
store_of(struct test_instance *i)
{
	return i->in.vault.store;
}

/* Adds to the changes of passes that are to be made again. */
static bool
on_commit(void *arg)
{
	store_take_changes(store_of(&one), arg);
	return true;
}

static void
start(struct test_instance *i)
{
	test_instance_defaults(i);
	test_instance_start(i);
}

/* The other one gets the whole state, and follows. */
static void
start_both(struct buf *changes)
{
	struct buf image;

	start(&one);
	start(&other);
	buf_init(changes, 0);
	buf_init(&image, 0);
	ck_assert(store_capture(store_of(&one), on_commit, changes));
	ck_assert(store_capture(store_of(&other), NULL, NULL));
	ck_assert(store_write_image(store_of(&one), NULL, 0, &image));
	ck_assert(store_commit(store_of(&one)));
	vault_become_standby(&other.in.vault, "");
	ck_assert(store_read_image(
	    store_of(&other), (struct slice){ image.p, image.n }));
	ck_assert(store_commit(store_of(&other)));
	buf_release(&image);
}

static void
replicate(struct buf *changes)
{
	ck_assert_uint_gt(changes->n, 0);
	ck_assert(store_apply(
	    store_of(&other), (struct slice){ changes->p, changes->n }));
	ck_assert(store_commit(store_of(&other)));
	buf_clear(changes);
}

static void
stop_both(struct buf *changes)
{
	test_instance_stop(&one);
	test_instance_stop(&other);
	buf_release(changes);
}

START_TEST(the_next_leader_has_what_was_written)
{
	struct buf changes;

	start_both(&changes);
	test_request(
	    &one, 200, "PUT", "secret/data/a", "{\"data\":{\"b\":\"c\"}}");
	test_request(&one, 204, "POST", "sys/mounts/new", "{\"type\":\"kv\"}");
	test_request(&one, 204, "POST", "new/x", "{\"y\":\"z\"}");
	test_request(&one, 404, "GET", "secret/data/none", NULL);
	replicate(&changes);
	test_request(&other, 500, "GET", "secret/data/a", NULL);
	vault_become_active(&other.in.vault);
	test_request(&other, 200, "GET", "secret/data/a", NULL);
	ck_assert_str_eq(test_string(&other, "data.data.b"), "c");
	test_request(&other, 200, "GET", "new/x", NULL);
	ck_assert_str_eq(test_string(&other, "data.y"), "z");
	vault_become_standby(&other.in.vault, "http://one:8200");
	test_request(&other, 307, "GET", "secret/data/a", NULL);
	stop_both(&changes);
}
END_TEST

START_TEST(only_the_leader_ends_what_is_due)
{
	struct clock *c;
	struct buf changes;
	char token[200];

	start_both(&changes);
	test_request(
	    &one, 200, "POST", "auth/token/create", "{\"ttl\":\"1h\"}");
	snprintf(
	    token, sizeof(token), "%s", test_string(&one, "auth.client_token"));
	replicate(&changes);
	c = other.in.vault.clock;
	ck_assert_int_eq(clock_advance(c, 7200 * SECOND), 0);
	ck_assert(!store_has_pending_writes(store_of(&other)));
	vault_become_active(&other.in.vault);
	ck_assert_int_ge(clock_run_alarms(c), 1);
	ck_assert(store_has_pending_writes(store_of(&other)));
	ck_assert_int_eq(test_request_as(&other, token, "GET",
			     "auth/token/lookup-self", NULL),
	    403);
	stop_both(&changes);
}
END_TEST

UNIT_MAIN("role", the_next_leader_has_what_was_written,
    only_the_leader_ends_what_is_due)
