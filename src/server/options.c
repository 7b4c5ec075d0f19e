/*
 * The configuration table and its three readers: environment, flags, help.
 */
#include "server/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_LIST, /* may be given again */
};

enum option_effect {
	EFFECT_NONE,
	EFFECT_DEV, /* turns development mode on, as with Vault */
};

struct option {
	const char *name;
	enum option_type type;
	size_t at; /* offset in struct options */
	const char *env;
	const char *def;
	const char *help; /* NULL: accepted, not shown */
	enum option_effect effect;
};

#define AT(field) offsetof(struct options, field)
#define TEXT(name, field, env, def, help) \
	{ name, OPTION_TEXT, AT(field), env, def, help, EFFECT_NONE }
#define FLAG(name, field, help) \
	{ name, OPTION_FLAG, AT(field), NULL, NULL, help, EFFECT_NONE }
#define DEV_FLAG(name, field, help) \
	{ name, OPTION_FLAG, AT(field), NULL, NULL, help, EFFECT_DEV }
#define LIST(name, field, env, help) \
	{ name, OPTION_LIST, AT(field), env, NULL, help, EFFECT_NONE }
#define IGNORED_TEXT(name) TEXT(name, ignored_text, NULL, NULL, NULL)
#define IGNORED_FLAG(name) FLAG(name, ignored_flag, NULL)

static const struct option table[] = {
	LIST("config", config, NULL,
	    "Configuration file, or a folder of *.hcl and *.json. May be "
	    "given again."),
	FLAG("dev", dev,
	    "Development mode: initialised, unsealed, one key share."),
	TEXT("dev-root-token-id", dev_root_token_id, "VAULT_DEV_ROOT_TOKEN_ID",
	    NULL, "Root token of development mode; made up when not given."),
	TEXT("dev-listen-address", dev_listen_address,
	    "VAULT_DEV_LISTEN_ADDRESS", "127.0.0.1:8200",
	    "Address of development mode. With port 0 the kernel picks one."),
	FLAG("dev-no-store-token", dev_no_store_token,
	    "Do not write the root token to ~/.vault-token."),
	DEV_FLAG("dev-kv-v1", dev_kv_v1, "Mount secret/ as KV version 1."),
	FLAG("dev-no-kv", dev_no_kv, "Do not mount secret/."),
	DEV_FLAG("dev-tls", dev_tls,
	    "Development mode over TLS, with a CA of its own."),
	TEXT("dev-tls-cert-dir", dev_tls_cert_dir, NULL, NULL,
	    "Where -dev-tls writes its files; a temporary folder otherwise."),
	LIST("dev-tls-san", dev_tls_san, NULL,
	    "One more name for the certificate of -dev-tls."),
	IGNORED_TEXT("dev-cluster-json"),
	FLAG("dev-skip-init", dev_skip_init,
	    "Do not initialise in development mode."),
	TEXT("log-level", log_level, "VAULT_LOG_LEVEL", "info",
	    "trace, debug, info, warn or error."),
	TEXT("log-format", log_format, "VAULT_LOG_FORMAT", "standard",
	    "standard or json."),
	TEXT("log-file", log_file, NULL, NULL,
	    "Append the log to this file instead of standard error."),
	FLAG("combine-logs", combine_logs,
	    "Write the log to standard output."),
	TEXT("db", db, "MOCKVAULT_DB", NULL,
	    "Keep the state in this SQLite file; in memory otherwise."),
	TEXT("seed", seed, "MOCKVAULT_SEED", NULL,
	    "Make every id, token and key from this number."),
	TEXT("vault-version", vault_version, "MOCKVAULT_VERSION",
	    MOCKVAULT_VAULT_VERSION, "The version to claim, as X.Y.Z."),
	LIST("fixtures", fixtures, "MOCKVAULT_FIXTURES",
	    "JSON file, or folder of them, to load before the first answer."),
	TEXT("admin-addr", admin_addr, "MOCKVAULT_ADMIN_ADDR", NULL,
	    "Address of the control API alone; 127.0.0.1:8299, or another "
	    "port when that one is taken. \"none\" turns it off."),
	{ "admin-on-main", OPTION_FLAG, AT(admin_on_main),
	    "MOCKVAULT_ADMIN_ON_MAIN", "true",
	    "Serve the control API below /_mock/ on the main listeners too.",
	    EFFECT_NONE },
	TEXT("admin-token", admin_token, "MOCKVAULT_ADMIN_TOKEN", NULL,
	    "Ask for this token (Authorization: Bearer) on the control API."),
	LIST("fault", faults, "MOCKVAULT_FAULTS",
	    "An outage from the start: 'PRESET[,k=v...][@MATCH]'. The "
	    "environment takes several, cut by ';'."),
	TEXT("scenario", scenario, "MOCKVAULT_SCENARIO", NULL,
	    "Scenario: a file, the name of a shipped one, or JSON itself."),
	TEXT("start", scenario_start, "MOCKVAULT_START", NULL,
	    "When the scenario starts: boot, ready, first-request, manual."),
	TEXT("clock", clock, "MOCKVAULT_CLOCK", NULL,
	    "real, frozen, frozen@INSTANT, offset=DURATION or rate=NUMBER."),
	TEXT("ttl-scale", ttl_scale, "MOCKVAULT_TTL_SCALE", NULL,
	    "Divide every TTL that is granted by this number."),
	TEXT("journal-size", journal_size, "MOCKVAULT_JOURNAL_SIZE", "10000",
	    "How many requests the journal keeps."),
	TEXT("journal", journal_file, "MOCKVAULT_JOURNAL", NULL,
	    "Append every request to this file, a line of JSON each."),
	TEXT("snapshot", snapshot, "MOCKVAULT_SNAPSHOT", NULL,
	    "Start from this file of an exported state."),
	TEXT("export-on-exit", export_on_exit, "MOCKVAULT_EXPORT_ON_EXIT",
	    NULL, "Write the state to this file at the end."),
	{ "strict-headers", OPTION_FLAG, AT(strict_headers),
	    "MOCKVAULT_STRICT_HEADERS", NULL,
	    "No X-Mockvault-* header on any answer.", EFFECT_NONE },
	{ "database-live", OPTION_FLAG, AT(database_live),
	    "MOCKVAULT_DATABASE_LIVE", NULL,
	    "database/ runs its statements on PostgreSQL; otherwise no "
	    "database is contacted.", EFFECT_NONE },
	FLAG("test-verify-only", verify_only, NULL),
	DEV_FLAG("dev-ha", ignored_flag, NULL),
	DEV_FLAG("dev-transactional", ignored_flag, NULL),
	DEV_FLAG("dev-leased-kv", ignored_flag, NULL),
	DEV_FLAG("dev-consul", ignored_flag, NULL),
	DEV_FLAG("dev-auto-seal", ignored_flag, NULL),
	IGNORED_TEXT("log-rotate-bytes"),
	IGNORED_TEXT("log-rotate-duration"),
	IGNORED_TEXT("log-rotate-max-files"),
	IGNORED_TEXT("experiment"),
	IGNORED_TEXT("pprof-dump-dir"),
	IGNORED_TEXT("dev-latency"),
	IGNORED_TEXT("dev-latency-jitter"),
	IGNORED_TEXT("dev-plugin-dir"),
	IGNORED_FLAG("recovery"),
	IGNORED_FLAG("exit-on-core-shutdown"),
	IGNORED_FLAG("disable-gated-logs"),
	IGNORED_FLAG("dev-plugin-init"),
	IGNORED_FLAG("test-server-config"),
};

/* Settings that only the environment knows, as with Vault. */
static const struct option env_only[] = {
	TEXT("", api_addr, "VAULT_API_ADDR", NULL,
	    "Address of this node that clients are sent to."),
	TEXT("", cluster_addr, "VAULT_CLUSTER_ADDR", NULL,
	    "Address of this node for other nodes."),
	{ "", OPTION_FLAG, AT(disable_user_lockout),
	    "VAULT_DISABLE_USER_LOCKOUT", NULL,
	    "Never lock a user out after wrong credentials.", EFFECT_NONE },
	{ "", OPTION_FLAG, AT(dump_on_exit), "MOCKVAULT_DUMP_ON_EXIT", NULL,
	    "Print the last 50 requests of the journal at the end, a line of "
	    "JSON each.", EFFECT_NONE },
	TEXT("", ignored_text, "MOCKVAULT_KV_1", NULL,
	    "A secret to begin with, 'secret/app={\"k\":\"v\"}'; _2 and so on "
	    "are more of them."),
	{ "", OPTION_FLAG, AT(kms_unreachable), "MOCKVAULT_KMS_UNREACHABLE",
	    NULL, "The cloud of an auto-unseal is away: it stays sealed.",
	    EFFECT_NONE },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct option *
find(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (strlen(table[i].name) == n &&
		    memcmp(table[i].name, name, n) == 0)
			return &table[i];
	return NULL;
}

static bool
assign(struct options *o, const struct option *opt, const char *value)
{
	void *field = (char *)o + opt->at;
	struct option_list *list = field;

	switch (opt->type) {
	case OPTION_FLAG:
		return parse_bool_go(value, field);
	case OPTION_TEXT:
		*(const char **)field = value;
		return true;
	case OPTION_LIST:
		if (list->n == OPTION_LIST_MAX)
			return false;
		list->items[list->n++] = value;
		return true;
	}
	return false;
}

static bool
read_environment(struct options *o, const struct option *list, size_t n,
    char *why, size_t why_size)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = list[i].env ? getenv(list[i].env) : NULL;

		if (!value || !*value)
			continue;
		if (!assign(o, &list[i], value)) {
			snprintf(why, why_size, "invalid value \"%s\" for %s",
			    value, list[i].env);
			return false;
		}
	}
	return true;
}

static bool
read_flag(struct options *o, int argc, char *const *argv, int *i, char *why,
    size_t why_size)
{
	const char *arg = argv[*i] + (starts_with(argv[*i], "--") ? 2 : 1);
	const char *eq = strchr(arg, '=');
	size_t n = eq ? (size_t)(eq - arg) : strlen(arg);
	const struct option *opt = find(arg, n);
	const char *value = eq ? eq + 1 : NULL;

	if (!opt) {
		snprintf(why, why_size,
		    "flag provided but not defined: -%.*s", (int)n, arg);
		return false;
	}
	if (!value && opt->type == OPTION_FLAG)
		value = "true";
	if (!value && *i + 1 >= argc) {
		snprintf(why, why_size, "flag needs an argument: -%s",
		    opt->name);
		return false;
	}
	if (!value)
		value = argv[++*i];
	if (!assign(o, opt, value)) {
		snprintf(why, why_size,
		    "invalid value \"%s\" for flag -%s: parse error", value,
		    opt->name);
		return false;
	}
	if (opt->effect == EFFECT_DEV)
		o->dev = true;
	return true;
}

void
options_defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].def)
			assign(o, &table[i], table[i].def);
}

bool
options_parse(struct options *o, int argc, char *const *argv, char *why,
    size_t why_size)
{
	options_defaults(o);
	if (!read_environment(o, table, COUNT(table), why, why_size) ||
	    !read_environment(o, env_only, COUNT(env_only), why, why_size))
		return false;
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			snprintf(why, why_size,
			    "Too many arguments (expected 0, got %d)",
			    argc - i);
			return false;
		}
		if (!read_flag(o, argc, argv, &i, why, why_size))
			return false;
	}
	return true;
}

const char *
options_name(size_t i)
{
	for (size_t at = 0; at < COUNT(table); at++)
		if (table[at].help && i-- == 0)
			return table[at].name;
	return NULL;
}

void
options_help(FILE *out)
{
	fputs("Usage: mockvault server [options]\n\n"
	      "  Starts a Vault that tests can command. With -dev it is ready "
	      "at once;\n  with -config it starts as the file says.\n\n"
	      "Options:\n",
	    out);
	for (size_t i = 0; i < COUNT(table); i++) {
		if (!table[i].help)
			continue;
		fprintf(out, "\n  -%s%s\n      %s", table[i].name,
		    table[i].type == OPTION_FLAG ? "" : "=<value>",
		    table[i].help);
		if (table[i].def)
			fprintf(out, " Default: %s.", table[i].def);
		if (table[i].env)
			fprintf(out, " Environment: %s.", table[i].env);
		fputc('\n', out);
	}
	fputs("\nAccepted for Vault's sake, without effect:\n ", out);
	for (size_t i = 0; i < COUNT(table); i++)
		if (!table[i].help)
			fprintf(out, " -%s", table[i].name);
	fputs("\n\nEnvironment only:\n", out);
	for (size_t i = 0; i < COUNT(env_only); i++)
		fprintf(out, "\n  %s\n      %s\n", env_only[i].env,
		    env_only[i].help);
}

void
options_man(FILE *out)
{
	fputs(".SH OPTIONS\n", out);
	for (size_t i = 0; i < COUNT(table); i++) {
		if (!table[i].help)
			continue;
		fprintf(out, ".TP\n.B \\-%s%s\n%s\n", table[i].name,
		    table[i].type == OPTION_FLAG ? "" : "=<value>",
		    table[i].help);
		if (table[i].def)
			fprintf(out, "Default: %s.\n", table[i].def);
		if (table[i].env)
			fprintf(out, "Environment: %s.\n", table[i].env);
	}
	fputs(".SH ENVIRONMENT\n", out);
	for (size_t i = 0; i < COUNT(env_only); i++)
		fprintf(out, ".TP\n.B %s\n%s\n", env_only[i].env,
		    env_only[i].help);
}
