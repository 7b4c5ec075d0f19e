/*
 * Every word of the vault command in one list; its help, and the flags that
 * all have.
 */
#include "cli/vault/help.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "server/claimed_version.h"

static const struct vault_command *const help_tables[] = {
	audit_commands,
	auth_commands,
	kv_commands,
	kv_metadata_commands,
	lease_commands,
	logical_commands,
	login_commands,
	misc_commands,
	operator_commands,
	plugin_commands,
	policy_commands,
	raft_commands,
	rekey_commands,
	secrets_commands,
	status_commands,
	token_commands,
	transit_commands,
};

#define HELP_TABLES (sizeof(help_tables) / sizeof(help_tables[0]))
#define HELP_MAX_COMMANDS 200

/* The words that the help names first, in this order. */
static const char *const help_common[] = { "read", "write", "delete", "list",
	"login", "server", "status", "unwrap", NULL };

static const struct flag help_http_flags[] = {
	{ "address", FLAG_STRING, "Where the Vault server listens.",
	    "https://127.0.0.1:8200", "VAULT_ADDR", NULL },
	{ "agent-address", FLAG_STRING,
	    "Where an agent listens; it goes before -address.", NULL,
	    "VAULT_AGENT_ADDR", NULL },
	{ "ca-cert", FLAG_STRING,
	    "A file with the PEM certificate of the authority that signed the "
	    "server's. It goes before -ca-path.",
	    NULL, "VAULT_CACERT", .words = "@files" },
	{ "ca-path", FLAG_STRING,
	    "A folder of such files with PEM certificates.", NULL,
	    "VAULT_CAPATH", .words = "@files" },
	{ "client-cert", FLAG_STRING,
	    "A file with the PEM certificate that the client shows to the "
	    "server. It needs -client-key.",
	    NULL, "VAULT_CLIENT_CERT", .words = "@files" },
	{ "client-key", FLAG_STRING,
	    "A file with the PEM private key of -client-cert.", NULL,
	    "VAULT_CLIENT_KEY", .words = "@files" },
	{ "disable-redirects", FLAG_BOOL,
	    "Do not follow the one redirect that is followed otherwise.", NULL,
	    "VAULT_DISABLE_REDIRECTS", NULL },
	{ "header", FLAG_MAP,
	    "A header, key=value, of every request. Names that begin with "
	    "X-Vault- are refused. It may come again.",
	    NULL, NULL, NULL },
	{ "mfa", FLAG_LIST, "Credentials for the X-Vault-MFA header.", NULL,
	    "VAULT_MFA", NULL },
	{ "namespace", FLAG_STRING,
	    "The namespace of the request; -ns is short for it.", "(not set)",
	    "VAULT_NAMESPACE", NULL },
	{ "non-interactive", FLAG_BOOL,
	    "Never ask on the terminal, and read nothing from standard input.",
	    NULL, NULL, NULL },
	{ "ns", FLAG_STRING, NULL, "(not set)", NULL, NULL },
	{ "output-curl-string", FLAG_BOOL,
	    "Print the request as a curl command and do not make it.", NULL,
	    NULL, NULL },
	{ "output-policy", FLAG_BOOL,
	    "Print a policy that would allow the request and do not make it.",
	    NULL, NULL, NULL },
	{ "policy-override", FLAG_BOOL,
	    "Override a soft-mandatory Sentinel policy.", NULL, NULL, NULL },
	{ "tls-server-name", FLAG_STRING,
	    "The name that the server's certificate must have, in the place "
	    "of the address's.",
	    NULL, "VAULT_TLS_SERVER_NAME", NULL },
	{ "tls-skip-verify", FLAG_BOOL,
	    "Trust every certificate of the server. This is for tests alone.",
	    NULL, "VAULT_SKIP_VERIFY", NULL },
	{ "unlock-key", FLAG_STRING, "The key that unlocks a namespace.",
	    "(not set)", NULL, NULL },
	{ "wrap-ttl", FLAG_DURATION,
	    "Wrap the answer in a token that lives this long; \"vault "
	    "unwrap\" opens it. A number with a unit, like \"30s\" or \"5m\".",
	    NULL, "VAULT_WRAP_TTL", NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};

static const struct flag help_field_flag = { "field", FLAG_STRING,
	"Print this field alone, without a newline at its end. It goes before "
	"other rules of format.",
	NULL, NULL, NULL };
static const struct flag help_format_flag = { "format", FLAG_STRING,
	"How to print the result: \"table\", \"json\", \"yaml\", \"pretty\", "
	"or \"raw\" (for \"vault read\" alone).",
	"table", "VAULT_FORMAT", .words = "table json yaml pretty raw" };
static const struct flag help_detailed_flag = { "detailed", FLAG_BOOL,
	"Print more of each entry where there is more.", NULL, "VAULT_DETAILED",
	NULL };

static const struct goflag_set help_http_set = { "HTTP Options",
	help_http_flags };

void
help_add_flags(struct vault_run *run)
{
	const struct vault_command *c = run->command;
	struct goflag_set *output = arena_zalloc(run->arena, sizeof(*output));
	struct flag *flags = arena_zalloc(run->arena, 4 * sizeof(*flags));
	int n = 0;

	if (c->groups & VAULT_NO_FLAGS)
		return;
	goflags_add(&run->flags, &help_http_set);
	if (c->groups & VAULT_FIELD)
		flags[n++] = help_field_flag;
	if (c->groups & VAULT_FORMAT)
		flags[n++] = help_format_flag;
	if (c->groups & VAULT_DETAILED)
		flags[n++] = help_detailed_flag;
	output->title = "Output Options";
	output->flags = flags;
	if (n)
		goflags_add(&run->flags, output);
	for (int i = 0; c->sets && c->sets[i].title; i++)
		goflags_add(&run->flags, &c->sets[i]);
}

/* Words and flags that came after 1.14: the flag NULL is the word itself. */
static const struct help_newer {
	const char *command, *flag;
	enum version_change change;
} help_newer[] = {
	{ "operator raft snapshot inspect", NULL, VERSION_CLI_INSPECT },
	{ "token capabilities", "accessor", VERSION_CLI_CAPABILITIES },
	{ "token renew", "fail-if-not-fulfilled", VERSION_CLI_RENEW },
};

bool
help_is_newer(const char *command, const char *flag)
{
	for (size_t i = 0; i < sizeof(help_newer) / sizeof(help_newer[0]);
	     i++) {
		const struct help_newer *n = &help_newer[i];

		if (strcmp(n->command, command) == 0 && !n->flag == !flag &&
		    (!flag || strcmp(n->flag, flag) == 0))
			return !claimed_version_has(n->change);
	}
	return false;
}

static const struct vault_command *
help_named(const char *name)
{
	for (size_t t = 0; t < HELP_TABLES; t++)
		for (const struct vault_command *c = help_tables[t]; c->name;
		     c++)
			if (strcmp(c->name, name) == 0 &&
			    !help_is_newer(name, NULL))
				return c;
	return NULL;
}

const struct vault_command *
help_find_command(struct arena *a, int argc, char *const *argv, int *used)
{
	const struct vault_command *found = NULL, *c;
	const char *name = "";

	for (int i = 0; i < argc && argv[i][0] != '-'; i++) {
		name = arena_printf(a, "%s%s%s", name, i ? " " : "", argv[i]);
		c = help_named(name);
		if (c) {
			found = c;
			*used = i + 1;
		}
	}
	return found;
}

static int
help_compare(const void *x, const void *y)
{
	const struct vault_command *const *a = x, *const *b = y;

	return strcmp((*a)->name, (*b)->name);
}

/* The commands right below a group ("" is the top), sorted. */
static size_t
help_children(
    const char *group, const struct vault_command *out[HELP_MAX_COMMANDS])
{
	size_t len = strlen(group), n = 0;

	for (size_t t = 0; t < HELP_TABLES; t++)
		for (const struct vault_command *c = help_tables[t];
		     c->name && n < HELP_MAX_COMMANDS; c++) {
			const char *rest = c->name + len + (len ? 1 : 0);

			if (c->groups & (VAULT_HIDDEN | VAULT_ABSENT) ||
			    help_is_newer(c->name, NULL))
				continue;
			if (len &&
			    (!starts_with(c->name, group) ||
				c->name[len] != ' '))
				continue;
			if (!strchr(rest, ' '))
				out[n++] = c;
		}
	qsort(out, n, sizeof(*out), help_compare);
	return n;
}

void
help_find_candidates(
    struct arena *a, int argc, char *const *argv, struct help_candidates *out)
{
	const struct vault_command *commands[HELP_MAX_COMMANDS];
	struct vault_run run = { .arena = a };
	int used = 0;

	memset(out, 0, sizeof(*out));
	run.command = help_find_command(a, argc, argv, &used);
	if (used == argc)
		out->n = help_children(
		    run.command ? run.command->name : "", commands);
	out->words = arena_zalloc(a, (out->n + 1) * sizeof(*out->words));
	out->texts = arena_zalloc(a, (out->n + 1) * sizeof(*out->texts));
	for (size_t i = 0; i < out->n; i++) {
		const char *last = strrchr(commands[i]->name, ' ');

		out->words[i] = last ? last + 1 : commands[i]->name;
		out->texts[i] = commands[i]->synopsis;
	}
	if (!run.command || !run.command->run)
		return;
	goflags_init(&run.flags, a);
	help_add_flags(&run);
	for (int i = 0; i < run.flags.nsets; i++)
		out->tables[i] = run.flags.sets[i]->flags;
}

static bool
help_is_common(const char *name)
{
	for (int i = 0; help_common[i]; i++)
		if (strcmp(help_common[i], name) == 0)
			return true;
	return false;
}

static void
help_print_line(FILE *out, const struct vault_command *c, int width)
{
	const char *last = strrchr(c->name, ' ');

	fprintf(out, "    %-*s    %s\n", width, last ? last + 1 : c->name,
	    c->synopsis);
}

void
help_print_all(FILE *out)
{
	const struct vault_command *commands[HELP_MAX_COMMANDS];
	size_t n = help_children("", commands);

	fputs("Usage: vault <command> [args]\n\nCommon commands:\n", out);
	for (int i = 0; help_common[i]; i++)
		help_print_line(out, help_named(help_common[i]), 10);
	fputs("\nOther commands:\n", out);
	for (size_t i = 0; i < n; i++)
		if (!help_is_common(commands[i]->name))
			help_print_line(out, commands[i], 10);
}

static void
help_print_children(const char *group, FILE *out)
{
	const struct vault_command *commands[HELP_MAX_COMMANDS];
	size_t n = help_children(group, commands);
	int width = 0;

	for (size_t i = 0; i < n; i++) {
		const char *last = strrchr(commands[i]->name, ' ');
		int w = (int)strlen(last ? last + 1 : commands[i]->name);

		if (w > width)
			width = w;
	}
	if (n)
		fputs("\nSubcommands:\n", out);
	for (size_t i = 0; i < n; i++)
		help_print_line(out, commands[i], width);
}

void
help_print(struct vault_run *run, FILE *out)
{
	const struct vault_command *c = run->command;
	struct buf flags;

	if (c->usage)
		fprintf(out, "Usage: vault %s%s%s\n", c->name,
		    *c->usage ? " " : "", c->usage);
	if (c->help)
		fprintf(out, "%s%s\n", c->usage ? "\n" : "", c->help);
	if (c->run) {
		if (run->flags.nsets == 0)
			help_add_flags(run);
		buf_init(&flags, 0);
		goflags_help(&run->flags, &flags);
		if (flags.n)
			fprintf(out, "\n%s\n", flags.p);
		buf_release(&flags);
		return;
	}
	help_print_children(c->name, out);
}

void
help_print_parent(struct vault_run *run, int argc, char *const *argv, FILE *out)
{
	const char *name = run->command ? run->command->name : "";
	const char *last = strrchr(name, ' ');

	(void)argc;
	(void)argv;
	if (last) {
		run->command = help_named(
		    arena_strndup(run->arena, name, (size_t)(last - name)));
		if (run->command) {
			help_print(run, out);
			return;
		}
	}
	help_print_all(out);
}

/* Text of the tables as roff: a backslash and a dash mean themselves. */
static void
help_roff(FILE *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\\' || *p == '-')
			fputc('\\', out);
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			fputs("\\&", out);
		if (*p != ' ' || p == text || p[-1] != ' ')
			fputc(*p, out);
	}
	fputc('\n', out);
}

static void
help_manual_flags(FILE *out, const struct flag *flags)
{
	for (; flags->name; flags++) {
		if (!flags->usage)
			continue;
		fputs(".TP\n.B \\-", out);
		help_roff(out, flags->name);
		help_roff(out, flags->usage);
		if (flags->env)
			fprintf(out, "The variable\n.B %s\nsets it too.\n",
			    flags->env);
	}
}

/* Variables that no flag has. */
static const struct {
	const char *name, *text;
} help_variables[] = {
	{ "VAULT_TOKEN",
	    "The token of every request; without it the token "
	    "helper's, which is the file ~/.vault-token." },
	{ "VAULT_CLIENT_TIMEOUT",
	    "How long a request may take, in seconds or with a unit; 60s." },
	{ "VAULT_MAX_RETRIES",
	    "How often a request that met 412, 429, 5xx "
	    "or no server is made again; 0." },
	{ "VAULT_RATE_LIMIT",
	    "Requests a second, and behind a colon how many "
	    "may come at once." },
	{ "VAULT_HEADERS", "An object of headers for every request, in JSON." },
	{ "VAULT_CACERT_BYTES", "The text of -ca-cert's certificate." },
	{ "VAULT_PROXY_ADDR",
	    "A proxy for every request. VAULT_HTTP_PROXY, "
	    "HTTP_PROXY, HTTPS_PROXY and NO_PROXY count as "
	    "well." },
	{ "VAULT_SRV_LOOKUP", "Look the address's host up as an SRV record." },
	{ "VAULT_CONFIG_PATH",
	    "The file that names a token helper, ~/.vault otherwise." },
	{ "VAULT_CLI_NO_COLOR", "No colours on a terminal." },
};

void
help_print_manual(FILE *out)
{
	fputs(
	    ".TH VAULT 1 \"\" \"mockvault " MOCKVAULT_OWN_VERSION
	    "\" \"User Commands\"\n.SH NAME\nvault \\- client of Vault's API\n"
	    ".SH SYNOPSIS\n.B vault\n.I command\n[\\fIarguments\\fP]\n"
	    ".SH OPTIONS OF EVERY REQUEST\n",
	    out);
	help_manual_flags(out, help_http_flags);
	help_manual_flags(out,
	    (const struct flag[]){ help_field_flag, help_format_flag,
		help_detailed_flag, { NULL, 0, NULL, NULL, NULL, NULL } });
	fputs(".SH COMMANDS\n", out);
	for (size_t t = 0; t < HELP_TABLES; t++)
		for (const struct vault_command *c = help_tables[t]; c->name;
		     c++) {
			if (!c->run || (c->groups & VAULT_ABSENT))
				continue;
			fputs(".SS vault ", out);
			help_roff(out, c->name);
			fputs("Usage: vault ", out);
			fprintf(out, "%s ", c->name);
			help_roff(out, c->usage ? c->usage : "");
			fputs(".PP\n", out);
			help_roff(out, c->help ? c->help : c->synopsis);
			for (int i = 0; c->sets && c->sets[i].title; i++)
				help_manual_flags(out, c->sets[i].flags);
		}
	fputs(".SH ENVIRONMENT\n", out);
	for (size_t i = 0;
	     i < sizeof(help_variables) / sizeof(help_variables[0]); i++) {
		fprintf(out, ".TP\n.B %s\n", help_variables[i].name);
		help_roff(out, help_variables[i].text);
	}
	fputs(".SH EXIT STATUS\n0; 1 for wrong use; 2 for the server or the "
	      "network; 127 for an unknown command.\n",
	    out);
}
