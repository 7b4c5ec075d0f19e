/*
 * The instance as the control API sees it, and the listener of its own.
 */
#include "server/control_host.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "control/control.h"
#include "core/state/snapshot.h"
#include "core/expirer.h"
#include "server/dev/dev.h"
#include "server/fixtures/fixtures.h"
#include "server/listeners.h"
#include "server/vault_probe.h"

#define ADMIN_DEFAULT "127.0.0.1:8299"
#define CA_MAX ((size_t)1 << 20)

static json_t *
addresses(void *arg)
{
	const struct instance *in = arg;
	json_t *list = json_array();
	char admin[220];
	struct bound b;

	for (int i = 0; listener_bound(in, i, &b); i++)
		json_array_append_new(list, json_string(b.url));
	admin_url(in, admin, sizeof(admin));
	return json_pack("{s:o, s:o}", "main", list, "admin",
	    *admin ? json_string(admin) : json_null());
}

static void
shut_down(void *arg)
{
	((struct instance *)arg)->stopping = true;
}

bool
host_rebirth(void *arg, struct complaint *c)
{
	char why[300] = "";

	return dev_rebirth(arg, why, sizeof(why)) ||
	    complain(c, "", "", "%s", why);
}

/* Another state is in force: its root token and key share are, too. */
static void
state_back(void *arg)
{
	dev_recall(arg);
}

static void
reset_state(void *arg)
{
	struct instance *in = arg;

	if (!image_restore(&in->vault, in->start))
		log_msg(&in->log, LOG_ERROR, "mockvault",
		    "the state of the start cannot be put back");
	state_back(in);
}

/* A clock that stood at the start stands there again. */
static void
reset_clock(void *arg)
{
	struct instance *in = arg;
	char why[600];

	instance_clock(in, why, sizeof(why)); /* the flags were good once */
	if (clock_frozen(in->vault.clock))
		clock_freeze(in->vault.clock, in->start_at);
}

static void
set_gate(void *arg, enum wire_gate gate)
{
	struct instance *in = arg;

	if (in->http)
		http_gate(in->http, gate);
}

static void
reset_connections(void *arg)
{
	struct instance *in = arg;

	if (in->http)
		http_reset_connections(in->http);
}

/* The message starts with the field: "kv.secret/app: ...". */
static bool
apply_fixtures(void *arg, json_t *fixtures, struct complaint *c)
{
	char why[600] = "", *mark;
	const char *key;
	json_t *value;

	json_object_foreach(fixtures, key, value) {
		bool known = false;

		for (int i = 0; fixtures_sections[i]; i++)
			known |= strcmp(fixtures_sections[i], key) == 0;
		if (!known)
			return complain_words(c, "fixtures", key,
			    fixtures_sections, "unknown key");
	}
	if (fixtures_apply(arg, fixtures, why, sizeof(why)))
		return true;
	mark = strstr(why, ": ");
	if (!mark)
		return complain(c, "", "fixtures", "%s", why);
	*mark = '\0';
	return complain(c, "fixtures", why, "%s", mark + 2);
}

static bool
scenario_fixtures(void *arg, const json_t *fixtures, struct complaint *c)
{
	json_t *copy = json_deep_copy(fixtures);
	bool ok = apply_fixtures(arg, copy, c);

	json_decref(copy);
	return ok;
}

static char *
ca_pem(void *arg)
{
	const struct instance *in = arg;
	char why[400];

	return *in->tls.ca ? file_read(in->tls.ca, CA_MAX, NULL, why,
				 sizeof(why)) : NULL;
}

/* After the control API, which is the witness of expectations. */
static void
open_scenarios(struct instance *in)
{
	const struct scenario_host host = { .arg = in,
		.fixtures = scenario_fixtures,
		.witness = &in->control->witness };

	in->scenarios = scenarios_new(in->faults, &host);
	in->control->scenarios = in->scenarios;
}

/* For a person: the words that would do stand behind the text. */
static void
tell(const struct complaint *c, char *out, size_t size)
{
	size_t n;
	const char *mark = ": ";

	snprintf(out, size, "%s%s%s", c->field, *c->field ? ": " : "",
	    c->text);
	for (size_t i = 0; i < json_array_size(c->allowed) && i < 16; i++) {
		n = strlen(out);
		snprintf(out + n, size - n, "%s%s", mark,
		    json_string_value(json_array_get(c->allowed, i)));
		mark = ", ";
	}
}

/* One --fault: several outages, cut by ';' (MOCKVAULT_FAULTS). */
static bool
begin_faults(struct instance *in, const char *list, char *why,
    size_t why_size)
{
	char *copy = xstrdup(list), *rest = copy, *one;
	struct complaint c = { 0 };
	bool ok = true;

	while (ok && (one = strsep(&rest, ";"))) {
		one = trim(one);
		ok = !*one || outage_start_text(in->faults, one, &c);
		if (!ok) {
			snprintf(why, why_size, "-fault %s: ", one);
			tell(&c, why + strlen(why), why_size - strlen(why));
		}
	}
	complaint_clear(&c);
	free(copy);
	return ok;
}

static bool
begin_all_faults(struct instance *in, char *why, size_t why_size)
{
	const struct option_list *list = &in->options->faults;

	for (int i = 0; i < list->n; i++)
		if (!begin_faults(in, list->items[i], why, why_size))
			return false;
	return true;
}

static bool
begin_scenario(struct instance *in, char *why, size_t why_size)
{
	return !in->options->scenario ||
	    scenario_begin(in->scenarios, in->options->scenario,
		in->options->scenario_start, why, why_size);
}

/* A reset: they were good once, so there is nothing to complain of. */
static void
faults_again(void *arg)
{
	char why[600];

	begin_all_faults(arg, why, sizeof(why));
}

static void
scenario_again(void *arg)
{
	char why[600];

	begin_scenario(arg, why, sizeof(why));
}

void
control_open(struct instance *in)
{
	struct control_host host = { .arg = in, .addresses = addresses,
		.shutdown = shut_down, .reset_state = reset_state,
		.reset_clock = reset_clock, .renewed = state_back,
		.begin_faults = faults_again,
		.begin_scenario = scenario_again,
		.fixtures = apply_fixtures, .ca_pem = ca_pem };
	const struct fault_host faults = { .arg = in, .gate = set_gate,
		.reset_connections = reset_connections,
		.rebirth = host_rebirth, .state_back = state_back,
		.operate = host_operate };
	const struct options *o = in->options;

	if (in->journal_size > 0)
		in->journal = journal_new(in->journal_size, in->vault.clock,
		    in->real);
	in->faults = faults_new(&in->vault, in->real, in->journal, in->seed);
	faults_host(in->faults, &faults);
	api_watch(in->api, in->journal, in->faults, o->strict_headers);
	in->control = control_new(in->api, in->real, in->seed,
	    o->admin_token, &host, o->admin_on_main);
	in->control->witness = witness_of(&in->vault);
	open_scenarios(in);
}

void
control_close(struct instance *in)
{
	scenarios_free(in->scenarios);
	control_free(in->control);
	faults_free(in->faults);
	journal_free(in->journal);
}

bool
control_begin(struct instance *in, char *why, size_t why_size)
{
	const struct options *o = in->options;

	if (o->journal_file && in->journal &&
	    !journal_file(in->journal, o->journal_file, why, why_size))
		return false;
	return begin_all_faults(in, why, why_size) &&
	    begin_scenario(in, why, why_size);
}

/* The default may be taken by a neighbour: then the kernel picks. An address
 * that was asked for must be had. */
bool
admin_open(struct instance *in, char *why, size_t why_size)
{
	const char *asked = in->options->admin_addr;
	const char *address = asked ? asked : ADMIN_DEFAULT;

	if (strcmp(address, "none") == 0 || in->options->verify_only)
		return true;
	in->admin = http_listen(in->http, address, NULL, &http_default_limits,
	    why, why_size);
	if (!in->admin && !asked)
		in->admin = http_listen(in->http, "127.0.0.1:0", NULL,
		    &http_default_limits, why, why_size);
	if (in->admin)
		http_admin(in->admin);
	return in->admin != NULL;
}

void
admin_url(const struct instance *in, char *out, size_t size)
{
	char address[200];

	*out = '\0';
	if (!in->admin)
		return;
	http_address(in->admin, address, sizeof(address));
	snprintf(out, size, "http://%s", address);
}
