/*
 * The fields at the top of a configuration file and those of telemetry: their
 * tables, and what is done with all of them alike.
 */
#include "server/config/config_fields.h"

#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/json/jsontree.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define KEY(name, type)                                                     \
	{                                                                   \
#name, type, offsetof(struct config_file, name), NULL, NULL \
	}
#define KNOWN(name, type)                              \
	{                                              \
		name, type, CONFIG_NOWHERE, NULL, NULL \
	}

/* Vault 1.19 renders both before anything else is parsed. */
static const struct config_key config_address_keys[] = {
	KEY(api_addr, CONFIG_TEMPLATE),
	KEY(cluster_addr, CONFIG_TEMPLATE),
};

/* The server's own fields in the order in which Vault 1.19 parses them. */
static const struct config_key config_server_keys[] = {
	KEY(experiments, CONFIG_STRINGS),
	KEY(cache_size, CONFIG_WHOLE),
	KEY(cluster_cipher_suites, CONFIG_STRING),
	KEY(plugin_directory, CONFIG_STRING),
	KEY(plugin_tmpdir, CONFIG_STRING),
	KEY(plugin_file_uid, CONFIG_WHOLE),
	KEY(detect_deadlocks, CONFIG_STRING),
	KEY(imprecise_lease_role_tracking, CONFIG_TRUTH),
	KEY(license_path, CONFIG_STRING),
	KEY(enable_post_unseal_trace, CONFIG_TRUTH),
	KEY(post_unseal_trace_directory, CONFIG_STRING),
	KEY(max_lease_ttl, CONFIG_SECONDS),
	KEY(default_lease_ttl, CONFIG_SECONDS),
	KEY(remove_irrevocable_lease_after, CONFIG_SECONDS),
	KEY(ui, CONFIG_BOOL),
	KEY(disable_cache, CONFIG_BOOL),
	KEY(disable_printable_check, CONFIG_BOOL),
	KEY(raw_storage_endpoint, CONFIG_BOOL),
	KEY(introspection_endpoint, CONFIG_BOOL),
	KEY(disable_clustering, CONFIG_BOOL),
	KEY(disable_sentinel_trace, CONFIG_BOOL),
	KEY(disable_performance_standby, CONFIG_BOOL),
	KEY(disable_sealwrap, CONFIG_BOOL),
	KEY(disable_indexing, CONFIG_BOOL),
	KEY(enable_response_header_hostname, CONFIG_BOOL),
	KEY(log_requests_level, CONFIG_STRING),
	KEY(enable_response_header_raft_node_id, CONFIG_BOOL),
};

/* What it shares with the agent and the proxy. */
static const struct config_key config_shared_keys[] = {
	KNOWN("telemetry", CONFIG_BLOCK),
	KNOWN("cloud", CONFIG_BLOCK),
	KEY(log_file, CONFIG_STRING),
	KEY(log_format, CONFIG_STRING),
	KEY(log_level, CONFIG_STRING),
	KEY(log_rotate_bytes, CONFIG_WHOLE),
	KEY(log_rotate_duration, CONFIG_STRING),
	KEY(log_rotate_max_files, CONFIG_WHOLE),
	KEY(pid_file, CONFIG_STRING),
	KEY(cluster_name, CONFIG_STRING),
	KEY(administrative_namespace_path, CONFIG_STRING),
	KEY(default_max_request_duration, CONFIG_SECONDS),
	KEY(disable_mlock, CONFIG_BOOL),
};

/* Read apart, or of a newer version: without a word. */
static const struct config_key config_other_keys[] = {
	KNOWN("api_addr", CONFIG_ANY),
	KNOWN("cluster_addr", CONFIG_ANY),
	KNOWN("plugin_file_permissions", CONFIG_ANY),
	KNOWN("storage", CONFIG_ANY),
	KNOWN("backend", CONFIG_ANY),
	KNOWN("ha_storage", CONFIG_ANY),
	KNOWN("ha_backend", CONFIG_ANY),
	KNOWN("service_registration", CONFIG_ANY),
	KNOWN("hsm", CONFIG_ANY),
	KNOWN("seal", CONFIG_ANY),
	KNOWN("kms", CONFIG_ANY),
	KNOWN("entropy", CONFIG_ANY),
	KNOWN("listener", CONFIG_ANY),
	KNOWN("user_lockout", CONFIG_ANY),
	KNOWN("enable_unauthenticated_access", CONFIG_ANY),
	KNOWN("allow_audit_log_prefixing", CONFIG_ANY),
	KNOWN("request_limiter", CONFIG_ANY),
	KNOWN("deny_slash_in_templated_paths", CONFIG_ANY),
	KNOWN("reporting_scan_directory", CONFIG_ANY),
	KNOWN("observations", CONFIG_ANY),
};

#define METRIC(name, type)                                                  \
	{                                                                   \
#name, type, offsetof(struct config_telemetry, name), NULL, \
		    NULL                                                    \
	}

static const struct config_key config_telemetry_keys[] = {
	METRIC(statsite_address, CONFIG_STRING),
	METRIC(statsd_address, CONFIG_STRING),
	METRIC(disable_hostname, CONFIG_TRUTH),
	METRIC(enable_hostname_label, CONFIG_TRUTH),
	METRIC(metrics_prefix, CONFIG_STRING),
	METRIC(maximum_gauge_cardinality, CONFIG_WHOLE),
	METRIC(circonus_api_token, CONFIG_STRING),
	METRIC(circonus_api_app, CONFIG_STRING),
	METRIC(circonus_api_url, CONFIG_STRING),
	METRIC(circonus_submission_interval, CONFIG_STRING),
	METRIC(circonus_submission_url, CONFIG_STRING),
	METRIC(circonus_check_id, CONFIG_STRING),
	METRIC(circonus_check_force_metric_activation, CONFIG_STRING),
	METRIC(circonus_check_instance_id, CONFIG_STRING),
	METRIC(circonus_check_search_tag, CONFIG_STRING),
	METRIC(circonus_check_tags, CONFIG_STRING),
	METRIC(circonus_check_display_name, CONFIG_STRING),
	METRIC(circonus_broker_id, CONFIG_STRING),
	METRIC(circonus_broker_select_tag, CONFIG_STRING),
	METRIC(dogstatsd_addr, CONFIG_STRING),
	METRIC(dogstatsd_tags, CONFIG_STRINGS),
	METRIC(stackdriver_project_id, CONFIG_STRING),
	METRIC(stackdriver_location, CONFIG_STRING),
	METRIC(stackdriver_namespace, CONFIG_STRING),
	METRIC(stackdriver_debug_logs, CONFIG_TRUTH),
	METRIC(num_lease_metrics_buckets, CONFIG_WHOLE),
	METRIC(add_lease_metrics_namespace_labels, CONFIG_TRUTH),
	METRIC(add_mount_point_rollback_metrics, CONFIG_TRUTH),
	METRIC(filter_default, CONFIG_TRUTH),
	METRIC(prefix_filter, CONFIG_STRINGS),
	KNOWN("prometheus_retention_time", CONFIG_ANY),
	KNOWN("usage_gauge_period", CONFIG_ANY),
	KNOWN("lease_metrics_epsilon", CONFIG_ANY),
};

/* Each may be "none", but the first. */
static const struct config_key config_period_keys[] = {
	METRIC(prometheus_retention_time, CONFIG_SECONDS),
	METRIC(usage_gauge_period, CONFIG_SECONDS),
	METRIC(lease_metrics_epsilon, CONFIG_SECONDS),
};

/* ---- how they begin and merge ---- */

static void *
config_field(void *base, const struct config_key *key)
{
	return (char *)base + key->offset;
}

/* Strings that were not given are "". */
static void
config_init_strings(void *base, const struct config_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((keys[i].type == CONFIG_STRING ||
			keys[i].type == CONFIG_TEMPLATE) &&
		    keys[i].offset != CONFIG_NOWHERE)
			*(const char **)config_field(base, &keys[i]) = "";
}

static void
config_merge_strings(struct strs *to, const struct strs *from)
{
	if (!to->items)
		*to = strs_in(from->arena);
	for (size_t i = 0; i < from->n; i++)
		if (!strs_has(to, from->items[i]))
			strs_add(to, from->items[i]);
}

/* Vault 1.19: a switch stays on, the longer time stays, a text and a number
 * are replaced. */
static void
config_merge_field(struct config_file *to, struct config_file *from,
    const struct config_key *k)
{
	void *a = config_field(to, k), *b = config_field(from, k);

	switch (k->type) {
	case CONFIG_STRING:
	case CONFIG_TEMPLATE:
		if (**(const char **)b)
			*(const char **)a = *(const char **)b;
		break;
	case CONFIG_TRUTH:
	case CONFIG_BOOL:
		*(bool *)a |= *(bool *)b;
		break;
	case CONFIG_SECONDS:
		if (*(int64_t *)b > *(int64_t *)a)
			*(int64_t *)a = *(int64_t *)b;
		break;
	case CONFIG_WHOLE:
	case CONFIG_INT:
	case CONFIG_UNSIGNED:
		if (*(int64_t *)b)
			*(int64_t *)a = *(int64_t *)b;
		break;
	case CONFIG_STRINGS:
	case CONFIG_ADDRESSES:
		config_merge_strings(a, b);
		break;
	case CONFIG_BLOCK:
	case CONFIG_ANY:
		break;
	}
}

static void
config_merge_table(struct config_file *to, struct config_file *from,
    const struct config_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].offset != CONFIG_NOWHERE)
			config_merge_field(to, from, &keys[i]);
}

void
config_fields_init(struct config_file *c)
{
	memset(c, 0, sizeof(*c));
	config_init_strings(c, config_address_keys, COUNT(config_address_keys));
	config_init_strings(c, config_server_keys, COUNT(config_server_keys));
	config_init_strings(c, config_shared_keys, COUNT(config_shared_keys));
	config_init_strings(
	    &c->telemetry, config_telemetry_keys, COUNT(config_telemetry_keys));
}

void
config_fields_merge(struct config_file *to, struct config_file *from)
{
	config_merge_table(
	    to, from, config_address_keys, COUNT(config_address_keys));
	config_merge_table(
	    to, from, config_server_keys, COUNT(config_server_keys));
	config_merge_table(
	    to, from, config_shared_keys, COUNT(config_shared_keys));
	if (from->plugin_file_permissions)
		to->plugin_file_permissions = from->plugin_file_permissions;
}

/* ---- how they are read ---- */

bool
config_decode_server(struct config_loader *l, const struct hcl_value *root)
{
	return config_decode(l, "root", config_server_keys,
		   COUNT(config_server_keys), root) &&
	    config_decode(l, "root", config_address_keys,
		COUNT(config_address_keys), root) &&
	    config_parse(l, config_address_keys, COUNT(config_address_keys),
		root, l->config);
}

bool
config_decode_shared(struct config_loader *l, const struct hcl_value *root)
{
	if (!config_decode(l, "root", config_shared_keys, 2, root))
		return false;
	for (int i = 0; i < root->n; i++)
		if (strcasecmp(root->items[i].key, "telemetry") == 0 &&
		    !config_decode(l, "root.telemetry", config_telemetry_keys,
			COUNT(config_telemetry_keys),
			config_single_block(root->items[i].value)))
			return false;
	return config_decode(l, "root", config_shared_keys + 2,
	    COUNT(config_shared_keys) - 2, root);
}

bool
config_parse_shared(struct config_loader *l, const struct hcl_value *root)
{
	return config_parse(
	    l, config_shared_keys, COUNT(config_shared_keys), root, l->config);
}

bool
config_parse_server(struct config_loader *l, const struct hcl_value *root)
{
	return config_parse(
	    l, config_server_keys, COUNT(config_server_keys), root, l->config);
}

bool
config_read_telemetry(struct config_loader *l, const struct hcl_value *root)
{
	const struct hcl_item *item = config_find_item(root, "telemetry");
	struct config_telemetry *t = &l->config->telemetry;
	const struct hcl_value *block;

	if (!item)
		return true;
	if (config_count_items(root, "telemetry") > 1)
		return config_refuse(l,
		    "error parsing 'telemetry': only one 'telemetry' block is "
		    "permitted");
	block = config_single_block(item->value);
	t->given = true;
	t->prometheus_retention_time = 24 * 3600;
	t->usage_gauge_period = 10 * 60;
	t->lease_metrics_epsilon = 3600;
	if (!config_parse(l, config_telemetry_keys,
		COUNT(config_telemetry_keys), block, t))
		return false;
	l->where = "error parsing 'telemetry': ";
	for (size_t i = 0; i < COUNT(config_period_keys); i++) {
		const struct config_key *key = &config_period_keys[i];

		item = config_find_item(block, key->name);
		if (i && item && item->value->text &&
		    strcmp(item->value->text, "none") == 0)
			*(int64_t *)config_field(t, key) = 0;
		else if (!config_parse(l, key, 1, block, t))
			return false;
	}
	l->where = "";
	if (!t->maximum_gauge_cardinality)
		t->maximum_gauge_cardinality = 500;
	if (!t->num_lease_metrics_buckets)
		t->num_lease_metrics_buckets = 168;
	return true;
}

void
config_warn_of_root(struct config_loader *l, const struct hcl_value *root)
{
	struct config_key all[COUNT(config_server_keys) +
	    COUNT(config_shared_keys) + COUNT(config_other_keys)];
	const struct hcl_item *telemetry = config_find_item(root, "telemetry");

	memcpy(all, config_server_keys, sizeof(config_server_keys));
	memcpy(all + COUNT(config_server_keys), config_shared_keys,
	    sizeof(config_shared_keys));
	memcpy(all + COUNT(config_server_keys) + COUNT(config_shared_keys),
	    config_other_keys, sizeof(config_other_keys));
	if (!l->in_folder)
		config_warn_unknown(l, all, COUNT(all), root);
	if (telemetry)
		config_warn_unknown(l, config_telemetry_keys,
		    COUNT(config_telemetry_keys), telemetry->value);
}

/* ---- how they are shown ---- */

/* One field under its name; times within telemetry are nanoseconds. */
static void
config_show_field(
    json_t *data, const void *base, const struct config_key *key, int64_t unit)
{
	const void *field = (const char *)base + key->offset;
	const struct strs *strings = field;

	switch (key->type) {
	case CONFIG_STRING:
	case CONFIG_TEMPLATE:
		json_object_set_new(
		    data, key->name, json_string(*(const char *const *)field));
		break;
	case CONFIG_TRUTH:
	case CONFIG_BOOL:
		json_object_set_new(
		    data, key->name, json_boolean(*(const bool *)field));
		break;
	case CONFIG_SECONDS:
		json_object_set_new(data, key->name,
		    json_integer(*(const int64_t *)field * unit));
		break;
	case CONFIG_WHOLE:
	case CONFIG_INT:
	case CONFIG_UNSIGNED:
		json_object_set_new(
		    data, key->name, json_integer(*(const int64_t *)field));
		break;
	case CONFIG_STRINGS:
	case CONFIG_ADDRESSES:
		json_object_set_new(data, key->name,
		    strings->n ? jsontree_of_strs(strings) : json_null());
		break;
	case CONFIG_BLOCK:
	case CONFIG_ANY:
		break;
	}
}

static void
config_show_table(json_t *data, const void *base, const struct config_key *keys,
    size_t n, int64_t unit)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].offset != CONFIG_NOWHERE)
			config_show_field(data, base, &keys[i], unit);
}

void
config_fields_show(json_t *data, const struct config_file *c)
{
	config_show_table(
	    data, c, config_address_keys, COUNT(config_address_keys), 1);
	config_show_table(
	    data, c, config_server_keys, COUNT(config_server_keys), 1);
	config_show_table(
	    data, c, config_shared_keys, COUNT(config_shared_keys), 1);
	json_object_set_new(data, "plugin_file_permissions",
	    json_integer(c->plugin_file_permissions));
}

void
config_telemetry_show(json_t *data, const struct config_telemetry *t)
{
	config_show_table(
	    data, t, config_telemetry_keys, COUNT(config_telemetry_keys), 1);
	config_show_table(data, t, config_period_keys,
	    COUNT(config_period_keys), NSEC_PER_SEC);
}
