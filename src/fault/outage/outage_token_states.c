/*
 * Outages that really happen to tokens, leases, policies and secrets. Where
 * Vault has an endpoint for it, an operator's request does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/token/token.h"
#include "core/vault.h"
#include "fault/outage/outage.h"

/* ---- an operator's requests ---- */

static int
operate(struct outage_run *run, const char *method, const char *path,
    const json_t *body, json_t **answer)
{
	const struct fault_host *h = &run->faults->host;

	if (answer)
		*answer = NULL;
	return h->operate ? h->operate(h->arg, method, path, body, answer)
			  : 503;
}

static bool
must(struct outage_run *run, const char *method, const char *path,
    const json_t *body, struct complaint *c)
{
	json_t *answer;
	int status = operate(run, method, path, body, &answer);
	const char *text = json_string_value(
	    json_array_get(json_object_get(answer, "errors"), 0));

	if (status >= 300)
		complain(c, "", "", "%s %s: %d %s", method, path, status,
		    text ? text : "");
	json_decref(answer);
	return status < 300;
}

/* ---- which tokens ---- */

static const char *
auth_mount(const struct vault *v, const struct token *t)
{
	const struct mount *m = mount_by_id(v, t->mount_id);

	return m ? m->path : NULL;
}

/* match.token and client facts are asked; what a request alone has is not. */
static bool
is_meant(const struct outage_run *run, struct match *only,
    const struct token *t)
{
	struct facts f = { .path = "", .query = "", .op = "any",
		.has_token = true };

	if (token_is_root(t))
		return false;
	f.token_id = t->external ? t->external : t->id;
	f.accessor = t->accessor;
	f.role = t->role;
	f.policies = (const char *const *)t->policies;
	f.auth_mount = auth_mount(run->faults->vault, t);
	return !only || match_fits(only, &f, NULL, 0);
}

static struct match *
token_match(struct outage_run *run, struct complaint *c)
{
	json_t *token = json_object_get(run->match, "token");
	json_t *tree =
	    token ? json_pack("{s:O}", "token", token) : json_object();
	struct match *m = match_parse(tree, "match", c);

	json_decref(tree);
	return m;
}

/* fn for each live token that is meant; root's are spared. */
static bool
each_token(struct outage_run *run, void (*fn)(struct outage_run *run,
				       struct token *t),
    struct complaint *c)
{
	struct vault *v = run->faults->vault;
	struct match *only = token_match(run, c);
	char **list;
	size_t n;

	if (!only)
		return false;
	n = token_accessors(v, &list);
	for (size_t i = 0; i < n; i++) {
		struct token *t = token_by_accessor(v, list[i]);

		if (t && is_meant(run, only, t))
			fn(run, t);
		token_put(t);
		free(list[i]);
	}
	free(list);
	match_free(only);
	return true;
}

/* ---- what happens to them ---- */

static void
revoke_token(struct outage_run *run, struct token *t)
{
	token_revoke(run->faults->vault, t);
}

bool
state_token_revoked(struct outage_run *run, struct complaint *c)
{
	return each_token(run, revoke_token, c);
}

/* Its end comes now; the sweep of the clock does the rest, as in its time. */
static void
expire_token(struct outage_run *run, struct token *t)
{
	struct vault *v = run->faults->vault;
	char event[120];

	snprintf(event, sizeof(event), "expired:%s", t->accessor);
	token_revoke(v, t);
	faults_event(run->faults, event);
}

bool
state_token_expired(struct outage_run *run, struct complaint *c)
{
	return each_token(run, expire_token, c);
}

static void
limit_uses(struct outage_run *run, struct token *t)
{
	token_limit(run->faults->vault, t, run_int(run, "uses"),
	    t->explicit_max_ttl);
}

bool
state_token_exhausted(struct outage_run *run, struct complaint *c)
{
	if (run_int(run, "uses") < 1)
		return complain(c, "params", "uses", "must be at least 1");
	return each_token(run, limit_uses, c);
}

static void
cap_life(struct outage_run *run, struct token *t)
{
	struct vault *v = run->faults->vault;
	int64_t age = (vault_now(v) - t->issued) / NSEC;

	token_limit(v, t, t->num_uses, age + run_span(run, "left") / NSEC);
}

bool
state_max_ttl(struct outage_run *run, struct complaint *c)
{
	return each_token(run, cap_life, c);
}

/* ---- policies ---- */

bool
state_policy_lost(struct outage_run *run, struct complaint *c)
{
	char path[300];
	json_t *answer;
	const char *text;

	snprintf(path, sizeof(path), "sys/policies/acl/%s",
	    run_text(run, "policy"));
	operate(run, "GET", path, NULL, &answer);
	text = json_string_value(json_object_get(
	    json_object_get(answer, "data"), "policy"));
	if (text)
		run->saved = json_pack("{s:s}", "policy", text);
	json_decref(answer);
	if (!run->saved)
		return complain(c, "params", "policy",
		    "there is no policy \"%s\"", run_text(run, "policy"));
	return must(run, "DELETE", path, NULL, c);
}

void
state_policy_back(struct outage_run *run)
{
	char path[300];

	snprintf(path, sizeof(path), "sys/policies/acl/%s",
	    run_text(run, "policy"));
	if (run->saved)
		operate(run, "PUT", path, run->saved, NULL);
}

/* ---- AppRole ---- */

static bool
drop_secret_ids(struct outage_run *run, const char *role,
    struct complaint *c)
{
	const char *mount = run_text(run, "mount");
	char path[600];
	json_t *answer, *keys;
	bool ok = true;

	snprintf(path, sizeof(path), "auth/%s/role/%s/secret-id", mount, role);
	operate(run, "LIST", path, NULL, &answer);
	keys = json_object_get(json_object_get(answer, "data"), "keys");
	snprintf(path, sizeof(path),
	    "auth/%s/role/%s/secret-id-accessor/destroy", mount, role);
	for (size_t i = 0; ok && i < json_array_size(keys); i++) {
		json_t *body = json_pack("{s:O}", "secret_id_accessor",
		    json_array_get(keys, i));

		ok = must(run, "POST", path, body, c);
		json_decref(body);
	}
	json_decref(answer);
	return ok;
}

bool
state_secret_id_gone(struct outage_run *run, struct complaint *c)
{
	const char *role = run_text(run, "role");
	char path[600];
	json_t *answer, *keys;
	bool ok = true;

	if (*role) {
		snprintf(path, sizeof(path), "auth/%s/role/%s",
		    run_text(run, "mount"), role);
		if (operate(run, "GET", path, NULL, NULL) != 200)
			return complain(c, "params", "role",
			    "there is no role \"%s\" at auth/%s", role,
			    run_text(run, "mount"));
		return drop_secret_ids(run, role, c);
	}
	snprintf(path, sizeof(path), "auth/%s/role", run_text(run, "mount"));
	operate(run, "LIST", path, NULL, &answer);
	keys = json_object_get(json_object_get(answer, "data"), "keys");
	if (json_array_size(keys) == 0)
		ok = complain(c, "params", "mount",
		    "no role of AppRole at auth/%s",
		    run_text(run, "mount"));
	for (size_t i = 0; ok && i < json_array_size(keys); i++)
		ok = drop_secret_ids(run,
		    json_string_value(json_array_get(keys, i)), c);
	json_decref(answer);
	return ok;
}

/* ---- leases ---- */

bool
state_lease_gone(struct outage_run *run, struct complaint *c)
{
	struct error e = { 0 };

	if (strcmp(run_text(run, "as"), "revoked") != 0)
		return true;
	lease_revoke_prefix(run->faults->vault, run_text(run, "prefix"), true,
	    &e);
	return !e.status || complain(c, "", "", "%s", e.text);
}

/* The tokens that hold leases below the prefix. */
static void
revoke_holders(struct outage_run *run, const char *prefix)
{
	struct vault *v = run->faults->vault;
	char **keys, *path;
	size_t n = lease_list(v, prefix, &keys);

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(keys[i]);
		struct lease *l;
		struct token *t;

		path = xasprintf("%s%s", prefix, keys[i]);
		if (len && keys[i][len - 1] == '/') {
			revoke_holders(run, path);
		} else if ((l = lease_find(v, path))) {
			t = token_lookup(v, l->token);
			if (t && !token_is_root(t))
				token_revoke(v, t);
			token_put(t);
			lease_free(l);
		}
		free(path);
		free(keys[i]);
	}
	free(keys);
}

bool
state_parent_gone(struct outage_run *run, struct complaint *c)
{
	(void)c;
	revoke_holders(run, run_text(run, "prefix"));
	return true;
}

/* ---- KV ---- */

/* "secret/app" to "secret/WORD/app"; false when it is no KV version 2. */
static bool
kv_path(const struct outage_run *run, const char *word, char *out,
    size_t size, struct complaint *c)
{
	const char *path = run_text(run, "path");
	const struct mount *m = mount_route(run->faults->vault, path);

	if (!m || strcmp(m->type, "kv") != 0 ||
	    strcmp(mount_option(m, "version") ? mount_option(m, "version")
					      : "",
		"2") != 0)
		return complain(c, "params", "path",
		    "\"%s\" is not below a KV version 2 mount", path);
	snprintf(out, size, "%s%s/%s", m->path, word,
	    path + strlen(m->path));
	return true;
}

static int64_t
latest_version(struct outage_run *run, struct complaint *c)
{
	char path[600];
	json_t *answer;
	int64_t version;

	if (!kv_path(run, "metadata", path, sizeof(path), c))
		return 0;
	operate(run, "GET", path, NULL, &answer);
	version = json_integer_value(json_object_get(
	    json_object_get(answer, "data"), "current_version"));
	json_decref(answer);
	if (version == 0)
		complain(c, "params", "path", "there is no secret \"%s\"",
		    run_text(run, "path"));
	return version;
}

static bool
on_version(struct outage_run *run, const char *word, int64_t version,
    struct complaint *c)
{
	char path[600];
	json_t *body;
	bool ok;

	if (!kv_path(run, word, path, sizeof(path), c))
		return false;
	body = json_pack("{s:[I]}", "versions", (json_int_t)version);
	ok = must(run, "POST", path, body, c);
	json_decref(body);
	return ok;
}

bool
state_kv_deleted(struct outage_run *run, struct complaint *c)
{
	int64_t version = latest_version(run, c);

	if (!version || !on_version(run, "delete", version, c))
		return false;
	run->saved = json_integer(version);
	return true;
}

void
state_kv_undeleted(struct outage_run *run)
{
	struct complaint c = { 0 };

	on_version(run, "undelete", json_integer_value(run->saved), &c);
	complaint_clear(&c);
}

bool
state_kv_destroyed(struct outage_run *run, struct complaint *c)
{
	int64_t version = latest_version(run, c);

	return version && on_version(run, "destroy", version, c);
}
