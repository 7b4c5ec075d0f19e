/*
 * vault operator raft autopilot state, get-config, set-config.
 */
#include "cli/vault/commands/autopilot.h"

#include <string.h>

#include "base/json/jsontext.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

static bool
autopilot_start(struct vault_run *run, int *status)
{
	*status = VAULT_WRONG_USE;
	if (!vrun_expect_exactly(run, 0))
		return false;
	*status = VAULT_FAILED;
	if (!vrun_client(run))
		return false;
	if (*vrun_text(run, "dr-token"))
		run->client.token = arena_strdup(
		    run->arena, vrun_text(run, "dr-token"));
	return true;
}

/* What a 404 means here is that there is no answer and no error. */
static bool
autopilot_ask(struct vault_run *run, const char *path, struct slice *data,
    const char **why)
{
	struct vreply reply;
	struct secret *s;

	*data = SLICE_NONE;
	*why = NULL;
	if (!vclient_do(&run->client, "GET", path, SLICE_NONE, &reply)) {
		if (reply.answered && reply.status == 404)
			return true;
		*why = reply.why;
		return false;
	}
	if (!secret_parse(run->arena, reply.body, &s, why))
		return false;
	if (!s || !s->data.p)
		*why = "data from server response is empty";
	else
		*data = s->data;
	return !*why;
}

static void
autopilot_put(struct buf *b, const char *name, struct slice from,
    const char *key, const char *zero)
{
	struct slice v = part_get(from, key);

	fields_raw(b, name, jsontext_kind(v) == 'n' ? slice_of(zero) : v);
}

static struct slice
autopilot_server_json(struct arena *a, struct slice s)
{
	static const char *const names[][3] = {
		{ "ID", "id", "\"\"" },
		{ "Name", "name", "\"\"" },
		{ "Address", "address", "\"\"" },
		{ "NodeStatus", "node_status", "\"\"" },
		{ "LastContact", "last_contact", "\"\"" },
		{ "LastTerm", "last_term", "0" },
		{ "LastIndex", "last_index", "0" },
		{ "Healthy", "healthy", "false" },
		{ "StableSince", "stable_since", "\"\"" },
		{ "Status", "status", "\"\"" },
		{ "Version", "version", "\"\"" },
		{ "UpgradeVersion", "upgrade_version", "\"\"" },
		{ "RedundancyZone", "redundancy_zone", "\"\"" },
		{ "NodeType", "node_type", "\"\"" },
	};
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		autopilot_put(&b, names[i][0], s, names[i][1], names[i][2]);
	buf_char(&b, '}');
	return fields_take(a, &b);
}

/* The state as -format=json prints it, by the names of Go's struct; in the
 * arena. */
static struct slice
autopilot_state_json(struct arena *a, struct slice data)
{
	struct slice servers = part_get(data, "servers");
	struct jsontext_member *members;
	size_t n;
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	autopilot_put(&b, "Healthy", data, "healthy", "false");
	autopilot_put(&b, "FailureTolerance", data, "failure_tolerance", "0");
	if (jsontext_kind(servers) == '{') {
		fields_raw(&b, "Servers", SLICE("{"));
		n = part_members(a, servers, &members);
		for (size_t i = 0; i < n; i++)
			fields_raw(&b, members[i].key,
			    autopilot_server_json(a, members[i].value));
		buf_char(&b, '}');
	} else {
		fields_raw(&b, "Servers", SLICE("null"));
	}
	autopilot_put(&b, "Leader", data, "leader", "\"\"");
	autopilot_put(&b, "Voters", data, "voters", "null");
	autopilot_put(&b, "NonVoters", data, "non_voters", "null");
	autopilot_put(&b, "RedundancyZones", data, "redundancy_zones", "null");
	autopilot_put(&b, "Upgrade", data, "upgrade_info", "null");
	autopilot_put(&b, "OptimisticFailureTolerance", data,
	    "optimistic_failure_tolerance", "0");
	buf_char(&b, '}');
	return fields_take(a, &b);
}

static void
autopilot_print_names(struct arena *a, struct buf *out, const char *title,
    struct slice list, bool always)
{
	struct slice *names;
	size_t n = jsontext_kind(list) == '[' ? part_elements(a, list, &names)
					      : 0;

	if (n || always)
		buf_printf(out, "%s:\n", title);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "   %s\n", jsontext_go_print(a, names[i]));
}

static void
autopilot_print_server(struct arena *a, struct buf *out, struct slice s)
{
	static const char *const rows[][2] = {
		{ "Name", "name" },
		{ "Address", "address" },
		{ "Status", "status" },
		{ "Node Status", "node_status" },
		{ "Healthy", "healthy" },
		{ "Last Contact", "last_contact" },
		{ "Last Term", "last_term" },
		{ "Last Index", "last_index" },
		{ "Version", "version" },
		{ "Upgrade Version", "upgrade_version" },
		{ "Redundancy Zone", "redundancy_zone" },
		{ "Node Type", "node_type" },
	};

	buf_printf(out, "   %s\n", part_text(a, s, "id"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice v = part_get(s, rows[i][1]);
		const char *text = v.p ? jsontext_go_print(a, v) : "";

		if (i >= 9 && !*text)
			continue;
		buf_printf(out, "      %s:%*s%s\n", rows[i][0],
		    (int)(18 - strlen(rows[i][0])), "", text);
	}
}

/* Prints the state: health, leader, names, then a block for each server.
 * Returns the status that the program ends with. */
static int
autopilot_print_state(struct vault_run *run, struct slice data)
{
	struct arena *a = run->arena;
	long long more = part_int(a, data, "optimistic_failure_tolerance");
	struct slice servers = part_get(data, "servers");
	struct jsontext_member *members;
	struct buf out;
	size_t n;

	buf_init(&out, 0);
	buf_printf(&out, "Healthy:                         %s\n",
	    part_bool(data, "healthy") ? "true" : "false");
	buf_printf(&out, "Failure Tolerance:               %lld\n",
	    (long long)part_int(a, data, "failure_tolerance"));
	buf_printf(&out, "Leader:                          %s\n",
	    part_text(a, data, "leader"));
	autopilot_print_names(
	    a, &out, "Voters", part_get(data, "voters"), true);
	autopilot_print_names(
	    a, &out, "Non Voters", part_get(data, "non_voters"), false);
	if (more > 0)
		buf_printf(
		    &out, "Optimistic Failure Tolerance:    %lld\n", more);
	buf_str(&out, "Servers:\n");
	n = jsontext_kind(servers) == '{' ? part_members(a, servers, &members)
					  : 0;
	for (size_t i = 0; i < n; i++)
		autopilot_print_server(a, &out, members[i].value);
	ui_output(&run->ui, "%s", out.p);
	buf_release(&out);
	return VAULT_OK;
}

int
autopilot_run_state(struct vault_run *run)
{
	struct slice data;
	const char *why;
	int status;

	if (!autopilot_start(run, &status))
		return status;
	if (!autopilot_ask(
		run, "sys/storage/raft/autopilot/state", &data, &why)) {
		ui_error(&run->ui, "Error checking autopilot state: %s", why);
		return VAULT_FAILED;
	}
	if (!data.p)
		return VAULT_OK;
	if (run->ui.format == UI_TABLE || run->ui.format == UI_PRETTY)
		return autopilot_print_state(run, data);
	return print_struct(run, autopilot_state_json(run->arena, data));
}

/* A duration as Go writes it, from a text or from seconds. */
static const char *
autopilot_duration(struct arena *a, struct slice config, const char *key)
{
	struct slice v = part_get(config, key);
	int64_t ns = 0;

	if (jsontext_kind(v) != 'n')
		(void)gotext_parse_duration(a, jsontext_go_print(a, v), &ns);
	return gotext_duration(a, ns);
}

static int
autopilot_print_config(struct vault_run *run, struct slice c)
{
	struct arena *a = run->arena;
	const char *clean = part_bool(c, "cleanup_dead_servers") ? "true"
								 : "false";
	const char *keep = part_bool(c, "disable_upgrade_migration") ? "true"
								     : "false";
	struct printer_rows rows;

	printer_rows_init(&rows, a, "|");
	printer_row(&rows, "Key | Value");
	printer_row(&rows, "Cleanup Dead Servers | %s", clean);
	printer_row(&rows, "Last Contact Threshold | %s",
	    autopilot_duration(a, c, "last_contact_threshold"));
	printer_row(&rows, "Dead Server Last Contact Threshold | %s",
	    autopilot_duration(a, c, "dead_server_last_contact_threshold"));
	printer_row(&rows, "Server Stabilization Time | %s",
	    autopilot_duration(a, c, "server_stabilization_time"));
	printer_row(&rows, "Min Quorum | %lld",
	    (long long)part_int(a, c, "min_quorum"));
	printer_row(&rows, "Max Trailing Logs | %lld",
	    (long long)part_int(a, c, "max_trailing_logs"));
	printer_row(&rows, "Disable Upgrade Migration | %s", keep);
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

/* `vault operator raft autopilot get-config`. Returns the status that the
 * program ends with. */
int
autopilot_run_get_config(struct vault_run *run)
{
	struct kvargs json;
	struct slice c;
	const char *why;
	int status;
	size_t i;
	static const char *const durations[] = { "last_contact_threshold",
		"dead_server_last_contact_threshold",
		"server_stabilization_time" };
	static const char *const bools[] = { "cleanup_dead_servers",
		"disable_upgrade_migration" };
	static const char *const numbers[] = { "min_quorum",
		"max_trailing_logs" };

	if (!autopilot_start(run, &status))
		return status;
	/* Vault 1.19: an error ends the command without a word, with 0. */
	if (!autopilot_ask(
		run, "sys/storage/raft/autopilot/configuration", &c, &why) ||
	    !c.p)
		return VAULT_OK;
	if (vrun_has_table(run))
		return autopilot_print_config(run, c);
	kvargs_init(&json, run->arena, true);
	for (i = 0; i < 3; i++)
		kvargs_put_text(&json, durations[i],
		    autopilot_duration(run->arena, c, durations[i]));
	for (i = 0; i < 2; i++)
		kvargs_put(&json, bools[i],
		    part_bool(c, bools[i]) ? SLICE("true") : SLICE("false"));
	for (i = 0; i < 2; i++)
		kvargs_put(&json, numbers[i],
		    slice_of(arena_printf(run->arena, "%lld",
			(long long)part_int(run->arena, c, numbers[i]))));
	return print_struct(run, kvargs_json(&json));
}

/* `vault operator raft autopilot set-config`: sends what the flags set.
 * Returns the status that the program ends with. */
int
autopilot_run_set_config(struct vault_run *run)
{
	static const struct {
		const char *flag;
		const char *key;
		char kind; /* bool, number, duration */
	} settings[] = {
		{ "cleanup-dead-servers", "cleanup_dead_servers", 'b' },
		{ "max-trailing-logs", "max_trailing_logs", 'n' },
		{ "min-quorum", "min_quorum", 'n' },
		{ "last-contact-threshold", "last_contact_threshold", 'd' },
		{ "dead-server-last-contact-threshold",
		    "dead_server_last_contact_threshold", 'd' },
		{ "server-stabilization-time", "server_stabilization_time",
		    'd' },
		{ "disable-upgrade-migration", "disable_upgrade_migration",
		    'b' },
	};
	const char *why, *token;
	struct kvargs body;
	struct secret *s;
	int status;

	token = vrun_text(run, "dr-token");
	if (!vrun_expect_exactly(run, 0))
		return VAULT_WRONG_USE;
	status = VAULT_FAILED;
	if (!vrun_client(run))
		return status;
	kvargs_init(&body, run->arena, true);
	body.any = true;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const char *flag = settings[i].flag;
		int64_t v = goflag_number(&run->flags, flag);

		if (settings[i].kind == 'b' && goflag_given(&run->flags, flag))
			kvargs_put(&body, settings[i].key,
			    v ? SLICE("true") : SLICE("false"));
		else if (settings[i].kind == 'n' && v > 0)
			kvargs_put(&body, settings[i].key,
			    slice_of(arena_printf(
				run->arena, "%lld", (long long)v)));
		else if (settings[i].kind == 'd' && v > 0)
			kvargs_put_text(&body, settings[i].key,
			    gotext_duration(run->arena, v));
	}
	if (*token)
		kvargs_put_text(&body, "dr_operation_token", token);
	if (!logical_write(&run->client, "PUT",
		"sys/storage/raft/autopilot/configuration", kvargs_json(&body),
		&s, &why)) {
		ui_error(&run->ui, "%s", why);
		return VAULT_FAILED;
	}
	return s ? print_secret(run, s) : VAULT_OK;
}
