/*
 * The program's first word chooses the command. It answers to mockvault and,
 * through a link of that name, to vault.
 */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"
#include "server/server.h"

static const struct {
	const char *name;
	int (*run)(int argc, char *const *argv);
	const char *help;
} commands[] = {
	{ "server", server_main, "Start a server" },
	{ "version", version_main, "Print the version" },
	{ "operator", operator_main, "Decode a generated root token" },
	{ "routes", routes_main, "Print every endpoint with its contract" },
	{ "man", man_main, "Print the manual page" },
};

static int
usage(FILE *out)
{
	fputs("Usage: mockvault <command> [args]\n\nCommands:\n", out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "    %-10s  %s\n", commands[i].name,
		    commands[i].help);
	return 127;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (strcmp(word, "-v") == 0 || strcmp(word, "-version") == 0 ||
	    strcmp(word, "--version") == 0)
		word = "version";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(word, commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	if (strcmp(word, "-h") == 0 || strcmp(word, "-help") == 0 ||
	    strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
		usage(stdout);
		return 0;
	}
	return usage(stderr);
}
