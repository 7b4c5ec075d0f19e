/*
 * Revocation lists of a client's own making: signed as it says, or combined
 * from others of the same issuer. Nothing of them is kept.
 */
#include "core/crypto/crypto_error.h"
#include "secrets/pki/pki_common.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/text.h"

struct crl_request {
	struct x509_crl crl;
	const struct pki_issuer *issuer;
	bool der; /* the answer is DER in base64 */
};

/* ---- what both are asked ---- */

static bool
crl_request_read_format(
    struct request *req, struct crl_request *c, struct error *e)
{
	const char *format = param_str(req, "format");

	c->der = strcasecmp(format, "der") == 0;
	return c->der || strcasecmp(format, "pem") == 0 ||
	    error_set(e, 400, "unknown format value of %s", format);
}

/* Numbers and times. Vault 1.19: the order of the checks is the same for both
 * endpoints, but for the format's. */
static bool
crl_request_read_numbers(
    struct request *req, struct crl_request *c, struct error *e)
{
	int64_t now_ns = vault_now(req->vault), life_ns;
	const char *problem = duration_parse_why(
	    req->arena, param_str(req, "next_update"), &life_ns);

	if (problem)
		return error_set(
		    e, 400, "invalid value for next_update: %s", problem);
	if (life_ns <= 0)
		return error_set(
		    e, 400, "next_update parameter must be greater than 0");
	c->crl.number = param_int(req, "crl_number");
	if (c->crl.number < 0)
		return error_set(
		    e, 400, "crl_number parameter must be 0 or greater");
	c->crl.delta_base = param_int(req, "delta_crl_base_number");
	if (c->crl.delta_base < -1)
		return error_set(e, 400,
		    "delta_crl_base_number parameter must be -1 or greater");
	c->crl.this_update_s = now_ns / NSEC_PER_SEC;
	c->crl.next_update_s = time_after_ns(now_ns, life_ns) / NSEC_PER_SEC;
	return true;
}

static bool
crl_request_find_issuer(
    struct request *req, struct crl_request *c, struct error *e)
{
	const char *ref = param_capture(req, "issuer_ref");
	struct error why = { 0 };
	const struct pki_issuer *i = pki_issuer_find(
	    req->vault, req->mount, ref, &why);
	char lack[PKI_LACKS_USAGE_MAX];

	if (!i)
		return error_set(e, 400,
		    "failed to resolve issuer issuer_ref: %s", why.text);
	if (!(i->usage & PKI_CRL_SIGNING))
		return error_set(e, 400, "%s",
		    pki_issuer_lacks_usage(
			lack, sizeof(lack), i, PKI_CRL_SIGNING));
	if (!i->key)
		return error_set(e, 400,
		    "unable to fetch corresponding key for issuer %s; unable "
		    "to use this issuer for signing",
		    i->id);
	c->issuer = i;
	c->crl.algorithm = x509_algorithm_by_name(i->revocation_algorithm);
	return true;
}

static enum handler_result
crl_request_reply(struct request *req, struct crl_request *c)
{
	struct error e = { 0 };
	int n;
	uint8_t *der = x509_crl_make(
	    c->issuer->cert, c->issuer->key->key, &c->crl, &n, &e);
	char *text;

	if (!der)
		return fail_error(req, &e);
	text = c->der ? x509_base64(req->arena, der, (size_t)n)
		      : arena_printf(req->arena, "%s\n",
			    x509_pem(req->arena, "X509 CRL", der, (size_t)n));
	free(der);
	return reply_data(req, json_pack("{s:s}", "crl", text));
}

/* ---- sign-revocation-list ---- */

/* A member's text; a number gives its digits. false: neither. */
static bool
crl_member_text(
    struct request *req, struct slice object, const char *name, char **out)
{
	struct slice v = jsontext_get(object, name);

	if (v.p && jsontext_kind(v) == '"')
		*out = jsontext_string(req->arena, v, NULL);
	else if (v.p && jsontext_kind(v) == '0')
		*out = arena_strndup(req->arena, v.p, v.n);
	else
		return false;
	return true;
}

static bool
crl_has_member(struct slice object, const char *name)
{
	return jsontext_get(object, name).p != NULL;
}

#define NOT_A_STRING                                             \
	"'%s' field value was not a string: value could not be " \
	"parsed as string"

/* Reads "id" of an extension, an object identifier. false with e when it is
 * none, or one that Vault sets itself. */
static bool
crl_read_oid(struct request *req, struct slice object,
    struct x509_extension *out, struct error *e)
{
	static const struct {
		const char *oid, *name;
	} reserved[] = {
		{ "2.5.29.35", "authority key" },
		{ "2.5.29.20", "crl number" },
		{ "2.5.29.27", "delta crl" },
	};
	char *text, *part, *end;
	int i = 0;

	if (!crl_has_member(object, "id"))
		return error_set(e, 400, "missing id field");
	if (!crl_member_text(req, object, "id", &text))
		return error_set(e, 400, NOT_A_STRING, "id");
	if (*text == '\0')
		return error_set(e, 400, "zero length object identifier");
	out->oid = text;
	for (part = text;; part = end + 1, i++) {
		size_t n = strcspn(part, ".");

		end = part + n;
		if (n == 0 || n > 9 || strspn(part, "0123456789") < n)
			return error_set(e, 400,
			    "failed parsing asn1 index element %d value %.*s: "
			    "strconv.Atoi: parsing \"%.*s\": invalid syntax",
			    i, (int)n, part, (int)n, part);
		if (*end == '\0')
			break;
	}
	for (size_t k = 0; k < sizeof(reserved) / sizeof(reserved[0]); k++)
		if (strcmp(reserved[k].oid, text) == 0)
			return error_set(e, 400,
			    "%s object identifier (%s) is reserved",
			    reserved[k].name, text);
	return true;
}

/* Reads one extension: id, critical, value. Its bytes are in the arena. */
static bool
crl_read_extension(struct request *req, struct slice object,
    struct x509_extension *out, struct error *e)
{
	struct slice critical = jsontext_get(object, "critical"), value;
	char *text;
	size_t bad;
	struct buf bytes;
	bool ok;

	if (!crl_read_oid(req, object, out, e))
		return false;
	if (critical.p && jsontext_kind(critical) == '"') {
		text = jsontext_string(req->arena, critical, NULL);
		if (*text && !parse_bool_go(text, &out->critical))
			return error_set(e, 400,
			    "critical field value failed to be parsed: "
			    "strconv.ParseBool: parsing \"%s\": invalid syntax",
			    text);
	} else {
		out->critical = critical.p && jsontext_kind(critical) == 't';
	}
	if (!crl_has_member(object, "value"))
		return error_set(e, 400, "missing 'value' field");
	if (!crl_member_text(req, object, "value", &text))
		return error_set(e, 400, NOT_A_STRING, "value");
	buf_init(&bytes, 0);
	ok = base64_decode(&bytes, text, strlen(text), &bad);
	value.n = bytes.n;
	value.p = arena_strndup(req->arena, bytes.n ? bytes.p : "", bytes.n);
	buf_release(&bytes);
	out->value = (const uint8_t *)value.p;
	out->n = value.n;
	return ok ||
	    error_set(e, 400,
		"failed base64 decoding 'value' field: illegal base64 data at "
		"input byte %zu",
		bad);
}

/* Reads a list of extensions into *out, *n of them. An absent list is empty.
 * false with e when an id stands there twice. */
static bool
crl_read_extensions(struct request *req, struct slice list,
    struct x509_extension **out, size_t *n, struct error *e)
{
	struct slice *items = NULL;

	*n = 0;
	*out = NULL;
	if (!list.p || jsontext_kind(list) == 'n' ||
	    (jsontext_kind(list) == '"' && list.n == 2))
		return true;
	if (jsontext_kind(list) != '[')
		return error_set(
		    e, 400, "'extensions' field did not contain a slice");
	*n = jsontext_elements(req->arena, list, &items);
	*out = arena_zalloc(req->arena, (*n + 1) * sizeof(**out));
	for (size_t i = 0; i < *n; i++) {
		struct error why = { 0 };

		if (jsontext_kind(items[i]) != '{')
			return error_set(
			    e, 400, "extension entry %zu not a map", i);
		if (!crl_read_extension(req, items[i], &(*out)[i], &why))
			return error_set(e, 400,
			    "failed parsing extension entry %zu: %s", i,
			    why.text);
		for (size_t k = 0; k < i; k++)
			if (strcmp((*out)[k].oid, (*out)[i].oid) == 0)
				return error_set(e, 400,
				    "duplicate extension id: %s",
				    (*out)[i].oid);
	}
	return true;
}

/* Hex digits with any of ":.- " between them. */
static bool
crl_read_serial(
    struct request *req, struct slice object, const char **out, struct error *e)
{
	char *text, *to;
	uint8_t *bytes;

	if (!crl_has_member(object, "serial_number"))
		return error_set(e, 400, "missing 'serial_number' field");
	if (!crl_member_text(req, object, "serial_number", &text))
		return error_set(e, 400, NOT_A_STRING, "serial_number");
	to = text;
	for (const char *p = text; *p; p++)
		if (!strchr(":.- ", *p))
			*to++ = *p;
	*to = '\0';
	*out = text;
	for (const char *p = text; *p; p++)
		if (!strchr("0123456789abcdefABCDEF", *p))
			return error_set(e, 400,
			    "'serial_number' failed converting to bytes: "
			    "encoding/hex: invalid byte: U+%04X '%c'",
			    (unsigned char)*p, *p);
	bytes = arena_alloc(req->arena, strlen(text) / 2 + 1);
	return hex_decode(text, strlen(text), bytes) >= 0 ||
	    error_set(e, 400,
		"'serial_number' failed converting to bytes: encoding/hex: odd "
		"length hex string");
}

/* RFC 3339, or seconds since 1970 as a number or its digits. */
static bool
crl_read_time(
    struct request *req, struct slice object, int64_t *out_s, struct error *e)
{
	struct slice v = jsontext_get(object, "revocation_time");
	char *text = NULL, *end;
	int64_t ns;

	if (!v.p)
		return error_set(e, 400, "missing 'revocation_time' field");
	if (crl_member_text(req, object, "revocation_time", &text)) {
		*out_s = strtoll(text, &end, 10);
		if (*text && *end == '\0')
			return true;
		if (rfc3339_parse(text, &ns)) {
			*out_s = ns / NSEC_PER_SEC;
			return true;
		}
	}
	return error_set(e, 400,
	    "failed parsing time %s: could not parse as a time",
	    text ? text : jsontext_go_print(req->arena, v));
}

/* Vault 1.19: what is no object is passed over. */
static bool
crl_read_revoked(struct request *req, struct crl_request *c, struct error *e)
{
	struct slice list = param_raw(req, "revoked_certs"), *items = NULL;
	struct crl_entry *entries;
	size_t n = 0, kept = 0;

	if (list.p && jsontext_kind(list) == '[')
		n = jsontext_elements(req->arena, list, &items);
	entries = arena_zalloc(req->arena, (n + 1) * sizeof(*entries));
	for (size_t i = 0; i < n; i++) {
		struct crl_entry *it = &entries[kept];
		struct x509_extension *more;
		struct error why = { 0 };
		const char *part = NULL;

		if (jsontext_kind(items[i]) != '{')
			continue;
		if (!crl_read_serial(req, items[i], &it->serial, &why))
			part = "serial_number";
		else if (!crl_read_time(req, items[i], &it->revoked_s, &why))
			part = "revocation_time";
		else if (!crl_read_extensions(req,
			     jsontext_get(items[i], "extensions"), &more,
			     &it->nextensions, &why))
			part = "extensions";
		if (part)
			return error_set(e, 400,
			    "failed parsing %s from entry %zu: %s", part, i,
			    why.text);
		it->extensions = more;
		kept++;
	}
	c->crl.entries = entries;
	c->crl.nentries = kept;
	return true;
}

static enum handler_result
pki_crl_sign_list(struct request *req)
{
	struct crl_request c = { 0 };
	struct x509_extension *more;
	struct error e = { 0 };

	if (!crl_request_read_numbers(req, &c, &e) ||
	    !crl_request_read_format(req, &c, &e) ||
	    !crl_read_revoked(req, &c, &e) ||
	    !crl_read_extensions(req, param_raw(req, "extensions"), &more,
		&c.crl.nextensions, &e) ||
	    !crl_request_find_issuer(req, &c, &e))
		return fail_error(req, &e);
	c.crl.extensions = more;
	return crl_request_reply(req, &c);
}

/* ---- resign-crls ---- */

struct crl_list {
	X509_CRL **items;
	size_t n;
};

/* Decodes the lists of the parameter crls. The caller frees those that were
 * read, also after false. */
static bool
crl_list_read(struct request *req, struct crl_list *all, struct error *e)
{
	int n;
	char **pems = param_strings(req, "crls", &n);

	all->items = arena_zalloc(
	    req->arena, ((size_t)n + 1) * sizeof(X509_CRL *));
	for (int i = 0; i < n; i++) {
		const char *text = pems[i];
		struct pem_block block;
		bool rest;
		bool found = pem_next(req->arena, &text, &block, &rest);

		if (!found || *text) {
			if (found)
				pem_block_free(&block);
			return error_set(e, 400,
			    "failed decoding crl %d: invalid crl; should be "
			    "one PEM block only",
			    i);
		}
		all->items[i] = x509_crl_from_der(block.der, (size_t)block.n);
		pem_block_free(&block);
		if (!all->items[i])
			return error_set(e, 400,
			    "failed decoding crl %d: x509: malformed crl", i);
		all->n++;
	}
	return true;
}

static int64_t
crl_revoked_time(const X509_REVOKED *r)
{
	struct tm tm;

	return ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(r), &tm) == 1
	    ? (int64_t)timegm(&tm)
	    : 0;
}

/* An entry, and where it stood among all. */
struct crl_placed {
	struct crl_entry entry;
	size_t place;
};

static int
crl_compare_serials(const void *a, const void *b)
{
	const struct crl_placed *x = a, *y = b;
	int by = strcmp(x->entry.serial, y->entry.serial);

	return by ? by : (x->place > y->place) - (x->place < y->place);
}

static int
crl_compare_places(const void *a, const void *b)
{
	const struct crl_placed *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* All entries of all lists, *n of them. */
static struct crl_placed *
crl_list_collect(struct request *req, const struct crl_list *all, size_t *n)
{
	struct crl_placed *placed;
	size_t most = 0;

	for (size_t i = 0; i < all->n; i++) {
		STACK_OF(X509_REVOKED) *r = X509_CRL_get_REVOKED(all->items[i]);

		most += r ? (size_t)sk_X509_REVOKED_num(r) : 0;
	}
	placed = arena_zalloc(req->arena, (most + 1) * sizeof(*placed));
	*n = 0;
	for (size_t i = 0; i < all->n; i++) {
		STACK_OF(X509_REVOKED) *r = X509_CRL_get_REVOKED(all->items[i]);

		for (int k = 0; r && k < sk_X509_REVOKED_num(r); k++) {
			X509_REVOKED *it = sk_X509_REVOKED_value(r, k);
			struct crl_placed *to = &placed[*n];

			to->entry.serial = x509_integer_str(
			    req->arena, X509_REVOKED_get0_serialNumber(it));
			to->entry.revoked_s = crl_revoked_time(it);
			to->place = (*n)++;
		}
	}
	return placed;
}

/* Each serial once, with the oldest of its times, where it first stood. */
static void
crl_list_merge(
    struct request *req, const struct crl_list *all, struct x509_crl *crl)
{
	struct crl_entry *entries;
	size_t n, kept = 0;
	struct crl_placed *placed = crl_list_collect(req, all, &n);

	qsort(placed, n, sizeof(*placed), crl_compare_serials);
	for (size_t i = 0; i < n; i++) {
		struct crl_entry *it = &placed[i].entry, *last;

		last = kept ? &placed[kept - 1].entry : NULL;
		if (!last || strcmp(last->serial, it->serial) != 0) {
			placed[kept++] = placed[i];
			continue;
		}
		if (last->revoked_s == it->revoked_s)
			continue;
		reply_warn(req,
		    "Duplicate serial %s with different revocation times "
		    "detected, using oldest revocation time",
		    it->serial);
		if (it->revoked_s < last->revoked_s)
			last->revoked_s = it->revoked_s;
	}
	qsort(placed, kept, sizeof(*placed), crl_compare_places);
	entries = arena_zalloc(req->arena, (kept + 1) * sizeof(*entries));
	for (size_t i = 0; i < kept; i++)
		entries[i] = placed[i].entry;
	crl->entries = entries;
	crl->nentries = kept;
}

static bool
crl_list_is_issuers(const struct crl_list *all, const struct pki_issuer *issuer,
    struct error *e)
{
	for (size_t i = 0; i < all->n; i++) {
		bool ok = X509_CRL_verify(all->items[i],
			      X509_get0_pubkey(issuer->cert)) == 1;

		crypto_clear_errors();
		if (!ok)
			return error_set(e, 400,
			    "CRL index: %zu was not signed by requested issuer",
			    i);
	}
	return true;
}

static enum handler_result
pki_crl_resign(struct request *req)
{
	struct crl_request c = { 0 };
	struct crl_list all = { 0 };
	struct error e = { 0 };
	enum handler_result v;

	if (crl_request_read_format(req, &c, &e) &&
	    crl_request_read_numbers(req, &c, &e) &&
	    crl_list_read(req, &all, &e) &&
	    crl_request_find_issuer(req, &c, &e) &&
	    crl_list_is_issuers(&all, c.issuer, &e)) {
		crl_list_merge(req, &all, &c.crl);
		v = crl_request_reply(req, &c);
	} else {
		v = fail_error(req, &e);
	}
	for (size_t i = 0; i < all.n; i++)
		X509_CRL_free(all.items[i]);
	return v;
}

/* ---- a mount's own ---- */

static enum handler_result
pki_crl_rotate(struct request *req)
{
	struct error e = { 0 };

	if (!pki_crl_rebuild(req->vault, req->mount, &e))
		return fail_error(req, &e);
	return reply_data(req, json_pack("{s:b}", "success", 1));
}

static enum handler_result
pki_crl_rotate_delta(struct request *req)
{
	json_t *config = pki_crl_config(req->vault, req->mount);
	bool enabled = json_is_true(json_object_get(config, "enable_delta"));
	struct error e = { 0 };

	json_decref(config);
	if (!enabled)
		reply_warn(req,
		    "requested rebuild of delta CRL when delta CRL is not "
		    "enabled; this is a no-op");
	else if (!pki_crl_rebuild_delta(req->vault, req->mount, &e))
		return fail_error(req, &e);
	return reply_data(req, json_pack("{s:b}", "success", 1));
}

#define CRL_PARAMS                                                            \
	{ "crl_number", P_INT, NULL, "Number of the list" },                  \
	    { "delta_crl_base_number", P_INT, "-1",                           \
		    "Number of the list that it adds to; -1: none" },         \
	    { "format", P_STRING, "\"pem\"", "pem or der" },                  \
	    { "issuer_ref", P_STRING, "\"default\"", "Id, name or default" }, \
	{                                                                     \
		"next_update", P_STRING, "\"72h\"", "Life of the list"        \
	}

static const struct param pki_crl_sign_params[] = {
	CRL_PARAMS,
	{ "extensions", P_ANY, NULL,
	    "Further extensions: id, critical, value" },
	{ "revoked_certs", P_ANY, NULL,
	    "serial_number, revocation_time and extensions of each" },
	PARAM_END,
};

static const struct param pki_crl_resign_params[] = {
	CRL_PARAMS,
	{ "crls", P_STRINGS, NULL, "The lists to combine, PEM" },
	PARAM_END,
};

const struct route pki_crl_routes[] = {
	{ OP_READ | OP_WRITE, "crl/rotate", 0, NULL, pki_crl_rotate, NULL,
	    "Force a rebuild of the CRL." },
	{ OP_READ | OP_WRITE, "crl/rotate-delta", 0, NULL, pki_crl_rotate_delta,
	    NULL, "Force a rebuild of the delta CRL." },
	{ OP_WRITE, "issuer/{issuer_ref}/sign-revocation-list", 0,
	    pki_crl_sign_params, pki_crl_sign_list, NULL,
	    "Generate and sign a CRL based on the provided parameters." },
	{ OP_WRITE, "issuer/{issuer_ref}/resign-crls", 0, pki_crl_resign_params,
	    pki_crl_resign, NULL,
	    "Combine and sign with the provided issuer different CRLs" },
	ROUTE_END,
};
