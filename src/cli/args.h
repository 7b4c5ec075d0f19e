/*
 * Flags and words of the commands that speak to a running server: flags stand
 * anywhere among the words (base/flags.h).
 */
#ifndef MV_CLI_ARGS_H
#define MV_CLI_ARGS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/flags.h"

/* Texts are borrowed from argv. */
struct args {
	const struct flag *tables[2]; /* either may be NULL */
	struct args_flag {
		const struct flag *flag;
		const char *value;
	} * flags;
	int nflags;
	char **positionals;
	int npositionals;
};

/* tables are set by the caller. false: e names the flag. To be released in
 * any case. */
bool args_parse(struct args *a, int argc, char *const *argv, struct error *e);
void args_release(struct args *a);
/* How many words at the front are flags of the tables, with their values. */
int args_count_leading(const struct args *a, int argc, char *const *argv);
bool args_has(const struct args *a, const char *name);
/* The value that was given last, or NULL. */
const char *args_value(const struct args *a, const char *name);
/* The n-th value from 0, NULL behind the last. */
const char *args_nth(const struct args *a, const char *name, int n);
/* The n-th word from 0, or NULL. */
const char *args_positional(const struct args *a, int n);

/* One line a flag, indented. */
void args_help(FILE *out, const struct flag *table);

#endif
