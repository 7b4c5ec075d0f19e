/*
 * A script is a child of the server: /bin/sh runs it with the server's address
 * and root token in its environment. What it prints is kept until it ends.
 */
#include "server/init_scripts.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/http.h"
#include "server/instance.h"
#include "server/admin_listener.h"
#include "server/listeners.h"

#define OUTPUT_MAX ((size_t)64 << 10)

extern char **environ;

enum init_script_state {
	INIT_WAITING,
	INIT_RUNNING,
	INIT_DONE,
	INIT_FAILED,
};

static const char *const init_script_state_names[] = { "waiting", "running",
	"done", "failed" };

struct init_script {
	char *path;
	enum init_script_state state;
	pid_t pid;
	int status; /* as waitpid tells it */
};

struct init_scripts {
	struct init_script *list;
	size_t n;
	struct init_script *current; /* NULL: none runs */
	struct buf output;	     /* of the current one */
	bool done;
	void (*pass)(struct host *h, int64_t wait_ns); /* of the loop */
};

/* ---- which ---- */

static int
init_scripts_filter(const struct dirent *d)
{
	return d->d_name[0] != '.' && ends_with(d->d_name, ".sh");
}

/* Not alphasort: that asks the locale. */
static int
init_scripts_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static struct init_scripts *
init_scripts_find(const char *folder, struct error *e)
{
	struct dirent **names;
	struct init_scripts *s;
	int n = scandir(
	    folder, &names, init_scripts_filter, init_scripts_compare);

	if (n < 0) {
		error_set(e, 400, "-init-dir %s: %s", folder, strerror(errno));
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	buf_init(&s->output, OUTPUT_MAX);
	s->list = xcalloc((size_t)n + 1, sizeof(*s->list));
	for (int i = 0; i < n; i++) {
		s->list[s->n++].path = xasprintf(
		    "%s/%s", folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return s;
}

void
init_scripts_free(struct instance *in)
{
	struct init_scripts *s = in->init_scripts;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].path);
	free(s->list);
	buf_release(&s->output);
	free(s);
	in->init_scripts = NULL;
}

json_t *
init_scripts_states(const struct instance *in, bool *ready)
{
	const struct init_scripts *s = in->init_scripts;
	json_t *list = json_array();

	*ready = !s || s->done;
	for (size_t i = 0; s && i < s->n; i++) {
		const char *slash = strrchr(s->list[i].path, '/');

		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "name", slash + 1, "state",
			init_script_state_names[s->list[i].state]));
	}
	return list;
}

/* ---- the environment ---- */

/* In the place of a variable of that name, or behind the others. */
static void
environment_set(struct strs *e, const char *name, const char *value)
{
	char *whole = xasprintf("%s=%s", name, value);
	size_t n = strlen(name) + 1, i = 0;

	while (i < e->n && strncmp(e->items[i], whole, n) != 0)
		i++;
	if (i == e->n) {
		strs_add(e, whole);
		free(whole);
		return;
	}
	free(e->items[i]);
	e->items[i] = whole;
}

/* "http://0.0.0.0:8200" is no address to ask. */
static char *
init_scripts_local_url(const char *url)
{
	const char *any = strstr(url, "://0.0.0.0:");
	int scheme = (int)strcspn(url, ":");

	if (any)
		return xasprintf("%.*s://127.0.0.1:%s", scheme, url, any + 11);
	any = strstr(url, "://[::]:");
	return any ? xasprintf("%.*s://127.0.0.1:%s", scheme, url, any + 8)
		   : xstrdup(url);
}

/* Where this program lies, `vault` may lie too. */
static void
init_scripts_set_path(struct strs *e)
{
	char self[1024];
	const char *path = getenv("PATH");
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash, *whole;

	if (!path || !*path)
		path = "/usr/local/bin:/usr/bin:/bin";
	if (n <= 0)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	*(slash > self ? slash : slash + 1) = '\0';
	whole = xasprintf("%s:%s", path, self);
	environment_set(e, "PATH", whole);
	free(whole);
}

/* The server's own environment, and where it listens, with its root token. */
static void
init_scripts_set_environment(struct instance *in, struct strs *e)
{
	struct listener_address b;
	char admin[220];
	char *url;

	for (char **p = environ; *p; p++) {
		size_t n = strcspn(*p, "=");
		char *name = xstrndup(*p, n);

		if ((*p)[n] == '=')
			environment_set(e, name, *p + n + 1);
		free(name);
	}
	init_scripts_set_path(e);
	if (listener_get_address(in, 0, &b)) {
		url = init_scripts_local_url(b.url);
		environment_set(e, "VAULT_ADDR", url);
		free(url);
	}
	admin_listener_url(in, admin, sizeof(admin));
	if (*admin) {
		url = init_scripts_local_url(admin);
		environment_set(e, "MOCKVAULT_URL", url);
		free(url);
	}
	if (*in->root_token)
		environment_set(e, "VAULT_TOKEN", in->root_token);
	if (in->dev_ca_path[0])
		environment_set(e, "VAULT_CACERT", in->dev_ca_path);
}

/* ---- one script ---- */

/* What is beyond the limit is read and dropped. */
static void
init_scripts_on_output(evutil_socket_t fd, short what, void *arg)
{
	struct init_scripts *s = arg;
	char chunk[4096];
	ssize_t n;

	(void)what;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (s->output.n + (size_t)n < OUTPUT_MAX)
			buf_add(&s->output, chunk, (size_t)n);
}

static int
init_scripts_spawn(struct instance *in, struct init_script *script, int out)
{
	char *argv[] = { (char *)"/bin/sh", script->path, NULL };
	struct strs e = { 0 };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t pipe_signal;
	int error;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	error = posix_spawn_file_actions_init(&files);
	if (error)
		return error;
	error = posix_spawnattr_init(&how);
	if (error) {
		posix_spawn_file_actions_destroy(&files);
		return error;
	}
	init_scripts_set_environment(in, &e);
	error = posix_spawn_file_actions_addopen(
	    &files, 0, "/dev/null", O_RDONLY, 0);
	for (int fd = 1; !error && fd <= 2; fd++)
		error = posix_spawn_file_actions_adddup2(&files, out, fd);
	if (!error)
		error = posix_spawnattr_setsigdefault(&how, &pipe_signal);
	if (!error)
		error = posix_spawnattr_setflags(
		    &how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	if (!error)
		error = posix_spawn(
		    &script->pid, argv[0], &files, &how, argv, e.items);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	strs_release(&e);
	return error;
}

/* Until it has ended, or the server is told to stop. */
static void
init_scripts_wait(struct instance *in, struct init_script *script, int out)
{
	struct init_scripts *s = in->init_scripts;
	struct event *readable = event_new(in->host->base, out,
	    EV_READ | EV_PERSIST, init_scripts_on_output, s);

	/* Unheard, the output is read at the script's end. */
	if (event_add(readable, NULL) != 0)
		log_msg(&in->log, LOG_WARN, "core",
		    "the output of an init script is read late");
	while (script->state == INIT_RUNNING && !in->host->stopping)
		s->pass(in->host, -1);
	if (script->state == INIT_RUNNING)
		kill(-script->pid, SIGTERM);
	init_scripts_on_output(out, EV_READ, s);
	event_free(readable);
}

static bool
init_scripts_run_one(
    struct instance *in, struct init_script *script, struct error *e)
{
	struct init_scripts *s = in->init_scripts;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return error_set(e, 400, "init script %s: %s", script->path,
		    strerror(errno));
	/* The script's own end blocks, as programs expect. */
	if (fcntl(ends[1], F_SETFL, 0) != 0)
		return error_set(e, 400, "init script %s: %s", script->path,
		    strerror(errno));
	buf_clear(&s->output);
	s->current = script;
	script->state = INIT_RUNNING;
	error = init_scripts_spawn(in, script, ends[1]);
	close(ends[1]);
	if (error)
		error_set(e, 400, "init script %s: /bin/sh: %s", script->path,
		    strerror(error));
	else
		init_scripts_wait(in, script, ends[0]);
	close(ends[0]);
	s->current = NULL;
	return !error;
}

void
init_scripts_on_exit(struct instance *in, pid_t pid, int status)
{
	struct init_script *script = in->init_scripts
	    ? in->init_scripts->current
	    : NULL;

	if (!script || script->pid != pid)
		return;
	script->status = status;
	script->state = status == 0 ? INIT_DONE : INIT_FAILED;
}

static bool
init_scripts_check(const struct init_script *script, struct error *e)
{
	int status = script->status;

	if (script->state == INIT_DONE)
		return true;
	if (WIFSIGNALED(status))
		error_set(e, 400, "init script %s was ended by signal %d",
		    script->path, WTERMSIG(status));
	else
		error_set(e, 400, "init script %s ended with status %d",
		    script->path, WEXITSTATUS(status));
	return false;
}

/* ---- all of them ---- */

static bool
init_scripts_run_each(struct instance *in, struct error *e)
{
	struct init_scripts *s = in->init_scripts;

	for (size_t i = 0; i < s->n && !in->host->stopping; i++) {
		struct init_script *script = &s->list[i];

		log_msg(&in->log, LOG_INFO, "mockvault", "init script %s",
		    script->path);
		if (!init_scripts_run_one(in, script, e))
			return false;
		if (s->output.n)
			fwrite(s->output.p, 1, s->output.n, stderr);
		if (s->output.n && s->output.p[s->output.n - 1] != '\n')
			fputc('\n', stderr);
		if (!in->host->stopping && !init_scripts_check(script, e))
			return false;
	}
	return true;
}

bool
init_scripts_run(struct instance *in,
    void (*pass)(struct host *h, int64_t wait_ns), struct error *e)
{
	bool ok;

	if (!in->options->init_dir)
		return true;
	in->init_scripts = init_scripts_find(in->options->init_dir, e);
	if (!in->init_scripts)
		return false;
	in->init_scripts->pass = pass;
	http_set_local_only(in->http, true);
	ok = init_scripts_run_each(in, e);
	http_set_local_only(in->http, false);
	in->init_scripts->done = ok;
	return ok;
}
