/*
 * Rules and their use. A client's bucket is filled anew at the start of each
 * interval, counted from its first request, as Vault's limiter does.
 */
#include "core/mount/quota.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/map.h"
#include "base/text.h"
#include "core/setting.h"

#define SETTING_QUOTAS "quotas"
/* Clients that were quiet for this long are forgotten. */
#define QUOTA_STALE_NS (3 * 60 * NSEC_PER_SEC)
#define QUOTA_CLEANUP_INTERVAL_NS (60 * NSEC_PER_SEC)

struct quota_client {
	int64_t first_request_ns; /* ns: its first request */
	int64_t interval_number;  /* interval it was seen in last */
	uint64_t remaining;
	int64_t blocked_since_ns; /* ns: since when; 0: it is not */
};

struct quota_rule {
	struct quota quota;	 /* its texts are ours */
	struct map *clients;	 /* by address */
	int64_t last_cleanup_ns; /* ns */
	uint64_t refused;
};

enum { ALL, PUT, DELETE, UNMOUNT, STATEMENTS };

static const char *const migrations[] = {
	"CREATE TABLE quota ("
	"name TEXT PRIMARY KEY, "
	"mount_id INTEGER NOT NULL, " /* 0: every request */
	"suffix TEXT NOT NULL, role TEXT NOT NULL, "
	"rate REAL NOT NULL, "
	"interval INTEGER NOT NULL, " /* s */
	"block_interval INTEGER NOT NULL, "
	"inheritable INTEGER NOT NULL) WITHOUT ROWID;",
	NULL,
};

static const struct row_column quota_columns[] = { ROW_COLUMNS(
    QUOTA_ROW, struct quota) };
static const struct row quota_row = ROW(quota_columns);

static const struct store_statement statements[STATEMENTS] = {
	[ALL] = { "SELECT $columns FROM quota ORDER BY name", "", &quota_row },
	[PUT] = { "INSERT OR REPLACE INTO quota ($columns) VALUES ($values)",
	    NULL, &quota_row },
	[DELETE] = { "DELETE FROM quota WHERE name = ?", "s", NULL },
	[UNMOUNT] = { "DELETE FROM quota WHERE mount_id = ?", "i", NULL },
};

const struct store_part quota_store = { "quota", migrations, statements,
	STATEMENTS, NULL };

/* ---- the list ---- */

static void
quotas_remove_at(struct quotas *s, int i)
{
	row_release(&quota_row, &s->rules[i]->quota);
	map_free(s->rules[i]->clients, free);
	free(s->rules[i]);
	s->n--;
	memmove(&s->rules[i], &s->rules[i + 1],
	    (size_t)(s->n - i) * sizeof(*s->rules));
}

static int
quota_insert_index(const struct quotas *s, const char *name)
{
	int i = 0;

	while (i < s->n && strcmp(s->rules[i]->quota.name, name) < 0)
		i++;
	return i;
}

static int
quota_index(const struct quotas *s, const char *name)
{
	int i = quota_insert_index(s, name);

	return i < s->n && strcmp(s->rules[i]->quota.name, name) == 0 ? i : -1;
}

static void
quotas_insert(struct quotas *s, const struct quota *q)
{
	struct quota_rule *r = xcalloc(1, sizeof(*r));
	int i = quota_index(s, q->name);

	row_copy(&quota_row, &r->quota, q);
	r->clients = map_new();
	if (i >= 0)
		quotas_remove_at(s, i);
	i = quota_insert_index(s, q->name);
	s->rules = xrealloc(s->rules, (size_t)(s->n + 1) * sizeof(*s->rules));
	memmove(&s->rules[i + 1], &s->rules[i],
	    (size_t)(s->n - i) * sizeof(*s->rules));
	s->rules[i] = r;
	s->n++;
}

struct quotas *
quotas_new(void)
{
	return xcalloc(1, sizeof(struct quotas));
}

static void
quotas_clear(struct quotas *s)
{
	while (s->n)
		quotas_remove_at(s, s->n - 1);
	json_decref(s->config);
	s->config = NULL;
}

void
quotas_free(struct quotas *s)
{
	if (!s)
		return;
	quotas_clear(s);
	free(s->rules);
	free(s);
}

void
quotas_load(struct vault *v)
{
	struct quotas *s = v->quotas;
	struct query *q = STORE_QUERY(v->store, &quota_store, ALL);
	struct quota one;

	quotas_clear(s);
	while (query_row(q)) {
		query_read_row(q, &quota_row, NULL, &one);
		quotas_insert(s, &one);
		row_release(&quota_row, &one);
	}
	s->config = setting_get(v, SETTING_QUOTAS);
}

int
quota_count(const struct vault *v)
{
	return v->quotas->n;
}

const struct quota *
quota_at(const struct vault *v, int i)
{
	return &v->quotas->rules[i]->quota;
}

uint64_t
quota_refused(const struct vault *v, int i)
{
	return v->quotas->rules[i]->refused;
}

const struct quota *
quota_find(const struct vault *v, const char *name)
{
	int i = quota_index(v->quotas, name);

	return i < 0 ? NULL : quota_at(v, i);
}

static int
quota_find_exact(const struct vault *v, int64_t mount_id, const char *suffix,
    size_t n, const char *role)
{
	for (int i = 0; i < v->quotas->n; i++) {
		const struct quota *q = quota_at(v, i);

		if (q->mount_id == mount_id && strlen(q->suffix) == n &&
		    memcmp(q->suffix, suffix, n) == 0 &&
		    strcmp(q->role, role) == 0)
			return i;
	}
	return -1;
}

const struct quota *
quota_find_same(const struct vault *v, const struct quota *q)
{
	int i = quota_find_exact(
	    v, q->mount_id, q->suffix, strlen(q->suffix), q->role);

	return i < 0 ? NULL : quota_at(v, i);
}

void
quota_set(struct vault *v, const struct quota *d)
{
	store_put_row(v->store, &quota_store, PUT, d);
	quotas_insert(v->quotas, d);
}

void
quota_remove(struct vault *v, const char *name)
{
	int i = quota_index(v->quotas, name);

	if (i < 0)
		return;
	STORE_EXEC(v->store, &quota_store, DELETE, name);
	quotas_remove_at(v->quotas, i);
}

void
quotas_on_unmount(struct vault *v, int64_t mount_id)
{
	if (!v->quotas->n)
		return;
	STORE_EXEC(v->store, &quota_store, UNMOUNT, mount_id);
	for (int i = v->quotas->n; i-- > 0;)
		if (quota_at(v, i)->mount_id == mount_id)
			quotas_remove_at(v->quotas, i);
}

/* ---- which rule ---- */

bool
quota_has_role_rule(const struct vault *v, const struct mount *m)
{
	for (int i = 0; i < v->quotas->n; i++)
		if (quota_at(v, i)->mount_id == m->id && *quota_at(v, i)->role)
			return true;
	return false;
}

/* The glob that shares most with the path. */
static int
quota_longest_glob(
    const struct vault *v, int64_t mount_id, const char *suffix, size_t n)
{
	int best = -1;
	size_t most = 0;

	for (int i = 0; i < v->quotas->n; i++) {
		const struct quota *q = quota_at(v, i);
		size_t len = strlen(q->suffix);

		if (q->mount_id == mount_id && len > most && len - 1 <= n &&
		    q->suffix[len - 1] == '*' &&
		    memcmp(q->suffix, suffix, len - 1) == 0) {
			best = i;
			most = len;
		}
	}
	return best;
}

/* Vault 1.19: role, then path, then glob, then mount, then everything. */
int
quota_match(const struct vault *v, const struct mount *m, const char *path,
    const char *role)
{
	int i = -1;

	if (m) {
		const char *suffix = path + strlen(m->path);
		size_t n = strlen(suffix);

		if (n && suffix[n - 1] == '/')
			n--;
		if (*role)
			i = quota_find_exact(v, m->id, "", 0, role);
		if (i < 0)
			i = quota_find_exact(v, m->id, suffix, n, "");
		if (i < 0)
			i = quota_longest_glob(v, m->id, suffix, n);
		if (i < 0)
			i = quota_find_exact(v, m->id, "", 0, "");
	}
	return i < 0 ? quota_find_exact(v, 0, "", 0, "") : i;
}

/* ---- its use ---- */

/* In ns; nobody waits for longer than 200 years, and sums must fit. */
static int64_t
quota_seconds_to_ns(int64_t seconds_s)
{
	int64_t max_s = INT64_C(200) * 365 * 86400;

	return (seconds_s < max_s ? seconds_s : max_s) * NSEC_PER_SEC;
}

struct quota_stale_clients {
	const struct quota_rule *rule;
	int64_t now_ns;
	const char *keys[64];
	int n;
};

static void
quota_collect_stale(const char *key, void *value, void *arg)
{
	struct quota_stale_clients *s = arg;
	const struct quota_client *c = value;
	int64_t interval_ns = quota_seconds_to_ns(s->rule->quota.interval_s);
	int64_t idle_ns = s->now_ns -
	    (c->first_request_ns + c->interval_number * interval_ns);

	if (s->n < 64 && idle_ns > QUOTA_STALE_NS && idle_ns > interval_ns &&
	    s->now_ns - c->blocked_since_ns >
		quota_seconds_to_ns(s->rule->quota.block_interval_s))
		s->keys[s->n++] = key;
}

/* Addresses come and go; the table must not grow with them. */
static void
quota_remove_stale_clients(struct quota_rule *r, int64_t now_ns)
{
	struct quota_stale_clients s;

	if (now_ns - r->last_cleanup_ns < QUOTA_CLEANUP_INTERVAL_NS)
		return;
	r->last_cleanup_ns = now_ns;
	do {
		s = (struct quota_stale_clients){ .rule = r, .now_ns = now_ns };
		map_each(r->clients, quota_collect_stale, &s);
		for (int i = 0; i < s.n; i++)
			free(map_take(r->clients, s.keys[i]));
	} while (s.n == 64);
}

static uint64_t
quota_limit(const struct quota *q)
{
	double rounded = round(q->max_requests);

	if (rounded >= 9e18)
		return UINT64_MAX;
	return rounded < 1 ? 1 : (uint64_t)rounded;
}

/* Versions before 1.20 cut a second that has begun off. */
static int64_t
quota_whole_seconds(const struct vault *v, int64_t ns)
{
	bool up = version_has(v, VERSION_QUOTA_ROUND_UP);

	return time_after_ns(ns, up ? NSEC_PER_SEC - 1 : 0) / NSEC_PER_SEC;
}

static struct quota_client *
quota_client_for_address(
    struct quota_rule *r, const char *address, int64_t now_ns)
{
	struct quota_client *c = map_get(r->clients, address);

	if (c)
		return c;
	c = xcalloc(1, sizeof(*c));
	c->first_request_ns = now_ns;
	c->remaining = quota_limit(&r->quota);
	map_put(r->clients, address, c);
	return c;
}

static bool
quota_is_still_blocked(const struct vault *v, struct quota_rule *r,
    struct quota_client *c, int64_t now_ns, struct quota_result *result)
{
	int64_t left_ns = time_after_ns(
	    quota_seconds_to_ns(r->quota.block_interval_s),
	    c->blocked_since_ns - now_ns);

	if (!c->blocked_since_ns)
		return false;
	if (left_ns <= 0) {
		c->blocked_since_ns = 0;
		return false;
	}
	result->retry_after_s = quota_whole_seconds(v, left_ns);
	r->refused++;
	return true;
}

struct quota_result
quota_consume(struct vault *v, int i, const char *address)
{
	struct quota_rule *r = v->quotas->rules[i];
	struct quota_result result = { .has_counts = false };
	int64_t now_ns = vault_now(v),
		interval_ns = quota_seconds_to_ns(r->quota.interval_s),
		interval_number;
	struct quota_client *c;

	quota_remove_stale_clients(r, now_ns);
	c = quota_client_for_address(r, address, now_ns);
	if (quota_is_still_blocked(v, r, c, now_ns, &result))
		return result;
	interval_number = (now_ns - c->first_request_ns) / interval_ns;
	if (interval_number > c->interval_number) {
		c->interval_number = interval_number;
		c->remaining = quota_limit(&r->quota);
	}
	result.has_counts = true;
	result.limit = quota_limit(&r->quota);
	result.allowed = c->remaining > 0;
	c->remaining -= result.allowed;
	result.remaining = c->remaining;
	result.reset_s = quota_whole_seconds(v,
	    time_after_ns(
		interval_ns, -((now_ns - c->first_request_ns) % interval_ns)));
	result.retry_after_s = result.reset_s;
	if (result.allowed)
		return result;
	r->refused++;
	if (r->quota.block_interval_s) {
		c->blocked_since_ns = now_ns;
		result.retry_after_s = quota_seconds_to_ns(
					   r->quota.block_interval_s) /
		    NSEC_PER_SEC;
	}
	return result;
}

/* ---- the configuration ---- */

json_t *
quota_config(const struct vault *v)
{
	if (!v->quotas->config)
		v->quotas->config = json_pack("{s:b, s:b, s:[sssssss], s:[]}",
		    "enable_rate_limit_audit_logging", 0,
		    "enable_rate_limit_response_headers", 0,
		    "rate_limit_exempt_paths",
		    "sys/generate-recovery-token/attempt",
		    "sys/generate-recovery-token/update",
		    "sys/generate-root/attempt", "sys/generate-root/update",
		    "sys/health", "sys/seal-status", "sys/unseal",
		    "absolute_rate_limit_exempt_paths");
	return v->quotas->config;
}

void
quota_config_set(struct vault *v, json_t *config)
{
	setting_put(v, SETTING_QUOTAS, json_incref(config));
	json_decref(v->quotas->config);
	v->quotas->config = config;
}

/* Vault 1.19: a prefix, "!" before it takes it out again, "*" says nothing. */
static void
quota_longest_exempt(
    const json_t *list, const char *path, size_t *most, bool *exempt)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		const char *prefix = json_string_value(one);
		bool but = *prefix == '!';
		size_t n = strlen(prefix += but);

		if (*prefix == '\0')
			continue;
		n -= prefix[n - 1] == '*';
		if (strncmp(path, prefix, n) == 0 && n + 1 > *most) {
			*most = n + 1;
			*exempt = !but;
		}
	}
}

bool
quota_is_exempt(const struct vault *v, const char *path)
{
	const json_t *config = quota_config(v);
	size_t most = 0;
	bool exempt = false, absolute = false;

	quota_longest_exempt(json_object_get(config, "rate_limit_exempt_paths"),
	    path, &most, &exempt);
	most = 0;
	quota_longest_exempt(
	    json_object_get(config, "absolute_rate_limit_exempt_paths"), path,
	    &most, &absolute);
	return exempt || absolute;
}
