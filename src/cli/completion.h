/*
 * "mockvault completion SHELL".
 */
#ifndef MV_CLI_COMPLETION_H
#define MV_CLI_COMPLETION_H

#define COMPLETION_SHELLS "bash zsh fish"

/* Prints the script of one shell; 2 for one that is not known. */
int completion_main(int argc, char *const *argv);

#endif
