/*
 * Outages that change tokens, leases, policies and secrets. Where Vault has an
 * endpoint for the change, a request to it makes the change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/duration.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/token/token.h"
#include "core/vault.h"
#include "fault/outage/outage.h"

/* ---- an operator's requests ---- */

static int
outage_admin_request(struct outage_run *run, const char *method,
    const char *path, const json_t *body, json_t **answer)
{
	const struct fault_host *h = &run->faults->host;

	if (answer)
		*answer = NULL;
	return h->admin_request
	    ? h->admin_request(h->arg, method, path, body, answer)
	    : 503;
}

static bool
outage_require_request(struct outage_run *run, const char *method,
    const char *path, const json_t *body, struct error *c)
{
	json_t *answer;
	int status = outage_admin_request(run, method, path, body, &answer);
	const char *text = json_string_value(
	    json_array_get(json_object_get(answer, "errors"), 0));

	if (status >= 300)
		error_field(c, "", "", "%s %s: %d %s", method, path, status,
		    text ? text : "");
	json_decref(answer);
	return status < 300;
}

/* ---- which tokens ---- */

static const char *
outage_token_auth_mount(const struct vault *v, const struct token *t)
{
	const struct mount *m = mount_by_id(v, t->mount_id);

	return m ? m->path : NULL;
}

/* Only match.token is asked: a token has nothing of a request. Root tokens are
 * never selected. */
static bool
outage_is_token_selected(
    const struct outage_run *run, struct match *only, const struct token *t)
{
	struct request_info f = {
		.path = "", .query = "", .op = "any", .has_token = true
	};

	if (token_is_root(t))
		return false;
	f.token_id = t->client_token ? t->client_token : t->id;
	f.accessor = t->accessor;
	f.role = t->role;
	f.policies = (const char *const *)t->policies.items;
	f.auth_mount = outage_token_auth_mount(run->faults->vault, t);
	return !only || match_request(only, &f, NULL, 0);
}

static struct match *
outage_token_match(struct outage_run *run, struct error *c)
{
	json_t *token = json_object_get(run->match, "token");
	json_t *tree = token ? json_pack("{s:O}", "token", token)
			     : json_object();
	struct match *m = match_parse(tree, "match", c);

	json_decref(tree);
	return m;
}

/* Calls fn for each live token that the match selects. */
static bool
outage_each_token(struct outage_run *run,
    void (*fn)(struct outage_run *run, struct token *t), struct error *c)
{
	struct vault *v = run->faults->vault;
	struct match *only = outage_token_match(run, c);
	struct strs list = { 0 };

	if (!only)
		return false;
	token_list_accessors(v, &list);
	for (size_t i = 0; i < list.n; i++) {
		struct token *t = token_by_accessor(v, list.items[i]);

		if (t && outage_is_token_selected(run, only, t))
			fn(run, t);
		token_unref(t);
	}
	strs_release(&list);
	match_free(only);
	return true;
}

/* ---- what happens to them ---- */

static void
outage_revoke_token(struct outage_run *run, struct token *t)
{
	token_revoke(run->faults->vault, t);
}

bool
outage_token_revoked_start(struct outage_run *run, struct error *c)
{
	return outage_each_token(run, outage_revoke_token, c);
}

/* Ends the token now and tells of it as the expirer does. */
static void
outage_expire_token(struct outage_run *run, struct token *t)
{
	struct vault *v = run->faults->vault;
	char event[120];

	snprintf(event, sizeof(event), "expired:%s", t->accessor);
	token_revoke(v, t);
	faults_event(run->faults, event);
}

bool
outage_token_expired_start(struct outage_run *run, struct error *c)
{
	return outage_each_token(run, outage_expire_token, c);
}

static void
outage_limit_token_uses(struct outage_run *run, struct token *t)
{
	token_set_limits(run->faults->vault, t, outage_param_int(run, "uses"),
	    t->forced_max_ttl_s);
}

bool
outage_token_exhausted_start(struct outage_run *run, struct error *c)
{
	if (outage_param_int(run, "uses") < 1)
		return error_field(c, "params", "uses", "must be at least 1");
	return outage_each_token(run, outage_limit_token_uses, c);
}

static void
outage_limit_token_life(struct outage_run *run, struct token *t)
{
	struct vault *v = run->faults->vault;
	int64_t age = (vault_now(v) - t->issued_ns) / NSEC_PER_SEC;

	token_set_limits(v, t, t->num_uses,
	    age + outage_param_duration_ns(run, "left") / NSEC_PER_SEC);
}

bool
outage_max_ttl_start(struct outage_run *run, struct error *c)
{
	return outage_each_token(run, outage_limit_token_life, c);
}

/* ---- policies ---- */

bool
outage_policy_lost_start(struct outage_run *run, struct error *c)
{
	char path[300];
	json_t *answer;
	const char *text;

	snprintf(path, sizeof(path), "sys/policies/acl/%s",
	    outage_param_str(run, "policy"));
	outage_admin_request(run, "GET", path, NULL, &answer);
	text = json_string_value(
	    json_object_get(json_object_get(answer, "data"), "policy"));
	if (text)
		run->saved_state = json_pack("{s:s}", "policy", text);
	json_decref(answer);
	if (!run->saved_state)
		return error_field(c, "params", "policy",
		    "there is no policy \"%s\"",
		    outage_param_str(run, "policy"));
	return outage_require_request(run, "DELETE", path, NULL, c);
}

void
outage_policy_lost_stop(struct outage_run *run)
{
	char path[300];

	snprintf(path, sizeof(path), "sys/policies/acl/%s",
	    outage_param_str(run, "policy"));
	if (run->saved_state)
		outage_admin_request(run, "PUT", path, run->saved_state, NULL);
}

/* ---- AppRole ---- */

static bool
outage_destroy_secret_ids(
    struct outage_run *run, const char *role, struct error *c)
{
	const char *mount = outage_param_str(run, "mount");
	char path[600];
	json_t *answer, *keys;
	bool ok = true;

	snprintf(path, sizeof(path), "auth/%s/role/%s/secret-id", mount, role);
	outage_admin_request(run, "LIST", path, NULL, &answer);
	keys = json_object_get(json_object_get(answer, "data"), "keys");
	snprintf(path, sizeof(path),
	    "auth/%s/role/%s/secret-id-accessor/destroy", mount, role);
	for (size_t i = 0; ok && i < json_array_size(keys); i++) {
		json_t *body = json_pack(
		    "{s:O}", "secret_id_accessor", json_array_get(keys, i));

		ok = outage_require_request(run, "POST", path, body, c);
		json_decref(body);
	}
	json_decref(answer);
	return ok;
}

bool
outage_secret_id_expired_start(struct outage_run *run, struct error *c)
{
	const char *role = outage_param_str(run, "role");
	char path[600];
	json_t *answer, *keys;
	bool ok = true;

	if (*role) {
		snprintf(path, sizeof(path), "auth/%s/role/%s",
		    outage_param_str(run, "mount"), role);
		if (outage_admin_request(run, "GET", path, NULL, NULL) != 200)
			return error_field(c, "params", "role",
			    "there is no role \"%s\" at auth/%s", role,
			    outage_param_str(run, "mount"));
		return outage_destroy_secret_ids(run, role, c);
	}
	snprintf(
	    path, sizeof(path), "auth/%s/role", outage_param_str(run, "mount"));
	outage_admin_request(run, "LIST", path, NULL, &answer);
	keys = json_object_get(json_object_get(answer, "data"), "keys");
	if (json_array_size(keys) == 0)
		ok = error_field(c, "params", "mount",
		    "no role of AppRole at auth/%s",
		    outage_param_str(run, "mount"));
	for (size_t i = 0; ok && i < json_array_size(keys); i++)
		ok = outage_destroy_secret_ids(
		    run, json_string_value(json_array_get(keys, i)), c);
	json_decref(answer);
	return ok;
}

/* ---- leases ---- */

bool
outage_lease_gone_start(struct outage_run *run, struct error *c)
{
	struct error e = { 0 };

	if (strcmp(outage_param_str(run, "as"), "revoked") != 0)
		return true;
	lease_revoke_prefix(
	    run->faults->vault, outage_param_str(run, "prefix"), true, &e);
	return !e.status || error_field(c, "", "", "%s", e.text);
}

/* The tokens that hold leases below the prefix. */
static void
outage_revoke_lease_holders(struct outage_run *run, const char *prefix)
{
	struct vault *v = run->faults->vault;
	struct strs keys = { 0 };
	char *path;

	lease_list(v, prefix, &keys);
	for (size_t i = 0; i < keys.n; i++) {
		struct lease *l;
		struct token *t;

		path = xasprintf("%s%s", prefix, keys.items[i]);
		if (ends_with(path, "/")) {
			outage_revoke_lease_holders(run, path);
		} else if ((l = lease_find(v, path))) {
			t = token_lookup(v, l->token_id);
			if (t && !token_is_root(t))
				token_revoke(v, t);
			token_unref(t);
			lease_free(l);
		}
		free(path);
	}
	strs_release(&keys);
}

bool
outage_lease_parent_gone_start(struct outage_run *run, struct error *c)
{
	(void)c;
	outage_revoke_lease_holders(run, outage_param_str(run, "prefix"));
	return true;
}

/* ---- KV ---- */

/* "secret/app" to "secret/WORD/app"; false when it is no KV version 2. */
static bool
outage_kv_path(const struct outage_run *run, const char *word, char *out,
    size_t size, struct error *c)
{
	const char *path = outage_param_str(run, "path");
	const struct mount *m = mount_for_path(run->faults->vault, path);

	if (!m || strcmp(m->type, "kv") != 0 ||
	    strcmp(mount_option(m, "version") ? mount_option(m, "version") : "",
		"2") != 0)
		return error_field(c, "params", "path",
		    "\"%s\" is not below a KV version 2 mount", path);
	snprintf(out, size, "%s%s/%s", m->path, word, path + strlen(m->path));
	return true;
}

static int64_t
outage_kv_latest_version(struct outage_run *run, struct error *c)
{
	char path[600];
	json_t *answer;
	int64_t version;

	if (!outage_kv_path(run, "metadata", path, sizeof(path), c))
		return 0;
	outage_admin_request(run, "GET", path, NULL, &answer);
	version = json_integer_value(json_object_get(
	    json_object_get(answer, "data"), "current_version"));
	json_decref(answer);
	if (version == 0)
		error_field(c, "params", "path", "there is no secret \"%s\"",
		    outage_param_str(run, "path"));
	return version;
}

static bool
outage_kv_change_version(
    struct outage_run *run, const char *word, int64_t version, struct error *c)
{
	char path[600];
	json_t *body;
	bool ok;

	if (!outage_kv_path(run, word, path, sizeof(path), c))
		return false;
	body = json_pack("{s:[I]}", "versions", (json_int_t)version);
	ok = outage_require_request(run, "POST", path, body, c);
	json_decref(body);
	return ok;
}

bool
outage_kv_deleted_start(struct outage_run *run, struct error *c)
{
	int64_t version = outage_kv_latest_version(run, c);

	if (!version || !outage_kv_change_version(run, "delete", version, c))
		return false;
	run->saved_state = json_integer(version);
	return true;
}

void
outage_kv_deleted_stop(struct outage_run *run)
{
	struct error c = { 0 };

	outage_kv_change_version(
	    run, "undelete", json_integer_value(run->saved_state), &c);
	error_release(&c);
}

bool
outage_kv_destroyed_start(struct outage_run *run, struct error *c)
{
	int64_t version = outage_kv_latest_version(run, c);

	return version && outage_kv_change_version(run, "destroy", version, c);
}
