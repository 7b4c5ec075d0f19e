/*
 * The program's first word chooses the command. It answers to mockvault and,
 * through a link of that name, to vault.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/vault/vault.h"

static int
main_usage(FILE *out)
{
	fputs("Usage: mockvault <command> [args]\n\nCommands:\n", out);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "    %-11s  %s\n", c->name, c->help);
	return 127;
}

/* Who starts us may have closed these three: what is opened next, a database,
 * must not become standard output. Go's programs do the same. */
static void
main_open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	const char *slash = strrchr(argv[0], '/');
	bool is_vault = strcmp(slash ? slash + 1 : argv[0], "vault") == 0;

	main_open_standard_files();
	if (strcmp(word, "__complete") == 0)
		return is_vault ? complete_vault_main(argc - 2, argv + 2)
				: complete_main(commands, argc - 2, argv + 2);
	if (is_vault)
		return vault_main(argc - 1, argv + 1);

	if (strcmp(word, "-v") == 0 || strcmp(word, "-version") == 0 ||
	    strcmp(word, "--version") == 0)
		word = "version";
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(word, c->name) == 0)
			return c->run(argc - 2, argv + 2);
	if (strcmp(word, "-h") == 0 || strcmp(word, "-help") == 0 ||
	    strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
		main_usage(stdout);
		return 0;
	}
	return main_usage(stderr);
}
