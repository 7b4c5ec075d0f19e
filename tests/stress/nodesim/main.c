/*
 * nodesim: three real nodes under a simulation, seed after seed.
 *
 *	nodesim [OPTION...] FIRST [LAST]
 *	--history FILE	what the clients saw
 *	--off N,N...	without these rules of the guard; all: the bare library
 *	--verbose	what happens
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/guard.h"
#include "tests/stress/nodesim/nodesim.h"

static uint32_t
nodesim_rules(const char *text)
{
	uint32_t rules = 0;
	char *end;

	if (strcmp(text, "all") == 0)
		return UINT32_MAX;
	for (; *text; text = *end ? end + 1 : end)
		rules |= GUARD_RULE(strtoul(text, &end, 10) & 31);
	return rules;
}

static int
nodesim_one(const struct nodesim_options *o, uint64_t seed)
{
	struct nodesim_counts c = { 0 };
	char failure[300];
	bool ok = nodesim_run(o, seed, &c, failure, sizeof(failure));

	if (!ok)
		printf("seed %" PRIu64 ": %s\n", seed, failure);
	else
		printf("ok %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		       " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		       " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		    seed, c.kills, c.pauses, c.partitions, c.hand_overs,
		    c.seals, c.bursts, c.both, c.reads, c.writes, c.acked,
		    c.unknown);
	fflush(stdout);
	return ok ? 0 : 1;
}

/* In a process of its own, since a rule that does not hold ends it. */
static bool
nodesim_apart(const struct nodesim_options *o, uint64_t seed)
{
	pid_t child;
	int status;

	fflush(stdout);
	if (o->history)
		fflush(o->history);
	child = fork();
	if (child == 0) {
		status = nodesim_one(o, seed);
		if (o->history)
			fflush(o->history);
		exit(status); /* leaks are looked for */
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		exit(2);
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return WEXITSTATUS(status) == 0;
	printf("seed %" PRIu64 ": ended by %s %d\n", seed,
	    WIFEXITED(status) ? "exit status" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	fflush(stdout);
	return false;
}

int
main(int argc, char **argv)
{
	struct nodesim_options o = { 0 };
	uint64_t first = 1, last = 0;
	bool ok = true;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0)
			o.verbose = true;
		else if (strcmp(argv[i], "--off") == 0 && i + 1 < argc)
			o.rules_off = nodesim_rules(argv[++i]);
		else if (strcmp(argv[i], "--history") == 0 && i + 1 < argc)
			o.history = fopen(argv[++i], "w");
		else if (last == 0)
			first = last = strtoull(argv[i], NULL, 10);
		else
			last = strtoull(argv[i], NULL, 10);
	}
	for (uint64_t seed = first; seed <= last; seed++)
		ok = nodesim_apart(&o, seed) && ok;
	if (o.history)
		fclose(o.history);
	return ok ? 0 : 1;
}
