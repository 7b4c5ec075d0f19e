/*
 * From configuration files to a configured instance, in the order in which
 * Vault's server command goes through them.
 */
#include "server/instance_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/line_sink.h"
#include "base/text.h"
#include "core/version.h"
#include "server/nodes/node_files.h"

enum storage_ha {
	HA_NEVER,
	HA_ASKED, /* with ha_enabled = "true" */
	HA_ALWAYS,
};

/* Vault's table of storage types. `here`: kept by this program as Vault's is;
 * all others keep their state as file does, or in memory. */
static const struct storage_type {
	const char *name;
	bool here;
	enum storage_ha ha;
} storage_types[] = {
	{ "aerospike", false, HA_NEVER },
	{ "alicloudoss", false, HA_NEVER },
	{ "azure", false, HA_NEVER },
	{ "cassandra", false, HA_NEVER },
	{ "cockroachdb", false, HA_NEVER },
	{ "consul", false, HA_ALWAYS },
	{ "couchdb", false, HA_NEVER },
	{ "couchdb_transactional", false, HA_NEVER },
	{ "dynamodb", false, HA_ASKED },
	{ "etcd", false, HA_ASKED },
	{ "file", true, HA_NEVER },
	{ "file_transactional", true, HA_NEVER },
	{ "foundationdb", false, HA_ASKED },
	{ "gcs", false, HA_ASKED },
	{ "inmem", true, HA_NEVER },
	{ "inmem_ha", true, HA_ALWAYS },
	{ "inmem_transactional", true, HA_NEVER },
	{ "inmem_transactional_ha", true, HA_ALWAYS },
	{ "manta", false, HA_NEVER },
	{ "mssql", false, HA_NEVER },
	{ "mysql", false, HA_ASKED },
	{ "oci", false, HA_ASKED },
	{ "postgresql", false, HA_ASKED },
	{ "raft", true, HA_ALWAYS },
	{ "s3", false, HA_NEVER },
	{ "spanner", false, HA_ASKED },
	{ "swift", false, HA_NEVER },
	{ "zookeeper", false, HA_ALWAYS },
};

static const struct storage_type *
storage_type_find(const char *name)
{
	for (size_t i = 0; i < sizeof(storage_types) / sizeof(storage_types[0]);
	     i++)
		if (strcmp(storage_types[i].name, name) == 0)
			return &storage_types[i];
	return NULL;
}

static bool
storage_has_ha(const struct config_storage *s)
{
	const struct storage_type *type = storage_type_find(s->type);
	bool asked = false;
	struct arena *a = arena_new();

	if (type && type->ha == HA_ASKED && *s->ha_enabled)
		(void)go_parse_bool_why(a, s->ha_enabled, &asked);
	arena_free(a);
	return type && (type->ha == HA_ALWAYS || asked);
}

/* ---- the log ---- */

static bool
instance_config_open_log(struct instance *in, const char *path,
    struct line_sink **file, struct error *e)
{
	struct error why = { 0 };

	if (ends_with(path, "/"))
		path = arena_printf(in->config_arena, "%svault.log", path);
	*file = line_sink_open(path, &why);
	if (!*file)
		return error_set(
		    e, 400, "error opening log file %s: %s", path, why.text);
	in->log.out = *file;
	return true;
}

bool
instance_config_log_file(struct instance *in, const char *path, struct error *e)
{
	struct line_sink *file;

	if (!path || !*path)
		return true;
	if (!instance_config_open_log(in, path, &file, e))
		return false;
	line_sink_free(in->host->log_sink);
	in->host->log_sink = file;
	in->host->log_is_file = true;
	return true;
}

/* That of the configuration; of several nodes each has its own. */
static bool
instance_config_own_log_file(struct instance *in, struct error *e)
{
	const char *path = in->config_file.log_file;

	if (in->host->log_is_file || !*path)
		return true;
	return in->own_config
	    ? instance_config_open_log(in, path, &in->own_log, e)
	    : instance_config_log_file(in, path, e);
}

/* Log settings of the configuration count where no flag says otherwise. */
static bool
instance_config_log(struct instance *in, struct error *e)
{
	struct config_file *f = &in->config_file;
	const struct options *o = in->options;
	int64_t rotate_ns;
	const char *why;
	char *level;

	if (strcmp(o->log_level, "info") != 0)
		f->log_level = o->log_level;
	if (strcmp(o->log_format, "standard") != 0)
		f->log_format = o->log_format;
	level = arena_strdup(in->config_arena, f->log_level);
	lower_ascii(level);
	level = trim_space(level);
	if (*level && !log_level_parse(level, &in->log.level))
		return error_set(e, 400, "unknown log level: %s", f->log_level);
	if (strcasecmp(f->log_format, "json") == 0)
		in->log.json = true;
	else if (*f->log_format && strcasecmp(f->log_format, "standard") != 0)
		return error_set(
		    e, 400, "unknown log format: %s", f->log_format);
	why = duration_parse_why(
	    in->config_arena, f->log_rotate_duration, &rotate_ns);
	if (why)
		return error_set(e, 400, "%s", why);
	if (!instance_config_own_log_file(in, e))
		return false;
	for (const struct config_warning *w = f->warnings; w; w = w->next)
		log_msg(&in->log, LOG_WARN, "config", "%s", w->text);
	return true;
}

/* ---- telemetry ---- */

static bool
instance_config_check_filters(struct instance *in, struct error *e)
{
	const struct strs *filters = &in->config_file.telemetry.prefix_filter;

	for (size_t i = 0; i < filters->n; i++) {
		const char *rule = filters->items[i];

		if (*rule == '\0')
			return error_set(e, 400,
			    "Error initializing telemetry: Cannot have empty "
			    "filter rule in prefix_filter");
		if (*rule != '+' && *rule != '-')
			return error_set(e, 400,
			    "Error initializing telemetry: Filter rule must "
			    "begin with either '+' or '-': %s",
			    go_quoted(in->config_arena, rule));
	}
	return true;
}

/* ---- seals ---- */

/* The enabled seal, or Shamir's. Vault's cloud seals are played without any
 * call to a cloud. */
static bool
instance_config_seal(struct instance *in, struct error *e)
{
	static const char *const known[] = { "shamir", "awskms", "gcpckms",
		"azurekeyvault", "transit", "alicloudkms", "ocikms" };
	const struct config_file *f = &in->config_file;
	const char *type = "shamir", *asked = getenv("VAULT_SEAL_TYPE");

	for (int i = 0; i < f->nseals; i++)
		if (!f->seals[i].disabled)
			type = f->seals[i].type;
	if (asked && *asked)
		type = asked;
	if (strcmp(type, "pkcs11") == 0)
		return error_set(e, 400,
		    "Error parsing Seal configuration: KMS type 'pkcs11' "
		    "requires the Vault Enterprise HSM binary");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], type) == 0) {
			if (!in->options->dev)
				in->vault.config.seal_type = known[i];
			return true;
		}
	return error_set(e, 400,
	    "Error parsing Seal configuration: Unknown KMS type %s",
	    go_quoted(in->config_arena, type));
}

/* ---- the files ---- */

/* What Vault's development mode is configured with before any file. */
static const char instance_dev_config[] =
    "disable_mlock = true\n"
    "ui = true\n"
    "listener \"tcp\" {\n"
    "  address = \"127.0.0.1:8200\"\n"
    "  tls_disable = true\n"
    "  proxy_protocol_behavior = \"allow_authorized\"\n"
    "  proxy_protocol_authorized_addrs = \"127.0.0.1:8200\"\n"
    "}\n"
    "telemetry {\n"
    "  prometheus_retention_time = \"24h\"\n"
    "  disable_hostname = true\n"
    "}\n"
    "storage \"inmem\" {}\n";

static bool
instance_config_load(struct instance *in, struct error *e)
{
	struct config_file *f = &in->config_file;
	struct arena *a = in->config_arena;

	config_file_init(f);
	if (in->options->dev &&
	    !config_file_load_text(f, &in->vault, a, instance_dev_config, e))
		return false;
	if (in->own_config)
		return config_file_load(f, &in->vault, a, in->own_config, e);
	for (int i = 0; i < in->options->config.n; i++)
		if (!config_file_load(
			f, &in->vault, a, in->options->config.items[i], e))
			return false;
	return true;
}

bool
instance_config_refuse(struct instance *in, const char *why, struct error *e)
{
	if (!in->own_config || strstr(why, in->own_config))
		return error_set(e, 400, "%s", why);
	return error_set(e, 400, "-config=%s: %s", in->own_config, why);
}

/* Flags and the environment count more than files, and the first name that is
 * set most. */
static void
instance_config_addresses(struct instance *in)
{
	static const char *const names[] = { "VAULT_REDIRECT_ADDR",
		"VAULT_ADVERTISE_ADDR" };
	struct vault_config *c = &in->vault.config;
	const struct config_file *f = &in->config_file;
	const struct config_storage *s = f->ha_storage.type ? &f->ha_storage
							    : &f->storage;

	for (size_t i = 0; i < 2 && !*c->api_addr; i++)
		if (getenv(names[i]))
			c->api_addr = getenv(names[i]);
	if (!*c->api_addr && s->type)
		c->api_addr = s->redirect_addr;
	if (!*c->cluster_addr && s->type && !s->disable_clustering)
		c->cluster_addr = s->cluster_addr;
}

bool
instance_config_read(struct instance *in, struct error *e)
{
	struct vault_config *c = &in->vault.config;
	struct config_file *f = &in->config_file;
	const char *node_id = getenv("VAULT_RAFT_NODE_ID");

	if (!instance_config_load(in, e) || !instance_config_log(in, e) ||
	    !instance_config_check_filters(in, e))
		return false;
	if (f->storage.type)
		c->storage_type = f->storage.type;
	c->ha_enabled = f->ha_storage.type ||
	    (f->storage.type && storage_has_ha(&f->storage));
	if (*f->cluster_name)
		c->cluster_name = f->cluster_name;
	if (f->storage.type && *f->storage.node_id)
		c->node_id = f->storage.node_id;
	if (node_id && *node_id)
		c->node_id = node_id;
	/* Vault 1.19: development mode opens both. */
	c->raw_storage_endpoint = f->raw_storage_endpoint || c->dev;
	c->introspection_endpoint = f->introspection_endpoint || c->dev;
	c->disable_printable_check = f->disable_printable_check;
	c->lockouts = f->lockouts;
	c->nlockouts = f->nlockouts;
	c->open_rekey = f->open_rekey;
	c->open_generate_root = f->open_generate_root;
	c->audit_prefixing = f->allow_audit_log_prefixing;
	c->deny_template_slash = f->deny_slash_in_templated_paths;
	c->no_prometheus = f->telemetry.prometheus_retention_time == 0;
	c->ui |= f->ui;
	if (f->default_lease_ttl)
		c->default_lease_ttl_s = f->default_lease_ttl;
	if (f->max_lease_ttl)
		c->max_lease_ttl_s = f->max_lease_ttl;
	in->sanitized = config_file_sanitized(f);
	c->sanitized = in->sanitized;
	return true;
}

/* ---- what is refused when all is read ---- */

static bool
instance_config_check_storage(struct instance *in, struct error *e)
{
	const struct vault_config *c = &in->vault.config;
	const struct config_file *f = &in->config_file;
	const struct storage_type *type = storage_type_find(c->storage_type);
	bool raft = strcmp(c->storage_type, "raft") == 0;
	const char *path = f->storage.type ? f->storage.path : "";

	if (!f->storage.type)
		return error_set(e, 400, "A storage backend must be specified");
	if (!type)
		return error_set(
		    e, 400, "Unknown storage type %s", c->storage_type);
	if (raft && *f->cluster_addr == '\0' && *c->cluster_addr == '\0')
		return error_set(e, 400,
		    "Cluster address must be set when using raft storage");
	if (raft && !f->has_disable_mlock &&
	    version_has(&in->vault, VERSION_RAFT_DISABLE_MLOCK))
		return error_set(e, 400,
		    "disable_mlock must be configured 'true' or 'false'");
	if (raft && *f->storage.performance_multiplier &&
	    strtoll(f->storage.performance_multiplier, NULL, 10) <= 0 &&
	    version_has(&in->vault, VERSION_RAFT_MULTIPLIER))
		return error_set(e, 400,
		    "Error initializing storage of type raft: "
		    "performance_multiplier must be greater than 0");
	if ((raft || starts_with(c->storage_type, "file")) && *path == '\0' &&
	    !in->options->db_path)
		return error_set(e, 400,
		    "Error initializing storage of type %s: 'path' must be set",
		    c->storage_type);
	if (!type->here)
		log_msg(&in->log, LOG_WARN, "storage",
		    "storage %s is not here: the state is kept %s%s",
		    c->storage_type, *path ? "in the folder " : "in memory",
		    path);
	return true;
}

/* Do storage and ha_storage fit together? False with Vault's text in e. */
static bool
instance_config_check_ha(struct instance *in, struct error *e)
{
	const struct config_file *f = &in->config_file;
	const struct config_storage *ha = &f->ha_storage;
	bool raft = strcmp(f->storage.type, "raft") == 0;
	const struct storage_type *type;

	if (!ha->type && raft && f->storage.disable_clustering)
		return error_set(e, 400,
		    "Disable clustering cannot be set to true when Raft is the "
		    "storage type");
	if (!ha->type)
		return true;
	if (raft && strcmp(ha->type, "raft") == 0)
		return error_set(e, 400,
		    "Raft cannot be set both as 'storage' and 'ha_storage'. "
		    "Setting 'storage' to 'raft' will automatically set it up "
		    "for HA operations as well");
	if (raft)
		return error_set(e, 400,
		    "HA storage cannot be declared when Raft is the storage "
		    "type");
	type = storage_type_find(ha->type);
	if (!type)
		return error_set(
		    e, 400, "Unknown HA storage type %s", ha->type);
	if (type->ha == HA_NEVER)
		return error_set(
		    e, 400, "Specified HA storage does not support HA");
	if (!storage_has_ha(ha))
		return error_set(e, 400,
		    "Specified HA storage has HA support disabled; please "
		    "consult documentation");
	return strcmp(ha->type, "raft") != 0 || !ha->disable_clustering ||
	    error_set(e, 400,
		"Disable clustering cannot be set to true when Raft is the HA "
		"storage type");
}

/* Vault 1.19: a cluster address that is not said is https and the next port of
 * the API address. */
static bool
instance_config_cluster(struct instance *in, struct error *e)
{
	struct vault_config *c = &in->vault.config;
	const char *host = strstr(c->api_addr, "://"), *colon;
	size_t n;

	if (*c->api_addr && strcmp(c->api_addr, c->cluster_addr) == 0)
		return error_set(e, 400,
		    "Address %s used for both API and cluster addresses",
		    go_quoted(in->config_arena, c->api_addr));
	if (*c->cluster_addr || !*c->api_addr || in->options->dev ||
	    in->config_file.disable_clustering)
		return true;
	if (!host)
		return error_set(e, 400,
		    "Error parsing synthesized cluster address %s: parse %s: "
		    "invalid URI for request",
		    c->api_addr, go_quoted(in->config_arena, c->api_addr));
	host += 3;
	n = strcspn(host, "/");
	colon = memrchr(host, ':', n);
	if (colon && memchr(colon, ']', n - (size_t)(colon - host)))
		colon = NULL;
	c->cluster_addr = arena_printf(in->config_arena, "https://%.*s:%ld",
	    (int)(colon ? (size_t)(colon - host) : n), host,
	    colon ? strtol(colon + 1, NULL, 10) + 1 : 444);
	return true;
}

static bool
instance_config_ui(struct instance *in, struct error *e)
{
	const char *ui = getenv("VAULT_UI");

	if (!ui || !*ui)
		return true;
	return !go_parse_bool_why(in->config_arena, ui, &in->vault.config.ui) ||
	    error_set(
		e, 400, "Error parsing the environment variable VAULT_UI");
}

/* Vault 1.19 knows two, and consul registers for storage of its own. */
static bool
instance_config_check_registration(struct instance *in, struct error *e)
{
	const char *type = in->config_file.service_registration;

	return !type || strcmp(type, "consul") == 0 ||
	    strcmp(type, "kubernetes") == 0 ||
	    error_set(e, 400, "Unknown service_registration type %s", type);
}

bool
instance_config_check(struct instance *in, struct error *e)
{
	const struct vault_config *c = &in->vault.config;

	if (!instance_config_check_storage(in, e) ||
	    !instance_config_check_registration(in, e) ||
	    !instance_config_seal(in, e) || !instance_config_check_ha(in, e))
		return false;
	instance_config_addresses(in);
	if (!instance_config_cluster(in, e) || !instance_config_ui(in, e))
		return false;
	if (in->config_file.service_registration && !c->ha_enabled &&
	    !in->options->dev)
		return error_set(e, 400,
		    "service_registration is configured, but storage does not "
		    "support HA");
	return c->default_lease_ttl_s <= c->max_lease_ttl_s ||
	    error_set(e, 400,
		"Error initializing core: cannot have DefaultLeaseTTL larger "
		"than MaxLeaseTTL");
}

/* ---- several nodes, each with a file of its own ---- */

/* Names of one folder are one path. */
static bool
instance_config_same_path(const char *a, const char *b)
{
	char *one = realpath(a, NULL), *other = realpath(b, NULL);
	bool same = strcmp(one ? one : a, other ? other : b) == 0;

	free(one);
	free(other);
	return same;
}

static bool
instance_config_differs(
    struct instance *in, const struct instance *other, struct error *e)
{
	const struct vault_config *c = &in->vault.config,
				  *o = &other->vault.config;
	const char *path = in->config_file.storage.path;

	if (strcmp(c->node_id, o->node_id) == 0)
		return error_set(e, 400, "node_id \"%s\" is that of %s, too",
		    c->node_id, other->own_config);
	if (instance_config_same_path(path, other->config_file.storage.path))
		return error_set(e, 400,
		    "the storage's path \"%s\" is that of %s, too", path,
		    other->own_config);
	return strcmp(c->cluster_addr, o->cluster_addr) != 0 ||
	    error_set(e, 400, "cluster_addr \"%s\" is that of %s, too",
		c->cluster_addr, other->own_config);
}

bool
instance_config_is_node(struct instance *in, struct error *e)
{
	const struct vault_config *c = &in->vault.config;

	if (strcmp(c->storage_type, "raft") != 0)
		return error_set(e, 400,
		    "one of several nodes needs storage \"raft\", and this is "
		    "\"%s\"",
		    c->storage_type);
	if (*c->node_id == '\0')
		return error_set(e, 400,
		    "one of several nodes needs a node_id in its storage "
		    "\"raft\"");
	for (const struct instance *at = in->host->instances; at != in;
	     at = at->next_in_host)
		if (!instance_config_differs(in, at, e))
			return false;
	return true;
}

void
instance_config_node(struct instance *in, const char *name)
{
	struct vault_config *c = &in->vault.config;

	c->storage_type = "raft";
	c->ha_enabled = true;
	c->node_id = name;
}

const char *
instance_config_database(struct instance *in)
{
	const char *path = in->config_file.storage.path;
	bool here = storage_type_find(in->vault.config.storage_type)->here;

#ifdef HAVE_RAFT
	if (in->node_name && in->options->db_path)
		return node_files_path(in->options->db_path, in->node_name,
			   in->db_path, sizeof(in->db_path))
		    ? in->db_path
		    : in->options->db_path;
#endif

	if (in->options->db_path || !path || !*path ||
	    starts_with(in->vault.config.storage_type, "inmem"))
		return in->options->db_path;
	if (mkdir(path, 0700) < 0 && errno != EEXIST && !here)
		return NULL;
	snprintf(in->db_path, sizeof(in->db_path), "%s/mockvault.db", path);
	return in->db_path;
}
