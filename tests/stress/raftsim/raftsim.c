/*
 * raftsim: a cluster under a simulation, seed after seed.
 *
 *	raftsim [OPTION...] FIRST [LAST]
 *	--chaos MS	a fault each so many at most (400)
 *	--membership	nodes come and go
 *	--sqlite	disks in SQLite, with changesets for commands
 *	--off N,N...	without these rules of the guard; all: the bare library
 *	--must-fail	one of the seeds must fail
 *	--count		each seed by itself; how many fail, and how
 *	--verbose	what happens
 *	--suite		the runs of the test suite; --long: the long ones
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/stress/raftsim/sim.h"

struct run {
	const char *name; /* of the suite's */
	uint64_t first, last;
	struct sim_options options;
	bool must_fail, count;
};

static volatile sig_atomic_t current_seed;

static void
raftsim_on_abort(int signal_number)
{
	char text[64];
	int n = snprintf(
	    text, sizeof(text), "seed %d: aborted\n", (int)current_seed);

	(void)signal_number;
	if (write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(2);
	_exit(1);
}

static bool
raftsim_seed(const struct run *r, uint64_t seed, struct sim_counts *counts)
{
	char failure[300];

	current_seed = (sig_atomic_t)seed;
	if (sim_run(&r->options, seed, counts, failure, sizeof(failure)))
		return true;
	printf("seed %llu: %s\n", (unsigned long long)seed, failure);
	fflush(stdout);
	return false;
}

static void
raftsim_print(const struct sim_counts *c)
{
	printf("%llu crashes, %llu partitions, %llu transfers, %llu changes, "
	       "%llu messages, %llu writes of which %llu were acknowledged, "
	       "%llu states compared\n",
	    (unsigned long long)c->crashes, (unsigned long long)c->partitions,
	    (unsigned long long)c->transfers, (unsigned long long)c->changes,
	    (unsigned long long)c->messages, (unsigned long long)c->writes,
	    (unsigned long long)c->acked, (unsigned long long)c->compared);
}

/* Until the first seed that fails. */
static bool
raftsim_all(const struct run *r)
{
	struct sim_counts counts = { 0 };

	for (uint64_t seed = r->first; seed <= r->last; seed++)
		if (!raftsim_seed(r, seed, &counts))
			return false;
	raftsim_print(&counts);
	return true;
}

/* In a process of its own, since a library without its guard may crash: true
 * when every seed was right. */
static bool
raftsim_apart(const struct run *r)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child < 0)
		exit(2);
	if (child == 0) {
		bool ok = raftsim_all(r);

		fflush(stdout);
		_exit(ok ? 0 : 1);
	}
	if (waitpid(child, &status, 0) < 0)
		exit(2);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
raftsim_count(const struct run *r)
{
	unsigned bad = 0;

	for (uint64_t seed = r->first; seed <= r->last; seed++) {
		struct sim_counts counts = { 0 };
		pid_t child;
		int status;

		fflush(stdout);
		child = fork();
		if (child == 0)
			_exit(raftsim_seed(r, seed, &counts) ? 0 : 1);
		if (child < 0 || waitpid(child, &status, 0) < 0)
			exit(2);
		if (!WIFEXITED(status))
			printf("seed %llu: signal %d\n",
			    (unsigned long long)seed, WTERMSIG(status));
		bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	printf("%u of %llu seeds bad\n", bad,
	    (unsigned long long)(r->last - r->first + 1));
	return bad == 0;
}

static bool
raftsim_run(const struct run *r)
{
	if (r->count)
		return raftsim_count(r);
	return raftsim_apart(r) != r->must_fail;
}

static const struct run suite[] = {
	{ "no changes", 1, 200,
	    { .chaos_ms = 400, .disk_new = memory_disk_new } },
	{ "changes", 1, 200,
	    { .chaos_ms = 400,
		.membership = true,
		.disk_new = memory_disk_new } },
	{ "databases, no changes", 1, 25,
	    { .chaos_ms = 400, .disk_new = sqlite_disk_new } },
	{ "databases, changes", 1, 25,
	    { .chaos_ms = 800,
		.membership = true,
		.disk_new = sqlite_disk_new } },
	{ "the bare library fails", 71, 500,
	    { .chaos_ms = 400,
		.rules_off = UINT32_MAX,
		.disk_new = memory_disk_new },
	    .must_fail = true },
	{ "without rules 3, 4 and 5 it fails", 71, 500,
	    { .chaos_ms = 400,
		.rules_off = GUARD_RULE(3) | GUARD_RULE(4) | GUARD_RULE(5),
		.disk_new = memory_disk_new },
	    .must_fail = true },
	{ "without rule 7 it fails", 1, 500,
	    { .chaos_ms = 800,
		.membership = true,
		.rules_off = GUARD_RULE(7),
		.disk_new = memory_disk_new },
	    .must_fail = true },
	{ "without rule 9 it fails", 71, 500,
	    { .chaos_ms = 400,
		.membership = true,
		.rules_off = GUARD_RULE(9),
		.disk_new = memory_disk_new },
	    .must_fail = true },
	{ "without rule 10 it fails", 1, 500,
	    { .chaos_ms = 400,
		.membership = true,
		.rules_off = GUARD_RULE(10),
		.disk_new = memory_disk_new },
	    .must_fail = true },
};

static const struct run long_suite[] = {
	{ "no changes", 1, 2000,
	    { .chaos_ms = 400, .disk_new = memory_disk_new } },
	{ "no changes, faults further apart", 1, 1000,
	    { .chaos_ms = 1500, .disk_new = memory_disk_new } },
	{ "changes", 1, 1000,
	    { .chaos_ms = 400,
		.membership = true,
		.disk_new = memory_disk_new } },
	{ "changes, faults further apart", 1, 1000,
	    { .chaos_ms = 800,
		.membership = true,
		.disk_new = memory_disk_new } },
	{ "databases, no changes", 1, 300,
	    { .chaos_ms = 400, .disk_new = sqlite_disk_new } },
	{ "databases, changes", 1, 300,
	    { .chaos_ms = 800,
		.membership = true,
		.disk_new = sqlite_disk_new } },
};

static int
raftsim_suite(const struct run *runs, size_t n)
{
	int passed = 0, failed = 0;

	for (size_t i = 0; i < n; i++) {
		bool ok = raftsim_run(&runs[i]);

		printf("%s %s\n", ok ? "ok" : "FAIL", runs[i].name);
		passed += ok;
		failed += !ok;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}

static uint32_t
raftsim_rules(const char *text)
{
	uint32_t rules = 0;
	char *end;

	if (strcmp(text, "all") == 0)
		return UINT32_MAX;
	for (; *text; text = *end ? end + 1 : end)
		rules |= GUARD_RULE(strtoul(text, &end, 10) & 31);
	return rules;
}

int
main(int argc, char **argv)
{
	struct run r = { .first = 1,
		.last = 0,
		.options = { .chaos_ms = 400, .disk_new = memory_disk_new } };

	signal(SIGABRT, raftsim_on_abort);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--suite") == 0)
			return raftsim_suite(
			    suite, sizeof(suite) / sizeof(suite[0]));
		else if (strcmp(argv[i], "--long") == 0)
			return raftsim_suite(long_suite,
			    sizeof(long_suite) / sizeof(long_suite[0]));
		else if (strcmp(argv[i], "--membership") == 0)
			r.options.membership = true;
		else if (strcmp(argv[i], "--sqlite") == 0)
			r.options.disk_new = sqlite_disk_new;
		else if (strcmp(argv[i], "--must-fail") == 0)
			r.must_fail = true;
		else if (strcmp(argv[i], "--count") == 0)
			r.count = true;
		else if (strcmp(argv[i], "--verbose") == 0)
			r.options.verbose = true;
		else if (strcmp(argv[i], "--chaos") == 0 && i + 1 < argc)
			r.options.chaos_ms = atoi(argv[++i]);
		else if (strcmp(argv[i], "--off") == 0 && i + 1 < argc)
			r.options.rules_off = raftsim_rules(argv[++i]);
		else if (r.last == 0)
			r.first = r.last = strtoull(argv[i], NULL, 10);
		else
			r.last = strtoull(argv[i], NULL, 10);
	}
	if (r.last == 0) {
		fprintf(stderr, "usage: raftsim [OPTION...] FIRST [LAST]\n");
		return 2;
	}
	return raftsim_run(&r) ? 0 : 1;
}
