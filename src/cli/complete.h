/*
 * "mockvault __complete WORDS... CURRENT": what may stand where a shell's
 * cursor is, for the scripts of "mockvault completion".
 */
#ifndef MV_CLI_COMPLETE_H
#define MV_CLI_COMPLETE_H

#include "cli/commands.h"

/*
 * argv holds the words behind the program, the one that is being written last;
 * table is the program's commands. Prints one candidate a line, behind a tab
 * what it is; ":files" stands for the names of files. Names that a running
 * server knows are asked of it. Always 0.
 */
int complete_main(const struct command *table, int argc, char *const *argv);

/* The same for the program under the name of vault. */
int complete_vault_main(int argc, char *const *argv);

#endif
