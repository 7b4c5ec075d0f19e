/*
 * Who wrote and who deleted: created_by, deleted_by and last_updated_by, which
 * versions of Vault from 1.21 on keep and show.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/text.h"
#include "core/token/token.h"
#include "secrets/kv/kv2.h"

/* Vault's id of a client without an entity: a digest of its policies. */
static const char *
kv2_actor_client_id(struct request *req)
{
	const struct token *t = req->token;
	unsigned char sum[EVP_MAX_MD_SIZE];
	const char *text = "";
	struct strs sorted;
	struct buf in, out;
	unsigned n = 0;

	if (*t->entity_id)
		return t->entity_id;
	strs_init(&sorted, req->arena);
	for (size_t i = 0; i < t->policies.n; i++)
		strs_add(&sorted, t->policies.items[i]);
	strs_sort_unique(&sorted);
	buf_init(&in, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < sorted.n; i++)
		buf_printf(&in, "%s%s", i ? "\177" : "", sorted.items[i]);
	buf_char(&in, '\0');
	buf_str(&in, "root");
	if (EVP_Digest(in.p, in.n, sum, &n, EVP_sha256(), NULL) == 1) {
		base64_encode(&out, sum, n);
		text = arena_strndup(req->arena, out.p, out.n);
	}
	buf_release(&in);
	buf_release(&out);
	return text;
}

/* The request's sender as JSON, in the arena; members that are empty are left
 * out. */
static const char *
kv2_actor_of_request(struct request *req)
{
	const struct {
		const char *name, *value;
	} members[] = {
		{ "actor", req->token->display_name },
		{ "operation",
		    req->op == OP_PATCH	       ? "patch"
			: req->op == OP_DELETE ? "delete"
			: req->creating	       ? "create"
					       : "update" },
		{ "entity_id", req->token->entity_id },
		{ "client_id", kv2_actor_client_id(req) },
	};
	const char *text;
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (*members[i].value == '\0')
			continue;
		buf_char(&out, out.n ? ',' : '{');
		jsontext_quote_str(&out, members[i].name);
		buf_char(&out, ':');
		jsontext_quote_str(&out, members[i].value);
	}
	buf_char(&out, '}');
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return text;
}

static bool
kv2_actors_are_kept(const struct request *req)
{
	return req->token && version_has(req->vault, VERSION_KV2_CREATED_BY);
}

void
kv2_note_created(struct request *req, int64_t key, int64_t version)
{
	const char *who;

	if (!kv2_actors_are_kept(req))
		return;
	who = kv2_actor_of_request(req);
	kv2_actor_set_created(req->vault, key, version, who);
	kv2_actor_set_created(req->vault, key, 0, who);
}

void
kv2_note_deleted(
    struct request *req, int64_t key, int64_t version, bool deleted)
{
	const char *who;

	if (!kv2_actors_are_kept(req))
		return;
	who = kv2_actor_of_request(req);
	kv2_actor_set_deleted(req->vault, key, version, deleted ? who : NULL);
	kv2_actor_set_created(req->vault, key, 0, who);
}

static json_t *
kv2_actor_json(const char *text)
{
	return text ? jsontext_to_tree(slice_of(text)) : json_null();
}

void
kv2_show_version_actors(
    struct request *req, int64_t key, int64_t version, json_t *out)
{
	const char *created, *deleted;

	if (!version_has(req->vault, VERSION_KV2_CREATED_BY))
		return;
	kv2_actor_get(req->vault, req->arena, key, version, &created, &deleted);
	json_object_set_new(out, "created_by", kv2_actor_json(created));
	json_object_set_new(out, "deleted_by", kv2_actor_json(deleted));
}

void
kv2_show_last_actor(struct request *req, int64_t key, json_t *out)
{
	const char *updated, *unused;

	if (!version_has(req->vault, VERSION_KV2_CREATED_BY))
		return;
	kv2_actor_get(req->vault, req->arena, key, 0, &updated, &unused);
	json_object_set_new(out, "last_updated_by", kv2_actor_json(updated));
}
