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

enum key_type {
	KEY_TEXT,
	KEY_BOOL,
	KEY_INT,
	KEY_SECONDS,
	KEY_IGNORED,
};

struct key {
	const char *name;
	enum key_type type;
	size_t at;
};

#define TOP(name, type) { #name, type, offsetof(struct config_file, name) }
#define LISTENER(name, type) \
	{ #name, type, offsetof(struct config_listener, name) }
#define IGNORED(name) { name, KEY_IGNORED, 0 }

static const struct key top_keys[] = {
	TOP(api_addr, KEY_TEXT),
	TOP(cluster_addr, KEY_TEXT),
	TOP(cluster_name, KEY_TEXT),
	TOP(default_lease_ttl, KEY_SECONDS),
	TOP(max_lease_ttl, KEY_SECONDS),
	IGNORED("ui"),
	IGNORED("disable_mlock"),
	IGNORED("disable_cache"),
	IGNORED("disable_clustering"),
	IGNORED("log_level"),
	IGNORED("log_format"),
	IGNORED("log_file"),
	IGNORED("pid_file"),
	IGNORED("plugin_directory"),
	TOP(raw_storage_endpoint, KEY_BOOL),
	IGNORED("introspection_endpoint"),
	IGNORED("enable_response_header_hostname"),
	IGNORED("enable_response_header_raft_node_id"),
	IGNORED("license_path"),
	IGNORED("ha_storage"),
	IGNORED("ha_backend"),
	IGNORED("service_registration"),
	IGNORED("telemetry"),
	IGNORED("entropy"),
	IGNORED("sentinel"),
	IGNORED("kms"),
	IGNORED("plugin"),
};

static const struct key listener_keys[] = {
	LISTENER(address, KEY_TEXT),
	LISTENER(tls_disable, KEY_BOOL),
	LISTENER(tls_cert_file, KEY_TEXT),
	LISTENER(tls_key_file, KEY_TEXT),
	LISTENER(tls_client_ca_file, KEY_TEXT),
	LISTENER(tls_min_version, KEY_TEXT),
	LISTENER(tls_max_version, KEY_TEXT),
	LISTENER(tls_require_and_verify_client_cert, KEY_BOOL),
	LISTENER(tls_disable_client_certs, KEY_BOOL),
	LISTENER(max_request_size, KEY_INT),
	IGNORED("cluster_address"),
	IGNORED("tls_cipher_suites"),
	IGNORED("max_request_duration"),
	IGNORED("custom_response_headers"),
	IGNORED("telemetry"),
	IGNORED("socket_mode"),
	IGNORED("socket_user"),
	IGNORED("socket_group"),
};

struct loader {
	struct config_file *config;
	struct arena *arena;
	const struct log *log;
	const char *file;
	char *why;
	size_t why_size;
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
complain(struct loader *l, int line, const char *key, const char *what)
{
	snprintf(l->why, l->why_size,
	    "error loading configuration from %s: line %d: %s: %s", l->file,
	    line, key, what);
	return false;
}

static bool
assign(struct loader *l, const struct key *k, const struct hcl_item *item,
    void *base)
{
	void *field = (char *)base + k->at;
	const char *text = item->value->text;
	int64_t ns;
	char *end;

	if (k->type == KEY_IGNORED)
		return true;
	if (!text)
		return complain(l, item->line, k->name, "expected a value");
	switch (k->type) {
	case KEY_TEXT:
		*(const char **)field = text;
		return true;
	case KEY_BOOL:
		return parse_bool_go(text, field) ||
		    complain(l, item->line, k->name, "expected a bool");
	case KEY_INT:
		*(int64_t *)field = strtoll(text, &end, 10);
		return *end == '\0' ||
		    complain(l, item->line, k->name, "expected a number");
	case KEY_SECONDS:
		if (!duration_parse(text, &ns))
			return complain(l, item->line, k->name,
			    "expected a duration");
		*(int64_t *)field = ns / NSEC;
		return true;
	case KEY_IGNORED:
		break;
	}
	return true;
}

static const struct key *
find_key(const struct key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static bool
read_item(struct loader *l, const struct key *keys, size_t n,
    const struct hcl_item *item, void *base)
{
	const struct key *k = find_key(keys, n, item->key);

	if (k)
		return assign(l, k, item, base);
	log_msg(l->log, LOG_WARN, "config",
	    "unknown or unsupported field %s found in configuration at %s:%d",
	    item->key, l->file, item->line);
	return true;
}

/* The block telemetry { } of an object, or NULL. */
static const struct hcl_value *
telemetry_of(const struct hcl_value *parent)
{
	const struct hcl_item *item = hcl_find(parent, "telemetry");
	const struct hcl_value *block = item ? item->value : NULL;

	if (block && block->kind == HCL_LIST && block->n > 0)
		block = &block->elements[0];
	return block && block->kind == HCL_OBJECT ? block : NULL;
}

/* One key of telemetry; all others are for sinks that are not here. */
static bool
read_telemetry(struct loader *l, const struct hcl_value *parent,
    const struct key *key, void *base)
{
	const struct hcl_value *block = telemetry_of(parent);
	const struct hcl_item *item = block ? hcl_find(block, key->name)
					    : NULL;

	return !item || assign(l, key, item, base);
}

static bool
read_listener(struct loader *l, const char *type,
    const struct hcl_value *block)
{
	struct config_file *c = l->config;
	static const struct key open =
	    LISTENER(unauthenticated_metrics_access, KEY_BOOL);
	struct config_listener *one;

	if (block->kind == HCL_LIST) {
		for (int i = 0; i < block->n; i++)
			if (!read_listener(l, type, &block->elements[i]))
				return false;
		return true;
	}
	if (c->nlisteners == CONFIG_LISTENERS_MAX)
		return complain(l, block->line, "listener", "too many");
	one = &c->listeners[c->nlisteners++];
	one->type = type;
	one->address = "127.0.0.1:8200";
	for (int i = 0; i < block->n; i++)
		if (!read_item(l, listener_keys, COUNT(listener_keys),
			&block->items[i], one))
			return false;
	return read_telemetry(l, block, &open, one);
}

static bool
read_storage(struct loader *l, const char *type,
    const struct hcl_value *block)
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
read_seal(struct loader *l, const char *type, const struct hcl_value *block)
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
	return complain(l, block->line, "seal", "unknown seal type");
}

/* `kind "type" { }`, or JSON's {"kind": {"type": {}}}, also in a list. */
static bool
each_block(struct loader *l, const struct hcl_item *item,
    bool (*read)(struct loader *l, const char *type,
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
read_root(struct loader *l, const struct hcl_value *root)
{
	static const struct key retention =
	    TOP(prometheus_retention_time, KEY_SECONDS);

	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];
		bool ok;

		if (strcmp(item->key, "listener") == 0)
			ok = each_block(l, item, read_listener);
		else if (strcmp(item->key, "storage") == 0 ||
		    strcmp(item->key, "backend") == 0)
			ok = each_block(l, item, read_storage);
		else if (strcmp(item->key, "seal") == 0)
			ok = each_block(l, item, read_seal);
		else
			ok = read_item(l, top_keys, COUNT(top_keys), item,
			    l->config);
		if (!ok)
			return false;
	}
	return read_telemetry(l, root, &retention, l->config);
}

static bool
load_file(struct loader *l, const char *path)
{
	FILE *f = fopen(path, "rb");
	struct hcl_error e;
	struct hcl_value *root;
	char *text;
	size_t n;

	l->file = path;
	if (!f) {
		snprintf(l->why, l->why_size,
		    "error loading configuration from %s: %s", path,
		    strerror(errno));
		return false;
	}
	text = arena_alloc(l->arena, FILE_MAX);
	n = fread(text, 1, FILE_MAX, f);
	fclose(f);
	root = hcl_parse(l->arena, text, n, &e);
	if (!root) {
		snprintf(l->why, l->why_size,
		    "error loading configuration from %s: At %d:%d: %s", path,
		    e.line, e.column, e.text);
		return false;
	}
	return read_root(l, root);
}

static int
is_config(const struct dirent *d)
{
	return ends_with(d->d_name, ".hcl") || ends_with(d->d_name, ".json");
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool
config_file_load(struct config_file *c, struct arena *a,
    const struct log *log, const char *path, char *why, size_t why_size)
{
	struct loader l = { c, a, log, path, why, why_size };
	struct dirent **names;
	struct stat st;
	bool ok = true;
	int n;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return load_file(&l, path);
	n = scandir(path, &names, is_config, by_bytes);
	for (int i = 0; i < n; i++) {
		ok = ok &&
		    load_file(&l, arena_printf(a, "%s/%s", path,
				      names[i]->d_name));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return ok;
}
