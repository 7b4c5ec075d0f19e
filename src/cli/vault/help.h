/*
 * The tables of all words, and their help.
 */
#ifndef MV_CLI_VAULT_HELP_H
#define MV_CLI_VAULT_HELP_H

#include <stdio.h>

#include "cli/vault/command.h"

/* The longest run of words that is a command; how many they are in *used. */
const struct vault_command *help_find_command(
    struct arena *a, int argc, char *const *argv, int *used);
/* Gives the run the flags of its command. */
void help_add_flags(struct vault_run *run);
/* Did the word of the command, or with flag its flag, come later than the
 * version that is claimed? */
bool help_is_newer(const char *command, const char *flag);
void help_print_all(FILE *out);
/* The help of the run's command, with a group's subcommands. */
void help_print(struct vault_run *run, FILE *out);
/* The help that an unknown word gets: its group's, or the whole. */
void help_print_parent(
    struct vault_run *run, int argc, char *const *argv, FILE *out);
/* What may stand behind some words of the command: words with a text each, or
 * flags. */
struct help_candidates {
	const char **words;
	const char **texts;
	size_t n;
	const struct flag *tables[GOFLAG_MAX_SETS + 1]; /* NULL-terminated */
};

/* Fills in what may stand next, for completion; all of it lives in the arena.
 */
void help_find_candidates(
    struct arena *a, int argc, char *const *argv, struct help_candidates *out);
/* The manual page of the command, in roff. */
void help_print_manual(FILE *out);

#endif
