/*
 * Typed reading of a configuration's values, with the texts of Go's parsers.
 */
#include "server/config_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cidr.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/text.h"
#include "server/sockaddr_template.h"

bool
config_refuse(struct config_loader *l, const char *fmt, ...)
{
	char reason[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	return error_set(l->error, 400,
	    "error loading configuration from %s: %s%s", l->file, l->where,
	    reason);
}

const struct config_key *
config_find_key(const struct config_key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

void
config_warn_unknown(struct config_loader *l, const struct hcl_item *item)
{
	log_msg(l->log, LOG_WARN, "config",
	    "unknown or unsupported field %s found in configuration at "
	    "%s:%d:%d",
	    item->key, l->file, item->keys[0].place.line,
	    item->keys[0].place.column);
}

const struct hcl_value *
config_single_block(const struct hcl_value *v)
{
	while (v->kind == HCL_LIST && v->n == 1)
		v = &v->elements[0];
	return v;
}

const char *
config_text(const struct hcl_value *v)
{
	return v->text ? v->text : "";
}

/* parseutil.ParseBool: a text that is empty is false, a number is not 0. */
static bool
config_read_bool(struct config_loader *l, const struct config_key *key,
    const struct hcl_value *v, bool *out)
{
	const char *why;

	if (v->kind == HCL_NUMBER) {
		*out = strspn(v->text, "0.") != strlen(v->text);
		return true;
	}
	if (v->kind == HCL_STRING && *v->text == '\0') {
		*out = false;
		return true;
	}
	why = go_parse_bool_why(l->arena, v->text, out);
	return !why ||
	    config_refuse(l,
		"%s1 error(s) decoding:\n\n* cannot parse '' as bool: %s",
		key->complaint ? key->complaint : "", why);
}

static bool
config_add_address(struct config_loader *l, const struct config_key *key,
    const char *text, struct config_texts *out)
{
	const char *quoted = go_quoted(l->arena, text);

	if (out->n == CONFIG_TEXTS_MAX)
		return config_refuse(l, "too many addresses");
	if (!cidr_is_sockaddr(text))
		return config_refuse(l,
		    "error parsing %s: error parsing address %s: Unable to "
		    "convert %s to an IPv4 or IPv6 address, or a UNIX Socket",
		    key->name, quoted, quoted);
	out->items[out->n++] = text;
	return true;
}

/* parseutil.ParseAddrs: a list of texts, or one text with commas. */
static bool
config_read_addresses(struct config_loader *l, const struct config_key *key,
    const struct hcl_value *v, struct config_texts *out)
{
	char *text, *comma;

	for (int i = 0; v->kind == HCL_LIST && i < v->n; i++) {
		if (v->elements[i].kind != HCL_STRING)
			return config_refuse(l,
			    "error parsing %s: error parsing %s as string",
			    key->name, config_text(&v->elements[i]));
		if (!config_add_address(l, key, v->elements[i].text, out))
			return false;
	}
	if (v->kind == HCL_LIST)
		return true;
	for (text = arena_strdup(l->arena, config_text(v)); text && *text;
	     text = comma) {
		comma = strchr(text, ',');
		if (comma)
			*comma++ = '\0';
		text = trim_space(text);
		if (*text && !config_add_address(l, key, text, out))
			return false;
	}
	return true;
}

static bool
config_read_template(
    struct config_loader *l, const char *text, const char **out)
{
	const char *why;

	*out = sockaddr_template(l->arena, text, &why);
	return *out || config_refuse(l, "%s", why);
}

bool
config_assign(struct config_loader *l, const struct config_key *key,
    const struct hcl_value *value, void *base)
{
	void *field = (char *)base + key->offset;
	const char *complaint = key->complaint ? key->complaint : "", *why;
	int64_t number;

	if (key->type == CONFIG_IGNORED)
		return true;
	if (key->type == CONFIG_ADDRESSES)
		return config_read_addresses(l, key, value, field);
	if (!value->text)
		return config_refuse(l,
		    "At %d:%d: root.%s: unknown type for string *ast.%s",
		    value->place.line, value->place.column, key->name,
		    value->kind == HCL_LIST ? "ListType" : "ObjectType");
	switch (key->type) {
	case CONFIG_STRING:
		*(const char **)field = value->text;
		return true;
	case CONFIG_TEMPLATE:
		return config_read_template(l, value->text, field);
	case CONFIG_BOOL:
		return config_read_bool(l, key, value, field);
	case CONFIG_INT:
		if (*value->text == '\0') {
			*(int64_t *)field = 0;
			return true;
		}
		why = go_parse_int_why(l->arena, value->text, 10, field);
		return !why || config_refuse(l, "%s%s", complaint, why);
	case CONFIG_SECONDS:
		why = duration_parse_why(l->arena, value->text, &number);
		if (why)
			return config_refuse(l, "%s%s", complaint, why);
		*(int64_t *)field = number / NSEC_PER_SEC;
		return true;
	case CONFIG_ADDRESSES:
	case CONFIG_IGNORED:
		break;
	}
	return true;
}

bool
config_read_block(struct config_loader *l, const struct config_key *keys,
    size_t n, const struct hcl_value *block, void *base)
{
	block = config_single_block(block);
	for (int i = 0; i < block->n && block->kind == HCL_OBJECT; i++) {
		const struct hcl_item *item = &block->items[i];
		const struct config_key *key = config_find_key(
		    keys, n, item->key);

		if (!key)
			config_warn_unknown(l, item);
		else if (!config_assign(l, key, item->value, base))
			return false;
	}
	return true;
}
