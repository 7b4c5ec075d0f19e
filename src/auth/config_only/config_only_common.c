/*
 * Entries of auth methods that let nobody in: read, written and listed.
 */
#include "auth/config_only/config_only_common.h"

#include <string.h>

#include "api/rotation_params.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/pem.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "core/crypto/keypair.h"
#include "core/token/token.h"

/* ---- where entries are ---- */

static const char *
config_entry_path(struct request *req, const struct config_entry_type *type)
{
	char *path = arena_strdup(
	    req->arena, type->path ? type->path : req->rel_path);
	size_t n = strlen(path);

	if (n && path[n - 1] == '/')
		path[n - 1] = '\0';
	if (type->flags & CONFIG_LOWER_NAME)
		lower_ascii(path);
	return path;
}

json_t *
config_entry_load(struct request *req, const char *path)
{
	struct slice text = plain_kv_get(req->vault, req->arena,
	    plain_kv_mount_scope(req->arena, req->mount), path);

	return text.p ? jsontext_to_tree(text) : NULL;
}

void
config_entry_store(struct request *req, const char *path, const json_t *data)
{
	struct buf text;

	buf_init(&text, 0);
	jsontext_put(&text, data);
	plain_kv_put(req->vault, plain_kv_mount_scope(req->arena, req->mount),
	    path, (struct slice){ text.p, text.n });
	buf_release(&text);
}

/* ---- fields ---- */

bool
config_has(const struct config_entry *entry, const char *field)
{
	const json_t *value = json_object_get(entry->data, field);

	return json_string_length(value) > 0 || json_array_size(value) > 0 ||
	    json_object_size(value) > 0;
}

bool
config_list_has(
    const struct config_entry *entry, const char *field, const char *member)
{
	const json_t *list = json_object_get(entry->data, field);

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)),
			member) == 0)
			return true;
	return false;
}

const char *
config_str(const json_t *data, const char *field)
{
	return jsontree_string(data, field);
}

int64_t
config_int(const json_t *data, const char *field)
{
	return json_integer_value(json_object_get(data, field));
}

void
config_drop_empty(json_t *data, const char *const *names)
{
	for (; *names; names++) {
		const json_t *value = json_object_get(data, *names);

		if (!json_is_true(value) && !json_integer_value(value) &&
		    !json_string_length(value) && !json_array_size(value) &&
		    !json_object_size(value))
			json_object_del(data, *names);
	}
}

void
config_clean_policies(struct config_entry *entry, const char *field)
{
	struct arena *a = entry->req->arena;
	char **list = jsontree_to_strings(
	    a, json_object_get(entry->data, field));

	json_object_set_new(entry->data, field,
	    jsontree_strings(policies_clean_copy(a, list, false, NULL)));
}

static bool
config_refuse_metadata(const char *prefix, const char *text, struct error *e)
{
	return *prefix ? error_wrap(e, 400, "%s%s", prefix, text)
		       : error_set(e, 400, "%s", text);
}

/* The names between commas, quoted as one text. */
static const char *
config_quoted_names(struct arena *a, char *const *names)
{
	return go_quoted(a, strs_join(a, names, ", "));
}

bool
config_check_metadata(struct config_entry *entry, const char *field,
    const char *const *all, size_t ndefaults, const char *prefix,
    struct error *e)
{
	struct arena *a = entry->req->arena;
	struct strs known, asked, clean;

	if (!param_is_given(entry->req, field))
		return true;
	strs_init(&known, a);
	strs_init(&asked, a);
	strs_init(&clean, a);
	strs_add_all(&known, (char *const *)all);
	strs_add_all(&asked, param_strings(entry->req, field, NULL));
	for (size_t i = 0; i < asked.n; i++) {
		lower_ascii(asked.items[i]);
		if (*asked.items[i])
			strs_add(&clean, asked.items[i]);
	}
	strs_sort_unique(&clean);
	if (clean.n == 1 && strs_has(&clean, "default")) {
		strs_clear(&clean);
		for (size_t i = 0; i < ndefaults; i++)
			strs_add(&clean, all[i]);
	}
	if (strs_has(&clean, "default"))
		return config_refuse_metadata(prefix,
		    arena_printf(a,
			"%s contains default - default can't be used in "
			"combination with other fields",
			go_quoted_list(a, clean.items)),
		    e);
	for (size_t i = 0; i < clean.n; i++)
		if (!strs_has(&known, clean.items[i]))
			return config_refuse_metadata(prefix,
			    arena_printf(a,
				"%s contains an unavailable field, please "
				"select from %s",
				config_quoted_names(a, clean.items),
				config_quoted_names(a, known.items)),
			    e);
	json_object_set_new(entry->data, field, jsontree_of_strs(&clean));
	return true;
}

bool
config_check_period(
    struct config_entry *entry, const char *fmt, struct error *e)
{
	int64_t period_s = config_int(entry->data, "token_period");
	int64_t max_s = mount_max_ttl(entry->req->vault, entry->req->mount);
	char period[DURATION_MAX], max[DURATION_MAX];
	const char *first, *second;

	if (period_s <= max_s)
		return true;
	duration_format(duration_from_s(period_s), period);
	duration_format(duration_from_s(max_s), max);
	first = strstr(fmt, "%s");
	second = strstr(first + 2, "%s");
	return error_set(e, 400, "%.*s%s%.*s%s%s", (int)(first - fmt), fmt,
	    period, (int)(second - first - 2), first + 2, max, second + 2);
}

bool
config_max_ttl_is_above_mount(const struct config_entry *entry)
{
	return config_int(entry->data, "token_max_ttl") >
	    mount_max_ttl(entry->req->vault, entry->req->mount);
}

bool
config_ttl_is_above_max(const struct config_entry *entry)
{
	int64_t max_s = config_int(entry->data, "token_max_ttl");

	return max_s && config_int(entry->data, "token_ttl") > max_s;
}

bool
config_ttl_is_above_mount(const struct config_entry *entry)
{
	return config_int(entry->data, "token_ttl") >
	    mount_default_ttl(entry->req->vault, entry->req->mount);
}

/* ---- what the community edition lacks ---- */

bool
config_refuse_identity_token(struct config_entry *entry, struct error *e)
{
	return !config_has(entry, "identity_token_audience") ||
	    error_set(e, 400,
		"plugin workload identity not supported in Vault community "
		"edition");
}

bool
config_refuse_rotation(struct config_entry *entry, struct error *e)
{
	return !rotation_params_ask(entry->req) ||
	    error_set(e, 400, ROTATION_REFUSAL);
}

bool
config_is_certificate(const char *pem)
{
	X509 *cert = pem_certificate(pem);
	bool ok = cert && !keypair_go_refusal(X509_get_X509_PUBKEY(cert));

	X509_free(cert);
	crypto_clear_errors();
	return ok;
}

/* A field's value: as given, or its default. */
static json_t *
config_field_value(struct request *req, const struct param *p)
{
	const char *fallback = p->default_json ? p->default_json : "[]";
	bool given = param_is_given(req, p->name);

	switch (p->type) {
	case P_BOOL:
		return json_boolean(param_bool(req, p->name));
	case P_INT:
		return json_integer(param_int(req, p->name));
	case P_SECONDS:
		return json_integer(param_duration(req, p->name));
	case P_SIGNED_DURATION:
		return json_integer(
		    param_duration(req, p->name) / NSEC_PER_SEC);
	case P_STRINGS:
	case P_COMMA_STRINGS:
		return given
		    ? jsontree_strings(param_strings(req, p->name, NULL))
		    : jsontext_to_tree(slice_of(fallback));
	case P_MAP:
	case P_PAIRS:
		return given ? param_json_tree(req, p->name)
			     : jsontext_to_tree(slice_of(
				   p->default_json ? p->default_json : "{}"));
	case P_ANY:
		return given ? param_json_tree(req, p->name)
			     : jsontext_to_tree(slice_of(
				   p->default_json ? p->default_json : "null"));
	case P_STRING:
	case P_PATH_STRING:
	case P_LOWER:
	case P_COMMA_INTS:
	case P_HEADER:
	case P_TIME:
	case P_FLOAT:
		break;
	}
	return json_string(param_str(req, p->name));
}

static bool
config_route_lists(struct request *req, const char *name)
{
	for (const struct param *p = req->route->params; p && p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

/* token_*, or the deprecated name of a token_* field of the table. */
static bool
config_is_token_field(struct request *req, const char *name)
{
	static const char *const old[] = { "policies", "ttl", "max_ttl",
		"period", "num_uses", "bound_cidrs" };

	if (starts_with(name, "token_"))
		return strcmp(name, "token_reviewer_jwt") != 0;
	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++)
		if (strcmp(old[i], name) == 0)
			return config_route_lists(
			    req, arena_printf(req->arena, "token_%s", name));
	return false;
}

static bool
config_read_fields(struct request *req, json_t *data, struct error *e)
{
	struct token_params token = { 0 };

	for (const struct param *p = req->route->params; p->name; p++)
		if (!config_is_token_field(req, p->name) &&
		    !*param_capture(req, p->name) &&
		    (param_is_given(req, p->name) ||
			!json_object_get(data, p->name)))
			json_object_set_new(
			    data, p->name, config_field_value(req, p));
	if (!config_route_lists(req, "token_ttl"))
		return true;
	if (json_object_get(data, "token_type"))
		token_params_unpack(req->arena, data, &token);
	if (!token_params_parse(req, &token, e) ||
	    !token_params_parse_deprecated(req, &token, e))
		return false;
	for (const struct param *p = req->route->params; p->name; p++)
		if (config_is_token_field(req, p->name))
			json_object_del(data, p->name);
	token_params_show(data, &token);
	return true;
}

/* ---- the operations ---- */

enum handler_result
config_entry_read(struct request *req, const struct config_entry_type *type)
{
	json_t *data = config_entry_load(req, config_entry_path(req, type));
	struct error e = { 0 };

	if (!data && type->flags & CONFIG_DEFAULTS) {
		data = json_object();
		if (!config_read_fields(req, data, &e)) {
			json_decref(data);
			return fail_error(req, &e);
		}
	}
	if (!data)
		return reply_none(req);
	if (type->show)
		type->show(req, data);
	for (const char *const *s = type->secrets; s && *s; s++)
		json_object_del(data, *s);
	return reply_data(req, data);
}

enum handler_result
config_entry_write(struct request *req, const struct config_entry_type *type)
{
	const char *path = config_entry_path(req, type);
	json_t *before = config_entry_load(req, path);
	struct config_entry entry = { .req = req, .before = before };
	struct error e = { 0 };
	bool ok;

	entry.data = before && !(type->flags & CONFIG_REPLACE)
	    ? json_deep_copy(before)
	    : json_object();
	ok = config_read_fields(req, entry.data, &e) &&
	    (!type->check || type->check(&entry, &e));
	if (ok)
		config_entry_store(req, path, entry.data);
	json_decref(entry.data);
	json_decref(before);
	if (!ok)
		return fail_error(req, &e);
	return req->reply.nwarnings || type->flags & CONFIG_EMPTY_REPLY
	    ? reply_data(req, NULL)
	    : reply_none(req);
}

enum handler_result
config_entry_delete(struct request *req, const struct config_entry_type *type)
{
	plain_kv_delete(req->vault,
	    plain_kv_mount_scope(req->arena, req->mount),
	    config_entry_path(req, type));
	return reply_none(req);
}

bool
config_entry_exists(struct request *req, const struct config_entry_type *type)
{
	json_t *data = config_entry_load(req, config_entry_path(req, type));

	json_decref(data);
	return data != NULL;
}

/* What a listing collects: paths below a prefix. */
struct config_names {
	const char *prefix;
	struct strs found;
};

static void
config_collect_name(const char *path, struct slice data, void *arg)
{
	struct config_names *names = arg;

	(void)data;
	if (starts_with(path, names->prefix))
		strs_add(&names->found, path + strlen(names->prefix));
}

enum handler_result
config_entry_list(struct request *req, const char *prefix)
{
	struct config_names names = { .prefix = prefix };

	strs_init(&names.found, req->arena);
	plain_kv_each(req->vault, plain_kv_mount_scope(req->arena, req->mount),
	    config_collect_name, &names);
	strs_sort(&names.found);
	return reply_keys(req, &names.found);
}

enum handler_result
config_only_login(struct request *req)
{
	return fail(req, 400,
	    "logins through the auth method \"%s\" are not supported by "
	    "mockvault",
	    req->mount->type);
}
