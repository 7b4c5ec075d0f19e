/*
 * sys/init: is it, and make it so.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/text.h"
#include "core/seal/seal.h"
#include "sys/body_fields.h"
#include "sys/key_shares.h"
#include "sys/route_tables.h"

struct init_request {
	int64_t shares, threshold, stored, recovery_shares, recovery_threshold;
	struct slice pgp_keys, recovery_pgp_keys;
	const char *root_pgp_key;
};

static enum handler_result
sys_init_status(struct request *req)
{
	return reply_bare(req, 200,
	    json_pack(
		"{s:b}", "initialized", (int)seal_is_initialized(req->vault)));
}

/* Refuses shares that the seal's type has no use for, with their names. */
static bool
sys_init_check_seal_type(struct request *req, const struct init_request *r)
{
	bool is_auto = seal_is_auto(req->vault);
	bool shares = is_auto ? r->shares != 0 : r->recovery_shares != 0;
	bool threshold = is_auto ? r->threshold != 0
				 : r->recovery_threshold != 0;
	const char *kind = is_auto ? "secret" : "recovery";
	const char *names;

	if (!is_auto && r->recovery_pgp_keys.p && r->recovery_pgp_keys.n > 2)
		names = "recovery_pgp_keys";
	else if (shares && threshold)
		names = arena_printf(
		    req->arena, "%s_shares,%s_threshold", kind, kind);
	else if (shares || threshold)
		names = arena_printf(
		    req->arena, "%s_%s", kind, shares ? "shares" : "threshold");
	else
		return true;
	return refuse(req, 400, "parameters %s not applicable to seal type %s",
	    names, seal_type(req->vault));
}

/* In Vault's order; PGP keys, which are not supported, come last. */
static bool
sys_init_check_request(struct request *req, const struct init_request *r)
{
	struct slice *keys = NULL;
	const char *problem;
	size_t pgp;

	if (!sys_init_check_seal_type(req, r))
		return false;
	pgp = r->pgp_keys.p ? jsontext_elements(req->arena, r->pgp_keys, &keys)
			    : 0;
	if (pgp && pgp != (size_t)r->shares)
		return refuse(req, 400, "incorrect number of PGP keys");
	if (seal_is_auto(req->vault) && r->recovery_shares < 1)
		return refuse(req, 400,
		    "recovery configuration must specify a "
		    "positive number of shares");
	problem = seal_is_auto(req->vault)
	    ? key_shares_problem(r->recovery_shares, r->recovery_threshold)
	    : key_shares_problem(r->shares, r->threshold);
	if (!problem && pgp)
		problem = key_shares_pgp_problem(req->arena, keys, pgp);
	if (problem)
		return refuse(req, 400, "%s: %s",
		    seal_is_auto(req->vault) ? "invalid recovery configuration"
					     : "invalid seal configuration",
		    problem);
	if (seal_is_initialized(req->vault))
		return refuse(req, 400, "Vault is already initialized");
	if (pgp || *r->root_pgp_key)
		return refuse(
		    req, 400, "error parsing PGP key: not supported here");
	return true;
}

static enum handler_result
sys_init_reply(struct request *req, const struct share *shares, int n,
    const char *root_token)
{
	json_t *body = json_object();

	key_shares_show(body, shares, n);
	/* Auto-unseal has no unseal keys: the shares are recovery keys. */
	if (seal_is_auto(req->vault)) {
		json_object_set(
		    body, "recovery_keys", json_object_get(body, "keys"));
		json_object_set(body, "recovery_keys_base64",
		    json_object_get(body, "keys_base64"));
		json_object_set_new(body, "keys", json_array());
		json_object_set_new(body, "keys_base64", json_array());
	}
	json_object_set_new(body, "root_token", json_string(root_token));
	return reply_bare(req, 200, body);
}

/* Makes the vault's key shares and root token, and shows them this once. */
static enum handler_result
sys_init_write(struct request *req)
{
	struct init_request r = { .root_pgp_key = "" };
	const struct body_field fields[] = {
		{ "secret_shares", BODY_INT, &r.shares },
		{ "secret_threshold", BODY_INT, &r.threshold },
		{ "stored_shares", BODY_INT, &r.stored },
		{ "pgp_keys", BODY_STRINGS, &r.pgp_keys },
		{ "recovery_shares", BODY_INT, &r.recovery_shares },
		{ "recovery_threshold", BODY_INT, &r.recovery_threshold },
		{ "recovery_pgp_keys", BODY_STRINGS, &r.recovery_pgp_keys },
		{ "root_token_pgp_key", BODY_STRING, &r.root_pgp_key },
	};
	struct seal_config config;
	struct share shares[255];
	struct error e = { 0 };
	char root_token[64];

	if (!body_fields_decode(req, "InitRequest", fields,
		sizeof(fields) / sizeof(fields[0]), false) ||
	    !sys_init_check_request(req, &r))
		return HANDLED;
	config = (struct seal_config){ (int)r.shares, (int)r.threshold };
	if (seal_is_auto(req->vault))
		config = (struct seal_config){ (int)r.recovery_shares,
			(int)r.recovery_threshold };
	if (!seal_init(req->vault, config, shares, root_token, &e))
		return fail_error(req, &e);
	return sys_init_reply(req, shares, config.shares, root_token);
}

#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_init_routes[] = {
	{ OP_READ, "sys/init", OPEN, NULL, sys_init_status, NULL,
	    "Is the vault initialised?" },
	{ OP_WRITE, "sys/init", OPEN, NULL, sys_init_write, NULL,
	    "Initialise the vault" },
	ROUTE_END,
};
