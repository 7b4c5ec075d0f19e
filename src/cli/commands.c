/*
 * The table of commands: the program's first word.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "cli/ctl/ctl.h"
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

static int
completion_main(int argc, char *const *argv)
{
	return ctl_run("completion", argc, argv);
}

const struct command commands[] = {
	{ "server", server_main, "Start a server" },
	{ "ctl", ctl_main,
	    "Command a running server: outages, clock, "
	    "requests" },
	{ "scenario", scenario_main, "Run a scenario against a server" },
	{ "healthcheck", healthcheck_main, "Is a server ready?" },
	{ "version", version_main, "Print the version" },
	{ "vault", vault_main, "Vault's own command, a client" },
	{ "operator", operator_main, "Decode a generated root token" },
	{ "outages", outages_main,
	    "Print the named outages as a page of Markdown" },
	{ "routes", routes_main, "Print every endpoint with its contract" },
	{ "man", man_main, "Print the manual page" },
	{ "completion", completion_main,
	    "Print a script for bash, zsh or "
	    "fish" },
	{ NULL, NULL, NULL },
};
