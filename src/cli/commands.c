/*
 * The table of commands: the program's first word.
 */
#include "cli/commands.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cli/completion.h"
#include "cli/ctl/ctl.h"
#include "cli/import/import.h"
#include "cli/vault/vault.h"
#include "server/server.h"

static int
ctl_main(int argc, char *const *argv)
{
	return ctl_run("ctl", argc, argv);
}

static int
scenario_main(int argc, char *const *argv)
{
	return ctl_run("scenario", argc, argv);
}

static int
healthcheck_main(int argc, char *const *argv)
{
	return ctl_run("healthcheck", argc, argv) == CTL_YES ? CTL_YES : CTL_NO;
}

/* The vault command's. */
static int
operator_main(int argc, char *const *argv)
{
	char word[] = "operator";
	char **line = xcalloc((size_t)argc + 2, sizeof(*line));
	int status;

	line[0] = word;
	for (int i = 0; i < argc; i++)
		line[i + 1] = argv[i];
	status = vault_main(argc + 1, line);
	free(line);
	return status;
}

const struct command commands[] = {
	{ "server", server_main, "Start a server" },
	{ "proxy", proxy_main, "Stand before a genuine Vault, with rules" },
	{ "replay", replay_main, "Answer from a recording of the proxy" },
	{ "import", import_main,
	    "Write fixtures of the shape of a genuine Vault" },
	{ "ctl", ctl_main,
	    "Command a running server: outages, clock, "
	    "requests" },
	{ "scenario", scenario_main, "Run a scenario against a server" },
	{ "healthcheck", healthcheck_main, "Is a server ready?" },
	{ "version", version_main, "Print the version" },
	{ "vault", vault_main, "Vault's own command, a client" },
	{ "operator", operator_main, "The same as vault operator" },
	{ "outages", outages_main,
	    "Print the named outages as a page of Markdown" },
	{ "versions", versions_main,
	    "Print where Vault's versions differ as a page of Markdown" },
	{ "routes", routes_main, "Print every endpoint with its contract" },
	{ "man", man_main, "Print the manual page" },
	{ "completion", completion_main,
	    "Print a script for bash, zsh or "
	    "fish" },
	{ NULL, NULL, NULL },
};
