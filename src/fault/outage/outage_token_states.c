/*
 * Outages that change tokens, leases, policies and secrets. Where Vault has an
 * endpoint for the change, a request to it makes the change.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/duration.h"
#include "core/policy/acl.h"
#include "core/seal/seal.h"
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
	return !only || match_request(only, &f, NULL);
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

/* Calls fn for each live token that the match selects; false and an error when
 * there is none. */
static bool
outage_each_token(struct outage_run *run,
    void (*fn)(struct outage_run *run, struct token *t), struct error *c)
{
	struct vault *v = run->faults->vault;
	struct match *only = outage_token_match(run, c);
	struct strs list = { 0 };
	int n = 0;

	if (!only)
		return false;
	token_list_accessors(v, &list);
	for (size_t i = 0; i < list.n; i++) {
		struct token *t = token_by_accessor(v, list.items[i]);

		if (t && outage_is_token_selected(run, only, t)) {
			fn(run, t);
			n++;
		}
		token_unref(t);
	}
	strs_release(&list);
	match_free(only);
	return n > 0 ||
	    outage_no_effect(
		c, "match names no token that lives and is not root");
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
	/* cut to seconds as a renewal does it */
	int64_t age = vault_unscale_ttl(
	    v, vault_now(v) / NSEC_PER_SEC - t->issued_ns / NSEC_PER_SEC);

	token_set_limits(v, t, t->num_uses,
	    age + outage_param_duration_ns(run, "left") / NSEC_PER_SEC);
}

bool
outage_max_ttl_start(struct outage_run *run, struct error *c)
{
	return outage_each_token(run, outage_limit_token_life, c);
}

/* ---- policies ---- */

/* Vault keeps them in lower case. */
static char *
outage_policy_name(const struct outage_run *run)
{
	char *name = xstrdup(outage_param_str(run, "policy"));

	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

bool
outage_policy_lost_edit(struct outage_run *run, struct error *c)
{
	struct vault *v = run->faults->vault;
	char *name = outage_policy_name(run);
	char *text = policy_get(v, name);
	bool ok = text && strcmp(name, "default") != 0;

	if (!text)
		error_field(
		    c, "params", "policy", "there is no policy \"%s\"", name);
	else if (!ok)
		error_field(c, "params", "policy",
		    "Vault does not delete the default policy");
	if (ok) {
		json_decref(run->saved_state);
		run->saved_state = json_string(text);
		policy_delete(v, name);
	}
	free(text);
	free(name);
	return ok;
}

/* Who has written the policy anew meanwhile keeps it. */
bool
outage_policy_lost_revert(struct outage_run *run)
{
	struct vault *v = run->faults->vault;
	char *name = outage_policy_name(run);

	if (!policy_exists(v, name))
		policy_put(v, name, json_string_value(run->saved_state));
	free(name);
	return true;
}

bool
outage_policy_lost_is_undone(struct outage_run *run)
{
	char *name = outage_policy_name(run);
	bool is_there = policy_exists(run->faults->vault, name);

	free(name);
	return is_there;
}

/* ---- AppRole ---- */

/* *n grows by how many there were. */
static bool
outage_destroy_secret_ids(
    struct outage_run *run, const char *role, int *n, struct error *c)
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
		++*n;
	}
	json_decref(answer);
	return ok;
}

static bool
outage_some_secret_ids(bool ok, int n, struct error *c)
{
	return ok && (n > 0 || outage_no_effect(c, "there is no secret id"));
}

bool
outage_secret_id_expired_start(struct outage_run *run, struct error *c)
{
	const char *role = outage_param_str(run, "role");
	char path[600];
	json_t *answer, *keys;
	bool ok = true;
	int n = 0;

	if (*role) {
		snprintf(path, sizeof(path), "auth/%s/role/%s",
		    outage_param_str(run, "mount"), role);
		if (outage_admin_request(run, "GET", path, NULL, NULL) != 200)
			return error_field(c, "params", "role",
			    "there is no role \"%s\" at auth/%s", role,
			    outage_param_str(run, "mount"));
		ok = outage_destroy_secret_ids(run, role, &n, c);
		return outage_some_secret_ids(ok, n, c);
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
		    run, json_string_value(json_array_get(keys, i)), &n, c);
	json_decref(answer);
	return outage_some_secret_ids(ok, n, c);
}

/* ---- leases ---- */

/* Calls fn for each lease of a secret below prefix: what auth/ keeps there are
 * tokens. How many there were. */
static int
outage_each_secret_lease(struct outage_run *run, const char *prefix,
    void (*fn)(struct outage_run *run, const struct lease *l))
{
	struct vault *v = run->faults->vault;
	struct strs keys = { 0 };
	int n = 0;

	lease_list(v, prefix, &keys);
	for (size_t i = 0; i < keys.n; i++) {
		char *path = xasprintf("%s%s", prefix, keys.items[i]);
		struct lease *l;

		if (starts_with(path, "auth/")) {
			free(path);
			continue;
		}
		if (ends_with(path, "/")) {
			n += outage_each_secret_lease(run, path, fn);
		} else if ((l = lease_find(v, path))) {
			fn(run, l);
			lease_free(l);
			n++;
		}
		free(path);
	}
	strs_release(&keys);
	return n;
}

/* Whoever names auth/ means tokens; root tokens stay. */
static bool
outage_revoke_tokens_of_leases(
    struct outage_run *run, const char *prefix, struct error *c)
{
	struct vault *v = run->faults->vault;
	struct strs ids = { 0 };
	int n = 0;

	token_list_lease_ids(v, prefix, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		struct token *t = token_by_lease(v, ids.items[i]);

		if (t && !token_is_root(t)) {
			token_revoke(v, t);
			n++;
		}
		token_unref(t);
	}
	strs_release(&ids);
	return n > 0 ||
	    outage_no_effect(c, "no token has a lease below \"%s\"", prefix);
}

/* A prefix as sys/leases takes it, with or without its slash. */
static bool
outage_each_lease_of_prefix(struct outage_run *run,
    void (*fn)(struct outage_run *run, const struct lease *l), struct error *c)
{
	const char *given = outage_param_str(run, "prefix");
	char *prefix;
	int n;

	if (starts_with(given, "auth/"))
		return outage_revoke_tokens_of_leases(run, given, c);
	prefix = xasprintf(
	    "%s%s", given, !*given || ends_with(given, "/") ? "" : "/");
	n = outage_each_secret_lease(run, prefix, fn);
	free(prefix);
	return n > 0 ||
	    outage_no_effect(c, "no secret has a lease below \"%s\"", given);
}

static void
outage_revoke_lease(struct outage_run *run, const struct lease *l)
{
	struct error ignored = { 0 };

	(void)lease_revoke_prefix(run->faults->vault, l->id, true, &ignored);
	error_release(&ignored);
}

bool
outage_lease_gone_start(struct outage_run *run, struct error *c)
{
	if (strcmp(outage_param_str(run, "as"), "revoked") != 0)
		return true;
	return outage_each_lease_of_prefix(run, outage_revoke_lease, c);
}

/* The token that holds the lease. */
static void
outage_revoke_lease_holder(struct outage_run *run, const struct lease *l)
{
	struct vault *v = run->faults->vault;
	struct token *t = token_lookup(v, l->token_id);

	if (t && !token_is_root(t))
		token_revoke(v, t);
	token_unref(t);
}

bool
outage_lease_parent_gone_start(struct outage_run *run, struct error *c)
{
	return outage_each_lease_of_prefix(run, outage_revoke_lease_holder, c);
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

/* Has the version a deletion_time of the past, or no data any more? */
static bool
outage_kv_is_gone(struct outage_run *run, int64_t version)
{
	char path[600], query[30];
	struct error ignored = { 0 };
	int status;

	if (!outage_kv_path(run, "data", path, sizeof(path), &ignored)) {
		error_release(&ignored);
		return true;
	}
	snprintf(query, sizeof(query), "?version=%lld", (long long)version);
	strncat(path, query, sizeof(path) - strlen(path) - 1);
	status = outage_admin_request(run, "GET", path, NULL, NULL);
	return status != 200;
}

bool
outage_kv_deleted_edit(struct outage_run *run, struct error *c)
{
	int64_t version = outage_kv_latest_version(run, c);

	if (!version)
		return false;
	if (outage_kv_is_gone(run, version))
		return outage_no_effect(c,
		    "the latest version of \"%s\" is deleted already",
		    outage_param_str(run, "path"));
	if (!outage_kv_change_version(run, "delete", version, c))
		return false;
	json_decref(run->saved_state);
	run->saved_state = json_integer(version);
	return true;
}

/* A version, or a secret, that is gone meanwhile needs nothing. */
bool
outage_kv_deleted_revert(struct outage_run *run)
{
	struct error c = { 0 };
	bool open = !seal_is_sealed(run->faults->vault);

	if (open)
		outage_kv_change_version(
		    run, "undelete", json_integer_value(run->saved_state), &c);
	error_release(&c);
	return open;
}

/* It is undeleted, or a newer version was written. */
bool
outage_kv_deleted_is_undone(struct outage_run *run)
{
	return !seal_is_sealed(run->faults->vault) &&
	    !outage_kv_is_gone(run, 0);
}

bool
outage_kv_destroyed_start(struct outage_run *run, struct error *c)
{
	int64_t version = outage_kv_latest_version(run, c);

	return version && outage_kv_change_version(run, "destroy", version, c);
}
