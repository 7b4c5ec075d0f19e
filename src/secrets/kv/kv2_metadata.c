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

verdict
kv2_config_read(struct request *req)
{
	struct kv2_config c;
	char after[DURATION_MAX];

	kv2_config_get(req->vault, req->mount->id, &c);
	duration_go(c.delete_after, after);
	return reply_data(req,
	    json_pack("{s:b, s:s, s:I}", "cas_required", (int)c.cas_required,
		"delete_version_after", after, "max_versions",
		(json_int_t)c.max_versions));
}

verdict
kv2_config_write(struct request *req)
{
	struct kv2_config c;

	kv2_config_get(req->vault, req->mount->id, &c);
	if (par_given(req, "max_versions"))
		c.max_versions = par_int(req, "max_versions");
	if (par_given(req, "cas_required"))
		c.cas_required = par_bool(req, "cas_required");
	if (par_given(req, "delete_version_after")) {
		c.delete_after = par_secs(req, "delete_version_after");
		if (c.delete_after < 0)
			c.delete_after = -NSEC;
	}
	kv2_config_put(req->vault, req->mount->id, &c);
	return reply_none(req);
}

/* ---- custom_metadata ---- */

struct problems {
	struct buf text;
	int n;
};

static void
problem(struct problems *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
problem(struct problems *p, const char *fmt, ...)
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
printable(const char *s)
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
check_pair(struct problems *p, const char *key, const char *value)
{
	size_t kn = strlen(key), vn = strlen(value);

	if (kn == 0 || kn > CUSTOM_KEY_MAX)
		problem(p, "length of key \"%s\" is %zu but must be 0 < "
			   "len(key) <= 128", key, kn);
	if (vn == 0 || vn > CUSTOM_VALUE_MAX)
		problem(p, "length of value for key \"%s\" is %zu but must "
			   "be 0 < len(value) <= 512", key, vn);
	if (!printable(key))
		problem(p, "key \"%s\" (%s) contains unprintable characters",
		    key, key);
	if (!printable(value))
		problem(p, "value for key \"%s\" contains unprintable "
			   "characters", key);
}

/* Weak text of a value, as mapstructure gives it; NULL for what has none. */
static const char *
value_text(struct request *req, struct slice v)
{
	switch (jtext_kind(v)) {
	case '"':
		return jtext_string(req->arena, v, NULL);
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

static verdict
refuse_problems(struct request *req, struct problems *p)
{
	verdict v = fail(req, 400, "%d error%s occurred:\n%s\n", p->n,
	    p->n == 1 ? "" : "s", p->text.p);

	buf_release(&p->text);
	return v;
}

/*
 * Checks the map of the request; *out is an object of strings. In a patch,
 * nulls stay nulls and are not checked. Returns a refusal or NULL.
 */
static verdict
custom_of(struct request *req, bool patch, json_t **out)
{
	struct jtext_member *m;
	struct problems p = { .n = 0 };
	size_t n = jtext_members(req->arena, par_raw(req, "custom_metadata"),
	    &m);

	buf_init(&p.text, 0);
	*out = NULL;
	if (n > CUSTOM_KEYS_MAX) {
		problem(&p, "payload must contain at most 64 keys, provided "
			    "%zu", n);
		return refuse_problems(req, &p);
	}
	*out = json_object();
	for (size_t i = 0; i < n; i++) {
		const char *text = value_text(req, m[i].value);

		if (!text) {
			json_decref(*out);
			buf_release(&p.text);
			return fail(req, 400,
			    CUSTOM "'' expected type 'string', got "
				   "unconvertible type '%s', value: '%s'",
			    jtext_go_type(m[i].value),
			    jtext_go_print(req->arena, m[i].value));
		}
		if (patch && jtext_kind(m[i].value) == 'n') {
			json_object_set_new(*out, m[i].key, json_null());
			continue;
		}
		check_pair(&p, m[i].key, text);
		json_object_set_new(*out, m[i].key, json_string(text));
	}
	if (p.n == 0) {
		buf_release(&p.text);
		return NULL;
	}
	json_decref(*out);
	*out = NULL;
	return refuse_problems(req, &p);
}

static void
set_custom(struct request *req, struct kv2_key *k, json_t *custom)
{
	struct buf out;

	k->custom = NULL;
	if (json_object_size(custom)) {
		buf_init(&out, 0);
		jtext_put(&out, custom);
		k->custom = arena_strndup(req->arena, out.p, out.n);
		buf_release(&out);
	}
	json_decref(custom);
}

/* ---- reading ---- */

static json_t *
versions_json(struct request *req, const struct kv2_key *k)
{
	struct kv2_version *list;
	int n = kv2_versions(req->vault, req->arena, k->id, &list);
	json_t *all = json_object();

	for (int i = 0; i < n; i++) {
		char created[RFC3339_MAX], deleted[RFC3339_MAX] = "";
		char number[24];

		rfc3339_nano(vault_shown(req->vault, list[i].created),
		    created);
		if (list[i].deleted)
			rfc3339_nano(
			    vault_shown(req->vault, list[i].deleted), deleted);
		snprintf(number, sizeof(number), "%lld",
		    (long long)list[i].number);
		json_object_set_new(all, number,
		    json_pack("{s:s, s:s, s:b}", "created_time", created,
			"deletion_time", deleted, "destroyed",
			(int)list[i].destroyed));
	}
	return all;
}

verdict
kv2_metadata_read(struct request *req)
{
	struct kv2_key k;
	char created[RFC3339_MAX], updated[RFC3339_MAX], after[DURATION_MAX];
	json_t *custom;

	if (!kv2_key_get(req->vault, req->arena, req->mount->id,
		par_str(req, "path"), &k))
		return reply_none(req);
	rfc3339_nano(vault_shown(req->vault, k.created), created);
	rfc3339_nano(vault_shown(req->vault, k.updated), updated);
	duration_go(k.delete_after, after);
	custom = k.custom ? jtext_tree(slice_of(k.custom)) : json_null();
	return reply_data(req,
	    json_pack("{s:b, s:s, s:I, s:o, s:s, s:I, s:I, s:s, s:o}",
		"cas_required", (int)k.cas_required, "created_time", created,
		"current_version", (json_int_t)k.current, "custom_metadata",
		custom, "delete_version_after", after, "max_versions",
		(json_int_t)k.max_versions, "oldest_version",
		(json_int_t)k.oldest, "updated_time", updated, "versions",
		versions_json(req, &k)));
}

verdict
kv2_metadata_list(struct request *req)
{
	char **keys;
	size_t n = kv2_list(req->vault, req->arena, req->mount->id,
	    par_str(req, "path"), &keys);

	return reply_keys(req, keys, n);
}

/* ---- writing ---- */

static verdict
written(struct request *req)
{
	struct kv2_config c;

	kv2_config_get(req->vault, req->mount->id, &c);
	if (!c.cas_required || !par_given(req, "cas_required") ||
	    par_bool(req, "cas_required"))
		return reply_none(req);
	warn(req, "\"cas_required\" set to false, but is mandated by backend "
		  "config. This value will be ignored.");
	return reply_data(req, NULL);
}

static void
set_fields(struct request *req, struct kv2_key *k)
{
	if (par_given(req, "max_versions"))
		k->max_versions = par_int(req, "max_versions");
	if (par_given(req, "cas_required"))
		k->cas_required = par_bool(req, "cas_required");
	if (par_given(req, "delete_version_after"))
		k->delete_after =
		    par_secs(req, "delete_version_after") * NSEC;
}

static bool
nothing_given(const struct request *req)
{
	return !par_given(req, "max_versions") &&
	    !par_given(req, "cas_required") &&
	    !par_given(req, "delete_version_after") &&
	    !par_given(req, "custom_metadata");
}

verdict
kv2_metadata_write(struct request *req)
{
	const char *path = par_str(req, "path");
	json_t *custom = NULL;
	struct kv2_key k;
	verdict refusal;

	if (*path == '\0')
		return fail(req, 400, "missing path");
	if (par_given(req, "custom_metadata") &&
	    (refusal = custom_of(req, false, &custom)))
		return refusal;
	if (nothing_given(req))
		return reply_none(req);
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		k.created = k.updated = req->started;
	set_fields(req, &k);
	if (custom)
		set_custom(req, &k, custom);
	kv2_key_put(req->vault, req->mount->id, path, &k);
	return written(req);
}

verdict
kv2_metadata_patch(struct request *req)
{
	const char *path = par_str(req, "path");
	json_t *custom = NULL;
	struct kv2_key k;
	verdict refusal;

	if (*path == '\0')
		return fail(req, 400, "missing path");
	if (par_given(req, "custom_metadata") &&
	    (refusal = custom_of(req, true, &custom)))
		return refusal;
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k)) {
		json_decref(custom);
		return fail_no_body(req, 404);
	}
	set_fields(req, &k);
	if (jtext_kind(par_raw(req, "custom_metadata")) == 'n' &&
	    par_given(req, "custom_metadata")) {
		json_decref(custom);
		k.custom = NULL;
	} else if (custom) {
		json_t *old = k.custom ? jtext_tree(slice_of(k.custom))
				       : json_object();

		set_custom(req, &k, kv2_merge(old, custom));
		json_decref(custom);
	}
	kv2_key_put(req->vault, req->mount->id, path, &k);
	return written(req);
}

verdict
kv2_metadata_delete(struct request *req)
{
	const char *path = par_str(req, "path");
	struct kv2_key k;

	if (kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		kv2_key_delete(req->vault, &k, req->mount->id, path);
	return reply_none(req);
}
