/*
 * vault kv get, put, patch, delete, undelete, destroy, list, rollback,
 * enable-versioning.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/kv_paths.h"
#include "cli/vault/output/gotext.h"

/* {"data": DATA, "options": {"cas": CAS}}; cas p NULL leaves it out. */
static struct slice
kv_body(struct vault_run *run, struct slice data, struct slice cas)
{
	struct kvargs body, options;

	kvargs_init(&options, run->arena, true);
	options.any = true;
	if (cas.p)
		kvargs_put(&options, "cas", cas);
	kvargs_init(&body, run->arena, true);
	kvargs_put(&body, "data", data);
	kvargs_put(&body, "options", kvargs_json(&options));
	return kvargs_json(&body);
}

static struct slice
kv_number(struct vault_run *run, const char *flag)
{
	return slice_of(arena_printf(
	    run->arena, "%lld", (long long)goflag_number(&run->flags, flag)));
}

/* One argument and a client. */
static bool
kv_start(struct vault_run *run, int *status)
{
	*status = VAULT_WRONG_USE;
	if (!vrun_expect(run, 1, 1, "1"))
		return false;
	*status = VAULT_FAILED;
	return vrun_client(run);
}

static int
kv_print_got(struct vault_run *run, const struct kv_place *place,
    const char *path, const struct secret *s)
{
	struct slice metadata, data = s->data;

	print_warnings(run, s);
	if (place->v2)
		kv_print_path(run, path, "Secret Path");
	metadata = part_get(s->data, "metadata");
	if (jsontext_kind(metadata) == '{') {
		kv_print_title(run, "Metadata", metadata);
		(void)print_data(run, metadata);
		ui_output(&run->ui, "%s", "");
	}
	if (place->v2 && data.p)
		data = part_get(s->data, "data");
	if (jsontext_kind(data) == '{') {
		kv_print_title(run, "Data", data);
		(void)print_data(run, data);
	}
	return VAULT_OK;
}

static int
kv_print_got_field(struct vault_run *run, const struct kv_place *place,
    const char *path, const struct secret *s, const char *field)
{
	struct slice data = part_get(s->data, "data");

	if (!place->v2)
		return print_field(run, s, field);
	if (jsontext_kind(data) == 'n') {
		ui_error(&run->ui, "No data found at %s", path);
		return VAULT_FAILED;
	}
	if (strcmp(field, "data") == 0 && !part_get(data, "data").p)
		return print_field(run, s, field);
	return print_member(run, data, field);
}

static int
kv_run_get(struct vault_run *run)
{
	const char *field = vrun_text(run, "field"), *path, *why;
	struct kv_place place;
	struct secret *s;
	int status;

	if (!kv_start(run, &status))
		return status;
	if (!kv_locate(run, run->args[0], true, &place))
		return VAULT_FAILED;
	path = kv_data_path(run, &place, "data");
	if (!kv_read(run, path,
		place.v2 ? goflag_number(&run->flags, "version") : 0, &s,
		&why)) {
		ui_error(&run->ui, "Error reading %s: %s", path, why);
		return VAULT_FAILED;
	}
	if (!s) {
		ui_error(&run->ui, "No value found at %s", path);
		return VAULT_FAILED;
	}
	if (*field)
		return kv_print_got_field(run, &place, path, s, field);
	if (s->has_wrap || strcmp(vrun_text(run, "format"), "table") != 0)
		return print_secret(run, s);
	return kv_print_got(run, &place, path, s);
}

/* What put and patch print of an answer. */
static int
kv_print_written(struct vault_run *run, const struct kv_place *place,
    const char *path, const struct secret *s)
{
	const char *field = vrun_text(run, "field");

	(void)place;
	if (!s) {
		if (vrun_has_table(run))
			ui_output(
			    &run->ui, "Success! Data written to: %s", path);
		return VAULT_OK;
	}
	if (*field)
		return print_field(run, s, field);
	if ((s->has_wrap && s->wrap.ttl != 0) || !vrun_has_table(run))
		return print_secret(run, s);
	kv_print_path(run, path, "Secret Path");
	kv_print_title(run, "Metadata", s->data);
	return print_data(run, s->data.p ? s->data : SLICE("{}"));
}

/* `vault kv put`: writes all data of a secret, version 1 or 2 of the engine.
 * Returns the status that the program ends with. */
static int
kv_run_put(struct vault_run *run)
{
	const char *path, *why;
	struct kv_place place;
	struct kvargs data;
	struct slice body;
	struct secret *s;

	if (!vrun_expect(run, 1, -1, ">1"))
		return VAULT_WRONG_USE;
	if (run->nargs == 1) {
		ui_error(&run->ui, "Must supply data");
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!vrun_data(run, 1, "Failed to parse K=V data", &data))
		return VAULT_WRONG_USE;
	if (!kv_locate(run, run->args[0], false, &place))
		return VAULT_FAILED;
	path = kv_data_path(run, &place, "data");
	body = kvargs_json(&data);
	if (place.v2)
		body = kv_body(run, body,
		    goflag_number(&run->flags, "cas") > -1
			? kv_number(run, "cas")
			: SLICE_NONE);
	if (!logical_write(&run->client, "PUT", path, body, &s, &why)) {
		ui_error(&run->ui, "Error writing data to %s: %s", path, why);
		if (s)
			(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	return kv_print_written(run, &place, path, s);
}

/* A version's metadata and data; false after saying what is missing. */
static bool
kv_read_whole(struct vault_run *run, const char *path, int64_t version,
    const char *what, struct slice *metadata, struct slice *data)
{
	struct secret *s;
	const char *why;

	if (!kv_read(run, path, version, &s, &why)) {
		ui_error(&run->ui, "Error doing pre-read at %s: %s", path, why);
		return false;
	}
	if (!s || !s->data.p) {
		ui_error(&run->ui, "No value found at %s", path);
		return false;
	}
	*metadata = part_get(s->data, "metadata");
	if (jsontext_kind(*metadata) != '{') {
		ui_error(&run->ui,
		    jsontext_kind(*metadata) == 'n'
			? "No metadata found at %s; %s only works on existing "
			  "data"
			: "Metadata found at %s is not the expected type "
			  "(JSON object)",
		    path, what);
		return false;
	}
	*data = part_get(s->data, "data");
	return true;
}

static bool
kv_check_data(struct vault_run *run, const char *path, const char *what,
    struct slice data)
{
	if (jsontext_kind(data) == '{')
		return true;
	if (jsontext_kind(data) == 'n')
		ui_error(&run->ui,
		    "No data found at %s; %s only works on existing data", path,
		    what);
	else
		ui_error(&run->ui,
		    "Data found at %s is not the expected type (JSON object)",
		    path);
	return false;
}

/* Reads, changes, and writes back with the version that was read. */
static int
kv_patch_by_rewriting(struct vault_run *run, const struct kv_place *place,
    const char *path, const struct kvargs *changes)
{
	bool curl = run->client.curl, policy = run->client.policy, ok;
	struct slice metadata, data;
	struct jsontext_member *members;
	struct kvargs whole;
	struct secret *s;
	const char *why;
	size_t n;

	run->client.curl = run->client.policy = false;
	ok = kv_read_whole(run, path, 0, "patch", &metadata, &data) &&
	    kv_check_data(run, path, "patch", data);
	run->client.curl = curl;
	run->client.policy = policy;
	if (!ok)
		return VAULT_FAILED;
	kvargs_init(&whole, run->arena, true);
	whole.any = true;
	n = part_members(run->arena, data, &members);
	for (size_t i = 0; i < n; i++)
		kvargs_put(&whole, members[i].key, members[i].value);
	for (int i = 0; i < changes->n; i++)
		kvargs_put(
		    &whole, changes->members[i].key, changes->members[i].value);
	if (!logical_write(&run->client, "PUT", path,
		kv_body(
		    run, kvargs_json(&whole), part_get(metadata, "version")),
		&s, &why)) {
		ui_error(&run->ui, "Error writing data to %s: %s", path, why);
		return VAULT_FAILED;
	}
	return kv_print_written(run, place, path, s);
}

static int
kv_patch_by_merging(struct vault_run *run, const struct kv_place *place,
    const char *path, const struct kvargs *changes, bool fall_back)
{
	struct slice cas = goflag_number(&run->flags, "cas") > 0
	    ? kv_number(run, "cas")
	    : SLICE_NONE;
	struct secret *s;
	const char *why;
	int refused;

	if (logical_patch(&run->client, path,
		kv_body(run, kvargs_json(changes), cas), &s, &why, &refused))
		return kv_print_written(run, place, path, s);
	if (refused == 403 && fall_back)
		ui_warn(&run->ui,
		    "Data was written to %s but we recommend that you add the "
		    "\"patch\" capability to your ACL policy in order to use "
		    "HTTP PATCH in the future.",
		    path);
	if ((refused == 403 || refused == 405) && fall_back)
		return kv_patch_by_rewriting(run, place, path, changes);
	ui_error(&run->ui, "Error writing data to %s: %s", path, why);
	return VAULT_FAILED;
}

/* `vault kv patch`: by HTTP PATCH, or by reading and writing when the server
 * or the rights do not allow that. Returns the status that the program ends
 * with. */
static int
kv_run_patch(struct vault_run *run)
{
	const struct goflag_value *gone = goflag_find(
	    &run->flags, "remove-data");
	const char *method = vrun_text(run, "method"), *path;
	struct kv_place place;
	struct kvargs data;

	if (!vrun_expect(run, 1, -1, ">1"))
		return VAULT_WRONG_USE;
	if (run->nargs == 1 && gone->n == 0) {
		ui_error(&run->ui, "Must supply data");
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!vrun_data(run, 1, "Failed to parse K=V data", &data))
		return VAULT_WRONG_USE;
	data.any = true;
	if (!kv_locate(run, run->args[0], false, &place))
		return VAULT_FAILED;
	if (!place.v2) {
		ui_error(&run->ui,
		    "KV engine mount must be version 2 for patch support");
		return VAULT_FAILED;
	}
	path = kv_api_path(run, &place, "data");
	for (int i = 0; i < gone->n; i++)
		kvargs_put(&data, gone->list[i], SLICE("null"));
	if (strcmp(method, "rw") == 0)
		return kv_patch_by_rewriting(run, &place, path, &data);
	if (!*method || strcmp(method, "patch") == 0)
		return kv_patch_by_merging(run, &place, path, &data, !*method);
	ui_error(&run->ui, "Unsupported method provided to -method flag: %s",
	    method);
	return VAULT_FAILED;
}

/* `vault kv delete`, the newest version or those of -versions. Returns the
 * status that the program ends with. */
static int
kv_run_delete(struct vault_run *run)
{
	const char *path, *why;
	struct kv_place place;
	struct secret *s;
	int status;
	bool ok;

	if (!kv_start(run, &status))
		return status;
	if (!kv_locate(run, run->args[0], false, &place))
		return VAULT_FAILED;
	path = kv_data_path(run, &place, "data");
	if (place.v2 && goflag_find(&run->flags, "versions")->n)
		ok = logical_write(&run->client, "PUT",
		    kv_api_path(run, &place, "delete"), kv_versions(run), &s,
		    &why);
	else
		ok = logical_delete(&run->client, path, NULL, &s, &why);
	if (!ok) {
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

/* undelete and destroy: versions written to a path of their own. */
static int
kv_write_versions(struct vault_run *run, const char *word, const char *name)
{
	const char *path, *why;
	struct kv_place place;
	struct secret *s;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (goflag_find(&run->flags, "versions")->n == 0) {
		ui_error(&run->ui,
		    "No versions provided, use the \"-versions\" flag to "
		    "specify the version to %s.",
		    word);
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run) || !kv_locate(run, run->args[0], false, &place))
		return VAULT_FAILED;
	if (!place.v2) {
		ui_error(&run->ui, "%s not supported on KV Version 1", name);
		return VAULT_WRONG_USE;
	}
	path = kv_api_path(run, &place, word);
	if (!logical_write(
		&run->client, "PUT", path, kv_versions(run), &s, &why)) {
		ui_error(&run->ui, "Error writing data to %s: %s", path, why);
		if (s)
			(void)print_secret(run, s);
		return VAULT_FAILED;
	}
	if (!s) {
		if (vrun_has_table(run))
			ui_output(
			    &run->ui, "Success! Data written to: %s", path);
		return VAULT_OK;
	}
	return print_secret(run, s);
}

static int
kv_run_undelete(struct vault_run *run)
{
	return kv_write_versions(run, "undelete", "Undelete");
}

static int
kv_run_destroy(struct vault_run *run)
{
	return kv_write_versions(run, "destroy", "Destroy");
}

/* `vault kv list`; 2 when nothing is there. Returns the status that the
 * program ends with. */
static int
kv_run_list(struct vault_run *run)
{
	const char *path, *why;
	struct kv_place place;
	struct secret *s;
	bool has_list;

	if (!vrun_expect(run, *vrun_text(run, "mount") ? 0 : 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run) ||
	    !kv_locate(run, run->nargs ? run->args[0] : "", false, &place))
		return VAULT_FAILED;
	path = kv_data_path(run, &place, "metadata");
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
	if (!s || !s->data.p) {
		ui_error(&run->ui, "No value found at %s", path);
		return VAULT_FAILED;
	}
	if (!has_list) {
		ui_error(&run->ui, "No entries found at %s", path);
		return VAULT_FAILED;
	}
	return print_list(run, s);
}

static bool
kv_check_rollback(struct vault_run *run)
{
	int64_t version = goflag_number(&run->flags, "version");

	if (run->nargs != 1)
		ui_error(&run->ui,
		    "Invalid number of arguments (expected 1, got %d)",
		    run->nargs);
	else if (!goflag_given(&run->flags, "version"))
		ui_error(&run->ui, "Version flag must be specified");
	else if (version <= 0)
		ui_error(&run->ui, "Invalid value %lld for the version flag",
		    (long long)version);
	else
		return true;
	return false;
}

/* `vault kv rollback`: writes an old version again as the newest, with the CAS
 * of what was read. Returns the status that the program ends with. */
static int
kv_run_rollback(struct vault_run *run)
{
	struct slice now, then, data;
	const char *path, *why;
	struct kv_place place;
	struct secret *s;

	if (!kv_check_rollback(run))
		return VAULT_WRONG_USE;
	if (!vrun_client(run) || !kv_locate(run, run->args[0], false, &place))
		return VAULT_FAILED;
	if (!place.v2) {
		ui_error(&run->ui,
		    "KV engine mount must be version 2 for rollback support");
		return VAULT_FAILED;
	}
	path = kv_api_path(run, &place, "data");
	if (!kv_read_whole(run, path, 0, "rollback", &now, &data) ||
	    !kv_read_whole(run, path, goflag_number(&run->flags, "version"),
		"rollback", &then, &data))
		return VAULT_FAILED;
	if (*part_text(run->arena, then, "deletion_time")) {
		ui_error(&run->ui,
		    "Cannot roll back to a version that has been deleted");
		return VAULT_FAILED;
	}
	if (part_bool(then, "destroyed")) {
		ui_error(&run->ui,
		    "Cannot roll back to a version that has been destroyed");
		return VAULT_FAILED;
	}
	if (!kv_check_data(run, path, "rollback", data))
		return VAULT_FAILED;
	if (!logical_write(&run->client, "PUT", path,
		kv_body(run, data, part_get(now, "version")), &s, &why)) {
		ui_error(&run->ui, "Error writing data to %s: %s", path, why);
		return VAULT_FAILED;
	}
	if (!s) {
		if (vrun_has_table(run))
			ui_output(
			    &run->ui, "Success! Data written to: %s", path);
		return VAULT_OK;
	}
	return print_secret(run, s);
}

static int
kv_run_enable_versioning(struct vault_run *run)
{
	const char *mount;
	struct vreply reply;
	int status;

	if (!kv_start(run, &status))
		return status;
	mount = gotext_ensure_slash(
	    run->arena, gotext_sanitize_path(run->arena, run->args[0]));
	if (!vclient_do(&run->client, "POST",
		arena_printf(run->arena, "sys/mounts/%s/tune", mount),
		SLICE("{\"options\":{\"version\":\"2\"},\"default_lease_ttl\":"
		      "\"\",\"max_lease_ttl\":\"\",\"force_no_cache\":"
		      "false}"),
		&reply)) {
		ui_error(&run->ui, "Error tuning secrets engine %s: %s", mount,
		    reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Tuned the secrets engine at: %s", mount);
	return VAULT_OK;
}

#define KV_MOUNT_FLAG                                                        \
	{                                                                    \
		"mount", FLAG_STRING,                                        \
		    "Where the engine is mounted; the argument is then the " \
		    "path "                                                  \
		    "below it.",                                             \
		    NULL, NULL, NULL                                         \
	}
#define KV_END                                  \
	{                                       \
		NULL, 0, NULL, NULL, NULL, NULL \
	}

static const struct flag kv_get_flags[] = {
	{ "version", FLAG_INT, "The version to get.", NULL, NULL, NULL },
	KV_MOUNT_FLAG,
	KV_END,
};
static const struct flag kv_put_flags[] = {
	{ "cas", FLAG_INT,
	    "Write only when this is the current version; 0 when there must "
	    "be none.",
	    "-1", NULL, NULL },
	KV_MOUNT_FLAG,
	KV_END,
};
static const struct flag kv_patch_flags[] = {
	{ "cas", FLAG_INT, "Write only when this is the current version.", NULL,
	    NULL, NULL },
	{ "method", FLAG_STRING,
	    "\"patch\" sends the change alone, \"rw\" reads and writes all. "
	    "Without it the first is tried, then the second.",
	    NULL, NULL, NULL },
	{ "remove-data", FLAG_LIST, "A key to take out; may come again.", NULL,
	    NULL, NULL },
	KV_MOUNT_FLAG,
	KV_END,
};
static const struct flag kv_versions_flags[] = {
	{ "versions", FLAG_LIST,
	    "The versions that are meant, parted by commas; may come again.",
	    NULL, NULL, NULL },
	KV_MOUNT_FLAG,
	KV_END,
};
static const struct flag kv_mount_flags[] = { KV_MOUNT_FLAG, KV_END };
static const struct flag kv_rollback_flags[] = {
	{ "version", FLAG_INT, "The version to write again.", NULL, NULL,
	    NULL },
	KV_MOUNT_FLAG,
	KV_END,
};

#define KV_SETS(name)                                    \
	static const struct goflag_set name##_sets[] = { \
		{ "Common Options", name##_flags },      \
		{ NULL, NULL },                          \
	}
KV_SETS(kv_get);
KV_SETS(kv_put);
KV_SETS(kv_patch);
KV_SETS(kv_versions);
KV_SETS(kv_mount);
KV_SETS(kv_rollback);

const struct vault_command kv_commands[] = {
	{ "kv", NULL, 0, NULL, "Work with the key-value engine",
	    "<subcommand> [options] [args]",
	    "  Reads and writes secrets of the key-value engine, version 1 "
	    "and 2. The\n  version is found out by asking the server." },
	{ "kv get", kv_run_get, VAULT_FIELD | VAULT_FORMAT, kv_get_sets,
	    "Read a secret", "[options] KEY",
	    "  Prints a secret, and of version 2 what is known about it." },
	{ "kv put", kv_run_put, VAULT_FIELD | VAULT_FORMAT, kv_put_sets,
	    "Write a secret", "[options] KEY [DATA]",
	    "  Writes key=value pairs; what was there before is replaced." },
	{ "kv patch", kv_run_patch, VAULT_FIELD | VAULT_FORMAT, kv_patch_sets,
	    "Change some of a secret", "[options] KEY [DATA]",
	    "  Writes key=value pairs and keeps the other keys." },
	{ "kv delete", kv_run_delete, VAULT_FIELD | VAULT_FORMAT,
	    kv_versions_sets, "Delete a secret or some of its versions",
	    "[options] PATH",
	    "  Deletes the current version, or those of -versions. Version 2 "
	    "can undelete\n  them." },
	{ "kv undelete", kv_run_undelete, VAULT_FORMAT, kv_versions_sets,
	    "Bring deleted versions back", "[options] KEY",
	    "  Brings back what was deleted but not destroyed." },
	{ "kv destroy", kv_run_destroy, VAULT_FORMAT, kv_versions_sets,
	    "Destroy versions for good", "[options] KEY",
	    "  Removes the data of versions; they cannot be brought back." },
	{ "kv list", kv_run_list, VAULT_FORMAT, kv_mount_sets, "List keys",
	    "[options] PATH", "  Lists the keys below a path." },
	{ "kv rollback", kv_run_rollback, VAULT_FORMAT, kv_rollback_sets,
	    "Make an old version the current one", "[options] KEY",
	    "  Writes the data of an old version as a new one." },
	{ "kv enable-versioning", kv_run_enable_versioning, VAULT_FORMAT, NULL,
	    "Turn version 1 into version 2", "[options] KEY",
	    "  Turns versions on for a mount of version 1." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
