/*
 * vault audit list, enable, disable.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/mounts.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

/* The values of an object as an object of texts. */
static struct slice
audit_options(struct vault_run *run, const struct kvargs *data)
{
	struct kvargs texts;

	kvargs_init(&texts, run->arena, true);
	texts.any = true;
	for (int i = 0; i < data->n; i++)
		kvargs_put_text(&texts, data->members[i].key,
		    kvargs_text(data, data->members[i].key));
	return kvargs_json(&texts);
}

/* `vault audit enable TYPE [K=V...]`; the path is the type unless -path says
 * otherwise. Returns the status that the program ends with. */
static int
audit_run_enable(struct vault_run *run)
{
	const char *type, *path;
	struct kvargs data;
	struct vreply reply;
	struct buf b;

	if (run->nargs < 1) {
		ui_error(&run->ui,
		    "Error enabling audit device: audit type missing. Valid "
		    "types include 'file', 'socket' and 'syslog'.");
		return VAULT_WRONG_USE;
	}
	type = gotext_trim(run->arena, run->args[0]);
	path = vrun_text(run, "path");
	path = gotext_ensure_slash(run->arena, *path ? path : type);
	if (!vrun_data(run, 1, "Failed to parse K=V data", &data))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "type", type);
	fields_text(&b, "description", vrun_text(run, "description"));
	fields_raw(&b, "options", audit_options(run, &data));
	fields_bool(&b, "local", vrun_is(run, "local"));
	buf_char(&b, '}');
	if (!vclient_do(&run->client, "PUT",
		arena_printf(run->arena, "sys/audit/%s", path),
		fields_take(run->arena, &b), &reply)) {
		ui_error(
		    &run->ui, "Error enabling audit device: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Enabled the %s audit device at: %s", type,
	    path);
	return VAULT_OK;
}

static int
audit_run_disable(struct vault_run *run)
{
	struct vreply reply;
	const char *path;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	path = gotext_ensure_slash(
	    run->arena, gotext_sanitize_path(run->arena, run->args[0]));
	if (!vclient_do(&run->client, "DELETE",
		arena_printf(run->arena, "sys/audit/%s", path), SLICE_NONE,
		&reply)) {
		ui_error(
		    &run->ui, "Error disabling audit device: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui,
	    "Success! Disabled audit device (if it was enabled) at: %s", path);
	return VAULT_OK;
}

static struct slice
audit_json(struct arena *a, const struct jsontext_member *members, size_t n)
{
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	for (size_t i = 0; i < n; i++) {
		struct slice m = members[i].value;
		struct slice options = part_get(m, "options");

		buf_str(&b, i ? "," : "");
		jsontext_quote_str(&b, members[i].key);
		buf_str(&b, ":{");
		fields_text(&b, "type", part_text(a, m, "type"));
		fields_text(&b, "description", part_text(a, m, "description"));
		fields_raw(&b, "options",
		    jsontext_kind(options) == '{' ? options : SLICE("null"));
		fields_bool(&b, "local", part_bool(m, "local"));
		fields_text(&b, "path", part_text(a, m, "path"));
		buf_char(&b, '}');
	}
	buf_char(&b, '}');
	return fields_take(a, &b);
}

/* "key=value key=value" */
static const char *
audit_shown_options(struct arena *a, struct slice m)
{
	struct slice options = part_get(m, "options");
	struct jsontext_member *members;
	size_t n = jsontext_kind(options) == '{'
	    ? part_members(a, options, &members)
	    : 0;
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%s=%s", text, i ? " " : "",
		    members[i].key, jsontext_go_print(a, members[i].value));
	return text;
}

/* `vault audit list`, with -detailed the options too. Returns the status that
 * the program ends with. */
static int
audit_run_list(struct vault_run *run)
{
	struct arena *a = run->arena;
	bool detailed = vrun_is(run, "detailed");
	struct jsontext_member *members;
	struct printer_rows rows;
	struct slice audits;
	size_t n;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run) ||
	    !mounts_ask_read(run, "sys/audit", "Error listing audits", &audits))
		return VAULT_FAILED;
	n = part_members(a, audits, &members);
	if (!vrun_has_table(run))
		return print_struct(run, audit_json(a, members, n));
	if (n == 0) {
		ui_output(&run->ui, "No audit devices are enabled.");
		return VAULT_FAILED;
	}
	printer_rows_init(&rows, a, "|");
	printer_row(&rows, "Path | Type | Description%s",
	    detailed ? " | Replication | Options" : "");
	for (size_t i = 0; i < n; i++) {
		struct slice m = members[i].value;
		const char *type = part_text(a, m, "type");
		const char *what = part_text(a, m, "description");

		if (detailed)
			printer_row(&rows, "%s | %s | %s | %s | %s",
			    members[i].key, type, what,
			    part_bool(m, "local") ? "local" : "replicated",
			    audit_shown_options(a, m));
		else
			printer_row(&rows, "%s | %s | %s",
			    part_text(a, m, "path"), type, what);
	}
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

static const struct flag audit_enable_flags[] = {
	{ "description", FLAG_STRING, "What the device is for.", NULL, NULL,
	    NULL },
	{ "path", FLAG_STRING,
	    "Where it is mounted; the type's name without it.", NULL, NULL,
	    NULL },
	{ "local", FLAG_BOOL, "It is not replicated.", NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct flag audit_list_flags[] = {
	{ "detailed", FLAG_BOOL, "Print the options too.", NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set audit_enable_sets[] = {
	{ "Command Options", audit_enable_flags },
	{ NULL, NULL },
};
static const struct goflag_set audit_list_sets[] = {
	{ "Command Options", audit_list_flags },
	{ NULL, NULL },
};

const struct vault_command audit_commands[] = {
	{ "audit", NULL, 0, NULL, "Work with audit devices",
	    "<subcommand> [options] [args]",
	    "  Enables, lists and disables audit devices." },
	{ "audit enable", audit_run_enable, 0, audit_enable_sets,
	    "Enable an audit device", "[options] TYPE [CONFIG K=V...]",
	    "  Enables a device of the type: file, socket or syslog." },
	{ "audit list", audit_run_list, VAULT_FORMAT, audit_list_sets,
	    "List audit devices", "[options]",
	    "  Lists the devices. It ends with 2 when there are none." },
	{ "audit disable", audit_run_disable, 0, NULL,
	    "Disable an audit device", "[options] PATH",
	    "  Disables a device." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
