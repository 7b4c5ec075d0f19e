/*
 * The table of the server's settings, and what is made of it: values, help, the
 * manual page.
 */
#include "server/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/go_text.h"
#include "base/text.h"
#include "base/version.h"

enum server_option_effect {
	EFFECT_NONE,
	EFFECT_DEV,   /* turns development mode on, as with Vault */
	EFFECT_PROXY, /* none, but the proxy's help shows it */
};

struct server_option {
	struct flag flag;
	size_t offset; /* offset in struct options */
	enum server_option_effect effect;
};

#define AT(field) offsetof(struct options, field)
#define STRING_OPTION(name, field, env, def, help)               \
	{                                                        \
		{ name, FLAG_STRING, help, def, env }, AT(field) \
	}
#define SWITCH_OPTION(name, field, env, def, help)             \
	{                                                      \
		{ name, FLAG_BOOL, help, def, env }, AT(field) \
	}
#define FLAG_OPTION(name, field, help) \
	SWITCH_OPTION(name, field, NULL, NULL, help)
#define DEV_FLAG_OPTION(name, field, help)                       \
	{                                                        \
		{ name, FLAG_BOOL, help }, AT(field), EFFECT_DEV \
	}
#define LIST_OPTION(name, field, env, help)                     \
	{                                                       \
		{ name, FLAG_LIST, help, NULL, env }, AT(field) \
	}
#define PROXY_OPTION(name, field, kind, env, def, alias, help)                 \
	{                                                                      \
		{ name, kind, help, def, env, alias }, AT(field), EFFECT_PROXY \
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
	PROXY_OPTION("dev-listen-address", dev_listen_address, FLAG_STRING,
	    "VAULT_DEV_LISTEN_ADDRESS", "127.0.0.1:8200", "listen",
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
	DEV_FLAG_OPTION("dev-three-node", dev_three_node,
	    "Development mode with three nodes, as -nodes=3."),
	STRING_OPTION("nodes", nodes, "MOCKVAULT_NODES", NULL,
	    "So many nodes of one cluster in this process, with raft; up to 7. "
	    "In development mode, or with a -config file for each."),
	STRING_OPTION("cluster-speed", cluster_speed, "MOCKVAULT_CLUSTER_SPEED",
	    "10",
	    "How many times as fast as Vault's an election is; 1 is Vault's "
	    "own pace."),
	STRING_OPTION("log-level", log_level, "VAULT_LOG_LEVEL", "info",
	    "trace, debug, info, warn or error."),
	STRING_OPTION("log-format", log_format, "VAULT_LOG_FORMAT", "standard",
	    "standard or json."),
	STRING_OPTION("log-file", log_file, NULL, NULL,
	    "Append the log to this file instead of standard error."),
	FLAG_OPTION(
	    "combine-logs", combine_logs, "Write the log to standard output."),
	STRING_OPTION("db", db_path, "MOCKVAULT_DB", NULL,
	    "Keep the state in this SQLite file; in memory otherwise. With -nodes: "
	    "a folder, or FILE.n1, FILE.n2..."),
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
	SWITCH_OPTION("admin-on-main", admin_on_main, "MOCKVAULT_ADMIN_ON_MAIN",
	    "true",
	    "Serve the control API below /_mock/ on the main listeners too."),
	STRING_OPTION("admin-token", admin_token, "MOCKVAULT_ADMIN_TOKEN", NULL,
	    "Ask for this token (Authorization: Bearer) on the control API."),
	LIST_OPTION("fault", faults, "MOCKVAULT_FAULTS",
	    "An outage from the start: 'PRESET[,k=v...][@MATCH]'. The "
	    "environment takes several, cut by ';'."),
	STRING_OPTION("scenario", scenario, "MOCKVAULT_SCENARIO", NULL,
	    "Scenario: a file, the name of a shipped one, or JSON itself."),
	STRING_OPTION("start", scenario_start, "MOCKVAULT_START", NULL,
	    "When the scenario starts: boot, ready, first-request, manual."),
	LIST_OPTION("scenario-set", scenario_set, "MOCKVAULT_SCENARIO_SET",
	    "A parameter of the scenario: NAME=VALUE."),
	STRING_OPTION("scenario-speed", scenario_speed,
	    "MOCKVAULT_SCENARIO_SPEED", NULL,
	    "So many times as fast, with the vault's clock: a number."),
	STRING_OPTION("clock", clock, "MOCKVAULT_CLOCK", NULL,
	    "real, frozen, frozen@TIME, offset=DURATION or rate=NUMBER."),
	STRING_OPTION("fault-clock", fault_clock, "MOCKVAULT_FAULT_CLOCK",
	    "real",
	    "The clock of the delays and durations of faults: real, or virtual, "
	    "which /_mock/clock moves."),
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
	SWITCH_OPTION("exit-with-parent", exit_with_parent,
	    "MOCKVAULT_EXIT_WITH_PARENT", NULL,
	    "Stop when the process that started this one has ended."),
	SWITCH_OPTION("exit-on-stdin-eof", exit_on_stdin_eof,
	    "MOCKVAULT_EXIT_ON_STDIN_EOF", NULL,
	    "Stop at the end of standard input."),
	STRING_OPTION("spaces-max", spaces_max, "MOCKVAULT_SPACES_MAX", "2000",
	    "How many spaces there may be at once; 0 turns them off."),
	SWITCH_OPTION("strict-headers", strict_headers,
	    "MOCKVAULT_STRICT_HEADERS", NULL,
	    "No X-Mockvault-* header on any answer."),
	SWITCH_OPTION("database-live", database_live, "MOCKVAULT_DATABASE_LIVE",
	    NULL,
	    "database/ runs its statements on PostgreSQL; otherwise no "
	    "database is contacted."),
	PROXY_OPTION("upstream", upstream, FLAG_STRING, "MOCKVAULT_UPSTREAM",
	    NULL, NULL,
	    "Pass requests on to the Vault at this URL; rules, journal and "
	    "control API stand before it."),
	PROXY_OPTION("ca", upstream_ca, FLAG_STRING, "MOCKVAULT_UPSTREAM_CA",
	    NULL, "ca-cert",
	    "Whom to trust as the upstream: a file or folder of CA "
	    "certificates; the system's otherwise."),
	PROXY_OPTION("tls-skip-verify", upstream_skip_verify, FLAG_BOOL, NULL,
	    NULL, NULL, "Do not check the certificate of the upstream."),
	PROXY_OPTION("tls-server-name", upstream_server_name, FLAG_STRING, NULL,
	    NULL, NULL,
	    "The name of the upstream in SNI and in its certificate, when it "
	    "is not the URL's."),
	PROXY_OPTION("client-cert", upstream_client_cert, FLAG_STRING, NULL,
	    NULL, NULL, "The certificate to show to the upstream."),
	PROXY_OPTION("client-key", upstream_client_key, FLAG_STRING, NULL, NULL,
	    NULL, "The key of -client-cert."),
	PROXY_OPTION("upstream-host", upstream_host, FLAG_STRING, NULL, NULL,
	    NULL,
	    "The Host header for the upstream; that of the client "
	    "otherwise."),
	PROXY_OPTION("upstream-timeout", upstream_timeout, FLAG_STRING, NULL,
	    "120s", NULL,
	    "How long the upstream may take to begin its answer; 0 is no "
	    "limit."),
	PROXY_OPTION("record", record, FLAG_STRING, "MOCKVAULT_RECORD", NULL,
	    NULL,
	    "Keep every exchange with the upstream in this file, without its "
	    "secrets, for mockvault replay."),
	STRING_OPTION("replay", replay, "MOCKVAULT_REPLAY", NULL,
	    "Answer from this recording in the place of a Vault."),
	PROXY_OPTION("tls-cert-file", tls_cert_file, FLAG_STRING, NULL, NULL,
	    NULL, "Speak TLS to clients, with this certificate."),
	PROXY_OPTION("tls-key-file", tls_key_file, FLAG_STRING, NULL, NULL,
	    NULL, "The key of -tls-cert-file."),
	FLAG_OPTION("test-verify-only", verify_only, NULL),
	DEV_FLAG_OPTION("dev-ha", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-transactional", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-leased-kv", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-consul", ignored_flag, NULL),
	DEV_FLAG_OPTION("dev-auto-seal", ignored_flag, NULL),
	IGNORED_STRING("address"),
	IGNORED_STRING("agent-address"),
	IGNORED_STRING("ca-path"),
	IGNORED_STRING("header"),
	IGNORED_STRING("mfa"),
	IGNORED_STRING("namespace"),
	IGNORED_STRING("ns"),
	IGNORED_STRING("unlock-key"),
	IGNORED_STRING("wrap-ttl"),
	IGNORED_FLAG("disable-redirects"),
	IGNORED_FLAG("non-interactive"),
	IGNORED_FLAG("output-curl-string"),
	IGNORED_FLAG("output-policy"),
	IGNORED_FLAG("policy-override"),
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
	SWITCH_OPTION("", disable_user_lockout, "VAULT_DISABLE_USER_LOCKOUT",
	    NULL, "Never lock a user out after wrong credentials."),
	SWITCH_OPTION("", dump_on_exit, "MOCKVAULT_DUMP_ON_EXIT", NULL,
	    "Print the last 50 requests of the journal at the end, a line of "
	    "JSON each."),
	STRING_OPTION("", ignored_string, "MOCKVAULT_KV_1", NULL,
	    "A secret to begin with, 'secret/app={\"k\":\"v\"}'; _2 and so on "
	    "are more of them."),
	SWITCH_OPTION("", kms_unreachable, "MOCKVAULT_KMS_UNREACHABLE", NULL,
	    "The cloud of an auto-unseal is away: it stays sealed."),
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The names of one table, as the reader wants them. */
struct option_reader {
	struct options *options;
	const struct server_option *rows;
	struct flag *flags; /* of the rows, in their order */
	struct arena *arena;
	struct flag_reader reader;
	const struct flag *tables[2];
};

static const char *
options_assign(
    struct options *o, const struct server_option *opt, const char *value)
{
	void *field = (char *)o + opt->offset;
	struct option_list *list = field;

	if (opt->flag.kind == FLAG_BOOL)
		return parse_bool_go(value, field) ? NULL : "parse error";
	if (opt->flag.kind == FLAG_STRING) {
		*(const char **)field = value;
		return NULL;
	}
	if (list->n == OPTION_LIST_MAX)
		return "too many of them";
	list->items[list->n++] = value;
	return NULL;
}

static const char *
options_on_flag(void *arg, const struct flag *flag, const char *text)
{
	struct option_reader *r = arg;
	const struct server_option *opt = &r->rows[flag - r->flags];
	const char *why = options_assign(r->options, opt, text);

	if (!why && opt->effect == EFFECT_DEV)
		r->options->dev = true;
	return why;
}

static void
option_reader_init(struct option_reader *r, struct options *o,
    const struct server_option *rows, size_t n)
{
	memset(r, 0, sizeof(*r));
	r->options = o;
	r->rows = rows;
	r->arena = arena_new();
	r->flags = arena_zalloc(r->arena, (n + 1) * sizeof(*r->flags));
	for (size_t i = 0; i < n; i++)
		r->flags[i] = rows[i].flag;
	r->tables[0] = r->flags;
	r->reader = (struct flag_reader){
		.arena = r->arena,
		.tables = r->tables,
		.assign = options_on_flag,
		.arg = r,
	};
}

void
options_defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	for (size_t i = 0; i < COUNT(option_table); i++)
		if (option_table[i].flag.preset)
			(void)options_assign(
			    o, &option_table[i], option_table[i].flag.preset);
}

/* Vault 1.19: what follows the first argument that is no flag is not looked
 * at. */
bool
options_parse(struct options *o, int argc, char *const *argv, struct error *e)
{
	struct option_reader flags, only_env;
	char **words;
	int nwords;
	bool ok;

	options_defaults(o);
	option_reader_init(&flags, o, option_table, COUNT(option_table));
	option_reader_init(
	    &only_env, o, env_only_options, COUNT(env_only_options));
	words = arena_zalloc(flags.arena, ((size_t)argc + 1) * sizeof(*words));
	ok = flags_read_environment(&flags.reader, flags.flags, e) &&
	    flags_read_environment(&only_env.reader, only_env.flags, e) &&
	    flags_read(&flags.reader, argc, argv, words, &nwords, e);
	arena_free(flags.arena);
	arena_free(only_env.arena);
	if (ok && o->admin_token && !*o->admin_token)
		return error_set(e, 400,
		    "-admin-token (MOCKVAULT_ADMIN_TOKEN) is empty: leave it "
		    "out when the control API shall ask for none");
	return ok;
}

bool
options_set(
    struct options *o, const char *name, const char *value, struct error *e)
{
	struct option_reader r;
	const struct flag *flag;
	const char *why;

	option_reader_init(&r, o, option_table, COUNT(option_table));
	flag = flags_find(r.tables, name, strlen(name));
	if (!flag)
		error_set(e, 400, "flag provided but not defined: -%s", name);
	else if (!value && !flag_is_switch(flag))
		error_set(e, 400, "flag needs an argument: -%s", name);
	why = flag && (value || flag_is_switch(flag))
	    ? options_on_flag(&r, flag, value ? value : "true")
	    : "";
	if (why && *why)
		error_set(e, 400, "invalid value %s for flag -%s: %s",
		    go_quoted(r.arena, value), name, why);
	arena_free(r.arena);
	return !why;
}

const struct flag *
options_flag(size_t i)
{
	for (size_t at = 0; at < COUNT(option_table); at++)
		if (option_table[at].flag.usage && i-- == 0)
			return &option_table[at].flag;
	return NULL;
}

/* The options that do something, or those of the proxy alone: name, usage and
 * note stand before a name, its usage, its default and its variable. */
static void
options_print(FILE *out, bool proxy, const char *name, const char *usage,
    const char *note)
{
	for (size_t i = 0; i < COUNT(option_table); i++) {
		const struct flag *f = &option_table[i].flag;

		if (!f->usage ||
		    (proxy && option_table[i].effect != EFFECT_PROXY))
			continue;
		fprintf(out, "%s%s%s%s%s", name, f->name,
		    flag_is_switch(f) ? "" : "=<value>", usage, f->usage);
		if (f->preset)
			fprintf(out, "%sDefault: %s.", note, f->preset);
		if (f->env)
			fprintf(out, "%sEnvironment: %s.", note, f->env);
		fputc('\n', out);
	}
}

static void
options_print_env(FILE *out, const char *name, const char *usage)
{
	for (size_t i = 0; i < COUNT(env_only_options); i++)
		fprintf(out, "%s%s%s%s\n", name, env_only_options[i].flag.env,
		    usage, env_only_options[i].flag.usage);
}

void
options_help(FILE *out)
{
	fputs("Usage: mockvault server [options]\n\n"
	      "  Starts a Vault that tests can command. With -dev it is ready "
	      "at once;\n  with -config it starts as the file says.\n\n"
	      "Options:\n",
	    out);
	options_print(out, false, "\n  -", "\n      ", " ");
	fputs("\nAccepted for Vault's sake, without effect:\n ", out);
	for (size_t i = 0; i < COUNT(option_table); i++)
		if (!option_table[i].flag.usage)
			fprintf(out, " -%s", option_table[i].flag.name);
	fputs("\n\nEnvironment only:\n", out);
	options_print_env(out, "\n  ", "\n      ");
}

void
options_help_proxy(FILE *out)
{
	fputs("Usage: mockvault proxy --upstream=URL [options]\n\n"
	      "  Stands before a genuine Vault or OpenBao: requests pass "
	      "unchanged, until a\n  rule, an outage or a scenario says "
	      "otherwise. The other options of\n  mockvault server hold too: "
	      "-fault, -scenario, -admin-addr, -journal...\n\nOptions:\n",
	    out);
	options_print(out, true, "\n  -", "\n      ", " ");
}

void
options_man(FILE *out)
{
	fputs(".SH OPTIONS\n", out);
	options_print(out, false, ".TP\n.B \\-", "\n", "\n");
	fputs(".SH ENVIRONMENT\n", out);
	options_print_env(out, ".TP\n.B ", "\n");
}
