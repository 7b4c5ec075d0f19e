/*
 * vault plugin list, info.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

static const char *const plugin_types[] = { "auth", "database", "secret",
	NULL };

static bool
plugin_type_known(const char *type)
{
	for (int i = 0; plugin_types[i]; i++)
		if (strcmp(plugin_types[i], type) == 0)
			return true;
	return false;
}

/* The entries of "detailed" of one type, or all of them. */
static struct slice
plugin_details(struct vault_run *run, struct slice data, const char *type)
{
	struct slice all = part_get(data, "detailed"), *elements, s;
	size_t n = jsontext_kind(all) == '['
	    ? part_elements(run->arena, all, &elements)
	    : 0;
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		if (*type &&
		    strcmp(part_text(run->arena, elements[i], "type"), type) !=
			0)
			continue;
		buf_str(&b, b.n > 1 ? "," : "");
		buf_slice(&b, elements[i]);
	}
	buf_char(&b, ']');
	s = (struct slice){ arena_strndup(run->arena, b.p, b.n), b.n };
	buf_release(&b);
	return s;
}

/* Prints plugins as a table: names and versions, and what -detailed adds.
 * Returns the status that the program ends with. */
static int
plugin_print_list(struct vault_run *run, struct slice details, const char *type)
{
	bool detailed = vrun_is(run, "detailed");
	struct printer_rows rows;
	struct slice *list;
	size_t n = part_elements(run->arena, details, &list);

	printer_rows_init(&rows, run->arena, "|");
	if (detailed)
		printer_row(
		    &rows, "Name | Type | Version | Deprecation Status");
	else
		printer_row(
		    &rows, *type ? "Name | Version" : "Name | Type | Version");
	for (size_t i = 0; i < n; i++) {
		const char *name = part_text(run->arena, list[i], "name");
		const char *version = part_text(run->arena, list[i], "version");
		const char *kind = part_text(run->arena, list[i], "type");

		if (detailed)
			printer_row(&rows, "%s | %s | %s | %s", name, kind,
			    version,
			    part_text(
				run->arena, list[i], "deprecation_status"));
		else if (*type)
			printer_row(&rows, "%s | %s", name, version);
		else
			printer_row(&rows, "%s | %s | %s", name, kind, version);
	}
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

/* `vault plugin list [TYPE]`. Returns the status that the program ends with. */
static int
plugin_run_list(struct vault_run *run)
{
	const char *type = "", *why;
	struct slice details;
	struct kvargs json;
	struct secret *s;

	if (!vrun_expect(run, 0, 1, "0 or 1"))
		return VAULT_WRONG_USE;
	if (run->nargs)
		type = gotext_trim(run->arena, run->args[0]);
	if (*type && !plugin_type_known(type)) {
		ui_error(&run->ui,
		    "Error parsing type: %s is not a supported plugin type",
		    gotext_quote(run->arena, type));
		return VAULT_FAILED;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!logical_ask(&run->client, "GET", "sys/plugins/catalog", SLICE_NONE,
		&s, &why) ||
	    !s || !s->data.p) {
		ui_error(&run->ui, "Error listing available plugins: %s",
		    why ? why : "data from server response is empty");
		return VAULT_FAILED;
	}
	details = plugin_details(run, s->data, type);
	if (vrun_has_table(run))
		return plugin_print_list(run, details, type);
	kvargs_init(&json, run->arena, true);
	for (int i = 0; plugin_types[i]; i++) {
		struct slice names = part_get(s->data, plugin_types[i]);

		if (names.p && (!*type || strcmp(type, plugin_types[i]) == 0))
			kvargs_put(&json, plugin_types[i], names);
	}
	kvargs_put(&json, "details", details);
	return print_data(run, kvargs_json(&json));
}

/* `vault plugin info TYPE NAME`. Returns the status that the program ends
 * with. */
static int
plugin_run_info(struct vault_run *run)
{
	static const char *const keys[] = { "args", "builtin", "command",
		"deprecation_status", "name", "oci_image", "runtime", "sha256",
		"version" };
	const char *type = "unknown", *name, *why = NULL;
	const char *version = vrun_text(run, "version");
	struct vrequest r;
	struct vreply reply;
	struct kvargs json;
	struct secret *s = NULL;

	if (!vrun_expect(run, 1, 2, "1 or 2"))
		return VAULT_WRONG_USE;
	name = gotext_trim(run->arena, run->args[run->nargs - 1]);
	if (run->nargs == 2)
		type = gotext_trim(run->arena, run->args[0]);
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (run->nargs == 2 && !plugin_type_known(type)) {
		ui_error(&run->ui, "%s is not a supported plugin type",
		    gotext_quote(run->arena, type));
		return VAULT_FAILED;
	}
	vrequest_init(&r, "GET",
	    arena_printf(run->arena, "sys/plugins/catalog/%s%s%s",
		run->nargs == 2 ? type : "", run->nargs == 2 ? "/" : "", name));
	if (*version)
		address_query_add(&r.query, "version", version);
	if (!vclient_ask(&run->client, &r, &reply))
		why = reply.why;
	else
		(void)secret_parse(run->arena, reply.body, &s, &why);
	if (why) {
		ui_error(
		    &run->ui, "Error reading plugin named %s: %s", name, why);
		return VAULT_FAILED;
	}
	if (!s || !s->data.p) {
		ui_error(&run->ui, "No value found for plugin %s",
		    gotext_quote(run->arena, name));
		return VAULT_FAILED;
	}
	kvargs_init(&json, run->arena, true);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct slice v = part_get(s->data, keys[i]);

		if (jsontext_kind(v) != 'n')
			kvargs_put(&json, keys[i], v);
		else if (strcmp(keys[i], "args") == 0)
			kvargs_put(&json, keys[i], SLICE("[]"));
		else if (strcmp(keys[i], "builtin") == 0)
			kvargs_put(&json, keys[i], SLICE("false"));
		else
			kvargs_put_text(&json, keys[i], "");
	}
	if (*vrun_text(run, "field"))
		return print_member(
		    run, kvargs_json(&json), vrun_text(run, "field"));
	return print_data(run, kvargs_json(&json));
}

static const struct flag plugin_list_flags[] = {
	{ "detailed", FLAG_BOOL, "Print versions and their status.", NULL, NULL,
	    NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct flag plugin_info_flags[] = {
	{ "version", FLAG_STRING, "The semantic version of the plugin.", NULL,
	    NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set plugin_list_sets[] = {
	{ "Command Options", plugin_list_flags },
	{ NULL, NULL },
};
static const struct goflag_set plugin_info_sets[] = {
	{ "Command Options", plugin_info_flags },
	{ NULL, NULL },
};

const struct vault_command plugin_commands[] = {
	{ "plugin", NULL, 0, NULL, "Show plugins",
	    "<subcommand> [options] [args]",
	    "  Shows the plugins that the server knows." },
	{ "plugin list", plugin_run_list, VAULT_FORMAT, plugin_list_sets,
	    "List plugins", "[options] [TYPE]",
	    "  Lists the plugins, or those of one type: auth, database, "
	    "secret." },
	{ "plugin info", plugin_run_info, VAULT_FIELD | VAULT_FORMAT,
	    plugin_info_sets, "Show a plugin", "[options] TYPE NAME",
	    "  Shows what the server knows of a plugin." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
