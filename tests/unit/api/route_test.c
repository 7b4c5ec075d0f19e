/*
 * Patterns of rows: what each kind of capture takes, and which row wins.
 */
#include "api/api_internal.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/route.h"
#include "support/unit.h"

static struct request *
fresh(void)
{
	struct request *req = calloc(1, sizeof(*req));

	req->arena = arena_new();
	return req;
}

static void
drop(struct request *req)
{
	arena_free(req->arena);
	free(req);
}

static bool
fits(const char *pattern, const char *path)
{
	struct request *req = fresh();
	bool ok = route_match(req, pattern, path);

	drop(req);
	return ok;
}

START_TEST(literals_and_optional_slash)
{
	ck_assert(fits("config", "config"));
	ck_assert(!fits("config", "config/"));
	ck_assert(!fits("config", "conf"));
	ck_assert(fits("roles/?", "roles"));
	ck_assert(fits("roles/?", "roles/"));
	ck_assert(!fits("roles/?", "roles/x"));
	ck_assert(fits("", ""));
}
END_TEST

START_TEST(names_follow_generic_name_regex)
{
	ck_assert(fits("role/{name}", "role/a"));
	ck_assert(fits("role/{name}", "role/web-app.v2_x"));
	ck_assert(!fits("role/{name}", "role/-a"));
	ck_assert(!fits("role/{name}", "role/a."));
	ck_assert(!fits("role/{name}", "role/a b"));
	ck_assert(!fits("role/{name}", "role/a/b"));
	ck_assert(!fits("role/{name}", "role/"));
	ck_assert(fits("role/{name}/role-id", "role/x/role-id"));
}
END_TEST

START_TEST(rests_leaves_and_segments)
{
	ck_assert(fits("data/{path:leaf}", "data/a/b"));
	ck_assert(!fits("data/{path:leaf}", "data/a/"));
	ck_assert(!fits("data/{path:leaf}", "data/"));
	ck_assert(fits("metadata/{path:rest}", "metadata/"));
	ck_assert(!fits("x/{path:more}", "x/"));
	ck_assert(fits("x/{s:seg}/y", "x/a b/y"));
	ck_assert(!fits("x/{s:seg}/y", "x//y"));
	ck_assert(fits("mounts/{path:more}/tune", "mounts/a/b/tune"));
}
END_TEST

START_TEST(captures_are_kept)
{
	struct request *req = fresh();

	ck_assert(
	    route_match(req, "mounts/{path:more}/tune", "mounts/a/tune/tune"));
	ck_assert_int_eq(req->ncaptures, 1);
	ck_assert_str_eq(param_capture(req, "path"), "a/tune");
	ck_assert_str_eq(param_capture(req, "nothing"), "");
	drop(req);
}
END_TEST

START_TEST(first_pattern_decides)
{
	static const struct route table[] = {
		{ OP_READ, "config", 0, NULL, NULL, NULL, "one" },
		{ OP_WRITE, "config", 0, NULL, NULL, NULL, "two" },
		{ OP_DELETE, "{rest:rest}", 0, NULL, NULL, NULL, "all" },
		ROUTE_END,
	};
	struct request *req = fresh();
	const struct route *known = NULL, *row;

	req->op = OP_WRITE;
	row = route_find(req, table, "config", &known);
	ck_assert_str_eq(row->help, "two");
	known = NULL;
	req->op = OP_DELETE;
	ck_assert_ptr_null(route_find(req, table, "config", &known));
	ck_assert_str_eq(known->help, "one");
	known = NULL;
	row = route_find(req, table, "else", &known);
	ck_assert_str_eq(row->help, "all");
	drop(req);
}
END_TEST

START_TEST(tables_are_passed_over_by_their_flags)
{
	static const struct route bare[] = {
		{ OP_READ, "config", R_DEDICATED | R_IF_PPROF, NULL, NULL, NULL,
		    "bare" },
		ROUTE_END,
	};
	static const struct route usual[] = {
		{ OP_READ, "config", 0, NULL, NULL, NULL, "usual" },
		ROUTE_END,
	};
	static const struct route *const tables[] = { bare, usual, NULL };
	struct request *req = fresh();
	const struct route *known, *row;

	req->op = OP_READ;
	row = route_find_in(req, tables, 0, 0, "config", &known);
	ck_assert_str_eq(row->help, "bare");
	row = route_find_in(req, tables, 0, R_DEDICATED, "config", &known);
	ck_assert_str_eq(row->help, "usual");
	row = route_find_in(
	    req, tables, R_DEDICATED, R_IF_PPROF, "config", &known);
	ck_assert_ptr_null(row);
	ck_assert_ptr_null(known);
	req->op = OP_DELETE;
	row = route_find_in(req, tables, 0, 0, "config", &known);
	ck_assert_ptr_null(row);
	ck_assert_str_eq(known->help, "bare");
	drop(req);
}
END_TEST

/* A phase that neither ends nor waits would run into what lies behind the table
 * of phases. */
START_TEST(a_handler_returns_a_result)
{
	int status = 0;
	pid_t child;

	ck_assert_int_eq(phase_end(HANDLED), STOP);
	ck_assert_int_eq(phase_end(PENDING), WAIT);
	child = fork();
	if (child == 0) {
		close(STDERR_FILENO);
		_exit(phase_end((enum handler_result)0) == NEXT);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

UNIT_MAIN("route", literals_and_optional_slash, names_follow_generic_name_regex,
    rests_leaves_and_segments, captures_are_kept, first_pattern_decides,
    tables_are_passed_over_by_their_flags, a_handler_returns_a_result)
