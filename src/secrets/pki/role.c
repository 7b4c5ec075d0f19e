/*
 * Roles: what may be asked for. One list of fields (PKI_ROLE_FIELDS) makes the
 * struct, the parameters, the stored JSON and the answer.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/object_cache.h"
#include "secrets/pki/pki_common.h"

enum role_field_kind {
	ROLE_FIELD_BOOL,
	ROLE_FIELD_INT,
	ROLE_FIELD_SECS,
	ROLE_FIELD_TEXT,
	ROLE_FIELD_LIST
};

#define P_OF_BOOL P_BOOL
#define P_OF_INT P_INT
#define P_OF_SECS P_SECONDS
#define P_OF_TEXT P_STRING
#define P_OF_LIST P_COMMA_STRINGS
#define AS_PARAM(kind, name, def, help) { #name, P_OF_##kind, def, help },
#define AS_FIELD(kind, name, def, help) \
	{ #name, ROLE_FIELD_##kind, offsetof(struct pki_role, name) },

static const struct param pki_role_params[] = {
	PKI_ROLE_FIELDS(AS_PARAM){ "backend", P_STRING, NULL, "Nothing" },
	{ "name", P_STRING, NULL, "The role" },
	PARAM_END,
};

static const struct role_field {
	const char *name;
	enum role_field_kind kind;
	size_t at;
} pki_role_fields[] = { PKI_ROLE_FIELDS(AS_FIELD) };

#define NFIELDS (sizeof(pki_role_fields) / sizeof(pki_role_fields[0]))
#define ROLE_MEMBER(type, r, f) (*(type *)((char *)(r) + (f)->at))
#define CONST_ROLE_MEMBER(type, r, f) \
	(*(type const *)((const char *)(r) + (f)->at))

/* ---- stored and shown ---- */

static json_t *
pki_role_field_json(const struct pki_role *r, const struct role_field *f)
{
	switch (f->kind) {
	case ROLE_FIELD_BOOL:
		return json_boolean(CONST_ROLE_MEMBER(bool, r, f));
	case ROLE_FIELD_INT:
	case ROLE_FIELD_SECS:
		return json_integer(CONST_ROLE_MEMBER(int64_t, r, f));
	case ROLE_FIELD_TEXT:
		return json_string(CONST_ROLE_MEMBER(char *, r, f));
	case ROLE_FIELD_LIST:
		return jsontree_strings(CONST_ROLE_MEMBER(char **, r, f));
	}
	return NULL;
}

static json_t *
pki_role_json(const struct pki_role *r)
{
	json_t *data = json_object();

	for (size_t i = 0; i < NFIELDS; i++)
		json_object_set_new(data, pki_role_fields[i].name,
		    pki_role_field_json(r, &pki_role_fields[i]));
	return data;
}

/* Vault 1.19: the community edition takes no_store_metadata and does not show
 * it. */
static json_t *
pki_role_show(const struct request *req, json_t *data)
{
	if (!version_has(req->vault, VERSION_PKI_SERIAL_SOURCE))
		json_object_del(data, "serial_number_source");
	json_object_del(data, "no_store_metadata");
	return data;
}

static void
pki_role_load_field(
    struct pki_role *r, const struct role_field *f, const json_t *doc)
{
	const json_t *value = json_object_get(doc, f->name);
	const char *text = json_string_value(value);

	switch (f->kind) {
	case ROLE_FIELD_BOOL:
		ROLE_MEMBER(bool, r, f) = json_is_true(value);
		break;
	case ROLE_FIELD_INT:
	case ROLE_FIELD_SECS:
		ROLE_MEMBER(int64_t, r, f) = json_integer_value(value);
		break;
	case ROLE_FIELD_TEXT:
		ROLE_MEMBER(char *, r, f) = arena_strdup(
		    r->arena, text ? text : "");
		break;
	case ROLE_FIELD_LIST:
		ROLE_MEMBER(char **, r, f) = jsontree_to_strings(
		    r->arena, value);
		break;
	}
}

/* One object of policy_identifiers with the members that are known, as text. */
static char *
pki_role_policy_text(struct arena *a, const json_t *from)
{
	static const char *const members[] = { "oid", "cps", "notice" };
	json_t *object = json_object();
	struct buf text;
	char *out;

	for (size_t k = 0; k < 3; k++) {
		const char *value = json_string_value(
		    json_object_get(from, members[k]));

		if (k == 0 || (value && *value))
			json_object_set_new(object, members[k],
			    json_string(value ? value : ""));
	}
	buf_init(&text, 0);
	jsontext_put_ordered(&text, object);
	out = arena_strndup(a, text.p, text.n);
	buf_release(&text);
	json_decref(object);
	return out;
}

/* Vault 1.19: policy_identifiers may be a list of objects, written as one text
 * of JSON; each is kept as a text of its own. NULL when it is no such text. */
static char **
pki_role_read_policies(struct request *req)
{
	struct slice raw = param_raw(req, "policy_identifiers");
	json_t *list, *item;
	char **out = NULL;
	size_t i;

	if (!raw.p || jsontext_kind(raw) != '"')
		return NULL;
	list = json_loads(jsontext_string(req->arena, raw, NULL), 0, NULL);
	if (json_is_array(list)) {
		out = arena_zalloc(
		    req->arena, (json_array_size(list) + 1) * sizeof(char *));
		json_array_foreach (list, i, item) {
			if (!json_is_object(item)) {
				out = NULL;
				break;
			}
			out[i] = pki_role_policy_text(req->arena, item);
		}
	}
	json_decref(list);
	return out;
}

/* From the parameters, for those given or all; strings stay the request's. */
static void
pki_role_read_param(
    struct request *req, struct pki_role *r, const struct role_field *f)
{
	char **policies = NULL;

	switch (f->kind) {
	case ROLE_FIELD_BOOL:
		ROLE_MEMBER(bool, r, f) = param_bool(req, f->name);
		break;
	case ROLE_FIELD_INT:
		ROLE_MEMBER(int64_t, r, f) = param_int(req, f->name);
		break;
	case ROLE_FIELD_SECS:
		ROLE_MEMBER(int64_t, r, f) = param_duration(req, f->name);
		break;
	case ROLE_FIELD_TEXT:
		ROLE_MEMBER(char *, r, f) = arena_strdup(
		    req->arena, param_str(req, f->name));
		break;
	case ROLE_FIELD_LIST:
		if (strcmp(f->name, "policy_identifiers") == 0)
			policies = pki_role_read_policies(req);
		ROLE_MEMBER(char **, r, f) = policies
		    ? policies
		    : param_strings(req, f->name, NULL);
		break;
	}
}

/* ---- the cache ---- */

/* Roles lie in the mount's plain table of config, as role/NAME. */
static void
pki_role_stored_name(char out[300], const char *name)
{
	snprintf(out, 300, "role/%s", name);
}

static void
pki_role_release(void *object)
{
	struct pki_role *r = object;

	arena_free(r->arena);
	free(r);
}

const struct pki_role *
pki_role_find(struct vault *v, const struct mount *m, const char *name)
{
	char stored[300];
	struct pki_role *r;
	json_t *doc;

	if (strlen(name) > 255)
		return NULL;
	r = object_cache_get(v, m->id, name);
	if (r)
		return r;
	pki_role_stored_name(stored, name);
	doc = pki_config_load(v, m, stored);
	if (json_object_size(doc) == 0) {
		json_decref(doc);
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->arena = arena_new();
	for (size_t i = 0; i < NFIELDS; i++)
		pki_role_load_field(r, &pki_role_fields[i], doc);
	json_decref(doc);
	object_cache_put(v, m->id, name, r, pki_role_release);
	return r;
}

/* What r points to may be the former role's, which goes here. */
static void
pki_role_save(struct request *req, const char *name, json_t *role)
{
	char stored[300];

	pki_role_stored_name(stored, name);
	pki_config_put(req->vault, req->mount, stored, role);
	object_cache_remove(req->vault, req->mount->id, name);
}

void
pki_role_allow_all(struct arena *a, struct pki_role *r)
{
	char **any = arena_zalloc(a, 2 * sizeof(char *));
	char **unchecked = arena_zalloc(a, 2 * sizeof(char *));

	any[0] = arena_strdup(a, "*");
	unchecked[0] = arena_strdup(a, "disabled");
	memset(r, 0, sizeof(*r));
	r->allow_any_name = r->allow_localhost = r->allow_ip_sans = true;
	r->allow_wildcard_certificates = true;
	r->use_csr_common_name = r->use_csr_sans = true;
	r->allowed_other_sans = r->allowed_serial_numbers = any;
	r->allowed_uri_sans = r->allowed_user_ids = any;
	r->cn_validations = unchecked;
	r->key_type = arena_strdup(a, "any");
	r->issuer_ref = arena_strdup(a, "default");
	r->serial_number_source = arena_strdup(a, "json-csr");
	r->not_before_duration = 30;
}

/* ---- checks ---- */

static bool
pki_key_check_rsa(int64_t *bits, int64_t *hash, struct error *e)
{
	if (*bits == 0)
		*bits = 2048;
	if (*bits < 2048)
		return error_set(e, 400,
		    "RSA keys < 2048 bits are unsafe and not supported: got "
		    "%lld",
		    (long long)*bits);
	if (*bits != 2048 && *bits != 3072 && *bits != 4096 && *bits != 8192)
		return error_set(e, 400,
		    "unsupported bit length for RSA key: %lld",
		    (long long)*bits);
	if (*hash == 0)
		*hash = 256;
	if (*hash != 256 && *hash != 384 && *hash != 512)
		return error_set(e, 400,
		    "unsupported hash signature algorithm: %lld",
		    (long long)*hash);
	return true;
}

/* Vault 1.19: the hash of an EC or Ed25519 signature goes by the key; what is
 * asked for is kept for an EC key and forgotten for the others. */
bool
pki_key_check(const char *type, int64_t *bits, int64_t *hash, struct error *e)
{
	static const int64_t curves[] = { 224, 256, 384, 521 };

	if (strcmp(type, "rsa") == 0)
		return pki_key_check_rsa(bits, hash, e);
	if (strcmp(type, "any") == 0 || strcmp(type, "ed25519") == 0) {
		*hash = 0;
		return true;
	}
	if (strcmp(type, "ec") != 0)
		return error_set(e, 400, "unknown key type %s", type);
	if (*bits == 0)
		*bits = 256;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i] == *bits)
			return true;
	return error_set(e, 400, "unsupported bit length for EC key: %lld",
	    (long long)*bits);
}

/* Checks and lower-cases what a common name must be. */
static bool
pki_role_check_cn_validations(struct pki_role *r, struct error *e)
{
	static const char *const known[] = { "disabled", "email", "hostname" };
	bool has[3] = { false, false, false };

	for (char **v = r->cn_validations; *v; v++) {
		size_t i = 0;

		while (i < 3 && strcasecmp(*v, known[i]) != 0)
			i++;
		if (i == 3)
			return error_wrap(e, 500,
			    "cn_validations value incorrect: unknown type: "
			    "`%s`",
			    *v);
		if (has[i])
			return error_wrap(e, 500,
			    "cn_validations value incorrect: `%s` specified "
			    "multiple times",
			    known[i]);
		has[i] = true;
		lower_ascii(*v);
	}
	if (has[0] && (has[1] || has[2]))
		return error_wrap(e, 500,
		    "cn_validations value incorrect: cannot specify "
		    "`disabled` along with `email` or `hostname`");
	return true;
}

/* Checks allowed_other_sans: "*", or an OID, ";UTF8:" and a glob. false with e
 * for the first that is wrong. */
static bool
pki_role_check_other_sans(const struct pki_role *r, struct error *e)
{
	bool any = r->allowed_other_sans[0] &&
	    strcmp(r->allowed_other_sans[0], "*") == 0 &&
	    !r->allowed_other_sans[1];

	for (char **o = r->allowed_other_sans; !any && *o; o++) {
		const char *semi = strchr(*o, ';');

		if (!semi)
			return error_set(e, 400,
			    "error parsing allowed_other_sans: expected a "
			    "semicolon in other SAN \"%s\"",
			    *o);
		if (!strchr(semi, ':'))
			return error_set(e, 400,
			    "error parsing allowed_other_sans: expected a "
			    "colon in other SAN \"%s\"",
			    *o);
		if (strncasecmp(semi + 1, "utf8:", 5) != 0 &&
		    strncasecmp(semi + 1, "utf-8:", 6) != 0)
			return error_set(e, 400,
			    "error parsing allowed_other_sans: only utf8 "
			    "other SANs are supported; found non-supported "
			    "type in other SAN \"%s\"",
			    *o);
	}
	return true;
}

/* The first part of "1.2.x" that is no number, into bad; false: all are. */
static bool
pki_role_find_bad_oid_part(const char *oid, char bad[64])
{
	for (const char *part = oid;; part++) {
		size_t n = strcspn(part, ".");

		if (n == 0 || n > 18 || strspn(part, "0123456789") < n) {
			snprintf(bad, 64, "%.*s", (int)n, part);
			return true;
		}
		part += n;
		if (*part == '\0')
			return false;
	}
}

/* Checks the OIDs of policies and of extended key usages. false with e for the
 * first that is wrong. */
static bool
pki_role_check_oids(const struct pki_role *r, struct arena *a, struct error *e)
{
	char bad[64];

	for (char **oid = r->ext_key_usage_oids; *oid; oid++)
		if (pki_role_find_bad_oid_part(*oid, bad))
			return error_set(e, 400,
			    "\"%s\" could not be parsed as a valid oid for an "
			    "extended key usage",
			    *oid);
	for (char **policy = r->policy_identifiers; *policy; policy++) {
		const char *oid = x509_policy_problem(a, *policy);

		if (!oid || **policy == '\0' ||
		    !pki_role_find_bad_oid_part(oid, bad))
			continue;
		if (**policy == '{')
			return error_wrap(e, 500,
			    "strconv.Atoi: parsing \"%s\": invalid syntax",
			    bad);
		return error_wrap(e, 500,
		    "policy identifier \"%s\" is neither a valid OID: "
		    "strconv.Atoi: parsing \"%s\": invalid syntax, Nor JSON "
		    "Policy Identifier: invalid character '%c' looking for "
		    "beginning of value",
		    *policy, bad, **policy);
	}
	return true;
}

static bool
pki_role_check(struct pki_role *r, struct arena *a, struct error *e)
{
	if (r->max_ttl > 0 && r->ttl > r->max_ttl)
		return error_set(e, 400,
		    "\"ttl\" value must be less than \"max_ttl\" value");
	if (!pki_key_check(r->key_type, &r->key_bits, &r->signature_bits, e))
		return false;
	if (!pki_role_check_other_sans(r, e) || !pki_role_check_oids(r, a, e) ||
	    !pki_role_check_cn_validations(r, e))
		return false;
	if (*r->serial_number_source &&
	    strcmp(r->serial_number_source, "json-csr") != 0 &&
	    strcmp(r->serial_number_source, "json") != 0)
		return error_set(e, 400,
		    "unknown serial_number_source %s; must be json-csr or "
		    "json",
		    r->serial_number_source);
	return true;
}

static void
pki_role_warn_lease(struct request *req, struct pki_role *r)
{
	if (r->generate_lease && r->no_store) {
		r->generate_lease = false;
		reply_warn(req,
		    "mutually exclusive values no_store=true and "
		    "generate_lease=true were both specified; "
		    "no_store=true takes priority");
	} else if (r->generate_lease) {
		reply_warn(req,
		    "it is encouraged to disable generate_lease and "
		    "rely on PKI's native capabilities when possible; "
		    "this option can cause Vault-wide issues with large "
		    "numbers of issued certificates");
	}
}

static void
pki_role_warn_issuer(struct request *req, const char *ref)
{
	struct error e = { 0 };

	if (pki_issuer_find(req->vault, req->mount, ref, &e))
		return;
	if (strcmp(ref, "default") == 0)
		reply_warn(req,
		    "Issuing Certificate was set to default, but no "
		    "default issuing certificate (configurable at "
		    "/config/issuers) is currently set");
	else
		reply_warn(req,
		    "Issuing Certificate was set to %s but no issuing "
		    "certificate currently has that name",
		    ref);
}

/* ---- routes ---- */

static enum handler_result
pki_role_save_and_reply(struct request *req, struct pki_role *r)
{
	struct error e = { 0 };
	json_t *data;

	if (!pki_role_check(r, req->arena, &e))
		return fail_error(req, &e);
	if (*r->issuer_ref == '\0')
		r->issuer_ref = arena_strdup(req->arena, "default");
	pki_role_warn_lease(req, r);
	pki_role_warn_issuer(req, r->issuer_ref);
	data = pki_role_show(req, pki_role_json(r));
	pki_role_save(req, param_capture(req, "name"), pki_role_json(r));
	return reply_data(req, data);
}

static enum handler_result
pki_role_write(struct request *req)
{
	struct pki_role r = { 0 };

	if (strlen(param_capture(req, "name")) > 255)
		return fail_unsupported_path(req);
	for (size_t i = 0; i < NFIELDS; i++)
		pki_role_read_param(req, &r, &pki_role_fields[i]);
	return pki_role_save_and_reply(req, &r);
}

static enum handler_result
pki_role_patch(struct request *req)
{
	const struct pki_role *old = pki_role_find(
	    req->vault, req->mount, param_capture(req, "name"));
	struct pki_role r;

	if (!old)
		return fail(req, 400, "Unable to fetch role entry to patch");
	r = *old;
	for (size_t i = 0; i < NFIELDS; i++)
		if (param_is_given(req, pki_role_fields[i].name))
			pki_role_read_param(req, &r, &pki_role_fields[i]);
	return pki_role_save_and_reply(req, &r);
}

static enum handler_result
pki_role_read(struct request *req)
{
	const struct pki_role *r = pki_role_find(
	    req->vault, req->mount, param_capture(req, "name"));

	return r ? reply_data(req, pki_role_show(req, pki_role_json(r)))
		 : reply_none(req);
}

static enum handler_result
pki_role_delete(struct request *req)
{
	const char *name = param_capture(req, "name");
	char stored[300];

	if (strlen(name) <= 255) {
		pki_role_stored_name(stored, name);
		pki_config_delete(req->vault, req->mount, stored);
		object_cache_remove(req->vault, req->mount->id, name);
	}
	return reply_none(req);
}

static enum handler_result
pki_roles_list(struct request *req)
{
	struct strs names = strs_in(req->arena);

	pki_config_names(req->vault, req->mount, "role/", &names);
	return reply_keys(req, &names);
}

#define SCAN_MAX 100
#define FIND_MAX 10

/* Vault 1.19: only so many roles are looked at, and the text then says so. */
void
pki_roles_warn_issuer(struct request *req, const char *ref)
{
	struct strs names = strs_in(req->arena);
	size_t found = 0, seen = 0;

	if (*ref == '\0')
		return;
	pki_config_names(req->vault, req->mount, "role/", &names);
	while (seen < names.n && seen < SCAN_MAX && found < FIND_MAX) {
		const struct pki_role *r = pki_role_find(
		    req->vault, req->mount, names.items[seen++]);

		found += r && strcmp(r->issuer_ref, ref) == 0;
	}
	if (seen < SCAN_MAX && found < FIND_MAX) {
		if (found)
			reply_warn(req, "%zu roles reference %s", found, ref);
	} else if (found) {
		reply_warn(req, "The name %s was in use by at least %zu roles",
		    ref, found);
	} else {
		reply_warn(req,
		    "Unable to check if any roles referenced this issuer by %s",
		    ref);
	}
}

const struct route pki_role_routes[] = {
	{ OP_LIST, "roles/?", 0, NULL, pki_roles_list, NULL,
	    "List the existing roles in this backend" },
	{ OP_READ, "roles/{name}", 0, pki_role_params, pki_role_read, NULL,
	    "Read a role" },
	{ OP_WRITE, "roles/{name}", 0, pki_role_params, pki_role_write, NULL,
	    "Make or replace a role" },
	{ OP_PATCH, "roles/{name}", 0, pki_role_params, pki_role_patch, NULL,
	    "Change a role" },
	{ OP_DELETE, "roles/{name}", 0, pki_role_params, pki_role_delete, NULL,
	    "Remove a role" },
	ROUTE_END,
};
