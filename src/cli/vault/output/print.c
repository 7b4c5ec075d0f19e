/*
 * Results as tables, JSON, YAML, or one field alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

bool
vrun_has_table(const struct vault_run *run)
{
	return run->ui.format == UI_TABLE;
}

static int
print_refuse(struct vault_run *run, const char *why)
{
	ui_error(&run->ui, "Could not parse output: %s", why);
	return VAULT_WRONG_USE;
}

/* JSON and YAML, which know every type; false for the other formats. */
static bool
print_as_text(struct vault_run *run, struct slice json)
{
	if (run->ui.format == UI_JSON) {
		ui_output(&run->ui, "%s", printer_json(run->arena, json));
		return true;
	}
	if (run->ui.format == UI_YAML) {
		ui_output(&run->ui, "%s",
		    gotext_trim(run->arena, printer_yaml(run->arena, json)));
		return true;
	}
	return false;
}

static int
print_without_table(struct vault_run *run)
{
	switch (run->ui.format) {
	case UI_PRETTY:
		return print_refuse(
		    run, "cannot use the pretty formatter for this type");
	case UI_RAW:
		return print_refuse(run,
		    "This command does not support the -format=raw option; "
		    "only `vault read` does.");
	case UI_TABLE:
	case UI_JSON:
	case UI_YAML:
		break;
	}
	return print_refuse(
	    run, "cannot use the table formatter for this type");
}

int
print_struct(struct vault_run *run, struct slice json)
{
	return print_as_text(run, json) ? VAULT_OK : print_without_table(run);
}

static bool
print_is_duration(const char *key)
{
	return strcmp(key, "period") == 0 || ends_with(key, "_period") ||
	    strcmp(key, "ttl") == 0 || ends_with(key, "_ttl") ||
	    strcmp(key, "duration") == 0 || ends_with(key, "_duration") ||
	    strcmp(key, "lease_max") == 0 || strcmp(key, "ttl_max") == 0;
}

char *
print_cell(struct vault_run *run, const char *key, struct slice value)
{
	char *text = jsontext_go_print(run->arena, value), *end;
	long long seconds;

	if (!print_is_duration(key) || jsontext_kind(value) != '0')
		return text;
	seconds = strtoll(text, &end, 10);
	return *end ? text : gotext_seconds(run->arena, seconds);
}

static void
print_members(
    struct vault_run *run, struct slice object, struct printer_rows *rows)
{
	struct jsontext_member *members;
	size_t n = object.p ? part_members(run->arena, object, &members) : 0;

	for (size_t i = 0; i < n; i++)
		printer_row(rows, "%s " PRINTER_CUP " %s", members[i].key,
		    print_cell(run, members[i].key, members[i].value));
}

static void
print_rows(struct vault_run *run, struct printer_rows *rows)
{
	if (rows->n > 1)
		ui_output(&run->ui, "%s", printer_table(rows));
}

int
print_data(struct vault_run *run, struct slice json)
{
	struct printer_rows rows;

	if (print_as_text(run, json))
		return VAULT_OK;
	if (!vrun_has_table(run))
		return print_without_table(run);
	if (jsontext_kind(json) == 'n')
		return print_without_table(run);
	printer_rows_init(&rows, run->arena, PRINTER_CUP);
	printer_row(&rows, "Key" PRINTER_CUP "Value");
	print_members(run, json, &rows);
	print_rows(run, &rows);
	return VAULT_OK;
}

void
print_warnings(struct vault_run *run, const struct secret *s)
{
	struct slice *warnings;
	size_t n;

	if (secret_warning_count(run->arena, s) == 0)
		return;
	n = part_elements(run->arena, s->warnings, &warnings);
	ui_warn(&run->ui,
	    "WARNING! The following warnings were returned from Vault:\n");
	for (size_t i = 0; i < n; i++) {
		ui_warn(&run->ui, "%s",
		    ui_wrap(run->arena,
			arena_printf(run->arena, "* %s",
			    jsontext_string(run->arena, warnings[i], NULL)),
			2));
		ui_warn(&run->ui, "%s", "");
	}
}

/* Adds the rows of a login that waits for MFA. */
static void
print_mfa(struct vault_run *run, struct slice mfa, struct printer_rows *rows)
{
	struct jsontext_member *sets;
	struct slice constraints = part_get(mfa, "mfa_constraints"), *any;
	size_t n, count;

	printer_row(rows, "mfa_request_id " PRINTER_CUP " %s",
	    part_text(run->arena, mfa, "mfa_request_id"));
	n = constraints.p ? part_members(run->arena, constraints, &sets) : 0;
	for (size_t i = 0; i < n; i++) {
		struct slice list = part_get(sets[i].value, "any");

		count = list.p ? part_elements(run->arena, list, &any) : 0;
		for (size_t k = 0; k < count; k++) {
			const char *type = part_text(
			    run->arena, any[k], "type");
			const char *name = part_text(
			    run->arena, any[k], "name");

			printer_row(rows,
			    "mfa_constraint_%s_%s_id " PRINTER_CUP " %s",
			    sets[i].key, type,
			    part_text(run->arena, any[k], "id"));
			printer_row(rows,
			    "mfa_constraint_%s_%s_uses_passcode " PRINTER_CUP
			    " %s",
			    sets[i].key, type,
			    part_bool(any[k], "uses_passcode") ? "true"
							       : "false");
			if (*name)
				printer_row(rows,
				    "mfa_constraint_%s_%s_name " PRINTER_CUP
				    " %s",
				    sets[i].key, type, name);
		}
	}
}

/* Adds the rows of a token: text, accessor, duration, policies, metadata. */
static void
print_auth(struct vault_run *run, const struct secret_auth *auth,
    struct printer_rows *rows)
{
	struct jsontext_member *meta;
	size_t n;

	if (auth->mfa.p) {
		print_mfa(run, auth->mfa, rows);
		return;
	}
	printer_row(rows, "token " PRINTER_CUP " %s", auth->token);
	printer_row(rows, "token_accessor " PRINTER_CUP " %s", auth->accessor);
	printer_row(rows, "token_duration " PRINTER_CUP " %s",
	    auth->lease_duration
		? gotext_seconds(run->arena, auth->lease_duration)
		: "∞");
	printer_row(rows, "token_renewable " PRINTER_CUP " %s",
	    auth->renewable ? "true" : "false");
	printer_row(rows, "token_policies " PRINTER_CUP " %s",
	    gotext_quote_list(run->arena, auth->token_policies));
	printer_row(rows, "identity_policies " PRINTER_CUP " %s",
	    gotext_quote_list(run->arena, auth->identity_policies));
	printer_row(rows, "policies " PRINTER_CUP " %s",
	    gotext_quote_list(run->arena, auth->policies));
	n = auth->metadata.p ? part_members(run->arena, auth->metadata, &meta)
			     : 0;
	for (size_t i = 0; i < n; i++)
		printer_row(rows, "token_meta_%s " PRINTER_CUP " %s",
		    meta[i].key, jsontext_go_print(run->arena, meta[i].value));
}

static void
print_wrap(struct vault_run *run, const struct secret_wrap *wrap,
    struct printer_rows *rows)
{
	printer_row(rows, "wrapping_token: " PRINTER_CUP " %s", wrap->token);
	printer_row(
	    rows, "wrapping_accessor: " PRINTER_CUP " %s", wrap->accessor);
	printer_row(rows, "wrapping_token_ttl: " PRINTER_CUP " %s",
	    gotext_seconds(run->arena, wrap->ttl));
	printer_row(rows, "wrapping_token_creation_time: " PRINTER_CUP " %s",
	    gotext_time(run->arena, wrap->creation_time));
	printer_row(rows, "wrapping_token_creation_path: " PRINTER_CUP " %s",
	    wrap->creation_path);
	if (*wrap->wrapped_accessor)
		printer_row(rows, "wrapped_accessor: " PRINTER_CUP " %s",
		    wrap->wrapped_accessor);
}

int
print_secret(struct vault_run *run, const struct secret *s)
{
	struct printer_rows rows;

	if (print_as_text(run, secret_to_json(run->arena, s)))
		return VAULT_OK;
	if (!vrun_has_table(run))
		return print_without_table(run);
	if (!s)
		return VAULT_OK;
	print_warnings(run, s);
	printer_rows_init(&rows, run->arena, PRINTER_CUP);
	printer_row(&rows, "Key" PRINTER_CUP "Value");
	if (s->lease_duration > 0 && *s->lease_id) {
		printer_row(&rows, "lease_id " PRINTER_CUP " %s", s->lease_id);
		printer_row(&rows, "lease_duration " PRINTER_CUP " %s",
		    gotext_seconds(run->arena, s->lease_duration));
		printer_row(&rows, "lease_renewable " PRINTER_CUP " %s",
		    s->renewable ? "true" : "false");
	} else if (s->lease_duration > 0) {
		printer_row(&rows, "refresh_interval " PRINTER_CUP " %s",
		    gotext_seconds(run->arena, s->lease_duration));
	}
	if (s->has_auth)
		print_auth(run, &s->auth, &rows);
	if (s->has_wrap)
		print_wrap(run, &s->wrap, &rows);
	print_members(run, s->data, &rows);
	print_rows(run, &rows);
	return VAULT_OK;
}

static int
print_compare(const void *x, const void *y)
{
	const char *const *a = x, *const *b = y;

	return strcmp(*a, *b);
}

/* Titles of all columns that -detailed adds, sorted; their number in *n. */
static const char **
print_info_titles(struct vault_run *run, struct slice info, size_t *n)
{
	struct jsontext_member *rows, *cells;
	size_t count = part_members(run->arena, info, &rows), most = 0, k;
	const char **titles;

	*n = 0;
	for (size_t i = 0; i < count; i++)
		most += part_members(run->arena, rows[i].value, &cells);
	titles = arena_alloc(run->arena, (most + 1) * sizeof(*titles));
	for (size_t i = 0; i < count; i++) {
		size_t m = part_members(run->arena, rows[i].value, &cells);

		for (size_t j = 0; j < m; j++) {
			for (k = 0; k < *n; k++)
				if (strcmp(titles[k], cells[j].key) == 0)
					break;
			if (k == *n)
				titles[(*n)++] = cells[j].key;
		}
	}
	qsort(titles, *n, sizeof(*titles), print_compare);
	return titles;
}

static void
print_list_row(struct vault_run *run, struct printer_rows *rows,
    const char *key, struct slice info, const char **titles, size_t ntitles)
{
	struct slice cells = info.p ? part_get(info, key) : SLICE_NONE;
	const char *row = key;

	for (size_t i = 0; i < ntitles && cells.p; i++) {
		struct slice cell = part_get(cells, titles[i]);

		row = arena_printf(run->arena, "%s" PRINTER_CUP "%s", row,
		    cell.p ? print_cell(run, titles[i], cell) : "n/a");
	}
	printer_row(rows, "%s", row);
}

int
print_list(struct vault_run *run, const struct secret *s)
{
	struct slice list = secret_keys(s), *elements;
	struct slice info = part_get(s->data, "key_info");
	const char **titles = NULL, **keys;
	size_t n, ntitles = 0;
	struct printer_rows rows;
	char *title;

	if (run->ui.format == UI_JSON && run->ui.detailed)
		return print_struct(run, secret_to_json(run->arena, s));
	if (print_as_text(run, list))
		return VAULT_OK;
	if (!vrun_has_table(run))
		return print_without_table(run);
	print_warnings(run, s);
	n = part_elements(run->arena, list, &elements);
	if (n == 0)
		return VAULT_OK;
	keys = arena_alloc(run->arena, n * sizeof(*keys));
	for (size_t i = 0; i < n; i++) {
		if (jsontext_kind(elements[i]) != '"')
			return print_refuse(run,
			    arena_printf(run->arena, "%s is not a string",
				jsontext_go_print(run->arena, elements[i])));
		keys[i] = jsontext_string(run->arena, elements[i], NULL);
	}
	qsort(keys, n, sizeof(*keys), print_compare);
	if (!run->ui.detailed || jsontext_kind(info) != '{')
		info = SLICE_NONE;
	else
		titles = print_info_titles(run, info, &ntitles);
	printer_rows_init(&rows, run->arena, PRINTER_CUP);
	title = arena_strdup(run->arena, "Keys");
	for (size_t i = 0; i < ntitles; i++)
		title = arena_printf(
		    run->arena, "%s" PRINTER_CUP "%s", title, titles[i]);
	printer_row(&rows, "%s", title);
	for (size_t i = 0; i < n; i++)
		print_list_row(run, &rows, keys[i], info, titles, ntitles);
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

/* A value alone, in the format that was asked for. */
static int
print_alone(struct vault_run *run, struct slice value, const char *field)
{
	char *text = jsontext_go_print(run->arena, value);

	if (!value.p || jsontext_kind(value) == 'n') {
		ui_error(&run->ui, "Field %s not present in secret",
		    gotext_quote(run->arena, field));
		return VAULT_WRONG_USE;
	}
	switch (run->ui.format) {
	case UI_JSON:
		text = printer_json(run->arena, value);
		break;
	case UI_YAML:
		text = printer_yaml(run->arena, value);
		break;
	case UI_PRETTY:
		text = arena_strdup(run->arena, "");
		break;
	case UI_TABLE:
	case UI_RAW:
		break;
	}
	ui_raw(&run->ui, text, strlen(text));
	return VAULT_OK;
}

int
print_member(struct vault_run *run, struct slice object, const char *field)
{
	return print_alone(
	    run, object.p ? part_get(object, field) : SLICE_NONE, field);
}

static struct slice
print_quoted(struct vault_run *run, const char *text)
{
	struct slice s;
	struct buf b;

	buf_init(&b, 0);
	jsontext_quote_str(&b, text);
	s = (struct slice){ arena_strndup(run->arena, b.p, b.n), b.n };
	buf_release(&b);
	return s;
}

static struct slice
print_int(struct vault_run *run, int64_t v)
{
	return slice_of(arena_printf(run->arena, "%lld", (long long)v));
}

static struct slice
print_bool(bool v)
{
	return v ? SLICE("true") : SLICE("false");
}

/* A list that is not there is an empty one here. */
static struct slice
print_policies(struct slice list)
{
	return list.p ? list : SLICE("[]");
}

static bool
print_auth_field(struct vault_run *run, const struct secret_auth *auth,
    const char *field, struct slice *out)
{
	if (strcmp(field, "token") == 0)
		*out = print_quoted(run, auth->token);
	else if (strcmp(field, "token_accessor") == 0)
		*out = print_quoted(run, auth->accessor);
	else if (strcmp(field, "token_duration") == 0)
		*out = print_int(run, auth->lease_duration);
	else if (strcmp(field, "token_renewable") == 0)
		*out = print_bool(auth->renewable);
	else if (strcmp(field, "token_policies") == 0)
		*out = print_policies(auth->token_policies);
	else if (strcmp(field, "identity_policies") == 0)
		*out = print_policies(auth->identity_policies);
	else if (strcmp(field, "policies") == 0)
		*out = print_policies(auth->policies);
	else
		return false;
	return true;
}

static bool
print_wrap_field(struct vault_run *run, const struct secret_wrap *wrap,
    const char *field, struct slice *out)
{
	if (strcmp(field, "wrapping_token") == 0)
		*out = print_quoted(run, wrap->token);
	else if (strcmp(field, "wrapping_accessor") == 0)
		*out = print_quoted(run, wrap->accessor);
	else if (strcmp(field, "wrapping_token_ttl") == 0)
		*out = print_int(run, wrap->ttl);
	else if (strcmp(field, "wrapping_token_creation_time") == 0)
		*out = print_quoted(run, wrap->creation_time);
	else if (strcmp(field, "wrapping_token_creation_path") == 0)
		*out = print_quoted(run, wrap->creation_path);
	else if (strcmp(field, "wrapped_accessor") == 0)
		*out = print_quoted(run, wrap->wrapped_accessor);
	else
		return false;
	return true;
}

static bool
print_plain_field(struct vault_run *run, const struct secret *s,
    const char *field, struct slice *out)
{
	if (strcmp(field, "lease_duration") == 0 ||
	    strcmp(field, "refresh_interval") == 0)
		*out = print_int(run, s->lease_duration);
	else if (strcmp(field, "lease_id") == 0)
		*out = print_quoted(run, s->lease_id);
	else if (strcmp(field, "request_id") == 0)
		*out = print_quoted(run, s->request_id);
	else if (strcmp(field, "renewable") == 0)
		*out = print_bool(s->renewable);
	else if (strcmp(field, "data") == 0 && s->data.p &&
	    !part_get(s->data, "data").p)
		*out = s->data;
	else
		return false;
	return true;
}

int
print_field(struct vault_run *run, const struct secret *s, const char *field)
{
	struct slice value;
	bool known;

	if (!s)
		return print_alone(run, SLICE_NONE, field);
	if (s->has_auth)
		known = print_auth_field(run, &s->auth, field, &value);
	else if (s->has_wrap)
		known = print_wrap_field(run, &s->wrap, field, &value);
	else
		known = print_plain_field(run, s, field, &value);
	if (!known)
		return print_member(run, s->data, field);
	return print_alone(run, value, field);
}

int
print_result(struct vault_run *run, const struct secret *s)
{
	const char *field = vrun_text(run, "field");

	return *field ? print_field(run, s, field) : print_secret(run, s);
}
