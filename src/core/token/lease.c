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
#include "core/expirer.h"

/* Vault: ten seconds, doubled with each try; after six the lease is given up
 * as irrevocable. */
#define LEASE_RETRY_BASE_NS (10 * NSEC_PER_SEC)
#define TRIES_MAX 6
/* An end that is underway when the process dies is tried again after this. */
#define LEASE_PENDING_MAX_NS (60 * NSEC_PER_SEC)
#define RANDOM_LEN 24

enum {
	LEASE_INSERT,
	LEASE_GET,
	LEASE_RENEW,
	LEASE_DELETE,
	LEASE_RECORD_FAILURE,
	LEASE_POSTPONE,
	LEASE_TRIES,
	LEASE_BY_TOKEN,
	LEASE_BY_PREFIX,
	LEASE_NEXT_DUE,
	LEASE_DUE,
	LEASE_COUNT,
	LEASE_IRREVOCABLE,
	LEASE_RETRY_IRREVOCABLE,
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
	"issued INTEGER NOT NULL, " /* instants: ns since 1970 */
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
	NULL,
};

static const struct store_statement statements[NSTATEMENTS] = {
	[LEASE_INSERT] = { "INSERT INTO lease (id, token, mount_id, path, data, internal, "
			   "issued, expires, last_renewal, ttl, max_ttl, renewable, due) "
			   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?8)",
	    "ssisssiiiiii", NULL },
	[LEASE_GET] = { "SELECT id, token, mount_id, path, data, internal, "
			"issued, expires, last_renewal, ttl, max_ttl, renewable, error "
			"FROM lease WHERE id = ?",
	    "s", NULL },
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
	[LEASE_TRIES] = { "SELECT tries FROM lease WHERE id = ?", "s", NULL },
	[LEASE_BY_TOKEN] = { "SELECT id FROM lease WHERE token = ? ORDER BY id",
	    "s", NULL },
	[LEASE_BY_PREFIX] = { "SELECT id FROM lease WHERE id >= ?1 "
			      "AND id < ?1 || char(1114111) ORDER BY id",
	    "s", NULL },
	[LEASE_NEXT_DUE] = { "SELECT min(due) FROM lease WHERE due > 0", "",
	    NULL },
	[LEASE_DUE] = { "SELECT id FROM lease WHERE due > 0 AND due <= ? "
			"ORDER BY due, id",
	    "i", NULL },
	[LEASE_COUNT] = { "SELECT count(*) FROM lease", "", NULL },
	[LEASE_IRREVOCABLE] = { "SELECT id FROM lease WHERE due = 0 ORDER BY id",
	    "", NULL },
	[LEASE_RETRY_IRREVOCABLE] = { "UPDATE lease SET due = ?, tries = 0 WHERE due = 0",
	    "i", NULL },
};

const struct store_part lease_store = { "lease", migrations, statements,
	NSTATEMENTS };

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
	free((void *)(uintptr_t)l->token_id);
	free(l->path);
	free(l->data);
	free(l->engine_data);
	free(l->error);
	free(l);
}

struct lease *
lease_find(struct vault *v, const char *id)
{
	struct query *q = STORE_QUERY(v->store, &lease_store, LEASE_GET, id);
	struct lease *l;

	if (!query_row(q))
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->id = query_text_copy(q, 0);
	l->token_id = query_text_copy(q, 1);
	l->mount_id = query_int(q, 2);
	l->path = query_text_copy(q, 3);
	l->data = query_text_copy(q, 4);
	l->engine_data = query_text_copy(q, 5);
	l->issued_ns = query_int(q, 6);
	l->expires_ns = query_int(q, 7);
	l->last_renewal_ns = query_int(q, 8);
	l->ttl_s = query_int(q, 9);
	l->max_ttl_s = query_int(q, 10);
	l->renewable = query_int(q, 11);
	l->error = query_text_copy(q, 12);
	query_done(q);
	return l;
}

/* Ids are read to the end before anything is done about them. */
struct lease_ids {
	char **list;
	size_t n, room;
};

static void
lease_ids_add(struct lease_ids *ids, const char *text, size_t n)
{
	if (ids->n == ids->room) {
		ids->room = ids->room ? 2 * ids->room : 16;
		ids->list = xrealloc(ids->list, ids->room * sizeof(*ids->list));
	}
	ids->list[ids->n++] = xstrndup(text, n);
}

static struct lease_ids
lease_ids_read(struct query *q)
{
	struct lease_ids ids = { 0 };

	while (query_row(q)) {
		const char *id = query_text(q, 0);

		lease_ids_add(&ids, id, strlen(id));
	}
	return ids;
}

static void
lease_ids_free(struct lease_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->list[i]);
	free(ids->list);
}

static struct lease_ids
lease_ids_with_prefix(struct vault *v, const char *prefix)
{
	return lease_ids_read(
	    STORE_QUERY(v->store, &lease_store, LEASE_BY_PREFIX, prefix));
}

/* ---- birth and renewal ---- */

/* Vault: a batch token's leases hang on its parent and end with it. */
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
lease_register(struct vault *v, struct lease *l)
{
	char random[RANDOM_LEN + 1];
	char *token;

	if (!l->id) {
		random_base62(v->random, random, RANDOM_LEN);
		l->id = xasprintf("%s/%s", l->path, random);
	}
	if (!l->issued_ns)
		l->issued_ns = vault_now(v);
	if (!l->expires_ns)
		l->ttl_s = vault_scale_ttl(v, l->ttl_s);
	token = lease_owner_token(v, l);
	if (!l->expires_ns)
		l->expires_ns = l->issued_ns + l->ttl_s * NSEC_PER_SEC;
	STORE_EXEC(v->store, &lease_store, LEASE_INSERT, l->id, token,
	    l->mount_id, l->path, l->data, l->engine_data, l->issued_ns,
	    l->expires_ns, l->last_renewal_ns, l->ttl_s, l->max_ttl_s,
	    l->renewable);
	free(token);
	expirer_schedule(v, &lease_expirer, l->expires_ns);
}

static void
lease_write_cap_warning(
    char *out, const char *fmt, int64_t asked_s, int64_t given_s)
{
	char a[DURATION_MAX], b[DURATION_MAX];

	duration_format_short(asked_s * NSEC_PER_SEC, a);
	duration_format_short(given_s * NSEC_PER_SEC, b);
	snprintf(out, LEASE_WARNING_MAX, fmt, a, b);
}

static int64_t
lease_min_ttl(int64_t a, int64_t b)
{
	return b > 0 && b < a ? b : a;
}

/* Vault 1.19: only an explicit maximum ends a periodic token; everything else
 * ends at the least of all maxima, counted from the issue. */
int64_t
lease_calculate_ttl(const struct ttl_request *r, char *warning)
{
	int64_t max_s = lease_min_ttl(
	    lease_min_ttl(r->max_s, r->own_max_s), r->explicit_max_s);
	int64_t ttl_s, left_s;

	*warning = '\0';
	if (r->period_s > 0) {
		ttl_s = r->period_s;
		if (ttl_s > max_s) {
			lease_write_cap_warning(warning,
			    "period of \"%s\" exceeded the effective max_ttl "
			    "of \"%s\"; period value is capped accordingly",
			    ttl_s, max_s);
			ttl_s = max_s;
		}
		if (r->explicit_max_s <= 0)
			return ttl_s;
		left_s = r->explicit_max_s - r->age_s;
	} else {
		ttl_s = r->increment_s > 0 ? r->increment_s
		    : r->own_ttl_s > 0	   ? r->own_ttl_s
					   : r->default_s;
		left_s = max_s - r->age_s;
	}
	if (left_s <= 0)
		return -1;
	if (ttl_s <= left_s)
		return ttl_s;
	lease_write_cap_warning(warning,
	    "TTL of \"%s\" exceeded the effective max_ttl of \"%s\"; "
	    "TTL value is capped accordingly",
	    ttl_s, left_s);
	return left_s;
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
	given_s = lease_calculate_ttl(&ttl, warning);
	if (given_s < 0)
		return lease_refuse_renewal(
		    e, "past the max TTL, cannot renew");
	given_s = vault_scale_ttl(v, given_s);
	*granted_ttl_s = given_s;
	return lease_extend(v, l, now_ns + given_s * NSEC_PER_SEC, e);
}

/* ---- the end ---- */

static void
lease_delete_row(struct vault *v, const char *id)
{
	STORE_EXEC(v->store, &lease_store, LEASE_DELETE, id);
}

/* An end that is underway already is not begun twice. */
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

static int64_t
lease_count_tries(struct vault *v, const char *id)
{
	return query_single_int(
	    STORE_QUERY(v->store, &lease_store, LEASE_TRIES, id));
}

static void
lease_record_failure(
    struct vault *v, const struct lease *l, const struct error *why)
{
	int64_t now_ns = vault_now(v), tries = lease_count_tries(v, l->id);
	int64_t next_try_ns = tries + 1 < TRIES_MAX
	    ? now_ns + (LEASE_RETRY_BASE_NS << tries)
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
	struct lease *l = lease_find(v, id);
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
	l = op->mode & LEASE_RETRY ? lease_find(v, op->id) : NULL;
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

void
lease_revoke_by_token(struct vault *v, const char *token_id)
{
	struct lease_ids ids = lease_ids_read(
	    STORE_QUERY(v->store, &lease_store, LEASE_BY_TOKEN, token_id));

	for (size_t i = 0; i < ids.n; i++)
		lease_try_to_revoke(v, ids.list[i]);
	lease_ids_free(&ids);
}

/* Vault names the lease that failed and how far it had come. */
static int
lease_end_list(struct vault *v, const struct lease_ids *ids, size_t total,
    bool force, struct error *e)
{
	int ended = 0;

	for (size_t i = 0; i < ids->n; i++) {
		struct lease *l = lease_find(v, ids->list[i]);
		struct error why = { 0 };
		bool ok = !l ||
		    lease_end(v, l, force ? LEASE_FORCE : 0, &why) !=
			LEASE_FAILED;

		lease_free(l);
		if (!ok) {
			error_set(e, 400,
			    "failed to revoke \"%s\" (%zu / %zu):"
			    " %s",
			    ids->list[i], i + 1, total, why.text);
			break;
		}
		ended++;
	}
	return ended;
}

int
lease_revoke_prefix(
    struct vault *v, const char *prefix, bool force, struct error *e)
{
	struct lease_ids lease_ids = lease_ids_with_prefix(v, prefix);
	char **tokens;
	size_t ntokens = token_list_lease_ids(v, prefix, &tokens);
	int ended = lease_end_list(
	    v, &lease_ids, lease_ids.n + ntokens, force, e);

	for (size_t i = 0; i < ntokens; i++) {
		struct token *t = e->status ? NULL
					    : token_by_lease(v, tokens[i]);

		if (t) {
			token_revoke(v, t);
			ended++;
		}
		token_unref(t);
		free(tokens[i]);
	}
	free(tokens);
	lease_ids_free(&lease_ids);
	return ended;
}

static int64_t
lease_next_due(struct vault *v)
{
	return query_single_int(
	    STORE_QUERY(v->store, &lease_store, LEASE_NEXT_DUE));
}

static int
lease_expire_due(struct vault *v, int64_t now_ns)
{
	struct lease_ids ids = lease_ids_read(
	    STORE_QUERY(v->store, &lease_store, LEASE_DUE, now_ns));
	int ended = 0;

	for (size_t i = 0; i < ids.n; i++)
		ended += lease_try_to_revoke(v, ids.list[i]);
	lease_ids_free(&ids);
	return ended;
}

const struct expirer lease_expirer = { "lease", lease_next_due,
	lease_expire_due };

/* ---- lists ---- */

/* Adds the part of each id below the prefix, once. */
static void
lease_add_path_level(
    struct lease_ids *out, char *const *ids, size_t n, size_t prefix)
{
	for (size_t i = 0; i < n; i++) {
		const char *rest = ids[i] + prefix;
		const char *slash = strchr(rest, '/');

		lease_ids_add(out, rest,
		    slash ? (size_t)(slash + 1 - rest) : strlen(rest));
	}
}

static void
lease_ids_sort_unique(struct lease_ids *ids)
{
	size_t n = 0;

	qsort(ids->list, ids->n, sizeof(*ids->list), compare_strings);
	for (size_t i = 0; i < ids->n; i++) {
		if (n && strcmp(ids->list[n - 1], ids->list[i]) == 0)
			free(ids->list[i]);
		else
			ids->list[n++] = ids->list[i];
	}
	ids->n = n;
}

size_t
lease_list(struct vault *v, const char *prefix, char ***keys)
{
	struct lease_ids lease_ids = lease_ids_with_prefix(v, prefix),
			 level = { 0 };
	struct lease_ids tokens = { 0 };

	tokens.n = token_list_lease_ids(v, prefix, &tokens.list);
	lease_add_path_level(
	    &level, lease_ids.list, lease_ids.n, strlen(prefix));
	lease_add_path_level(&level, tokens.list, tokens.n, strlen(prefix));
	lease_ids_free(&lease_ids);
	lease_ids_free(&tokens);
	if (level.n)
		lease_ids_sort_unique(&level);
	*keys = level.list;
	return level.n;
}

int64_t
lease_count(struct vault *v)
{
	return query_single_int(
	    STORE_QUERY(v->store, &lease_store, LEASE_COUNT));
}

size_t
lease_list_irrevocable(struct vault *v, char ***ids)
{
	struct lease_ids found = lease_ids_read(
	    STORE_QUERY(v->store, &lease_store, LEASE_IRREVOCABLE));

	*ids = found.list;
	return found.n;
}

void
lease_retry_irrevocable(struct vault *v)
{
	STORE_EXEC(
	    v->store, &lease_store, LEASE_RETRY_IRREVOCABLE, vault_now(v));
	expirer_schedule(v, &lease_expirer, vault_now(v));
}
