/*
 * sys/rekey: new key shares for the old ones. Vault 1.19 asks for no token: the
 * shares themselves are the right.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "core/seal/rekey.h"
#include "sys/body_fields.h"
#include "sys/key_shares.h"
#include "sys/route_tables.h"

/* Unsealed, and the caller may do this; answers and returns false if not. */
static bool
sys_rekey_check_active(struct request *req)
{
	if (!seal_is_sealed(req->vault))
		return key_shares_authorize(req, req->vault->config.open_rekey);
	return refuse(req, 503,
	    req->vault->config.ha_enabled ? "Vault is sealed"
					  : "node is not active");
}

static enum handler_result
sys_rekey_show(struct request *req)
{
	const struct rekey *r = req->vault->rekey;
	json_t *body = json_pack(
	    "{s:s, s:b, s:i, s:i, s:i, s:i, s:n, s:b, s:b}", "nonce", r->nonce,
	    "started", (int)r->started, "t", r->config.threshold, "n",
	    r->config.shares, "progress", r->old_shares.n, "required",
	    seal_get_config(req->vault).threshold, "pgp_fingerprints", "backup",
	    0, "verification_required", (int)r->verification_required);

	if (*r->verification_nonce)
		json_object_set_new(body, "verification_nonce",
		    json_string(r->verification_nonce));
	return reply_bare(req, 200, body);
}

static enum handler_result
sys_rekey_init_read(struct request *req)
{
	return sys_rekey_check_active(req) ? sys_rekey_show(req) : HANDLED;
}

static bool
sys_rekey_check_init(struct request *req, int64_t shares, int64_t threshold,
    bool backup, const struct slice *keys, size_t pgp)
{
	const char *problem;

	if (backup && !pgp)
		return refuse(req, 400,
		    "cannot request a backup of the new keys without "
		    "providing PGP keys for encryption");
	if (pgp && pgp != (size_t)shares)
		return refuse(
		    req, 400, "incorrect number of PGP keys for rekey");
	if (threshold > shares)
		return refuse(req, 400,
		    "provided threshold greater than the total shares");
	problem = key_shares_problem(shares, threshold);
	if (!problem && pgp)
		problem = key_shares_pgp_problem(req->arena, keys, pgp);
	if (problem)
		return refuse(
		    req, 500, "invalid rekey seal configuration: %s", problem);
	if (pgp)
		return refuse(
		    req, 400, "error parsing PGP key: not supported here");
	return true;
}

/* Begins a rekey of so many new shares. */
static enum handler_result
sys_rekey_init_write(struct request *req)
{
	int64_t shares = 0, threshold = 0, stored = 0;
	bool backup = false, verify = false;
	struct slice pgp_keys = { NULL, 0 }, *keys = NULL;
	const struct body_field fields[] = {
		{ "secret_shares", BODY_INT, &shares },
		{ "secret_threshold", BODY_INT, &threshold },
		{ "stored_shares", BODY_INT, &stored },
		{ "pgp_keys", BODY_STRINGS, &pgp_keys },
		{ "backup", BODY_BOOL, &backup },
		{ "require_verification", BODY_BOOL, &verify },
	};
	struct error e = { 0 };
	size_t pgp;

	if (!sys_rekey_check_active(req) ||
	    !body_fields_decode(req, "RekeyRequest", fields,
		sizeof(fields) / sizeof(fields[0]), false))
		return HANDLED;
	pgp = pgp_keys.p ? jsontext_elements(req->arena, pgp_keys, &keys) : 0;
	if (!sys_rekey_check_init(req, shares, threshold, backup, keys, pgp))
		return HANDLED;
	if (!rekey_start(req->vault,
		(struct seal_config){ (int)shares, (int)threshold }, verify,
		&e))
		return fail_error(req, &e);
	return sys_rekey_show(req);
}

/* Since 1.20 the one who began a rekey is the one who may give it up within
 * ten minutes: its nonce says so. */
#define CANCEL_WITH_NONCE_NS (600 * NSEC_PER_SEC)

static enum handler_result
sys_rekey_cancel(struct request *req)
{
	const struct rekey *r = req->vault->rekey;
	const char *nonce = "";
	const struct body_field fields[] = { { "nonce", BODY_STRING, &nonce } };

	if (!sys_rekey_check_active(req))
		return HANDLED;
	if (version_has(req->vault, VERSION_REKEY_CANCEL_NONCE) && r->started &&
	    vault_now(req->vault) - r->started_ns < CANCEL_WITH_NONCE_NS) {
		if (!body_fields_decode(
			req, "RekeyCancelRequest", fields, 1, true))
			return HANDLED;
		if (strcmp(nonce, r->nonce) != 0)
			return fail(req, 400, "invalid request");
	}
	rekey_cancel(req->vault);
	return reply_none(req);
}

/* ---- shares ---- */

/* Reads "key" and "nonce" of the body, the key as bytes. */
static bool
sys_rekey_read_share(struct request *req, struct buf *key, const char **nonce)
{
	const char *text = "";
	const struct body_field fields[] = {
		{ "Key", BODY_STRING, &text },
		{ "Nonce", BODY_STRING, nonce },
	};

	if (!sys_rekey_check_active(req) ||
	    !body_fields_decode(req, "RekeyUpdateRequest", fields, 2, false))
		return false;
	if (*text == '\0')
		return refuse(req, 400,
		    "'key' must be specified in request body as JSON");
	if (!key_shares_decode(req, text, key))
		return refuse(
		    req, 400, "'key' must be a valid hex or base64 string");
	return true;
}

static enum handler_result
sys_rekey_show_new_shares(struct request *req)
{
	struct rekey *r = req->vault->rekey;
	json_t *body = json_pack(
	    "{s:s, s:b}", "nonce", r->nonce, "complete", 1);

	key_shares_show(body, r->new_shares.list, r->new_shares.n);
	json_object_set_new(body, "pgp_fingerprints", json_null());
	json_object_set_new(body, "backup", json_false());
	json_object_set_new(body, "verification_required",
	    json_boolean(r->verification_required));
	if (r->verification_required)
		json_object_set_new(body, "verification_nonce",
		    json_string(r->verification_nonce));
	else
		rekey_cancel(req->vault);
	return reply_bare(req, 200, body);
}

typedef bool (*share_consumer)(struct vault *v, const uint8_t *key, size_t n,
    const char *nonce, bool *complete, struct error *e);

/* Hands the body's share to consume, and answers by how far that is. */
static enum handler_result
sys_rekey_add_share(struct request *req, share_consumer consume,
    enum handler_result (*done)(struct request *),
    enum handler_result (*progress)(struct request *))
{
	const char *nonce = "";
	struct error e = { 0 };
	struct buf key;
	bool complete = false, ok;

	buf_init(&key, 0);
	if (!sys_rekey_read_share(req, &key, &nonce)) {
		buf_release(&key);
		return HANDLED;
	}
	ok = consume(req->vault, (const uint8_t *)(key.p ? key.p : ""), key.n,
	    nonce, &complete, &e);
	buf_release(&key);
	if (!ok)
		return fail_error(req, &e);
	return complete ? done(req) : progress(req);
}

static enum handler_result
sys_rekey_update(struct request *req)
{
	return sys_rekey_add_share(
	    req, rekey_update, sys_rekey_show_new_shares, sys_rekey_show);
}

/* ---- verification ---- */

static enum handler_result
sys_rekey_show_verification(struct request *req)
{
	const struct rekey *r = req->vault->rekey;

	return reply_bare(req, 200,
	    json_pack("{s:s, s:b, s:i, s:i, s:i}", "nonce",
		r->verification_nonce, "started", (int)r->started, "t",
		r->config.threshold, "n", r->config.shares, "progress",
		r->verified_shares.n));
}

static enum handler_result
sys_rekey_verify_read(struct request *req)
{
	if (!sys_rekey_check_active(req))
		return HANDLED;
	if (!req->vault->rekey->started)
		return fail(req, 400, "no rekey configuration found");
	return sys_rekey_show_verification(req);
}

static enum handler_result
sys_rekey_verify_restart(struct request *req)
{
	if (!sys_rekey_check_active(req))
		return HANDLED;
	if (!req->vault->rekey->started)
		return fail(req, 400, "no rekey configuration found");
	rekey_verify_restart(req->vault);
	return sys_rekey_show_verification(req);
}

static enum handler_result
sys_rekey_verify_done(struct request *req)
{
	json_t *body = json_pack("{s:s, s:b}", "nonce",
	    req->vault->rekey->verification_nonce, "complete", 1);

	rekey_cancel(req->vault);
	return reply_bare(req, 200, body);
}

static enum handler_result
sys_rekey_verify_write(struct request *req)
{
	return sys_rekey_add_share(req, rekey_verify, sys_rekey_verify_done,
	    sys_rekey_show_verification);
}

/* ---- recovery keys ---- */

/* The recovery keys of an auto-unseal are rekeyed as others are; a shamir seal
 * has none. */
static enum handler_result
sys_rekey_recovery_by_op(struct request *req,
    enum handler_result (*read)(struct request *),
    enum handler_result (*write)(struct request *),
    enum handler_result (*delete)(struct request *))
{
	if (!sys_rekey_check_active(req))
		return HANDLED;
	if (!seal_is_auto(req->vault))
		return fail(req, 400, "recovery rekeying not supported");
	if (req->op == OP_READ)
		return read(req);
	return req->op == OP_DELETE ? delete (req) : write(req);
}

static enum handler_result
sys_rekey_recovery_init(struct request *req)
{
	return sys_rekey_recovery_by_op(
	    req, sys_rekey_init_read, sys_rekey_init_write, sys_rekey_cancel);
}

static enum handler_result
sys_rekey_recovery_verify(struct request *req)
{
	return sys_rekey_recovery_by_op(req, sys_rekey_verify_read,
	    sys_rekey_verify_write, sys_rekey_verify_restart);
}

static enum handler_result
sys_rekey_recovery_update(struct request *req)
{
	const char *nonce = "";
	struct buf key;
	bool ok;

	if (seal_is_auto(req->vault))
		return sys_rekey_update(req);
	buf_init(&key, 0);
	ok = sys_rekey_read_share(req, &key, &nonce);
	buf_release(&key);
	if (!ok)
		return HANDLED;
	return fail(req, 500,
	    "failed to fetch existing recovery config: "
	    "recovery not supported");
}

static enum handler_result
sys_rekey_no_backup(struct request *req)
{
	return fail(req, 400, "no backed-up keys found");
}

static enum handler_result
sys_rekey_no_backup_delete(struct request *req)
{
	return reply_none(req);
}

#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED)
#define RECOVERY "sys/rekey-recovery-key"

const struct route sys_rekey_routes[] = {
	{ OP_READ, "sys/rekey/init", OPEN, NULL, sys_rekey_init_read, NULL,
	    "How far a rekey is" },
	{ OP_WRITE, "sys/rekey/init", OPEN, NULL, sys_rekey_init_write, NULL,
	    "Begin a rekey" },
	{ OP_DELETE, "sys/rekey/init", OPEN, NULL, sys_rekey_cancel, NULL,
	    "Give a rekey up" },
	{ OP_READ | OP_WRITE | OP_DELETE, "sys/rekey/update", OPEN, NULL,
	    sys_rekey_update, NULL, "Give one old share" },
	{ OP_READ, "sys/rekey/verify", OPEN, NULL, sys_rekey_verify_read, NULL,
	    "How far a verification is" },
	{ OP_WRITE, "sys/rekey/verify", OPEN, NULL, sys_rekey_verify_write,
	    NULL, "Show one new share" },
	{ OP_DELETE, "sys/rekey/verify", OPEN, NULL, sys_rekey_verify_restart,
	    NULL, "Begin the verification again" },
	{ OP_READ | OP_WRITE | OP_DELETE, RECOVERY "/init", OPEN, NULL,
	    sys_rekey_recovery_init, NULL,
	    "Recovery keys belong to auto-unseal" },
	{ OP_READ | OP_WRITE | OP_DELETE, RECOVERY "/update", OPEN, NULL,
	    sys_rekey_recovery_update, NULL,
	    "Recovery keys belong to auto-unseal" },
	{ OP_READ | OP_WRITE | OP_DELETE, RECOVERY "/verify", OPEN, NULL,
	    sys_rekey_recovery_verify, NULL,
	    "Recovery keys belong to auto-unseal" },
	ROUTE_END,
};

const struct route sys_rekey_backup_routes[] = {
	{ OP_READ, "sys/rekey/backup", R_INJECT, NULL, sys_rekey_no_backup,
	    NULL, "Backed-up key shares" },
	{ OP_DELETE, "sys/rekey/backup", 0, NULL, sys_rekey_no_backup_delete,
	    NULL, "Forget backed-up key shares" },
	{ OP_READ, "sys/rekey/recovery-key-backup", R_INJECT, NULL,
	    sys_rekey_no_backup, NULL, "Backed-up recovery shares" },
	{ OP_DELETE, "sys/rekey/recovery-key-backup", 0, NULL,
	    sys_rekey_no_backup_delete, NULL,
	    "Forget backed-up recovery shares" },
	ROUTE_END,
};
