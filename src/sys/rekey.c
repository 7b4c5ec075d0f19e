/*
 * sys/rekey: new key shares for the old ones. No token is asked for: the shares
 * themselves are the right.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "core/seal/rekey.h"
#include "sys/body_fields.h"
#include "sys/key_shares.h"
#include "sys/route_tables.h"

static verdict
not_active(struct request *req)
{
	return seal_sealed(req->vault)
	    ? fail(req, 503, req->vault->config.ha ? "Vault is sealed"
						   : "node is not active")
	    : NULL;
}

static verdict
show(struct request *req)
{
	const struct rekey *r = req->vault->rekey;
	json_t *body = json_pack(
	    "{s:s, s:b, s:i, s:i, s:i, s:i, s:n, s:b, s:b}", "nonce",
	    r->nonce, "started", (int)r->started, "t", r->config.threshold,
	    "n", r->config.shares, "progress", r->given.n, "required",
	    seal_config_get(req->vault).threshold, "pgp_fingerprints",
	    "backup", 0, "verification_required",
	    (int)r->verification_required);

	if (*r->verification_nonce)
		json_object_set_new(body, "verification_nonce",
		    json_string(r->verification_nonce));
	return reply_bare(req, 200, body);
}

static verdict
init_read(struct request *req)
{
	verdict v = not_active(req);

	return v ? v : show(req);
}

static verdict
check_init(struct request *req, int64_t shares, int64_t threshold,
    bool backup, size_t pgp)
{
	const char *problem;

	if (backup && !pgp)
		return fail(req, 400,
		    "cannot request a backup of the new keys without "
		    "providing PGP keys for encryption");
	if (pgp && pgp != (size_t)shares)
		return fail(req, 400, "incorrect number of PGP keys for rekey");
	if (threshold > shares)
		return fail(req, 400,
		    "provided threshold greater than the total shares");
	problem = shares_problem(shares, threshold);
	if (problem)
		return fail(req, 500,
		    "invalid rekey seal configuration: %s", problem);
	if (pgp)
		return fail(req, 400,
		    "error parsing PGP key: not supported here");
	return NULL;
}

static verdict
init_write(struct request *req)
{
	int64_t shares = 0, threshold = 0, stored = 0;
	bool backup = false, verify = false;
	struct slice pgp_keys = { NULL, 0 }, *keys;
	const struct field fields[] = {
		{ "secret_shares", FIELD_INT, &shares },
		{ "secret_threshold", FIELD_INT, &threshold },
		{ "stored_shares", FIELD_INT, &stored },
		{ "pgp_keys", FIELD_STRINGS, &pgp_keys },
		{ "backup", FIELD_BOOL, &backup },
		{ "require_verification", FIELD_BOOL, &verify },
	};
	struct error e = { 0 };
	verdict v = not_active(req);
	size_t pgp;

	if (!v)
		v = dedicated_fields(req, "RekeyRequest", fields,
		    sizeof(fields) / sizeof(fields[0]), true);
	if (v)
		return v;
	pgp = pgp_keys.p ? jtext_elements(req->arena, pgp_keys, &keys) : 0;
	v = check_init(req, shares, threshold, backup, pgp);
	if (v)
		return v;
	if (!rekey_start(req->vault,
		(struct seal_config){ (int)shares, (int)threshold }, verify,
		&e))
		return fail_error(req, &e);
	return show(req);
}

static verdict
cancel(struct request *req)
{
	verdict v = not_active(req);

	if (v)
		return v;
	rekey_cancel(req->vault);
	return reply_none(req);
}

/* ---- shares ---- */

/* "key" and "nonce" of the body, the key as bytes. */
static verdict
read_share(struct request *req, struct buf *key, const char **nonce)
{
	const char *text = "";
	const struct field fields[] = {
		{ "key", FIELD_STRING, &text },
		{ "nonce", FIELD_STRING, nonce },
	};
	verdict v = not_active(req);

	if (!v)
		v = dedicated_fields(req, "RekeyUpdateRequest", fields, 2,
		    false);
	if (v)
		return v;
	if (*text == '\0')
		return fail(req, 400,
		    "'key' must be specified in request body as JSON");
	if (!shares_decode(req, text, key))
		return fail(req, 400,
		    "'key' must be a valid hex or base64 string");
	return NULL;
}

static verdict
show_new_shares(struct request *req)
{
	struct rekey *r = req->vault->rekey;
	json_t *body = json_pack("{s:s, s:b}", "nonce", r->nonce, "complete",
	    1);

	shares_show(body, r->fresh.list, r->fresh.n);
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

typedef bool (*share_taker)(struct vault *v, const uint8_t *key, size_t n,
    const char *nonce, bool *complete, struct error *e);

/* Hands the body's share to `take`, and answers by how far that is. */
static verdict
give(struct request *req, share_taker take,
    verdict (*done)(struct request *), verdict (*progress)(struct request *))
{
	const char *nonce = "";
	struct error e = { 0 };
	struct buf key;
	bool complete = false, ok = true;
	verdict v;

	buf_init(&key, 0);
	v = read_share(req, &key, &nonce);
	if (!v)
		ok = take(req->vault, (const uint8_t *)(key.p ? key.p : ""),
		    key.n, nonce, &complete, &e);
	buf_release(&key);
	if (v)
		return v;
	if (!ok)
		return fail_error(req, &e);
	return complete ? done(req) : progress(req);
}

static verdict
update(struct request *req)
{
	return give(req, rekey_update, show_new_shares, show);
}

/* ---- verification ---- */

static verdict
show_verification(struct request *req)
{
	const struct rekey *r = req->vault->rekey;

	return reply_bare(req, 200,
	    json_pack("{s:s, s:b, s:i, s:i, s:i}", "nonce",
		r->verification_nonce, "started", (int)r->started, "t",
		r->config.threshold, "n", r->config.shares, "progress",
		r->verified.n));
}

static verdict
verify_read(struct request *req)
{
	verdict v = not_active(req);

	if (v)
		return v;
	if (!req->vault->rekey->started)
		return fail(req, 400, "no rekey configuration found");
	return show_verification(req);
}

static verdict
verify_restart(struct request *req)
{
	verdict v = not_active(req);

	if (v)
		return v;
	if (!req->vault->rekey->started)
		return fail(req, 400, "no rekey configuration found");
	rekey_verify_restart(req->vault);
	return show_verification(req);
}

static verdict
verified(struct request *req)
{
	json_t *body = json_pack("{s:s, s:b}", "nonce",
	    req->vault->rekey->verification_nonce, "complete", 1);

	rekey_cancel(req->vault);
	return reply_bare(req, 200, body);
}

static verdict
verify_write(struct request *req)
{
	return give(req, rekey_verify, verified, show_verification);
}

/* ---- recovery keys ---- */

/* The recovery keys of an auto-unseal are rekeyed as others are; a shamir seal
 * has none. */
static verdict
by_op(struct request *req, verdict (*read)(struct request *),
    verdict (*write)(struct request *), verdict (*delete)(struct request *))
{
	verdict v = not_active(req);

	if (v)
		return v;
	if (!seal_auto(req->vault))
		return fail(req, 400, "recovery rekeying not supported");
	if (req->op == OP_READ)
		return read(req);
	return req->op == OP_DELETE ? delete(req) : write(req);
}

static verdict
recovery_init(struct request *req)
{
	return by_op(req, init_read, init_write, cancel);
}

static verdict
recovery_verify(struct request *req)
{
	return by_op(req, verify_read, verify_write, verify_restart);
}

static verdict
recovery_update(struct request *req)
{
	const char *nonce = "";
	struct buf key;
	verdict v;

	if (seal_auto(req->vault))
		return update(req);
	buf_init(&key, 0);
	v = read_share(req, &key, &nonce);
	buf_release(&key);
	return v ? v : fail(req, 500, "failed to fetch existing recovery "
				      "config: recovery not supported");
}

static verdict
no_backup(struct request *req)
{
	return fail(req, 400, "no backed-up keys found");
}

static verdict
no_backup_delete(struct request *req)
{
	return reply_none(req);
}

#define OPEN (R_DEDICATED | R_UNAUTH | R_SEALED)
#define RECOVERY "sys/rekey-recovery-key"

const struct route sys_rekey_routes[] = {
	{ OP_READ, "sys/rekey/init", OPEN, NULL, init_read, NULL,
	    "How far a rekey is" },
	{ OP_WRITE, "sys/rekey/init", OPEN, NULL, init_write, NULL,
	    "Begin a rekey" },
	{ OP_DELETE, "sys/rekey/init", OPEN, NULL, cancel, NULL,
	    "Give a rekey up" },
	{ OP_READ | OP_WRITE | OP_DELETE, "sys/rekey/update", OPEN, NULL,
	    update, NULL, "Give one old share" },
	{ OP_READ, "sys/rekey/verify", OPEN, NULL, verify_read, NULL,
	    "How far a verification is" },
	{ OP_WRITE, "sys/rekey/verify", OPEN, NULL, verify_write, NULL,
	    "Show one new share" },
	{ OP_DELETE, "sys/rekey/verify", OPEN, NULL, verify_restart, NULL,
	    "Begin the verification again" },
	{ OP_READ | OP_WRITE | OP_DELETE, RECOVERY "/init", OPEN, NULL,
	    recovery_init, NULL, "Recovery keys belong to auto-unseal" },
	{ OP_READ | OP_WRITE | OP_DELETE, RECOVERY "/update", OPEN, NULL,
	    recovery_update, NULL, "Recovery keys belong to auto-unseal" },
	{ OP_READ | OP_WRITE | OP_DELETE, RECOVERY "/verify", OPEN, NULL,
	    recovery_verify, NULL, "Recovery keys belong to auto-unseal" },
	ROUTE_END,
};

const struct route sys_rekey_backup_routes[] = {
	{ OP_READ, "sys/rekey/backup", R_INJECT, NULL, no_backup, NULL,
	    "Backed-up key shares" },
	{ OP_DELETE, "sys/rekey/backup", 0, NULL, no_backup_delete, NULL,
	    "Forget backed-up key shares" },
	{ OP_READ, "sys/rekey/recovery-key-backup", R_INJECT, NULL, no_backup,
	    NULL, "Backed-up recovery shares" },
	{ OP_DELETE, "sys/rekey/recovery-key-backup", 0, NULL,
	    no_backup_delete, NULL, "Forget backed-up recovery shares" },
	ROUTE_END,
};
