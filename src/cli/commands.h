/*
 * The commands, one file each. argv is without the program and the command's
 * own word; the result is the exit status.
 */
#ifndef MV_CLI_COMMANDS_H
#define MV_CLI_COMMANDS_H

struct command {
	const char *name; /* NULL ends the table */
	int (*run)(int argc, char *const *argv);
	const char *help;
};

extern const struct command commands[];

/* Commands: arguments behind their name, the status that the program ends
 * with. */
int version_main(int argc, char *const *argv);
int outages_main(int argc, char *const *argv);
int versions_main(int argc, char *const *argv);
int routes_main(int argc, char *const *argv);
int man_main(int argc, char *const *argv);

#endif
