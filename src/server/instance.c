/*
 * Makes an instance, wakes it and puts it to sleep, commits, releases it.
 */
#include "server/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/engine.h"
#include "base/file.h"
#include "base/line_sink.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/state/clock_control.h"
#include "core/state/snapshot.h"
#include "core/seal/seal.h"
#include "core/state/export.h"
#include "core/state/import.h"
#include "core/expirer.h"
#include "fault/fault.h"
#include "server/clock_options.h"
#include "server/control_host.h"
#include "secrets/database/call.h"
#include "server/dev/dev.h"
#include "server/engines.h"
#include "server/fixtures/fixtures.h"
#include "server/init_scripts.h"
#include "server/upstream_mode.h"
#include "server/instance_config.h"
#include "server/worker_pool.h"

/* How long what is due waits after the database has failed, real. */
#define STORAGE_RETRY_NS ((int64_t)100000000)
#define STATE_MAX ((size_t)1 << 30)

static bool
instance_open_log(struct instance *in, struct error *e)
{
	const struct options *o = in->options;

	in->log.out = in->host->log_sink;
	in->log.json = strcmp(o->log_format, "json") == 0;
	in->log.now_ns = clock_now_fn;
	in->log.real_if_moved_ns = clock_unmoved_fn;
	in->log.time_arg = in->vault.clock;
	if (!log_level_parse(o->log_level, &in->log.level))
		return error_set(e, 400, "unknown log level: %s", o->log_level);
	return in->first != in || instance_config_log_file(in, o->log_file, e);
}

/* Each of several has chance of its own. */
static uint64_t
instance_ordinal(const struct instance *in)
{
	uint64_t n = 0;

	for (const struct instance *at = in->host->instances; at != in;
	     at = at->next_in_host)
		n++;
	return n;
}

static bool
instance_init_clock_random(struct instance *in, struct error *e)
{
	const char *seed = in->options->seed;
	char *end;
	unsigned long long n;

	in->vault.clock = in->first == in ? clock_new()
					  : in->first->vault.clock;
	in->vault.log = &in->log;
	if (!seed) {
		in->vault.random = random_new();
		in->seed = random_below(in->vault.random, 1000000000);
		return true;
	}
	n = strtoull(seed, &end, 10);
	if (*end || end == seed)
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -seed: parse error", seed);
	in->seed = n;
	in->vault.random = random_new_seeded(n + instance_ordinal(in));
	return true;
}

static bool
instance_parse_size(const char *text, int *size)
{
	char *end;
	long n = strtol(text, &end, 10);

	*size = (int)n;
	return *text && !*end && n >= 0 && n <= 10000000;
}

/* Vault's variables that bring back what a version has changed. */
static void
instance_keep_old_ways(struct version_set *changes)
{
	const char *exact = getenv("VAULT_LEGACY_EXACT_MATCHING_ON_LIST");
	const char *twice = getenv(
	    "VAULT_ALLOW_PENDING_REMOVAL_DUPLICATE_HCL_ATTRIBUTES");
	bool allowed = false;

	if (exact && *exact)
		version_set_drop(changes, VERSION_POLICY_LIST_ELEMENTS);
	if (twice && parse_bool_go(twice, &allowed) && allowed &&
	    !version_set_has(changes, VERSION_HCL_DUPLICATES_FINAL))
		version_set_drop(changes, VERSION_HCL_DUPLICATES);
}

/* What the flags say, over what holds by default. */
static bool
instance_configure(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	struct vault_config *c = &in->vault.config;

	if (!version_is_valid(o->vault_version))
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -vault-version: "
		    "expected X.Y.Z",
		    o->vault_version);
	if (!instance_parse_size(o->journal_size, &in->journal_size))
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -journal-size: "
		    "expected a number up to 10000000",
		    o->journal_size);
	c->version = o->vault_version;
	version_set_init(&c->changes, c->version);
	instance_keep_old_ways(&c->changes);
	c->storage_type = "inmem";
	c->api_addr = o->api_addr ? o->api_addr : "";
	c->cluster_addr = o->cluster_addr ? o->cluster_addr : "";
	c->cluster_name = "";
	c->node_id = "";
	c->seal_type = "shamir";
	c->kms_unreachable = o->kms_unreachable;
	c->default_lease_ttl_s = VAULT_SYSTEM_TTL_S;
	c->max_lease_ttl_s = VAULT_SYSTEM_TTL_S;
	c->dev = o->dev;
	c->unauthenticated_metrics = o->dev;
	c->ui = o->dev;
	c->dev_kv_v1 = o->dev_kv_v1;
	c->dev_no_kv = o->dev_no_kv;
	c->disable_user_lockout = o->disable_user_lockout;
	c->database_execute = o->database_live;
	if (c->database_execute && !db_postgres_available())
		return error_set(e, 400,
		    "-database-live: libpq is not there, "
		    "or was not when this was built");
	return true;
}

void
instance_wake(struct instance *in)
{
	if (in->awake)
		return;
	in->awake = true;
	in->next_awake = in->host->awake;
	in->host->awake = in;
}

static void
instance_wake_fn(void *arg)
{
	instance_wake(arg);
}

static void
instance_on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	instance_wake(arg);
}

/* Vault 1.19: what cannot be unsealed now is not the end of the server. */
static void
instance_auto_unseal(struct instance *in)
{
	struct error e = { 0 };

	if (!seal_is_auto(&in->vault))
		return;
	log_msg(&in->log, LOG_INFO, "core",
	    "seal %s is emulated: no key management service is called",
	    in->vault.config.seal_type);
	if (!seal_is_initialized(&in->vault))
		log_msg(&in->log, LOG_INFO, "core",
		    "stored unseal keys supported, attempting fetch");
	else if (seal_auto_unseal(&in->vault, &e))
		log_msg(&in->log, LOG_INFO, "core", "unsealed with stored key");
	else
		log_msg(&in->log, LOG_WARN, "core",
		    "failed to unseal core: error=\"%s\"", e.text);
}

static bool
instance_load_state(struct instance *in, struct error *e)
{
	const char *path = in->options->snapshot;
	char *text = file_read(path, STATE_MAX, NULL, e);
	struct error c = { 0 };
	json_error_t bad;
	json_t *doc;
	bool ok;

	if (!text)
		return false;
	doc = json_loads(text, JSON_REJECT_DUPLICATES, &bad);
	ok = doc && vault_import(&in->vault, doc, &c);
	if (!doc)
		error_set(e, 400, "%s:%d:%d: %s", path, bad.line, bad.column,
		    bad.text);
	else if (!ok)
		error_set(e, 400, "%s: %s%s%s", path, c.field,
		    *c.field ? ": " : "", c.text);
	error_release(&c);
	json_decref(doc);
	free(text);
	return ok;
}

bool
instance_export(struct instance *in, struct error *e)
{
	struct buf out;
	bool ok;

	if (!in->options->export_on_exit)
		return true;
	outages_stop(in->faults); /* what they hold back is the state */
	buf_init(&out, SIZE_MAX / 2);
	vault_export(&instance_active(in)->vault, &out);
	ok = file_write(in->options->export_on_exit, out.p, out.n, e);
	buf_release(&out);
	return ok;
}

bool
instance_take_start_snapshot(struct instance *in, struct error *e)
{
	vault_snapshot_free(in->start_snapshot);
	in->start_snapshot = vault_snapshot_new_lazy(&in->vault);
	in->start_clock_ns = vault_now(&in->vault);
	if (!in->start_snapshot)
		error_set(e, 400, "the database cannot be read out");
	return in->start_snapshot != NULL;
}

static const char *
instance_database_name(const struct instance *in)
{
	return *in->db_path	   ? in->db_path
	    : in->options->db_path ? in->options->db_path
				   : "memory";
}

/* Behind those that are there. */
static void
instance_enter_host(struct instance *in, struct host *h)
{
	struct instance **at = &h->instances;

	while (*at)
		at = &(*at)->next_in_host;
	*at = in;
	in->host = h;
}

void
instance_leave_host(struct instance *in)
{
	struct instance **at = &in->host->instances;

	while (*at && *at != in)
		at = &(*at)->next_in_host;
	if (*at)
		*at = in->next_in_host;
	for (at = &in->host->awake; *at && *at != in;)
		at = &(*at)->next_awake;
	if (*at)
		*at = in->next_awake;
}

/* Its store is there. */
static bool
instance_init_api(struct instance *in, struct error *e)
{
	in->alarm_event = event_new(
	    in->host->base, -1, 0, instance_on_alarm, in);
	if (!in->alarm_event)
		return error_set(e, 400, "no timer can be made");
	store_on_use(in->vault.store, instance_wake_fn, in);
	if (in->first == in)
		clock_on_change(in->vault.clock, instance_wake_fn, in);
	vault_init(&in->vault);
	in->api = api_new(&in->vault, engines, system_tables);
	api_attach(in->api);
	return true;
}

bool
instance_is_raft_node(const struct instance *in)
{
	return !in->node_name && *in->vault.config.node_id &&
	    strcmp(in->vault.config.storage_type, "raft") == 0;
}

static const struct store_part *const *
instance_store_parts(const struct instance *in)
{
	return in->node_name || instance_is_raft_node(in) ? node_store_parts
							  : store_parts;
}

/* Options, configuration, store, vault and api. */
static bool
instance_init_parts(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	struct error refused = { 0 };

	if (!instance_init_clock_random(in, e) ||
	    (in->first == in && !clock_options_apply(in, e)) ||
	    !instance_open_log(in, e) || !upstream_mode_check_options(o, e) ||
	    !instance_configure(in, e))
		return false;
	if (!instance_config_read(in, &refused) ||
	    !instance_config_check(in, &refused) ||
	    (in->own_config && !instance_config_is_node(in, &refused)))
		return instance_config_refuse(in, refused.text, e);
	if (in->own_config)
		in->node_name = in->log.node = in->vault.config.node_id;
	else if (in->node_name)
		instance_config_node(in, in->node_name);
	in->vault.store = store_open_image(instance_config_database(in),
	    instance_store_parts(in), &schema_image, &in->log, e);
	return in->vault.store && instance_init_api(in, e);
}

static void
instance_begin(struct instance *in, struct host *h, const struct options *o,
    struct instance *first)
{
	memset(in, 0, sizeof(*in));
	buf_init(&in->storage_refusal, 0);
	in->options = o;
	in->first = first;
	in->startup_arena = arena_new();
	in->config_arena = arena_new();
	instance_enter_host(in, h);
}

static bool
instance_init_beside_first(struct instance *in, struct error *e)
{
	in->seed = in->first->seed;
	if (!instance_init_parts(in, e))
		return false;
	api_share_observers(in->api, in->first->api);
	return true;
}

bool
instance_init_node(struct instance *in, struct host *h, const struct options *o,
    struct instance *first, const char *name, struct error *e)
{
	instance_begin(in, h, o, first);
	in->node_name = name;
	return instance_init_beside_first(in, e);
}

void
instance_wake_up(struct instance *in)
{
	instance_auto_unseal(in);
	expirers_rearm(&in->vault);
}

bool
instance_init_configured(struct instance *in, struct host *h,
    const struct options *o, struct instance *first, const char *config,
    struct error *e)
{
	instance_begin(in, h, o, first);
	in->own_config = config;
	if (!instance_init_beside_first(in, e))
		return false;
	instance_wake_up(in);
	return store_commit(in->vault.store) ||
	    error_set(e, 400, "%s: %s", instance_database_name(in),
		store_failure_text(in->vault.store));
}

bool
instance_change_store(struct instance *in, bool file, struct error *e)
{
	const char *path = file ? instance_config_database(in) : NULL;
	struct store *s = store_open_image(
	    path, instance_store_parts(in), &schema_image, &in->log, e);

	if (!s)
		return false;
	vault_snapshot_free(in->start_snapshot);
	in->start_snapshot = NULL;
	store_close(in->vault.store);
	in->vault.store = s;
	store_on_use(s, instance_wake_fn, in);
	vault_on_store_replaced(&in->vault);
	in->memory_stale = false;
	in->retry_ns = 0;
	return true;
}

bool
instance_init(struct instance *in, struct host *h, const struct options *o,
    struct error *e)
{
	bool nodes = o->nodes || o->dev_three_node;

	instance_begin(in, h, o, in);
	if (nodes && !o->dev && o->config.n > 0)
		in->own_config = o->config.items[0];
	else if (nodes)
		in->node_name = "n1";
	if (!instance_init_parts(in, e) || !upstream_mode_init(in, e))
		return false;
	control_host_init(in);
	if (o->snapshot && !instance_load_state(in, e))
		return false;
	instance_auto_unseal(in);
	if (o->dev && !o->dev_skip_init && !dev_start(in, e))
		return false;
	for (int i = 0; i < o->fixtures.n; i++)
		if (!fixtures_load(in, o->fixtures.items[i], e))
			return false;
	if (!o->bare && !fixtures_load_environment(in, e))
		return false;
	/* Fixtures wait for their answers, so threads come after them. */
	if (o->database_live)
		in->vault.worker = worker_new(h->base);
	expirers_rearm(&in->vault);
	if (!store_commit(in->vault.store))
		return error_set(e, 400, "%s: %s", instance_database_name(in),
		    store_failure_text(in->vault.store));
	return instance_take_start_snapshot(in, e);
}

/* A seed makes other ids than the original's own: those are in the state. */
static void
instance_copy_random(struct instance *in, const struct options *o)
{
	if (o->seed) {
		in->seed = strtoull(o->seed, NULL, 10);
		in->vault.random = random_new_seeded(
		    in->seed ^ UINT64_C(0x5350414345000000));
		return;
	}
	in->vault.random = random_new();
	in->seed = random_below(in->vault.random, 1000000000);
}

/* A clock that stood at the original's start stands there here too. */
static bool
instance_copy_clock(struct instance *in, const struct instance *original,
    const struct options *o, struct error *e)
{
	clock_control_reset(&in->vault);
	if (!clock_control_start(&in->vault, o->clock, o->ttl_scale, e))
		return false;
	if (o->clock == original->options->clock &&
	    clock_frozen(in->vault.clock))
		clock_freeze(in->vault.clock, original->start_clock_ns);
	in->start_clock_ns = vault_now(&in->vault);
	return true;
}

bool
instance_init_copy(struct instance *in, const struct instance *original,
    const struct options *o, struct vault_snapshot *image, struct error *e)
{
	buf_init(&in->storage_refusal, 0);
	in->host = original->host;
	in->original = original;
	in->first = in;
	in->options = o;
	in->startup_arena = arena_new();
	in->journal_size = original->journal_size;
	in->vault.config = original->vault.config;
	in->vault.clock = clock_new();
	in->log = original->log;
	in->log.time_arg = in->vault.clock;
	in->vault.log = &in->log;
	instance_copy_random(in, o);
	in->start_snapshot = vault_snapshot_ref(image);
	if (!in->start_snapshot)
		return error_set(e, 500, "the state cannot be read out");
	if (!instance_copy_clock(in, original, o, e))
		return false;
	in->vault.store = vault_snapshot_open_store(
	    in->start_snapshot, store_parts, &in->log, e);
	if (!in->vault.store || !instance_init_api(in, e))
		return false;
	in->vault.worker = original->vault.worker;
	control_host_init(in);
	vault_snapshot_adopt(&in->vault, in->start_snapshot);
	dev_read_credentials(in);
	return true;
}

void
instance_stop_jobs(struct instance *in)
{
	struct worker *w = in->vault.worker;

	in->vault.worker = NULL;
	if (!in->original) /* a copy's is that of its original */
		worker_free(w);
}

void
instance_release(struct instance *in)
{
	if (!in->host)
		return;
	instance_stop_jobs(in);
	if (in->first == in && in->vault.clock)
		clock_moves_end(in->vault.clock); /* they know the vault */
	proxy_free(in->proxy);
	replay_free(in->replay);
	vault_snapshot_free(in->start_snapshot);
	if (in->vault.store) {
		if (in->first == in)
			control_host_release(in);
		else
			api_part_observers(in->api, in->first->api);
		vault_release(&in->vault);
		api_free(in->api);
		store_close(in->vault.store);
	}
	init_scripts_free(in);
	line_sink_free(in->own_log);
	config_file_release(&in->config_file);
	json_decref(in->sanitized);
	arena_free(in->startup_arena);
	arena_free(in->config_arena);
	buf_release(&in->storage_refusal);
	random_free(in->vault.random);
	if (in->first == in)
		clock_free(in->vault.clock);
	if (in->alarm_event)
		event_free(in->alarm_event);
	instance_leave_host(in);
}

/* After a failure what is due waits a little: it would fail again at once. */
static bool
instance_waits_for_storage(const struct instance *in)
{
	return in->retry_ns && clock_real_mono() < in->retry_ns;
}

void
instance_timeval(struct timeval *tv, int64_t wait_ns)
{
	tv->tv_sec = (time_t)(wait_ns / 1000000000);
	tv->tv_usec = (suseconds_t)((wait_ns % 1000000000 + 999) / 1000);
}

void
instance_sleep(struct instance *in)
{
	int64_t due_ns;
	struct timeval tv;

	in->awake = false;
	if (in->memory_stale) /* if it still fails, so does every request */
		in->memory_stale = !vault_follow_store(&in->vault);
	if (store_is_used(in->vault.store)) /* between two passes */
		instance_wake(in);
	due_ns = in->first == in ? clock_wait_ns(in->vault.clock) : -1;
	if (due_ns >= 0 && due_ns < STORAGE_RETRY_NS &&
	    instance_waits_for_storage(in))
		due_ns = STORAGE_RETRY_NS;
	if (due_ns < 0) {
		event_del(in->alarm_event);
		return;
	}
	instance_timeval(&tv, due_ns);
	if (event_add(in->alarm_event, &tv) != 0)
		abort(); /* a timer needs memory alone */
}

void
instance_run_due(struct instance *in)
{
	if (in->first == in && !instance_waits_for_storage(in))
		clock_run_alarms(in->vault.clock);
}

/* Vault 1.19, storage in files: the path and the words of the system. The
 * journal has it as well. */
static void
instance_write_refusal(struct instance *in)
{
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "1 error occurred:\n\t* write %s: %s\n\n",
	    instance_database_name(in), store_failure_text(in->vault.store));
	buf_clear(&in->storage_refusal);
	buf_str(&in->storage_refusal, "{\"errors\":[");
	jsontext_quote_str(&in->storage_refusal, text.p);
	buf_str(&in->storage_refusal, "]}\n");
	if (in->first->journal)
		journal_settle(
		    in->first->journal, text.p, (int64_t)in->storage_refusal.n);
	buf_release(&text);
}

bool
instance_commit(struct instance *in)
{
	struct store *s = in->vault.store;

	if (store_commit(s)) {
		if (in->vault.cluster)
			api_on_committed(in->api);
		if (in->first->journal)
			journal_settle(in->first->journal, NULL, 0);
		return true;
	}
	in->failed_commits++;
	instance_write_refusal(in);
	log_msg(&in->log, LOG_ERROR, "mockvault",
	    "the database keeps nothing of the last requests: %s",
	    store_failure_text(s));
	api_fail_held(in->api);
	if (in->http)
		http_fail_waiting(in->http, in->tenant, in->storage_refusal.p);
	/* What memory loads may be written (an upgrade's record), too. */
	in->memory_stale = !vault_follow_store(&in->vault);
	in->memory_stale = !store_commit(s) || in->memory_stale;
	in->retry_ns = clock_real_mono() + STORAGE_RETRY_NS;
	instance_wake(in);
	return false;
}
