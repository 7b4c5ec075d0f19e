/*
 * Flags and words of a command line, read by a table of flags. One or two
 * dashes, -f=v and -f v, anywhere among the words; "--" ends them.
 */
#ifndef MV_CLI_FLAGS_H
#define MV_CLI_FLAGS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

struct flag {
	const char *name;	 /* NULL ends the table */
	const char *value_name;	 /* what it takes, "NAME"; NULL: a switch */
	const char *help;	 /* NULL: not shown; such stand last */
	const char *completions; /* words that may follow, blank between */
};

#define FLAG_END                       \
	{                              \
		NULL, NULL, NULL, NULL \
	}

/* Texts are borrowed from argv. */
struct args {
	const struct flag *tables[2]; /* either may be NULL */
	struct args_flag {
		const struct flag *flag;
		const char *value;
	} * flags;
	int nflags;
	const char **positionals;
	int npositionals;
};

/* tables are set by the caller. false: why names the flag. To be released in
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
void flags_help(FILE *out, const struct flag *table);

#endif
