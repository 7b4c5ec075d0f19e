/*
 * The tables of the PKI engine, and the state that is loaded from them.
 */
#include "secrets/pki/pki_common.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/object_cache.h"
#include "core/mount/unmount.h"

enum {
	KEYS,
	KEY_PUT,
	KEY_NAME,
	KEY_DELETE,
	ISSUERS,
	ISSUER_ADD,
	ISSUER_SAVE,
	ISSUER_DELETE,
	CONFIG_GET,
	CONFIG_PUT,
	CONFIG_DELETE,
	CONFIG_NAMES,
	CERT_GET,
	CERT_ADD,
	CERT_REVOKE,
	CERT_SERIALS,
	CERT_TIDY,
	CERT_COUNT,
	CERT_REVOKED,
	CRL_GET,
	CRL_PUT,
	CRL_DUE,
	CRL_NEXT,
	CRL_DELTA_SET_DUE,
	CRL_STALE,
	CRL_DELETE,
	TIDY_PUT,
	TIDY_DELETE,
	TIDY_FIRST,
	TIDY_DUE,
	DROP_KEYS,
	DROP_ISSUERS,
	DROP_CONFIG,
	DROP_CERTS,
	DROP_CRLS,
	STATEMENTS,
};

static const char *const pki_migrations[] = {
	"CREATE TABLE pki_key (mount INTEGER NOT NULL, id TEXT NOT NULL,"
	"name TEXT NOT NULL, pem TEXT NOT NULL,"
	"PRIMARY KEY (mount, id)) WITHOUT ROWID;"
	"CREATE TABLE pki_issuer (mount INTEGER NOT NULL, id TEXT NOT NULL,"
	"name TEXT NOT NULL, key TEXT NOT NULL,"  /* '' without one */
	"cert BLOB NOT NULL, rest TEXT NOT NULL," /* DER; JSON */
	"PRIMARY KEY (mount, id)) WITHOUT ROWID;"
	"CREATE TABLE pki_config (mount INTEGER NOT NULL, name TEXT NOT NULL,"
	"value TEXT NOT NULL, PRIMARY KEY (mount, name)) WITHOUT ROWID;"
	"CREATE TABLE pki_cert (mount INTEGER NOT NULL, serial TEXT NOT NULL,"
	"der BLOB NOT NULL, expires INTEGER NOT NULL,"	  /* s since 1970 */
	"revoked INTEGER NOT NULL, issuer TEXT NOT NULL," /* ns, 0 */
	"PRIMARY KEY (mount, serial));"
	"CREATE INDEX pki_cert_revoked ON pki_cert (mount, issuer) "
	"WHERE revoked > 0;"
	"CREATE TABLE pki_crl (mount INTEGER NOT NULL, issuer TEXT NOT NULL,"
	"number INTEGER NOT NULL, der BLOB NOT NULL,"
	"renew INTEGER NOT NULL," /* ns; 0: not by itself */
	"PRIMARY KEY (mount, issuer)) WITHOUT ROWID;",
	/* When a mount tidies by itself next, ns. */
	"CREATE TABLE pki_tidy (mount INTEGER PRIMARY KEY,"
	"due INTEGER NOT NULL);",
	NULL,
};

static const struct store_statement pki_statements[STATEMENTS] = {
	[KEYS] = { "SELECT id, name, pem FROM pki_key WHERE mount = ? "
		   "ORDER BY id",
	    "i", NULL },
	[KEY_PUT] = { "INSERT INTO pki_key (mount, id, name, pem) VALUES (?, "
		      "?, ?, ?)",
	    "isss", NULL },
	[KEY_NAME] = { "UPDATE pki_key SET name = ?3 WHERE mount = ?1 AND "
		       "id = ?2",
	    "iss", NULL },
	[KEY_DELETE] = { "DELETE FROM pki_key WHERE mount = ? AND id = ?", "is",
	    NULL },
	[ISSUERS] = { "SELECT id, name, key, cert, rest FROM pki_issuer WHERE "
		      "mount = ? ORDER BY id",
	    "i", NULL },
	[ISSUER_ADD] = { "INSERT INTO pki_issuer (mount, id, name, key, cert, "
			 "rest) VALUES (?, ?, ?, ?, ?, ?)",
	    "isssbt", NULL },
	[ISSUER_SAVE] = { "UPDATE pki_issuer SET name = ?3, key = ?4, "
			  "rest = ?5 WHERE mount = ?1 AND id = ?2",
	    "issst", NULL },
	[ISSUER_DELETE] = { "DELETE FROM pki_issuer WHERE mount = ? AND id = ?",
	    "is", NULL },
	[CONFIG_GET] = { "SELECT value FROM pki_config WHERE mount = ? AND "
			 "name = ?",
	    "is", NULL },
	[CONFIG_PUT] = { "INSERT OR REPLACE INTO pki_config (mount, name, "
			 "value) VALUES (?, ?, ?)",
	    "ist", NULL },
	[CONFIG_DELETE] = { "DELETE FROM pki_config WHERE mount = ? AND "
			    "name = ?",
	    "is", NULL },
	[CONFIG_NAMES] = { "SELECT substr(name, 1 + length(?2)) FROM "
			   "pki_config WHERE mount = ?1 AND "
			   "substr(name, 1, length(?2)) = ?2 ORDER BY name",
	    "is", NULL },
	[CERT_GET] = { "SELECT serial, der, expires, revoked, issuer FROM "
		       "pki_cert WHERE mount = ? AND serial = ?",
	    "is", NULL },
	[CERT_ADD] = { "INSERT OR REPLACE INTO pki_cert (mount, serial, der, "
		       "expires, revoked, issuer) VALUES "
		       "(?, ?, ?, ?, 0, ?)",
	    "isbis", NULL },
	[CERT_REVOKE] = { "UPDATE pki_cert SET revoked = ?3, issuer = ?4 "
			  "WHERE mount = ?1 AND serial = ?2",
	    "isis", NULL },
	[CERT_SERIALS] = { "SELECT serial FROM pki_cert WHERE mount = ? AND "
			   "(revoked > 0 OR ? = 0) ORDER BY serial",
	    "ii", NULL },
	[CERT_TIDY] = { "DELETE FROM pki_cert WHERE mount = ? AND "
			"(revoked > 0) = ? AND expires < ?",
	    "iii", NULL },
	[CERT_COUNT] = { "SELECT count(*) FROM pki_cert WHERE mount = ? AND "
			 "(revoked > 0 OR ? = 0)",
	    "ii", NULL },
	[CERT_REVOKED] = { "SELECT serial, revoked FROM pki_cert WHERE "
			   "mount = ? AND issuer = ? AND revoked > 0 "
			   "ORDER BY serial",
	    "is", NULL },
	[CRL_GET] = { "SELECT der, number FROM pki_crl WHERE mount = ? AND "
		      "issuer = ?",
	    "is", NULL },
	[CRL_PUT] = { "INSERT OR REPLACE INTO pki_crl (mount, issuer, number, "
		      "der, renew) VALUES (?, ?, ?, ?, ?)",
	    "isibi", NULL },
	[CRL_DUE] = { "SELECT min(renew) FROM pki_crl WHERE renew > 0", "",
	    NULL },
	[CRL_NEXT] = { "SELECT mount, max(issuer NOT LIKE '%-delta') FROM "
		       "pki_crl WHERE renew > 0 AND renew <= ? "
		       "GROUP BY mount LIMIT 1",
	    "i", NULL },
	[CRL_DELTA_SET_DUE] = { "UPDATE pki_crl SET renew = ? WHERE mount = ? "
				"AND issuer LIKE '%-delta' AND renew = 0",
	    "ii", NULL },
	[CRL_STALE] = { "UPDATE pki_crl SET renew = 0 WHERE mount = ? AND "
			"renew > 0 AND renew <= ?",
	    "ii", NULL },
	[CRL_DELETE] = { "DELETE FROM pki_crl WHERE mount = ?1 "
			 "AND issuer IN (?2, ?2 || '-delta')",
	    "is", NULL },
	[TIDY_PUT] = { "INSERT OR REPLACE INTO pki_tidy (mount, due) "
		       "VALUES (?, ?)",
	    "ii", NULL },
	[TIDY_DELETE] = { "DELETE FROM pki_tidy WHERE mount = ?", "i", NULL },
	[TIDY_FIRST] = { "SELECT min(due) FROM pki_tidy", "", NULL },
	[TIDY_DUE] = { "SELECT mount FROM pki_tidy WHERE due <= ? LIMIT 1", "i",
	    NULL },
	[DROP_KEYS] = { "DELETE FROM pki_key WHERE mount = ?", "i", NULL },
	[DROP_ISSUERS] = { "DELETE FROM pki_issuer WHERE mount = ?", "i",
	    NULL },
	[DROP_CONFIG] = { "DELETE FROM pki_config WHERE mount = ?", "i", NULL },
	[DROP_CERTS] = { "DELETE FROM pki_cert WHERE mount = ?1 AND serial IN "
			 "(SELECT serial FROM pki_cert WHERE mount = ?1 "
			 "ORDER BY serial " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[DROP_CRLS] = { "DELETE FROM pki_crl WHERE mount = ?", "i", NULL },
};

const struct store_part pki_store = { "pki", pki_migrations, pki_statements,
	STATEMENTS, NULL };

static struct query *
pki_store_query_mount(struct vault *v, const struct mount *m, int statement)
{
	return STORE_QUERY(v->store, &pki_store, statement, m->id);
}

/* ---- config ---- */

json_t *
pki_config_load(struct vault *v, const struct mount *m, const char *name)
{
	struct query *q = STORE_QUERY(
	    v->store, &pki_store, CONFIG_GET, m->id, name);
	json_t *value = query_row(q) ? jsontext_to_tree(query_slice(q, 0))
				     : NULL;

	query_done(q);
	return value ? value : json_object();
}

static struct buf
pki_store_json_bytes(json_t *value)
{
	struct buf text;

	buf_init(&text, 0);
	jsontext_put(&text, value);
	json_decref(value);
	return text;
}

void
pki_config_put(
    struct vault *v, const struct mount *m, const char *name, json_t *value)
{
	struct buf text = pki_store_json_bytes(value);

	STORE_EXEC(v->store, &pki_store, CONFIG_PUT, m->id, name, text);
	buf_release(&text);
	pki_state_invalidate(v, m);
}

void
pki_config_delete(struct vault *v, const struct mount *m, const char *name)
{
	STORE_EXEC(v->store, &pki_store, CONFIG_DELETE, m->id, name);
}

void
pki_config_names(struct vault *v, const struct mount *m, const char *prefix,
    struct strs *out)
{
	query_strs(
	    STORE_QUERY(v->store, &pki_store, CONFIG_NAMES, m->id, prefix),
	    out);
}

/* ---- the loaded state ---- */

/* No role has an empty name. */
#define STATE_CACHE_NAME ""

void
pki_state_invalidate(struct vault *v, const struct mount *m)
{
	object_cache_remove(v, m->id, STATE_CACHE_NAME);
}

static void
pki_state_release(void *object)
{
	struct pki_state *s = object;

	for (size_t i = 0; i < s->nkeys; i++)
		EVP_PKEY_free(s->keys[i].key);
	for (size_t i = 0; i < s->nissuers; i++)
		X509_free(s->issuers[i].cert);
	arena_free(s->arena);
	free(s);
}

static size_t
pki_store_count_rows(struct vault *v, const struct mount *m, int statement)
{
	struct query *q = pki_store_query_mount(v, m, statement);
	size_t n = 0;

	while (query_row(q))
		n++;
	return n;
}

static void
pki_state_load_keys(struct vault *v, const struct mount *m, struct pki_state *s)
{
	size_t n = pki_store_count_rows(v, m, KEYS);
	struct query *q = pki_store_query_mount(v, m, KEYS);

	s->keys = arena_zalloc(s->arena, (n + 1) * sizeof(*s->keys));
	while (query_row(q)) {
		struct pki_key *k = &s->keys[s->nkeys++];

		k->id = arena_strdup(s->arena, query_text(q, 0));
		k->name = arena_strdup(s->arena, query_text(q, 1));
		k->key = x509_private_from_pem(query_text(q, 2));
		k->type = arena_strdup(
		    s->arena, k->key ? x509_key_type(k->key) : "unknown");
	}
}

static char *
pki_store_json_str(
    struct arena *a, const json_t *o, const char *key, const char *def)
{
	const char *text = json_string_value(json_object_get(o, key));

	return arena_strdup(a, text ? text : def);
}

static void
pki_state_load_urls(struct arena *a, const json_t *o, struct pki_urls *u)
{
	u->list.lists[X509_URLS_ISSUING] = jsontree_to_strings(
	    a, json_object_get(o, "issuing_certificates"));
	u->list.lists[X509_URLS_CRL] = jsontree_to_strings(
	    a, json_object_get(o, "crl_distribution_points"));
	u->list.lists[X509_URLS_DELTA_CRL] = jsontree_to_strings(
	    a, json_object_get(o, "delta_crl_distribution_points"));
	u->list.lists[X509_URLS_OCSP] = jsontree_to_strings(
	    a, json_object_get(o, "ocsp_servers"));
	u->templating = json_is_true(json_object_get(o, "enable_templating"));
}

/* Reads an issuer from its row and makes what is derived from it. The keys are
 * loaded before. False: the row holds no certificate. */
static bool
pki_state_load_issuer(
    struct pki_state *s, struct query *q, struct pki_issuer *i)
{
	struct slice der = query_slice(q, 3);
	json_t *rest;
	struct buf quoted;

	i->cert = x509_from_der((const uint8_t *)der.p, der.n);
	if (!i->cert)
		return false;
	rest = jsontext_to_tree(query_slice(q, 4));
	i->id = arena_strdup(s->arena, query_text(q, 0));
	i->name = arena_strdup(s->arena, query_text(q, 1));
	i->key_id = arena_strdup(s->arena, query_text(q, 2));
	i->leaf_behavior = pki_store_json_str(s->arena, rest, "leaf", "err");
	i->revocation_algorithm = pki_store_json_str(
	    s->arena, rest, "algorithm", "");
	i->manual_chain = jsontree_to_strings(
	    s->arena, json_object_get(rest, "manual_chain"));
	i->usage = (unsigned)json_integer_value(json_object_get(rest, "usage"));
	i->revoked_ns = json_integer_value(json_object_get(rest, "revoked"));
	pki_state_load_urls(s->arena, json_object_get(rest, "urls"), &i->urls);
	i->pem = x509_cert_pem(s->arena, i->cert);
	buf_init(&quoted, 0);
	jsontext_quote_str(&quoted, i->pem);
	i->pem_json = arena_strndup(s->arena, quoted.p, quoted.n);
	buf_release(&quoted);
	i->serial = x509_serial_str(s->arena, i->cert);
	for (size_t k = 0; k < s->nkeys; k++)
		if (strcmp(s->keys[k].id, i->key_id) == 0 && s->keys[k].key)
			i->key = &s->keys[k];
	json_decref(rest);
	return true;
}

static bool
pki_state_is_in_chain(
    struct pki_issuer *const *chain, const struct pki_issuer *i)
{
	for (; *chain; chain++)
		if (*chain == i || X509_cmp((*chain)->cert, i->cert) == 0)
			return true;
	return false;
}

/* By hand, or up to the root as far as the mount has it. */
static void
pki_state_build_chain(struct pki_state *s, struct pki_issuer *of)
{
	size_t n = 0;
	bool more = true;

	of->chain = arena_zalloc(
	    s->arena, (s->nissuers + 1) * sizeof(*of->chain));
	of->chain[n++] = of;
	for (char **id = of->manual_chain; id && *id; id++) {
		struct pki_issuer *i = NULL;

		for (size_t k = 0; k < s->nissuers && !i; k++)
			if (strcmp(s->issuers[k].id, *id) == 0)
				i = &s->issuers[k];
		if (i && !pki_state_is_in_chain(of->chain, i))
			of->chain[n++] = i;
	}
	while (more && !(of->manual_chain && *of->manual_chain)) {
		more = false;
		for (size_t i = 0; i < s->nissuers && !more; i++) {
			struct pki_issuer *up = &s->issuers[i];

			if (pki_state_is_in_chain(of->chain, up) ||
			    !x509_is_issued_by(
				of->chain[n - 1]->cert, up->cert))
				continue;
			of->chain[n++] = up;
			more = true;
		}
	}
}

static void
pki_state_load_issuers(
    struct vault *v, const struct mount *m, struct pki_state *s)
{
	size_t n = pki_store_count_rows(v, m, ISSUERS);
	struct query *q = pki_store_query_mount(v, m, ISSUERS);

	s->issuers = arena_zalloc(s->arena, (n + 1) * sizeof(*s->issuers));
	while (query_row(q))
		s->nissuers += pki_state_load_issuer(
		    s, q, &s->issuers[s->nissuers]);
	for (size_t i = 0; i < s->nissuers; i++)
		pki_state_build_chain(s, &s->issuers[i]);
}

static void
pki_state_load_config(
    struct vault *v, const struct mount *m, struct pki_state *s)
{
	json_t *issuers = pki_config_load(v, m, "issuers");
	json_t *keys = pki_config_load(v, m, "keys");
	json_t *urls = pki_config_load(v, m, "urls");
	json_t *cluster = pki_config_load(v, m, "cluster");

	s->default_issuer = pki_store_json_str(
	    s->arena, issuers, "default", "");
	s->follow_latest = json_is_true(
	    json_object_get(issuers, "default_follows_latest_issuer"));
	s->default_key = pki_store_json_str(s->arena, keys, "default", "");
	pki_state_load_urls(s->arena, urls, &s->urls);
	s->cluster_path = pki_store_json_str(s->arena, cluster, "path", "");
	s->cluster_aia_path = pki_store_json_str(
	    s->arena, cluster, "aia_path", "");
	json_decref(cluster);
	json_decref(issuers);
	json_decref(keys);
	json_decref(urls);
}

struct pki_state *
pki_state_get(struct vault *v, const struct mount *m)
{
	struct pki_state *s = object_cache_get(v, m->id, STATE_CACHE_NAME);

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->arena = arena_new();
	pki_state_load_config(v, m, s);
	pki_state_load_keys(v, m, s);
	pki_state_load_issuers(v, m, s);
	object_cache_put(v, m->id, STATE_CACHE_NAME, s, pki_state_release);
	return s;
}

bool
pki_unmounted(struct vault *v, struct mount *m)
{
	static const int drops[] = { DROP_KEYS, DROP_ISSUERS, DROP_CONFIG,
		DROP_CRLS, TIDY_DELETE };

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++)
		STORE_EXEC(v->store, &pki_store, drops[i], m->id);
	object_cache_remove_mount(v, m->id);
	return STORE_EXEC(v->store, &pki_store, DROP_CERTS, m->id) ==
	    UNMOUNT_STEP;
}

/* ---- keys and issuers ---- */

static char *
pki_store_new_id(struct request *req)
{
	char id[UUID_LEN + 1];

	random_uuid(req->vault->random, id);
	return arena_strdup(req->arena, id);
}

char *
pki_key_add(struct request *req, EVP_PKEY *key, const char *name, bool *existed,
    struct error *e)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	bool first = *s->default_key == '\0';
	char *id, *pem;

	for (size_t i = 0; i < s->nkeys; i++) {
		*existed = s->keys[i].key &&
		    EVP_PKEY_eq(s->keys[i].key, key) == 1;
		if (*existed)
			return arena_strdup(req->arena, s->keys[i].id);
	}
	*existed = false;
	id = pki_store_new_id(req);
	pem = x509_private_pem(key, false);
	if (!pem) {
		error_wrap(e, 500, "unable to encode private key");
		return NULL;
	}
	STORE_EXEC(req->vault->store, &pki_store, KEY_PUT, req->mount->id, id,
	    name, pem);
	secret_free(pem, strlen(pem));
	pki_state_invalidate(req->vault, req->mount);
	if (first)
		pki_config_put(req->vault, req->mount, "keys",
		    json_pack("{s:s}", "default", id));
	return id;
}

void
pki_key_rename(struct request *req, const char *id, const char *name)
{
	STORE_EXEC(
	    req->vault->store, &pki_store, KEY_NAME, req->mount->id, id, name);
	pki_state_invalidate(req->vault, req->mount);
}

void
pki_key_remove(struct request *req, const char *id)
{
	STORE_EXEC(
	    req->vault->store, &pki_store, KEY_DELETE, req->mount->id, id);
	pki_state_invalidate(req->vault, req->mount);
}

static json_t *
pki_store_urls_json(const struct pki_urls *u)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:b}", "issuing_certificates",
	    jsontree_strings(u->list.lists[X509_URLS_ISSUING]),
	    "crl_distribution_points",
	    jsontree_strings(u->list.lists[X509_URLS_CRL]),
	    "delta_crl_distribution_points",
	    jsontree_strings(u->list.lists[X509_URLS_DELTA_CRL]),
	    "ocsp_servers", jsontree_strings(u->list.lists[X509_URLS_OCSP]),
	    "enable_templating", (int)u->templating);
}

static struct buf
pki_store_issuer_json(const struct pki_issuer *i)
{
	return pki_store_json_bytes(json_pack("{s:s, s:s, s:o, s:I, s:I, s:o}",
	    "leaf", i->leaf_behavior, "algorithm", i->revocation_algorithm,
	    "manual_chain", jsontree_strings(i->manual_chain), "usage",
	    (json_int_t)i->usage, "revoked", (json_int_t)i->revoked_ns, "urls",
	    pki_store_urls_json(&i->urls)));
}

static void
pki_store_save_issuer(
    struct vault *v, const struct mount *m, const struct pki_issuer *i)
{
	struct buf rest = pki_store_issuer_json(i);

	STORE_EXEC(v->store, &pki_store, ISSUER_SAVE, m->id, i->id, i->name,
	    i->key_id, rest);
	buf_release(&rest);
}

void
pki_issuer_save(struct request *req, const struct pki_issuer *i)
{
	pki_store_save_issuer(req->vault, req->mount, i);
	pki_state_invalidate(req->vault, req->mount);
}

void
pki_issuers_link_keys(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	const char *first = NULL;

	for (size_t i = 0; i < s->nissuers; i++)
		for (size_t k = 0; k < s->nkeys && !s->issuers[i].key; k++) {
			struct pki_issuer *it = &s->issuers[i];

			if (!s->keys[k].key ||
			    EVP_PKEY_eq(s->keys[k].key,
				X509_get0_pubkey(it->cert)) != 1)
				continue;
			it->key = &s->keys[k];
			it->key_id = s->keys[k].id;
			pki_store_save_issuer(req->vault, req->mount, it);
			first = first ? first : it->id;
		}
	if (first && *s->default_issuer == '\0')
		pki_config_put(req->vault, req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", first,
			"default_follows_latest_issuer",
			(int)s->follow_latest));
	else if (first)
		pki_state_invalidate(req->vault, req->mount);
}

char *
pki_issuer_add(struct request *req, X509 *cert, const char *name,
    const char *algorithm, bool *existed)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	struct pki_issuer i = { .leaf_behavior = "err",
		.revocation_algorithm = (char *)algorithm,
		.usage = PKI_ALL_USAGES };
	bool unset = *s->default_issuer == '\0', follow = s->follow_latest;
	const char *key = "";
	struct buf rest;
	uint8_t *der;
	int n;

	for (size_t k = 0; k < s->nissuers; k++) {
		*existed = X509_cmp(s->issuers[k].cert, cert) == 0;
		if (*existed)
			return arena_strdup(req->arena, s->issuers[k].id);
	}
	*existed = false;
	if (!(X509_get_key_usage(cert) & KU_CRL_SIGN))
		i.usage &= ~(unsigned)PKI_CRL_SIGNING;
	i.id = pki_store_new_id(req);
	der = x509_der(req->arena, cert, &n);
	rest = pki_store_issuer_json(&i);
	for (size_t k = 0; k < s->nkeys && *key == '\0'; k++)
		if (s->keys[k].key &&
		    EVP_PKEY_eq(s->keys[k].key, X509_get0_pubkey(cert)) == 1)
			key = s->keys[k].id;
	unset = unset && *key;
	STORE_EXEC(req->vault->store, &pki_store, ISSUER_ADD, req->mount->id,
	    i.id, name, key, store_bytes(der, n), rest);
	buf_release(&rest);
	pki_state_invalidate(req->vault, req->mount);
	/* Vault 1.19: the first that has its key becomes the default. */
	if (unset)
		pki_config_put(req->vault, req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", i.id,
			"default_follows_latest_issuer", (int)follow));
	return i.id;
}

void
pki_issuer_remove(struct vault *v, const struct mount *m, const char *id)
{
	STORE_EXEC(v->store, &pki_store, ISSUER_DELETE, m->id, id);
	STORE_EXEC(v->store, &pki_store, CRL_DELETE, m->id, id);
	pki_state_invalidate(v, m);
}

/* ---- certificates ---- */

static char *
pki_store_serial_colons(struct arena *a, const char *serial)
{
	char *text = arena_strdup(a, serial);

	lower_ascii(text);
	for (char *p = text; *p; p++)
		if (*p == '-')
			*p = ':';
	return text;
}

bool
pki_cert_load(struct vault *v, struct arena *a, const struct mount *m,
    const char *serial, struct pki_cert *out)
{
	struct query *q = STORE_QUERY(v->store, &pki_store, CERT_GET, m->id,
	    pki_store_serial_colons(a, serial));

	if (!query_row(q))
		return false;
	out->serial = arena_strdup(a, query_text(q, 0));
	out->der = query_slice(q, 1);
	out->der.p = arena_strndup(a, out->der.p, out->der.n);
	out->expires_s = query_int(q, 2);
	out->revoked_ns = query_int(q, 3);
	out->issuer_id = arena_strdup(a, query_text(q, 4));
	query_done(q);
	return true;
}

void
pki_cert_add(struct vault *v, const struct mount *m, const char *serial,
    struct slice der, int64_t expires_s, const char *issuer)
{
	STORE_EXEC(v->store, &pki_store, CERT_ADD, m->id, serial,
	    store_bytes(der.p, der.n), expires_s, issuer);
}

void
pki_cert_revoke(struct vault *v, const struct mount *m, const char *serial,
    int64_t revoked_ns, const char *issuer)
{
	STORE_EXEC(v->store, &pki_store, CERT_REVOKE, m->id, serial, revoked_ns,
	    issuer);
}

void
pki_cert_serials(
    struct vault *v, const struct mount *m, bool revoked, struct strs *out)
{
	query_strs(
	    STORE_QUERY(v->store, &pki_store, CERT_SERIALS, m->id, revoked),
	    out);
}

int
pki_cert_tidy(
    struct vault *v, const struct mount *m, bool revoked, int64_t before_s)
{
	return STORE_EXEC(
	    v->store, &pki_store, CERT_TIDY, m->id, revoked, before_s);
}

int64_t
pki_cert_count(struct vault *v, const struct mount *m, bool revoked)
{
	return query_single_int(
	    STORE_QUERY(v->store, &pki_store, CERT_COUNT, m->id, revoked));
}

size_t
pki_cert_revoked(struct vault *v, struct arena *a, const struct mount *m,
    const char *issuer, struct crl_entry **out)
{
	struct query *q = STORE_QUERY(
	    v->store, &pki_store, CERT_REVOKED, m->id, issuer);
	size_t n = 0, cap = 16;

	*out = arena_zalloc(a, cap * sizeof(**out));
	while (query_row(q)) {
		if (n == cap) {
			struct crl_entry *more = arena_zalloc(
			    a, 2 * cap * sizeof(**out));

			memcpy(more, *out, n * sizeof(**out));
			*out = more;
			cap *= 2;
		}
		(*out)[n].serial = arena_strdup(a, query_text(q, 0));
		(*out)[n++].revoked_s = query_int(q, 1) / NSEC_PER_SEC;
	}
	return n;
}

/* ---- CRLs ---- */

struct slice
pki_crl_load(struct vault *v, struct arena *a, const struct mount *m,
    const char *issuer, int64_t *number)
{
	struct query *q = STORE_QUERY(
	    v->store, &pki_store, CRL_GET, m->id, issuer);
	struct slice der = { NULL, 0 };

	*number = 0;
	if (query_row(q)) {
		der = query_slice(q, 0);
		der.p = arena_strndup(a, der.p, der.n);
		*number = query_int(q, 1);
		query_done(q);
	}
	return der;
}

void
pki_crl_save(struct vault *v, const struct mount *m, const char *issuer,
    int64_t number, struct slice der, int64_t renew_ns)
{
	STORE_EXEC(v->store, &pki_store, CRL_PUT, m->id, issuer, number,
	    store_bytes(der.p, der.n), renew_ns);
}

int64_t
pki_crl_next_due_ns(struct vault *v)
{
	return query_single_int(STORE_QUERY(v->store, &pki_store, CRL_DUE));
}

bool
pki_crl_due_mount(
    struct vault *v, int64_t now_ns, int64_t *mount_id, bool *whole)
{
	struct query *q = STORE_QUERY(v->store, &pki_store, CRL_NEXT, now_ns);
	bool found = query_row(q);

	*mount_id = found ? query_int(q, 0) : 0;
	*whole = found && query_int(q, 1);
	query_done(q);
	return found;
}

void
pki_crl_set_delta_due(struct vault *v, const struct mount *m, int64_t due_ns)
{
	STORE_EXEC(v->store, &pki_store, CRL_DELTA_SET_DUE, due_ns, m->id);
}

void
pki_crl_clear_due(struct vault *v, int64_t mount_id, int64_t now_ns)
{
	STORE_EXEC(v->store, &pki_store, CRL_STALE, mount_id, now_ns);
}

/* ---- tidying by the clock ---- */

void
pki_tidy_set_due(struct vault *v, const struct mount *m, int64_t due_ns)
{
	if (due_ns)
		STORE_EXEC(v->store, &pki_store, TIDY_PUT, m->id, due_ns);
	else
		pki_tidy_clear_due(v, m->id);
}

void
pki_tidy_clear_due(struct vault *v, int64_t mount_id)
{
	STORE_EXEC(v->store, &pki_store, TIDY_DELETE, mount_id);
}

int64_t
pki_tidy_next_due_ns(struct vault *v)
{
	return query_single_int(STORE_QUERY(v->store, &pki_store, TIDY_FIRST));
}

bool
pki_tidy_due_mount(struct vault *v, int64_t now_ns, int64_t *mount_id)
{
	struct query *q = STORE_QUERY(v->store, &pki_store, TIDY_DUE, now_ns);
	bool found = query_row(q);

	*mount_id = found ? query_int(q, 0) : 0;
	query_done(q);
	return found;
}
