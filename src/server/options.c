/*
 * The configuration table and its three readers: environment, flags, help.
 */
#include "server/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

enum server_option_type {
	OPTION_FLAG,
	OPTION_STRING,
	OPTION_LIST, /* may be given again */
};

enum server_option_effect {
	EFFECT_NONE,
	EFFECT_DEV, /* turns development mode on, as with Vault */
};

struct server_option {
	const char *name;
	enum server_option_type type;
	size_t offset; /* offset in struct options */
	const char *env;
	const char *default_value;
	const char *help; /* NULL: accepted, not shown */
	enum server_option_effect effect;
};

#define AT(field) offsetof(struct options, field)
#define STRING_OPTION(name, field, env, def, help)                          \
	{                                                                   \
		name, OPTION_STRING, AT(field), env, def, help, EFFECT_NONE \
	}
#define FLAG_OPTION(name, field, help)                                      \
	{                                                                   \
		name, OPTION_FLAG, AT(field), NULL, NULL, help, EFFECT_NONE \
	}
#define DEV_FLAG_OPTION(name, field, help)                                 \
	{                                                                  \
		name, OPTION_FLAG, AT(field), NULL, NULL, help, EFFECT_DEV \
	}
#define LIST_OPTION(name, field, env, help)                                \
	{                                                                  \
		name, OPTION_LIST, AT(field), env, NULL, help, EFFECT_NONE \
	}
#define IGNORED_STRING(name) \
	STRING_OPTION(name, ignored_string, NULL, NULL, NULL)
#define IGNORED_FLAG(name) FLAG_OPTION(name, ignored_flag, NULL)

static const struct server_option option_table[] = {
	LIST_OPTION("config", config, NULL,
	    "Configuration file, or a folder of *.hcl and *.json; env:NAME is "
	    "the text of a variable. May be given again."),
	FLAG_OPTION("dev", dev,
	    "Development mode: initialised, unsealed, one key share."),
	STRING_OPTION("dev-root-token-id", dev_root_token_id,
	    "VAULT_DEV_ROOT_TOKEN_ID", NULL,
	    "Root token of development mode; made up when not given."),
	STRING_OPTION("dev-listen-address", dev_listen_address,
	    "VAULT_DEV_LISTEN_ADDRESS", "127.0.0.1:8200",
	    "Address of development mode. With port 0 the kernel picks one."),
	FLAG_OPTION("dev-no-store-token", dev_no_store_token,
	    "Do not write the root token to ~/.vault-token."),
	DEV_FLAG_OPTION(
	    "dev-kv-v1", dev_kv_v1, "Mount secret/ as KV version 1."),
	FLAG_OPTION("dev-no-kv", dev_no_kv, "Do not mount secret/."),
	DEV_FLAG_OPTION("dev-tls", dev_tls,
	    "Development mode over TLS, with a CA of its own."),
	STRING_OPTION("dev-tls-cert-dir", dev_tls_cert_dir, NULL, NULL,
	    "Where -dev-tls writes its files; a temporary folder otherwise."),
	LIST_OPTION("dev-tls-san", dev_tls_san, NULL,
	    "One more name for the certificate of -dev-tls."),
	IGNORED_STRING("dev-cluster-json"),
	FLAG_OPTION("dev-skip-init", dev_skip_init,
	    "Do not initialise in development mode."),
	STRING_OPTION("log-level", log_level, "VAULT_LOG_LEVEL", "info",
	    "trace, debug, info, warn or error."),
	STRING_OPTION("log-format", log_format, "VAULT_LOG_FORMAT", "standard",
	    "standard or json."),
	STRING_OPTION("log-file", log_file, NULL, NULL,
	    "Append the log to this file instead of standard error."),
	FLAG_OPTION(
	    "combine-logs", combine_logs, "Write the log to standard output."),
	STRING_OPTION("db", db_path, "MOCKVAULT_DB", NULL,
	    "Keep the state in this SQLite file; in memory otherwise."),
	STRING_OPTION("seed", seed, "MOCKVAULT_SEED", NULL,
	    "Make every id, token and key from this number."),
	STRING_OPTION("vault-version", vault_version, "MOCKVAULT_VERSION",
	    MOCKVAULT_VAULT_VERSION, "The version to claim, as X.Y.Z."),
	LIST_OPTION("fixtures", fixtures, "MOCKVAULT_FIXTURES",
	    "What the vault holds before the first answer: JSON itself, a file "
	    "of it (@FILE too), or a folder of files."),
	STRING_OPTION("admin-addr", admin_addr, "MOCKVAULT_ADMIN_ADDR", NULL,
	    "Address of the control API alone; 127.0.0.1:8299, or another "
	    "port when that one is taken. \"none\" turns it off."),
	{ "admin-on-main", OPTION_FLAG, AT(admin_on_main),
	    "MOCKVAULT_ADMIN_ON_MAIN", "true",
	    "Serve the control API below /_mock/ on the main listeners too.",
	    EFFECT_NONE },
	STRING_OPTION("admin-token", admin_token, "MOCKVAULT_ADMIN_TOKEN", NULL,
	    "Ask for this token (Authorization: Bearer) on the control API."),
	LIST_OPTION("fault", faults, "MOCKVAULT_FAULTS",
	    "An outage from the start: 'PRESET[,k=v...][@MATCH]'. The "
	    "environment takes several, cut by ';'."),
	STRING_OPTION("scenario", scenario, "MOCKVAULT_SCENARIO", NULL,
	    "Scenario: a file, the name of a shipped one, or JSON itself."),
	STRING_OPTION("start", scenario_start, "MOCKVAULT_START", NULL,
	    "When the scenario starts: boot, ready, first-request, manual."),
	STRING_OPTION("clock", clock, "MOCKVAULT_CLOCK", NULL,
	    "real, frozen, frozen@INSTANT, offset=DURATION or rate=NUMBER."),
	STRING_OPTION("ttl-scale", ttl_scale, "MOCKVAULT_TTL_SCALE", NULL,
	    "Divide every TTL that is granted by this number."),
	STRING_OPTION("journal-size", journal_size, "MOCKVAULT_JOURNAL_SIZE",
	    "10000", "How many requests the journal keeps."),
	STRING_OPTION("journal", journal_file, "MOCKVAULT_JOURNAL", NULL,
	    "Append every request to this file, a line of JSON each."),
	STRING_OPTION("snapshot", snapshot, "MOCKVAULT_SNAPSHOT", NULL,
	    "Start from this file of an exported state."),
	STRING_OPTION("export-on-exit", export_on_exit,
	    "MOCKVAULT_EXPORT_ON_EXIT", NULL,
	    "Write the state to this file at the end."),
	STRING_OPTION("init-dir", init_dir, "MOCKVAULT_INIT_DIR", NULL,
	    "Run every *.sh of this folder, in the order of their names, "
	    "before the server is ready; one that fails ends it."),
	{ "exit-with-parent", OPTION_FLAG, AT(exit_with_parent),
	    "MOCKVAULT_EXIT_WITH_PARENT", NULL,
	    "Stop when the process that started this one has ended.",
	    EFFECT_NONE },
	{ "exit-on-stdin-eof", OPTION_FLAG, AT(exit_on_stdin_eof),
	    "MOCKVAULT_EXIT_ON_STDIN_EOF", NULL,
	    "Stop at the end of standard input.", EFFECT_NONE },
	{ "strict-headers", OPTION_FLAG, AT(strict_headers),
	    "MOCKVAULT_STRICT_HEADERS", NULL,
	    "No X-Mockvault-* header on any answer.", EFFECT_NONE },
	{ "database-live", OPTION_FLAG, AT(database_live),
	    "MOCKVAULT_DATABASE_LIVE", NULL,
	    "database/ runs its statements on PostgreSQL; otherwise no "
	    "database is contacted.",
	    EFFECT_NONE },
	FLAG_OPTION("test-verify-only", verify_only, NULL),
	DEV_FLAG_OPTION("dev-ha", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-transactional", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-leased-kv", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-consul", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-auto-seal", ignored_flag, NULL),
	IGNORED_STRING("address"),
	IGNORED_STRING("agent-address"),
	IGNORED_STRING("ca-cert"),
	IGNORED_STRING("ca-path"),
	IGNORED_STRING("client-cert"),
	IGNORED_STRING("client-key"),
	IGNORED_STRING("header"),
	IGNORED_STRING("mfa"),
	IGNORED_STRING("namespace"),
	IGNORED_STRING("ns"),
	IGNORED_STRING("tls-server-name"),
	IGNORED_STRING("unlock-key"),
	IGNORED_STRING("wrap-ttl"),
	IGNORED_FLAG("disable-redirects"),
	IGNORED_FLAG("non-interactive"),
	IGNORED_FLAG("output-curl-string"),
	IGNORED_FLAG("output-policy"),
	IGNORED_FLAG("policy-override"),
	IGNORED_FLAG("tls-skip-verify"),
	IGNORED_STRING("log-rotate-bytes"),
	IGNORED_STRING("log-rotate-duration"),
	IGNORED_STRING("log-rotate-max-files"),
	IGNORED_STRING("experiment"),
	IGNORED_STRING("pprof-dump-dir"),
	IGNORED_STRING("dev-latency"),
	IGNORED_STRING("dev-latency-jitter"),
	IGNORED_STRING("dev-plugin-dir"),
	IGNORED_FLAG("recovery"),
	IGNORED_FLAG("exit-on-core-shutdown"),
	IGNORED_FLAG("disable-gated-logs"),
	IGNORED_FLAG("dev-plugin-init"),
	IGNORED_FLAG("test-server-config"),
};

/* Settings that only the environment knows, as with Vault. */
static const struct server_option env_only_options[] = {
	STRING_OPTION("", api_addr, "VAULT_API_ADDR", NULL,
	    "Address of this node that clients are sent to."),
	STRING_OPTION("", cluster_addr, "VAULT_CLUSTER_ADDR", NULL,
	    "Address of this node for other nodes."),
	{ "", OPTION_FLAG, AT(disable_user_lockout),
	    "VAULT_DISABLE_USER_LOCKOUT", NULL,
	    "Never lock a user out after wrong credentials.", EFFECT_NONE },
	{ "", OPTION_FLAG, AT(dump_on_exit), "MOCKVAULT_DUMP_ON_EXIT", NULL,
	    "Print the last 50 requests of the journal at the end, a line of "
	    "JSON each.",
	    EFFECT_NONE },
	STRING_OPTION("", ignored_string, "MOCKVAULT_KV_1", NULL,
	    "A secret to begin with, 'secret/app={\"k\":\"v\"}'; _2 and so on "
	    "are more of them."),
	{ "", OPTION_FLAG, AT(kms_unreachable), "MOCKVAULT_KMS_UNREACHABLE",
	    NULL, "The cloud of an auto-unseal is away: it stays sealed.",
	    EFFECT_NONE },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct server_option *
options_find(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(option_table); i++)
		if (strlen(option_table[i].name) == n &&
		    memcmp(option_table[i].name, name, n) == 0)
			return &option_table[i];
	return NULL;
}

static bool
options_assign(
    struct options *o, const struct server_option *opt, const char *value)
{
	void *field = (char *)o + opt->offset;
	struct option_list *list = field;

	switch (opt->type) {
	case OPTION_FLAG:
		return parse_bool_go(value, field);
	case OPTION_STRING:
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
options_read_environment(struct options *o, const struct server_option *list,
    size_t n, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = list[i].env ? getenv(list[i].env) : NULL;

		if (!value || !*value)
			continue;
		if (!options_assign(o, &list[i], value))
			return error_set(e, 400, "invalid value \"%s\" for %s",
			    value, list[i].env);
	}
	return true;
}

static bool
options_read_flag(
    struct options *o, int argc, char *const *argv, int *i, struct error *e)
{
	const char *arg = argv[*i] + (starts_with(argv[*i], "--") ? 2 : 1);
	const char *eq = strchr(arg, '=');
	size_t n = eq ? (size_t)(eq - arg) : strlen(arg);
	const struct server_option *opt = options_find(arg, n);
	const char *value = eq ? eq + 1 : NULL;

	if (!opt)
		return error_set(e, 400, "flag provided but not defined: -%.*s",
		    (int)n, arg);
	if (!value && opt->type == OPTION_FLAG)
		value = "true";
	if (!value && *i + 1 >= argc)
		return error_set(
		    e, 400, "flag needs an argument: -%s", opt->name);
	if (!value)
		value = argv[++*i];
	if (!options_assign(o, opt, value))
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -%s: parse error", value,
		    opt->name);
	if (opt->effect == EFFECT_DEV)
		o->dev = true;
	return true;
}

void
options_defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	for (size_t i = 0; i < COUNT(option_table); i++)
		if (option_table[i].default_value)
			options_assign(
			    o, &option_table[i], option_table[i].default_value);
}

bool
options_parse(struct options *o, int argc, char *const *argv, struct error *e)
{
	options_defaults(o);
	if (!options_read_environment(
		o, option_table, COUNT(option_table), e) ||
	    !options_read_environment(
		o, env_only_options, COUNT(env_only_options), e))
		return false;
	/* As Go's flag package: flags end at "--" or at the first argument that
	 * is none. Vault 1.19 does not look at what follows. */
	for (int i = 0; i < argc && argv[i][0] == '-' && argv[i][1] &&
	     strcmp(argv[i], "--") != 0;
	     i++)
		if (!options_read_flag(o, argc, argv, &i, e))
			return false;
	return true;
}

const char *
options_name(size_t i)
{
	for (size_t at = 0; at < COUNT(option_table); at++)
		if (option_table[at].help && i-- == 0)
			return option_table[at].name;
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
	for (size_t i = 0; i < COUNT(option_table); i++) {
		if (!option_table[i].help)
			continue;
		fprintf(out, "\n  -%s%s\n      %s", option_table[i].name,
		    option_table[i].type == OPTION_FLAG ? "" : "=<value>",
		    option_table[i].help);
		if (option_table[i].default_value)
			fprintf(out, " Default: %s.",
			    option_table[i].default_value);
		if (option_table[i].env)
			fprintf(out, " Environment: %s.", option_table[i].env);
		fputc('\n', out);
	}
	fputs("\nAccepted for Vault's sake, without effect:\n ", out);
	for (size_t i = 0; i < COUNT(option_table); i++)
		if (!option_table[i].help)
			fprintf(out, " -%s", option_table[i].name);
	fputs("\n\nEnvironment only:\n", out);
	for (size_t i = 0; i < COUNT(env_only_options); i++)
		fprintf(out, "\n  %s\n      %s\n", env_only_options[i].env,
		    env_only_options[i].help);
}

void
options_man(FILE *out)
{
	fputs(".SH OPTIONS\n", out);
	for (size_t i = 0; i < COUNT(option_table); i++) {
		if (!option_table[i].help)
			continue;
		fprintf(out, ".TP\n.B \\-%s%s\n%s\n", option_table[i].name,
		    option_table[i].type == OPTION_FLAG ? "" : "=<value>",
		    option_table[i].help);
		if (option_table[i].default_value)
			fprintf(out, "Default: %s.\n",
			    option_table[i].default_value);
		if (option_table[i].env)
			fprintf(out, "Environment: %s.\n", option_table[i].env);
	}
	fputs(".SH ENVIRONMENT\n", out);
	for (size_t i = 0; i < COUNT(env_only_options); i++)
		fprintf(out, ".TP\n.B %s\n%s\n", env_only_options[i].env,
		    env_only_options[i].help);
}
