/*
 * The config object of sys/mounts/PATH and sys/auth/PATH.
 */
#include "sys/mounts/mount_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/plugin_version.h"
#include "api/engine.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/text.h"

enum mount_config_kind {
	CONFIG_TEXT,
	CONFIG_BOOL,
	CONFIG_LIST,
	CONFIG_LOCKOUT,
};

#define TEXT_KEY(name)                                                         \
	{                                                                      \
#name, CONFIG_TEXT, offsetof(struct mount_config, name), true, \
		    VERSION_ALWAYS                                             \
	}
#define BOOL_KEY(name)                                                   \
	{                                                                \
#name, CONFIG_BOOL, offsetof(struct mount_config, name), \
		    false, VERSION_ALWAYS                                \
	}
/* Vault 1.19: the last of the lists is not split at commas. */
#define LIST_KEY(name, commas)                               \
	{                                                    \
		name, CONFIG_LIST, 0, commas, VERSION_ALWAYS \
	}

static const struct mount_config_key {
	const char *name;
	enum mount_config_kind kind;
	size_t offset;
	bool commas;		    /* a text stands for a list with commas */
	enum version_change change; /* where Vault knows it, 0: everywhere */
} mount_config_keys[] = {
	TEXT_KEY(default_lease_ttl),
	TEXT_KEY(max_lease_ttl),
	TEXT_KEY(listing_visibility),
	TEXT_KEY(token_type),
	TEXT_KEY(plugin_name),
	TEXT_KEY(plugin_version),
	{ "identity_token_key", CONFIG_TEXT,
	    offsetof(struct mount_config, identity_token_key), true,
	    VERSION_MOUNT_DELEGATED },
	BOOL_KEY(force_no_cache),
	{ "trim_request_trailing_slashes", CONFIG_BOOL,
	    offsetof(struct mount_config, trim_request_trailing_slashes), false,
	    VERSION_MOUNT_TRIM_SLASHES },
	LIST_KEY("audit_non_hmac_request_keys", true),
	LIST_KEY("audit_non_hmac_response_keys", true),
	LIST_KEY("passthrough_request_headers", true),
	LIST_KEY("allowed_response_headers", true),
	LIST_KEY("allowed_managed_keys", true),
	{ "delegated_auth_accessors", CONFIG_LIST, 0, true,
	    VERSION_MOUNT_DELEGATED },
	{ "user_lockout_config", CONFIG_LOCKOUT, 0, false, VERSION_ALWAYS },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Text, or a number as it was written. */
static const char *
mount_config_text(struct request *req, struct slice v)
{
	return jsontext_kind(v) == '"' ? jsontext_string(req->arena, v, NULL)
				       : arena_strndup(req->arena, v.p, v.n);
}

static bool
mount_config_is_text(struct slice v)
{
	return jsontext_kind(v) == '"' || jsontext_kind(v) == '0';
}

static json_t *
mount_config_split(struct request *req, struct slice v)
{
	char *text = jsontext_string(req->arena, v, NULL), *comma;
	json_t *list = json_array();

	for (; text && *text; text = comma) {
		comma = strchr(text, ',');
		if (comma)
			*comma++ = '\0';
		json_array_append_new(list, json_string(trim_space(text)));
	}
	return list;
}

/* Reads a list of texts, or with key->commas one text; an empty list sets
 * nothing. false: the value has another type. */
static bool
mount_config_read_list(struct request *req, const struct mount_config_key *key,
    struct slice v, struct mount_config *out)
{
	struct slice *elements;
	json_t *list;
	size_t n;

	if (key->commas && jsontext_kind(v) == '"') {
		list = mount_config_split(req, v);
	} else {
		if (jsontext_kind(v) != '[')
			return false;
		list = json_array();
		n = jsontext_elements(req->arena, v, &elements);
		for (size_t i = 0; i < n; i++) {
			const char *text = "";

			if (mount_config_is_text(elements[i]))
				text = mount_config_text(req, elements[i]);
			else if (jsontext_kind(elements[i]) != 'n') {
				json_decref(list);
				return false;
			}
			json_array_append_new(list, json_string(text));
		}
	}
	if (json_array_size(list))
		json_object_set(out->lists, key->name, list);
	json_decref(list);
	return true;
}

/* Vault 1.19: read and forgotten; numbers are wanted where tune wants texts. */
static bool
mount_config_check_lockout(struct request *req, struct slice v)
{
	struct jsontext_member *members;
	size_t n;

	if (jsontext_kind(v) != '{')
		return false;
	n = jsontext_members(req->arena, v, &members);
	for (size_t i = 0; i < n; i++) {
		const char *name = members[i].key;
		char kind = jsontext_kind(members[i].value);

		if (kind == 'n')
			continue;
		if (strcasecmp(name, "lockout_threshold") == 0 ||
		    strcasecmp(name, "lockout_duration") == 0 ||
		    strcasecmp(name, "lockout_counter_reset") == 0) {
			if (kind != '0')
				return false;
		} else if (strcasecmp(name, "lockout_disable") == 0 &&
		    kind != 't' && kind != 'f') {
			return false;
		}
	}
	return true;
}

static bool
mount_config_read_key(struct request *req, const struct mount_config_key *key,
    struct slice v, struct mount_config *out)
{
	void *field = (char *)out + key->offset;

	if (jsontext_kind(v) == 'n')
		return true;
	switch (key->kind) {
	case CONFIG_TEXT:
		if (!mount_config_is_text(v))
			return false;
		*(const char **)field = mount_config_text(req, v);
		return true;
	case CONFIG_BOOL:
		*(bool *)field = jsontext_kind(v) == 't';
		return jsontext_kind(v) == 't' || jsontext_kind(v) == 'f';
	case CONFIG_LIST:
		return mount_config_read_list(req, key, v, out);
	case CONFIG_LOCKOUT:
		return mount_config_check_lockout(req, v);
	}
	return true;
}

/* A TTL: "" and "system" are none. */
static bool
mount_config_read_ttl(
    struct request *req, const char *text, const char *word, int64_t *out_s)
{
	const char *why;
	int64_t ns;

	*out_s = 0;
	if (*text == '\0' || strcmp(text, "system") == 0)
		return true;
	why = duration_parse_why(req->arena, text, &ns);
	if (why)
		return refuse(req, 400, "unable to parse %s TTL of %s: %s",
		    word, text, why);
	*out_s = ns / NSEC_PER_SEC;
	return true;
}

static bool
mount_config_check_ttls(struct request *req, struct mount_config *c)
{
	int64_t most_s = req->vault->config.max_lease_ttl_s;

	if (!mount_config_read_ttl(
		req, c->default_lease_ttl, "default", &c->default_ttl_s) ||
	    !mount_config_read_ttl(req, c->max_lease_ttl, "max", &c->max_ttl_s))
		return false;
	if (c->max_ttl_s && c->default_ttl_s > c->max_ttl_s)
		return refuse(req, 400,
		    "given default lease TTL greater "
		    "than given max lease TTL");
	if (c->default_ttl_s > most_s && c->max_ttl_s == 0) {
		return refuse(req, 400,
		    "given default lease TTL greater than system max lease "
		    "TTL of %lld",
		    (long long)most_s);
	}
	return true;
}

bool
mount_config_decode(struct request *req, struct slice object, const char *what,
    struct mount_config *out)
{
	struct jsontext_member *members;
	size_t n;

	*out = (struct mount_config){ .lists = json_object() };
	for (size_t k = 0; k < COUNT(mount_config_keys); k++)
		if (mount_config_keys[k].kind == CONFIG_TEXT)
			*(const char **)((char *)out +
			    mount_config_keys[k].offset) = "";
	n = object.p && jsontext_kind(object) == '{'
	    ? jsontext_members(req->arena, object, &members)
	    : 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(mount_config_keys); k++) {
			if (strcasecmp(mount_config_keys[k].name,
				members[i].key) != 0 ||
			    !version_has(
				req->vault, mount_config_keys[k].change))
				continue;
			if (mount_config_read_key(req, &mount_config_keys[k],
				members[i].value, out))
				continue;
			return refuse(req, 400,
			    "unable to convert given %s config information",
			    what);
		}
	return mount_config_check_ttls(req, out);
}

void
mount_config_release(struct mount_config *c)
{
	json_decref(c->lists);
	c->lists = NULL;
}

bool
mount_config_check_visibility(struct request *req, const char *text)
{
	if (*text == '\0' || strcmp(text, "hidden") == 0 ||
	    strcmp(text, "unauth") == 0)
		return true;
	return refuse(req, 400, "invalid listing_visibility %s", text);
}

bool
mount_config_set_token_type(
    struct request *req, struct mount *m, const char *type)
{
	static const char *const types[] = { "", "default-service",
		"default-batch", "service", "batch" };

	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i], type) != 0)
			continue;
		free(m->token_type);
		m->token_type = xstrdup(*type ? type : "default-service");
		return true;
	}
	return refuse(req, 400, "invalid value for 'token_type'");
}

void
mount_config_set_extra(struct mount *m, const char *key, json_t *value)
{
	bool empty = json_is_array(value) ? json_array_size(value) == 0
	    : json_is_string(value)	  ? json_string_length(value) == 0
					  : json_is_false(value);

	if (empty)
		json_object_del(m->extra_config, key);
	else
		json_object_set(m->extra_config, key, value);
	json_decref(value);
}

bool
mount_config_read_version(struct request *req, const char *text,
    const struct mount *m, const char **out)
{
	char builtin[64];

	*out = "";
	text = plugin_version_read(req, text);
	if (!text)
		return false;
	engine_version(req->vault, m->engine, builtin);
	if (strcmp(text, builtin) != 0)
		*out = text;
	return true;
}
