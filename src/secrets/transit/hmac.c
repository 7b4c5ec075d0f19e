/*
 * Routes of transit that make HMACs; what verify/ does with one.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/transit/transit_common.h"
#include "secrets/transit/signature.h"
#include "secrets/transit/hmac.h"

enum { INPUT, HMAC_TEXT, REFERENCE, ITEM_STRS };

static const char *const transit_hmac_fields[ITEM_STRS + 1] = { "input", "hmac",
	"reference", NULL };

struct transit_hmac_item {
	const char *text[ITEM_STRS]; /* NULL: absent */
	const char *error;	     /* NULL: none */
	bool valid;
	const char *made; /* "vault:vN:..."; NULL: none */
};

struct transit_hmac_job {
	struct transit_batch *batch;
	struct transit_hmac_item *items;
	size_t n;
	const struct transit_hash *hash;
};

static bool
transit_hmac_read_items(struct request *req, struct transit_hmac_job *job)
{
	if (!transit_batch_read(req, TRANSIT_BATCH_STRINGS, job->batch))
		return false;
	job->n = job->batch->given ? job->batch->n : 1;
	job->items = arena_zalloc(req->arena, job->n * sizeof(*job->items));
	if (!job->batch->given)
		return true;
	for (size_t i = 0; i < job->n; i++)
		transit_item_strs(req, job->batch, i, transit_hmac_fields,
		    job->items[i].text);
	return transit_batch_check(req, job->batch);
}

/* Vault 1.19: the text prints the number of no hash as a character. */
static bool
transit_hmac_read_hash(
    struct request *req, struct transit_hmac_job *job, const char *name)
{
	job->hash = transit_hash_by_name(name);
	return (job->hash && job->hash->openssl) ||
	    refuse(req, 400, "unsupported algorithm '\\x00'");
}

static bool
transit_hmac_decode_input(
    struct request *req, struct transit_hmac_item *item, struct slice *input)
{
	size_t bad;

	if (transit_decode_base64(req->arena, item->text[INPUT], input, &bad))
		return true;
	item->error = arena_printf(req->arena,
	    "unable to decode input as base64: illegal base64 data at input "
	    "byte %zu",
	    bad);
	return false;
}

static enum handler_result
transit_hmac_reply_batch(
    struct request *req, const struct transit_hmac_job *job)
{
	struct buf *out = &req->reply.data;

	buf_clear(out);
	buf_str(out, "{\"batch_results\":[");
	for (size_t i = 0; i < job->n; i++) {
		const struct transit_hmac_item *item = &job->items[i];

		buf_str(out, i ? ",{" : "{");
		transit_put_member(out, "hmac", item->made);
		/* Vault 1.19: only what is valid says so. */
		buf_str(out, item->valid ? "\"valid\":true," : "");
		transit_put_member(out, "error", item->error);
		transit_put_member(out, "reference",
		    item->text[REFERENCE] ? item->text[REFERENCE] : "");
		out->p[out->n - 1] = '}';
	}
	buf_str(out, "]}");
	return reply_written(req);
}

/* ---- making ---- */

static void
transit_hmac_make_item(struct request *req, const struct transit_hmac_job *job,
    const struct secret *key, int64_t version, struct transit_hmac_item *item)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	struct slice input;
	struct buf text;
	size_t n;

	if (!item->text[INPUT]) {
		item->error = "missing input for HMAC";
		return;
	}
	if (!transit_hmac_decode_input(req, item, &input))
		return;
	n = transit_hmac(key, job->hash, input, sum);
	if (n == 0) {
		item->error = "could not make the HMAC";
		return;
	}
	buf_init(&text, 0);
	buf_printf(&text, "vault:v%lld:", (long long)version);
	base64_encode(&text, sum, n);
	item->made = arena_strndup(req->arena, text.p, text.n);
	buf_release(&text);
}

/* The version to use. false: too old, the reply is written. */
static bool
transit_hmac_read_version(
    struct request *req, const struct transit_key *k, int64_t *version)
{
	*version = param_int(req, "key_version");
	if (*version == 0)
		*version = k->latest;
	if (*version == k->latest || k->min_encryption == 0 ||
	    *version >= k->min_encryption)
		return true;
	return refuse(req, 400,
	    "cannot generate HMAC: version is too old "
	    "(disallowed by policy)");
}

static enum handler_result
transit_hmac_make_all(struct request *req, struct transit_hmac_job *job,
    const struct secret *key, int64_t version)
{
	if (!transit_hmac_read_items(req, job))
		return HANDLED;
	if (!job->batch->given && !param_is_given(req, "input"))
		return fail(req, 400, "missing input for HMAC");
	if (!job->batch->given)
		job->items[0].text[INPUT] = param_str(req, "input");
	for (size_t i = 0; i < job->n; i++)
		transit_hmac_make_item(req, job, key, version, &job->items[i]);
	if (job->batch->given)
		return transit_hmac_reply_batch(req, job);
	if (job->items[0].error)
		return fail(req, 400, "%s", job->items[0].error);
	return reply_data(req, json_pack("{s:s}", "hmac", job->items[0].made));
}

static enum handler_result
transit_hmac_request(struct request *req)
{
	const char *name = param_capture(req, "urlalgorithm");
	struct transit_key *k = transit_request_key(req);
	struct transit_batch batch;
	struct transit_hmac_job job = { .batch = &batch };
	const struct secret *key;
	struct error e = { 0 };
	int64_t version;

	if (!k)
		return fail(req, 400, "encryption key not found");
	if (!transit_hmac_read_version(req, k, &version))
		return HANDLED;
	key = transit_hmac_key(k, version, &e);
	if (!key)
		return fail_error(req, &e);
	if (!transit_hmac_read_hash(
		req, &job, *name ? name : param_str(req, "algorithm")))
		return HANDLED;
	return transit_hmac_make_all(req, &job, key, version);
}

/* ---- verifying ---- */

static bool
transit_hmac_fail_item(struct transit_hmac_item *item, const char *error)
{
	item->error = error;
	return false;
}

/* "vault:vN:" and the sum. */
static bool
transit_hmac_split_versioned(struct request *req, const struct transit_key *k,
    struct transit_hmac_item *item, int64_t *version, struct slice *sum)
{
	const char *text = item->text[HMAC_TEXT], *colon;
	char *end;
	size_t bad;

	if (!starts_with(text, "vault:v"))
		return transit_hmac_fail_item(
		    item, "invalid HMAC to verify: no prefix");
	text += strlen("vault:v");
	colon = strchr(text, ':');
	if (!colon)
		return transit_hmac_fail_item(
		    item, "invalid HMAC: wrong number of fields");
	*version = strtoll(text, &end, 10);
	if (end != colon || end == text || *text == ' ')
		return transit_hmac_fail_item(item,
		    "invalid HMAC: version number could not "
		    "be decoded");
	if (!transit_decode_base64(req->arena, colon + 1, sum, &bad))
		return transit_hmac_fail_item(item,
		    arena_printf(req->arena,
			"unable to decode verification HMAC as base64: illegal "
			"base64 data at input byte %zu",
			bad));
	if (*version > k->latest)
		return transit_hmac_fail_item(
		    item, "invalid HMAC: version is too new");
	if (k->min_decryption > 0 && *version < k->min_decryption)
		return transit_hmac_fail_item(item,
		    "cannot verify HMAC: version is too old "
		    "(disallowed by policy)");
	return true;
}

static void
transit_hmac_verify_item(struct request *req, const struct transit_key *k,
    const struct transit_hmac_job *job, struct transit_hmac_item *item)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	const struct secret *key;
	struct slice input, given;
	struct error e = { 0 };
	int64_t version;

	if (!item->text[INPUT]) {
		item->error = "missing input";
		return;
	}
	if (!transit_hmac_decode_input(req, item, &input) ||
	    !transit_hmac_split_versioned(req, k, item, &version, &given))
		return;
	key = transit_hmac_key(k, version, &e);
	if (!key)
		item->error = arena_strdup(req->arena, e.text);
	else
		item->valid = given.n == (size_t)job->hash->size &&
		    transit_hmac(key, job->hash, input, sum) == given.n &&
		    CRYPTO_memcmp(sum, given.p, given.n) == 0;
}

/* The path's, else hash_algorithm, else algorithm. Until Vault 1.17 algorithm
 * alone. */
static const char *
transit_hmac_verify_hash_name(struct request *req)
{
	const char *name = param_capture(req, "urlalgorithm");

	if (*name)
		return name;
	if (!version_has(req->vault, VERSION_TRANSIT_HMAC_HASH))
		return param_str(req, "algorithm");
	if (param_is_given(req, "algorithm") &&
	    !param_is_given(req, "hash_algorithm"))
		return param_str(req, "algorithm");
	return param_str(req, "hash_algorithm");
}

enum handler_result
transit_verify_hmac(struct request *req)
{
	struct transit_key *k = transit_request_key(req);
	struct transit_batch batch;
	struct transit_hmac_job job = { .batch = &batch };

	if (!k)
		return fail(req, 400, "encryption key not found");
	if (!transit_hmac_read_hash(
		req, &job, transit_hmac_verify_hash_name(req)) ||
	    !transit_hmac_read_items(req, &job))
		return HANDLED;
	if (!batch.given) {
		job.items[0].text[INPUT] = param_str(req, "input");
		job.items[0].text[HMAC_TEXT] = param_str(req, "hmac");
	}
	for (size_t i = 0; i < job.n; i++)
		transit_hmac_verify_item(req, k, &job, &job.items[i]);
	if (batch.given)
		return transit_hmac_reply_batch(req, &job);
	if (job.items[0].error)
		return fail(req, 400, "%s", job.items[0].error);
	return reply_data(
	    req, json_pack("{s:b}", "valid", (int)job.items[0].valid));
}

static const struct param transit_hmac_params[] = {
	{ "algorithm", P_STRING, "\"sha2-256\"", "The hash function" },
	{ "batch_input", P_ANY, NULL, "A list of items" },
	{ "input", P_STRING, NULL, "What to hash, in base64" },
	{ "key_version", P_INT, NULL, "0 for the latest" },
	{ "name", P_STRING, NULL, "The key" },
	{ "urlalgorithm", P_PATH_STRING, NULL,
	    "The hash function, in the path" },
	PARAM_END,
};

const struct route transit_hmac_routes[] = {
	{ OP_WRITE, "hmac/{name}", 0, transit_hmac_params, transit_hmac_request,
	    NULL, "An HMAC with a key" },
	{ OP_WRITE, "hmac/{name}/{urlalgorithm:more}", 0, transit_hmac_params,
	    transit_hmac_request, NULL,
	    "An HMAC with a key and a hash function" },
	ROUTE_END,
};
