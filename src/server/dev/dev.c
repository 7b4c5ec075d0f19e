/*
 * Development mode's start. The key share and root token are kept in the
 * database, so that a second start over the same file finds its way in.
 */
#include "server/dev/dev.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "core/state/snapshot.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "server/engines.h"

enum {
	DEV_GET,
	DEV_PUT,
	DEV_STATEMENTS,
};

static const char *const dev_migrations[] = {
	"CREATE TABLE dev (name TEXT PRIMARY KEY, value TEXT NOT NULL) "
	"WITHOUT ROWID",
	NULL,
};

static const struct store_statement dev_statements[] = {
	[DEV_GET] = { "SELECT value FROM dev WHERE name = ?", "s", NULL },
	[DEV_PUT] = { "INSERT INTO dev (name, value) VALUES (?, ?) "
		      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "ss", NULL },
};

const struct store_part dev_store = { "dev", dev_migrations, dev_statements,
	DEV_STATEMENTS, NULL };

static void
dev_write_setting(struct instance *in, const char *name, const char *value)
{
	STORE_EXEC(in->vault.store, &dev_store, DEV_PUT, name, value);
}

static void
dev_read_setting(struct instance *in, const char *name, char *out, size_t size)
{
	struct query *q = STORE_QUERY(
	    in->vault.store, &dev_store, DEV_GET, name);

	out[0] = '\0';
	if (query_row(q))
		snprintf(out, size, "%s", query_text(q, 0));
	query_done(q);
}

/*
 * Vault 1.19: the chosen root token is made through auth/token/create, and the
 * one from the initialisation is revoked.
 */
static bool
dev_make_root_token(struct instance *in, const char *initial, struct error *e)
{
	const char *id = in->options->dev_root_token_id;
	struct vault *v = &in->vault;
	struct token *t, *old;
	bool ok;

	if (!id || !*id) {
		snprintf(in->root_token, sizeof(in->root_token), "%s", initial);
		return true;
	}
	if (strchr(id, '.') || strlen(id) >= sizeof(in->root_token))
		return error_set(e, 400,
		    "failed to create root token with ID \"%s\": %s", id,
		    strchr(id, '.')
			? "custom token ID cannot have a '.' in the value"
			: "too long");
	t = token_draft();
	token_set_field(&t->id, id);
	token_set_field(&t->path, "auth/token/create");
	token_set_field(&t->display_name, "token");
	token_set_one_policy(t, "root");
	t->is_orphan = true;
	ok = token_create(v, t, true, e);
	token_unref(t);
	if (!ok)
		return false;
	old = token_lookup(v, initial);
	if (old)
		token_revoke(v, old);
	token_unref(old);
	snprintf(in->root_token, sizeof(in->root_token), "%s", id);
	return true;
}

static bool
dev_init_new_vault(struct instance *in, struct error *e)
{
	struct seal_config one = { 1, 1 };
	struct share share;
	struct buf key;
	char root[64];

	if (!seal_init(&in->vault, one, &share, root, e) ||
	    !seal_unseal(&in->vault, share.bytes, share.size, e) ||
	    !dev_make_root_token(in, root, e))
		return false;
	buf_init(&key, 0);
	base64_encode(&key, share.bytes, share.size);
	snprintf(in->unseal_key, sizeof(in->unseal_key), "%s", key.p);
	buf_release(&key);
	dev_write_setting(in, "unseal_key", in->unseal_key);
	dev_write_setting(in, "root_token", in->root_token);
	return true;
}

void
dev_read_credentials(struct instance *in)
{
	dev_read_setting(
	    in, "unseal_key", in->unseal_key, sizeof(in->unseal_key));
	dev_read_setting(
	    in, "root_token", in->root_token, sizeof(in->root_token));
}

/* A state from before has its own root token; the one asked for comes beside.
 */
static bool
dev_add_root_token(struct instance *in, struct error *e)
{
	const char *id = in->options->dev_root_token_id;
	struct token *t;

	if (!id || !*id)
		return true;
	t = token_lookup(&in->vault, id);
	token_unref(t);
	if (!t && !dev_make_root_token(in, "", e))
		return false;
	snprintf(in->root_token, sizeof(in->root_token), "%s", id);
	dev_write_setting(in, "root_token", in->root_token);
	return true;
}

bool
dev_unseal(struct instance *in, struct error *e)
{
	struct buf key;
	bool ok;

	if (!seal_is_sealed(&in->vault))
		return true;
	buf_init(&key, 0);
	ok = base64_decode(
		 &key, in->unseal_key, strlen(in->unseal_key), NULL) &&
	    seal_unseal(&in->vault, (const uint8_t *)key.p, key.n, e);
	buf_release(&key);
	return ok;
}

void
dev_copy_credentials(struct instance *in, const struct instance *from)
{
	memcpy(in->unseal_key, from->unseal_key, sizeof(in->unseal_key));
	memcpy(in->root_token, from->root_token, sizeof(in->root_token));
	dev_write_setting(in, "unseal_key", in->unseal_key);
	dev_write_setting(in, "root_token", in->root_token);
}

static bool
dev_unseal_old_vault(struct instance *in, struct error *e)
{
	struct buf key;
	bool ok;

	dev_read_credentials(in);
	buf_init(&key, 0);
	ok = base64_decode(
		 &key, in->unseal_key, strlen(in->unseal_key), NULL) &&
	    key.n > 0;
	if (!ok && in->options->snapshot && !seal_is_sealed(&in->vault))
		ok = true; /* it came with its root key */
	else if (!ok)
		error_set(
		    e, 500, "the database was not made in development mode");
	else if (seal_is_sealed(&in->vault))
		ok = seal_unseal(&in->vault, (const uint8_t *)key.p, key.n, e);
	buf_release(&key);
	return ok && dev_add_root_token(in, e);
}

bool
dev_start(struct instance *in, struct error *e)
{
	struct error inner = { 0 };
	bool in_request = store_request_begin(in->vault.store), ok;

	ok = seal_is_initialized(&in->vault) ? dev_unseal_old_vault(in, &inner)
					     : dev_init_new_vault(in, &inner);
	/* Half of it would be no vault at the next start. */
	if (!in_request)
		store_request_end(in->vault.store, ok);
	if (!ok)
		error_set(
		    e, 400, "Error initializing Dev mode: %s", inner.text);
	return ok;
}

bool
dev_restart(struct instance *in, struct error *e)
{
	if (!in->options->dev)
		return error_set(e, 400,
		    "only a server in development mode "
		    "starts anew by itself");
	if (!vault_erase(&in->vault))
		return error_set(e, 400, "the database cannot be emptied");
	return (in->options->dev_skip_init || dev_start(in, e)) &&
	    store_commit(in->vault.store);
}

void
dev_store_token(struct instance *in)
{
	const char *home = getenv("HOME");
	struct error e = { 0 };
	char *path;

	if (!home || !*home)
		return;
	path = xasprintf("%s/.vault-token", home);
	if (!file_write(path, in->root_token, strlen(in->root_token), &e))
		log_msg(&in->log, LOG_WARN, "core",
		    "could not store the root token in %s", e.text);
	free(path);
}
