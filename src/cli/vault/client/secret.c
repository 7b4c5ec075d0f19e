/*
 * Secrets out of JSON, and back in the order of the client's structs.
 */
#include "cli/vault/client/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "cli/vault/client/fields.h"

static const char *
part_kind_word(struct slice v)
{
	switch (jsontext_kind(v)) {
	case '{':
		return "object";
	case '[':
		return "array";
	case '"':
		return "string";
	case '0':
		return "number";
	}
	return "bool";
}

bool
secret_clean(
    struct arena *a, struct slice body, struct slice *out, const char **why)
{
	struct buf b;
	struct error e = { 0 };
	bool ok;

	buf_init(&b, TRANSPORT_BODY_MAX);
	ok = jsontext_clean(
		 &b, body.p ? body.p : "", body.n, JSONTEXT_DIGITS, &e) >= 0;
	if (ok)
		*out = (struct slice){ arena_strndup(a, b.p, b.n), b.n };
	else
		*why = arena_strdup(a, e.text);
	buf_release(&b);
	return ok;
}

/* NULL, or Go's refusal of a member of another type. */
static const char *
secret_check_types(struct arena *a, struct slice all)
{
	static const struct {
		const char *key;
		char kind;
		const char *type;
	} fields[] = {
		{ "request_id", '"', "string" },
		{ "lease_id", '"', "string" },
		{ "lease_duration", '0', "int" },
		{ "renewable", 't', "bool" },
		{ "data", '{', "map[string]interface {}" },
		{ "warnings", '[', "[]string" },
		{ "auth", '{', "api.SecretAuth" },
		{ "wrap_info", '{', "api.SecretWrapInfo" },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct slice v = part_get(all, fields[i].key);
		char kind = jsontext_kind(v);

		if (kind == 'f')
			kind = 't';
		if (kind == 'n' || kind == fields[i].kind)
			continue;
		return arena_printf(a,
		    "json: cannot unmarshal %s into Go struct field Secret.%s "
		    "of type %s",
		    part_kind_word(v), fields[i].key, fields[i].type);
	}
	return NULL;
}

static void
secret_read_auth(struct arena *a, struct slice in, struct secret_auth *out)
{
	out->token = part_text(a, in, "client_token");
	out->accessor = part_text(a, in, "accessor");
	out->policies = part_whole(in, "policies");
	out->token_policies = part_whole(in, "token_policies");
	out->identity_policies = part_whole(in, "identity_policies");
	out->metadata = part_whole(in, "metadata");
	out->orphan = part_bool(in, "orphan");
	out->entity_id = part_text(a, in, "entity_id");
	out->lease_duration = part_int(a, in, "lease_duration");
	out->renewable = part_bool(in, "renewable");
	out->mfa = part_whole(in, "mfa_requirement");
}

/* An answer that is no secret is the secret's data; errors alone are none. */
static const char *
secret_take_all(struct arena *a, struct slice all, struct secret **out)
{
	struct slice errors = part_get(all, "errors"), *elements;
	struct jsontext_member *members;
	size_t n = part_members(a, all, &members), count;
	const char *text = "";

	if (errors.p && n == 1) {
		*out = NULL;
		return NULL;
	}
	if (errors.p) {
		count = part_elements(a, errors, &elements);
		for (size_t i = 0; i < count; i++)
			text = arena_printf(a, "%s%s%s", text, i ? " " : "",
			    jsontext_string(a, elements[i], NULL));
		return text;
	}
	if (n)
		(*out)->data = all;
	return NULL;
}

bool
secret_parse(
    struct arena *a, struct slice body, struct secret **out, const char **why)
{
	struct slice all, part;
	struct secret *s;

	*out = NULL;
	*why = NULL;
	if (body.n == 0)
		return true;
	if (!secret_clean(a, body, &all, why))
		return false;
	if (*all.p != '{' && *all.p != 'n') {
		*why = arena_printf(a,
		    "json: cannot unmarshal %s into Go value of type "
		    "api.Secret",
		    part_kind_word(all));
		return false;
	}
	*why = secret_check_types(a, all);
	if (*why)
		return false;
	s = arena_zalloc(a, sizeof(*s));
	s->request_id = part_text(a, all, "request_id");
	s->lease_id = part_text(a, all, "lease_id");
	s->lease_duration = part_int(a, all, "lease_duration");
	s->renewable = part_bool(all, "renewable");
	s->data = part_whole(all, "data");
	s->warnings = part_whole(all, "warnings");
	s->mount_type = part_text(a, all, "mount_type");
	part = part_whole(all, "auth");
	s->has_auth = part.p != NULL;
	secret_read_auth(a, part, &s->auth);
	part = part_whole(all, "wrap_info");
	s->has_wrap = part.p != NULL;
	s->wrap.token = part_text(a, part, "token");
	s->wrap.accessor = part_text(a, part, "accessor");
	s->wrap.ttl = part_int(a, part, "ttl");
	s->wrap.creation_time = part_text(a, part, "creation_time");
	s->wrap.creation_path = part_text(a, part, "creation_path");
	s->wrap.wrapped_accessor = part_text(a, part, "wrapped_accessor");
	*out = s;
	if (!*s->request_id && !*s->lease_id && !s->lease_duration &&
	    !s->renewable && !s->data.p && !s->warnings.p && !s->has_auth &&
	    !s->has_wrap && !*s->mount_type)
		*why = secret_take_all(a, all, out);
	return !*why;
}

static void
secret_put_auth(struct buf *b, const struct secret_auth *auth)
{
	fields_raw(b, "auth", SLICE("{"));
	fields_text(b, "client_token", auth->token);
	fields_text(b, "accessor", auth->accessor);
	fields_raw(b, "policies", auth->policies);
	fields_raw(b, "token_policies", auth->token_policies);
	fields_raw(b, "identity_policies", auth->identity_policies);
	fields_raw(b, "metadata", auth->metadata);
	fields_bool(b, "orphan", auth->orphan);
	fields_text(b, "entity_id", auth->entity_id);
	fields_int(b, "lease_duration", auth->lease_duration);
	fields_bool(b, "renewable", auth->renewable);
	fields_raw(b, "mfa_requirement", auth->mfa);
	buf_char(b, '}');
}

static void
secret_put_wrap(struct buf *b, const struct secret_wrap *wrap)
{
	const char *zero = "0001-01-01T00:00:00Z";

	fields_raw(b, "wrap_info", SLICE("{"));
	fields_text(b, "token", wrap->token);
	fields_text(b, "accessor", wrap->accessor);
	fields_int(b, "ttl", wrap->ttl);
	fields_text(b, "creation_time",
	    *wrap->creation_time ? wrap->creation_time : zero);
	fields_text(b, "creation_path", wrap->creation_path);
	fields_text(b, "wrapped_accessor", wrap->wrapped_accessor);
	buf_char(b, '}');
}

struct slice
secret_to_json(struct arena *a, const struct secret *s)
{
	struct buf b;

	if (!s)
		return SLICE("null");
	buf_init(&b, TRANSPORT_BODY_MAX);
	buf_char(&b, '{');
	fields_text(&b, "request_id", s->request_id);
	fields_text(&b, "lease_id", s->lease_id);
	fields_int(&b, "lease_duration", s->lease_duration);
	fields_bool(&b, "renewable", s->renewable);
	fields_raw(&b, "data", s->data);
	fields_raw(&b, "warnings", s->warnings);
	if (s->has_auth)
		secret_put_auth(&b, &s->auth);
	if (s->has_wrap)
		secret_put_wrap(&b, &s->wrap);
	if (*s->mount_type)
		fields_text(&b, "mount_type", s->mount_type);
	buf_char(&b, '}');
	return fields_take(a, &b);
}

size_t
secret_data_count(struct arena *a, const struct secret *s)
{
	struct jsontext_member *members;

	return s && s->data.p ? part_members(a, s->data, &members) : 0;
}

size_t
secret_warning_count(struct arena *a, const struct secret *s)
{
	struct slice *elements;

	return s && s->warnings.p ? part_elements(a, s->warnings, &elements)
				  : 0;
}

struct slice
secret_keys(const struct secret *s)
{
	struct slice keys = s && s->data.p ? part_get(s->data, "keys")
					   : SLICE_NONE;

	return jsontext_kind(keys) == '[' ? keys : SLICE_NONE;
}
