/*
 * failing_calls [--all] [--kind KIND [--call N]] [--tls] [--depth N] [--jobs N]
 *
 * Records a flow (flow.h), then runs it again and again, and each time fails
 * another one of the calls that it made (calls.h): the first of every site,
 * which is the call and the `depth` functions above it (8), or every single one
 * with
 * --all. Each run is a process of its own and must end well: requests that
 * failed were answered by an error and have left nothing, those after them
 * succeed, no memory has leaked, the sanitizers are quiet, and a new instance
 * on the database finds exactly what was acknowledged. Where memory is out, or
 * OpenSSL cannot hash, the process may end instead, if it says so; the database
 * is held to the same. --call shows the run in which the Nth call of a kind
 * fails. Closes with 'N passed, N failed'.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/crypto/crypto_error.h"
#include "tests/stress/failing/failing.h"
#include "tests/stress/failing/flow.h"

#define JOBS_MAX 16
#define LAST_WORDS "mockvault: "

/* A run under way, and what it shares with its process. */
struct job {
	pid_t pid; /* 0: none */
	FILE *said;
	char folder[200];
	char db[300];
	struct shared {
		struct failing failing;
		struct flow_progress progress;
	} * shared;
};

struct walk {
	bool all, tls;
	int kind; /* -1: all of them */
	int depth;
	int njobs;
	long passed, failed;
	long ended[FAILING_KINDS]; /* processes that ended for want of memory */
	struct failing recorded;
	struct job jobs[JOBS_MAX];
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
job_init(struct job *j)
{
	const char *tmp = getenv("TMPDIR");

	j->shared = mmap(NULL, sizeof(*j->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (j->shared == MAP_FAILED)
		die("mmap");
	snprintf(j->folder, sizeof(j->folder), "%s/failing-XXXXXX",
	    tmp ? tmp : "/tmp");
	if (!mkdtemp(j->folder))
		die("mkdtemp");
	strcpy(stpcpy(j->db, j->folder), "/db");
	j->said = tmpfile();
	if (!j->said)
		die("tmpfile");
}

static void
job_remove_files(struct job *j)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[320];

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(path, sizeof(path), "%s%s", j->db, ends[i]);
		unlink(path);
	}
}

static void
job_release(struct job *j)
{
	job_remove_files(j);
	rmdir(j->folder);
	fclose(j->said);
}

/* In the child: the flow with one call that fails. */
static void
job_run(struct job *j, bool tls)
{
	failing = &j->shared->failing;
	if (!flow_run(j->db, tls, &j->shared->progress)) {
		fprintf(stderr, "%s: %s\n",
		    flow_step_name(j->shared->progress.step),
		    j->shared->progress.why);
		exit(1);
	}
	exit(0);
}

static void
job_start(
    struct walk *w, struct job *j, const struct failing_record *r, bool explain)
{
	job_remove_files(j);
	memset(j->shared, 0, sizeof(*j->shared));
	j->shared->failing.kind = r->call->kind;
	j->shared->failing.target = r->number;
	j->shared->failing.explain = explain;
	if (ftruncate(fileno(j->said), 0) < 0)
		die("ftruncate");
	rewind(j->said);
	fflush(stdout);
	j->pid = fork();
	if (j->pid < 0)
		die("fork");
	if (j->pid > 0)
		return;
	dup2(fileno(j->said), 2);
	alarm(120);
	job_run(j, w->tls);
}

/* In a child of its own, since an instance has threads: the database of a
 * process that ended. */
static bool
job_check_database(struct job *j)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		dup2(fileno(j->said), 2);
		failing = &j->shared->failing;
		alarm(120);
		if (!flow_check(j->db, &j->shared->progress)) {
			fprintf(stderr, "%s\n", j->shared->progress.why);
			exit(1);
		}
		exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return status == 0;
}

static size_t
job_read_said(struct job *j, char *text, size_t size)
{
	ssize_t n = pread(fileno(j->said), text, size - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

/* A line of our own, and none of a sanitizer. */
static bool
is_last_words(const char *text)
{
	const char *at = strstr(text, LAST_WORDS);

	return at && (at == text || at[-1] == '\n') &&
	    !strstr(text, "Sanitizer") && !strstr(text, "runtime error");
}

static void
job_judge(struct walk *w, struct job *j, int status)
{
	const struct failing *f = &j->shared->failing;
	long call = f->target;
	static char text[20000];
	bool good = status == 0;

	job_read_said(j, text, sizeof(text));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    is_last_words(text)) {
		good = job_check_database(j);
		w->ended[f->hit ? f->hit->kind : FAILING_MEMORY]++;
		job_read_said(j, text, sizeof(text));
	}
	if (f->explain)
		printf("%s\n", text);
	w->passed += good;
	w->failed += !good;
	if (good)
		return;
	printf("FAIL --kind %s --call %ld, %s, during %s, status %#x\n%s\n",
	    failing_kinds[f->kind], call, f->hit ? f->hit->name : "not reached",
	    flow_step_name(j->shared->progress.step), (unsigned)status, text);
}

static void
walk_wait(struct walk *w)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	for (int i = 0; i < w->njobs; i++)
		if (pid > 0 && w->jobs[i].pid == pid) {
			w->jobs[i].pid = 0;
			job_judge(w, &w->jobs[i], status);
		}
}

static struct job *
walk_free_job(struct walk *w)
{
	for (;;) {
		for (int i = 0; i < w->njobs; i++)
			if (!w->jobs[i].pid)
				return &w->jobs[i];
		walk_wait(w);
	}
}

static bool
walk_is_busy(const struct walk *w)
{
	for (int i = 0; i < w->njobs; i++)
		if (w->jobs[i].pid)
			return true;
	return false;
}

/* ---- which calls ---- */

static int
site_compare(const void *a, const void *b)
{
	const struct failing_record *const *x = a, *const *y = b;

	if ((*x)->site != (*y)->site)
		return (*x)->site < (*y)->site ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

static int
order_compare(const void *a, const void *b)
{
	const struct failing_record *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/* The calls that shall fail, as they were made: how many. */
static long
walk_choose(const struct walk *w, const struct failing_record **chosen)
{
	const struct failing *f = &w->recorded;
	long made = 0, n = 0;

	for (long i = 0; i < f->nrecords; i++)
		if (w->kind < 0 || (int)f->records[i].call->kind == w->kind)
			chosen[made++] = &f->records[i];
	if (w->all)
		return made;
	qsort(chosen, (size_t)made, sizeof(*chosen), site_compare);
	for (long i = 0; i < made; i++)
		if (n == 0 || chosen[i]->site != chosen[n - 1]->site)
			chosen[n++] = chosen[i];
	qsort(chosen, (size_t)n, sizeof(*chosen), order_compare);
	return n;
}

static void
walk_describe(
    const struct walk *w, const struct failing_record **chosen, long n)
{
	for (int kind = 0; kind < FAILING_KINDS; kind++) {
		long fail = 0;

		for (long i = 0; i < n; i++)
			fail += (int)chosen[i]->call->kind == kind;
		printf("%-8s %8ld calls, %6ld of them fail\n",
		    failing_kinds[kind], w->recorded.calls[kind], fail);
	}
	fflush(stdout);
}

/* ---- */

/* The flow once with nothing failing; what libraries load once is there then.
 */
static void
walk_warm(struct walk *w, struct job *j)
{
	struct flow_progress *p = &j->shared->progress;

	if (flow_run(j->db, w->tls, p))
		return;
	printf(
	    "FAIL the flow itself: %s: %s\n", flow_step_name(p->step), p->why);
	exit(1);
}

/* Its calls, in a process like those that follow. */
static void
walk_record(struct walk *w, struct job *j)
{
	struct failing *f = failing;
	int status;

	f->depth = w->depth;
	memset(f->calls, 0, sizeof(f->calls));
	f->records = failing_records;
	job_remove_files(j);
	memset(j->shared, 0, sizeof(*j->shared));
	fflush(stdout);
	j->pid = fork();
	if (j->pid < 0)
		die("fork");
	if (!j->pid)
		exit(flow_run(j->db, w->tls, &j->shared->progress) ? 0 : 1);
	if (waitpid(j->pid, &status, 0) < 0 || status != 0)
		die("the recorded run");
	j->pid = 0;
	w->recorded = *f;
}

static void
walk_options(struct walk *w, int argc, char **argv, long *one)
{
	static const struct option options[] = { { "all", 0, NULL, 'a' },
		{ "call", 1, NULL, 'c' }, { "depth", 1, NULL, 'd' },
		{ "jobs", 1, NULL, 'j' }, { "kind", 1, NULL, 'k' },
		{ "tls", 0, NULL, 't' }, { 0 } };
	int c;

	*w = (struct walk){ .kind = -1, .depth = 8, .njobs = 2 };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		w->all |= c == 'a';
		w->tls |= c == 't';
		if (c == 'c') {
			*one = atol(optarg);
			w->all = true;
		}
		if (c == 'd')
			w->depth = atoi(optarg);
		if (c == 'j')
			w->njobs = atoi(optarg);
		for (int i = 0; c == 'k' && i < FAILING_KINDS; i++)
			if (strcmp(optarg, failing_kinds[i]) == 0)
				w->kind = i;
		if (c == '?')
			exit(2);
	}
	if (w->njobs < 1 || w->njobs > JOBS_MAX || w->depth < 1 ||
	    w->depth > FAILING_DEPTH_MAX)
		exit(2);
}

int
main(int argc, char **argv)
{
	static struct walk w;
	time_t began = time(NULL);
	const struct failing_record **chosen;
	long n, call = 0;

	walk_options(&w, argc, argv, &call);
	signal(SIGPIPE, SIG_IGN); /* as the server */
	if (!crypto_share_memory())
		die("OpenSSL's memory");
	failing_init();
	for (int i = 0; i < w.njobs; i++)
		job_init(&w.jobs[i]);
	walk_warm(&w, &w.jobs[0]);
	walk_record(&w, &w.jobs[0]);
	chosen = calloc((size_t)w.recorded.nrecords, sizeof(*chosen));
	if (!chosen)
		die("calloc");
	n = walk_choose(&w, chosen);
	if (call > 0 && call <= n) {
		chosen[0] = chosen[call - 1];
		n = 1;
	}
	walk_describe(&w, chosen, n);
	for (long i = 0; i < n; i++)
		job_start(&w, walk_free_job(&w), chosen[i], call != 0);
	while (walk_is_busy(&w))
		walk_wait(&w);
	for (int i = 0; i < w.njobs; i++)
		job_release(&w.jobs[i]);
	printf("%ld processes ended for want of memory, %ld s\n",
	    w.ended[FAILING_MEMORY], (long)(time(NULL) - began));
	printf("%ld passed, %ld failed\n", w.passed, w.failed);
	free(chosen);
	return w.failed || !w.passed;
}
