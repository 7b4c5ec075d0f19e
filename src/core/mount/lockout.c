/*
 * Wrong logins, counted in the store.
 */
#include "core/mount/lockout.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"
#include "core/mount/object_cache.h"

enum {
	GET,
	PUT,
	CLEAR,
	ALL,
	ANY,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE lockout ("
	"accessor TEXT NOT NULL, " /* of the auth mount */
	"alias TEXT NOT NULL, "
	"failed INTEGER NOT NULL, " /* wrong logins so far */
	"last INTEGER NOT NULL, "   /* ns since 1970 */
	"PRIMARY KEY (accessor, alias)) WITHOUT ROWID;",
	NULL,
};

static const struct store_statement statements[STATEMENTS] = {
	[GET] = { "SELECT failed, last FROM lockout WHERE accessor = ? AND "
		  "alias = ?",
	    "ss", NULL },
	[PUT] = { "INSERT OR REPLACE INTO lockout (accessor, alias, failed, "
		  "last) VALUES (?, ?, ?, ?)",
	    "ssii", NULL },
	[CLEAR] = { "DELETE FROM lockout WHERE accessor = ? AND alias = ?",
	    "ss", NULL },
	[ALL] = { "SELECT accessor, alias FROM lockout ORDER BY accessor, "
		  "alias",
	    "", NULL },
	[ANY] = { "SELECT EXISTS (SELECT 1 FROM lockout)", "", NULL },
};

const struct store_part lockout_store = { "lockout", migrations, statements,
	STATEMENTS, NULL };

struct lockout_config {
	int64_t threshold;
	int64_t duration_s, counter_reset_s; /* s */
};

static int64_t
lockout_read_setting(const struct mount *m, const char *name, int64_t fallback)
{
	const json_t *config = json_object_get(
	    m->extra_config, "user_lockout_config");
	int64_t n = json_integer_value(json_object_get(config, name));

	return n ? n : fallback;
}

/* user_lockout of the configuration for a type, or NULL. */
static const struct lockout_defaults *
lockout_find_defaults(const struct vault *v, const char *type)
{
	for (int i = 0; i < v->config.nlockouts; i++)
		if (strcmp(v->config.lockouts[i].type, type) == 0)
			return &v->config.lockouts[i];
	return NULL;
}

static void
lockout_apply_defaults(
    struct lockout_config *out, const struct lockout_defaults *d)
{
	if (!d)
		return;
	if (d->lockout_threshold >= 0)
		out->threshold = d->lockout_threshold;
	if (d->lockout_duration >= 0)
		out->duration_s = d->lockout_duration;
	if (d->lockout_counter_reset >= 0)
		out->counter_reset_s = d->lockout_counter_reset;
}

/* The mount's own settings, then the configuration's for its type, then those
 * for all types, then Vault's. */
static struct lockout_config
lockout_config_of(const struct vault *v, const struct mount *m)
{
	struct lockout_config c = { 5, 900, 900 };

	lockout_apply_defaults(&c, lockout_find_defaults(v, "all"));
	lockout_apply_defaults(&c, lockout_find_defaults(v, m->type));
	c.threshold = lockout_read_setting(
	    m, "user_lockout_threshold", c.threshold);
	c.duration_s = lockout_read_setting(
	    m, "user_lockout_duration", c.duration_s);
	c.counter_reset_s = lockout_read_setting(
	    m, "user_lockout_counter_reset_duration", c.counter_reset_s);
	return c;
}

bool
lockout_is_supported_type(const char *type)
{
	static const char *const types[] = { "approle", "ldap", "userpass" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

bool
lockout_is_enabled(const struct vault *v, const struct mount *m)
{
	const json_t *config = json_object_get(
	    m->extra_config, "user_lockout_config");
	const struct lockout_defaults *d = lockout_find_defaults(v, m->type);

	if (!d)
		d = lockout_find_defaults(v, "all");
	return !v->config.disable_user_lockout &&
	    (config || !d || !d->disable_lockout) &&
	    lockout_is_supported_type(m->type) &&
	    !json_is_true(json_object_get(config, "user_lockout_disable"));
}

static bool
lockout_read_count(struct vault *v, const char *accessor, const char *alias,
    int64_t *failed, int64_t *last_ns)
{
	struct query *q = STORE_QUERY(
	    v->store, &lockout_store, GET, accessor, alias);
	bool found = query_row(q);

	*failed = found ? query_int(q, 0) : 0;
	*last_ns = found ? query_int(q, 1) : 0;
	query_done(q);
	return found;
}

/* Most servers never see a wrong login: whether there was one is kept in the
 * object cache, where no mount has this id. */
#define LOCKOUT_CACHE (-2)
#define LOCKOUT_CACHE_NAME "has failures"

static bool
lockout_has_failures(struct vault *v)
{
	bool *known = object_cache_get(v, LOCKOUT_CACHE, LOCKOUT_CACHE_NAME);

	if (!known) {
		known = xmalloc(sizeof(*known));
		*known = query_single_int(
			     STORE_QUERY(v->store, &lockout_store, ANY)) != 0;
		object_cache_put(
		    v, LOCKOUT_CACHE, LOCKOUT_CACHE_NAME, known, free);
	}
	return *known;
}

bool
lockout_is_locked(struct vault *v, const struct mount *m, const char *alias)
{
	struct lockout_config config;
	int64_t failed, last_ns;

	if (!lockout_is_enabled(v, m) || !lockout_has_failures(v))
		return false;
	config = lockout_config_of(v, m);
	return lockout_read_count(v, m->accessor, alias, &failed, &last_ns) &&
	    failed >= config.threshold &&
	    vault_now(v) - last_ns < duration_from_s(config.duration_s);
}

void
lockout_record_failure(
    struct vault *v, const struct mount *m, const char *alias)
{
	struct lockout_config config = lockout_config_of(v, m);
	int64_t failed, last_ns, now_ns = vault_now(v);

	if (!lockout_is_enabled(v, m))
		return;
	lockout_read_count(v, m->accessor, alias, &failed, &last_ns);
	if (now_ns - last_ns > duration_from_s(config.counter_reset_s) ||
	    failed >= config.threshold)
		failed = 0;
	STORE_EXEC(v->store, &lockout_store, PUT, m->accessor, alias,
	    failed + 1, now_ns);
	object_cache_remove(v, LOCKOUT_CACHE, LOCKOUT_CACHE_NAME);
}

void
lockout_reset(struct vault *v, const struct mount *m, const char *alias)
{
	if (lockout_is_enabled(v, m) && lockout_has_failures(v))
		lockout_unlock(v, m->accessor, alias);
}

void
lockout_unlock(struct vault *v, const char *mount_accessor, const char *alias)
{
	STORE_EXEC(v->store, &lockout_store, CLEAR, mount_accessor, alias);
	object_cache_remove(v, LOCKOUT_CACHE, LOCKOUT_CACHE_NAME);
}

json_t *
lockout_list(struct vault *v)
{
	struct query *q = STORE_QUERY(v->store, &lockout_store, ALL);
	json_t *list = json_array();

	while (query_row(q)) {
		const char *accessor = query_text(q, 0);
		const char *alias = query_text(q, 1);
		const struct mount *m = mount_by_accessor(v, accessor);

		if (m && lockout_is_locked(v, m, alias))
			json_array_append_new(list,
			    json_pack("{s:s, s:s}", "mount_accessor", accessor,
				"alias", alias));
	}
	return list;
}
