/*
 * The instance as the control API, rules and outages see it.
 */
#include "server/control_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "control/control.h"
#include "core/state/snapshot.h"
#include "core/expirer.h"
#include "server/admin_listener.h"
#include "server/admin_request.h"
#include "server/clock_options.h"
#include "server/dev/dev.h"
#include "server/fixtures/fixtures.h"
#include "server/init_scripts.h"
#include "server/inventory.h"
#include "server/listeners.h"
#include "server/upstream_mode.h"
#include "server/vault_probe.h"

#define CA_FILE_MAX ((size_t)1 << 20)

static json_t *
control_host_addresses(void *arg)
{
	const struct instance *in = arg;
	json_t *list = json_array();
	char admin[220];
	struct listener_address b;

	for (const struct instance *at = in->host->instances; at;
	     at = at->next_in_host)
		for (int i = 0;
		     at->first == in && listener_get_address(at, i, &b); i++)
			json_array_append_new(list, json_string(b.url));
	admin_listener_url(in, admin, sizeof(admin));
	return json_pack("{s:o, s:o}", "main", list, "admin",
	    *admin ? json_string(admin) : json_null());
}

static json_t *
control_host_hook_states(void *arg, bool *ready)
{
	return init_scripts_states(arg, ready);
}

static void
control_host_shutdown(void *arg)
{
	((struct instance *)arg)->host->stopping = true;
}

bool
control_host_restart_dev(void *arg, struct error *c)
{
	struct error e = { 0 };

	if (!instance_can_write(arg))
		return error_field(c, "", "", "no node leads now");
	return dev_restart(instance_active(arg), &e) ||
	    error_field(c, "", "", "%s", e.text);
}

/* Another state is in force: its root token and key share are, too. */
static void
control_host_on_state_restored(void *arg)
{
	dev_read_credentials(instance_active(arg));
}

static bool
control_host_reset_state(void *arg)
{
	struct instance *in = arg, *active = instance_active(arg);
	bool ok = instance_can_write(in) &&
	    vault_snapshot_restore(&active->vault, in->start_snapshot);

	if (!ok)
		log_msg(&in->log, LOG_ERROR, "mockvault",
		    "the state of the start cannot be put back");
	control_host_on_state_restored(in);
	return ok;
}

static json_t *
control_host_inventory(void *arg, int64_t limit)
{
	return inventory_show(&instance_active(arg)->vault, limit);
}

/* A clock that stood at the start stands there again. */
static void
control_host_reset_clock(void *arg)
{
	struct instance *in = arg;
	struct error e = { 0 };

	clock_options_apply(in, &e); /* the flags were good once */
	if (clock_frozen(in->vault.clock))
		clock_freeze(in->vault.clock, in->start_clock_ns);
}

static void
control_host_set_gate(void *arg, enum listener_state gate)
{
	struct instance *in = arg;

	if (in->tenant)
		http_set_tenant_gate(in->http, in->tenant, gate);
	else if (in->http)
		http_set_gate(in->http, gate);
}

/* Whose listeners serve it. */
static const struct instance *
control_host_listening(const struct instance *in)
{
	return in->space ? in->host->instances : in;
}

static bool
control_host_has_tls(void *arg)
{
	const struct instance *in = control_host_listening(arg);
	struct listener_address b;

	for (int i = 0; listener_get_address(in, i, &b); i++)
		if (starts_with(b.url, "https"))
			return true;
	return false;
}

static void
control_host_reset_connections(void *arg)
{
	struct instance *in = arg;

	if (in->tenant)
		http_reset_tenant(in->http, in->tenant);
	else if (in->http)
		http_reset_connections(in->http);
}

/* The message starts with the field: "kv.secret/app: ...". */
static bool
control_host_apply_fixtures(void *arg, json_t *fixtures, struct error *c)
{
	struct error e = { 0 };
	char *colon;
	const char *key;
	json_t *value;

	json_object_foreach (fixtures, key, value) {
		bool known = false;

		for (int i = 0; fixtures_section_names[i]; i++)
			known |= strcmp(fixtures_section_names[i], key) == 0;
		if (!known)
			return error_allowed(c, "fixtures", key,
			    fixtures_section_names, "unknown key");
	}
	if (!instance_can_write(arg))
		return error_field(c, "", "fixtures", "no node leads now");
	if (fixtures_apply(instance_active(arg), fixtures, &e))
		return true;
	colon = strstr(e.text, ": ");
	if (!colon)
		return error_field(c, "", "fixtures", "%s", e.text);
	*colon = '\0';
	return error_field(c, "fixtures", e.text, "%s", colon + 2);
}

static bool
control_host_scenario_fixtures(
    void *arg, const json_t *fixtures, struct error *c)
{
	json_t *copy = json_deep_copy(fixtures);
	bool ok = control_host_apply_fixtures(arg, copy, c);

	json_decref(copy);
	return ok;
}

static char *
control_host_ca_pem(void *arg)
{
	const struct instance *in = control_host_listening(arg);
	struct error e = { 0 };

	return *in->dev_tls.ca_path
	    ? file_read(in->dev_tls.ca_path, CA_FILE_MAX, NULL, &e)
	    : NULL;
}

/* After the control API, whose vault_probe checks expectations. */
static void
control_host_init_scenarios(struct instance *in)
{
	const struct scenario_host host = { .arg = in,
		.fixtures = control_host_scenario_fixtures,
		.vault_probe = &in->control->vault_probe };

	in->scenarios = scenarios_new(in->faults, &host);
	in->control->scenarios = in->scenarios;
}

/* For a person: the words that would do stand behind the text. */
static void
control_host_error_text(const struct error *c, char *out, size_t size)
{
	size_t n;
	const char *separator = ": ";

	error_print(c, out, size);
	for (size_t i = 0; i < c->allowed.n && i < 16; i++) {
		n = strlen(out);
		snprintf(
		    out + n, size - n, "%s%s", separator, c->allowed.items[i]);
		separator = ", ";
	}
}

/* One --fault: several outages, cut by ';' (MOCKVAULT_FAULTS). */
static bool
control_host_start_outages(
    struct instance *in, const char *list, struct error *e)
{
	char *copy = xstrdup(list), *cursor = copy, *outage, text[600];
	struct error c = { 0 };
	bool ok = true;

	while (ok && (outage = strsep(&cursor, ";"))) {
		outage = trim_space(outage);
		ok = !*outage || outage_start_from_flag(in->faults, outage, &c);
		if (!ok) {
			control_host_error_text(&c, text, sizeof(text));
			error_set(e, 400, "-fault %s: %s", outage, text);
		}
	}
	error_release(&c);
	free(copy);
	return ok;
}

static bool
control_host_start_faults(struct instance *in, struct error *e)
{
	const struct option_list *list = &in->options->faults;

	for (int i = 0; i < list->n; i++)
		if (!control_host_start_outages(in, list->items[i], e))
			return false;
	return true;
}

/* The options of a start, from the flags; NULL and an error. */
static json_t *
control_host_scenario_options(const struct options *o, struct error *e)
{
	json_t *set = json_object();
	json_t *options = json_pack("{s:o}", "set", set), *speed;

	for (int i = 0; i < o->scenario_set.n; i++) {
		const char *pair = o->scenario_set.items[i];
		const char *eq = strchr(pair, '=');
		char *name;

		if (!eq || eq == pair) {
			error_set(
			    e, 400, "-scenario-set %s: wants NAME=VALUE", pair);
			json_decref(options);
			return NULL;
		}
		name = xstrndup(pair, (size_t)(eq - pair));
		json_object_set_new(set, name, json_string(eq + 1));
		free(name);
	}
	if (!o->scenario_speed)
		return options;
	speed = json_loads(o->scenario_speed, JSON_DECODE_ANY, NULL);
	json_object_set_new(
	    options, "speed", speed ? speed : json_string(o->scenario_speed));
	return options;
}

bool
control_host_start_scenario(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	json_t *options;
	bool ok;

	if (!o->scenario)
		return true;
	options = control_host_scenario_options(o, e);
	ok = options &&
	    scenario_start_option(
		in->scenarios, o->scenario, o->scenario_start, options, e);
	json_decref(options);
	return ok;
}

/* A reset: they were good once, so nothing is refused. */
static void
control_host_restart_faults(void *arg)
{
	struct error e = { 0 };

	control_host_start_faults(arg, &e);
}

static void
control_host_restart_scenario(void *arg)
{
	struct error e = { 0 };

	control_host_start_scenario(arg, &e);
}

void
control_host_init(struct instance *in)
{
	struct control_host host = { .arg = in,
		.addresses = control_host_addresses,
		.upstream = upstream_mode_url(in),
		.stop = control_host_shutdown,
		.hook_states = control_host_hook_states,
		.reset_state = control_host_reset_state,
		.reset_clock = control_host_reset_clock,
		.on_state_restored = control_host_on_state_restored,
		.restart_faults = control_host_restart_faults,
		.restart_scenario = control_host_restart_scenario,
		.apply_fixtures = control_host_apply_fixtures,
		.inventory = control_host_inventory,
		.ca_pem = control_host_ca_pem };
	const struct fault_host faults = { .arg = in,
		.set_listener_state = control_host_set_gate,
		.has_tls = control_host_has_tls,
		.reset_connections = control_host_reset_connections,
		.restart_dev = control_host_restart_dev,
		.on_state_restored = control_host_on_state_restored,
		.upstream = upstream_mode_url(in),
		.admin_request = admin_request_call };
	const struct options *o = in->options;

	if (in->journal_size > 0)
		in->journal = journal_new(
		    in->journal_size, in->vault.clock, in->host->real_clock);
	in->faults = faults_new(
	    &in->vault, clock_options_of_faults(in), in->journal, in->seed);
	faults_set_host(in->faults, &faults);
	api_set_observers(in->api, in->journal, in->faults, o->strict_headers);
	in->control = control_new(in->api, in->host->real_clock, in->seed,
	    o->admin_token, &host, o->admin_on_main);
	if (!upstream_mode_is_on(o))
		in->control->vault_probe = vault_probe_make(&in->vault);
	in->control->vault_probe.upstream = upstream_mode_url(in);
	control_host_init_scenarios(in);
}

void
control_host_follow(struct instance *first, struct instance *leader)
{
	control_set_vault(first->control, &leader->vault);
	faults_set_vault(first->faults, &leader->vault);
	if (!upstream_mode_is_on(first->options))
		first->control->vault_probe = vault_probe_make(&leader->vault);
}

void
control_host_release(struct instance *in)
{
	scenarios_free(in->scenarios);
	control_free(in->control);
	faults_free(in->faults);
	journal_free(in->journal);
}

bool
control_host_start(struct instance *in, struct error *e)
{
	const struct options *o = in->options;

	if (o->journal_file && in->journal &&
	    !journal_open_file(in->journal, o->journal_file, e))
		return false;
	return control_host_start_faults(in, e) &&
	    control_host_start_scenario(in, e);
}
