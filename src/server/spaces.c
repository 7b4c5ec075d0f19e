/*
 * Makes spaces, finds them for requests, ends them.
 */
#include "server/spaces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "base/map.h"
#include "control/control.h"
#include "control/state.h"
#include "core/state/snapshot.h"
#include "server/control_host.h"
#include "server/listeners.h"
#include "server/upstream_mode.h"

struct space {
	struct space *next, *prev; /* in the order in which they were made */
	struct spaces *all;
	char *id, *from;
	char *clock, *seed; /* of its options; NULL: the original's */
	json_t *faults;	    /* that it was made with, or NULL */
	struct options options;
	struct instance instance;
	struct http_tenant tenant;
	struct http_listener *listener; /* NULL: it has none of its own */
	int64_t created_ns;		/* real */
	int64_t expires_ns;		/* real; 0: never */
	struct alarm expiry;		/* real */
	int64_t owner_conn;		/* it ends with it; 0: with none */
};

struct spaces {
	struct instance *main;
	struct space_host host;
	struct map *by_id;
	struct space *first, *last;
	struct space *dropped; /* by next: not yet freed */
	int n, max;
	struct options empty_options;
	struct instance *empty; /* what "empty" copies; NULL: not made yet */
};

/* ---- the list ---- */

static void
space_enter_list(struct space *sp)
{
	struct spaces *all = sp->all;

	sp->prev = all->last;
	*(all->last ? &all->last->next : &all->first) = sp;
	all->last = sp;
	all->n++;
	map_put(all->by_id, sp->id, sp);
	http_set_shared(all->main->http, true);
}

static void
space_leave_list(struct space *sp)
{
	struct spaces *all = sp->all;

	*(sp->prev ? &sp->prev->next : &all->first) = sp->next;
	*(sp->next ? &sp->next->prev : &all->last) = sp->prev;
	all->n--;
	map_take(all->by_id, sp->id);
	if (all->main->http) /* NULL: the server ends */
		http_set_shared(all->main->http, all->n > 0);
}

static struct http_tenant *
spaces_find_tenant(void *arg, const char *id)
{
	const struct spaces *all = arg;
	struct space *sp = map_get(all->by_id, id);

	if (sp)
		return &sp->tenant;
	return strcmp(id, SPACE_MAIN) == 0 ? http_own_tenant(all->main->http)
					   : NULL;
}

/* ---- the end ---- */

static void
space_free(struct space *sp)
{
	instance_release(&sp->instance);
	json_decref(sp->faults);
	free(sp->id);
	free(sp->from);
	free(sp->clock);
	free(sp->seed);
	free(sp);
}

/* Nobody finds it any more; it is freed when the pass is over. */
static void
space_drop(struct space *sp)
{
	struct spaces *all = sp->all;

	if (map_get(all->by_id, sp->id) != sp)
		return; /* it was already */
	alarm_cancel(all->main->host->real_clock, &sp->expiry);
	space_leave_list(sp);
	sp->next = all->dropped;
	all->dropped = sp;
}

void
spaces_reap(struct spaces *all)
{
	struct space *sp = all->dropped, *next;

	all->dropped = NULL;
	for (; sp; sp = next) {
		next = sp->next;
		if (http_end_tenant(all->main->http, &sp->tenant)) {
			space_free(sp);
			continue;
		}
		sp->next = all->dropped;
		all->dropped = sp;
	}
}

static void
space_on_expiry(void *arg, int64_t now_ns)
{
	(void)now_ns;
	space_drop(arg);
}

static void
spaces_on_conn_end(void *arg, int64_t conn_id)
{
	struct spaces *all = arg;
	struct space *next;

	for (struct space *sp = all->first; sp; sp = next) {
		next = sp->next;
		if (sp->owner_conn == conn_id)
			space_drop(sp);
	}
}

/* ---- what it is ---- */

/* "http://127.0.0.1:8200/s/ID" */
static json_t *
space_address(const struct space *sp)
{
	struct listener_address b;

	return listener_get_address(sp->all->main, 0, &b)
	    ? json_sprintf("%s/s/%s", b.url, sp->id)
	    : json_null();
}

static json_t *
space_own_address(const struct space *sp)
{
	char address[200];

	if (!sp->listener)
		return json_null();
	http_listener_address(sp->listener, address, sizeof(address));
	return json_sprintf("%s://%s",
	    sp->all->main->listener_tls[0] ? "https" : "http", address);
}

static json_t *
space_addresses(void *arg)
{
	const struct space *sp = ((struct instance *)arg)->space;
	json_t *list = json_array();

	json_array_append_new(list, space_address(sp));
	if (sp->listener)
		json_array_append_new(list, space_own_address(sp));
	return json_pack("{s:o, s:n}", "main", list, "admin");
}

static json_t *
space_show(const struct space *sp)
{
	const struct instance *in = &sp->instance;
	int64_t now_ns = clock_now(in->host->real_clock), requests = 0;

	for (int i = 0; i < 6; i++)
		requests += api_answered_count(in->api, i);
	return json_pack(
	    "{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:o, s:I, s:I}",
	    "id", sp->id, "address", space_address(sp), "listen",
	    space_own_address(sp), "path_prefix", json_sprintf("/s/%s", sp->id),
	    "token_prefix", json_sprintf("mvs.%s:", sp->id), "root_token",
	    *in->root_token ? json_string(in->root_token) : json_null(), "from",
	    sp->from, "created", jsontree_time(sp->created_ns), "age_ms",
	    (json_int_t)((now_ns - sp->created_ns) / 1000000), "expires_at",
	    sp->expires_ns ? jsontree_time(sp->expires_ns) : json_null(),
	    "bytes", (json_int_t)store_snapshot_size(in->vault.store),
	    "requests", (json_int_t)requests);
}

/* ---- the beginning ---- */

/* What a bare "server -dev" is, made the long way once. */
static bool
spaces_make_empty(struct spaces *all, struct error *e)
{
	struct options *o = &all->empty_options;
	struct instance *in;
	struct error why = { 0 };

	if (all->empty)
		return true;
	in = xcalloc(1, sizeof(*in));
	if (!instance_init(in, all->main->host, o, &why)) {
		instance_release(in);
		free(in);
		return error_field(e, "", "from", "empty: %s", why.text);
	}
	instance_leave_host(in);
	all->empty = in;
	return true;
}

/* Of which instance, and with which state. */
static bool
space_find_original(struct spaces *all, const char *from,
    const struct instance **original, struct vault_snapshot **image,
    struct error *e)
{
	struct arena *a;
	struct strs names;

	*original = all->main;
	if (strcmp(from, "start") == 0) {
		*image = all->main->start_snapshot;
		return true;
	}
	if (strcmp(from, "empty") == 0) {
		if (!spaces_make_empty(all, e))
			return false;
		*original = all->empty;
		*image = all->empty->start_snapshot;
		return true;
	}
	*image = control_snapshot_named(all->main->control, from);
	if (*image)
		return true;
	a = arena_new();
	names = strs_in(a);
	strs_add(&names, "start");
	strs_add(&names, "empty");
	control_snapshot_names(all->main->control, &names);
	error_allowed(e, "", "from", (const char *const *)strs_array(&names),
	    "there is no snapshot \"%.100s\"", from);
	arena_free(a);
	return false;
}

/* The original's flags without what was for its own start. */
static void
space_fill_options(struct space *sp, const struct instance *original,
    const struct space_settings *s)
{
	struct options *o = &sp->options;

	*o = *original->options;
	o->config.n = o->fixtures.n = o->faults.n = 0;
	o->db_path = o->snapshot = o->export_on_exit = NULL;
	o->scenario = o->journal_file = o->init_dir = NULL;
	if (s->clock)
		o->clock = sp->clock = xstrdup(s->clock);
	if (s->seed >= 0)
		o->seed = sp->seed = xasprintf("%lld", (long long)s->seed);
}

/* Rules as POST /_mock/faults has them, or outages as -fault has. */
static bool
space_start_faults(struct space *sp, struct error *e)
{
	struct faults *f = sp->instance.faults;
	json_t *one;
	size_t i;

	json_array_foreach (sp->faults, i, one) {
		struct error why = { 0 };
		char where[40];
		bool exists;
		bool ok = json_is_string(one)
		    ? outage_start_from_flag(f, json_string_value(one), &why)
		    : faults_add(f, one, &exists, &why) != NULL;

		snprintf(where, sizeof(where), "faults[%zu]", i);
		if (!ok)
			return error_inside(e, where, &why);
	}
	return true;
}

/* A reset: they were good once. */
static void
space_restart_faults(void *arg)
{
	struct error e = { 0 };

	space_start_faults(((struct instance *)arg)->space, &e);
	error_release(&e);
}

static void
space_stop(void *arg)
{
	space_drop(((struct instance *)arg)->space);
}

/* What its control API has of its own. */
static void
space_set_control(struct space *sp)
{
	struct control_host *host = &sp->instance.control->host;

	host->addresses = space_addresses;
	host->stop = space_stop;
	host->restart_faults = space_restart_faults;
	host->spaces = &sp->all->host;
	host->space = sp->id;
}

/* The state is now what a reset of it goes back to. */
static bool
space_apply_fixtures(struct space *sp, json_t *fixtures, struct error *e)
{
	struct instance *in = &sp->instance;
	struct vault_snapshot *start;

	if (!in->control->host.apply_fixtures(in, fixtures, e))
		return false;
	start = vault_snapshot_new(&in->vault);
	if (!start)
		return error_set(e, 500, "the state cannot be read out");
	vault_snapshot_free(in->start_snapshot);
	in->start_snapshot = start;
	return true;
}

static bool
space_listen(struct space *sp, const char *address, struct error *e)
{
	struct instance *main = sp->all->main;
	struct error why = { 0 };

	sp->listener = http_listen_like(main->listeners[0], address, &why);
	if (!sp->listener)
		return error_field(e, "", "listen", "%s", why.text);
	http_set_tenant(sp->listener, &sp->tenant);
	return true;
}

static bool
space_set_owner(struct space *sp, const struct request *req, struct error *e)
{
	if (!http_watch_end(req))
		return error_field(e, "", "owner",
		    "this request has no connection that could end");
	sp->owner_conn = req->conn_id;
	return true;
}

/* Before what cannot be taken back: a listener. */
static bool
space_init(struct space *sp, struct request *req,
    const struct space_settings *s, struct error *e)
{
	struct instance *in = &sp->instance;
	const struct instance *original;
	struct vault_snapshot *image;

	if (!space_find_original(sp->all, s->from, &original, &image, e))
		return false;
	space_fill_options(sp, original, s);
	in->space = sp;
	sp->created_ns = clock_now(sp->all->main->host->real_clock);
	if (!instance_init_copy(in, original, &sp->options, image, e))
		return false;
	space_set_control(sp);
	api_set_space(in->api, sp->id);
	in->http = sp->all->main->http;
	in->tenant = &sp->tenant;
	sp->tenant = (struct http_tenant){ .api = in->api,
		.clock = in->vault.clock,
		.skew_ns = &in->vault.skew_ns };
	sp->faults = json_incref(s->faults);
	return (!s->fixtures || space_apply_fixtures(sp, s->fixtures, e)) &&
	    space_start_faults(sp, e) &&
	    (s->owner < 0 || space_set_owner(sp, req, e)) &&
	    (!s->listen || space_listen(sp, s->listen, e));
}

static void
space_set_expiry(struct space *sp, int64_t in_ns)
{
	alarm_init(&sp->expiry, space_on_expiry, sp);
	if (in_ns <= 0)
		return;
	sp->expires_ns = sp->created_ns + in_ns;
	alarm_set(sp->all->main->host->real_clock, &sp->expiry, sp->expires_ns);
}

static struct space *
space_new(struct spaces *all, struct request *req,
    const struct space_settings *s, struct error *e)
{
	struct space *sp = xcalloc(1, sizeof(*sp));

	sp->all = all;
	sp->id = xstrdup(s->id);
	sp->from = xstrdup(s->from);
	if (space_init(sp, req, s, e))
		return sp;
	space_free(sp);
	return NULL;
}

static json_t *
spaces_make(void *arg, struct request *req, const struct space_settings *s,
    bool *replaced, struct error *e)
{
	struct spaces *all = arg;
	struct space *old = map_get(all->by_id, s->id), *sp;

	if (!old && all->n >= all->max) {
		error_set(e, 409,
		    "this server may have %d spaces at once (-spaces-max), and "
		    "has them: DELETE /_mock/spaces/ID ends one",
		    all->max);
		return NULL;
	}
	sp = space_new(all, req, s, e);
	if (!sp)
		return NULL;
	*replaced = old != NULL;
	if (old)
		space_drop(old);
	space_enter_list(sp);
	space_set_expiry(sp, s->expires_in_ns);
	return space_show(sp);
}

static json_t *
spaces_show(void *arg, const char *id)
{
	const struct spaces *all = arg;
	const struct space *sp = map_get(all->by_id, id);

	return sp ? space_show(sp) : NULL;
}

static json_t *
spaces_list(void *arg)
{
	const struct spaces *all = arg;
	json_t *list = json_array();

	for (const struct space *sp = all->first; sp; sp = sp->next)
		json_array_append_new(list, space_show(sp));
	return list;
}

static bool
spaces_drop(void *arg, const char *id)
{
	const struct spaces *all = arg;
	struct space *sp = map_get(all->by_id, id);

	if (sp)
		space_drop(sp);
	return sp != NULL;
}

static void
spaces_names(void *arg, struct strs *out)
{
	const struct spaces *all = arg;

	for (const struct space *sp = all->first; sp; sp = sp->next)
		strs_add(out, sp->id);
}

/* ---- all of them ---- */

/* A server that has its configuration from files has development mode's
 * defaults in an empty space. */
static void
spaces_fill_empty_options(struct spaces *all)
{
	struct options *o = &all->empty_options;

	*o = *all->main->options;
	o->dev = o->bare = true;
	o->dev_skip_init = false;
	o->config.n = o->fixtures.n = o->faults.n = 0;
	o->db_path = o->snapshot = o->export_on_exit = o->log_file = NULL;
	o->scenario = o->journal_file = o->init_dir = NULL;
}

/* NULL: it can have some. */
static const char *
spaces_why_none(const struct instance *in, long max)
{
	if (max == 0)
		return "-spaces-max=0: this server has no spaces";
	if (in->node_name)
		return "a server with -nodes has no spaces: start one without "
		       "it beside this one";
	if (instance_is_raft_node(in))
		return "a server with Raft storage and a node_id has no "
		       "spaces: start one without them beside this one";
	/* Its jobs would outlive a space that is dropped. */
	if (in->options->database_live)
		return "a server with -database-live has no spaces: start one "
		       "without it beside this one";
	if (upstream_mode_is_on(in->options))
		return "proxy and replay have no state of their own";
	return NULL;
}

bool
spaces_open(struct instance *in, struct error *e)
{
	struct spaces *all;
	char *end;
	long max = strtol(in->options->spaces_max, &end, 10);

	if (*end || end == in->options->spaces_max || max < 0 || max > 100000)
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -spaces-max: "
		    "expected a number up to 100000",
		    in->options->spaces_max);
	in->control->host.no_spaces = spaces_why_none(in, max);
	if (in->control->host.no_spaces)
		return true;
	all = xcalloc(1, sizeof(*all));
	all->main = in;
	all->max = (int)max;
	all->by_id = map_new();
	all->host = (struct space_host){ .arg = all,
		.make = spaces_make,
		.show = spaces_show,
		.list = spaces_list,
		.drop = spaces_drop,
		.names = spaces_names };
	spaces_fill_empty_options(all);
	in->host->spaces = all;
	in->control->host.spaces = &all->host;
	http_set_spaces(in->http, spaces_find_tenant, all);
	http_on_conn_end(in->http, spaces_on_conn_end, all);
	return true;
}

void
spaces_stop_jobs(struct spaces *all)
{
	for (struct space *sp = all->first; sp; sp = sp->next)
		instance_stop_jobs(&sp->instance);
	for (struct space *sp = all->dropped; sp; sp = sp->next)
		instance_stop_jobs(&sp->instance);
}

void
spaces_free(struct spaces *all)
{
	struct space *sp;

	if (!all)
		return;
	while (all->first)
		space_drop(all->first);
	while ((sp = all->dropped)) {
		all->dropped = sp->next;
		space_free(sp);
	}
	if (all->empty)
		instance_release(all->empty);
	free(all->empty);
	map_free(all->by_id, NULL);
	free(all);
}
