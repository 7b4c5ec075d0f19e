/*
 * A disk that fails at any of its calls: what was acknowledged is there after a
 * new start, what was refused is not, and writing works again afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mockvault.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/unit.h"

static char path[64];

static void
remove_database(void)
{
	char name[80];

	unlink(path);
	snprintf(name, sizeof(name), "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s-journal", path);
	unlink(name);
}

static struct mockvault *
start(void)
{
	struct mv_options options = {
		.root_token = "root", .listen = "none", .db = path, .seed = "5"
	};
	char why[300];
	struct mockvault *mv = mv_new(&options, why, sizeof(why));

	ck_assert_msg(mv != NULL, "%s", why);
	return mv;
}

/* Each write with the read that shows it: 200 after, 404 or 400 without. */
static const struct {
	const char *method, *path, *body, *seen;
	bool needed; /* those below need it, so it is made before the fault */
} steps[] = {
	{ "POST", "sys/auth/approle", "{\"type\":\"approle\"}", NULL, true },
	{ "POST", "auth/approle/role/r",
	    "{\"bind_secret_id\":false,\"token_bound_cidrs\":\"127.0.0.1/32\","
	    "\"secret_id_bound_cidrs\":\"127.0.0.1/32\"}",
	    NULL, true },
	{ "POST", "auth/approle/role/r/role-id", "{\"role_id\":\"rid\"}", NULL,
	    true },
	{ "POST", "secret/data/a", "{\"data\":{\"a\":\"1\"}}", "secret/data/a",
	    false },
	{ "POST", "auth/token/create", "{\"id\":\"child\",\"ttl\":\"1h\"}",
	    "auth/token/lookup/child", false },
	{ "POST", "sys/policies/acl/p",
	    "{\"policy\":\"path \\\"a\\\" { capabilities = [\\\"read\\\"] }\"}",
	    "sys/policies/acl/p", false },
	{ "POST", "sys/mounts/kv1", "{\"type\":\"kv\"}", "sys/mounts/kv1",
	    false },
	{ "POST", "auth/approle/login", "{\"role_id\":\"rid\"}", "login",
	    false },
	{ "POST", "secret/data/b", "{\"data\":{\"b\":\"2\"}}", "secret/data/b",
	    false },
	{ "POST", "sys/auth/userpass", "{\"type\":\"userpass\"}",
	    "sys/auth/userpass", false },
	{ "POST", "sys/wrapping/wrap", "{\"x\":\"y\"}", NULL, false },
	{ "POST", "transit-none", NULL, NULL, false },
};

#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

static char login_token[200];

static int
ask(struct mockvault *mv, const char *method, const char *at, const char *body,
    const char **answer)
{
	return mv_request(mv, method, at, "root", body, answer);
}

static int
take_step(struct mockvault *mv, size_t i)
{
	const char *answer, *token;
	int status = ask(
	    mv, steps[i].method, steps[i].path, steps[i].body, &answer);

	if (status == 200 && steps[i].seen &&
	    strcmp(steps[i].seen, "login") == 0) {
		token = strstr(answer, "\"client_token\":\"");
		ck_assert_ptr_nonnull(token);
		sscanf(token + 16, "%199[^\"]", login_token);
	}
	if (status == 500)
		ck_assert_msg(strstr(answer, "no space left on device") ||
			strstr(answer, "input/output error"),
		    "%s", answer);
	return status;
}

static void
check_step(struct mockvault *mv, size_t i, bool acknowledged, long nth)
{
	const char *answer = "";
	int status;

	if (!steps[i].seen)
		return;
	if (strcmp(steps[i].seen, "login") == 0) {
		if (!acknowledged)
			return;
		status = mv_request(mv, "GET", "auth/token/lookup-self",
		    login_token, NULL, &answer);
	} else if (strcmp(steps[i].seen, "auth/token/lookup/child") == 0) {
		status = mv_request(mv, "GET", "auth/token/lookup-self",
		    "child", NULL, &answer);
	} else {
		status = ask(mv, "GET", steps[i].seen, NULL, &answer);
	}
	ck_assert_msg((status == 200) == acknowledged,
	    "call %ld: %s was %s, then reads %d %s", nth, steps[i].path,
	    acknowledged ? "acknowledged" : "refused", status, answer);
}

/* Plays the steps with the calls from nth on failing, count of them. False: no
 * call was left to fail. */
static bool
play(long nth, long count, int code)
{
	struct mockvault *mv;
	bool acknowledged[NSTEPS];
	bool any;

	remove_database();
	mv = start();
	for (size_t i = 0; i < NSTEPS && steps[i].needed; i++)
		ck_assert_int_lt(take_step(mv, i), 300);
	fault_vfs_fail(nth, count, code);
	for (size_t i = 0; i < NSTEPS; i++)
		acknowledged[i] = steps[i].needed || take_step(mv, i) < 300;
	any = fault_vfs.failed > 0;
	fault_vfs_work();
	mv_step(mv, 0);
	for (size_t i = 0; i < NSTEPS; i++)
		check_step(mv, i, acknowledged[i], nth);
	ck_assert_int_eq(ask(mv, "POST", "secret/data/after",
			     "{\"data\":{\"a\":\"1\"}}", NULL),
	    200);
	mv_free(mv);
	mv = start();
	for (size_t i = 0; i < NSTEPS; i++)
		check_step(mv, i, acknowledged[i], nth);
	ck_assert_int_eq(ask(mv, "GET", "secret/data/after", NULL, NULL), 200);
	mv_free(mv);
	return any;
}

static void
play_all(long count, int code)
{
	long nth = 1;

	while (play(nth, count, code))
		nth++;
	ck_assert_int_gt(nth, 20); /* the flow does write */
}

START_TEST(one_call_fails_as_full)
{
	play_all(1, SQLITE_FULL);
}
END_TEST

START_TEST(one_call_fails_as_broken)
{
	play_all(1, SQLITE_IOERR_WRITE);
}
END_TEST

START_TEST(the_disk_stays_full)
{
	play_all(1000000, SQLITE_FULL);
}
END_TEST

/* A start that meets a failing disk says so, or comes up whole. */
static void
start_all(long count, int code)
{
	struct mv_options options = {
		.root_token = "root", .listen = "none", .db = path, .seed = "5"
	};
	char why[300];
	bool any = true;
	long nth;

	for (nth = 1; any; nth++) {
		struct mockvault *mv;

		if (nth % 2) /* a new file, or that of the round before */
			remove_database();
		fault_vfs_fail(nth, count, code);
		*why = '\0';
		mv = mv_new(&options, why, sizeof(why));
		any = fault_vfs.failed > 0;
		fault_vfs_work();
		ck_assert_msg(mv || *why, "call %ld: no reason", nth);
		if (mv)
			ck_assert_int_eq(ask(mv, "POST", "secret/data/a",
					     "{\"data\":{\"a\":\"1\"}}", NULL),
			    200);
		mv_free(mv);
		mv = start();
		mv_free(mv);
	}
	ck_assert_int_gt(nth, 20); /* a start does write */
}

START_TEST(a_start_on_a_failing_disk)
{
	start_all(1, SQLITE_IOERR_WRITE);
	start_all(1000000, SQLITE_FULL);
}
END_TEST

static void
open_folder(void)
{
	snprintf(path, sizeof(path), "/tmp/mockvault-fault-%d", (int)getpid());
	setenv("HOME", "/nonexistent", 1);
	fault_vfs_install();
}

int
main(void)
{
	Suite *suite = suite_create("storage_fault");
	TCase *all = tcase_create("storage_fault");
	SRunner *run;
	int failed;

	open_folder();
	tcase_add_test(all, one_call_fails_as_full);
	tcase_add_test(all, one_call_fails_as_broken);
	tcase_add_test(all, the_disk_stays_full);
	tcase_add_test(all, a_start_on_a_failing_disk);
	tcase_set_timeout(all, 120);
	suite_add_tcase(suite, all);
	run = srunner_create(suite);
	srunner_run_all(run, CK_NORMAL);
	failed = srunner_ntests_failed(run);
	srunner_free(run);
	remove_database();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
