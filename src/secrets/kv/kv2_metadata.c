/*
 * metadata/PATH and config of KV version 2.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "secrets/kv/kv2.h"

#define CUSTOM_KEYS_MAX 64
#define CUSTOM_KEY_MAX 128
#define CUSTOM_VALUE_MAX 512
#define CUSTOM "custom_metadata validation failed: "

/* ---- config ---- */

enum handler_result
kv2_config_read(struct request *req)
{
	struct kv2_config c;
	char after[DURATION_MAX];

	kv2_config_get(req->vault, req->mount->id, &c);
	duration_format(c.delete_after_ns, after);
	return reply_data(req,
	    json_pack("{s:b, s:s, s:I}", "cas_required", (int)c.cas_required,
		"delete_version_after", after, "max_versions",
		(json_int_t)c.max_versions));
}

enum handler_result
kv2_config_write(struct request *req)
{
	struct kv2_config c;

	kv2_config_get(req->vault, req->mount->id, &c);
	if (param_is_given(req, "max_versions"))
		c.max_versions = param_int(req, "max_versions");
	if (param_is_given(req, "cas_required"))
		c.cas_required = param_bool(req, "cas_required");
	if (param_is_given(req, "delete_version_after")) {
		c.delete_after_ns = param_duration(req, "delete_version_after");
		if (c.delete_after_ns < 0)
			c.delete_after_ns = -NSEC_PER_SEC;
	}
	kv2_config_put(req->vault, req->mount->id, &c);
	return reply_none(req);
}

/* ---- custom_metadata ---- */

struct kv2_metadata_problems {
	struct buf text;
	int n;
};

static void kv2_metadata_add_problem(struct kv2_metadata_problems *p,
    const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
kv2_metadata_add_problem(struct kv2_metadata_problems *p, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(&p->text, "\t* " CUSTOM "%s\n", text);
	p->n++;
}

static bool
kv2_metadata_is_printable(const char *s)
{
	size_t n = strlen(s);

	while (n > 0) {
		uint32_t cp;
		size_t len = utf8_next(s, n, &cp);

		if (cp < 0x20 || (cp >= 0x7f && cp <= 0xa0) || cp == 0xad)
			return false;
		s += len;
		n -= len;
	}
	return true;
}

static void
kv2_metadata_check_pair(
    struct kv2_metadata_problems *p, const char *key, const char *value)
{
	size_t kn = strlen(key), vn = strlen(value);

	if (kn == 0 || kn > CUSTOM_KEY_MAX)
		kv2_metadata_add_problem(p,
		    "length of key \"%s\" is %zu but must be 0 < "
		    "len(key) <= 128",
		    key, kn);
	if (vn == 0 || vn > CUSTOM_VALUE_MAX)
		kv2_metadata_add_problem(p,
		    "length of value for key \"%s\" is %zu but must "
		    "be 0 < len(value) <= 512",
		    key, vn);
	if (!kv2_metadata_is_printable(key))
		kv2_metadata_add_problem(p,
		    "key \"%s\" (%s) contains unprintable characters", key,
		    key);
	if (!kv2_metadata_is_printable(value))
		kv2_metadata_add_problem(p,
		    "value for key \"%s\" contains unprintable "
		    "characters",
		    key);
}

/* Weak text of a value, as mapstructure gives it; NULL for what has none. */
static const char *
kv2_metadata_value_str(struct request *req, struct slice v)
{
	switch (jsontext_kind(v)) {
	case '"':
		return jsontext_string(req->arena, v, NULL);
	case '0':
		return arena_strndup(req->arena, v.p, v.n);
	case 't':
		return "1";
	case 'f':
		return "0";
	case 'n':
		return "";
	}
	return NULL;
}

static enum handler_result
kv2_metadata_refuse_problems(
    struct request *req, struct kv2_metadata_problems *p)
{
	enum handler_result v = fail(req, 400, "%d error%s occurred:\n%s\n",
	    p->n, p->n == 1 ? "" : "s", p->text.p);

	buf_release(&p->text);
	return v;
}

/*
 * Checks the map of the request; *out is an object of strings. In a patch,
 * nulls stay nulls and are not checked. Returns a refusal or NULL.
 */
static enum handler_result
kv2_metadata_read_custom(struct request *req, bool patch, json_t **out)
{
	struct jsontext_member *m;
	struct kv2_metadata_problems p = { .n = 0 };
	size_t n = jsontext_members(
	    req->arena, param_raw(req, "custom_metadata"), &m);

	buf_init(&p.text, 0);
	*out = NULL;
	if (n > CUSTOM_KEYS_MAX) {
		kv2_metadata_add_problem(&p,
		    "payload must contain at most 64 keys, provided "
		    "%zu",
		    n);
		return kv2_metadata_refuse_problems(req, &p);
	}
	*out = json_object();
	for (size_t i = 0; i < n; i++) {
		const char *text = kv2_metadata_value_str(req, m[i].value);

		if (!text) {
			json_decref(*out);
			buf_release(&p.text);
			return fail(req, 400,
			    CUSTOM "'' expected type 'string', got "
				   "unconvertible type '%s', value: '%s'",
			    jsontext_go_type(m[i].value),
			    jsontext_go_print(req->arena, m[i].value));
		}
		if (patch && jsontext_kind(m[i].value) == 'n') {
			json_object_set_new(*out, m[i].key, json_null());
			continue;
		}
		kv2_metadata_check_pair(&p, m[i].key, text);
		json_object_set_new(*out, m[i].key, json_string(text));
	}
	if (p.n == 0) {
		buf_release(&p.text);
		return GO_ON;
	}
	json_decref(*out);
	*out = NULL;
	return kv2_metadata_refuse_problems(req, &p);
}

static void
kv2_metadata_set_custom(struct request *req, struct kv2_key *k, json_t *custom)
{
	struct buf out;

	k->custom_metadata = NULL;
	if (json_object_size(custom)) {
		buf_init(&out, 0);
		jsontext_put(&out, custom);
		k->custom_metadata = arena_strndup(req->arena, out.p, out.n);
		buf_release(&out);
	}
	json_decref(custom);
}

/* ---- reading ---- */

static json_t *
kv2_metadata_versions_json(struct request *req, const struct kv2_key *k)
{
	struct kv2_version *list;
	int n = kv2_versions(req->vault, req->arena, k->id, &list);
	json_t *all = json_object();

	for (int i = 0; i < n; i++) {
		char created[RFC3339_MAX], deleted[RFC3339_MAX] = "";
		char number[24];

		rfc3339_nano(
		    vault_client_time(req->vault, list[i].created_ns), created);
		if (list[i].deleted_ns)
			rfc3339_nano(
			    vault_client_time(req->vault, list[i].deleted_ns),
			    deleted);
		snprintf(
		    number, sizeof(number), "%lld", (long long)list[i].number);
		json_object_set_new(all, number,
		    json_pack("{s:s, s:s, s:b}", "created_time", created,
			"deletion_time", deleted, "destroyed",
			(int)list[i].destroyed));
	}
	return all;
}

enum handler_result
kv2_metadata_read(struct request *req)
{
	struct kv2_key k;
	char created[RFC3339_MAX], updated[RFC3339_MAX], after[DURATION_MAX];
	json_t *custom;

	if (!kv2_key_get(req->vault, req->arena, req->mount->id,
		param_str(req, "path"), &k))
		return reply_none(req);
	rfc3339_nano(vault_client_time(req->vault, k.created_ns), created);
	rfc3339_nano(vault_client_time(req->vault, k.updated_ns), updated);
	duration_format(k.delete_after_ns, after);
	custom = k.custom_metadata
	    ? jsontext_to_tree(slice_of(k.custom_metadata))
	    : json_null();
	return reply_data(req,
	    json_pack("{s:b, s:s, s:I, s:o, s:s, s:I, s:I, s:s, s:o}",
		"cas_required", (int)k.cas_required, "created_time", created,
		"current_version", (json_int_t)k.current, "custom_metadata",
		custom, "delete_version_after", after, "max_versions",
		(json_int_t)k.max_versions, "oldest_version",
		(json_int_t)k.oldest, "updated_time", updated, "versions",
		kv2_metadata_versions_json(req, &k)));
}

enum handler_result
kv2_metadata_list(struct request *req)
{
	char **keys;
	size_t n = kv2_list(req->vault, req->arena, req->mount->id,
	    param_str(req, "path"), &keys);

	return reply_keys(req, keys, n);
}

/* ---- writing ---- */

static enum handler_result
kv2_metadata_write_reply(struct request *req)
{
	struct kv2_config c;

	kv2_config_get(req->vault, req->mount->id, &c);
	if (!c.cas_required || !param_is_given(req, "cas_required") ||
	    param_bool(req, "cas_required"))
		return reply_none(req);
	reply_warn(req,
	    "\"cas_required\" set to false, but is mandated by backend "
	    "config. This value will be ignored.");
	return reply_data(req, NULL);
}

static void
kv2_metadata_set_fields(struct request *req, struct kv2_key *k)
{
	if (param_is_given(req, "max_versions"))
		k->max_versions = param_int(req, "max_versions");
	if (param_is_given(req, "cas_required"))
		k->cas_required = param_bool(req, "cas_required");
	if (param_is_given(req, "delete_version_after"))
		k->delete_after_ns = param_duration(
					 req, "delete_version_after") *
		    NSEC_PER_SEC;
}

static bool
kv2_metadata_is_empty_request(const struct request *req)
{
	return !param_is_given(req, "max_versions") &&
	    !param_is_given(req, "cas_required") &&
	    !param_is_given(req, "delete_version_after") &&
	    !param_is_given(req, "custom_metadata");
}

enum handler_result
kv2_metadata_write(struct request *req)
{
	const char *path = param_str(req, "path");
	json_t *custom = NULL;
	struct kv2_key k;
	enum handler_result refusal;

	if (*path == '\0')
		return fail(req, 400, "missing path");
	if (param_is_given(req, "custom_metadata") &&
	    (refusal = kv2_metadata_read_custom(req, false, &custom)))
		return refusal;
	if (kv2_metadata_is_empty_request(req))
		return reply_none(req);
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		k.created_ns = k.updated_ns = req->started_ns;
	kv2_metadata_set_fields(req, &k);
	if (custom)
		kv2_metadata_set_custom(req, &k, custom);
	kv2_key_put(req->vault, req->mount->id, path, &k);
	return kv2_metadata_write_reply(req);
}

enum handler_result
kv2_metadata_patch(struct request *req)
{
	const char *path = param_str(req, "path");
	json_t *custom = NULL;
	struct kv2_key k;
	enum handler_result refusal;

	if (*path == '\0')
		return fail(req, 400, "missing path");
	if (param_is_given(req, "custom_metadata") &&
	    (refusal = kv2_metadata_read_custom(req, true, &custom)))
		return refusal;
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k)) {
		json_decref(custom);
		return fail_no_body(req, 404);
	}
	kv2_metadata_set_fields(req, &k);
	if (jsontext_kind(param_raw(req, "custom_metadata")) == 'n' &&
	    param_is_given(req, "custom_metadata")) {
		json_decref(custom);
		k.custom_metadata = NULL;
	} else if (custom) {
		json_t *old = k.custom_metadata
		    ? jsontext_to_tree(slice_of(k.custom_metadata))
		    : json_object();

		kv2_metadata_set_custom(req, &k, kv2_merge(old, custom));
		json_decref(custom);
	}
	kv2_key_put(req->vault, req->mount->id, path, &k);
	return kv2_metadata_write_reply(req);
}

enum handler_result
kv2_metadata_delete(struct request *req)
{
	const char *path = param_str(req, "path");
	struct kv2_key k;

	if (kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		kv2_key_delete(req->vault, &k, req->mount->id, path);
	return reply_none(req);
}
