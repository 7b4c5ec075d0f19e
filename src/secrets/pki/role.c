/*
 * Roles: what may be asked for. One list of fields (PKI_ROLE_FIELDS) makes the struct,
 * the parameters, the stored JSON and the answer.
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
	PKI_ROLE_FIELDS(AS_PARAM){ "name", P_STRING, NULL, "The role" },
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

/* From the parameters, for those given or all; texts stay the request's. */
static void
pki_role_read_param(
    struct request *req, struct pki_role *r, const struct role_field *f)
{
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
		ROLE_MEMBER(char **, r, f) = param_strings(req, f->name, NULL);
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

static const struct {
	int64_t bits, hash;
} pki_role_curves[] = { { 224, 256 }, { 256, 256 }, { 384, 384 },
	{ 521, 512 } };

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

bool
pki_key_check(const char *type, int64_t *bits, int64_t *hash, struct error *e)
{
	if (strcmp(type, "rsa") == 0)
		return pki_key_check_rsa(bits, hash, e);
	if (strcmp(type, "any") == 0)
		return true;
	if (strcmp(type, "ed25519") == 0) {
		*bits = 0;
		return true;
	}
	if (strcmp(type, "ec") != 0)
		return error_set(e, 400, "unknown key type %s", type);
	if (*bits == 0)
		*bits = 256;
	for (size_t i = 0;
	     i < sizeof(pki_role_curves) / sizeof(pki_role_curves[0]); i++) {
		if (pki_role_curves[i].bits != *bits)
			continue;
		*hash = pki_role_curves[i].hash;
		return true;
	}
	return error_set(e, 400, "unsupported bit length for EC key: %lld",
	    (long long)*bits);
}

static bool
pki_role_check_cn_validations(const struct pki_role *r, struct error *e)
{
	int n = 0, disabled = 0;

	for (char **v = r->cn_validations; *v; v++, n++) {
		bool off = strcasecmp(*v, "disabled") == 0;

		disabled += off;
		if (!off && strcasecmp(*v, "email") != 0 &&
		    strcasecmp(*v, "hostname") != 0)
			return error_set(e, 400,
			    "cn_validations value incorrect: `%s` is not "
			    "allowed",
			    *v);
	}
	if (disabled && n > 1)
		return error_set(e, 400,
		    "cn_validations value incorrect: cannot specify "
		    "`disabled` along with `email` or `hostname`");
	return true;
}

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

static bool
pki_role_check(struct pki_role *r, struct error *e)
{
	if (r->max_ttl > 0 && r->ttl > r->max_ttl)
		return error_set(e, 400,
		    "\"ttl\" value must be less than \"max_ttl\" value");
	if (!pki_key_check(r->key_type, &r->key_bits, &r->signature_bits, e))
		return false;
	if (!pki_role_check_other_sans(r, e) ||
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

/* ---- rows ---- */

static enum handler_result
pki_role_save_and_reply(struct request *req, struct pki_role *r)
{
	struct error e = { 0 };
	json_t *data;

	if (!pki_role_check(r, &e))
		return fail_error(req, &e);
	if (*r->issuer_ref == '\0')
		r->issuer_ref = arena_strdup(req->arena, "default");
	pki_role_warn_lease(req, r);
	pki_role_warn_issuer(req, r->issuer_ref);
	data = pki_role_json(r);
	pki_role_save(req, param_capture(req, "name"), json_incref(data));
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
		return fail(req, 400, "unable to fetch role entry to patch");
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

	return r ? reply_data(req, pki_role_json(r)) : reply_none(req);
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
	char **names;
	size_t n = pki_config_names(
	    req->vault, req->arena, req->mount, "role/", &names);

	return reply_keys(req, names, n);
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
