/*
 * vault read, write, patch, list, delete, unwrap.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"

/* Data as the query of a URL; lists give several values. */
static char *
logical_query(struct vault_run *run, const struct kvargs *data)
{
	struct buf query;
	char *text;

	buf_init(&query, 0);
	for (int i = 0; i < data->n; i++) {
		const struct kvargs_member *m = &data->members[i];
		struct slice *elements;
		size_t n;

		if (jsontext_kind(m->value) != '[') {
			address_query_add(
			    &query, m->key, kvargs_text(data, m->key));
			continue;
		}
		n = part_elements(run->arena, m->value, &elements);
		for (size_t k = 0; k < n; k++)
			address_query_add(&query, m->key,
			    jsontext_go_print(run->arena, elements[k]));
	}
	text = arena_strndup(run->arena, query.p ? query.p : "", query.n);
	buf_release(&query);
	return text;
}

static int
logical_read_raw(struct vault_run *run, const char *path, const char *query)
{
	struct vrequest r;
	struct vreply reply;

	vrequest_init(&r, "GET", path);
	buf_str(&r.query, query);
	if (!vclient_ask(&run->client, &r, &reply)) {
		ui_error(&run->ui, "Error reading: %s: %s", path, reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "%s", reply.body.p);
	return VAULT_OK;
}

/* `vault read PATH [K=V...]`; the pairs become the query. Returns the status
 * that the program ends with. */
static int
logical_run_read(struct vault_run *run)
{
	const char *path, *query, *why;
	struct kvargs data;
	struct secret *s;

	if (!vrun_expect(run, 1, -1, "1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	path = gotext_sanitize_path(run->arena, run->args[0]);
	if (!vrun_data(run, 1, "Failed to parse K=V data", &data))
		return VAULT_WRONG_USE;
	query = logical_query(run, &data);
	if (run->client.timeout_ms < 0) {
		ui_error(&run->ui,
		    "Error reading %s: context deadline exceeded", path);
		return VAULT_FAILED;
	}
	if (run->ui.format == UI_RAW)
		return logical_read_raw(run, path, query);
	if (!logical_read(&run->client, path, query, &s, &why)) {
		ui_error(&run->ui, "Error reading %s: %s", path, why);
		return VAULT_FAILED;
	}
	if (!s) {
		ui_error(&run->ui, "No value found at %s", path);
		return VAULT_FAILED;
	}
	return print_result(run, s);
}

/* A login that another factor must confirm: asks, or tells what to do. */
static bool
logical_confirm_mfa(struct vault_run *run, struct secret **s)
{
	struct slice constraints = part_get((*s)->auth.mfa, "mfa_constraints");
	struct jsontext_member *members;
	size_t n;

	if (!(*s)->has_auth || !(*s)->auth.mfa.p || !constraints.p)
		return true;
	n = part_members(run->arena, constraints, &members);
	if (n > 1 || (n == 1 && run->client.nmfa == 0))
		ui_warn(&run->ui, "%s\n",
		    ui_wrap(run->arena,
			"A login request was issued that is subject to MFA "
			"validation. Please make sure to validate the login "
			"by sending another request to sys/mfa/validate "
			"endpoint.",
			0));
	return true;
}

static int
logical_written(struct vault_run *run, const char *path, bool ok,
    struct secret *s, const char *why)
{
	if (!ok) {
		ui_error(&run->ui, "Error writing data to %s: %s", path, why);
		if (s)
			(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	if (!s) {
		/* Vault 1.19: a field of nothing is nothing. */
		if (vrun_has_table(run) && !*vrun_text(run, "field"))
			ui_output(
			    &run->ui, "Success! Data written to: %s", path);
		return VAULT_OK;
	}
	if (!logical_confirm_mfa(run, &s))
		return VAULT_FAILED;
	return print_result(run, s);
}

static bool
logical_start_write(
    struct vault_run *run, const char **path, struct kvargs *data, int *status)
{
	*status = VAULT_WRONG_USE;
	if (!vrun_expect(run, 1, -1, "1"))
		return false;
	if (run->nargs == 1 && !vrun_is(run, "force")) {
		ui_error(&run->ui, "Must supply data or use -force");
		return false;
	}
	*path = gotext_sanitize_path(run->arena, run->args[0]);
	if (!vrun_data(run, 1, "Failed to parse K=V data", data))
		return false;
	*status = VAULT_FAILED;
	return vrun_client(run);
}

static int
logical_run_write(struct vault_run *run)
{
	const char *path, *why;
	struct kvargs data;
	struct secret *s;
	int status;
	bool ok;

	if (!logical_start_write(run, &path, &data, &status))
		return status;
	ok = logical_write(
	    &run->client, "PUT", path, kvargs_json(&data), &s, &why);
	return logical_written(run, path, ok, s, why);
}

static int
logical_run_patch(struct vault_run *run)
{
	const char *path, *why;
	struct kvargs data;
	struct secret *s;
	int status, refused;
	bool ok;

	if (!logical_start_write(run, &path, &data, &status))
		return status;
	ok = logical_patch(
	    &run->client, path, kvargs_json(&data), &s, &why, &refused);
	return logical_written(run, path, ok, s, why);
}

/* `vault list PATH`; 2 when nothing is there. Returns the status that the
 * program ends with. */
static int
logical_run_list(struct vault_run *run)
{
	const char *path, *why;
	struct secret *s;
	bool has_list;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	path = gotext_sanitize_path(run->arena, run->args[0]);
	if (!logical_list(&run->client, path, &s, &why)) {
		ui_error(&run->ui, "Error listing %s: %s", path, why);
		return VAULT_FAILED;
	}
	if (s && s->has_wrap && s->wrap.ttl != 0)
		return print_secret(run, s);
	has_list = secret_keys(s).p != NULL;
	if (!vrun_has_table(run) && !has_list) {
		(void)print_data(run, SLICE("{}"));
		return VAULT_FAILED;
	}
	if (!s) {
		ui_error(&run->ui, "No value found at %s", path);
		return VAULT_FAILED;
	}
	if (!s->data.p)
		return print_secret(run, s);
	if (!has_list) {
		ui_error(&run->ui, "No entries found at %s", path);
		return VAULT_FAILED;
	}
	return print_list(run, s);
}

/* `vault delete PATH [K=V...]`. Returns the status that the program ends with.
 */
static int
logical_run_delete(struct vault_run *run)
{
	const char *path, *why;
	struct kvargs data;
	struct secret *s;

	if (!vrun_expect(run, 1, -1, "at least 1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	path = gotext_sanitize_path(run->arena, run->args[0]);
	if (!vrun_data(run, 1, "Failed to parse string list data", &data))
		return VAULT_WRONG_USE;
	if (!logical_delete(
		&run->client, path, logical_query(run, &data), &s, &why)) {
		ui_error(&run->ui, "Error deleting %s: %s", path, why);
		if (s)
			(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	if (!s) {
		if (vrun_has_table(run))
			ui_output(&run->ui,
			    "Success! Data deleted (if it existed) at: %s",
			    path);
		return VAULT_OK;
	}
	return print_result(run, s);
}

static int
logical_run_unwrap(struct vault_run *run)
{
	const char *token = "", *why;
	struct secret *s;

	if (!vrun_expect(run, 0, 1, "0-1"))
		return VAULT_WRONG_USE;
	if (run->nargs)
		token = gotext_trim(run->arena, run->args[0]);
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!logical_unwrap(&run->client, token, &s, &why)) {
		ui_error(&run->ui, "Error unwrapping: %s", why);
		return VAULT_FAILED;
	}
	if (!s) {
		if (vrun_has_table(run))
			ui_output(&run->ui,
			    "Successfully unwrapped. There was no data in the "
			    "wrapped secret.");
		return VAULT_OK;
	}
	if (!*vrun_text(run, "field") && secret_keys(s).p)
		return print_list(run, s);
	return print_result(run, s);
}

static const struct flag logical_write_flags[] = {
	{ "force", FLAG_BOOL, "Write although there is no data.", NULL, NULL,
	    "f" },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set logical_write_sets[] = {
	{ "Command Options", logical_write_flags },
	{ NULL, NULL },
};

const struct vault_command logical_commands[] = {
	{ "read", logical_run_read,
	    VAULT_FIELD | VAULT_FORMAT | VAULT_ALLOW_RAW, NULL,
	    "Read data from any path", "[options] PATH",
	    "  Reads the path and prints what the server answers. Words of the "
	    "form\n  key=value go along as the query." },
	{ "write", logical_run_write, VAULT_FIELD | VAULT_FORMAT,
	    logical_write_sets, "Write data to any path",
	    "[options] PATH [DATA K=V...]",
	    "  Writes key=value pairs to the path. A value that begins with @ "
	    "is read from\n  that file, a value that is a dash from standard "
	    "input; @file or a dash\n  alone is a JSON object." },
	{ "patch", logical_run_patch, VAULT_FIELD | VAULT_FORMAT,
	    logical_write_sets, "Change some of the data at a path",
	    "[options] PATH [DATA K=V...]",
	    "  Sends the pairs as a JSON merge patch. Data is given as for "
	    "\"vault write\"." },
	{ "list", logical_run_list, VAULT_FORMAT | VAULT_DETAILED, NULL,
	    "List the keys below a path", "[options] PATH",
	    "  Lists what lies below the path." },
	{ "delete", logical_run_delete, VAULT_FIELD | VAULT_FORMAT, NULL,
	    "Delete what is at a path", "[options] PATH",
	    "  Deletes the path. It is no error when nothing was there." },
	{ "unwrap", logical_run_unwrap, VAULT_FIELD | VAULT_FORMAT, NULL,
	    "Open a wrapped answer", "[options] [TOKEN]",
	    "  Exchanges a wrapping token for the answer that it wraps. "
	    "Without one, the\n  client's own token is it." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
