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
#define STALE (3 * 60 * NSEC)
#define SWEEP_EVERY (60 * NSEC)

struct client {
	int64_t start; /* ns: its first request */
	int64_t tick; /* interval it was seen in last */
	uint64_t left;
	int64_t blocked; /* ns: since when; 0: it is not */
};

struct quota_rule {
	struct quota q; /* its texts are ours */
	struct map *clients; /* by address */
	int64_t swept; /* ns */
	uint64_t refused;
};

enum { ALL, PUT, DELETE, UNMOUNT, STATEMENTS };

static const char *const migrations[] = {
	"CREATE TABLE quota ("
	"name TEXT PRIMARY KEY, "
	"mount_id INTEGER NOT NULL, "  /* 0: every request */
	"suffix TEXT NOT NULL, role TEXT NOT NULL, "
	"rate REAL NOT NULL, "
	"interval INTEGER NOT NULL, "  /* s */
	"block_interval INTEGER NOT NULL, "
	"inheritable INTEGER NOT NULL) WITHOUT ROWID;",
	NULL,
};

static const char *const statements[STATEMENTS] = {
	[ALL] = "SELECT name, mount_id, suffix, role, rate, interval, "
		"block_interval, inheritable FROM quota ORDER BY name",
	[PUT] = "INSERT OR REPLACE INTO quota VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[DELETE] = "DELETE FROM quota WHERE name = ?",
	[UNMOUNT] = "DELETE FROM quota WHERE mount_id = ?",
};

const struct store_part quota_store = { "quota", migrations, statements,
	STATEMENTS };

/* ---- the list ---- */

static struct quota_rule *
rule_new(const struct quota *q)
{
	struct quota_rule *r = xcalloc(1, sizeof(*r));

	r->q = *q;
	r->q.name = xstrdup(q->name);
	r->q.suffix = xstrdup(q->suffix);
	r->q.role = xstrdup(q->role);
	r->clients = map_new();
	return r;
}

static void
rule_free(struct quota_rule *r)
{
	free((char *)r->q.name);
	free((char *)r->q.suffix);
	free((char *)r->q.role);
	map_free(r->clients, free);
	free(r);
}

static void
drop(struct quotas *s, int i)
{
	rule_free(s->rules[i]);
	s->n--;
	memmove(&s->rules[i], &s->rules[i + 1],
	    (size_t)(s->n - i) * sizeof(*s->rules));
}

static int
place(const struct quotas *s, const char *name)
{
	int i = 0;

	while (i < s->n && strcmp(s->rules[i]->q.name, name) < 0)
		i++;
	return i;
}

static int
index_of(const struct quotas *s, const char *name)
{
	int i = place(s, name);

	return i < s->n && strcmp(s->rules[i]->q.name, name) == 0 ? i : -1;
}

static void
insert(struct quotas *s, const struct quota *q)
{
	int i = index_of(s, q->name);

	if (i >= 0)
		drop(s, i);
	i = place(s, q->name);
	s->rules = xrealloc(s->rules,
	    (size_t)(s->n + 1) * sizeof(*s->rules));
	memmove(&s->rules[i + 1], &s->rules[i],
	    (size_t)(s->n - i) * sizeof(*s->rules));
	s->rules[i] = rule_new(q);
	s->n++;
}

struct quotas *
quotas_new(void)
{
	return xcalloc(1, sizeof(struct quotas));
}

static void
clear(struct quotas *s)
{
	while (s->n)
		drop(s, s->n - 1);
	json_decref(s->config);
	s->config = NULL;
}

void
quotas_free(struct quotas *s)
{
	if (!s)
		return;
	clear(s);
	free(s->rules);
	free(s);
}

static json_t *
default_config(void)
{
	return json_pack("{s:b, s:b, s:[sssssss], s:[]}",
	    "enable_rate_limit_audit_logging", 0,
	    "enable_rate_limit_response_headers", 0, "rate_limit_exempt_paths",
	    "sys/generate-recovery-token/attempt",
	    "sys/generate-recovery-token/update", "sys/generate-root/attempt",
	    "sys/generate-root/update", "sys/health", "sys/seal-status",
	    "sys/unseal", "absolute_rate_limit_exempt_paths");
}

void
quotas_load(struct vault *v)
{
	struct quotas *s = v->quotas;
	struct query *q = store_query(v->store, &quota_store, ALL, "");

	clear(s);
	while (query_row(q))
		insert(s, &(struct quota){
			.name = query_text(q, 0),
			.mount_id = query_int(q, 1),
			.suffix = query_text(q, 2),
			.role = query_text(q, 3),
			.rate = query_double(q, 4),
			.interval = query_int(q, 5),
			.block_interval = query_int(q, 6),
			.inheritable = query_int(q, 7) != 0,
		});
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
	return &v->quotas->rules[i]->q;
}

uint64_t
quota_refused(const struct vault *v, int i)
{
	return v->quotas->rules[i]->refused;
}

const struct quota *
quota_find(const struct vault *v, const char *name)
{
	int i = index_of(v->quotas, name);

	return i < 0 ? NULL : quota_at(v, i);
}

static int
exact(const struct vault *v, int64_t mount_id, const char *suffix, size_t n,
    const char *role)
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
quota_alike(const struct vault *v, const struct quota *q)
{
	int i = exact(v, q->mount_id, q->suffix, strlen(q->suffix), q->role);

	return i < 0 ? NULL : quota_at(v, i);
}

void
quota_set(struct vault *v, const struct quota *d)
{
	store_exec(v->store, &quota_store, PUT, "sissdiii", d->name,
	    d->mount_id, d->suffix, d->role, d->rate, d->interval,
	    d->block_interval, (int64_t)d->inheritable);
	insert(v->quotas, d);
}

void
quota_remove(struct vault *v, const char *name)
{
	int i = index_of(v->quotas, name);

	if (i < 0)
		return;
	store_exec(v->store, &quota_store, DELETE, "s", name);
	drop(v->quotas, i);
}

void
quotas_unmounted(struct vault *v, int64_t mount_id)
{
	if (!v->quotas->n)
		return;
	store_exec(v->store, &quota_store, UNMOUNT, "i", mount_id);
	for (int i = v->quotas->n; i-- > 0;)
		if (quota_at(v, i)->mount_id == mount_id)
			drop(v->quotas, i);
}

/* ---- which rule ---- */

bool
quota_wants_role(const struct vault *v, const struct mount *m)
{
	for (int i = 0; i < v->quotas->n; i++)
		if (quota_at(v, i)->mount_id == m->id &&
		    *quota_at(v, i)->role)
			return true;
	return false;
}

/* The glob that shares most with the path. */
static int
longest_glob(const struct vault *v, int64_t mount_id, const char *suffix,
    size_t n)
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
quota_pick(const struct vault *v, const struct mount *m, const char *path,
    const char *role)
{
	int i = -1;

	if (m) {
		const char *suffix = path + strlen(m->path);
		size_t n = strlen(suffix);

		if (n && suffix[n - 1] == '/')
			n--;
		if (*role)
			i = exact(v, m->id, "", 0, role);
		if (i < 0)
			i = exact(v, m->id, suffix, n, "");
		if (i < 0)
			i = longest_glob(v, m->id, suffix, n);
		if (i < 0)
			i = exact(v, m->id, "", 0, "");
	}
	return i < 0 ? exact(v, 0, "", 0, "") : i;
}

/* ---- its use ---- */

/* In ns; nobody waits for longer than 200 years, and sums must fit. */
static int64_t
span(int64_t seconds)
{
	int64_t most = INT64_C(200) * 365 * 86400;

	return (seconds < most ? seconds : most) * NSEC;
}

struct stale {
	const struct quota_rule *rule;
	int64_t now;
	const char *keys[64];
	int n;
};

static void
collect_stale(const char *key, void *value, void *arg)
{
	struct stale *s = arg;
	const struct client *c = value;
	int64_t interval = span(s->rule->q.interval);
	int64_t quiet = s->now - (c->start + c->tick * interval);

	if (s->n < 64 && quiet > STALE && quiet > interval &&
	    s->now - c->blocked > span(s->rule->q.block_interval))
		s->keys[s->n++] = key;
}

/* Addresses come and go; the table must not grow with them. */
static void
sweep(struct quota_rule *r, int64_t now)
{
	struct stale s;

	if (now - r->swept < SWEEP_EVERY)
		return;
	r->swept = now;
	do {
		s = (struct stale){ .rule = r, .now = now };
		map_each(r->clients, collect_stale, &s);
		for (int i = 0; i < s.n; i++)
			free(map_take(r->clients, s.keys[i]));
	} while (s.n == 64);
}

static uint64_t
tokens_of(const struct quota *q)
{
	double rounded = round(q->rate);

	if (rounded >= 9e18)
		return UINT64_MAX;
	return rounded < 1 ? 1 : (uint64_t)rounded;
}

static struct client *
client_of(struct quota_rule *r, const char *address, int64_t now)
{
	struct client *c = map_get(r->clients, address);

	if (c)
		return c;
	c = xcalloc(1, sizeof(*c));
	c->start = now;
	c->left = tokens_of(&r->q);
	map_put(r->clients, address, c);
	return c;
}

static bool
still_blocked(struct quota_rule *r, struct client *c, int64_t now,
    struct quota_answer *a)
{
	int64_t left = c->blocked + span(r->q.block_interval) - now;

	if (!c->blocked)
		return false;
	if (left <= 0) {
		c->blocked = 0;
		return false;
	}
	a->retry_after = left / NSEC;
	r->refused++;
	return true;
}

struct quota_answer
quota_take(struct vault *v, int i, const char *address)
{
	struct quota_rule *r = v->quotas->rules[i];
	struct quota_answer a = { .counted = false };
	int64_t now = vault_now(v), interval = span(r->q.interval), tick;
	struct client *c;

	sweep(r, now);
	c = client_of(r, address, now);
	if (still_blocked(r, c, now, &a))
		return a;
	tick = (now - c->start) / interval;
	if (tick > c->tick) {
		c->tick = tick;
		c->left = tokens_of(&r->q);
	}
	a.counted = true;
	a.limit = tokens_of(&r->q);
	a.allowed = c->left > 0;
	c->left -= a.allowed;
	a.remaining = c->left;
	a.reset = (c->start + (tick + 1) * interval - now) / NSEC;
	a.retry_after = a.reset;
	if (a.allowed)
		return a;
	r->refused++;
	if (r->q.block_interval) {
		c->blocked = now;
		a.retry_after = span(r->q.block_interval) / NSEC;
	}
	return a;
}

/* ---- the configuration ---- */

json_t *
quota_config(const struct vault *v)
{
	if (!v->quotas->config)
		v->quotas->config = default_config();
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
longest_exempt(const json_t *list, const char *path, size_t *most,
    bool *exempt)
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
quota_exempt(const struct vault *v, const char *path)
{
	const json_t *config = quota_config(v);
	size_t most = 0;
	bool exempt = false, absolute = false;

	longest_exempt(json_object_get(config, "rate_limit_exempt_paths"),
	    path, &most, &exempt);
	most = 0;
	longest_exempt(
	    json_object_get(config, "absolute_rate_limit_exempt_paths"), path,
	    &most, &absolute);
	return exempt || absolute;
}
