/*
 * Typed reading of a configuration's values, with the texts of HashiCorp's
 * library and of Go's parsers.
 */
#include "server/config/config_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cidr.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/text.h"
#include "server/config/sockaddr_template.h"

bool
config_refuse(struct config_loader *l, const char *fmt, ...)
{
	const char *prefix = l->in_folder
	    ? arena_printf(l->arena,
		  "error loading configuration from %s: error loading %s: %s",
		  l->path, go_quoted(l->arena, l->file), l->where)
	    : arena_printf(l->arena, "error loading configuration from %s: %s",
		  l->path, l->where);
	va_list ap;

	va_start(ap, fmt);
	error_vset(l->error, 400, prefix, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- keys and items ---- */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Keys that only some versions of Vault know. */
static const struct {
	const char *name;
	enum version_change version;
} config_newer_keys[] = {
	{ "add_mount_point_rollback_metrics", VERSION_CONFIG_CHROOT },
	{ "allow_audit_log_prefixing", VERSION_AUDIT_PREFIX },
	{ "chroot_namespace", VERSION_CONFIG_CHROOT },
	{ "deny_slash_in_templated_paths", VERSION_POLICY_TEMPLATE_SLASH },
	{ "disable_replication_status_endpoints", VERSION_CONFIG_CHROOT },
	{ "disable_request_limiter", VERSION_CONFIG_REDACT },
	{ "enable_post_unseal_trace", VERSION_CONFIG_POST_UNSEAL },
	{ "enable_unauthenticated_access", VERSION_SHARES_NEED_TOKEN },
	{ "max_json_array_element_count", VERSION_BODY_LIMITS },
	{ "max_json_depth", VERSION_BODY_LIMITS },
	{ "max_json_object_entry_count", VERSION_BODY_LIMITS },
	{ "max_json_string_value_length", VERSION_BODY_LIMITS },
	{ "max_json_token", VERSION_BODY_LIMITS },
	{ "max_token_header_size", VERSION_TOKEN_HEADER_SIZE },
	{ "observations", VERSION_CONFIG_OBSERVATIONS },
	{ "plugin_tmpdir", VERSION_CONFIG_REDACT },
	{ "post_unseal_trace_directory", VERSION_CONFIG_POST_UNSEAL },
	{ "redact_addresses", VERSION_CONFIG_REDACT },
	{ "redact_cluster_name", VERSION_CONFIG_REDACT },
	{ "redact_version", VERSION_CONFIG_REDACT },
	{ "remove_irrevocable_lease_after", VERSION_CONFIG_IRREVOCABLE },
	{ "reporting_scan_directory", VERSION_CONFIG_OBSERVATIONS },
	{ "tls_reload_interval", VERSION_CONFIG_TLS_RELOAD },
	{ "x_forwarded_for_client_cert_header", VERSION_CONFIG_CLIENT_CERT },
	{ "x_forwarded_for_client_cert_header_decoders",
	    VERSION_CONFIG_CLIENT_CERT },
};

const struct config_key *
config_find_key(const struct config_loader *l, const struct config_key *keys,
    size_t n, const char *name)
{
	for (size_t i = 0; i < COUNT(config_newer_keys); i++)
		if (strcasecmp(config_newer_keys[i].name, name) == 0 &&
		    !version_has(l->vault, config_newer_keys[i].version))
			return NULL;
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

const struct hcl_item *
config_find_item(const struct hcl_value *block, const char *name)
{
	const struct hcl_item *found = NULL;

	for (int i = 0; block->kind == HCL_OBJECT && i < block->n; i++)
		if (strcasecmp(block->items[i].key, name) == 0)
			found = &block->items[i];
	return found;
}

int
config_count_items(const struct hcl_value *block, const char *name)
{
	int n = 0;

	for (int i = 0; block->kind == HCL_OBJECT && i < block->n; i++)
		n += strcasecmp(block->items[i].key, name) == 0;
	return n;
}

void
config_warn(struct config_loader *l, const char *text)
{
	struct config_warning *one = arena_zalloc(l->arena, sizeof(*one));
	struct config_warning **end = &l->config->warnings;

	one->text = text;
	while (*end)
		end = &(*end)->next;
	*end = one;
}

void
config_warn_unknown(struct config_loader *l, const struct config_key *keys,
    size_t n, const struct hcl_value *block)
{
	block = config_single_block(block);
	for (int i = 0; block->kind == HCL_OBJECT && i < block->n; i++) {
		const struct hcl_item *item = &block->items[i];

		if (!config_find_key(l, keys, n, item->key))
			config_warn(l,
			    arena_printf(l->arena,
				"unknown or unsupported field %s found in "
				"configuration at %s:%d:%d",
				item->key, l->path, item->keys[0].place.line,
				item->keys[0].place.column));
	}
}

const struct hcl_value *
config_single_block(const struct hcl_value *v)
{
	while (v->kind == HCL_LIST && v->n == 1)
		v = &v->elements[0];
	return v;
}

/* ---- values that may be anything ---- */

const char *
config_go_type(const struct hcl_value *v)
{
	switch (v->kind) {
	case HCL_OBJECT:
		return "[]map[string]interface {}";
	case HCL_LIST:
		return "[]interface {}";
	case HCL_STRING:
		return "string";
	case HCL_NUMBER:
		return v->is_float ? "float64" : "int";
	case HCL_BOOL:
		return "bool";
	}
	return "";
}

const char *
config_go_print(struct arena *a, const struct hcl_value *v, bool in_list)
{
	const char *text = "";

	if (v->text)
		return v->text;
	for (int i = 0; i < v->n; i++)
		text = v->kind == HCL_LIST
		    ? arena_printf(a, "%s%s%s", text, i ? " " : "",
			  config_go_print(a, &v->elements[i], true))
		    : arena_printf(a, "%s%s%s:%s", text, i ? " " : "",
			  v->items[i].key,
			  config_go_print(a, v->items[i].value, false));
	if (v->kind == HCL_LIST)
		return arena_printf(a, "[%s]", text);
	return arena_printf(a, in_list ? "map[%s]" : "[map[%s]]", text);
}

json_t *
config_value_json(const struct hcl_value *v)
{
	json_t *tree, *list;

	switch (v->kind) {
	case HCL_STRING:
		return json_string(v->text);
	case HCL_BOOL:
		return json_boolean(strcmp(v->text, "true") == 0);
	case HCL_NUMBER:
		return v->is_float ? json_real(strtod(v->text, NULL))
				   : json_integer(strtoll(v->text, NULL, 0));
	case HCL_LIST:
		tree = json_array();
		for (int i = 0; i < v->n; i++)
			json_array_append_new(
			    tree, config_value_json(&v->elements[i]));
		return tree;
	case HCL_OBJECT:
		break;
	}
	/* An object is one of a list of blocks. */
	tree = json_object();
	for (int i = 0; i < v->n; i++) {
		const struct hcl_item *item = &v->items[i];
		json_t *value = config_value_json(item->value);

		list = json_object_get(tree, item->key);
		if (item->value->kind != HCL_OBJECT)
			json_object_set_new(tree, item->key, value);
		else if (json_is_array(list))
			json_array_append_new(list, value);
		else
			json_object_set_new(
			    tree, item->key, json_pack("[o]", value));
	}
	return tree;
}

const char *
config_value_text(struct arena *a, const struct hcl_value *v)
{
	json_t *tree;
	char *dumped;
	const char *text;

	if (v->text)
		return v->text;
	tree = config_value_json(v);
	dumped = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS);
	text = arena_strdup(a, dumped ? dumped : "");
	free(dumped);
	json_decref(tree);
	return text;
}

/* ---- what the library decodes ---- */

/* "At 3:12: root.api_addr: unknown type for string *ast.ListType" */
static bool
config_refuse_type(struct config_loader *l, const struct hcl_value *v,
    const char *what, bool in_list)
{
	const char *node = "LiteralType";

	if (v->kind == HCL_LIST)
		node = "ListType";
	else if (v->kind == HCL_OBJECT)
		node = in_list ? "ObjectType" : "ObjectList";
	return config_refuse(l, "At %d:%d: %s*ast.%s", v->place.line,
	    v->place.column, what, node);
}

static bool
is_config_string(const struct hcl_value *v)
{
	return v->kind == HCL_STRING || (v->kind == HCL_NUMBER && !v->is_float);
}

static bool
config_decode_texts(
    struct config_loader *l, const char *name, const struct hcl_value *v)
{
	if (v->kind != HCL_LIST)
		return config_refuse_type(l, v, "unknown slice type: ", false);
	for (int i = 0; i < v->n; i++)
		if (!is_config_string(&v->elements[i]))
			return config_refuse_type(l, &v->elements[i],
			    arena_printf(l->arena,
				"%s[%d]: unknown type for string ", name, i),
			    true);
	return true;
}

/* A number must fit; a text counts as a number when one is wanted. */
static bool
config_decode_number(struct config_loader *l, const struct hcl_value *v)
{
	int64_t number;
	const char *why = go_parse_int_why(l->arena, v->text, 0, &number);

	return !why || config_refuse(l, "%s", why);
}

/* Can the value be decoded into that type, by HCL's rules? False with Vault's
 * text in the loader. */
static bool
config_decode_value(struct config_loader *l, const char *name,
    enum config_type type, const struct hcl_value *v)
{
	switch (type) {
	case CONFIG_STRING:
	case CONFIG_TEMPLATE:
		return is_config_string(v) ||
		    config_refuse_type(l, v,
			arena_printf(
			    l->arena, "%s: unknown type for string ", name),
			false);
	case CONFIG_TRUTH:
		return v->kind == HCL_BOOL ||
		    config_refuse_type(l, v,
			arena_printf(l->arena, "%s: unknown type ", name),
			false);
	case CONFIG_WHOLE:
		return is_config_string(v)
		    ? config_decode_number(l, v)
		    : config_refuse_type(l, v,
			  arena_printf(l->arena, "%s: unknown type ", name),
			  false);
	case CONFIG_STRINGS:
		return config_decode_texts(l, name, v);
	case CONFIG_BLOCK:
		v = config_single_block(v);
		return v->kind == HCL_OBJECT ||
		    config_refuse(l,
			"At %d:%d: %s: not an object type for struct "
			"(*ast.%s)",
			v->place.line, v->place.column, name,
			v->kind == HCL_LIST ? "ListType" : "LiteralType");
	case CONFIG_BOOL:
	case CONFIG_INT:
	case CONFIG_UNSIGNED:
	case CONFIG_SECONDS:
	case CONFIG_ADDRESSES:
	case CONFIG_ANY:
		break;
	}
	return v->kind != HCL_NUMBER || v->is_float ||
	    config_decode_number(l, v);
}

bool
config_decode(struct config_loader *l, const char *name,
    const struct config_key *keys, size_t n, const struct hcl_value *block)
{
	for (size_t k = 0; k < n; k++)
		for (int i = 0; block->kind == HCL_OBJECT && i < block->n;
		     i++) {
			const struct hcl_item *item = &block->items[i];

			if (strcasecmp(item->key, keys[k].name) == 0 &&
			    !config_decode_value(l,
				arena_printf(
				    l->arena, "%s.%s", name, keys[k].name),
				keys[k].type, item->value))
				return false;
		}
	return true;
}

/* ---- what Vault parses ---- */

const char *
config_parse_bool(struct arena *a, const struct hcl_value *v, bool *out)
{
	const char *why;

	if (v->kind == HCL_NUMBER) {
		*out = strspn(v->text, "0.") != strlen(v->text);
		return NULL;
	}
	if (!v->text)
		return arena_printf(a,
		    "1 error(s) decoding:\n\n* '' expected type 'bool', got "
		    "unconvertible type '%s', value: '%s'",
		    config_go_type(v), config_go_print(a, v, false));
	if (*v->text == '\0') {
		*out = false;
		return NULL;
	}
	why = go_parse_bool_why(a, v->text, out);
	return why ? arena_printf(a,
			 "1 error(s) decoding:\n\n* cannot parse '' as bool: "
			 "%s",
			 why)
		   : NULL;
}

/* parseutil.ParseInt */
static const char *
config_parse_int(struct arena *a, const struct hcl_value *v, int64_t *out)
{
	if (v->kind == HCL_NUMBER && !v->is_float)
		return go_parse_int_why(a, v->text, 0, out);
	if (v->kind != HCL_STRING)
		return "could not parse value from input";
	*out = 0;
	return *v->text ? go_parse_int_why(a, v->text, 10, out) : NULL;
}

static const char *
config_parse_unsigned(struct arena *a, const struct hcl_value *v, int64_t *out)
{
	uint64_t number;
	const char *why = go_parse_uint_why(
	    a, config_go_print(a, v, false), 10, &number);

	if (!why)
		*out = number > INT64_MAX ? INT64_MAX : (int64_t)number;
	return why;
}

/* parseutil.ParseDurationSecond */
static const char *
config_parse_seconds(struct arena *a, const struct hcl_value *v, int64_t *out)
{
	const char *why;
	int64_t ns;

	if (v->kind == HCL_NUMBER && v->is_float) {
		*out = (int64_t)strtod(v->text, NULL);
		return NULL;
	}
	if (v->kind == HCL_NUMBER)
		return go_parse_int_why(a, v->text, 0, out);
	if (v->kind != HCL_STRING)
		return "could not parse duration from input";
	why = duration_parse_why(a, v->text, &ns);
	if (!why)
		*out = ns / NSEC_PER_SEC;
	return why;
}

static const char *
config_add_address(struct arena *a, const char *text, struct strs *out)
{
	const char *quoted = go_quoted(a, text);

	if (!cidr_is_sockaddr(text))
		return arena_printf(a,
		    "error parsing address %s: Unable to convert %s to an IPv4 "
		    "or IPv6 address, or a UNIX Socket",
		    quoted, quoted);
	strs_add(out, text);
	return NULL;
}

/* parseutil.ParseAddrs: a list of texts, or one text with commas. */
static const char *
config_parse_addresses(
    struct arena *a, const struct hcl_value *v, struct strs *out)
{
	const char *why = NULL;
	char *text, *comma;

	strs_init(out, a);
	for (int i = 0; v->kind == HCL_LIST && i < v->n; i++)
		if (v->elements[i].kind != HCL_STRING)
			return arena_printf(a, "error parsing %s as string",
			    config_go_print(a, &v->elements[i], true));
	for (int i = 0; v->kind == HCL_LIST && i < v->n && !why; i++)
		why = config_add_address(a, v->elements[i].text, out);
	if (v->kind == HCL_LIST)
		return why;
	if (v->kind != HCL_STRING)
		return arena_printf(
		    a, "unknown address input type %s", config_go_type(v));
	for (text = arena_strdup(a, v->text); text && *text && !why;
	     text = comma) {
		comma = strchr(text, ',');
		if (comma)
			*comma++ = '\0';
		text = trim_space(text);
		if (*text)
			why = config_add_address(a, text, out);
	}
	if (!why && out->n == 0)
		return arena_printf(
		    a, "unable to parse addresses from %s", v->text);
	return why;
}

/* Go's reason why the value cannot be what the key wants, or NULL. */
static const char *
config_parse_value(struct arena *a, const struct config_key *key,
    const struct hcl_value *v, void *field)
{
	const char *why = NULL;

	switch (key->type) {
	case CONFIG_STRING:
		*(const char **)field = v->text;
		break;
	case CONFIG_TEMPLATE:
		*(const char **)field = sockaddr_template(a, v->text, &why);
		return *(const char **)field ? NULL : why;
	case CONFIG_TRUTH:
		*(bool *)field = strcmp(v->text, "true") == 0;
		break;
	case CONFIG_WHOLE:
		return go_parse_int_why(a, v->text, 0, field);
	case CONFIG_STRINGS:
		strs_init(field, a);
		for (int i = 0; i < v->n; i++)
			strs_add(field, v->elements[i].text);
		break;
	case CONFIG_BOOL:
		return config_parse_bool(a, v, field);
	case CONFIG_INT:
		return config_parse_int(a, v, field);
	case CONFIG_UNSIGNED:
		return config_parse_unsigned(a, v, field);
	case CONFIG_SECONDS:
		return config_parse_seconds(a, v, field);
	case CONFIG_ADDRESSES:
		return config_parse_addresses(a, v, field);
	case CONFIG_BLOCK:
	case CONFIG_ANY:
		break;
	}
	return NULL;
}

bool
config_parse(struct config_loader *l, const struct config_key *keys, size_t n,
    const struct hcl_value *block, void *base)
{
	union {
		const char *text;
		bool truth;
		int64_t number;
		struct strs texts;
	} nowhere;

	for (size_t k = 0; k < n; k++) {
		const struct hcl_item *item = config_find_item(
		    block, keys[k].name);
		const char *why;

		if (!item)
			continue;
		why = config_parse_value(l->arena, &keys[k], item->value,
		    keys[k].offset == CONFIG_NOWHERE
			? (void *)&nowhere
			: (char *)base + keys[k].offset);
		if (why)
			return config_refuse(l, "%s%s",
			    keys[k].reason ? keys[k].reason : "", why);
		if (keys[k].check && !keys[k].check(l, base))
			return false;
	}
	return true;
}
