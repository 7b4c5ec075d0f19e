/*
 * A welcome as JSON: number, leader, leader_address, schema, and identity, the
 * encrypted JSON of certificate and key in base64.
 */
#include "core/state/cluster_welcome.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/seal/challenge.h"

#define WELCOME_IDENTITY_MAX ((size_t)64 << 10)

/* ---- at the leader ---- */

static bool
welcome_put_identity(
    struct vault *v, const struct cluster_identity *identity, struct buf *out)
{
	json_t *tree = json_pack("{s:s, s:s}", "certificate",
	    identity->certificate, "key", identity->key);
	struct buf plain, encrypted;
	bool ok;

	buf_init(&plain, 0);
	buf_init(&encrypted, 0);
	jsontext_put(&plain, tree);
	ok = seal_encrypt(v, (struct slice){ plain.p, plain.n }, &encrypted);
	if (ok)
		base64_encode(out, encrypted.p, encrypted.n);
	OPENSSL_cleanse(plain.p, plain.n);
	buf_release(&plain);
	buf_release(&encrypted);
	json_decref(tree);
	return ok;
}

bool
cluster_welcome_write(struct vault *v, const struct cluster_welcome *w,
    struct buf *out, struct error *e)
{
	struct arena *a = arena_new();
	struct cluster_identity identity;
	char schema[CLUSTER_SCHEMA_SIZE];
	struct buf text;
	json_t *tree = NULL;
	bool ok;

	buf_init(&text, 0);
	ok = (cluster_identity_get(v, a, &identity) &&
		 welcome_put_identity(v, &identity, &text)) ||
	    error_set(e, 500, "the cluster's certificate cannot be made");
	if (ok) {
		cluster_schema(v, schema);
		tree = json_pack("{s:I, s:I, s:s, s:s, s:s}", "number",
		    (json_int_t)w->number, "leader", (json_int_t)w->leader,
		    "leader_address", w->leader_address, "schema", schema,
		    "identity", text.p);
		jsontext_put(out, tree);
	}
	json_decref(tree);
	buf_release(&text);
	arena_free(a);
	return ok;
}

/* ---- at the node ---- */

static bool
welcome_get_identity(struct vault *v, struct arena *a, const char *text,
    struct cluster_identity *out)
{
	struct buf encrypted, plain;
	json_t *tree = NULL;
	size_t bad;
	bool ok;

	buf_init(&encrypted, WELCOME_IDENTITY_MAX);
	buf_init(&plain, WELCOME_IDENTITY_MAX);
	if (base64_decode(&encrypted, text, strlen(text), &bad) &&
	    !encrypted.over &&
	    seal_decrypt(v, (struct slice){ encrypted.p, encrypted.n }, &plain))
		tree = json_loadb(plain.p, plain.n, 0, NULL);
	out->certificate = json_string_value(
	    json_object_get(tree, "certificate"));
	out->key = json_string_value(json_object_get(tree, "key"));
	ok = out->certificate && out->key;
	if (ok) {
		out->certificate = arena_strdup(a, out->certificate);
		out->key = arena_strdup(a, out->key);
	}
	if (plain.n)
		OPENSSL_cleanse(plain.p, plain.n);
	buf_release(&encrypted);
	buf_release(&plain);
	json_decref(tree);
	return ok;
}

static bool
welcome_read_tree(struct vault *v, struct arena *a, const json_t *tree,
    struct cluster_welcome *w, struct error *e)
{
	const char *address = json_string_value(
	    json_object_get(tree, "leader_address"));
	const char *theirs = json_string_value(json_object_get(tree, "schema"));
	const char *identity = json_string_value(
	    json_object_get(tree, "identity"));
	char ours[CLUSTER_SCHEMA_SIZE];

	cluster_schema(v, ours);
	if (!theirs || strcmp(theirs, ours) != 0)
		return error_set(e, 400,
		    "the leader's state has other tables: all nodes of a "
		    "cluster are of one version of mockvault");
	w->number = (uint64_t)json_integer_value(
	    json_object_get(tree, "number"));
	w->leader = (uint64_t)json_integer_value(
	    json_object_get(tree, "leader"));
	if (!address || !identity || w->number == 0 || w->leader == 0)
		return error_set(e, 400, "the leader's answer is incomplete");
	w->leader_address = arena_strdup(a, address);
	return welcome_get_identity(v, a, identity, &w->identity) ||
	    error_set(e, 400, "the leader's certificate is under another key");
}

bool
cluster_welcome_read(struct vault *v, struct arena *a, struct slice json,
    struct cluster_welcome *w, struct error *e)
{
	json_t *tree = json_loadb(json.p, json.n, 0, NULL);
	bool ok = welcome_read_tree(v, a, tree, w, e);

	json_decref(tree);
	return ok;
}
