/*
 * Routes of transit that encrypt, decrypt and rewrap, alone or in a batch, and
 * data keys.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/transit/transit_common.h"
#include "secrets/transit/cipher.h"

#define NONCE_REFUSED "provided nonce not allowed for this key"

/* ---- items ---- */

enum {
	PLAINTEXT,
	CIPHERTEXT,
	CONTEXT,
	NONCE,
	ASSOCIATED,
	REFERENCE,
	PADDING,
	ENCRYPT_PADDING,
	DECRYPT_PADDING,
	ITEM_STRS
};

static const char *const transit_crypt_fields[ITEM_STRS + 1] = { "plaintext",
	"ciphertext", "context", "nonce", "associated_data", "reference",
	"padding_scheme", "encrypt_padding_scheme", "decrypt_padding_scheme",
	NULL };

/* Those that a batch of rewrap knows. */
static const char *const transit_rewrap_fields[ITEM_STRS + 1] = { "",
	"ciphertext", "context", "nonce", "", "reference", "",
	"encrypt_padding_scheme", "decrypt_padding_scheme", NULL };

struct transit_crypt_item {
	const char *text[ITEM_STRS]; /* NULL: absent */
	struct slice plain;	     /* decoded */
	struct transit_cipher_options how;
	const char *error; /* NULL: none */
	struct buf out;	   /* ciphertext, or the plaintext in base64 */
};

/* When an item's nonce is refused that the key does not take. */
enum transit_nonce_check {
	NONCE_FIRST,   /* before all else: encrypt */
	NONCE_LATER,   /* after the padding: rewrap */
	NONCE_IGNORED, /* never: decrypt */
};

/* What the three rows differ in. */
struct transit_crypt_mode {
	bool input_is_plaintext;
	bool output_is_plaintext;
	bool sets_batch_status; /* failed items change a batch's status */
	enum transit_nonce_check nonce;
	enum transit_batch_style style;
	const char *requires; /* names it in a batch; NULL: nothing */
	const char *const *fields;
	bool (*process)(struct request *req, struct transit_key *k,
	    struct transit_crypt_item *item, struct error *e);
};

struct transit_crypt_job {
	const struct transit_crypt_mode *mode;
	struct transit_batch batch;
	struct transit_crypt_item *items;
	size_t n;
	bool user_error, internal_error, success;
};

/* mapstructure's strictness: a number, not a text with digits. */
static void
transit_crypt_read_version(
    struct request *req, struct transit_crypt_job *job, size_t i)
{
	struct transit_batch *batch = &job->batch;
	struct slice v = jsontext_get(batch->items[i], "key_version");
	char *text, *end;

	if (!v.p || jsontext_kind(v) == 'n')
		return;
	text = arena_strndup(req->arena, v.p, v.n);
	if (jsontext_kind(v) != '0') {
		transit_batch_add_problem(req, batch,
		    "'[%zu].key_version' expected type 'int', got "
		    "unconvertible type '%s'%s",
		    i, jsontext_go_type(v),
		    batch->style == TRANSIT_BATCH_OWN
			? ""
			: arena_printf(req->arena, ", value: '%s'",
			      jsontext_go_print(req->arena, v)));
		return;
	}
	job->items[i].how.version = strtoll(text, &end, 10);
	if (*end)
		transit_batch_add_problem(req, batch,
		    "error decoding json.Number into [%zu].key_version: "
		    "strconv.ParseInt: parsing \"%s\": invalid syntax",
		    i, text);
}

/* Vault 1.19: a plaintext that is null is of the wrong type, not absent. */
static void
transit_crypt_check_required(
    struct request *req, struct transit_crypt_job *job, size_t i)
{
	const struct transit_crypt_mode *m = job->mode;
	const char *name =
	    transit_crypt_fields[m->input_is_plaintext ? PLAINTEXT
						       : CIPHERTEXT];
	struct slice v = jsontext_get(job->batch.items[i], name);

	if (!v.p)
		transit_batch_add_problem(
		    req, &job->batch, "'[%zu].%s' %s", i, name, m->requires);
	else if (jsontext_kind(v) == 'n' && m->input_is_plaintext)
		transit_batch_add_problem(req, &job->batch,
		    "'[%zu].%s' expected type 'string', got unconvertible type "
		    "'<nil>'",
		    i, name);
}

static bool
transit_crypt_read_batch(struct request *req, struct transit_crypt_job *job)
{
	job->n = job->batch.n;
	job->items = arena_zalloc(req->arena, job->n * sizeof(*job->items));
	for (size_t i = 0; i < job->n; i++) {
		transit_item_strs(
		    req, &job->batch, i, job->mode->fields, job->items[i].text);
		if (job->mode->requires)
			transit_crypt_check_required(req, job, i);
		transit_crypt_read_version(req, job, i);
	}
	return transit_batch_check(req, &job->batch);
}

static bool
transit_crypt_route_has_param(const struct request *req, const char *name)
{
	for (const struct param *p = req->route->params; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

static bool
transit_crypt_read_single(struct request *req, struct transit_crypt_job *job)
{
	struct transit_crypt_item *item = arena_zalloc(
	    req->arena, sizeof(*item));

	job->items = item;
	job->n = 1;
	for (int i = 0; i < ITEM_STRS; i++)
		if (transit_crypt_route_has_param(
			req, transit_crypt_fields[i]) &&
		    param_is_given(req, transit_crypt_fields[i]))
			item->text[i] = param_str(req, transit_crypt_fields[i]);
	if (transit_crypt_route_has_param(req, "key_version"))
		item->how.version = param_int(req, "key_version");
	if (job->mode->input_is_plaintext && !item->text[PLAINTEXT])
		return refuse(req, 400, "missing plaintext to encrypt");
	if (!job->mode->input_is_plaintext &&
	    (!item->text[CIPHERTEXT] || *item->text[CIPHERTEXT] == '\0'))
		return refuse(req, 400, "missing ciphertext to decrypt");
	return true;
}

static bool
transit_crypt_decode_str(struct request *req, struct transit_crypt_item *item,
    int which, struct slice *out)
{
	const char *text = item->text[which] ? item->text[which] : "";
	size_t bad;

	if (transit_decode_base64(req->arena, text, out, &bad))
		return true;
	item->error = arena_printf(
	    req->arena, "illegal base64 data at input byte %zu", bad);
	return false;
}

static bool
transit_crypt_item_has_context(const struct transit_crypt_item *item)
{
	return item->text[CONTEXT] && *item->text[CONTEXT];
}

/* false: a text of the item cannot be decoded. */
static bool
transit_crypt_decode_item(struct request *req,
    const struct transit_crypt_mode *m, struct transit_crypt_item *item)
{
	if (m->input_is_plaintext &&
	    !transit_crypt_decode_str(req, item, PLAINTEXT, &item->plain))
		return false;
	if (!m->input_is_plaintext &&
	    (!item->text[CIPHERTEXT] || *item->text[CIPHERTEXT] == '\0')) {
		item->error = "missing ciphertext to decrypt";
		return false;
	}
	item->how.associated_data = item->text[ASSOCIATED];
	return transit_crypt_decode_str(
		   req, item, CONTEXT, &item->how.context) &&
	    transit_crypt_decode_str(req, item, NONCE, &item->how.nonce);
}

static bool
transit_crypt_decode_items(struct request *req, struct transit_crypt_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		struct transit_crypt_item *item = &job->items[i];

		if (transit_crypt_item_has_context(item) !=
		    transit_crypt_item_has_context(&job->items[0]))
			return refuse(req, 400,
			    "context should be set either in all the "
			    "request blocks or in none");
		if (!transit_crypt_decode_item(req, job->mode, item))
			job->user_error = true;
	}
	return true;
}

/* ---- one item ---- */

/* Vault 1.19: only the first convergent scheme takes a nonce. */
static bool
transit_crypt_nonce_is_refused(
    const struct transit_key *k, const struct transit_crypt_item *item)
{
	return item->text[NONCE] && *item->text[NONCE] &&
	    !(k->type->kind == TRANSIT_AEAD && k->convergent &&
		k->convergent_version == 1);
}

static const char *
transit_crypt_read_padding(struct request *req, const struct transit_key *k,
    const char *scheme, bool *pkcs1)
{
	if (!version_has(req->vault, VERSION_TRANSIT_PADDING))
		scheme = NULL; /* an item's is ignored */
	*pkcs1 = scheme && strcmp(scheme, "pkcs1v15") == 0;
	if (!scheme || *scheme == '\0')
		return NULL;
	if (!*pkcs1 && strcmp(scheme, "oaep") != 0)
		return arena_printf(
		    req->arena, "unknown padding scheme: %s", scheme);
	if (k->type->kind != TRANSIT_RSA)
		return arena_printf(req->arena,
		    "unsupported key type %s for padding scheme",
		    k->type->name);
	return NULL;
}

/* What a key refuses of an item before it works. Vault 1.19: only encrypt's
 * refused nonce counts among a batch's failures. */
static bool
transit_crypt_check_item(struct request *req, struct transit_crypt_job *job,
    const struct transit_key *k, size_t i)
{
	struct transit_crypt_item *item = &job->items[i];
	int padding = job->mode->requires ? PADDING : DECRYPT_PADDING;
	bool nonce = transit_crypt_nonce_is_refused(k, item);
	const char *why;

	if (nonce && job->mode->nonce == NONCE_FIRST) {
		job->user_error = true;
		item->error = NONCE_REFUSED;
		return false;
	}
	why = transit_crypt_read_padding(
	    req, k, item->text[padding], &item->how.pkcs1);
	if (why)
		item->error = arena_printf(req->arena, "'[%zu].%s' invalid: %s",
		    i, transit_crypt_fields[padding], why);
	else if (item->text[ASSOCIATED] && *item->text[ASSOCIATED] &&
	    padding == PADDING && k->type->kind != TRANSIT_AEAD)
		item->error = arena_printf(req->arena,
		    "'[%zu].associated_data' provided for non-AEAD cipher "
		    "suite %s",
		    i, k->type->name);
	else if (nonce && job->mode->nonce == NONCE_LATER)
		item->error = NONCE_REFUSED;
	return !item->error;
}

static bool
transit_crypt_encrypt_item(struct request *req, struct transit_key *k,
    struct transit_crypt_item *item, struct error *e)
{
	return transit_encrypt(
	    k, req->vault->random, &item->how, item->plain, &item->out, e);
}

static bool
transit_crypt_decrypt_item(struct request *req, struct transit_key *k,
    struct transit_crypt_item *item, struct error *e)
{
	struct buf plain;
	bool ok;

	(void)req;
	buf_init(&plain, 0);
	ok = transit_decrypt(
	    k, &item->how, slice_of(item->text[CIPHERTEXT]), &plain, e);
	base64_encode(&item->out, plain.p, plain.n);
	buf_wipe(&plain);
	return ok;
}

/* Vault 1.19: associated data are not looked at here. */
static bool
transit_crypt_rewrap_item(struct request *req, struct transit_key *k,
    struct transit_crypt_item *item, struct error *e)
{
	struct transit_cipher_options how = item->how;
	struct buf plain;
	const char *why;
	bool ok;

	how.associated_data = NULL;
	buf_init(&plain, 0);
	ok = transit_decrypt(
	    k, &how, slice_of(item->text[CIPHERTEXT]), &plain, e);
	why = transit_crypt_read_padding(
	    req, k, item->text[ENCRYPT_PADDING], &how.pkcs1);
	if (ok && why)
		ok = error_set(
		    e, 400, "'[0].encrypt_padding_scheme' invalid: %s", why);
	if (ok)
		ok = transit_encrypt(k, req->vault->random, &how,
		    (struct slice){ plain.n ? plain.p : "", plain.n },
		    &item->out, e);
	buf_wipe(&plain);
	return ok;
}

/* false: the whole request ends, by a rewrap that failed within. */
static bool
transit_crypt_process_item(struct request *req, struct transit_crypt_job *job,
    struct transit_key *k, size_t i)
{
	struct transit_crypt_item *item = &job->items[i];
	struct error e = { 0 };

	buf_init(&item->out, 0);
	if (item->error || !transit_crypt_check_item(req, job, k, i))
		return true;
	if (job->mode->process(req, k, item, &e)) {
		job->success = true;
		return true;
	}
	if (!job->mode->sets_batch_status && e.status == 500)
		return refuse_error(req, &e);
	item->error = arena_strdup(req->arena, e.text);
	if (e.status == 500)
		job->internal_error = true;
	else
		job->user_error = true;
	return true;
}

/* ---- the answer ---- */

static int64_t
transit_crypt_version_used(
    const struct transit_key *k, const struct transit_crypt_item *item)
{
	return item->how.version ? item->how.version : k->latest;
}

static void
transit_crypt_put_quoted(
    struct buf *out, const char *name, const struct buf *text)
{
	buf_char(out, '"');
	buf_str(out, name);
	buf_str(out, "\":\"");
	buf_add(out, text->p, text->n); /* base64 and "vault:vN:" */
	buf_char(out, '"');
}

static void
transit_crypt_put_item(struct buf *out, const struct transit_crypt_job *job,
    const struct transit_key *k, const struct transit_crypt_item *item)
{
	const char *reference = item->text[REFERENCE];

	buf_char(out, '{');
	if (job->mode->output_is_plaintext) {
		transit_crypt_put_quoted(out, "plaintext", &item->out);
		buf_char(out, ',');
	} else if (!item->error) {
		transit_crypt_put_quoted(out, "ciphertext", &item->out);
		buf_printf(out, ",\"key_version\":%lld,",
		    (long long)transit_crypt_version_used(k, item));
	}
	transit_put_member(out, "error", item->error);
	transit_put_member(out, "reference", reference ? reference : "");
	out->p[out->n - 1] = '}';
}

static enum handler_result
transit_crypt_reply_batch_status(
    struct request *req, const struct transit_crypt_job *job)
{
	int code = job->user_error ? 400 : 500;
	int64_t wanted = param_int(req, "partial_failure_response_code");

	if (!job->user_error && !job->internal_error)
		return reply_written(req);
	if (param_is_given(req, "partial_failure_response_code") &&
	    job->success) {
		if (wanted < 1 || wanted > 599)
			reply_warn(req,
			    "invalid HTTP response code override from "
			    "partial_failure_response_code, reverting "
			    "to %d",
			    code);
		else
			code = (int)wanted;
	}
	return reply_forced_written(req, code);
}

static enum handler_result
transit_crypt_reply_batch(struct request *req,
    const struct transit_crypt_job *job, const struct transit_key *k)
{
	struct buf *out = &req->reply.data;

	buf_clear(out);
	buf_str(out, "{\"batch_results\":[");
	for (size_t i = 0; i < job->n; i++) {
		if (i)
			buf_char(out, ',');
		transit_crypt_put_item(out, job, k, &job->items[i]);
	}
	buf_str(out, "]}");
	return job->mode->sets_batch_status
	    ? transit_crypt_reply_batch_status(req, job)
	    : reply_written(req);
}

static enum handler_result
transit_crypt_reply_single(struct request *req,
    const struct transit_crypt_job *job, const struct transit_key *k)
{
	const struct transit_crypt_item *item = job->items;
	struct buf *out = &req->reply.data;

	if (item->error && job->internal_error)
		return fail_wrapped(req, 500, "%s", item->error);
	if (item->error)
		return fail(req, 400, "%s", item->error);
	buf_clear(out);
	buf_char(out, '{');
	if (job->mode->output_is_plaintext) {
		transit_crypt_put_quoted(out, "plaintext", &item->out);
	} else {
		transit_crypt_put_quoted(out, "ciphertext", &item->out);
		buf_printf(out, ",\"key_version\":%lld",
		    (long long)transit_crypt_version_used(k, item));
	}
	buf_char(out, '}');
	return reply_written(req);
}

static enum handler_result
transit_crypt_process_all(
    struct request *req, struct transit_crypt_job *job, struct transit_key *k)
{
	enum handler_result v = HANDLED;
	size_t done = 0;
	bool ok = true;

	while (done < job->n && ok)
		ok = transit_crypt_process_item(req, job, k, done++);
	if (ok)
		v = job->batch.given ? transit_crypt_reply_batch(req, job, k)
				     : transit_crypt_reply_single(req, job, k);
	for (size_t i = 0; i < done; i++)
		buf_wipe(&job->items[i].out);
	return v;
}

static bool
transit_crypt_read_request(struct request *req, struct transit_crypt_job *job)
{
	return transit_batch_read(req, job->mode->style, &job->batch) &&
	    (job->batch.given ? transit_crypt_read_batch(req, job)
			      : transit_crypt_read_single(req, job)) &&
	    transit_crypt_decode_items(req, job);
}

static enum handler_result
transit_crypt_handle(struct request *req, const struct transit_crypt_mode *mode)
{
	struct transit_crypt_job job = { .mode = mode };
	struct transit_key *k;

	if (!transit_crypt_read_request(req, &job))
		return HANDLED;
	k = transit_request_key(req);
	if (!k)
		return fail(req, 400, "encryption key not found");
	return transit_crypt_process_all(req, &job, k);
}

/* ---- encrypting with a key that is not there yet ---- */

static bool
transit_crypt_key_exists(struct request *req)
{
	return transit_request_key(req) != NULL;
}

static bool
transit_crypt_check_upsert(struct request *req,
    const struct transit_crypt_job *job, const struct transit_type **type)
{
	const char *name = param_str(req, "type");

	*type = transit_type_by_name(name);
	if (param_bool(req, "convergent_encryption") &&
	    !transit_crypt_item_has_context(&job->items[0]))
		return refuse(req, 400,
		    "convergent encryption requires derivation to be enabled, "
		    "so context is required");
	if (*type && (*type)->kind == TRANSIT_AEAD)
		return true;
	if (*type && (*type)->kind == TRANSIT_EC)
		return refuse(req, 400,
		    "key type %s not supported for this operation", name);
	return refuse(req, 400, "unknown key type %s", name);
}

/* Makes the key that encrypt/ names, since there is none, and encrypts with it.
 * Vault 1.19: the key stays, whatever becomes of the items. */
static enum handler_result
transit_crypt_encrypt_upsert(struct request *req, struct transit_crypt_job *job)
{
	const struct transit_type *type = NULL;
	struct transit_config c;
	struct transit_key *k;
	struct error e = { 0 };
	enum handler_result v;

	if (!transit_crypt_check_upsert(req, job, &type))
		return HANDLED;
	transit_config_get(req->vault, req->mount, &c);
	if (c.disable_upsert)
		return fail(req, 400, "encryption key not found");
	k = transit_key_new(param_capture(req, "name"), type);
	k->derived = transit_crypt_item_has_context(&job->items[0]);
	k->kdf = k->derived ? TRANSIT_KDF_HKDF : TRANSIT_KDF_COUNTER;
	k->convergent = param_bool(req, "convergent_encryption");
	k->convergent_version = k->convergent ? -1 : 0;
	if (!transit_key_rotate(k, req->vault->random, req->started_ns, &e)) {
		transit_key_free(k);
		return fail_error(req, &e);
	}
	transit_key_save(req->vault, req->mount, k);
	store_keep_request_writes(req->vault->store);
	v = transit_crypt_process_all(req, job, k);
	transit_key_free(k);
	return v;
}

static const struct transit_crypt_mode transit_encrypt_mode = {
	.input_is_plaintext = true,
	.sets_batch_status = true,
	.nonce = NONCE_FIRST,
	.style = TRANSIT_BATCH_OWN,
	.requires = "missing plaintext to encrypt",
	.fields = transit_crypt_fields,
	.process = transit_crypt_encrypt_item,
};

static const struct transit_crypt_mode transit_decrypt_mode = {
	.output_is_plaintext = true,
	.sets_batch_status = true,
	.nonce = NONCE_IGNORED,
	.style = TRANSIT_BATCH_OWN,
	.requires = "missing ciphertext to decrypt",
	.fields = transit_crypt_fields,
	.process = transit_crypt_decrypt_item,
};

static const struct transit_crypt_mode transit_rewrap_mode = {
	.nonce = NONCE_LATER,
	.style = TRANSIT_BATCH_STRUCT,
	.fields = transit_rewrap_fields,
	.process = transit_crypt_rewrap_item,
};

static enum handler_result
transit_encrypt_request(struct request *req)
{
	struct transit_crypt_job job = { .mode = &transit_encrypt_mode };
	struct transit_key *k;

	if (!transit_crypt_read_request(req, &job))
		return HANDLED;
	k = transit_request_key(req);
	return k ? transit_crypt_process_all(req, &job, k)
		 : transit_crypt_encrypt_upsert(req, &job);
}

static enum handler_result
transit_decrypt_request(struct request *req)
{
	return transit_crypt_handle(req, &transit_decrypt_mode);
}

static enum handler_result
transit_rewrap_request(struct request *req)
{
	return transit_crypt_handle(req, &transit_rewrap_mode);
}

/* ---- data keys ---- */

static bool
transit_datakey_size(int64_t bits, size_t *n)
{
	*n = (size_t)bits / 8;
	return bits == 128 || bits == 256 || bits == 512;
}

static enum handler_result
transit_datakey_reply(struct request *req, const struct transit_key *k,
    const struct transit_crypt_item *item, const uint8_t *key, size_t n,
    bool plain)
{
	struct buf *out = &req->reply.data;

	buf_clear(out);
	buf_char(out, '{');
	transit_crypt_put_quoted(out, "ciphertext", &item->out);
	buf_printf(out, ",\"key_version\":%lld",
	    (long long)transit_crypt_version_used(k, item));
	if (plain) {
		buf_str(out, ",\"plaintext\":\"");
		base64_encode(out, key, n);
		buf_char(out, '"');
	}
	buf_char(out, '}');
	return reply_written(req);
}

static enum handler_result
transit_datakey_make(struct request *req, struct transit_key *k,
    struct transit_crypt_item *item, size_t n, bool plain)
{
	uint8_t key[64];
	struct error e = { 0 };
	enum handler_result v;

	random_bytes(req->vault->random, key, n);
	buf_init(&item->out, 0);
	item->plain = (struct slice){ (const char *)key, n };
	/* Vault 1.19: a nonce is refused when the work is done. */
	if (!transit_crypt_encrypt_item(req, k, item, &e))
		v = fail_error(req, &e);
	else if (transit_crypt_nonce_is_refused(k, item))
		v = fail_wrapped(req, 500, "%s", NONCE_REFUSED);
	else
		v = transit_datakey_reply(req, k, item, key, n, plain);
	OPENSSL_cleanse(key, sizeof(key));
	buf_wipe(&item->out);
	return v;
}

/* A new random key of 128, 256 or 512 bits, encrypted, and with "plaintext" in
 * the path also as it is. */
static enum handler_result
transit_datakey_request(struct request *req)
{
	const char *kind = param_capture(req, "plaintext"), *why;
	struct transit_crypt_item item = { .text[CONTEXT] = param_str(
					       req, "context"),
		.text[NONCE] = param_str(req, "nonce"),
		.how.version = param_int(req, "key_version") };
	bool plain = strcmp(kind, "plaintext") == 0;
	struct transit_key *k;
	size_t n;

	if (!plain && strcmp(kind, "wrapped") != 0)
		return fail(req, 400,
		    "Invalid path, must be 'plaintext' or "
		    "'wrapped'");
	if (!transit_crypt_decode_str(req, &item, CONTEXT, &item.how.context))
		return fail(req, 400, "failed to base64-decode context");
	if (!transit_crypt_decode_str(req, &item, NONCE, &item.how.nonce))
		return fail(req, 400, "failed to base64-decode nonce");
	k = transit_request_key(req);
	if (!k)
		return fail(req, 400, "encryption key not found");
	if (!transit_datakey_size(param_int(req, "bits"), &n))
		return fail(req, 400, "invalid bit length");
	why = transit_crypt_read_padding(
	    req, k, param_str(req, "padding_scheme"), &item.how.pkcs1);
	if (why)
		return fail(
		    req, 400, "padding_scheme argument invalid: %s", why);
	return transit_datakey_make(req, k, &item, n, plain);
}

#define NAME_OF_KEY                               \
	{                                         \
		"name", P_STRING, NULL, "The key" \
	}
#define BATCH                                                 \
	{                                                     \
		"batch_input", P_ANY, NULL, "A list of items" \
	}
#define DERIVED                                                       \
	{                                                             \
		"context", P_STRING, NULL, "Context of a derived key" \
	}
#define GIVEN_NONCE                                                \
	{                                                          \
		"nonce", P_STRING, NULL, "For keys of Vault 0.6.1" \
	}
#define VERSION                                                \
	{                                                      \
		"key_version", P_INT, NULL, "0 for the latest" \
	}
#define AEAD_DATA                                  \
	{                                          \
		"associated_data", P_STRING, NULL, \
		    "Authenticated with the text"  \
	}
#define PARTIAL                                               \
	{                                                     \
		"partial_failure_response_code", P_INT, NULL, \
		    "Status when some items of a batch fail"  \
	}
#define PADDING_OF(name)                                                  \
	{                                                                 \
		name, P_VERSION(P_STRING, VERSION_TRANSIT_PADDING), NULL, \
		    "RSA: oaep or pkcs1v15"                               \
	}

static const struct param transit_encrypt_params[] = {
	AEAD_DATA,
	BATCH,
	DERIVED,
	{ "convergent_encryption", P_BOOL, NULL, "For a key made here" },
	VERSION,
	NAME_OF_KEY,
	GIVEN_NONCE,
	PADDING_OF("padding_scheme"),
	PARTIAL,
	{ "plaintext", P_STRING, NULL, "What to encrypt, in base64" },
	{ "type", P_STRING, "\"aes256-gcm96\"", "For a key made here" },
	PARAM_END,
};

static const struct param transit_decrypt_params[] = {
	AEAD_DATA,
	BATCH,
	{ "ciphertext", P_STRING, NULL, "What to decrypt" },
	DERIVED,
	NAME_OF_KEY,
	GIVEN_NONCE,
	PADDING_OF("padding_scheme"),
	PARTIAL,
	PARAM_END,
};

static const struct param transit_rewrap_params[] = {
	BATCH,
	{ "ciphertext", P_STRING, NULL, "What to encrypt anew" },
	DERIVED,
	PADDING_OF("decrypt_padding_scheme"),
	PADDING_OF("encrypt_padding_scheme"),
	VERSION,
	NAME_OF_KEY,
	GIVEN_NONCE,
	PARAM_END,
};

static const struct param transit_datakey_params[] = {
	{ "bits", P_INT, "256", "128, 256 or 512" },
	DERIVED,
	VERSION,
	NAME_OF_KEY,
	GIVEN_NONCE,
	PADDING_OF("padding_scheme"),
	PARAM_END,
};

const struct route transit_crypt_routes[] = {
	{ OP_WRITE, "rewrap/{name}", 0, transit_rewrap_params,
	    transit_rewrap_request, NULL,
	    "Encrypt a ciphertext with the latest version" },
	{ OP_WRITE, "encrypt/{name}", 0, transit_encrypt_params,
	    transit_encrypt_request, transit_crypt_key_exists,
	    "Encrypt with a key" },
	{ OP_WRITE, "decrypt/{name}", 0, transit_decrypt_params,
	    transit_decrypt_request, NULL, "Decrypt with a key" },
	{ OP_WRITE, "datakey/{plaintext}/{name}", 0, transit_datakey_params,
	    transit_datakey_request, NULL, "A new key, encrypted with a key" },
	ROUTE_END,
};
