/*
 * sys/seal-status, sys/unseal, sys/seal, sys/step-down.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/text.h"
#include "base/version.h"
#include "core/policy/acl.h"
#include "core/seal/seal.h"
#include "core/state/cluster_view.h"
#include "core/token/token.h"
#include "sys/body_fields.h"
#include "sys/key_shares.h"
#include "sys/redaction.h"
#include "sys/route_tables.h"

/* Before 1.16 an unsealed server told the type of its recovery keys. */
static const char *
sys_seal_told_type(const struct vault *v)
{
	return seal_is_sealed(v) || version_has(v, VERSION_SEAL_TYPE_TOLD)
	    ? seal_type(v)
	    : "shamir";
}

static enum handler_result
sys_seal_status(struct request *req)
{
	const struct vault *v = req->vault;
	struct seal_config c = seal_get_config(v);
	bool anonymous = sys_is_redacted(req, REQUEST_REDACT_VERSION);
	json_t *body = json_pack(
	    "{s:s, s:b, s:b, s:i, s:i, s:i, s:s, s:s, s:s, s:b}", "type",
	    sys_seal_told_type(v), "initialized", (int)seal_is_initialized(v),
	    "sealed", (int)seal_is_sealed(v), "t", c.threshold, "n", c.shares,
	    "progress", seal_progress(v), "nonce", seal_nonce(v), "version",
	    anonymous ? "" : v->config.version, "build_date",
	    anonymous ? "" : MOCKVAULT_BUILD_DATE, "migration", 0);

	if (!seal_is_sealed(v)) {
		if (!sys_is_redacted(req, REQUEST_REDACT_CLUSTER_NAME))
			json_object_set_new(
			    body, "cluster_name", json_string(v->cluster_name));
		json_object_set_new(
		    body, "cluster_id", json_string(v->cluster_id));
	}
	json_object_set_new(
	    body, "recovery_seal", json_boolean(seal_is_auto(v)));
	if (seal_is_auto(v) && version_has(v, VERSION_SEAL_TYPE_TOLD))
		json_object_set_new(
		    body, "recovery_seal_type", json_string("shamir"));
	json_object_set_new(
	    body, "storage_type", json_string(v->config.storage_type));
	if ((v->role == NODE_REMOVED ||
		strcmp(v->config.storage_type, "raft") == 0) &&
	    version_has(v, VERSION_HEALTH_HA))
		json_object_set_new(body, "removed_from_cluster",
		    json_boolean(v->role == NODE_REMOVED));
	return reply_bare(req, 200, body);
}

static enum handler_result
sys_seal_unseal_with(struct request *req, const char *text)
{
	struct error e = { 0 };
	struct buf key;
	bool ok;

	buf_init(&key, 0);
	ok = key_shares_decode(req, text, &key) ||
	    error_set(&e, 400, "'key' must be a valid hex or base64 string");
	ok = ok &&
	    seal_unseal(
		req->vault, (const uint8_t *)(key.p ? key.p : ""), key.n, &e);
	buf_release(&key);
	return ok ? sys_seal_status(req) : fail_error(req, &e);
}

/* One key share, or a reset of those that came in so far. */
static enum handler_result
sys_seal_unseal(struct request *req)
{
	const char *key = "";
	bool reset = false, migrate = false;
	const struct body_field fields[] = {
		{ "Key", BODY_STRING, &key },
		{ "Reset", BODY_BOOL, &reset },
		{ "Migrate", BODY_BOOL, &migrate },
	};

	if (!body_fields_decode(req, "UnsealRequest", fields, 3, false))
		return HANDLED;
	if (req->vault->role == NODE_REMOVED &&
	    version_has(req->vault, VERSION_HEALTH_HA))
		return fail(req, 500, "node was removed from a HA cluster");
	if (reset) {
		if (!seal_is_sealed(req->vault))
			return fail(req, 400, "vault is unsealed");
		seal_reset_unseal(req->vault);
		return sys_seal_status(req);
	}
	if (migrate)
		return fail(req, 500,
		    "can't perform a seal migration, no migration seal found");
	if (*key == '\0')
		return fail(req, 400,
		    "'key' must be specified in request body as JSON, or "
		    "'reset' set to true");
	return sys_seal_unseal_with(req, key);
}

/* May who asks do what is asked here? These handlers ask for sudo themselves,
 * and a use of the token counts even for who is refused. False: *refused is the
 * answer. */
static bool
sys_seal_may_write(struct request *req, enum handler_result *refused)
{
	struct acl_request q = {
		.path = req->path, .capability = CAP_UPDATE, .sudo = true
	};

	if (*req->token_text == '\0')
		*refused = fail(req, 403, "permission denied");
	else if (!req->token)
		*refused = fail_invalid_token(req);
	else {
		bool allowed = token_consume_use(req->vault, req->token);

		if (req->token->num_uses)
			store_keep_request_writes(req->vault->store);
		if (allowed && acl_allows(req->vault, req->token, &q))
			return true;
		*refused = fail(
		    req, 403, "1 error occurred:\n\t* permission denied\n\n");
	}
	return false;
}

/* Vault 1.19: sealing what is sealed is a 204 that asks nobody. */
static enum handler_result
sys_seal_write(struct request *req)
{
	enum handler_result refused;

	if (seal_is_sealed(req->vault))
		return reply_none(req);
	if (req->vault->standby.on)
		return fail(req, 500,
		    "vault cannot seal when in standby mode; please restart "
		    "instead");
	if (!sys_seal_may_write(req, &refused))
		return refused;
	seal_seal(req->vault);
	return reply_none(req);
}

/* Vault 1.19: without high availability nobody is asked and nothing happens;
 * with it the token needs sudo, and a sealed node has no leader to ask. Alone,
 * there is nobody to step down for. */
static enum handler_result
sys_seal_step_down(struct request *req)
{
	struct vault *v = req->vault;
	enum handler_result refused;

	if (!v->config.ha_enabled)
		return reply_none(req);
	if (seal_is_sealed(v))
		return fail_sealed(req);
	if (!sys_seal_may_write(req, &refused))
		return refused;
	if (v->cluster)
		(void)v->cluster->hand_over(v->cluster->arg);
	return reply_none(req);
}

#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_seal_routes[] = {
	{ OP_READ, "sys/seal-status", OPEN, NULL, sys_seal_status, NULL,
	    "State of the seal" },
	{ OP_WRITE, "sys/unseal", OPEN, NULL, sys_seal_unseal, NULL,
	    "Give one key share" },
	{ OP_WRITE, "sys/seal", OPEN, NULL, sys_seal_write, NULL,
	    "Seal the vault" },
	{ OP_WRITE, "sys/step-down", OPEN & ~R_ON_STANDBY, NULL,
	    sys_seal_step_down, NULL, "Give up leadership" },
	ROUTE_END,
};
