/*
 * The vault command: finds the word in the tables, reads its flags, runs it.
 */
#include "cli/vault/vault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/vault/command.h"
#include "cli/vault/help.h"
#include "cli/vault/output/gotext.h"

/* What is looked for in the whole line before any word is found. */
struct vault_globals {
	const char *format;
	bool detailed;
	bool curl;
	bool policy;
};

/* The value of "-name=value" or "--name=value"; "" for "-name"; NULL else. */
static const char *
vault_global(const char *arg, const char *name, bool *bare)
{
	size_t n = strlen(name);

	*bare = false;
	if (*arg != '-')
		return NULL;
	arg += arg[1] == '-' ? 2 : 1;
	if (strncmp(arg, name, n) != 0)
		return NULL;
	if (arg[n] == '=')
		return arg + n + 1;
	*bare = arg[n] == '\0';
	return *bare ? "" : NULL;
}

/* Reads the flags that hold for every command, wherever they stand; the
 * environment is behind them. */
static void
vault_read_globals(int argc, char *const *argv, struct vault_globals *g)
{
	const char *detailed = getenv("VAULT_DETAILED"), *value;
	bool next_is_format = false, have_detailed = false, bare;

	memset(g, 0, sizeof(*g));
	g->format = "";
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (next_is_format) {
			g->format = argv[i];
			next_is_format = false;
			continue;
		}
		(void)vault_global(argv[i], "output-curl-string", &bare);
		g->curl = g->curl || bare;
		(void)vault_global(argv[i], "output-policy", &bare);
		g->policy = g->policy || bare;
		value = vault_global(argv[i], "format", &bare);
		if (value && !bare)
			g->format = value;
		next_is_format = bare;
		value = vault_global(argv[i], "detailed", &bare);
		if (value) {
			have_detailed = true;
			g->detailed = bare;
		}
	}
	if (!*g->format && getenv("VAULT_FORMAT"))
		g->format = getenv("VAULT_FORMAT");
	if (!*g->format)
		g->format = "table";
	if (!have_detailed && detailed)
		(void)parse_bool_go(detailed, &g->detailed);
}

/* false when the format is none. */
static bool
vault_init_ui(struct vault_run *run, const struct vault_globals *g)
{
	const char *none = getenv("VAULT_CLI_NO_COLOR");
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool known = ui_format_named(g->format, &run->ui.format);
	char *format = arena_strdup(run->arena, g->format);

	run->ui.detailed = g->detailed;
	run->ui.terminal = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	    !(term && strcmp(term, "dumb") == 0);
	run->ui.colour = run->ui.terminal && !(none && *none) && known &&
	    run->ui.format == UI_TABLE;
	if (!known) {
		lower_ascii(format);
		ui_error(&run->ui, "Invalid output format: %s", format);
	}
	return known;
}

struct vault_words {
	const char *command; /* the first word, NULL without one */
	bool help;
	bool flags_before; /* flags stand in front of it */
	int rest;	   /* where its arguments begin */
};

static const struct vault_command *
vault_find(
    struct vault_run *run, int argc, char *const *argv, struct vault_words *w)
{
	const struct vault_command *found = NULL;
	int used = 0, first = -1;

	memset(w, 0, sizeof(*w));
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "-help") == 0 ||
		    strcmp(argv[i], "--help") == 0)
			w->help = true;
		else if (first < 0 && argv[i][0] == '-')
			w->flags_before = true;
		else if (first < 0 && argv[i][0])
			first = i;
	}
	if (first < 0)
		return NULL;
	w->command = argv[first];
	found = help_find_command(
	    run->arena, argc - first, argv + first, &used);
	w->rest = first + used;
	return found;
}

static void
vault_warn_of_flags(struct vault_run *run)
{
	static const char *const known[] = { "output-curl-string",
		"output-policy", "format", "detailed" };
	const char *late = "";

	for (int i = 0; i < run->nargs; i++) {
		const char *arg = run->args[i], *name = arg;
		bool skip = *arg != '-' || strcmp(arg, "-") == 0;

		name += strspn(name, "-");
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			skip = skip ||
			    (strncmp(name, known[k], strlen(known[k])) == 0 &&
				(name[strlen(known[k])] == '=' ||
				    name[strlen(known[k])] == '\0'));
		if (!skip)
			late = arena_printf(
			    run->arena, "%s%s%s", late, *late ? "," : "", arg);
	}
	if (*late && vrun_has_table(run))
		ui_warn(&run->ui,
		    "Command flags must be provided before positional "
		    "arguments. The following arguments will not be parsed "
		    "as flags: [%s]",
		    late);
}

/* False with Go's text in *why: a flag that is given came later than the
 * claimed version. */
static bool
vault_knows_flags(struct vault_run *run, const char **why)
{
	for (int i = 0; i < run->flags.nvalues; i++) {
		const char *name = run->flags.values[i].flag->name;

		if (!run->flags.values[i].given ||
		    !help_is_newer(run->command->name, name))
			continue;
		*why = arena_printf(
		    run->arena, "flag provided but not defined: -%s", name);
		return false;
	}
	return true;
}

/* Reads the command's flags and runs it. Returns the status that the program
 * ends with. VAULT_SHOW_HELP: its help is wanted. */
static int
vault_run_command(struct vault_run *run, int argc, char *const *argv)
{
	const struct vault_command *c = run->command;
	const char *why;
	bool parsed;

	if (!c->run)
		return VAULT_SHOW_HELP;
	help_add_flags(run);
	if (c->groups & VAULT_NO_FLAGS) {
		run->args = (char **)argv;
		run->nargs = argc;
		return c->run(run);
	}
	parsed = goflags_parse(&run->flags, argc, argv, &why) &&
	    vault_knows_flags(run, &why);
	run->args = run->flags.args;
	run->nargs = run->flags.nargs;
	vault_warn_of_flags(run);
	if (!parsed) {
		ui_error(&run->ui, "%s", why);
		return VAULT_WRONG_USE;
	}
	if (run->ui.format == UI_RAW && !(c->groups & VAULT_ALLOW_RAW)) {
		ui_error(&run->ui,
		    "This command does not support the -format=raw option.");
		return VAULT_WRONG_USE;
	}
	return c->run(run);
}

/* What -output-curl-string and -output-policy print in the end. */
static int
vault_show(struct vault_run *run, const struct vault_globals *g, int status)
{
	const char *shown = run->has_client ? run->client.shown : NULL;

	if (status == VAULT_OK) {
		fputs(g->curl ? "Could not generate cURL command"
			      : "Could not generate policy",
		    stderr);
		return VAULT_WRONG_USE;
	}
	if (shown) {
		printf("%s\n", shown);
		return VAULT_OK;
	}
	if (status == VAULT_UNKNOWN)
		return status;
	if (run->ui.held->p)
		fputs(run->ui.held->p, stderr);
	fputs(g->curl ? "Unable to generate cURL string from command\n"
		      : "Unable to generate policy from command\n",
	    stderr);
	return status;
}

/* Runs the command of the arguments, or prints the help that fits. Returns the
 * status that the program ends with. */
static int
vault_dispatch(struct vault_run *run, int argc, char *const *argv,
    const struct vault_words *w)
{
	int status;

	if (w->command && !w->flags_before && !run->command &&
	    strcmp(w->command, "man") == 0) {
		help_print_manual(stdout);
		return VAULT_OK;
	}
	if (w->help && !w->command) {
		help_print_all(stdout);
		return VAULT_OK;
	}
	if (!run->command) {
		help_print_parent(run, argc, argv, stderr);
		return VAULT_UNKNOWN;
	}
	if (run->command->groups & VAULT_ABSENT) {
		help_print_parent(run, argc, argv, stderr);
		return VAULT_UNKNOWN;
	}
	if (w->help) {
		help_print(run, stdout);
		return VAULT_OK;
	}
	if (w->flags_before) {
		fputs("Invalid flags before the subcommand. If these flags are "
		      "for\nthe subcommand, please put them after the "
		      "subcommand.\n\n",
		    stderr);
		help_print(run, stderr);
		return VAULT_WRONG_USE;
	}
	status = vault_run_command(run, argc - w->rest, argv + w->rest);
	if (status == VAULT_SHOW_HELP) {
		help_print(run, stderr);
		return VAULT_WRONG_USE;
	}
	return status;
}

int
vault_main(int argc, char *const *argv)
{
	char version[] = "version";
	char *const only_version[] = { version, NULL };
	struct vault_run run = { .arena = arena_new() };
	struct vault_globals globals;
	struct vault_words words;
	struct buf held;
	int status;

	(void)signal(SIGPIPE, SIG_IGN);
	if (argc == 1 &&
	    (strcmp(argv[0], "-v") == 0 || strcmp(argv[0], "-version") == 0 ||
		strcmp(argv[0], "--version") == 0))
		argv = only_version;
	buf_init(&held, 0);
	vault_read_globals(argc, argv, &globals);
	if (!vault_init_ui(&run, &globals)) {
		arena_free(run.arena);
		return VAULT_WRONG_USE;
	}
	if (globals.curl || globals.policy)
		run.ui.held = &held;
	goflags_init(&run.flags, run.arena);
	run.command = vault_find(&run, argc, argv, &words);
	status = vault_dispatch(&run, argc, argv, &words);
	if (globals.curl || globals.policy)
		status = vault_show(&run, &globals, status);
	if (run.has_client)
		vclient_release(&run.client);
	buf_release(&held);
	arena_free(run.arena);
	fflush(stdout);
	return status;
}
