/*
 * The transit secrets engine: its mount, its settings and its tables.
 */
#include "api/engine.h"
#include "api/tools.h"
#include "secrets/transit/transit_common.h"

static const struct param transit_cache_params[] = {
	{ "size", P_INT, NULL, "How many keys, 0 for no limit" },
	PARAM_END,
};

static const struct param transit_config_params[] = {
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

/* Vault 1.19: an input that sys/tools takes for an empty one is missed here. */
static enum handler_result
transit_hash_input(struct request *req)
{
	return param_is_given(req, "input") ? tools_hash(req)
					    : fail(req, 400, "input missing");
}

static const struct route transit_mount_routes[] = {
	{ OP_READ, "cache-config", 0, transit_cache_params,
	    transit_cache_config_read, NULL, "Size of the cache" },
	{ OP_WRITE, "cache-config", 0, transit_cache_params,
	    transit_cache_config_write, NULL, "Change the size of the cache" },
	{ OP_READ, "config/keys", 0, transit_config_params,
	    transit_keys_config_read, NULL, "Settings of all keys" },
	{ OP_WRITE, "config/keys", 0, transit_config_params,
	    transit_keys_config_write, NULL, "Change settings of all keys" },
	TOOLS_RANDOM_ROUTES(""),
	{ OP_WRITE, "hash{urlalgorithm:none}", 0, tools_hash_params,
	    transit_hash_input, NULL, "The hash of an input" },
	{ OP_WRITE, "hash/{urlalgorithm:seg}", 0, tools_hash_params,
	    transit_hash_input, NULL, "The hash of an input" },
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
	    transit_backup_routes, transit_certificate_routes,
	    transit_mount_routes },
	.part = &transit_store,
	.help = "Cryptography as a service: encrypts, signs and hashes with "
		"named keys that do not leave the server.",
	.on_unmount = transit_drop_some,
	.expirers = transit_expirers,
};
