/*
 * The transit secrets engine: its mount, and what its rows share.
 */
#include "secrets/transit/transit_common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/async_key.h"
#include "api/engine.h"
#include "api/tools.h"
#include "base/text.h"

enum handler_result
transit_rsa_key_async(struct request *req, const struct transit_type *type)
{
	return type->kind == TRANSIT_RSA
	    ? async_key_prepare_rsa(req, type->bytes * 8)
	    : GO_ON;
}

void
transit_take_async_key(struct request *req, struct transit_key *k)
{
	if (k->type->kind == TRANSIT_RSA)
		k->next_pair = async_key_take_rsa(req, k->type->bytes * 8);
}

struct transit_key *
transit_request_key(struct request *req)
{
	return transit_key_get(
	    req->vault, req->mount, param_capture(req, "name"));
}

struct transit_key *
transit_request_key_own(struct request *req)
{
	return transit_key_load(
	    req->vault, req->mount, param_capture(req, "name"));
}

bool
transit_decode_base64(
    struct arena *a, const char *text, struct slice *out, size_t *bad)
{
	struct buf plain;
	bool ok;

	buf_init(&plain, 0);
	ok = base64_decode(&plain, text, strlen(text), bad);
	out->n = plain.n;
	out->p = arena_strndup(a, plain.n ? plain.p : "", plain.n);
	buf_wipe(&plain);
	return ok;
}

/* ---- batches ---- */

bool
transit_batch_read(struct request *req, struct transit_batch *batch,
    enum handler_result *refusal)
{
	struct slice raw = param_raw(req, "batch_input");

	memset(batch, 0, sizeof(*batch));
	if (!raw.p || jsontext_kind(raw) == 'n')
		return true;
	batch->given = true;
	if (jsontext_kind(raw) != '[') {
		*refusal = fail_wrapped(req, 500,
		    "failed to parse batch input: source data must be an array "
		    "or slice, got %s",
		    jsontext_go_type(raw));
		return false;
	}
	batch->n = jsontext_elements(req->arena, raw, &batch->items);
	if (batch->n == 0) {
		*refusal = fail(req, 400, "missing batch input to process");
		return false;
	}
	for (size_t i = 0; i < batch->n; i++) {
		if (jsontext_kind(batch->items[i]) == '{')
			continue;
		*refusal = fail_wrapped(req, 500,
		    "failed to parse batch input: [%zu] expected a map, got "
		    "'%s'",
		    i, jsontext_go_type(batch->items[i]));
		return false;
	}
	return true;
}

void
transit_batch_add_problem(struct buf *problems, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (problems->n > 4096)
		return;
	buf_printf(problems, "\n* %s", text);
}

void
transit_item_strs(struct request *req, const struct transit_batch *batch,
    size_t i, const char *const *names, const char *format, const char **values,
    struct buf *problems)
{
	for (int n = 0; names[n]; n++) {
		struct slice v = jsontext_get(batch->items[i], names[n]);
		char where[64];

		values[n] = NULL;
		if (!v.p || jsontext_kind(v) == 'n')
			continue;
		if (jsontext_kind(v) == '"') {
			values[n] = jsontext_string(req->arena, v, NULL);
			continue;
		}
		snprintf(where, sizeof(where),
		    *format == '.' ? "[%zu].%s" : "[%zu][%s]", i, names[n]);
		transit_batch_add_problem(problems,
		    "'%s' expected type 'string', got unconvertible type '%s'",
		    where, jsontext_go_type(v));
	}
}

enum handler_result
transit_batch_fail_problems(struct request *req, struct buf *problems)
{
	int n = 0;
	enum handler_result v = GO_ON;

	for (size_t i = 0; i < problems->n; i++)
		n += problems->p[i] == '\n';
	if (n)
		v = fail_wrapped(req, 500,
		    "failed to parse batch input: %d "
		    "error(s) decoding:\n%s",
		    n, problems->p);
	buf_release(problems);
	return v;
}

void
transit_put_member(struct buf *out, const char *name, const char *text)
{
	if (!text)
		return;
	buf_char(out, '"');
	buf_str(out, name);
	buf_str(out, "\":");
	jsontext_quote_str(out, text);
	buf_char(out, ',');
}

/* ---- the mount ---- */

static const struct param cache_params[] = {
	{ "size", P_INT, NULL, "How many keys, 0 for no limit" },
	PARAM_END,
};

static const struct param config_params[] = {
	{ "disable_upsert", P_BOOL, NULL, "No keys made by encrypting" },
	PARAM_END,
};

static enum handler_result
transit_cache_config_read(struct request *req)
{
	struct transit_config c;

	transit_config_get(req->vault, req->mount, &c);
	return reply_data(
	    req, json_pack("{s:I}", "size", (json_int_t)c.cache_size));
}

static enum handler_result
transit_cache_config_write(struct request *req)
{
	struct transit_config c;
	int64_t size = param_int(req, "size");

	if (size != 0 && size < 10)
		return fail(req, 400,
		    "size must be 0 or a value greater or "
		    "equal to 10");
	transit_config_get(req->vault, req->mount, &c);
	c.cache_size = size;
	transit_config_put(req->vault, req->mount, &c);
	return transit_cache_config_read(req);
}

static enum handler_result
transit_keys_config_read(struct request *req)
{
	struct transit_config c;

	transit_config_get(req->vault, req->mount, &c);
	return reply_data(
	    req, json_pack("{s:b}", "disable_upsert", (int)c.disable_upsert));
}

static enum handler_result
transit_keys_config_write(struct request *req)
{
	struct transit_config c;

	transit_config_get(req->vault, req->mount, &c);
	c.disable_upsert = param_bool(req, "disable_upsert");
	transit_config_put(req->vault, req->mount, &c);
	return transit_keys_config_read(req);
}

static const struct route transit_mount_routes[] = {
	{ OP_READ, "cache-config", 0, cache_params, transit_cache_config_read,
	    NULL, "Size of the cache" },
	{ OP_WRITE, "cache-config", 0, cache_params, transit_cache_config_write,
	    NULL, "Change the size of the cache" },
	{ OP_READ, "config/keys", 0, config_params, transit_keys_config_read,
	    NULL, "Settings of all keys" },
	{ OP_WRITE, "config/keys", 0, config_params, transit_keys_config_write,
	    NULL, "Change settings of all keys" },
	TOOLS_RANDOM_ROUTES(""),
	TOOLS_HASH_ROUTES(""),
	ROUTE_END,
};

static const struct expirer *const transit_expirers[] = { &transit_expirer,
	NULL };

const struct engine engine_transit = {
	.type = "transit",
	.table = MOUNT_SECRET,
	.flags = ENGINE_IN_TREE,
	.tables = { transit_key_routes, transit_crypt_routes,
	    transit_sign_routes, transit_hmac_routes, transit_import_routes,
	    transit_backup_routes, transit_mount_routes },
	.part = &transit_store,
	.help = "Cryptography as a service: encrypts, signs and hashes with "
		"named keys that do not leave the server.",
	.on_unmount = transit_drop_mount,
	.expirers = transit_expirers,
};
