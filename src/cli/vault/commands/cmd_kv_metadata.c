/*
 * vault kv metadata get, put, patch, delete.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/kv_paths.h"
#include "cli/vault/output/gotext.h"

static bool
kv_metadata_start(struct vault_run *run, const char **path, int *status)
{
	struct kv_place place;

	*status = VAULT_WRONG_USE;
	if (!vrun_expect(run, 1, 1, "1"))
		return false;
	*status = VAULT_FAILED;
	if (!vrun_client(run) || !kv_locate(run, run->args[0], false, &place))
		return false;
	if (!place.v2) {
		ui_error(&run->ui, "Metadata not supported on KV Version 1");
		*status = VAULT_WRONG_USE;
		return false;
	}
	*path = kv_api_path(run, &place, "metadata");
	return true;
}

static int
kv_metadata_compare(const void *x, const void *y)
{
	long a = strtol(((const struct jsontext_member *)x)->key, NULL, 10);
	long b = strtol(((const struct jsontext_member *)y)->key, NULL, 10);

	return a < b ? -1 : a > b;
}

/* Prints the metadata of a secret, and a block for each version in its order.
 */
static int
kv_metadata_print(struct vault_run *run, const char *path, struct secret *s)
{
	struct slice versions = part_get(s->data, "versions");
	struct jsontext_member *members;
	struct kvargs rest;
	size_t n;

	if (jsontext_kind(versions) != '{') {
		ui_error(&run->ui, "No value found at %s", path);
		(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	kvargs_init(&rest, run->arena, true);
	rest.any = true;
	n = part_members(run->arena, s->data, &members);
	for (size_t i = 0; i < n; i++)
		if (strcmp(members[i].key, "versions") != 0)
			kvargs_put(&rest, members[i].key, members[i].value);
	s->data = kvargs_json(&rest);
	kv_print_path(run, path, "Metadata Path");
	kv_print_title(run, "Metadata", s->data);
	(void)print_secret(run, s);
	n = part_members(run->arena, versions, &members);
	if (n)
		qsort(members, n, sizeof(*members), kv_metadata_compare);
	for (size_t i = 0; i < n; i++) {
		ui_output(&run->ui, "\n%s",
		    kv_title(run,
			arena_printf(run->arena, "Version %s", members[i].key),
			members[i].value));
		(void)print_data(run, members[i].value);
	}
	return VAULT_OK;
}

static int
kv_metadata_run_get(struct vault_run *run)
{
	const char *path, *why;
	struct secret *s;
	int status;

	if (!kv_metadata_start(run, &path, &status))
		return status;
	if (!logical_read(&run->client, path, NULL, &s, &why)) {
		ui_error(&run->ui, "Error reading %s: %s", path, why);
		return VAULT_FAILED;
	}
	if (!s) {
		ui_error(&run->ui, "No value found at %s", path);
		return VAULT_FAILED;
	}
	if (s->has_wrap || strcmp(vrun_text(run, "format"), "table") != 0)
		return print_secret(run, s);
	return kv_metadata_print(run, path, s);
}

static void
kv_metadata_settings(struct vault_run *run, struct kvargs *body)
{
	int64_t most = goflag_number(&run->flags, "max-versions");
	int64_t after = goflag_number(&run->flags, "delete-version-after");

	kvargs_init(body, run->arena, true);
	body->any = true;
	if (most >= 0)
		kvargs_put(body, "max_versions",
		    slice_of(
			arena_printf(run->arena, "%lld", (long long)most)));
	if (goflag_given(&run->flags, "cas-required"))
		kvargs_put(body, "cas_required",
		    vrun_is(run, "cas-required") ? SLICE("true")
						 : SLICE("false"));
	if (after >= 0)
		kvargs_put_text(body, "delete_version_after",
		    gotext_duration(run->arena, after));
}

static void
kv_metadata_custom(struct vault_run *run, struct kvargs *custom)
{
	const struct goflag_value *v = goflag_find(
	    &run->flags, "custom-metadata");

	kvargs_init(custom, run->arena, true);
	custom->any = true;
	for (int i = 0; i < v->n; i++)
		kvargs_put_text(custom, v->pairs[i].key, v->pairs[i].value);
}

static int
kv_metadata_written(struct vault_run *run, const char *path, bool ok,
    const struct secret *s, const char *why)
{
	if (!ok) {
		ui_error(&run->ui, "Error writing data to %s: %s", path, why);
		if (s)
			(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	if (s)
		return print_secret(run, s);
	if (vrun_has_table(run))
		ui_output(&run->ui, "Success! Data written to: %s", path);
	return VAULT_OK;
}

static int
kv_metadata_run_put(struct vault_run *run)
{
	struct kvargs body, custom;
	const char *path, *why;
	struct secret *s;
	int status;
	bool ok;

	if (!kv_metadata_start(run, &path, &status))
		return status;
	kv_metadata_settings(run, &body);
	kv_metadata_custom(run, &custom);
	if (custom.n)
		kvargs_put(&body, "custom_metadata", kvargs_json(&custom));
	ok = logical_write(
	    &run->client, "PUT", path, kvargs_json(&body), &s, &why);
	return kv_metadata_written(run, path, ok, s, why);
}

static int
kv_metadata_run_patch(struct vault_run *run)
{
	const struct goflag_value *gone = goflag_find(
	    &run->flags, "remove-custom-metadata");
	struct kvargs body, custom;
	const char *path, *why;
	struct secret *s;
	int status, refused;
	bool ok;

	if (!kv_metadata_start(run, &path, &status))
		return status;
	kv_metadata_settings(run, &body);
	kv_metadata_custom(run, &custom);
	for (int i = 0; i < gone->n; i++)
		kvargs_put(&custom, gone->list[i], SLICE("null"));
	kvargs_put(&body, "custom_metadata", kvargs_json(&custom));
	ok = logical_patch(
	    &run->client, path, kvargs_json(&body), &s, &why, &refused);
	return kv_metadata_written(run, path, ok, s, why);
}

static int
kv_metadata_run_delete(struct vault_run *run)
{
	const char *path, *why;
	struct secret *s;
	int status;

	if (!kv_metadata_start(run, &path, &status))
		return status;
	if (!logical_delete(&run->client, path, NULL, &s, &why)) {
		ui_error(&run->ui, "Error deleting %s: %s", path, why);
		if (s)
			(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	ui_output(
	    &run->ui, "Success! Data deleted (if it existed) at: %s", path);
	return VAULT_OK;
}

#define KV_METADATA_MOUNT                                                    \
	{                                                                    \
		"mount", FLAG_STRING,                                        \
		    "Where the engine is mounted; the argument is then the " \
		    "path "                                                  \
		    "below it.",                                             \
		    NULL, NULL, NULL                                         \
	}
#define KV_METADATA_SETTINGS                                                   \
	{ "max-versions", FLAG_INT, "How many versions are kept.", "-1", NULL, \
		NULL },                                                        \
	    { "cas-required", FLAG_MAYBE_BOOL,                                 \
		    "Must every write name the version that it replaces?",     \
		    NULL, NULL, NULL },                                        \
	    { "delete-version-after", FLAG_DURATION,                           \
		    "How long after it was written a version is deleted.",     \
		    "-1", NULL, NULL },                                        \
	{                                                                      \
		"custom-metadata", FLAG_MAP,                                   \
		    "A key=value of the user's own; may come again.", NULL,    \
		    NULL, NULL                                                 \
	}

static const struct flag kv_metadata_get_flags[] = {
	KV_METADATA_MOUNT,
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct flag kv_metadata_put_flags[] = {
	KV_METADATA_MOUNT,
	KV_METADATA_SETTINGS,
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct flag kv_metadata_patch_flags[] = {
	KV_METADATA_MOUNT,
	KV_METADATA_SETTINGS,
	{ "remove-custom-metadata", FLAG_LIST,
	    "A key of the user's own to take out; may come again.", NULL, NULL,
	    NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set kv_metadata_get_sets[] = {
	{ "Common Options", kv_metadata_get_flags },
	{ NULL, NULL },
};
static const struct goflag_set kv_metadata_put_sets[] = {
	{ "Common Options", kv_metadata_put_flags },
	{ NULL, NULL },
};
static const struct goflag_set kv_metadata_patch_sets[] = {
	{ "Common Options", kv_metadata_patch_flags },
	{ NULL, NULL },
};

const struct vault_command kv_metadata_commands[] = {
	{ "kv metadata", NULL, 0, NULL, "Work with what is known of a secret",
	    "<subcommand> [options] [args]",
	    "  Reads and changes the metadata of version 2." },
	{ "kv metadata get", kv_metadata_run_get, VAULT_FORMAT,
	    kv_metadata_get_sets, "Read the metadata of a secret",
	    "[options] KEY",
	    "  Prints the metadata and the versions of a secret." },
	{ "kv metadata put", kv_metadata_run_put, VAULT_FORMAT,
	    kv_metadata_put_sets, "Write the metadata of a secret",
	    "[options] KEY",
	    "  Writes settings; own metadata is replaced by what is given." },
	{ "kv metadata patch", kv_metadata_run_patch, VAULT_FORMAT,
	    kv_metadata_patch_sets, "Change some of the metadata",
	    "[options] KEY", "  Changes what is given and keeps the rest." },
	{ "kv metadata delete", kv_metadata_run_delete, 0, kv_metadata_get_sets,
	    "Delete a secret with all its versions", "[options] PATH",
	    "  Deletes the metadata and every version of a secret." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
