/*
 * Leases of secrets: rows in the store that end by the clock. What a lease
 * stands for is its engine's matter; the hooks ask it.
 */
#include "core/token/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/token/lease_pending.h"
#include "core/mount/mount.h"
#include "core/expirer.h"

/* Vault: ten seconds, doubled with each try; after six the lease is given up
 * as irrevocable. */
#define RETRY_BASE (10 * NSEC)
#define TRIES_MAX 6
/* An end that is underway when the process dies is tried again after this. */
#define UNDERWAY_MAX (60 * NSEC)
#define RANDOM_LEN 24

enum {
	LEASE_INSERT,
	LEASE_GET,
	LEASE_RENEW,
	LEASE_DELETE,
	LEASE_NOTE_FAILURE,
	LEASE_POSTPONE,
	LEASE_TRIES,
	LEASE_OF_TOKEN,
	LEASE_BELOW,
	LEASE_NEXT_DUE,
	LEASE_DUE,
	LEASE_COUNT,
	LEASE_GIVEN_UP,
	LEASE_AGAIN,
	NSTATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE lease ("
	"id TEXT PRIMARY KEY, "
	"token TEXT NOT NULL, "        /* token.id, '' for none */
	"mount_id INTEGER NOT NULL, "
	"path TEXT NOT NULL, "
	"data TEXT, "                  /* JSON */
	"internal TEXT, "              /* JSON, the engine's own */
	"issued INTEGER NOT NULL, "    /* instants: ns since 1970 */
	"expires INTEGER NOT NULL, "
	"last_renewal INTEGER NOT NULL, "
	"ttl INTEGER NOT NULL, "       /* seconds */
	"max_ttl INTEGER NOT NULL, "
	"renewable INTEGER NOT NULL, "
	"due INTEGER NOT NULL, " /* end or next try; 0: given up */
	"tries INTEGER NOT NULL DEFAULT 0, "
	"error TEXT) WITHOUT ROWID;"
	"CREATE INDEX lease_token ON lease (token);"
	"CREATE INDEX lease_due ON lease (due);",
	/* Ids are random, and rows that lie in their order are moved about
	 * with every new one: it is added at the end, the id in an index. */
	"ALTER TABLE lease RENAME TO lease_by_id;"
	"DROP INDEX lease_token;"
	"DROP INDEX lease_due;"
	"CREATE TABLE lease ("
	"id TEXT NOT NULL UNIQUE, token TEXT NOT NULL, "
	"mount_id INTEGER NOT NULL, path TEXT NOT NULL, data TEXT, "
	"internal TEXT, issued INTEGER NOT NULL, expires INTEGER NOT NULL, "
	"last_renewal INTEGER NOT NULL, ttl INTEGER NOT NULL, "
	"max_ttl INTEGER NOT NULL, renewable INTEGER NOT NULL, "
	"due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, "
	"error TEXT);"
	"INSERT INTO lease SELECT * FROM lease_by_id;"
	"DROP TABLE lease_by_id;"
	"CREATE INDEX lease_token ON lease (token);"
	"CREATE INDEX lease_due ON lease (due);",
	NULL,
};

static const char *const statements[NSTATEMENTS] = {
	[LEASE_INSERT] =
	    "INSERT INTO lease (id, token, mount_id, path, data, internal, "
	    "issued, expires, last_renewal, ttl, max_ttl, renewable, due) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?8)",
	[LEASE_GET] = "SELECT id, token, mount_id, path, data, internal, "
	    "issued, expires, last_renewal, ttl, max_ttl, renewable, error "
	    "FROM lease WHERE id = ?",
	[LEASE_RENEW] = "UPDATE lease SET expires = ?2, due = ?2, "
	    "last_renewal = ?3 WHERE id = ?1",
	[LEASE_DELETE] = "DELETE FROM lease WHERE id = ?",
	[LEASE_POSTPONE] = "UPDATE lease SET due = ?2, "
	    "expires = min(expires, ?3) WHERE id = ?1",
	[LEASE_NOTE_FAILURE] = "UPDATE lease SET due = ?2, error = ?3, "
	    "expires = min(expires, ?4), tries = tries + 1 WHERE id = ?1",
	[LEASE_TRIES] = "SELECT tries FROM lease WHERE id = ?",
	[LEASE_OF_TOKEN] = "SELECT id FROM lease WHERE token = ? ORDER BY id",
	[LEASE_BELOW] = "SELECT id FROM lease WHERE id >= ?1 "
	    "AND id < ?1 || char(1114111) ORDER BY id",
	[LEASE_NEXT_DUE] = "SELECT min(due) FROM lease WHERE due > 0",
	[LEASE_DUE] = "SELECT id FROM lease WHERE due > 0 AND due <= ? "
	    "ORDER BY due, id",
	[LEASE_COUNT] = "SELECT count(*) FROM lease",
	[LEASE_GIVEN_UP] = "SELECT id FROM lease WHERE due = 0 ORDER BY id",
	[LEASE_AGAIN] = "UPDATE lease SET due = ?, tries = 0 WHERE due = 0",
};

const struct store_part lease_store = {
	"lease", migrations, statements, NSTATEMENTS
};

void
leases_init(struct vault *v, const struct lease_hooks *hooks)
{
	v->lease_hooks = hooks;
}

/* ---- rows ---- */

void
lease_free(struct lease *l)
{
	if (!l)
		return;
	free(l->id);
	free(l->token);
	free(l->path);
	free(l->data);
	free(l->internal);
	free(l->error);
	free(l);
}

struct lease *
lease_find(struct vault *v, const char *id)
{
	struct query *q =
	    store_query(v->store, &lease_store, LEASE_GET, "s", id);
	struct lease *l;

	if (!query_row(q))
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->id = query_copy(q, 0);
	l->token = query_copy(q, 1);
	l->mount_id = query_int(q, 2);
	l->path = query_copy(q, 3);
	l->data = query_copy(q, 4);
	l->internal = query_copy(q, 5);
	l->issued = query_int(q, 6);
	l->expires = query_int(q, 7);
	l->last_renewal = query_int(q, 8);
	l->ttl = query_int(q, 9);
	l->max_ttl = query_int(q, 10);
	l->renewable = query_int(q, 11);
	l->error = query_copy(q, 12);
	query_done(q);
	return l;
}

/* Ids are read to the end before anything is done about them. */
struct ids {
	char **list;
	size_t n, room;
};

static void
ids_add(struct ids *ids, const char *text, size_t n)
{
	if (ids->n == ids->room) {
		ids->room = ids->room ? 2 * ids->room : 16;
		ids->list =
		    xrealloc(ids->list, ids->room * sizeof(*ids->list));
	}
	ids->list[ids->n++] = xstrndup(text, n);
}

static struct ids
ids_read(struct query *q)
{
	struct ids ids = { 0 };

	while (query_row(q)) {
		const char *id = query_text(q, 0);

		ids_add(&ids, id, strlen(id));
	}
	return ids;
}

static void
ids_free(struct ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->list[i]);
	free(ids->list);
}

static struct ids
ids_below(struct vault *v, const char *prefix)
{
	return ids_read(
	    store_query(v->store, &lease_store, LEASE_BELOW, "s", prefix));
}

/* ---- birth and renewal ---- */

/* Vault: a batch token's leases hang on its parent and end with it. */
static char *
holder(struct vault *v, struct lease *l)
{
	struct token *t = l->token ? token_lookup(v, l->token) : NULL;
	char *id = xstrdup(l->token ? l->token : "");

	if (t && t->type == TOKEN_BATCH) {
		int64_t left = (t->expires - l->issued) / NSEC;

		free(id);
		id = xstrdup(t->parent);
		if (l->ttl > left)
			l->ttl = left;
	}
	token_put(t);
	return id;
}

void
lease_register(struct vault *v, struct lease *l)
{
	char random[RANDOM_LEN + 1];
	char *token;

	if (!l->id) {
		rng_base62(v->rng, random, RANDOM_LEN);
		l->id = xasprintf("%s/%s", l->path, random);
	}
	if (!l->issued)
		l->issued = vault_now(v);
	if (!l->expires)
		l->ttl = vault_grant(v, l->ttl);
	token = holder(v, l);
	if (!l->expires)
		l->expires = l->issued + l->ttl * NSEC;
	store_exec(v->store, &lease_store, LEASE_INSERT, "ssisssiiiiii", l->id,
	    token, l->mount_id, l->path, l->data, l->internal, l->issued,
	    l->expires, l->last_renewal, l->ttl, l->max_ttl,
	    (int64_t)l->renewable);
	free(token);
	sweep_note(v, &lease_sweep, l->expires);
}

static void
warn_capped(char *out, size_t size, const char *fmt, int64_t asked,
    int64_t given)
{
	char a[DURATION_MAX], b[DURATION_MAX];

	duration_short(asked * NSEC, a);
	duration_short(given * NSEC, b);
	snprintf(out, size, fmt, a, b);
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return b > 0 && b < a ? b : a;
}

int64_t
lease_calculate_ttl(int64_t increment, int64_t backend_ttl, int64_t period,
    int64_t backend_max, int64_t explicit_max, int64_t system_default,
    int64_t system_max, int64_t age, char *warning, size_t warning_size)
{
	int64_t max = lesser(lesser(system_max, backend_max), explicit_max);
	int64_t ttl, left;

	*warning = '\0';
	if (period > 0) {
		if (period > max) {
			warn_capped(warning, warning_size,
			    "period of \"%s\" exceeded the effective max_ttl "
			    "of \"%s\"; period value is capped accordingly",
			    period, max);
			period = max;
		}
		if (explicit_max <= 0)
			return period;
		ttl = period;
		left = explicit_max - age;
	} else {
		ttl = increment > 0 ? increment
		    : backend_ttl > 0 ? backend_ttl : system_default;
		left = max - age;
	}
	if (left <= 0)
		return -1;
	if (ttl <= left)
		return ttl;
	warn_capped(warning, warning_size,
	    "TTL of \"%s\" exceeded the effective max_ttl of \"%s\"; "
	    "TTL value is capped accordingly", ttl, left);
	return left;
}

static void
write_renewal(struct vault *v, const char *id, int64_t until)
{
	store_exec(v->store, &lease_store, LEASE_RENEW, "sii", id, until,
	    vault_now(v));
	sweep_note(v, &lease_sweep, until);
}

/* The engine prolongs what the lease stands for, then the lease follows. */
static enum lease_step
extend(struct vault *v, struct lease *l, int64_t until, struct error *e)
{
	const struct lease_hooks *h = v->lease_hooks;
	enum lease_step step = LEASE_DONE;

	if (h && h->extend) {
		l->ticket = lease_underway_add(v, l->id, 0, until)->ticket;
		step = h->extend(v, l, until, e);
		if (step == LEASE_UNDERWAY)
			return step;
		lease_underway_free(lease_underway_take(v, l->ticket));
	}
	if (step == LEASE_DONE) {
		l->expires = until;
		l->last_renewal = vault_now(v);
		write_renewal(v, l->id, until);
	}
	return step;
}

static enum lease_step
refuse_renewal(struct error *e, const char *text)
{
	error_set(e, 400, "%s", text);
	return LEASE_FAILED;
}

enum lease_step
lease_renew(struct vault *v, struct lease *l, int64_t increment, int64_t *ttl,
    char *warning, struct error *e)
{
	const struct lease_hooks *h = v->lease_hooks;
	const struct mount *m = mount_by_id(v, l->mount_id);
	int64_t now = vault_now(v), own = vault_full(v, l->ttl);
	int64_t max = l->max_ttl, given;

	if (!l->renewable)
		return refuse_renewal(e, "lease is not renewable");
	if (l->expires <= now)
		return refuse_renewal(e, "lease expired");
	if (h && h->renew && !h->renew(v, l, &own, &max, e))
		return LEASE_FAILED;
	given = lease_calculate_ttl(vault_asked(v, increment, l->ttl), own, 0,
	    max, 0,
	    m ? mount_default_ttl(v, m) : v->config.default_lease_ttl,
	    m ? mount_max_ttl(v, m) : v->config.max_lease_ttl,
	    vault_full(v, now / NSEC - l->issued / NSEC), warning,
	    LEASE_WARNING_MAX);
	if (given < 0)
		return refuse_renewal(e, "past the max TTL, cannot renew");
	given = vault_grant(v, given);
	*ttl = given;
	return extend(v, l, now + given * NSEC, e);
}

/* ---- the end ---- */

static void
remove_row(struct vault *v, const char *id)
{
	store_exec(v->store, &lease_store, LEASE_DELETE, "s", id);
}

/* An end that is underway already is not begun twice. */
static enum lease_step
end(struct vault *v, struct lease *l, unsigned mode, struct error *e)
{
	const struct lease_hooks *h = v->lease_hooks;
	struct lease_underway *already = lease_underway_end(v, l->id);
	enum lease_step step = LEASE_DONE;

	if (already) {
		already->mode |= mode;
		return LEASE_UNDERWAY;
	}
	if (h && h->revoke) {
		l->ticket = lease_underway_add(v, l->id, mode, 0)->ticket;
		step = h->revoke(v, l, e);
		if (step == LEASE_UNDERWAY)
			return step;
		lease_underway_free(lease_underway_take(v, l->ticket));
	}
	if (step == LEASE_DONE || mode & LEASE_FORCE) {
		remove_row(v, l->id);
		return LEASE_DONE;
	}
	return step;
}

enum lease_step
lease_revoke(struct vault *v, struct lease *l, struct error *e)
{
	return end(v, l, 0, e);
}

static int64_t
tries_of(struct vault *v, const char *id)
{
	return query_number(store_query(v->store, &lease_store, LEASE_TRIES,
	    "s", id));
}

static void
note_failure(struct vault *v, const struct lease *l, const struct error *why)
{
	int64_t now = vault_now(v), tries = tries_of(v, l->id);
	int64_t due = tries + 1 < TRIES_MAX ? now + (RETRY_BASE << tries) : 0;

	store_exec(v->store, &lease_store, LEASE_NOTE_FAILURE, "sisi", l->id, due,
	    why->text, now);
	log_msg(v->log, LOG_ERROR, "expiration",
	    "failed to revoke lease: lease_id=%s error=\"%s\"", l->id,
	    why->text);
	sweep_note(v, &lease_sweep, due);
}

/* Ends a lease or arranges for the next try. */
static bool
try_to_end(struct vault *v, const char *id)
{
	struct lease *l = lease_find(v, id);
	struct error e = { 0 };
	enum lease_step step = l ? end(v, l, LEASE_RETRY, &e) : LEASE_FAILED;
	int64_t now = vault_now(v);

	if (l && step == LEASE_DONE)
		vault_expired(v, "lease", id, 0);
	if (l && step == LEASE_FAILED)
		note_failure(v, l, &e);
	if (step == LEASE_UNDERWAY)
		store_exec(v->store, &lease_store, LEASE_POSTPONE, "sii", id,
		    now + UNDERWAY_MAX, now);
	lease_free(l);
	return step == LEASE_DONE;
}

static void
settle_end(struct vault *v, const struct lease_underway *u,
    const struct error *e)
{
	struct lease *l;

	if (!e->status || u->mode & LEASE_FORCE) {
		remove_row(v, u->id);
		if (u->mode & LEASE_RETRY)
			vault_expired(v, "lease", u->id, 0);
		return;
	}
	l = u->mode & LEASE_RETRY ? lease_find(v, u->id) : NULL;
	if (l)
		note_failure(v, l, e);
	lease_free(l);
}

void
lease_settled(struct vault *v, uint64_t ticket, const struct error *e)
{
	struct lease_underway *u = lease_underway_take(v, ticket);

	if (!u)
		return;
	if (!u->until)
		settle_end(v, u, e);
	else if (!e->status)
		write_renewal(v, u->id, u->until);
	lease_tell(v, u->id, u->mode & LEASE_FORCE ? NULL : e);
	lease_underway_free(u);
}

void
lease_revoke_later(struct vault *v, const struct lease *l)
{
	try_to_end(v, l->id);
}

void
lease_revoke_of_token(struct vault *v, const char *token_id)
{
	struct ids ids = ids_read(store_query(v->store, &lease_store,
	    LEASE_OF_TOKEN, "s", token_id));

	for (size_t i = 0; i < ids.n; i++)
		try_to_end(v, ids.list[i]);
	ids_free(&ids);
}

/* Vault names the lease that failed and how far it had come. */
static int
end_leases(struct vault *v, const struct ids *ids, size_t total, bool force,
    struct error *e)
{
	int ended = 0;

	for (size_t i = 0; i < ids->n; i++) {
		struct lease *l = lease_find(v, ids->list[i]);
		struct error why = { 0 };
		bool ok = !l ||
		    end(v, l, force ? LEASE_FORCE : 0, &why) != LEASE_FAILED;

		lease_free(l);
		if (!ok) {
			error_set(e, 400, "failed to revoke \"%s\" (%zu / %zu):"
			    " %s", ids->list[i], i + 1, total, why.text);
			break;
		}
		ended++;
	}
	return ended;
}

int
lease_revoke_prefix(struct vault *v, const char *prefix, bool force,
    struct error *e)
{
	struct ids secrets = ids_below(v, prefix);
	char **tokens;
	size_t ntokens = token_leases(v, prefix, &tokens);
	int ended = end_leases(v, &secrets, secrets.n + ntokens, force, e);

	for (size_t i = 0; i < ntokens; i++) {
		struct token *t =
		    e->status ? NULL : token_by_lease(v, tokens[i]);

		if (t) {
			token_revoke(v, t);
			ended++;
		}
		token_put(t);
		free(tokens[i]);
	}
	free(tokens);
	ids_free(&secrets);
	return ended;
}

static int64_t
next_due(struct vault *v)
{
	return query_number(store_query(v->store, &lease_store, LEASE_NEXT_DUE,
	    ""));
}

static int
sweep_due(struct vault *v, int64_t now)
{
	struct ids ids = ids_read(
	    store_query(v->store, &lease_store, LEASE_DUE, "i", now));
	int ended = 0;

	for (size_t i = 0; i < ids.n; i++)
		ended += try_to_end(v, ids.list[i]);
	ids_free(&ids);
	return ended;
}

const struct sweep lease_sweep = { "lease", next_due, sweep_due };

/* ---- lists ---- */

/* Adds the part of each id below the prefix, once. */
static void
add_level(struct ids *out, char *const *ids, size_t n, size_t prefix)
{
	for (size_t i = 0; i < n; i++) {
		const char *rest = ids[i] + prefix;
		const char *slash = strchr(rest, '/');

		ids_add(out, rest,
		    slash ? (size_t)(slash + 1 - rest) : strlen(rest));
	}
}

static void
ids_unique(struct ids *ids)
{
	size_t kept = 0;

	qsort(ids->list, ids->n, sizeof(*ids->list), compare_text);
	for (size_t i = 0; i < ids->n; i++) {
		if (kept && strcmp(ids->list[kept - 1], ids->list[i]) == 0)
			free(ids->list[i]);
		else
			ids->list[kept++] = ids->list[i];
	}
	ids->n = kept;
}

size_t
lease_list(struct vault *v, const char *prefix, char ***keys)
{
	struct ids secrets = ids_below(v, prefix), level = { 0 };
	struct ids tokens = { 0 };

	tokens.n = token_leases(v, prefix, &tokens.list);
	add_level(&level, secrets.list, secrets.n, strlen(prefix));
	add_level(&level, tokens.list, tokens.n, strlen(prefix));
	ids_free(&secrets);
	ids_free(&tokens);
	if (level.n)
		ids_unique(&level);
	*keys = level.list;
	return level.n;
}

int64_t
lease_count(struct vault *v)
{
	return query_number(store_query(v->store, &lease_store, LEASE_COUNT,
	    ""));
}

size_t
lease_irrevocable(struct vault *v, char ***ids)
{
	struct ids found = ids_read(
	    store_query(v->store, &lease_store, LEASE_GIVEN_UP, ""));

	*ids = found.list;
	return found.n;
}

void
lease_tidy(struct vault *v)
{
	store_exec(v->store, &lease_store, LEASE_AGAIN, "i", vault_now(v));
	sweep_note(v, &lease_sweep, vault_now(v));
}
