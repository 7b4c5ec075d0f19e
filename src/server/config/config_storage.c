/*
 * What a configuration file says of storage, seals and service registration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/go_text.h"
#include "base/text.h"
#include "core/version.h"
#include "server/config/config_value.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *
config_block_type(struct config_loader *l, const struct hcl_item *item)
{
	char *type = arena_strdup(
	    l->arena, item->label ? item->label : item->key);

	lower_ascii(type);
	return type;
}

/* The text of a field of a block, "" when it is not there. */
static const char *
config_block_text(
    struct config_loader *l, const struct hcl_value *block, const char *name)
{
	const struct hcl_item *item = hcl_find(block, name);

	return item ? config_value_text(l->arena, item->value) : "";
}

/* The block of an item; NULL with the error set when it is none. */
static const struct hcl_value *
config_block_map(
    struct config_loader *l, const char *name, const struct hcl_item *item)
{
	const struct hcl_value *block = config_single_block(item->value);

	if (block->kind == HCL_OBJECT)
		return block;
	config_refuse(l,
	    "error parsing '%s': %s.%s: At %d:%d: root: not an object type for "
	    "map (*ast.%s)",
	    name, name, item->label ? item->label : name, block->place.line,
	    block->place.column,
	    block->kind == HCL_LIST ? "ListType" : "LiteralType");
	return NULL;
}

/* ---- storage ---- */

/* The one item of that name. */
static bool
config_only_item(struct config_loader *l, const struct hcl_value *root,
    const char *name, const struct hcl_item **out)
{
	*out = config_find_item(root, name);
	return config_count_items(root, name) < 2 ||
	    config_refuse(l,
		"error parsing '%s': only one \"%s\" block is permitted", name,
		name);
}

static void
config_read_retry_join(struct config_loader *l, const struct hcl_value *block,
    struct config_storage *out)
{
	struct config_retry_join *r = &out->retry_joins[out->nretry_joins++];

	r->leader_api_addr = config_block_text(l, block, "leader_api_addr");
	r->leader_tls_servername = config_block_text(
	    l, block, "leader_tls_servername");
	r->auto_join = config_block_text(l, block, "auto_join");
	r->auto_join_scheme = config_block_text(l, block, "auto_join_scheme");
	r->leader_ca_cert = config_block_text(l, block, "leader_ca_cert");
	r->leader_client_cert = config_block_text(
	    l, block, "leader_client_cert");
	r->leader_client_key = config_block_text(l, block, "leader_client_key");
	r->leader_ca_cert_file = config_block_text(
	    l, block, "leader_ca_cert_file");
	r->leader_client_cert_file = config_block_text(
	    l, block, "leader_client_cert_file");
	r->leader_client_key_file = config_block_text(
	    l, block, "leader_client_key_file");
}

/* Each may be a block, or a list of them. */
static void
config_read_retry_joins(struct config_loader *l, const struct hcl_value *block,
    struct config_storage *out)
{
	int n = 0;

	for (int i = 0; i < block->n; i++)
		if (strcmp(block->items[i].key, "retry_join") == 0)
			n += block->items[i].value->kind == HCL_LIST
			    ? block->items[i].value->n
			    : 1;
	out->retry_joins = arena_alloc(
	    l->arena, (size_t)(n + 1) * sizeof(*out->retry_joins));
	out->nretry_joins = 0;
	for (int i = 0; i < block->n; i++) {
		const struct hcl_value *v = block->items[i].value;

		if (strcmp(block->items[i].key, "retry_join") != 0)
			continue;
		if (v->kind == HCL_OBJECT)
			config_read_retry_join(l, v, out);
		for (int k = 0; v->kind == HCL_LIST && k < v->n; k++)
			if (v->elements[k].kind == HCL_OBJECT)
				config_read_retry_join(l, &v->elements[k], out);
	}
}

/* Vault 1.19: addresses at the top of the file count more. */
static bool
config_read_storage(struct config_loader *l, const char *name,
    const struct hcl_item *item, struct config_storage *out)
{
	const struct hcl_value *block = config_block_map(l, name, item);
	const struct config_file *c = l->config;
	const char *clustering, *why;

	if (!block)
		return false;
	out->type = config_block_type(l, item);
	out->path = config_block_text(l, block, "path");
	out->node_id = config_block_text(l, block, "node_id");
	out->max_entry_size = config_block_text(l, block, "max_entry_size");
	out->performance_multiplier = config_block_text(
	    l, block, "performance_multiplier");
	config_read_retry_joins(l, block, out);
	out->ha_enabled = config_block_text(l, block, "ha_enabled");
	out->redirect_addr = config_block_text(l, block, "redirect_addr");
	if (*out->redirect_addr == '\0')
		out->redirect_addr = config_block_text(
		    l, block, "advertise_addr");
	out->cluster_addr = config_block_text(l, block, "cluster_addr");
	clustering = config_block_text(l, block, "disable_clustering");
	if (*clustering) {
		why = go_parse_bool_why(
		    l->arena, clustering, &out->disable_clustering);
		if (why)
			return config_refuse(l, "error parsing '%s': %s.%s: %s",
			    name, name, item->label ? item->label : name, why);
	}
	if (*c->api_addr)
		out->redirect_addr = c->api_addr;
	if (*c->cluster_addr)
		out->cluster_addr = c->cluster_addr;
	if (c->has_disable_clustering)
		out->disable_clustering = c->disable_clustering;
	return true;
}

bool
config_read_storages(struct config_loader *l, const struct hcl_value *root)
{
	static const char *const names[2][2] = { { "storage", "backend" },
		{ "ha_storage", "ha_backend" } };
	const struct hcl_item *item;

	for (int i = 0; i < 2; i++) {
		const char *name = names[i][0];

		if (!config_only_item(l, root, name, &item))
			return false;
		if (!item) {
			name = names[i][1];
			if (!config_only_item(l, root, name, &item))
				return false;
		}
		if (item &&
		    !config_read_storage(l, name, item,
			i ? &l->config->ha_storage : &l->config->storage))
			return false;
	}
	if (!config_only_item(l, root, "service_registration", &item))
		return false;
	if (item && !config_block_map(l, "service_registration", item))
		return false;
	if (item)
		l->config->service_registration = config_block_type(l, item);
	return true;
}

/* ---- seals ---- */

static bool
is_config_seal_name(const char *name)
{
	return *name &&
	    name[strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
		"WXYZ0123456789-_")] == '\0';
}

static bool
config_read_seal_priority(struct config_loader *l, const char *type,
    const struct hcl_value *v, struct config_seal *seal)
{
	const char *why = v->text
	    ? go_parse_int_why(l->arena, v->text, 10, &seal->priority)
	    : "could not parse value from input";

	if (why)
		return config_refuse(l,
		    " unable to parse 'priority' in kms type %s: %s",
		    go_quoted(l->arena, type), why);
	return seal->priority >= 1 ||
	    config_refuse(l, " invalid priority in kms type %s: %lld",
		go_quoted(l->arena, type), (long long)seal->priority);
}

/* What every seal has, and that the rest can be kept as texts. */
static bool
config_read_seal_fields(struct config_loader *l, const char *type,
    const struct hcl_value *block, struct config_seal *seal)
{
	const char *bare = l->where, *why;
	const struct hcl_item *item = hcl_find(block, "disabled");

	why = item ? config_parse_bool(l->arena, item->value, &seal->disabled)
		   : NULL;
	if (why)
		return config_refuse(l, ": %s", why);
	item = hcl_find(block, "priority");
	if (item && !config_read_seal_priority(l, type, item->value, seal))
		return false;
	seal->name = seal->disabled
	    ? arena_printf(l->arena, "%s-disabled", seal->type)
	    : seal->type;
	item = hcl_find(block, "name");
	if (item && item->value->kind != HCL_STRING)
		return config_refuse(l,
		    " unable to parse 'name' in kms type %s: unexpected type "
		    "%s",
		    go_quoted(l->arena, type),
		    item->value->kind == HCL_BOOL ? "bool" : "int");
	if (item)
		seal->name = item->value->text;
	if (item && !is_config_seal_name(seal->name))
		return config_refuse(l,
		    " 'name' field can only include alphanumeric characters, "
		    "hyphens, and underscores");
	for (int i = 0; i < block->n; i++)
		if (!block->items[i].value->text &&
		    strcmp(block->items[i].key, "purpose") != 0)
			return config_refuse(l,
			    ": 1 error(s) decoding:\n\n* '' expected type "
			    "'string', got unconvertible type '%s', value: "
			    "'%s'",
			    config_go_type(block->items[i].value),
			    config_go_print(
				l->arena, block->items[i].value, false));
	l->where = bare;
	return true;
}

static bool
config_read_seal(
    struct config_loader *l, const char *name, const struct hcl_item *item)
{
	const struct hcl_value *block = config_block_map(l, name, item);
	struct config_file *c = l->config;
	const char *type = item->label ? item->label : name;
	struct config_seal *seal;

	if (!block)
		return false;
	if (c->nseals == CONFIG_SEALS_MAX)
		return config_refuse(l, "too many seals");
	seal = &c->seals[c->nseals++];
	seal->type = config_block_type(l, item);
	l->where = arena_printf(
	    l->arena, "error parsing '%s': %s.%s", name, name, type);
	if (!config_read_seal_fields(l, type, block, seal))
		return false;
	l->where = "";
	return true;
}

bool
config_read_seals(struct config_loader *l, const struct hcl_value *root)
{
	static const struct {
		const char *name;
		int max;
	} kinds[] = { { "hsm", 2 }, { "seal", 5 }, { "kms", 3 } };

	for (size_t k = 0; k < COUNT(kinds); k++) {
		if (config_count_items(root, kinds[k].name) > kinds[k].max)
			return config_refuse(l,
			    "error parsing '%s': only %d or less \"%s\" blocks "
			    "are permitted",
			    kinds[k].name, kinds[k].max, kinds[k].name);
		for (int i = 0; i < root->n; i++)
			if (strcasecmp(root->items[i].key, kinds[k].name) ==
				0 &&
			    !config_read_seal(
				l, kinds[k].name, &root->items[i]))
				return false;
	}
	return true;
}

/* Vault 1.14 has two seals or fewer, and one of two is disabled. */
static bool
config_check_two_seals(
    struct config_loader *l, const struct config_file *c, int disabled)
{
	if (c->nseals != 2 || disabled == 1)
		return true;
	return config_refuse(l, "seals: two seals provided but %s",
	    disabled ? "both are disabled" : "neither is disabled");
}

bool
config_check_seals(struct config_loader *l, const struct config_file *c)
{
	int disabled = 0;

	for (int i = 0; i < c->nseals; i++)
		disabled += c->seals[i].disabled;
	if (!version_has(l->vault, VERSION_SEAL_ONE_ENABLED))
		return config_check_two_seals(l, c, disabled);
	if (c->nseals > 2)
		return config_refuse(l,
		    "seals: at most 2 seals can be provided: received %d",
		    c->nseals);
	if (c->nseals > 1 && disabled == c->nseals)
		return config_refuse(
		    l, "seals: seals provided but all are disabled");
	if (disabled < c->nseals - 1)
		return config_refuse(l, "seals: only one seal can be enabled");
	return c->nseals < 2 ||
	    strcmp(c->seals[0].name, c->seals[1].name) != 0 ||
	    config_refuse(l, "seals: seal names must be unique");
}
