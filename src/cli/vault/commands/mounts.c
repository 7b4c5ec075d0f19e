/*
 * Mounts: enabled, tuned, moved, disabled, listed.
 */
#include "cli/vault/commands/mounts.h"

#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

#define MOUNTS_MOVE_WAIT_S 10

static const char *
mounts_duration(struct vault_run *run, const char *flag)
{
	return gotext_duration(run->arena, goflag_number(&run->flags, flag));
}

/* A TTL to tune to: "" leaves it, "system" takes it back. */
static const char *
mounts_ttl(struct vault_run *run, const char *flag)
{
	int64_t ns = goflag_number(&run->flags, flag);

	if (ns == 0)
		return "";
	return ns < 0 ? "system" : gotext_duration(run->arena, ns);
}

static void
mounts_put_given_list(
    struct vault_run *run, struct buf *b, const char *key, const char *flag)
{
	if (goflag_given(&run->flags, flag))
		fields_list(b, key, goflag_find(&run->flags, flag));
}

static void
mounts_put_given_text(
    struct vault_run *run, struct buf *b, const char *key, const char *flag)
{
	if (goflag_given(&run->flags, flag) && *vrun_text(run, flag))
		fields_text(b, key, vrun_text(run, flag));
}

/* -options with -version in it. */
static void
mounts_put_options(struct vault_run *run, struct buf *b)
{
	const struct goflag_value *v = goflag_find(&run->flags, "options");
	int64_t version = goflag_number(&run->flags, "version");
	struct kvargs options;

	kvargs_init(&options, run->arena, true);
	for (int i = 0; i < v->n; i++)
		kvargs_put_text(&options, v->pairs[i].key, v->pairs[i].value);
	if (version > 0)
		kvargs_put_text(&options, "version",
		    arena_printf(run->arena, "%lld", (long long)version));
	fields_raw(b, "options", kvargs_json(&options));
}

/* The settings that go along only when their flag was given. */
static void
mounts_put_given(struct vault_run *run, struct buf *b)
{
	mounts_put_given_list(run, b, "audit_non_hmac_request_keys",
	    "audit-non-hmac-request-keys");
	mounts_put_given_list(run, b, "audit_non_hmac_response_keys",
	    "audit-non-hmac-response-keys");
	mounts_put_given_text(
	    run, b, "listing_visibility", "listing-visibility");
	mounts_put_given_list(run, b, "passthrough_request_headers",
	    "passthrough-request-headers");
	mounts_put_given_list(
	    run, b, "allowed_response_headers", "allowed-response-headers");
	mounts_put_given_text(run, b, "token_type", "token-type");
	mounts_put_given_list(
	    run, b, "allowed_managed_keys", "allowed-managed-keys");
	mounts_put_given_text(run, b, "plugin_version", "plugin-version");
}

/* Adds user_lockout_config from the flags that were given. */
static void
mounts_put_lockout(struct vault_run *run, struct buf *b)
{
	static const char *const flags[] = { "user-lockout-threshold",
		"user-lockout-duration", "user-lockout-counter-reset-duration",
		"user-lockout-disable" };
	static const char *const keys[] = { "lockout_threshold",
		"lockout_duration", "lockout_counter_reset_duration",
		"lockout_disable" };
	bool any = false;

	for (int i = 0; i < 4; i++)
		any = any || goflag_given(&run->flags, flags[i]);
	if (!any)
		return;
	fields_raw(b, "user_lockout_config", SLICE("{"));
	for (int i = 0; i < 4; i++) {
		if (!goflag_given(&run->flags, flags[i]))
			continue;
		if (i == 0)
			fields_text(b, keys[i],
			    arena_printf(run->arena, "%lld",
				(long long)goflag_number(
				    &run->flags, flags[i])));
		else if (i == 3)
			fields_bool(b, keys[i], vrun_is(run, flags[i]));
		else if (*mounts_ttl(run, flags[i]))
			fields_text(b, keys[i], mounts_ttl(run, flags[i]));
	}
	buf_char(b, '}');
}

/* What Vault 1.19 has besides. */
static void
mounts_put_newer(struct vault_run *run, struct buf *b)
{
	mounts_put_given_list(
	    run, b, "delegated_auth_accessors", "delegated-auth-accessors");
	mounts_put_given_text(
	    run, b, "identity_token_key", "identity-token-key");
	if (goflag_given(&run->flags, "trim-request-trailing-slashes"))
		fields_bool(b, "trim_request_trailing_slashes",
		    vrun_is(run, "trim-request-trailing-slashes"));
}

static struct slice
mounts_enable_body(struct vault_run *run, const char *type)
{
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "type", type);
	fields_text(&b, "description", vrun_text(run, "description"));
	fields_raw(&b, "config", SLICE("{"));
	fields_raw(&b, "options", SLICE("null"));
	fields_text(
	    &b, "default_lease_ttl", mounts_duration(run, "default-lease-ttl"));
	fields_text(&b, "max_lease_ttl", mounts_duration(run, "max-lease-ttl"));
	fields_bool(&b, "force_no_cache", vrun_is(run, "force-no-cache"));
	mounts_put_given(run, &b);
	mounts_put_newer(run, &b);
	buf_char(&b, '}');
	fields_bool(&b, "local", vrun_is(run, "local"));
	fields_bool(&b, "seal_wrap", vrun_is(run, "seal-wrap"));
	fields_bool(&b, "external_entropy_access",
	    vrun_is(run, "external-entropy-access"));
	mounts_put_options(run, &b);
	buf_char(&b, '}');
	return fields_take(run->arena, &b);
}

static struct slice
mounts_tune_body(struct vault_run *run)
{
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	mounts_put_options(run, &b);
	fields_text(
	    &b, "default_lease_ttl", mounts_ttl(run, "default-lease-ttl"));
	if (goflag_given(&run->flags, "description"))
		fields_text(&b, "description", vrun_text(run, "description"));
	fields_text(&b, "max_lease_ttl", mounts_ttl(run, "max-lease-ttl"));
	fields_bool(&b, "force_no_cache", false);
	mounts_put_given(run, &b);
	mounts_put_lockout(run, &b);
	mounts_put_newer(run, &b);
	buf_char(&b, '}');
	return fields_take(run->arena, &b);
}

/* One argument and a client. */
static bool
mounts_start(struct vault_run *run, int args, int *status)
{
	*status = VAULT_WRONG_USE;
	if (!vrun_expect(run, args, args, args == 1 ? "1" : "2"))
		return false;
	*status = VAULT_FAILED;
	return vrun_client(run);
}

int
mounts_ask_enable(struct vault_run *run, const struct mount_kind *kind)
{
	const char *type, *path, *version = vrun_text(run, "plugin-version");
	struct vreply reply;
	int status;

	if (!mounts_start(run, 1, &status))
		return status;
	type = gotext_trim(run->arena, run->args[0]);
	if (strcmp(type, "plugin") == 0)
		type = vrun_text(run, "plugin-name");
	path = vrun_text(run, "path");
	path = gotext_ensure_slash(run->arena, *path ? path : type);
	if (!vclient_do(&run->client, "POST",
		arena_printf(run->arena, "%s/%s", kind->list_path, path),
		mounts_enable_body(run, type), &reply)) {
		if (kind->auth)
			ui_error(&run->ui, "Error enabling %s auth: %s", type,
			    reply.why);
		else
			ui_error(&run->ui, "Error enabling: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Enabled %s%s %s%s%s at: %s",
	    kind->auth ? "" : "the ", type, kind->tuned,
	    *version ? " version " : "", version, path);
	return VAULT_OK;
}

int
mounts_tune(struct vault_run *run, const struct mount_kind *kind)
{
	struct vreply reply;
	const char *path;
	int status;

	if (!mounts_start(run, 1, &status))
		return status;
	path = gotext_ensure_slash(
	    run->arena, gotext_sanitize_path(run->arena, run->args[0]));
	if (!vclient_do(&run->client, "POST",
		arena_printf(run->arena, "%s%s/tune", kind->tune_path, path),
		mounts_tune_body(run), &reply)) {
		ui_error(&run->ui, "Error tuning %s %s: %s", kind->tuned, path,
		    reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Tuned the %s at: %s", kind->tuned, path);
	return VAULT_OK;
}

int
mounts_ask_disable(struct vault_run *run, const struct mount_kind *kind)
{
	struct vreply reply;
	const char *path;
	int status;

	if (!mounts_start(run, 1, &status))
		return status;
	path = gotext_ensure_slash(
	    run->arena, gotext_sanitize_path(run->arena, run->args[0]));
	if (!vclient_do(&run->client, "DELETE",
		arena_printf(run->arena, "%s/%s", kind->list_path, path),
		SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error disabling %s at %s: %s", kind->tuned,
		    path, reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Disabled the %s (if it existed) at: %s",
	    kind->tuned, path);
	return VAULT_OK;
}

/* Asks until the move is over. */
static int
mounts_await_move(struct vault_run *run, const char *what, const char *from,
    const char *to, const char *id)
{
	const struct timespec pause = { .tv_sec = MOUNTS_MOVE_WAIT_S };

	for (;;) {
		const char *why, *state;
		struct secret *s;

		if (!logical_ask(&run->client, "GET",
			arena_printf(run->arena, "sys/remount/status/%s", id),
			SLICE_NONE, &s, &why) ||
		    !s || !s->data.p) {
			ui_error(&run->ui,
			    "Error checking migration status of %s %s to %s: "
			    "%s",
			    what, from, to,
			    why ? why : "data from server response is empty");
			return VAULT_FAILED;
		}
		state = part_text(
		    run->arena, part_get(s->data, "migration_info"), "status");
		if (strcmp(state, "success") == 0) {
			ui_output(&run->ui,
			    "Success! Finished moving %s %s to %s, with "
			    "migration ID %s",
			    what, from, to, id);
			return VAULT_OK;
		}
		if (strcmp(state, "failure") == 0) {
			ui_error(&run->ui,
			    "Failure! Error encountered moving %s %s to %s, "
			    "with migration ID %s",
			    what, from, to, id);
			return VAULT_OK;
		}
		ui_output(&run->ui,
		    "Waiting for terminal status in migration of %s %s to %s, "
		    "with migration ID %s",
		    what, from, to, id);
		fflush(stdout);
		nanosleep(&pause, NULL);
	}
}

int
mounts_move(struct vault_run *run, const struct mount_kind *kind)
{
	const char *from, *to, *id, *why;
	struct kvargs body;
	struct secret *s;
	int status;

	if (!mounts_start(run, 2, &status))
		return status;
	from = gotext_ensure_slash(run->arena, run->args[0]);
	to = gotext_ensure_slash(run->arena, run->args[1]);
	kvargs_init(&body, run->arena, true);
	kvargs_put_text(&body, "from", from);
	kvargs_put_text(&body, "to", to);
	if (!logical_ask(&run->client, "POST", "sys/remount",
		kvargs_json(&body), &s, &why) ||
	    !s || !s->data.p) {
		ui_error(&run->ui, "Error moving %s %s to %s: %s", kind->tuned,
		    from, to, why ? why : "data from server response is empty");
		return VAULT_FAILED;
	}
	id = part_text(run->arena, s->data, "migration_id");
	ui_output(&run->ui, "Started moving %s %s to %s, with migration ID %s",
	    kind->tuned, from, to, id);
	return mounts_await_move(run, kind->tuned, from, to, id);
}

bool
mounts_ask_read(struct vault_run *run, const char *path, const char *failure,
    struct slice *out)
{
	const char *why;
	struct secret *s;

	if (logical_ask(&run->client, "GET", path, SLICE_NONE, &s, &why) && s &&
	    s->data.p) {
		*out = s->data;
		return true;
	}
	ui_error(&run->ui, "%s: %s", failure,
	    why ? why : "data from server response is empty");
	return false;
}

static void
mounts_copy_list(struct buf *b, struct slice config, const char *key)
{
	struct slice v = part_get(config, key);

	if (jsontext_kind(v) == '[' && v.n > 2)
		fields_raw(b, key, v);
}

static void
mounts_copy_text(
    struct arena *a, struct buf *b, struct slice config, const char *key)
{
	const char *text = part_text(a, config, key);

	if (*text)
		fields_text(b, key, text);
}

static void
mounts_put_output_config(struct arena *a, struct buf *b, struct slice c)
{
	struct slice lockout = part_get(c, "user_lockout_config");

	fields_raw(b, "config", SLICE("{"));
	fields_int(b, "default_lease_ttl", part_int(a, c, "default_lease_ttl"));
	fields_int(b, "max_lease_ttl", part_int(a, c, "max_lease_ttl"));
	fields_bool(b, "force_no_cache", part_bool(c, "force_no_cache"));
	mounts_copy_list(b, c, "audit_non_hmac_request_keys");
	mounts_copy_list(b, c, "audit_non_hmac_response_keys");
	mounts_copy_text(a, b, c, "listing_visibility");
	mounts_copy_list(b, c, "passthrough_request_headers");
	mounts_copy_list(b, c, "allowed_response_headers");
	mounts_copy_text(a, b, c, "token_type");
	mounts_copy_list(b, c, "allowed_managed_keys");
	if (jsontext_kind(lockout) == '{')
		fields_raw(b, "user_lockout_config", lockout);
	mounts_copy_list(b, c, "delegated_auth_accessors");
	mounts_copy_text(a, b, c, "identity_token_key");
	if (jsontext_kind(part_get(c, "trim_request_trailing_slashes")) == 't')
		fields_bool(b, "trim_request_trailing_slashes", true);
	mounts_copy_text(a, b, c, "plugin_name");
	buf_char(b, '}');
}

/* One mount in the order of the client's struct. */
static void
mounts_put_output(struct arena *a, struct buf *b, struct slice m)
{
	static const char *const texts[] = { "plugin_version",
		"running_plugin_version", "running_sha256",
		"deprecation_status" };
	struct slice options = part_get(m, "options");

	buf_char(b, '{');
	fields_text(b, "uuid", part_text(a, m, "uuid"));
	fields_text(b, "type", part_text(a, m, "type"));
	fields_text(b, "description", part_text(a, m, "description"));
	fields_text(b, "accessor", part_text(a, m, "accessor"));
	mounts_put_output_config(a, b, part_get(m, "config"));
	fields_raw(b, "options",
	    jsontext_kind(options) == '{' ? options : SLICE("null"));
	fields_bool(b, "local", part_bool(m, "local"));
	fields_bool(b, "seal_wrap", part_bool(m, "seal_wrap"));
	fields_bool(b, "external_entropy_access",
	    part_bool(m, "external_entropy_access"));
	for (int i = 0; i < 4; i++)
		fields_text(b, texts[i], part_text(a, m, texts[i]));
	buf_char(b, '}');
}

static struct slice
mounts_json(struct arena *a, struct slice mounts)
{
	struct jsontext_member *members;
	size_t n = part_members(a, mounts, &members);
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	for (size_t i = 0; i < n; i++) {
		if (jsontext_kind(members[i].value) != '{')
			continue;
		buf_str(&b, b.n > 1 ? "," : "");
		jsontext_quote_str(&b, members[i].key);
		buf_char(&b, ':');
		mounts_put_output(a, &b, members[i].value);
	}
	buf_char(&b, '}');
	return fields_take(a, &b);
}

/* A tuned TTL in seconds, "system" for the server's own. */
static const char *
mounts_shown_ttl(struct arena *a, struct slice m, const char *key)
{
	const char *type = part_text(a, m, "type");
	int64_t ttl = part_int(a, part_get(m, "config"), key);

	if (strcmp(type, "system") == 0 || strcmp(type, "cubbyhole") == 0)
		return "";
	return ttl ? arena_printf(a, "%lld", (long long)ttl) : "system";
}

static void
mounts_detailed_row(struct arena *a, struct printer_rows *rows,
    const char *path, struct slice m, bool auth)
{
	struct slice config = part_get(m, "config");
	struct slice options = part_get(m, "options");
	const char *third = auth ? part_text(a, config, "token_type")
	    : part_bool(config, "force_no_cache") ? "true"
						  : "false";

	printer_row(rows,
	    "%s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | "
	    "%s | %s | %s",
	    path, part_text(a, m, "type"), part_text(a, m, "accessor"),
	    mounts_shown_ttl(a, m, "default_lease_ttl"),
	    mounts_shown_ttl(a, m, "max_lease_ttl"), third,
	    part_bool(m, "local") ? "local" : "replicated",
	    part_bool(m, "seal_wrap") ? "true" : "false",
	    part_bool(m, "external_entropy_access") ? "true" : "false",
	    jsontext_kind(options) == '{' ? jsontext_go_print(a, options)
					  : "map[]",
	    part_text(a, m, "description"), part_text(a, m, "uuid"),
	    part_text(a, m, "plugin_version"),
	    part_text(a, m, "running_plugin_version"),
	    part_text(a, m, "running_sha256"),
	    part_text(a, m, "deprecation_status"));
}

/* `vault secrets list` and `vault auth list`, with -detailed all columns.
 * Returns the status that the program ends with. */
int
mounts_ask_list(struct vault_run *run, const struct mount_kind *kind)
{
	struct arena *a = run->arena;
	struct jsontext_member *members;
	struct printer_rows rows;
	struct slice mounts;
	size_t n;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run) ||
	    !mounts_ask_read(run, kind->list_path,
		kind->auth ? "Error listing enabled authentications"
			   : "Error listing secrets engines",
		&mounts))
		return VAULT_FAILED;
	if (!vrun_has_table(run))
		return print_struct(run, mounts_json(a, mounts));
	printer_rows_init(&rows, a, "|");
	if (vrun_is(run, "detailed"))
		printer_row(&rows,
		    "Path | Plugin | Accessor | Default TTL | Max TTL | %s | "
		    "Replication | Seal Wrap | External Entropy Access | "
		    "Options | Description | UUID | Version | Running Version "
		    "| Running SHA256 | Deprecation Status",
		    kind->auth ? "Token Type" : "Force No Cache");
	else
		printer_row(&rows, "Path | Type | Accessor | Description%s",
		    kind->auth ? " | Version" : "");
	n = part_members(a, mounts, &members);
	for (size_t i = 0; i < n; i++) {
		struct slice m = members[i].value;

		if (jsontext_kind(m) != '{')
			continue;
		if (vrun_is(run, "detailed"))
			mounts_detailed_row(
			    a, &rows, members[i].key, m, kind->auth);
		else
			printer_row(&rows, "%s | %s | %s | %s%s%s",
			    members[i].key, part_text(a, m, "type"),
			    part_text(a, m, "accessor"),
			    part_text(a, m, "description"),
			    kind->auth ? " | " : "",
			    kind->auth ? part_text(a, m, "plugin_version")
				       : "");
	}
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}
