/*
 * The library: options by name, TLS, faults on the vault's clock, the control
 * API in one call, several threads.
 */
#include "mockvault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/unit.h"

#define SECOND INT64_C(1000000000)

static char why[1024];

static struct mockvault *
embed_test_start(const struct mv_options *options)
{
	struct mockvault *mv = mv_new(options, why, sizeof(why));

	ck_assert_msg(mv != NULL, "%s", why);
	return mv;
}

static int
embed_test_read(struct mockvault *mv)
{
	return mv_request(mv, "GET", "sys/mounts", "root", NULL, NULL);
}

START_TEST(test_no_options)
{
	struct mockvault *mv = embed_test_start(NULL);

	ck_assert_int_eq(strncmp(mv_address(mv), "http://127.0.0.1:", 17), 0);
	ck_assert_str_ne(mv_root_token(mv), "");
	ck_assert_str_eq(mv_ca_file(mv), "");
	mv_free(mv);
}
END_TEST

START_TEST(test_tls)
{
	struct mockvault *mv = embed_test_start(
	    &(struct mv_options){ .tls = 1 });

	ck_assert_int_eq(strncmp(mv_address(mv), "https://", 8), 0);
	ck_assert_int_eq(access(mv_ca_file(mv), R_OK), 0);
	mv_free(mv);
}
END_TEST

START_TEST(test_option_by_name)
{
	struct mv_options o = { .listen = "none", .root_token = "root" };
	struct mockvault *mv;
	const char *answer;

	ck_assert_int_eq(mv_set(&o, "ttl-scale", "100"), 1);
	ck_assert_int_eq(mv_set(&o, "dev-no-kv", NULL), 1);
	ck_assert_int_eq(mv_set(&o, "fault", "sealed"), 1);
	mv = embed_test_start(&o);
	ck_assert_int_eq(embed_test_read(mv), 503);
	ck_assert_int_eq(mv_outage_end(mv, NULL, why, sizeof(why)), 1);
	mv_request(mv, "GET", "sys/mounts", "root", NULL, &answer);
	ck_assert_ptr_null(strstr(answer, "\"secret/\""));
	mv_request(mv, "POST", "auth/token/create", "root",
	    "{\"ttl\":\"100h\"}", &answer);
	ck_assert_ptr_nonnull(strstr(answer, "\"lease_duration\":3600,"));
	mv_free(mv);
}
END_TEST

static void
embed_test_refused(const char *name, const char *value, const char *wanted)
{
	struct mv_options o = { .listen = "none" };

	mv_set(&o, name, value);
	ck_assert_ptr_null(mv_new(&o, why, sizeof(why)));
	ck_assert_str_eq(why, wanted);
	ck_assert_ptr_null(mv_new(&o, NULL, 0));
}

START_TEST(test_option_refused)
{
	struct mv_options full = { .nsettings = MV_SETTINGS_MAX };

	embed_test_refused(
	    "no-such", "1", "flag provided but not defined: -no-such");
	embed_test_refused(
	    "seed=1", NULL, "flag provided but not defined: -seed=1");
	embed_test_refused("seed", NULL, "flag needs an argument: -seed");
	embed_test_refused("dev-no-kv", "maybe",
	    "invalid value \"maybe\" for flag -dev-no-kv: parse error");
	embed_test_refused("fault-clock", "both",
	    "invalid value for flag -fault-clock: both is neither real nor "
	    "virtual");
	ck_assert_int_eq(mv_set(&full, "seed", "1"), 0);
}
END_TEST

START_TEST(test_delay_moves_a_frozen_clock)
{
	struct mockvault *mv = embed_test_start(&(struct mv_options){
	    .listen = "none", .root_token = "root", .faults_follow_clock = 1 });
	int64_t begin;

	mv_freeze(mv);
	begin = mv_now(mv);
	ck_assert_int_eq(mv_control(mv, "PUT", "faults/slow",
			     "{\"match\":{\"path\":\"sys/mounts\"},"
			     "\"then\":[{\"delay\":\"3600s\"}]}",
			     NULL) /
		100,
	    2);
	ck_assert_int_eq(embed_test_read(mv), 200);
	ck_assert_int_eq(mv_now(mv) - begin, 3600 * SECOND);
	mv_free(mv);
}
END_TEST

START_TEST(test_commands)
{
	struct mockvault *mv = embed_test_start(
	    &(struct mv_options){ .listen = "none", .root_token = "root" });

	ck_assert_int_eq(mv_outage(mv, "no/such", NULL, why, sizeof(why)), 0);
	ck_assert_msg(strstr(why, "no/such") != NULL, "%s", why);
	ck_assert_int_eq(
	    mv_outage(mv, "sealed", "{\"for\":\"30s\"}", NULL, 0), 1);
	ck_assert_int_eq(embed_test_read(mv), 503);
	ck_assert_int_eq(mv_outage_end(mv, "sealed", NULL, 0), 1);
	ck_assert_int_eq(
	    mv_verify(mv, "{\"status\":503,\"times\":1}", why, sizeof(why)), 1);
	ck_assert_int_eq(
	    mv_verify(mv, "{\"status\":503,\"times\":2}", why, sizeof(why)), 0);
	ck_assert_msg(strncmp(why, "expected 2 requests", 19) == 0 ||
		strstr(why, "found 1") != NULL,
	    "%s", why);
	ck_assert_int_eq(mv_snapshot(mv, "a b", why, sizeof(why)), 1);
	mv_request(mv, "DELETE", "sys/mounts/secret", "root", NULL, NULL);
	ck_assert_int_eq(mv_restore(mv, "a b", why, sizeof(why)), 1);
	ck_assert_int_eq(mv_request(mv, "POST", "secret/data/x", "root",
			     "{\"data\":{}}", NULL),
	    200);
	ck_assert_int_eq(mv_restore(mv, "never", why, sizeof(why)), 0);
	ck_assert_ptr_nonnull(strstr(why, "never"));
	ck_assert_int_eq(mv_reset(mv, why, sizeof(why)), 1);
	ck_assert_int_eq(
	    mv_request(mv, "GET", "secret/data/x", "root", NULL, NULL), 404);
	mv_free(mv);
}
END_TEST

/* ---- threads ---- */

static void *
embed_test_run(void *arg)
{
	mv_run(arg);
	return NULL;
}

static atomic_int embed_test_good;

static void *
embed_test_ask_often(void *arg)
{
	const char *answer;

	for (int i = 0; i < 100; i++)
		if (mv_request(arg, "GET", "sys/mounts", "root", NULL,
			&answer) == 200 &&
		    strstr(answer, "cubbyhole/"))
			embed_test_good++;
	return NULL;
}

static void
embed_test_threads(bool serves)
{
	struct mockvault *mv = embed_test_start(
	    &(struct mv_options){ .listen = "none", .root_token = "root" });
	pthread_t server, asking[4];

	embed_test_good = 0;
	if (serves)
		ck_assert_int_eq(
		    pthread_create(&server, NULL, embed_test_run, mv), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
		    pthread_create(&asking[i], NULL, embed_test_ask_often, mv),
		    0);
	for (int i = 0; i < 4; i++)
		pthread_join(asking[i], NULL);
	if (serves) {
		mv_stop(mv);
		pthread_join(server, NULL);
	}
	ck_assert_int_eq(embed_test_good, 400);
	mv_free(mv);
}

START_TEST(test_threads_by_themselves)
{
	embed_test_threads(false);
}
END_TEST

START_TEST(test_threads_beside_a_server)
{
	embed_test_threads(true);
}
END_TEST

static void *
embed_test_ask_once(void *arg)
{
	embed_test_good = embed_test_read(arg);
	return NULL;
}

/* Who is held up holds up nobody: the other thread ends the rule. */
static void
embed_test_end_stall(bool serves)
{
	struct mockvault *mv = embed_test_start(
	    &(struct mv_options){ .listen = "none", .root_token = "root" });
	pthread_t server, asking;
	const char *answer;

	ck_assert_int_eq(mv_control(mv, "PUT", "faults/stall",
			     "{\"match\":{\"path\":\"sys/mounts\"},"
			     "\"then\":[{\"stall\":{}}]}",
			     &answer) /
		100,
	    2);
	embed_test_good = 0;
	if (serves)
		ck_assert_int_eq(
		    pthread_create(&server, NULL, embed_test_run, mv), 0);
	ck_assert_int_eq(
	    pthread_create(&asking, NULL, embed_test_ask_once, mv), 0);
	do
		mv_control(mv, "GET", "faults/stall", NULL, &answer);
	while (!strstr(answer, "\"matched\":1"));
	ck_assert_int_eq(
	    mv_control(mv, "DELETE", "faults/stall", NULL, NULL) / 100, 2);
	pthread_join(asking, NULL);
	ck_assert_int_eq(embed_test_good, 200);
	if (serves) {
		mv_stop(mv);
		pthread_join(server, NULL);
	}
	mv_free(mv);
}

START_TEST(test_stall_ended_by_itself)
{
	embed_test_end_stall(false);
}
END_TEST

START_TEST(test_stall_ended_beside_a_server)
{
	embed_test_end_stall(true);
}
END_TEST

UNIT_MAIN("embed", test_no_options, test_tls, test_option_by_name,
    test_option_refused, test_delay_moves_a_frozen_clock, test_commands,
    test_threads_by_themselves, test_threads_beside_a_server,
    test_stall_ended_by_itself, test_stall_ended_beside_a_server)
