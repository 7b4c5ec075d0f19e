/*
 * Leases of secrets: rows in the store that end by the virtual clock. The
 * engine that made a lease is asked by hooks to end or to extend it.
 */
#include "core/token/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/token/lease_pending.h"
#include "core/mount/mount.h"
#include "core/mount/path_list.h"
#include "core/expirer.h"

/* Vault: ten seconds, doubled with each try; after six the lease is given up
 * as irrevocable. */
#define LEASE_RETRY_BASE_NS (10 * NSEC_PER_SEC)
#define TRIES_MAX 6
/* A revocation that was pending when the process died is tried again then. */
#define LEASE_PENDING_MAX_NS (60 * NSEC_PER_SEC)
#define RANDOM_LEN 24
/* A token with more leases gives them up in steps, in passes to come. */
#define LEASE_STEP_MAX EXPIRER_BATCH
/* Neither ended at its time, though the row is still there, nor ended with its
 * token. ?2 is the time. */
#define LEASE_IS_LIVE                                                       \
	"NOT (due = expires AND due <= ?2 AND tries = 0) AND token NOT IN " \
	"(SELECT token FROM lease_ending)"
/* A revocation of prefix ?1 has still to end it: from ?3 on, up to row ?4. */
#define LEASE_IS_LEFT \
	"id >= ?3 AND id < ?1 || char(1114111) AND rowid <= ?4 AND " LEASE_IS_LIVE
/* How many a revocation of a prefix ends in a step; the first is a part of the
 * request, the others follow in passes to come. */
#define LEASE_PREFIX_BATCH 128
#define LEASE_PREFIX_BATCH_SQL "LIMIT 128"

enum {
	LEASE_INSERT,
	LEASE_GET,
	LEASE_GET_LIVE,
	LEASE_RENEW,
	LEASE_DELETE,
	LEASE_RECORD_FAILURE,
	LEASE_POSTPONE,
	LEASE_BY_TOKEN,
	LEASE_BY_PREFIX,
	LEASE_ALL_BY_PREFIX,
	LEASE_AFTER,
	LEASE_ALL_AFTER,
	LEASE_PREFIX_NEXT,
	LEASE_PREFIX_LEFT,
	LEASE_LAST_ROW,
	LEASE_NEXT_DUE,
	LEASE_DUE,
	LEASE_COUNT,
	LEASE_IRREVOCABLE,
	LEASE_RETRY_IRREVOCABLE,
	LEASE_DISOWN,
	LEASE_ENDING_PUT,
	LEASE_ENDING_FIRST,
	LEASE_ENDING_DELETE,
	NSTATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE lease ("
	"id TEXT PRIMARY KEY, "
	"token TEXT NOT NULL, " /* token.id, '' for none */
	"mount_id INTEGER NOT NULL, "
	"path TEXT NOT NULL, "
	"data TEXT, "		    /* JSON */
	"internal TEXT, "	    /* JSON, the engine's own */
	"issued INTEGER NOT NULL, " /* times: ns since 1970 */
	"expires INTEGER NOT NULL, "
	"last_renewal INTEGER NOT NULL, "
	"ttl INTEGER NOT NULL, " /* seconds */
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
	/* The id is the key by name, too; the rows lie as before. */
	"ALTER TABLE lease RENAME TO lease_without_key;"
	"DROP INDEX lease_token;"
	"DROP INDEX lease_due;"
	"CREATE TABLE lease ("
	"id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, "
	"mount_id INTEGER NOT NULL, path TEXT NOT NULL, data TEXT, "
	"internal TEXT, issued INTEGER NOT NULL, expires INTEGER NOT NULL, "
	"last_renewal INTEGER NOT NULL, ttl INTEGER NOT NULL, "
	"max_ttl INTEGER NOT NULL, renewable INTEGER NOT NULL, "
	"due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, "
	"error TEXT);"
	"INSERT INTO lease SELECT * FROM lease_without_key;"
	"DROP TABLE lease_without_key;"
	"CREATE INDEX lease_token ON lease (token);"
	"CREATE INDEX lease_due ON lease (due);",
	/* Revoked tokens whose leases are still there. */
	"CREATE TABLE lease_ending (token TEXT PRIMARY KEY) WITHOUT ROWID;",
	NULL,
};

/* The same, for a new database. */
static const char schema[] =
    "CREATE TABLE lease ("
    "id TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, "
    "mount_id INTEGER NOT NULL, path TEXT NOT NULL, data TEXT, "
    "internal TEXT, issued INTEGER NOT NULL, expires INTEGER NOT NULL, "
    "last_renewal INTEGER NOT NULL, ttl INTEGER NOT NULL, "
    "max_ttl INTEGER NOT NULL, renewable INTEGER NOT NULL, "
    "due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, "
    "error TEXT);"
    "CREATE INDEX lease_token ON lease (token);"
    "CREATE INDEX lease_due ON lease (due);"
    "CREATE TABLE lease_ending (token TEXT PRIMARY KEY) WITHOUT ROWID;";

static const struct row_column lease_columns[] = { ROW_COLUMNS(
    LEASE_ROW, struct lease) };
static const struct row lease_row = ROW(lease_columns);

static const struct store_statement statements[NSTATEMENTS] = {
	[LEASE_INSERT] = { "INSERT INTO lease ($columns) VALUES ($values)",
	    NULL, &lease_row },
	[LEASE_GET] = { "SELECT $columns FROM lease WHERE id = ?", "s",
	    &lease_row },
	[LEASE_GET_LIVE] = { "SELECT $columns FROM lease "
			     "WHERE id = ?1 AND " LEASE_IS_LIVE,
	    "si", &lease_row },
	[LEASE_RENEW] = { "UPDATE lease SET expires = ?2, due = ?2, "
			  "last_renewal = ?3 WHERE id = ?1",
	    "sii", NULL },
	[LEASE_DELETE] = { "DELETE FROM lease WHERE id = ?", "s", NULL },
	[LEASE_POSTPONE] = { "UPDATE lease SET due = ?2, "
			     "expires = min(expires, ?3) WHERE id = ?1",
	    "sii", NULL },
	[LEASE_RECORD_FAILURE] = { "UPDATE lease SET due = ?2, error = ?3, "
				   "expires = min(expires, ?4), tries = tries + 1 WHERE id = ?1",
	    "sisi", NULL },
	/* In the order they were made, as the indexes have them. */
	[LEASE_BY_TOKEN] = { "SELECT id FROM lease WHERE token = ? "
			     "ORDER BY rowid " EXPIRER_BATCH_SQL,
	    "s", NULL },
	[LEASE_BY_PREFIX] = { "SELECT id FROM lease WHERE id >= ?1 "
			      "AND id < ?1 || char(1114111) AND " LEASE_IS_LIVE
			      " ORDER BY id",
	    "si", NULL },
	/* The same when none has ended: the index alone. */
	[LEASE_ALL_BY_PREFIX] = { "SELECT id FROM lease WHERE id >= ?1 "
				  "AND id < ?1 || char(1114111) ORDER BY id",
	    "s", NULL },
	[LEASE_AFTER] = { "SELECT id FROM lease WHERE id > ?1 AND " LEASE_IS_LIVE
			  " ORDER BY id",
	    "si", NULL },
	[LEASE_ALL_AFTER] = { "SELECT id FROM lease WHERE id > ? ORDER BY id",
	    "s", NULL },
	[LEASE_PREFIX_NEXT] = { "SELECT id FROM lease "
				"WHERE " LEASE_IS_LEFT
				" ORDER BY id " LEASE_PREFIX_BATCH_SQL,
	    "sisi", NULL },
	[LEASE_PREFIX_LEFT] = { "SELECT count(*) FROM lease "
				"WHERE " LEASE_IS_LEFT,
	    "sisi", NULL },
	[LEASE_LAST_ROW] = { "SELECT max(rowid) FROM lease", "", NULL },
	[LEASE_NEXT_DUE] = { "SELECT CASE WHEN EXISTS "
			     "(SELECT 1 FROM lease_ending) THEN ?1 "
			     "ELSE (SELECT min(due) FROM lease WHERE due > 0) END",
	    "i", NULL },
	[LEASE_DUE] = { "SELECT id FROM lease WHERE due > 0 AND due <= ? "
			"ORDER BY due, rowid " EXPIRER_BATCH_SQL,
	    "i", NULL },
	[LEASE_COUNT] = { "SELECT count(*) FROM lease", "", NULL },
	[LEASE_IRREVOCABLE] = { "SELECT id FROM lease WHERE due = 0 ORDER BY id",
	    "", NULL },
	[LEASE_RETRY_IRREVOCABLE] = { "UPDATE lease SET due = ?, tries = 0 WHERE due = 0",
	    "i", NULL },
	[LEASE_DISOWN] = { "UPDATE lease SET token = '' WHERE id = ?", "s",
	    NULL },
	[LEASE_ENDING_PUT] = { "INSERT OR IGNORE INTO lease_ending (token) "
			       "VALUES (?)",
	    "s", NULL },
	[LEASE_ENDING_FIRST] = { "SELECT token FROM lease_ending LIMIT 1", "",
	    NULL },
	[LEASE_ENDING_DELETE] = { "DELETE FROM lease_ending WHERE token = ?",
	    "s", NULL },
};

const struct store_part lease_store = { "lease", migrations, statements,
	NSTATEMENTS, schema };

void
leases_init(struct vault *v, const struct lease_hooks *hooks)
{
	v->lease_hooks = hooks;
}

/* ---- rows ---- */

void
lease_free(struct lease *l)
{
	if (l)
		row_release(&lease_row, l);
	free(l);
}

static struct lease *
lease_read(struct query *q)
{
	struct lease *l;

	if (!query_row(q))
		return NULL;
	l = xcalloc(1, sizeof(*l));
	query_read_row(q, &lease_row, NULL, l);
	query_done(q);
	return l;
}

/* The row, whether it has ended or not. */
static struct lease *
lease_load(struct vault *v, const char *id)
{
	return lease_read(STORE_QUERY(v->store, &lease_store, LEASE_GET, id));
}

/* While much ends at once, the token may have gone before its leases have. */
static bool
lease_has_lost_token(struct vault *v, const struct lease *l)
{
	struct token *t;

	if (!clock_is_behind(v->clock) || *l->token_id == '\0')
		return false;
	t = token_lookup(v, l->token_id);
	token_unref(t);
	return t == NULL;
}

struct lease *
lease_find(struct vault *v, const char *id)
{
	struct lease *l = lease_read(STORE_QUERY(
	    v->store, &lease_store, LEASE_GET_LIVE, id, vault_now(v)));

	if (!l || !lease_has_lost_token(v, l))
		return l;
	lease_free(l);
	return NULL;
}

static struct query *
lease_query_ids_with_prefix(struct vault *v, const char *prefix)
{
	int64_t due_ns = lease_expirer.next_due(v);

	if (due_ns && due_ns <= vault_now(v))
		return STORE_QUERY(v->store, &lease_store, LEASE_BY_PREFIX,
		    prefix, vault_now(v));
	return STORE_QUERY(v->store, &lease_store, LEASE_ALL_BY_PREFIX, prefix);
}

/* ---- creation and renewal ---- */

/* Vault 1.19: a batch token's leases belong to its parent, and end with the
 * batch token at the latest. Returns the owner's id, malloc'ed. */
static char *
lease_owner_token(struct vault *v, struct lease *l)
{
	struct token *t = l->token_id ? token_lookup(v, l->token_id) : NULL;
	char *id = xstrdup(l->token_id ? l->token_id : "");

	if (t && t->type == TOKEN_BATCH) {
		int64_t left_s = (t->expires_ns - l->issued_ns) / NSEC_PER_SEC;

		free(id);
		id = xstrdup(t->parent_id);
		if (l->ttl_s > left_s)
			l->ttl_s = left_s;
	}
	token_unref(t);
	return id;
}

void
lease_register(struct vault *v, struct arena *a, struct lease *l)
{
	char random[RANDOM_LEN + 1];
	struct lease stored;
	char *token;

	if (!l->id) {
		random_base62(v->random, random, RANDOM_LEN);
		l->id = arena_printf(a, "%s/%s", l->path, random);
	}
	if (!l->issued_ns)
		l->issued_ns = vault_now(v);
	if (!l->expires_ns)
		l->ttl_s = vault_scale_ttl(v, l->ttl_s);
	token = lease_owner_token(v, l);
	if (!l->expires_ns)
		l->expires_ns = time_after_s(l->issued_ns, l->ttl_s);
	stored = *l;
	stored.token_id = token;
	stored.due_ns = l->expires_ns;
	store_put_row(v->store, &lease_store, LEASE_INSERT, &stored);
	free(token);
	expirer_schedule(v, &lease_expirer, l->expires_ns);
}

static void
lease_write_renewal(struct vault *v, const char *id, int64_t until_ns)
{
	STORE_EXEC(
	    v->store, &lease_store, LEASE_RENEW, id, until_ns, vault_now(v));
	expirer_schedule(v, &lease_expirer, until_ns);
}

/* The engine prolongs what the lease stands for, then the lease follows. */
static enum lease_result
lease_extend(
    struct vault *v, struct lease *l, int64_t until_ns, struct error *e)
{
	const struct lease_hooks *h = v->lease_hooks;
	enum lease_result result = LEASE_DONE;

	if (h && h->extend) {
		l->operation_id =
		    lease_pending_add(v, l->id, 0, until_ns)->operation_id;
		result = h->extend(v, l, until_ns, e);
		if (result == LEASE_PENDING)
			return result;
		lease_pending_free(lease_pending_take(v, l->operation_id));
	}
	if (result == LEASE_DONE) {
		l->expires_ns = until_ns;
		l->last_renewal_ns = vault_now(v);
		lease_write_renewal(v, l->id, until_ns);
	}
	return result;
}

static enum lease_result
lease_refuse_renewal(struct error *e, const char *text)
{
	error_set(e, 400, "%s", text);
	return LEASE_FAILED;
}

/* The arithmetic counts full ttls; what is granted and stored is scaled. */
enum lease_result
lease_renew(struct vault *v, struct lease *l, int64_t increment_s,
    int64_t *granted_ttl_s, char *warning, struct error *e)
{
	const struct lease_hooks *h = v->lease_hooks;
	const struct mount *m = mount_by_id(v, l->mount_id);
	int64_t now_ns = vault_now(v), given_s;
	struct ttl_request ttl = {
		.increment_s = vault_unscale_increment(
		    v, increment_s, l->ttl_s),
		.own_ttl_s = vault_unscale_ttl(v, l->ttl_s),
		.own_max_s = l->max_ttl_s,
		.default_s = m ? mount_default_ttl(v, m)
			       : v->config.default_lease_ttl_s,
		.max_s = m ? mount_max_ttl(v, m) : v->config.max_lease_ttl_s,
		.age_s = vault_unscale_ttl(
		    v, now_ns / NSEC_PER_SEC - l->issued_ns / NSEC_PER_SEC),
	};

	if (!l->renewable)
		return lease_refuse_renewal(e, "lease is not renewable");
	if (l->expires_ns <= now_ns)
		return lease_refuse_renewal(e, "lease expired");
	if (h && h->renew && !h->renew(v, l, &ttl.own_ttl_s, &ttl.own_max_s, e))
		return LEASE_FAILED;
	given_s = ttl_calculate(&ttl, warning);
	if (given_s < 0)
		return lease_refuse_renewal(
		    e, "past the max TTL, cannot renew");
	given_s = vault_scale_ttl(v, given_s);
	*granted_ttl_s = given_s;
	return lease_extend(v, l, time_after_s(now_ns, given_s), e);
}

/* ---- the end ---- */

static void
lease_delete_row(struct vault *v, const char *id)
{
	STORE_EXEC(v->store, &lease_store, LEASE_DELETE, id);
}

/* Revokes a lease; one whose revocation is pending is not revoked twice. */
static enum lease_result
lease_end(struct vault *v, struct lease *l, unsigned mode, struct error *e)
{
	const struct lease_hooks *h = v->lease_hooks;
	struct lease_pending *pending = lease_pending_revocation(v, l->id);
	enum lease_result result = LEASE_DONE;

	if (pending) {
		pending->mode |= mode;
		return LEASE_PENDING;
	}
	if (h && h->revoke) {
		l->operation_id =
		    lease_pending_add(v, l->id, mode, 0)->operation_id;
		result = h->revoke(v, l, e);
		if (result == LEASE_PENDING)
			return result;
		lease_pending_free(lease_pending_take(v, l->operation_id));
	}
	if (result == LEASE_DONE || mode & LEASE_FORCE) {
		lease_delete_row(v, l->id);
		return LEASE_DONE;
	}
	return result;
}

enum lease_result
lease_revoke(struct vault *v, struct lease *l, struct error *e)
{
	return lease_end(v, l, 0, e);
}

static void
lease_record_failure(
    struct vault *v, const struct lease *l, const struct error *why)
{
	int64_t now_ns = vault_now(v);
	int64_t next_try_ns = l->tries + 1 < TRIES_MAX
	    ? now_ns + (LEASE_RETRY_BASE_NS << l->tries)
	    : 0;

	STORE_EXEC(v->store, &lease_store, LEASE_RECORD_FAILURE, l->id,
	    next_try_ns, why->text, now_ns);
	log_msg(v->log, LOG_ERROR, "expiration",
	    "failed to revoke lease: lease_id=%s error=\"%s\"", l->id,
	    why->text);
	expirer_schedule(v, &lease_expirer, next_try_ns);
}

/* Ends a lease or arranges for the next try. */
static bool
lease_try_to_revoke(struct vault *v, const char *id)
{
	struct lease *l = lease_load(v, id);
	struct error e = { 0 };
	enum lease_result result = l ? lease_end(v, l, LEASE_RETRY, &e)
				     : LEASE_FAILED;
	int64_t now_ns = vault_now(v);

	if (l && result == LEASE_DONE)
		expirer_notify(v, "lease", id, 0);
	if (l && result == LEASE_FAILED)
		lease_record_failure(v, l, &e);
	if (result == LEASE_PENDING)
		STORE_EXEC(v->store, &lease_store, LEASE_POSTPONE, id,
		    now_ns + LEASE_PENDING_MAX_NS, now_ns);
	lease_free(l);
	return result == LEASE_DONE;
}

static void
lease_finish_revocation(
    struct vault *v, const struct lease_pending *op, const struct error *e)
{
	struct lease *l;

	if (!e->status || op->mode & LEASE_FORCE) {
		lease_delete_row(v, op->id);
		if (op->mode & LEASE_RETRY)
			expirer_notify(v, "lease", op->id, 0);
		return;
	}
	l = op->mode & LEASE_RETRY ? lease_load(v, op->id) : NULL;
	if (l)
		lease_record_failure(v, l, e);
	lease_free(l);
}

void
lease_operation_done(
    struct vault *v, uint64_t operation_id, const struct error *e)
{
	struct lease_pending *op = lease_pending_take(v, operation_id);

	if (!op)
		return;
	if (!op->until_ns)
		lease_finish_revocation(v, op, e);
	else if (!e->status)
		lease_write_renewal(v, op->id, op->until_ns);
	lease_pending_notify(v, op->id, op->mode & LEASE_FORCE ? NULL : e);
	lease_pending_free(op);
}

void
lease_revoke_or_retry(struct vault *v, const struct lease *l)
{
	lease_try_to_revoke(v, l->id);
}

/* Some of the token's; true when there were no more. What cannot be revoked now
 * stays, tried again at its time, and nobody's. */
static bool
lease_end_some_of_token(struct vault *v, const char *token)
{
	struct strs ids = { 0 };
	bool last;

	query_strs(
	    STORE_QUERY(v->store, &lease_store, LEASE_BY_TOKEN, token), &ids);
	last = ids.n < LEASE_STEP_MAX;
	for (size_t i = 0; i < ids.n; i++)
		if (!lease_try_to_revoke(v, ids.items[i]))
			STORE_EXEC(
			    v->store, &lease_store, LEASE_DISOWN, ids.items[i]);
	strs_release(&ids);
	return last;
}

void
leases_on_token_revoked(struct vault *v, const struct token *t)
{
	if (lease_end_some_of_token(v, t->id))
		return;
	STORE_EXEC(v->store, &lease_store, LEASE_ENDING_PUT, t->id);
	expirer_schedule(v, &lease_expirer, vault_now(v));
}

/* A step of the first token whose leases end step by step; false when there is
 * none. */
static bool
lease_end_step(struct vault *v)
{
	struct query *q = STORE_QUERY(
	    v->store, &lease_store, LEASE_ENDING_FIRST);
	char *token;

	if (!query_row(q))
		return false;
	token = xstrdup(query_text(q, 0));
	query_done(q);
	if (lease_end_some_of_token(v, token))
		STORE_EXEC(v->store, &lease_store, LEASE_ENDING_DELETE, token);
	free(token);
	return true;
}

/* Vault names the lease that failed and how far it had come. */
static void
lease_revocation_fail(struct vault *v, struct lease_revocation *r,
    const char *id, const struct error *why)
{
	struct strs tokens = { 0 };
	int64_t left = query_single_int(STORE_QUERY(v->store, &lease_store,
	    LEASE_PREFIX_LEFT, r->prefix, vault_now(v), id, r->last_row));

	token_list_lease_ids(v, r->prefix, &tokens);
	error_set(&r->error, 400, "failed to revoke \"%s\" (%zu / %zu): %s", id,
	    r->ended + 1, r->ended + (size_t)left + tokens.n, why->text);
	strs_release(&tokens);
}

static void
lease_revocation_end_lease(
    struct vault *v, struct lease_revocation *r, const char *id)
{
	struct lease *l = lease_load(v, id);
	struct error why = { 0 };
	unsigned mode = r->force ? LEASE_FORCE : 0;

	if (l && lease_end(v, l, mode, &why) == LEASE_FAILED)
		lease_revocation_fail(v, r, id, &why);
	else
		r->ended++;
	lease_free(l);
}

static void
lease_revocation_end_token(
    struct vault *v, struct lease_revocation *r, const char *id)
{
	struct token *t = token_by_lease(v, id);

	if (t) {
		token_revoke(v, t);
		r->ended++;
	}
	token_unref(t);
}

static bool
lease_revocation_has_time(
    const struct vault *v, const struct lease_revocation *r)
{
	return expirer_has_time(v) &&
	    (!r->first_end_ns || clock_real_cpu() < r->first_end_ns);
}

/* These, while there is time; true when there are no more behind them. */
static bool
lease_revocation_end_ids(struct vault *v, struct lease_revocation *r,
    struct strs *ids,
    void (*end)(struct vault *v, struct lease_revocation *r, const char *id))
{
	size_t i = 0;
	bool all;

	while (i < ids->n && !r->error.status &&
	    (i == 0 || lease_revocation_has_time(v, r)))
		end(v, r, ids->items[i++]);
	all = i == ids->n && i < LEASE_PREFIX_BATCH;
	if (i > 0) {
		free(r->from);
		/* right behind the last one */
		r->from = xasprintf("%s\001", ids->items[i - 1]);
	}
	strs_release(ids);
	return all;
}

static void
lease_revocation_end_leases(struct vault *v, struct lease_revocation *r)
{
	struct strs ids = { 0 };

	query_strs(STORE_QUERY(v->store, &lease_store, LEASE_PREFIX_NEXT,
		       r->prefix, vault_now(v), r->from, r->last_row),
	    &ids);
	r->leases_ended = lease_revocation_end_ids(
	    v, r, &ids, lease_revocation_end_lease);
	if (r->leases_ended) {
		free(r->from);
		r->from = xstrdup(r->prefix);
	}
}

static void
lease_revocation_end_tokens(struct vault *v, struct lease_revocation *r)
{
	struct strs ids = { 0 };

	token_list_some_lease_ids(
	    v, r->prefix, r->from, LEASE_PREFIX_BATCH, &ids);
	r->tokens_ended = lease_revocation_end_ids(
	    v, r, &ids, lease_revocation_end_token);
}

/* true when it is at its end. */
static bool
lease_revocation_step(struct vault *v, struct lease_revocation *r)
{
	if (!r->leases_ended)
		lease_revocation_end_leases(v, r);
	if (r->leases_ended && !r->tokens_ended && !r->error.status)
		lease_revocation_end_tokens(v, r);
	return r->tokens_ended || r->error.status || store_has_failed(v->store);
}

/* A step of the first one; false when there is none. */
static bool
lease_revocation_run(struct vault *v)
{
	struct lease_revocation *r = *lease_revocations(v);

	if (!r)
		return false;
	if (lease_revocation_step(v, r)) {
		*lease_revocations(v) = r->next;
		lease_revocation_notify(v, r);
		lease_revocation_free(r);
	}
	return true;
}

static void
lease_revocation_add(struct vault *v, struct lease_revocation *r)
{
	struct lease_revocation **at = lease_revocations(v);

	while (*at)
		at = &(*at)->next;
	*at = r;
	expirer_schedule(v, &lease_expirer, vault_now(v));
}

static bool
lease_revoke_prefix_until(struct vault *v, const char *prefix, bool force,
    int64_t first_end_ns, struct error *e)
{
	struct lease_revocation *r = xcalloc(1, sizeof(*r));

	r->prefix = xstrdup(prefix);
	r->from = xstrdup(prefix);
	r->force = force;
	r->first_end_ns = first_end_ns;
	r->last_row = query_single_int(
	    STORE_QUERY(v->store, &lease_store, LEASE_LAST_ROW));
	if (!lease_revocation_step(v, r)) {
		r->first_end_ns = 0;
		lease_revocation_add(v, r);
		return false;
	}
	*e = r->error;
	lease_revocation_free(r);
	return true;
}

bool
lease_revoke_prefix(
    struct vault *v, const char *prefix, bool force, struct error *e)
{
	return lease_revoke_prefix_until(v, prefix, force, 0, e);
}

bool
lease_revoke_prefix_in_slices(
    struct vault *v, const char *prefix, bool force, struct error *e)
{
	return lease_revoke_prefix_until(
	    v, prefix, force, clock_real_cpu() + CLOCK_FIRST_SLICE_NS, e);
}

void
leases_on_state_replaced(struct vault *v)
{
	for (struct lease_revocation *r = *lease_revocations(v); r; r = r->next)
		r->leases_ended = r->tokens_ended = true;
}

static int64_t
lease_next_due(struct vault *v)
{
	if (*lease_revocations(v))
		return vault_now(v);
	return query_single_int(
	    STORE_QUERY(v->store, &lease_store, LEASE_NEXT_DUE, vault_now(v)));
}

/* Some of those that are due; returns how many it tried to end. */
static int
lease_expire_batch(struct vault *v, int64_t now_ns)
{
	struct strs ids = { 0 };
	size_t i = 0;

	query_strs(
	    STORE_QUERY(v->store, &lease_store, LEASE_DUE, now_ns), &ids);
	while (i < ids.n && (i == 0 || expirer_has_time(v)))
		(void)lease_try_to_revoke(v, ids.items[i++]);
	strs_release(&ids);
	return (int)i;
}

static int
lease_expire_due(struct vault *v, int64_t now_ns)
{
	int n = 0, tried = 1;

	while ((n == 0 || expirer_has_time(v)) && lease_revocation_run(v))
		n++;
	while ((n == 0 || expirer_has_time(v)) && lease_end_step(v))
		n += LEASE_STEP_MAX;
	while (tried > 0 && (n == 0 || expirer_has_time(v))) {
		tried = lease_expire_batch(v, now_ns);
		n += tried;
	}
	return n;
}

const struct expirer lease_expirer = { "lease", lease_next_due,
	lease_expire_due, false };

/* ---- lists ---- */

/* The level of an id behind a prefix, a folder with its slash, unless it was
 * the last one added. */
static void
lease_list_add(struct strs *out, const char *rest)
{
	const char *slash = strchr(rest, '/');
	const char *last = out->n ? out->items[out->n - 1] : "";
	size_t n = slash ? (size_t)(slash + 1 - rest) : strlen(rest);

	if (strncmp(last, rest, n) != 0 || last[n] != '\0')
		strs_add_n(out, rest, n);
}

void
lease_list(struct vault *v, const char *prefix, struct strs *out)
{
	size_t n = strlen(prefix);
	struct query *q = lease_query_ids_with_prefix(v, prefix);
	struct strs tokens = { 0 };

	while (query_row(q))
		lease_list_add(out, query_text(q, 0) + n);
	token_list_lease_ids(v, prefix, &tokens);
	for (size_t i = 0; i < tokens.n; i++)
		lease_list_add(out, tokens.items[i] + n);
	strs_release(&tokens);
	strs_sort_unique(out);
}

static struct query *
lease_ids_after(void *arg, const char *after)
{
	struct vault *v = arg;
	int64_t due_ns = lease_expirer.next_due(v);

	return due_ns && due_ns <= vault_now(v)
	    ? STORE_QUERY(
		  v->store, &lease_store, LEASE_AFTER, after, vault_now(v))
	    : STORE_QUERY(v->store, &lease_store, LEASE_ALL_AFTER, after);
}

static struct query *
lease_token_ids_after(void *arg, const char *after)
{
	return token_query_lease_ids(arg, after);
}

/* Where a list goes on among the tokens' leases, which follow those of secrets:
 * behind one of these bytes. */
#define LEASE_LIST_TOKENS_ALONE '\1'
#define LEASE_LIST_TOKENS_TOO '\2'

bool
lease_list_some(struct vault *v, const char *prefix, const char **after,
    size_t n, struct strs *out)
{
	size_t before = out->n;
	char phase = *after ? **after : '\0';
	const char *from;
	bool more;

	if (phase != LEASE_LIST_TOKENS_ALONE &&
	    phase != LEASE_LIST_TOKENS_TOO) {
		if (path_list_some(prefix, after, n, lease_ids_after, v, out))
			return true;
		phase = out->n > 0 ? LEASE_LIST_TOKENS_TOO
				   : LEASE_LIST_TOKENS_ALONE;
		*after = NULL;
		n -= out->n - before;
		if (n == 0)
			n = 1;
	}
	from = *after ? *after + 1 : NULL;
	more = path_list_some(prefix, &from, n, lease_token_ids_after, v, out);
	if (more)
		*after = arena_printf(out->arena, "%c%s", phase, from);
	else if (phase == LEASE_LIST_TOKENS_TOO)
		strs_sort_unique(out);
	return more;
}

int64_t
lease_count(struct vault *v)
{
	return query_single_int(
	    STORE_QUERY(v->store, &lease_store, LEASE_COUNT));
}

void
lease_list_irrevocable(struct vault *v, struct strs *out)
{
	query_strs(STORE_QUERY(v->store, &lease_store, LEASE_IRREVOCABLE), out);
}

void
lease_retry_irrevocable(struct vault *v)
{
	STORE_EXEC(
	    v->store, &lease_store, LEASE_RETRY_IRREVOCABLE, vault_now(v));
	expirer_schedule(v, &lease_expirer, vault_now(v));
}
