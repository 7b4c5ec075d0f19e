/*
 * Routes of transit that sign and verify, alone or in a batch.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/transit/transit_common.h"
#include "secrets/transit/signature.h"
#include "secrets/transit/hmac.h"

enum {
	INPUT,
	CONTEXT,
	SIGNATURE,
	HMAC_TEXT,
	CMAC_TEXT,
	REFERENCE,
	SIGNATURE_CONTEXT,
	ITEM_STRS
};

static const char *const transit_sign_fields[ITEM_STRS + 1] = { "input",
	"context", "signature", "hmac", "cmac", "reference",
	"signature_context", NULL };

struct transit_sign_item_state {
	const char *text[ITEM_STRS]; /* NULL: absent */
	const char *error;	     /* NULL: none */
	int status; /* of the error, when it is the only item */
	bool bare;  /* the error is Vault's bare Go error */
	bool valid;
	struct transit_signature made;
};

struct transit_sign_job {
	struct transit_batch batch;
	struct transit_sign_item_state *items;
	size_t n;
	bool verifying;
	struct transit_sign_options how;
};

/* ---- what is asked ---- */

static bool
transit_sign_read_items(struct request *req, struct transit_sign_job *job)
{
	enum transit_batch_style style = job->verifying ? TRANSIT_BATCH_ANYTHING
							: TRANSIT_BATCH_STRINGS;

	if (!transit_batch_read(req, style, &job->batch))
		return false;
	job->n = job->batch.given ? job->batch.n : 1;
	job->items = arena_zalloc(req->arena, job->n * sizeof(*job->items));
	if (!job->batch.given) {
		struct transit_sign_item_state *item = job->items;

		item->text[INPUT] = param_str(req, "input");
		item->text[CONTEXT] = param_str(req, "context");
		item->text[SIGNATURE_CONTEXT] = param_str(
		    req, "signature_context");
		return true;
	}
	for (size_t i = 0; i < job->n; i++)
		transit_item_strs(req, &job->batch, i, transit_sign_fields,
		    job->items[i].text);
	return transit_batch_check(req, &job->batch);
}

/* "auto", "hash" or a number of bytes. */
static bool
transit_sign_read_salt(struct request *req, int64_t *salt)
{
	const char *given = param_str(req, "salt_length");
	char *text = arena_strdup(req->arena, given), *end;

	lower_ascii(text);
	*salt = strcmp(text, "hash") == 0 ? -1 : 0;
	if (*salt == -1 || strcmp(text, "auto") == 0)
		return true;
	*salt = strtoll(text, &end, 10);
	if (*text == '\0' || *end)
		return refuse(req, 400,
		    "salt length neither 'auto', 'hash', nor an int: %s",
		    given);
	return *salt >= -1 ||
	    refuse(req, 400, "salt length is invalid: %lld", (long long)*salt);
}

static const char *
transit_sign_hash_name(struct request *req)
{
	const char *name = param_capture(req, "urlalgorithm");

	if (*name == '\0')
		name = param_str(req, "hash_algorithm");
	if (*name == '\0')
		name = param_str(req, "algorithm");
	return *name ? name : "sha2-256";
}

static bool
transit_sign_read_options(struct request *req, struct transit_sign_options *how)
{
	const char *form = param_str(req, "marshaling_algorithm");

	how->hash = transit_hash_by_name(transit_sign_hash_name(req));
	if (!how->hash)
		return refuse(req, 400, "invalid hash algorithm \"%s\"",
		    transit_sign_hash_name(req));
	how->jws = strcmp(form, "jws") == 0;
	if (!how->jws && strcmp(form, "asn1") != 0)
		return refuse(req, 400, "invalid marshaling type \"%s\"", form);
	how->prehashed = param_bool(req, "prehashed");
	how->algorithm = param_str(req, "signature_algorithm");
	return transit_sign_read_salt(req, &how->salt);
}

static bool
transit_sign_check_key(struct request *req, const struct transit_key *k,
    const struct transit_sign_job *job)
{
	const struct transit_sign_options *how = &job->how;

	if (!transit_type_can_sign(k->type))
		return refuse(req, 400, "key type %s does not support %s",
		    k->type->name, job->verifying ? "verification" : "signing");
	if (!how->hash->openssl &&
	    (!how->prehashed || strcmp(how->algorithm, "pkcs1v15") != 0))
		return refuse(req, 400,
		    "hash_algorithm=none requires both prehashed=true "
		    "and signature_algorithm=pkcs1v15");
	return true;
}

/* ---- one item ---- */

static bool
transit_sign_item_fail(struct transit_sign_item_state *item, const char *error)
{
	item->error = error;
	item->status = 400;
	item->bare = false;
	return false;
}

static bool
transit_sign_item_fail_error(struct request *req,
    struct transit_sign_item_state *item, const struct error *e)
{
	transit_sign_item_fail(item, arena_strdup(req->arena, e->text));
	item->status = e->status;
	item->bare = e->wrapped;
	return false;
}

/* Vault 1.19: the other forms of Ed25519 are Enterprise's. */
static const char *
transit_sign_ed25519_problem(const struct request *req,
    const struct transit_key *k, const struct transit_sign_job *job,
    const struct transit_sign_item_state *item)
{
	const char *context = item->text[SIGNATURE_CONTEXT];

	if (k->type->kind != TRANSIT_ED25519 ||
	    !version_has(req->vault, VERSION_TRANSIT_PURE_ED25519))
		return NULL;
	if (job->how.prehashed)
		return "only Pure Ed25519 signatures supported, prehashed must "
		       "be false";
	if (strcmp(job->how.hash->name, "sha2-512") == 0)
		return "only Pure Ed25519 signatures supported, "
		       "hash_alogithm should not be set";
	if (context && *context)
		return "only Pure Ed25519 signatures supported, "
		       "signature_context must be empty";
	return NULL;
}

/* Input and context, decoded; how gets the context. The texts are those of
 * signing; verifying has its own, and takes no input for an empty one. */
static bool
transit_sign_decode_item(struct request *req, const struct transit_key *k,
    const struct transit_sign_job *job, struct transit_sign_item_state *item,
    struct transit_sign_options *how, struct slice *input)
{
	const char *given = item->text[INPUT], *context = item->text[CONTEXT];
	const char *refusal = transit_sign_ed25519_problem(req, k, job, item);
	size_t bad;

	if (!given && !job->verifying)
		return transit_sign_item_fail(item, "missing input");
	if (!transit_decode_base64(req->arena, given ? given : "", input, &bad))
		return transit_sign_item_fail(item,
		    arena_printf(req->arena,
			"%s: illegal base64 data at input byte %zu",
			job->verifying ? "failed to parse item: failed to "
					 "parse input"
				       : "unable to decode input",
			bad));
	*how = job->how;
	if (!transit_decode_base64(
		req->arena, context ? context : "", &how->context, &bad))
		return transit_sign_item_fail(item,
		    job->verifying
			? arena_printf(req->arena,
			      "failed to parse item: failed to parse context: "
			      "illegal base64 data at input byte %zu",
			      bad)
			: "failed to base64-decode context");
	if (refusal)
		return transit_sign_item_fail(item,
		    arena_printf(req->arena, "%sfailed to parse batch item: %s",
			job->verifying ? "failed to parse item: " : "",
			refusal));
	return true;
}

static void
transit_sign_sign_item(struct request *req, struct transit_key *k,
    const struct transit_sign_job *job, struct transit_sign_item_state *item)
{
	struct transit_sign_options how;
	struct slice input;
	struct error e = { 0 };

	if (!transit_sign_decode_item(req, k, job, item, &how, &input))
		return;
	if (!transit_sign(k, &how, input, &item->made, &e))
		transit_sign_item_fail_error(req, item, &e);
}

static void
transit_sign_verify_item(struct request *req, struct transit_key *k,
    const struct transit_sign_job *job, struct transit_sign_item_state *item)
{
	struct transit_sign_options how;
	struct slice input;
	struct error e = { 0 };

	if (!transit_sign_decode_item(req, k, job, item, &how, &input))
		return;
	if (!transit_verify(k, &how, input, slice_of(item->text[SIGNATURE]),
		&item->valid, &e))
		transit_sign_item_fail_error(req, item, &e);
}

/* ---- answers ---- */

static void
transit_sign_put_public(struct buf *out, const char *name,
    const struct transit_sign_item_state *item)
{
	buf_printf(out, "\"%s\":\"", name);
	base64_encode(out, item->made.public, sizeof(item->made.public));
	buf_str(out, "\",");
}

/* Keys sorted, as data's are. */
static void
transit_sign_put_signed(struct buf *out,
    const struct transit_sign_item_state *item, int64_t version)
{
	buf_printf(out, "{\"key_version\":%lld,", (long long)version);
	if (item->made.derived)
		transit_sign_put_public(out, "public_key", item);
	transit_put_member(out, "signature", item->made.text.p);
	out->p[out->n - 1] = '}';
}

/* In the order of Vault's struct. */
static void
transit_sign_put_signed_item(struct buf *out,
    const struct transit_sign_item_state *item, int64_t version)
{
	buf_char(out, '{');
	if (!item->error)
		transit_put_member(out, "signature", item->made.text.p);
	buf_printf(out, "\"key_version\":%lld,",
	    item->error ? 0LL : (long long)version);
	if (!item->error && item->made.derived)
		transit_sign_put_public(out, "publickey", item);
	transit_put_member(out, "error", item->error);
	transit_put_member(out, "reference",
	    item->text[REFERENCE] ? item->text[REFERENCE] : "");
	out->p[out->n - 1] = '}';
}

static void
transit_sign_put_verified_item(struct buf *out,
    const struct transit_sign_item_state *item, int64_t version)
{
	(void)version;
	buf_printf(out, "{\"valid\":%s,", item->valid ? "true" : "false");
	transit_put_member(out, "error", item->error);
	transit_put_member(out, "reference",
	    item->text[REFERENCE] ? item->text[REFERENCE] : "");
	out->p[out->n - 1] = '}';
}

static void
transit_sign_put_verified(struct buf *out,
    const struct transit_sign_item_state *item, int64_t version)
{
	(void)version;
	buf_str(out, item->valid ? "{\"valid\":true}" : "{\"valid\":false}");
}

typedef void (*transit_sign_put_fn)(struct buf *out,
    const struct transit_sign_item_state *item, int64_t version);

static enum handler_result
transit_sign_reply_items(struct request *req,
    const struct transit_sign_job *job, const struct transit_key *k,
    transit_sign_put_fn single, transit_sign_put_fn each)
{
	struct buf *out = &req->reply.data;
	const struct transit_sign_item_state *item = job->items;
	int64_t version = job->how.version ? job->how.version : k->latest;

	if (!job->batch.given && item->error)
		return item->bare
		    ? fail_wrapped(req, item->status, "%s", item->error)
		    : fail(req, item->status, "%s", item->error);
	buf_clear(out);
	if (!job->batch.given) {
		single(out, item, version);
		return reply_written(req);
	}
	buf_str(out, "{\"batch_results\":[");
	for (size_t i = 0; i < job->n; i++) {
		if (i)
			buf_char(out, ',');
		each(out, &job->items[i], version);
	}
	buf_str(out, "]}");
	return reply_written(req);
}

/* ---- routes ---- */

static enum handler_result
transit_sign_request(struct request *req)
{
	struct transit_sign_job job = { .how.version = param_int(
					    req, "key_version") };
	enum handler_result v;
	struct transit_key *k;

	if (!transit_sign_read_options(req, &job.how))
		return HANDLED;
	k = transit_request_key(req);
	if (!k)
		return fail(req, 400, "signing key not found");
	if (!transit_sign_check_key(req, k, &job) ||
	    !transit_sign_read_items(req, &job))
		return HANDLED;
	for (size_t i = 0; i < job.n; i++)
		transit_sign_sign_item(req, k, &job, &job.items[i]);
	v = transit_sign_reply_items(req, &job, k, transit_sign_put_signed,
	    transit_sign_put_signed_item);
	for (size_t i = 0; i < job.n; i++)
		buf_release(&job.items[i].made.text);
	return v;
}

/* What an item gives to verify, or ITEM_STRS: its first. */
static int
transit_verify_item_kind(
    const struct vault *v, const struct transit_sign_item_state *item)
{
	int last = version_has(v, VERSION_TRANSIT_VERIFY_CMAC) ? CMAC_TEXT
							       : HMAC_TEXT;

	for (int kind = SIGNATURE; kind <= last; kind++)
		if (item->text[kind])
			return kind;
	return ITEM_STRS;
}

/* The refusals of items that do not all give the same. */
struct transit_verify_texts {
	const char *none;	 /* nothing to verify, without a batch */
	const char *mixed;	 /* several kinds in a batch */
	const char *none_of_all; /* nothing to verify in a batch */
};

static const struct transit_verify_texts transit_verify_texts = {
	"missing one of 'signature', 'hmac' or 'cmac' arguments to verify",
	"elements of batch_input must all provide either 'signature', 'hmac' "
	"or 'cmac'",
	"no batch_input elements have 'signature', 'hmac' or 'cmac'",
};

/* Those of before cmac. */
static const struct transit_verify_texts transit_verify_texts_two = {
	"neither a 'signature' nor an 'hmac' were given to verify",
	"elements of batch_input must all provide 'signature' or all provide "
	"'hmac'",
	"no batch_input elements have 'signature' or 'hmac'",
};

/* All items give the same to verify. */
static bool
transit_verify_find_kind(
    struct request *req, const struct transit_sign_job *job, int *kind)
{
	const struct transit_verify_texts *texts =
	    version_has(req->vault, VERSION_TRANSIT_VERIFY_CMAC)
	    ? &transit_verify_texts
	    : &transit_verify_texts_two;
	bool missing = false, mixed = false;

	*kind = ITEM_STRS;
	for (size_t i = 0; i < job->n; i++) {
		int has = transit_verify_item_kind(req->vault, &job->items[i]);

		missing |= has == ITEM_STRS;
		mixed |= has != ITEM_STRS && *kind != ITEM_STRS && has != *kind;
		if (has != ITEM_STRS)
			*kind = has;
	}
	if (!mixed && !missing)
		return true;
	if (!job->batch.given)
		return refuse(req, 400, "%s", texts->none);
	if (mixed)
		return refuse(req, 400, "%s", texts->mixed);
	if (*kind != ITEM_STRS)
		return refuse(req, 400,
		    "some elements of batch_input are missing '%s'",
		    transit_sign_fields[*kind]);
	return refuse(req, 400, "%s", texts->none_of_all);
}

static bool
transit_verify_read(
    struct request *req, struct transit_sign_job *job, int *kind)
{
	if (!transit_sign_read_items(req, job))
		return false;
	for (int i = SIGNATURE; !job->batch.given && i <= CMAC_TEXT; i++)
		if (param_is_given(req, transit_sign_fields[i]))
			job->items[0].text[i] = param_str(
			    req, transit_sign_fields[i]);
	return transit_verify_find_kind(req, job, kind);
}

static enum handler_result
transit_verify_request(struct request *req)
{
	struct transit_sign_job job = { .verifying = true };
	struct transit_key *k;
	int kind;

	if (!transit_verify_read(req, &job, &kind))
		return HANDLED;
	if (kind == HMAC_TEXT)
		return transit_verify_hmac(req);
	if (kind == CMAC_TEXT)
		return fail(req, 400, TRANSIT_CMAC_REFUSED);
	if (!transit_sign_read_options(req, &job.how))
		return HANDLED;
	k = transit_request_key(req);
	if (!k)
		return fail(req, 400, "signature verification key not found");
	if (!transit_sign_check_key(req, k, &job))
		return HANDLED;
	for (size_t i = 0; i < job.n; i++)
		transit_sign_verify_item(req, k, &job, &job.items[i]);
	return transit_sign_reply_items(req, &job, k, transit_sign_put_verified,
	    transit_sign_put_verified_item);
}

#define NAME                                      \
	{                                         \
		"name", P_STRING, NULL, "The key" \
	}
#define BATCH                                                 \
	{                                                     \
		"batch_input", P_ANY, NULL, "A list of items" \
	}
#define HASHES                                         \
	{                                              \
		"algorithm", P_STRING, "\"sha2-256\"", \
		    "Old name of hash_algorithm"       \
	}
#define FORMS                                                                \
	{ "hash_algorithm", P_STRING, "\"sha2-256\"", "The hash function" }, \
	{                                                                    \
		"input", P_STRING, NULL, "What is signed, in base64"         \
	}
#define OPTIONS                                                                \
	{ "marshaling_algorithm", P_STRING, "\"asn1\"", "asn1 or jws" }, NAME, \
	    { "prehashed", P_BOOL, NULL, "The input is a hash already" },      \
	{                                                                      \
		"salt_length", P_STRING, "\"auto\"",                           \
		    "PSS: auto, hash or a number"                              \
	}
#define ALGORITHMS                                                           \
	{ "signature_algorithm", P_STRING, NULL, "RSA: pss or pkcs1v15" },   \
	    { "signature_context",                                           \
		    P_VERSION(P_STRING, VERSION_TRANSIT_PURE_ED25519), NULL, \
		    "Enterprise only" },                                     \
	{                                                                    \
		"urlalgorithm", P_PATH_STRING, NULL,                         \
		    "The hash function, in the path"                         \
	}
#define DERIVED                                                       \
	{                                                             \
		"context", P_STRING, NULL, "Context of a derived key" \
	}

static const struct param transit_sign_params[] = {
	HASHES,
	BATCH,
	DERIVED,
	FORMS,
	{ "key_version", P_INT, NULL, "0 for the latest" },
	OPTIONS,
	ALGORITHMS,
	PARAM_END,
};

static const struct param transit_verify_params[] = {
	HASHES,
	BATCH,
	{ "cmac", P_VERSION(P_STRING, VERSION_TRANSIT_VERIFY_CMAC), NULL,
	    "Enterprise only" },
	DERIVED,
	FORMS,
	{ "hmac", P_STRING, NULL, "The HMAC to verify" },
	OPTIONS,
	{ "signature", P_STRING, NULL, "The signature to verify" },
	ALGORITHMS,
	PARAM_END,
};

const struct route transit_sign_routes[] = {
	{ OP_WRITE, "sign/{name}", 0, transit_sign_params, transit_sign_request,
	    NULL, "Sign with a key" },
	{ OP_WRITE, "sign/{name}/{urlalgorithm:more}", 0, transit_sign_params,
	    transit_sign_request, NULL, "Sign with a key and a hash function" },
	{ OP_WRITE, "verify/{name}", 0, transit_verify_params,
	    transit_verify_request, NULL, "Verify a signature or an HMAC" },
	{ OP_WRITE, "verify/{name}/{urlalgorithm:more}", 0,
	    transit_verify_params, transit_verify_request, NULL,
	    "Verify with a hash function" },
	ROUTE_END,
};
