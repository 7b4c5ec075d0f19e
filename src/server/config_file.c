/*
 * Configuration files: the top level, storage, seals and lockouts. Listeners
 * are in config_listener.c, single values in config_value.c.
 */
#include "server/config_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/text.h"
#include "server/config_value.h"

#define FILE_MAX ((size_t)4 << 20)

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define KEY(name, type)                                               \
	{                                                             \
#name, type, offsetof(struct config_file, name), NULL \
	}
#define IGNORED(name)                         \
	{                                     \
		name, CONFIG_IGNORED, 0, NULL \
	}

static const struct config_key config_top_keys[] = {
	KEY(api_addr, CONFIG_TEMPLATE),
	KEY(cluster_addr, CONFIG_TEMPLATE),
	KEY(cluster_name, CONFIG_STRING),
	KEY(raw_storage_endpoint, CONFIG_BOOL),
	KEY(introspection_endpoint, CONFIG_BOOL),
	KEY(disable_printable_check, CONFIG_BOOL),
	KEY(enable_response_header_hostname, CONFIG_BOOL),
	KEY(enable_response_header_raft_node_id, CONFIG_BOOL),
	KEY(ui, CONFIG_BOOL),
	KEY(log_level, CONFIG_STRING),
	KEY(log_format, CONFIG_STRING),
	KEY(log_file, CONFIG_STRING),
	KEY(disable_mlock, CONFIG_STRING),
	IGNORED("default_lease_ttl"), /* read apart: the larger one stays */
	IGNORED("max_lease_ttl"),
	IGNORED("enable_unauthenticated_access"), /* read apart */
	IGNORED("administrative_namespace_path"),
	IGNORED("allow_audit_log_prefixing"),
	IGNORED("cache_size"),
	IGNORED("cluster_cipher_suites"),
	IGNORED("default_max_request_duration"),
	IGNORED("detect_deadlocks"),
	IGNORED("disable_cache"),
	IGNORED("disable_clustering"),
	IGNORED("disable_indexing"),
	IGNORED("disable_performance_standby"),
	IGNORED("disable_sealwrap"),
	IGNORED("disable_sentinel_trace"),
	IGNORED("enable_post_unseal_trace"),
	IGNORED("entropy"),
	IGNORED("experiments"),
	IGNORED("ha_backend"),
	IGNORED("ha_storage"),
	IGNORED("hsm"),
	IGNORED("imprecise_lease_role_tracking"),
	IGNORED("kms"),
	IGNORED("license"),
	IGNORED("license_path"),
	IGNORED("log_requests_level"),
	IGNORED("log_rotate_bytes"),
	IGNORED("log_rotate_duration"),
	IGNORED("log_rotate_max_files"),
	IGNORED("pid_file"),
	IGNORED("plugin"),
	IGNORED("plugin_directory"),
	IGNORED("plugin_file_permissions"),
	IGNORED("plugin_file_uid"),
	IGNORED("plugin_tmpdir"),
	IGNORED("post_unseal_trace_directory"),
	IGNORED("remove_irrevocable_lease_after"),
	IGNORED("reporting"),
	IGNORED("request_limiter"),
	IGNORED("sentinel"),
	IGNORED("service_registration"),
};

/* Sinks of metrics that are not here, and what shapes the metrics. */
static const struct config_key config_telemetry_keys[] = {
	KEY(prometheus_retention_time, CONFIG_SECONDS),
	IGNORED("add_lease_metrics_namespace_labels"),
	IGNORED("add_mount_point_rollback_metrics"),
	IGNORED("circonus_api_app"),
	IGNORED("circonus_api_token"),
	IGNORED("circonus_api_url"),
	IGNORED("circonus_broker_id"),
	IGNORED("circonus_broker_select_tag"),
	IGNORED("circonus_check_display_name"),
	IGNORED("circonus_check_force_metric_activation"),
	IGNORED("circonus_check_id"),
	IGNORED("circonus_check_instance_id"),
	IGNORED("circonus_check_search_tag"),
	IGNORED("circonus_check_tags"),
	IGNORED("circonus_submission_interval"),
	IGNORED("circonus_submission_url"),
	IGNORED("disable_hostname"),
	IGNORED("dogstatsd_addr"),
	IGNORED("dogstatsd_tags"),
	IGNORED("enable_hostname_label"),
	IGNORED("filter_default"),
	IGNORED("lease_metrics_epsilon"),
	IGNORED("maximum_gauge_cardinality"),
	IGNORED("metrics_prefix"),
	IGNORED("num_lease_metrics_buckets"),
	IGNORED("prefix_filter"),
	IGNORED("stackdriver_debug_logs"),
	IGNORED("stackdriver_location"),
	IGNORED("stackdriver_namespace"),
	IGNORED("stackdriver_project_id"),
	IGNORED("statsd_address"),
	IGNORED("statsite_address"),
	IGNORED("usage_gauge_period"),
};

/* ---- blocks ---- */

static bool
config_read_storage(struct config_loader *l, const struct hcl_item *item)
{
	const struct hcl_value *block = config_single_block(item->value);
	struct config_file *c = l->config;
	char *type = arena_strdup(
	    l->arena, item->label ? item->label : item->key);

	lower_ascii(type);
	c->storage = type;
	c->storage_path = NULL;
	for (int i = 0; block->kind == HCL_OBJECT && i < block->n; i++) {
		const char *text = block->items[i].value->text;

		if (text && strcmp(block->items[i].key, "path") == 0)
			c->storage_path = text;
		if (text && strcmp(block->items[i].key, "node_id") == 0)
			c->node_id = text;
		if (text && !c->api_addr &&
		    (strcmp(block->items[i].key, "redirect_addr") == 0 ||
			strcmp(block->items[i].key, "advertise_addr") == 0))
			c->api_addr = text;
	}
	return true;
}

struct config_seal_count {
	int all, enabled;
};

/* Vault's cloud seals; each is played without any call to a cloud. */
static bool
config_read_seal(struct config_loader *l, const struct hcl_item *item,
    struct config_seal_count *count)
{
	static const char *const known[] = { "shamir", "awskms", "gcpckms",
		"azurekeyvault", "transit", "alicloudkms", "ocikms", "pkcs11" };
	static const struct config_key disabled_key = { "disabled", CONFIG_BOOL,
		0, NULL };
	const struct hcl_value *block = config_single_block(item->value);
	char *type = arena_strdup(
	    l->arena, item->label ? item->label : item->key);
	const struct hcl_item *disabled;
	bool is_disabled = false;

	lower_ascii(type);
	disabled = block->kind == HCL_OBJECT ? hcl_find(block, "disabled")
					     : NULL;
	l->where = arena_printf(
	    l->arena, "error parsing 'seal': seal.%s: ", type);
	if (disabled &&
	    !config_assign(l, &disabled_key, disabled->value, &is_disabled))
		return false;
	l->where = "";
	count->all++;
	if (is_disabled)
		return true;
	count->enabled++;
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i], type) == 0) {
			l->config->seal_type = known[i];
			return true;
		}
	return error_set(l->error, 400, "Unknown wrapper type %s", type);
}

static bool
config_check_seals(struct config_loader *l, const struct config_seal_count *n)
{
	if (n->all > 3)
		return config_refuse(l,
		    "error parsing 'seal': only two or less \"seal\" blocks "
		    "are permitted");
	if (n->all > 2)
		return config_refuse(l,
		    "seals: at most 2 seals can be provided: received %d",
		    n->all);
	if (n->all > 1 && n->enabled == 0)
		return config_refuse(
		    l, "seals: seals provided but all are disabled");
	return n->enabled < 2 ||
	    config_refuse(l, "seals: only one seal can be enabled");
}

#define LOCKOUT(name, type)                                           \
	{                                                             \
#name, type, offsetof(struct lockout_defaults, name), \
		    "error parsing " #name ": "                       \
	}

/* user_lockout "TYPE" { }; -1 stands for what is not said. */
static bool
config_read_lockout(
    struct config_loader *l, const struct hcl_item *item, int index)
{
	static const struct config_key keys[] = {
		LOCKOUT(lockout_threshold, CONFIG_INT),
		LOCKOUT(lockout_duration, CONFIG_SECONDS),
		LOCKOUT(lockout_counter_reset, CONFIG_SECONDS),
		{ "disable_lockout", CONFIG_BOOL,
		    offsetof(struct lockout_defaults, disable_lockout),
		    "invalid value for disable_lockout: " },
	};
	static const char *const types[] = { "all", "ldap", "approle",
		"userpass" };
	struct config_file *c = l->config;
	struct lockout_defaults one = { NULL, -1, -1, -1, false };
	char *type = arena_strdup(l->arena, item->label ? item->label : "");
	int at = 0;

	lower_ascii(type);
	l->where = arena_printf(l->arena,
	    "error parsing 'user_lockout': user_lockouts.%d: ", index);
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i], type) == 0)
			one.type = types[i];
	if (*type == '\0')
		return config_refuse(l,
		    "auth type for user lockout must be specified, if it "
		    "applies to all auth methods specify \"all\" ");
	if (!one.type)
		return config_refuse(
		    l, "unsupported auth type %s", go_quoted(l->arena, type));
	l->where = arena_printf(
	    l->arena, "error parsing 'user_lockout': user_lockouts.%d ", index);
	if (!config_read_block(l, keys, COUNT(keys), item->value, &one))
		return false;
	l->where = "";
	while (at < c->nlockouts && strcmp(c->lockouts[at].type, one.type) != 0)
		at++;
	c->lockouts[at] = one;
	c->nlockouts += at == c->nlockouts;
	return true;
}

/* A lease time: of several files the larger one stays. */
static bool
config_read_lease_ttl(
    struct config_loader *l, const struct hcl_item *item, int64_t *out_s)
{
	const struct config_key key = { item->key, CONFIG_SECONDS, 0, NULL };
	int64_t value = 0;

	if (!config_assign(l, &key, item->value, &value))
		return false;
	if (value > *out_s)
		*out_s = value;
	return true;
}

/* enable_unauthenticated_access of 2.0. */
static void
config_read_open_access(struct config_file *c, const struct hcl_value *v)
{
	for (int i = 0; v->kind == HCL_LIST && i < v->n; i++) {
		const char *text = config_text(&v->elements[i]);

		c->open_rekey |= strcmp(text, "rekey") == 0;
		c->open_generate_root |= strcmp(text, "generate-root") == 0;
	}
}

/* ---- the file ---- */

static bool
config_read_top_item(struct config_loader *l, const struct hcl_item *item,
    struct config_seal_count *seals, int counts[2])
{
	const struct config_key *key;

	if (strcasecmp(item->key, "listener") == 0)
		return config_read_listener(l, item, counts[0]++);
	if (strcasecmp(item->key, "user_lockout") == 0)
		return config_read_lockout(l, item, counts[1]++);
	if (strcasecmp(item->key, "seal") == 0)
		return config_read_seal(l, item, seals);
	if (strcasecmp(item->key, "telemetry") == 0)
		return config_read_block(l, config_telemetry_keys,
		    COUNT(config_telemetry_keys), item->value, l->config);
	if (strcasecmp(item->key, "default_lease_ttl") == 0)
		return config_read_lease_ttl(
		    l, item, &l->config->default_lease_ttl);
	if (strcasecmp(item->key, "max_lease_ttl") == 0)
		return config_read_lease_ttl(
		    l, item, &l->config->max_lease_ttl);
	if (strcasecmp(item->key, "enable_unauthenticated_access") == 0)
		config_read_open_access(l->config, item->value);
	key = config_find_key(
	    config_top_keys, COUNT(config_top_keys), item->key);
	if (key)
		return config_assign(l, key, item->value, l->config);
	config_warn_unknown(l, item);
	return true;
}

static bool
config_is_storage(const struct hcl_item *item, const char *name)
{
	return strcasecmp(item->key, name) == 0;
}

/* Vault 1.19: `storage`, or else `backend`, at most once in a file. */
static bool
config_read_storages(struct config_loader *l, const struct hcl_value *root)
{
	static const char *const names[] = { "storage", "backend" };

	for (size_t k = 0; k < COUNT(names); k++) {
		const struct hcl_item *found = NULL;

		for (int i = 0; i < root->n; i++) {
			if (!config_is_storage(&root->items[i], names[k]))
				continue;
			if (found)
				return config_refuse(l,
				    "error parsing '%s': only one \"%s\" "
				    "block is permitted",
				    names[k], names[k]);
			found = &root->items[i];
		}
		if (found)
			return config_read_storage(l, found);
	}
	return true;
}

static bool
config_read_root(struct config_loader *l, const struct hcl_value *root)
{
	struct config_seal_count seals = { 0, 0 };
	int counts[2] = { 0, 0 }, telemetries = 0;

	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];

		if (strcasecmp(item->key, "telemetry") == 0 &&
		    telemetries++ > 0)
			return config_refuse(l,
			    "error parsing 'telemetry': only one 'telemetry' "
			    "block is permitted");
		if (config_is_storage(item, "storage") ||
		    config_is_storage(item, "backend"))
			continue;
		if (!config_read_top_item(l, item, &seals, counts))
			return false;
	}
	return config_check_seals(l, &seals) && config_read_storages(l, root);
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
config_load_one(struct config_loader *l, const char *path)
{
	FILE *f = config_file_open(path);
	struct hcl_error e;
	struct hcl_value *root;
	char *text, reason[128];
	size_t length;

	if (!f) {
		snprintf(reason, sizeof(reason), "%s", strerror(errno));
		if (*reason >= 'A' && *reason <= 'Z')
			*reason = (char)(*reason + 32);
		return config_refuse(l, "open %s: %s", path, reason);
	}
	text = arena_alloc(l->arena, FILE_MAX);
	length = fread(text, 1, FILE_MAX, f);
	fclose(f);
	root = hcl_parse(l->arena, text, length, &e);
	if (!root)
		return config_refuse(l, "%s", e.full);
	hcl_flatten(l->arena, root);
	return config_read_root(l, root);
}

/* Not what editors leave behind. */
static int
config_file_filter(const struct dirent *d)
{
	return (ends_with(d->d_name, ".hcl") ||
		   ends_with(d->d_name, ".json")) &&
	    !starts_with(d->d_name, ".#");
}

static int
config_file_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool
config_file_load(struct config_file *c, struct arena *a, const struct log *log,
    const char *path, struct error *e)
{
	struct config_loader l = { c, a, log, path, "", e };
	struct dirent **names;
	struct stat st;
	bool ok = true;
	int n;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return config_load_one(&l, path);
	n = scandir(path, &names, config_file_filter, config_file_compare);
	for (int i = 0; i < n; i++) {
		l.file = arena_printf(a, "%s/%s", path, names[i]->d_name);
		ok = ok && config_load_one(&l, l.file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return ok;
}
