/*
 * Response wrapping: an answer's text under the id of a token with one use. The
 * content goes when its token goes, however that ends.
 */
#include "core/token/wrap.h"

#include <stdlib.h>
#include <string.h>

#define WRAP_POLICY "response-wrapping"

enum {
	WRAP_INSERT,
	WRAP_GET,
	WRAP_DELETE,
	NSTATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE wrapped ("
	"token TEXT PRIMARY KEY, "   /* token.id */
	"path TEXT NOT NULL, "	     /* the request's */
	"ttl INTEGER NOT NULL, "     /* seconds */
	"created INTEGER NOT NULL, " /* ns since 1970 */
	"wrapped_accessor TEXT NOT NULL, "
	"response TEXT NOT NULL) WITHOUT ROWID;",
	NULL,
};

static const struct store_statement statements[NSTATEMENTS] = {
	[WRAP_INSERT] = { "INSERT INTO wrapped (token, path, ttl, created, "
			  "wrapped_accessor, response) VALUES (?, ?, ?, ?, ?, ?)",
	    "ssiiss", NULL },
	[WRAP_GET] = { "SELECT path, ttl, created, wrapped_accessor, response "
		       "FROM wrapped WHERE token = ?",
	    "s", NULL },
	[WRAP_DELETE] = { "DELETE FROM wrapped WHERE token = ?", "s", NULL },
};

const struct store_part wrap_store = { "wrap", migrations, statements,
	NSTATEMENTS, NULL };

static struct token *
wrap_make_token(struct vault *v, const char *path, int64_t ttl_s)
{
	struct token *t = token_draft();
	struct error e = { 0 };

	token_set_field(&t->path, path);
	token_set_one_policy(t, WRAP_POLICY);
	t->num_uses = 1;
	t->ttl_s = ttl_s;
	t->explicit_max_ttl_s = vault_unscale_ttl(v, ttl_s);
	token_create(v, t, true, &e); /* only a chosen id can fail */
	return t;
}

void
wrap_store_response(struct vault *v, const char *path, int64_t ttl_s,
    const char *wrapped_accessor, struct slice response, struct wrapped *out)
{
	struct token *t = wrap_make_token(v, path, ttl_s);

	out->token = xstrdup(t->client_token);
	out->accessor = xstrdup(t->accessor);
	out->ttl_s = ttl_s;
	out->created_ns = t->created_ns;
	out->path = xstrdup(path);
	out->wrapped_accessor = xstrdup(wrapped_accessor);
	out->response = xstrndup(response.p, response.n);
	STORE_EXEC(v->store, &wrap_store, WRAP_INSERT, t->id, path, ttl_s,
	    t->created_ns, wrapped_accessor, out->response);
	token_unref(t);
}

static bool
wrap_read_response(struct vault *v, const struct token *t, struct wrapped *out)
{
	struct query *q = STORE_QUERY(v->store, &wrap_store, WRAP_GET, t->id);

	if (!query_row(q))
		return false;
	out->token = xstrdup(t->client_token);
	out->accessor = xstrdup(t->accessor);
	out->path = xstrdup(query_text(q, 0));
	out->ttl_s = query_int(q, 1);
	out->created_ns = query_int(q, 2);
	out->wrapped_accessor = xstrdup(query_text(q, 3));
	out->response = xstrdup(query_text(q, 4));
	query_done(q);
	return true;
}

/* Vault: it is a wrapping token by its one policy. */
static bool
wrap_is_wrapping_token(const struct token *t)
{
	return t->policies.n == 1 &&
	    strcmp(t->policies.items[0], WRAP_POLICY) == 0;
}

bool
wrap_lookup(struct vault *v, const char *token, struct wrapped *out)
{
	struct token *t = token_lookup(v, token);
	bool found = t && wrap_is_wrapping_token(t) &&
	    wrap_read_response(v, t, out);

	token_unref(t);
	return found;
}

void
wrap_revoke(struct vault *v, const char *token)
{
	struct token *t = token_lookup(v, token);

	if (t && wrap_is_wrapping_token(t))
		token_revoke(v, t);
	token_unref(t);
}

void
wrap_on_token_revoked(struct vault *v, const struct token *t)
{
	STORE_EXEC(v->store, &wrap_store, WRAP_DELETE, t->id);
}

void
wrapped_release(struct wrapped *w)
{
	free(w->token);
	free(w->accessor);
	free(w->path);
	free(w->wrapped_accessor);
	free(w->response);
}
