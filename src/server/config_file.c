/*
 * Configuration files: one table of keys for the top level, one for listeners.
 */
#include "server/config_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "base/text.h"
#include "base/hcl/hcl.h"

#define FILE_MAX ((size_t)4 << 20)

enum config_key_type {
	CONFIG_STRING,
	CONFIG_BOOL,
	CONFIG_INT,
	CONFIG_SECONDS,
	CONFIG_IGNORED,
};

struct config_key {
	const char *name;
	enum config_key_type type;
	size_t offset;
};

#define TOP_KEY(name, type)                                     \
	{                                                       \
#name, type, offsetof(struct config_file, name) \
	}
#define LISTENER_KEY(name, type)                                    \
	{                                                           \
#name, type, offsetof(struct config_listener, name) \
	}
#define IGNORED_KEY(name)               \
	{                               \
		name, CONFIG_IGNORED, 0 \
	}

static const struct config_key config_top_keys[] = {
	TOP_KEY(api_addr, CONFIG_STRING),
	TOP_KEY(cluster_addr, CONFIG_STRING),
	TOP_KEY(cluster_name, CONFIG_STRING),
	TOP_KEY(default_lease_ttl, CONFIG_SECONDS),
	TOP_KEY(max_lease_ttl, CONFIG_SECONDS),
	IGNORED_KEY("ui"),
	IGNORED_KEY("disable_mlock"),
	IGNORED_KEY("disable_cache"),
	IGNORED_KEY("disable_clustering"),
	IGNORED_KEY("log_level"),
	IGNORED_KEY("log_format"),
	IGNORED_KEY("log_file"),
	IGNORED_KEY("pid_file"),
	IGNORED_KEY("plugin_directory"),
	TOP_KEY(raw_storage_endpoint, CONFIG_BOOL),
	IGNORED_KEY("introspection_endpoint"),
	IGNORED_KEY("enable_response_header_hostname"),
	IGNORED_KEY("enable_response_header_raft_node_id"),
	IGNORED_KEY("license_path"),
	IGNORED_KEY("ha_storage"),
	IGNORED_KEY("ha_backend"),
	IGNORED_KEY("service_registration"),
	IGNORED_KEY("telemetry"),
	IGNORED_KEY("entropy"),
	IGNORED_KEY("sentinel"),
	IGNORED_KEY("kms"),
	IGNORED_KEY("plugin"),
};

static const struct config_key config_listener_keys[] = {
	LISTENER_KEY(address, CONFIG_STRING),
	LISTENER_KEY(tls_disable, CONFIG_BOOL),
	LISTENER_KEY(tls_cert_file, CONFIG_STRING),
	LISTENER_KEY(tls_key_file, CONFIG_STRING),
	LISTENER_KEY(tls_client_ca_file, CONFIG_STRING),
	LISTENER_KEY(tls_min_version, CONFIG_STRING),
	LISTENER_KEY(tls_max_version, CONFIG_STRING),
	LISTENER_KEY(tls_require_and_verify_client_cert, CONFIG_BOOL),
	LISTENER_KEY(tls_disable_client_certs, CONFIG_BOOL),
	LISTENER_KEY(max_request_size, CONFIG_INT),
	IGNORED_KEY("cluster_address"),
	IGNORED_KEY("tls_cipher_suites"),
	IGNORED_KEY("max_request_duration"),
	IGNORED_KEY("custom_response_headers"),
	IGNORED_KEY("telemetry"),
	IGNORED_KEY("socket_mode"),
	IGNORED_KEY("socket_user"),
	IGNORED_KEY("socket_group"),
};

struct config_loader {
	struct config_file *config;
	struct arena *arena;
	const struct log *log;
	const char *file;
	char *why;
	size_t why_size;
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
config_file_error(
    struct config_loader *l, int line, const char *key, const char *what)
{
	snprintf(l->why, l->why_size,
	    "error loading configuration from %s: line %d: %s: %s", l->file,
	    line, key, what);
	return false;
}

static bool
config_file_assign(struct config_loader *l, const struct config_key *k,
    const struct hcl_item *item, void *base)
{
	void *field = (char *)base + k->offset;
	const char *text = item->value->text;
	int64_t ns;
	char *end;

	if (k->type == CONFIG_IGNORED)
		return true;
	if (!text)
		return config_file_error(
		    l, item->line, k->name, "expected a value");
	switch (k->type) {
	case CONFIG_STRING:
		*(const char **)field = text;
		return true;
	case CONFIG_BOOL:
		return parse_bool_go(text, field) ||
		    config_file_error(
			l, item->line, k->name, "expected a bool");
	case CONFIG_INT:
		*(int64_t *)field = strtoll(text, &end, 10);
		return *end == '\0' ||
		    config_file_error(
			l, item->line, k->name, "expected a number");
	case CONFIG_SECONDS:
		if (!duration_parse(text, &ns))
			return config_file_error(
			    l, item->line, k->name, "expected a duration");
		*(int64_t *)field = ns / NSEC_PER_SEC;
		return true;
	case CONFIG_IGNORED:
		break;
	}
	return true;
}

static const struct config_key *
config_file_find_key(const struct config_key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static bool
config_file_read_item(struct config_loader *l, const struct config_key *keys,
    size_t n, const struct hcl_item *item, void *base)
{
	const struct config_key *k = config_file_find_key(keys, n, item->key);

	if (k)
		return config_file_assign(l, k, item, base);
	log_msg(l->log, LOG_WARN, "config",
	    "unknown or unsupported field %s found in configuration at %s:%d",
	    item->key, l->file, item->line);
	return true;
}

/* The block telemetry { } of an object, or NULL. */
static const struct hcl_value *
config_file_find_telemetry(const struct hcl_value *parent)
{
	const struct hcl_item *item = hcl_find(parent, "telemetry");
	const struct hcl_value *block = item ? item->value : NULL;

	if (block && block->kind == HCL_LIST && block->n > 0)
		block = &block->elements[0];
	return block && block->kind == HCL_OBJECT ? block : NULL;
}

/* One key of telemetry; all others are for sinks that are not here. */
static bool
config_file_read_telemetry(struct config_loader *l,
    const struct hcl_value *parent, const struct config_key *key, void *base)
{
	const struct hcl_value *block = config_file_find_telemetry(parent);
	const struct hcl_item *item = block ? hcl_find(block, key->name) : NULL;

	return !item || config_file_assign(l, key, item, base);
}

static bool
config_file_read_listener(
    struct config_loader *l, const char *type, const struct hcl_value *block)
{
	struct config_file *c = l->config;
	static const struct config_key open_metrics_key = LISTENER_KEY(
	    unauthenticated_metrics_access, CONFIG_BOOL);
	struct config_listener *listener;

	if (block->kind == HCL_LIST) {
		for (int i = 0; i < block->n; i++)
			if (!config_file_read_listener(
				l, type, &block->elements[i]))
				return false;
		return true;
	}
	if (c->nlisteners == CONFIG_LISTENERS_MAX)
		return config_file_error(
		    l, block->line, "listener", "too many");
	listener = &c->listeners[c->nlisteners++];
	listener->type = type;
	listener->address = "127.0.0.1:8200";
	for (int i = 0; i < block->n; i++)
		if (!config_file_read_item(l, config_listener_keys,
			COUNT(config_listener_keys), &block->items[i],
			listener))
			return false;
	return config_file_read_telemetry(
	    l, block, &open_metrics_key, listener);
}

static bool
config_file_read_storage(
    struct config_loader *l, const char *type, const struct hcl_value *block)
{
	const struct hcl_item *item;

	if (block->kind == HCL_LIST && block->n > 0)
		block = &block->elements[0];
	l->config->storage = type;
	item = hcl_find(block, "path");
	if (item)
		l->config->storage_path = item->value->text;
	item = hcl_find(block, "node_id");
	if (item)
		l->config->node_id = item->value->text;
	return true;
}

/* Vault's cloud seals; each is played without any call to a cloud. */
static bool
config_file_read_seal(
    struct config_loader *l, const char *type, const struct hcl_value *block)
{
	static const char *const known[] = { "shamir", "awskms", "gcpckms",
		"azurekeyvault", "transit", "alicloudkms", "ocikms" };
	const struct hcl_item *disabled;

	if (block->kind == HCL_LIST && block->n > 0)
		block = &block->elements[0];
	disabled = hcl_find(block, "disabled");
	if (disabled && disabled->value->text &&
	    strcmp(disabled->value->text, "true") == 0)
		return true;
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i], type) == 0) {
			l->config->seal_type = type;
			return true;
		}
	return config_file_error(l, block->line, "seal", "unknown seal type");
}

/* `kind "type" { }`, or JSON's {"kind": {"type": {}}}, also in a list. */
static bool
config_file_each_block(struct config_loader *l, const struct hcl_item *item,
    bool (*read)(struct config_loader *l, const char *type,
	const struct hcl_value *block))
{
	const struct hcl_value *v = item->value;

	if (item->label)
		return read(l, item->label, v);
	for (int i = 0; v->kind == HCL_OBJECT && i < v->n; i++)
		if (!read(l, v->items[i].key, v->items[i].value))
			return false;
	for (int i = 0; v->kind == HCL_LIST && i < v->n; i++)
		for (int k = 0; k < v->elements[i].n; k++)
			if (!read(l, v->elements[i].items[k].key,
				v->elements[i].items[k].value))
				return false;
	return true;
}

static bool
config_file_read_root(struct config_loader *l, const struct hcl_value *root)
{
	static const struct config_key retention_key = TOP_KEY(
	    prometheus_retention_time, CONFIG_SECONDS);

	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];
		bool ok;

		if (strcmp(item->key, "listener") == 0)
			ok = config_file_each_block(
			    l, item, config_file_read_listener);
		else if (strcmp(item->key, "storage") == 0 ||
		    strcmp(item->key, "backend") == 0)
			ok = config_file_each_block(
			    l, item, config_file_read_storage);
		else if (strcmp(item->key, "seal") == 0)
			ok = config_file_each_block(
			    l, item, config_file_read_seal);
		else
			ok = config_file_read_item(l, config_top_keys,
			    COUNT(config_top_keys), item, l->config);
		if (!ok)
			return false;
	}
	return config_file_read_telemetry(l, root, &retention_key, l->config);
}

/* "env:NAME" is the text of that variable: a container's root may be read-only,
 * with no place for a file. */
static FILE *
config_file_open(const char *path)
{
	char *text = starts_with(path, "env:") ? getenv(path + 4) : NULL;

	return text && *text ? fmemopen(text, strlen(text), "rb")
			     : fopen(path, "rb");
}

static bool
config_file_load_one(struct config_loader *l, const char *path)
{
	FILE *f = config_file_open(path);
	struct hcl_error e;
	struct hcl_value *root;
	char *text;
	size_t length;

	l->file = path;
	if (!f) {
		snprintf(l->why, l->why_size,
		    "error loading configuration from %s: %s", path,
		    strerror(errno));
		return false;
	}
	text = arena_alloc(l->arena, FILE_MAX);
	length = fread(text, 1, FILE_MAX, f);
	fclose(f);
	root = hcl_parse(l->arena, text, length, &e);
	if (!root) {
		snprintf(l->why, l->why_size,
		    "error loading configuration from %s: At %d:%d: %s", path,
		    e.line, e.column, e.text);
		return false;
	}
	return config_file_read_root(l, root);
}

static int
config_file_filter(const struct dirent *d)
{
	return ends_with(d->d_name, ".hcl") || ends_with(d->d_name, ".json");
}

static int
config_file_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool
config_file_load(struct config_file *c, struct arena *a, const struct log *log,
    const char *path, char *why, size_t why_size)
{
	struct config_loader l = { c, a, log, path, why, why_size };
	struct dirent **names;
	struct stat st;
	bool ok = true;
	int n;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return config_file_load_one(&l, path);
	n = scandir(path, &names, config_file_filter, config_file_compare);
	for (int i = 0; i < n; i++) {
		ok = ok &&
		    config_file_load_one(
			&l, arena_printf(a, "%s/%s", path, names[i]->d_name));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return ok;
}
