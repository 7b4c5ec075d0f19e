/* Rules and scenarios from bytes: what is taken can be explained, shown, put to
 * a request and a connection, started and stepped; what is refused says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fault/rule/rule.h"
#include "fault/scenario/scenario.h"
#include "server/instance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct server {
	struct options options;
	struct host host;
	struct instance in;
};

static const struct header headers[] = {
	{ "User-Agent", "agent/1.0" },
};

static const char *
header(const void *arg, const char *name)
{
	(void)arg;
	return *name == 'H' ? "127.0.0.1:8200" : NULL;
}

static struct request_info
sample_request(void)
{
	return (struct request_info){ .method = "PUT",
		.path = "auth/approle/login",
		.query = "a=b",
		.op = "login",
		.mount = "auth/approle/",
		.mount_type = "approle",
		.client_ip = "10.1.2.3",
		.node = "n1",
		.node_active = true,
		.header = header,
		.headers = headers,
		.nheaders = 1,
		.body = SLICE("{\"role_id\":\"r\"}"),
		.nth = 1,
		.conn_id = 9 };
}

static void
said_why(struct error *c)
{
	if (!c->status)
		abort();
	error_release(c);
}

/* The same order as asking for it over the control API. */
static void
ask_rules(struct faults *f)
{
	struct request_info info = sample_request();
	struct request_info bare = { .client_ip = "::1", .conn_id = 10 };
	struct arena *a = arena_new();
	struct fault_dry_run would = { .arena = a };
	struct fault_decision plan = { 0 };
	struct conn_faults w = { 0 };
	struct rule_place place = { 0 };
	const struct rule *r;
	json_t *shown;

	while ((shown = faults_explain_next(f, &would, &info)))
		json_decref(shown);
	faults_decide_request(f, &info, a, &plan);
	faults_release_decision(f, &plan);
	faults_decide_connection(f, &bare, &w);
	while ((r = faults_next(f, &place)))
		json_decref(rule_show(r));
	arena_free(a);
}

static void
try_rule(struct faults *f, json_t *tree)
{
	struct error c = { 0 };
	bool exists;
	struct rule *r = faults_add(f, tree, &exists, &c);

	if (!r) {
		said_why(&c);
		return;
	}
	ask_rules(f);
	faults_event(f, "login");
	ask_rules(f);
	faults_clear(f);
}

static void
try_scenario(struct server *w, const json_t *tree)
{
	struct scenarios *all = w->in.scenarios;
	struct error c = { 0 };

	if (!scenario_load(all, "s", tree, &c)) {
		said_why(&c);
		return;
	}
	json_decref(scenario_show(all, "s"));
	if (!scenario_start(all, "s", NULL, &c))
		said_why(&c);
	faults_event(w->in.faults, "login");
	ask_rules(w->in.faults);
	for (int i = 0; i < 3; i++)
		if (!scenario_next_step(all, "s", &c))
			said_why(&c);
	clock_run_alarms(w->host.real_clock);
	scenarios_reset(all);
	outages_stop(w->in.faults);
	faults_clear(w->in.faults);
}

/* A vault for each scenario, for it may do anything to it; rules share one. */
static struct server *
server_new(void)
{
	struct server *w = calloc(1, sizeof(*w));
	struct error e = { 0 };

	if (!w)
		abort();
	options_defaults(&w->options);
	w->options.dev = true;
	w->options.dev_root_token_id = "root";
	w->options.log_level = "error";
	w->options.admin_addr = "none";
	w->options.seed = "1";
	if (!host_init(&w->host, &w->options, &e) ||
	    !instance_init(&w->in, &w->host, &w->options, &e))
		abort();
	clock_freeze(w->host.real_clock, clock_now(w->host.real_clock));
	clock_freeze(w->in.vault.clock, clock_now(w->in.vault.clock));
	return w;
}

static void
server_free(struct server *w)
{
	instance_release(&w->in);
	host_release(&w->host);
	free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server *shared;
	json_t *tree = json_loadb((const char *)data, size, 0, NULL);
	struct server *w;

	if (!json_is_object(tree)) {
		json_decref(tree);
		return 0;
	}
	if (json_object_get(tree, "then")) {
		if (!shared)
			shared = server_new();
		try_rule(shared->in.faults, tree);
	} else {
		w = server_new();
		try_scenario(w, tree);
		server_free(w);
	}
	json_decref(tree);
	return 0;
}
