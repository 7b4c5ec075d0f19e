/*
 * sys/init: is it, and make it so.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/text.h"
#include "core/seal.h"
#include "sys/dedicated.h"
#include "sys/tables.h"

#define INVALID "invalid seal configuration: "

struct init_request {
	int64_t shares, threshold, stored, recovery_shares,
	    recovery_threshold;
	struct slice pgp_keys, recovery_pgp_keys;
	const char *root_pgp_key;
};

static verdict
init_status(struct request *req)
{
	return reply_bare(req, 200,
	    json_pack("{s:b}", "initialized",
		(int)seal_initialized(req->vault)));
}

static verdict
check_recovery(struct request *req, const struct init_request *r)
{
	const char *given = r->recovery_shares && r->recovery_threshold
	    ? "recovery_shares,recovery_threshold"
	    : r->recovery_shares ? "recovery_shares"
				 : "recovery_threshold";

	if (!r->recovery_shares && !r->recovery_threshold)
		return NULL;
	return fail(req, 400,
	    "parameters %s not applicable to seal type shamir", given);
}

static const char *
config_problem(const struct init_request *r)
{
	if (r->shares < 1)
		return "shares must be at least one";
	if (r->threshold < 1)
		return "threshold must be at least one";
	if (r->shares > 1 && r->threshold == 1)
		return "threshold must be greater than one for multiple "
		       "shares";
	if (r->shares > 255)
		return "shares must be less than 256";
	if (r->threshold > 255)
		return "threshold must be less than 256";
	if (r->threshold > r->shares)
		return "threshold cannot be larger than shares";
	return NULL;
}

static verdict
check_request(struct request *req, const struct init_request *r)
{
	struct slice *keys;
	verdict refusal = check_recovery(req, r);
	const char *problem;
	size_t pgp;

	if (refusal)
		return refusal;
	pgp = r->pgp_keys.p
	    ? jtext_elements(req->arena, r->pgp_keys, &keys)
	    : 0;
	if (pgp && pgp != (size_t)r->shares)
		return fail(req, 400, "incorrect number of PGP keys");
	problem = config_problem(r);
	if (problem)
		return fail(req, 400, INVALID "%s", problem);
	if (seal_initialized(req->vault))
		return fail(req, 400, "Vault is already initialized");
	if (pgp || *r->root_pgp_key)
		return fail(req, 400,
		    "error parsing PGP key: not supported here");
	return NULL;
}

static verdict
answer(struct request *req, const struct share *shares, int n,
    const char *root_token)
{
	json_t *hex = json_array(), *base64 = json_array();

	for (int i = 0; i < n; i++) {
		char text[2 * 33 + 1];
		struct buf b;

		hex_encode(shares[i].bytes, shares[i].n, text);
		json_array_append_new(hex, json_string(text));
		buf_init(&b, 0);
		base64_encode(&b, shares[i].bytes, shares[i].n);
		json_array_append_new(base64, json_string(b.p));
		buf_release(&b);
	}
	return reply_bare(req, 200,
	    json_pack("{s:o, s:o, s:s}", "keys", hex, "keys_base64", base64,
		"root_token", root_token));
}

static verdict
initialize(struct request *req)
{
	struct init_request r = { .root_pgp_key = "" };
	const struct field fields[] = {
		{ "secret_shares", FIELD_INT, &r.shares },
		{ "secret_threshold", FIELD_INT, &r.threshold },
		{ "stored_shares", FIELD_INT, &r.stored },
		{ "pgp_keys", FIELD_STRINGS, &r.pgp_keys },
		{ "recovery_shares", FIELD_INT, &r.recovery_shares },
		{ "recovery_threshold", FIELD_INT, &r.recovery_threshold },
		{ "recovery_pgp_keys", FIELD_STRINGS, &r.recovery_pgp_keys },
		{ "root_token_pgp_key", FIELD_STRING, &r.root_pgp_key },
	};
	verdict refusal = dedicated_fields(req, "InitRequest", fields,
	    sizeof(fields) / sizeof(fields[0]), false);
	struct seal_config config;
	struct share shares[255];
	struct error e = { 0 };
	char root_token[64];

	if (!refusal)
		refusal = check_request(req, &r);
	if (refusal)
		return refusal;
	config = (struct seal_config){ (int)r.shares, (int)r.threshold };
	if (!seal_init(req->vault, config, shares, root_token, &e))
		return fail_error(req, &e);
	return answer(req, shares, config.shares, root_token);
}

#define OPEN (R_DEDICATED | R_UNAUTH | R_SEALED | R_STANDBY)

const struct route sys_init_routes[] = {
	{ OP_READ, "sys/init", OPEN, NULL, init_status, NULL,
	    "Is the vault initialised?" },
	{ OP_WRITE, "sys/init", OPEN, NULL, initialize, NULL,
	    "Initialise the vault" },
	ROUTE_END,
};
