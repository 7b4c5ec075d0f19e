/*
 * vault status, and the table that it shares with vault operator unseal.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/seal_status.h"
#include "cli/vault/output/printer.h"

#define STATUS_NO_TIME "0001-01-01T00:00:00Z"

static const char *
status_yes_no(bool b)
{
	return b ? "true" : "false";
}

static void
status_put_given(
    struct arena *a, struct buf *b, struct slice from, const char *key)
{
	struct slice v = part_get(from, key);
	char kind = jsontext_kind(v);

	if (kind == 'n' || kind == 'f' || (kind == '"' && v.n == 2) ||
	    (kind == '0' && part_int(a, from, key) == 0) ||
	    (kind == '[' && v.n == 2))
		return;
	fields_raw(b, key, v);
}

/* Both answers as one object, in the order of the client's struct. */
static struct slice
status_json(struct arena *a, struct slice s, struct slice leader)
{
	static const char *const seal_rest[] = { "hcp_link_status",
		"hcp_link_resource_ID", "warnings" };
	static const char *const leader_rest[] = { "leader_address",
		"leader_cluster_address", "performance_standby",
		"performance_standby_last_remote_wal", "last_wal",
		"raft_committed_index", "raft_applied_index" };
	const char *since = part_text(a, leader, "active_time");
	struct slice removed = part_get(s, "removed_from_cluster");
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "type", part_text(a, s, "type"));
	fields_bool(&b, "initialized", part_bool(s, "initialized"));
	fields_bool(&b, "sealed", part_bool(s, "sealed"));
	fields_int(&b, "t", part_int(a, s, "t"));
	fields_int(&b, "n", part_int(a, s, "n"));
	fields_int(&b, "progress", part_int(a, s, "progress"));
	fields_text(&b, "nonce", part_text(a, s, "nonce"));
	fields_text(&b, "version", part_text(a, s, "version"));
	fields_text(&b, "build_date", part_text(a, s, "build_date"));
	fields_bool(&b, "migration", part_bool(s, "migration"));
	status_put_given(a, &b, s, "cluster_name");
	status_put_given(a, &b, s, "cluster_id");
	fields_bool(&b, "recovery_seal", part_bool(s, "recovery_seal"));
	status_put_given(a, &b, s, "recovery_seal_type");
	status_put_given(a, &b, s, "storage_type");
	for (size_t i = 0; i < sizeof(seal_rest) / sizeof(seal_rest[0]); i++)
		status_put_given(a, &b, s, seal_rest[i]);
	if (jsontext_kind(removed) != 'n')
		fields_raw(&b, "removed_from_cluster", removed);
	fields_bool(&b, "ha_enabled", part_bool(leader, "ha_enabled"));
	status_put_given(a, &b, leader, "is_self");
	fields_text(&b, "active_time", *since ? since : STATUS_NO_TIME);
	for (size_t i = 0; i < sizeof(leader_rest) / sizeof(leader_rest[0]);
	     i++)
		status_put_given(a, &b, leader, leader_rest[i]);
	buf_char(&b, '}');
	return fields_take(a, &b);
}

static void
status_leader_rows(struct arena *a, struct printer_rows *rows, struct slice j)
{
	const char *leader = part_text(a, j, "leader_address");
	const char *since = part_text(a, j, "active_time");
	bool self = part_bool(j, "is_self");

	printer_row(
	    rows, "HA Cluster | %s", part_text(a, j, "leader_cluster_address"));
	printer_row(rows, "HA Mode | %s", self ? "active" : "standby");
	if (self && strcmp(since, STATUS_NO_TIME) != 0)
		printer_row(rows, "Active Since | %s", since);
	if (!self)
		printer_row(rows, "Active Node Address | %s",
		    *leader ? leader : "<none>");
	if (part_bool(j, "performance_standby")) {
		printer_row(rows, "Performance Standby Node | true");
		printer_row(rows, "Performance Standby Last Remote WAL | %lld",
		    (long long)part_int(
			a, j, "performance_standby_last_remote_wal"));
	}
}

/* Adds the rows of `vault status` in Vault's order; rows of raft and HA only
 * where they are set up. */
static void
status_rows(struct arena *a, struct printer_rows *rows, struct slice j)
{
	bool recovery = part_bool(j, "recovery_seal");
	bool sealed = part_bool(j, "sealed");
	const char *prefix = recovery ? "Recovery " : "";
	const char *name = part_text(a, j, "cluster_name");
	const char *id = part_text(a, j, "cluster_id");
	long long t = part_int(a, j, "t");
	struct slice removed = part_get(j, "removed_from_cluster");

	printer_row(rows, "Key | Value");
	printer_row(rows, "Seal Type | %s", part_text(a, j, "type"));
	if (recovery)
		printer_row(rows, "Recovery Seal Type | %s",
		    part_text(a, j, "recovery_seal_type"));
	printer_row(rows, "Initialized | %s",
	    status_yes_no(part_bool(j, "initialized")));
	printer_row(rows, "Sealed | %s", status_yes_no(sealed));
	printer_row(rows, "Total %sShares | %lld", prefix,
	    (long long)part_int(a, j, "n"));
	printer_row(rows, "Threshold | %lld", t);
	if (sealed) {
		printer_row(rows, "Unseal Progress | %lld/%lld",
		    (long long)part_int(a, j, "progress"), t);
		printer_row(
		    rows, "Unseal Nonce | %s", part_text(a, j, "nonce"));
	}
	if (part_bool(j, "migration"))
		printer_row(rows, "Seal Migration in Progress | true");
	printer_row(rows, "Version | %s", part_text(a, j, "version"));
	printer_row(rows, "Build Date | %s", part_text(a, j, "build_date"));
	printer_row(rows, "Storage Type | %s", part_text(a, j, "storage_type"));
	if (*name && *id) {
		printer_row(rows, "Cluster Name | %s", name);
		printer_row(rows, "Cluster ID | %s", id);
	}
	if (removed.p)
		printer_row(rows, "Removed From Cluster | %s",
		    status_yes_no(jsontext_kind(removed) == 't'));
	printer_row(
	    rows, "HA Enabled | %s", status_yes_no(part_bool(j, "ha_enabled")));
	if (part_bool(j, "ha_enabled") && !sealed)
		status_leader_rows(a, rows, j);
}

static void
status_index_rows(struct arena *a, struct printer_rows *rows, struct slice j)
{
	static const char *const keys[] = { "raft_committed_index",
		"raft_applied_index", "last_wal" };
	static const char *const titles[] = { "Raft Committed Index",
		"Raft Applied Index", "Last WAL" };
	struct slice warnings = part_get(j, "warnings");

	for (int i = 0; i < 3; i++)
		if (part_int(a, j, keys[i]) > 0)
			printer_row(rows, "%s | %lld", titles[i],
			    (long long)part_int(a, j, keys[i]));
	if (warnings.p)
		printer_row(
		    rows, "Warnings | %s", jsontext_go_print(a, warnings));
}

int
seal_status_print(struct vault_run *run, struct slice status)
{
	struct printer_rows rows;
	struct slice leader, json;
	struct vreply reply;
	const char *why;

	if (vclient_do(&run->client, "GET", "sys/leader", SLICE_NONE, &reply)) {
		if (!secret_clean(run->arena, reply.body, &leader, &why))
			reply.why = why;
	} else if (strstr(reply.why, "Vault is sealed")) {
		leader = SLICE("{\"ha_enabled\":true}");
		reply.why = NULL;
	}
	if (reply.why) {
		ui_error(
		    &run->ui, "Error checking leader status: %s", reply.why);
		return VAULT_WRONG_USE;
	}
	json = status_json(run->arena, status, leader);
	if (!vrun_has_table(run)) {
		(void)print_struct(run, json);
		return VAULT_OK;
	}
	printer_rows_init(&rows, run->arena, "|");
	status_rows(run->arena, &rows, json);
	status_index_rows(run->arena, &rows, json);
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

static int
status_run(struct vault_run *run)
{
	struct vreply reply;
	struct slice status;
	const char *why;
	int code;

	if (!vrun_expect(run, 0, 0, "0") || !vrun_client(run))
		return VAULT_WRONG_USE;
	vclient_set_namespace(&run->client, "");
	why = vclient_do(
		  &run->client, "GET", "sys/seal-status", SLICE_NONE, &reply)
	    ? NULL
	    : reply.why;
	if (!why)
		(void)secret_clean(run->arena, reply.body, &status, &why);
	if (why) {
		ui_error(&run->ui, "Error checking seal status: %s", why);
		return VAULT_WRONG_USE;
	}
	code = seal_status_print(run, status);
	return part_bool(status, "sealed") ? VAULT_FAILED : code;
}

const struct vault_command status_commands[] = {
	{ "status", status_run, VAULT_FORMAT, NULL,
	    "Print whether the server is sealed, and who leads", "[options]",
	    "  Ends with 0 when the server is unsealed, 2 when it is sealed, "
	    "1 when it did\n  not answer." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
