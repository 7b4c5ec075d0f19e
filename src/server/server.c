/*
 * The server command: start, loop, signals, stop.
 */
#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/json/schema.h"
#include "core/crypto/crypto_error.h"
#include "journal/journal.h"
#include "server/dev/banner.h"
#include "server/control_host.h"
#include "server/dev/dev.h"
#include "server/init_scripts.h"
#include "server/instance.h"
#include "server/process/lifeline.h"
#include "server/listeners.h"
#include "server/nodes/config_nodes.h"
#include "server/nodes/node_control.h"
#include "server/nodes/node_files.h"
#include "server/nodes/node_outages.h"
#include "server/nodes/process_node.h"
#include "server/reload.h"
#include "server/spaces.h"
#include "server/process/runtime_file.h"
#include "server/upstream_mode.h"
#include "server/worker_pool.h"

/* How long plain requests may take to finish once we are told to stop; and then
 * the answers of jobs that were cut short. */
#define DRAIN_LIMIT_NS ((int64_t)1000000000)
#define DRAIN_JOBS_LIMIT_NS ((int64_t)200000000)

static void
server_on_stop(evutil_socket_t signal_number, short what, void *arg)
{
	struct host *h = arg;

	(void)signal_number;
	(void)what;
	if (!h->stopping)
		puts("==> Vault shutdown triggered");
	fflush(stdout);
	h->stopping = true;
}

static void
server_on_reload(evutil_socket_t signal_number, short what, void *arg)
{
	struct host *h = arg;

	(void)signal_number;
	(void)what;
	puts("==> Vault reload triggered");
	fflush(stdout);
	for (struct instance *in = h->instances; in; in = in->next_in_host)
		reload_all(in);
}

/* Scripts, and, as process 1 of a container, whatever lost its parent. */
static void
server_on_child(evutil_socket_t signal_number, short what, void *arg)
{
	int status;
	pid_t pid;

	(void)signal_number;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		init_scripts_on_exit(
		    ((struct host *)arg)->instances, pid, status);
}

#define NSIGNALS 4

struct server_signals {
	struct event *events[NSIGNALS];
};

static void
server_watch_signals(struct host *h, struct server_signals *s)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write fails, which is seen */
	s->events[0] = evsignal_new(h->base, SIGTERM, server_on_stop, h);
	s->events[1] = evsignal_new(h->base, SIGINT, server_on_stop, h);
	s->events[2] = evsignal_new(h->base, SIGHUP, server_on_reload, h);
	s->events[3] = evsignal_new(h->base, SIGCHLD, server_on_child, h);
	for (int i = 0; i < NSIGNALS; i++)
		if (!s->events[i] || event_add(s->events[i], NULL) != 0)
			log_msg(&h->instances->log, LOG_ERROR, "core",
			    "a signal cannot be waited for");
}

static void
server_release_signals(struct server_signals *s)
{
	for (int i = 0; i < NSIGNALS; i++)
		if (s->events[i])
			event_free(s->events[i]);
}

static void
server_stop_gracefully(struct host *h)
{
	host_stop_listening(h);
	host_drain(h, DRAIN_LIMIT_NS);
	if (host_stop_jobs(h))
		host_drain(h, DRAIN_JOBS_LIMIT_NS);
}

static void
server_print_banner(struct instance *in)
{
	if (upstream_mode_is_on(in->options)) {
		upstream_mode_banner(in);
		banner_json(in);
		return;
	}
	banner_configuration(in);
	banner_started(in);
	if (in->options->dev && *in->root_token) {
		if (!in->options->dev_no_store_token)
			dev_store_token(in);
		banner_dev(in);
	}
	banner_json(in);
}

#define DUMP_ENTRIES 50

/* For the log of a CI run that failed. */
static void
server_dump_journal(struct instance *in)
{
	struct error c = { 0 };
	json_t *query = json_pack("{s:i}", "limit", DUMP_ENTRIES), *found,
	       *entry;
	size_t i;

	found = journal_find(in->journal, query, &c);
	printf("==> The last %zu requests:\n",
	    json_array_size(json_object_get(found, "requests")));
	json_array_foreach (json_object_get(found, "requests"), i, entry) {
		json_dumpf(
		    entry, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
		putchar('\n');
	}
	fflush(stdout);
	json_decref(found);
	json_decref(query);
}

static int
server_start_error(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "%s\n", why);
	return 1;
}

/* Ten thousand clients may be kept waiting at once, beside the files of the
 * database, the logs and the audit devices. */
#define SERVER_FDS_WANTED 10240

static void
server_raise_fd_limit(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) != 0)
		return;
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
}

static void
server_check_fd_limit(const struct instance *in)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) == 0 &&
	    now.rlim_cur < SERVER_FDS_WANTED)
		log_msg(&in->log, LOG_WARN, "core",
		    "this process may have %llu files and connections open at "
		    "once, further clients wait: \"ulimit -n %d\" is enough "
		    "for ten thousand clients",
		    (unsigned long long)now.rlim_cur, SERVER_FDS_WANTED);
}

/* An instance that serves has threads; one that lives in another program does
 * its work where it is asked. */
static int
server_run(struct instance *in, struct error *e)
{
	struct host *h = in->host;
	struct server_signals signals;
	struct lifeline *lifeline = NULL;
	bool ok;

	server_check_fd_limit(in);
	reload_init_fingerprints(in);
	for (struct instance *at = h->instances; at; at = at->next_in_host)
		if (!at->vault.worker)
			at->vault.worker = worker_new(h->base);
	server_watch_signals(h, &signals);
	ok = lifeline_new(in, &lifeline, e) &&
	    init_scripts_run(in, host_pass, e);
	if (ok && !h->stopping) {
		runtime_file_write(in);
		server_print_banner(in);
	}
	while (ok && !h->stopping)
		host_pass(h, -1);
	server_stop_gracefully(h);
	runtime_file_remove(in);
	lifeline_free(lifeline);
	if (in->options->dump_on_exit && in->journal)
		server_dump_journal(in);
	server_release_signals(&signals);
	return ok ? 0 : server_start_error(e->text);
}

/* True: there is nothing more to do, with that exit status. */
static bool
server_read_options(struct options *o, int argc, char *const *argv,
    void (*help)(FILE *out), int *status)
{
	struct error e = { 0 };

	*status = 0;
	for (int i = 0; i < argc && argv[i][0] == '-'; i++)
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "-help") == 0 ||
		    strcmp(argv[i], "--help") == 0) {
			help(stdout);
			return true;
		}
	if (options_parse(o, argc, argv, &e))
		return false;
	fprintf(stderr, "%s\n\n", e.text);
	help(stderr);
	*status = 1;
	return true;
}

/* Their files, before the first node opens its own. */
static bool
server_prepare_nodes(const struct options *o, struct error *e)
{
#ifdef HAVE_RAFT
	int n;

	return nodes_count(o, &n, e) &&
	    (n == 0 || !o->db_path || node_files_prepare(o->db_path, e));
#else
	(void)o;
	(void)e;
	return true;
#endif
}

/* The part that this process has in a cluster: one of these at most. */
struct server_nodes {
	struct nodes *nodes;
	struct config_nodes *configured;
	struct process_node *alone;
};

#ifdef HAVE_RAFT
static bool
server_start_configured_nodes(
    struct instance *in, struct config_nodes **nodes, struct error *e)
{
	if (!config_nodes_start(in->host, nodes, e))
		return false;
	in->control->nodes = config_node_control_table(*nodes);
	config_node_outages_attach(*nodes);
	in->control->host.reset_state = NULL;
	in->control->host.no_reset = "the nodes of configuration files begin "
				     "without a state: remove their paths and "
				     "start them anew";
	return true;
}

static bool
server_settle_process_node(void *arg)
{
	process_node_settle(arg);
	return true;
}
#endif

/* A cluster, where one is asked for. False with the reason in e. */
static bool
server_start_nodes(
    struct instance *in, struct server_nodes *all, struct error *e)
{
#ifdef HAVE_RAFT
	int n;

	if (!nodes_count(in->options, &n, e))
		return false;
	if (n == 0)
		return true;
	if (in->own_config)
		return server_start_configured_nodes(in, &all->configured, e);
	all->nodes = nodes_new(in->host, n);
	in->control->nodes = node_control_table(all->nodes);
	if (!nodes_start(all->nodes, e))
		return false;
	node_outages_attach(all->nodes);
	return true;
#else
	(void)all;
	return !in->node_name ||
	    error_set(
		e, 400, "-nodes: libraft was not there when this was built");
#endif
}

/* One that others may join, or that joins. */
static bool
server_start_process_node(
    struct instance *in, struct server_nodes *all, struct error *e)
{
#ifdef HAVE_RAFT
	if (!instance_is_raft_node(in))
		return true;
	all->alone = process_node_new(in, in->host->real_clock, NULL);
	in->host->settle = server_settle_process_node;
	in->host->settle_arg = all->alone;
	return process_retry_read(all->alone, e);
#else
	(void)in;
	(void)all;
	(void)e;
	return true;
#endif
}

static void
server_stop_nodes(struct host *h, struct server_nodes *all)
{
#ifdef HAVE_RAFT
	if (all->alone)
		h->settle = NULL;
	process_node_free(all->alone);
	config_nodes_free(all->configured);
	nodes_free(all->nodes);
#else
	(void)h;
	(void)all;
#endif
}

/* From options to the end of the process. */
static int
server_serve(const struct options *o)
{
	struct host host;
	struct instance in = { 0 };
	struct server_nodes nodes = { 0 };
	struct error e = { 0 };
	int status;

	if (!crypto_take_memory_over())
		return server_start_error(
		    "OpenSSL was used before its memory was chosen");
	mem_join_at_once();
	mem_map_large();
	server_raise_fd_limit();
	if (!host_init(&host, o, &e) || !server_prepare_nodes(o, &e) ||
	    !instance_init(&in, &host, o, &e) || !listeners_open(&in, &e) ||
	    !spaces_open(&in, &e) || !server_start_nodes(&in, &nodes, &e) ||
	    !server_start_process_node(&in, &nodes, &e) ||
	    !control_host_start(&in, &e))
		status = server_start_error(e.text);
	else
		status = o->verify_only ? 0 : server_run(&in, &e);
	if (status == 0 && !o->verify_only && !instance_export(&in, &e))
		status = server_start_error(e.text);
	server_stop_nodes(&host, &nodes);
	listeners_close(&in);
	spaces_free(host.spaces);
	instance_release(&in);
	host_release(&host);
	return status;
}

int
server_main(int argc, char *const *argv)
{
	struct options o;
	int status;

	if (server_read_options(&o, argc, argv, options_help, &status))
		return status;
	if (!o.dev && o.config.n == 0)
		return server_start_error(
		    "Must specify at least one config path using "
		    "-config");
	return server_serve(&o);
}

/* Development mode's listener, before what is not our own. */
static int
server_serve_upstream(struct options *o)
{
	o->dev = o->dev || o->config.n == 0;
	o->dev_no_store_token = true;
	return server_serve(o);
}

int
proxy_main(int argc, char *const *argv)
{
	struct options o;
	int status;

	if (server_read_options(&o, argc, argv, options_help_proxy, &status))
		return status;
	if (!o.upstream)
		return server_start_error(
		    "proxy: -upstream=URL says which Vault it stands before");
	return server_serve_upstream(&o);
}

static void
server_help_replay(FILE *out)
{
	fputs("Usage: mockvault replay FILE [options]\n\n"
	      "  Answers as the recording FILE of mockvault proxy -record has "
	      "it. The options\n  of mockvault server hold: -listen, -fault, "
	      "-scenario, -admin-addr, -journal...\n",
	    out);
}

int
replay_main(int argc, char *const *argv)
{
	bool named = argc > 0 && argv[0][0] != '-';
	struct options o;
	int status;

	if (server_read_options(
		&o, argc - named, argv + named, server_help_replay, &status))
		return status;
	if (named)
		o.replay = argv[0];
	if (!o.replay)
		return server_start_error(
		    "replay: the first argument is the recording");
	return server_serve_upstream(&o);
}
