/*
 * Flags of a command line, for every command: one table says what there is, one
 * reader reads it. The rules are those of Go's flag package, whose texts users
 * know: one dash or two, -x=v and -x v, a boolean takes a value only behind
 * "=", and "--" ends them. Where the values are kept is the caller's matter.
 */
#ifndef MV_BASE_FLAGS_H
#define MV_BASE_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"

enum flag_kind {
	FLAG_STRING,
	FLAG_BOOL,
	FLAG_MAYBE_BOOL, /* knows whether it was given */
	FLAG_INT,
	FLAG_UINT,
	FLAG_DURATION,
	FLAG_LIST, /* may come again, each adds one */
	FLAG_MAP,  /* key=value, may come again */
	FLAG_KEY,  /* a file with a PGP key, as base64 */
	FLAG_KEYS, /* several, parted by commas */
};

/* A row; tables may leave out the last columns. */
struct flag {
	const char *name; /* NULL ends the table */
	enum flag_kind kind;
	const char *usage;  /* NULL: not in the help */
	const char *preset; /* NULL: empty, 0 or false */
	const char *env;    /* its variable, or NULL */
	const char *alias;  /* a second name, not in the help */
	const char *value;  /* what it takes, as a help says it: "URL" */
	const char *words;  /* what may follow, blank between */
};

#define FLAG_END             \
	{                    \
		.name = NULL \
	}

struct flag_reader {
	struct arena *arena;		  /* for texts of errors */
	const struct flag *const *tables; /* NULL-terminated */
	/* Flags may stand behind words, too; "-90s" is a word then. Otherwise
	 * the first word ends them, as in Go. */
	bool anywhere;
	/* Keeps a value, which is borrowed from argv, the environment or the
	 * table. NULL, or why it will not do. */
	const char *(*assign)(
	    void *arg, const struct flag *flag, const char *text);
	void *arg;
	bool help; /* out: -h or -help was read, which no table has */
};

/* Reads argv. What is no flag goes to words, which has room for argc; *nwords
 * is set on failure, too. false with Go's text in e. */
bool flags_read(struct flag_reader *r, int argc, char *const *argv,
    char **words, int *nwords, struct error *e);
/* How many words at the front are flags of the tables, with their values. */
int flags_count_leading(
    const struct flag_reader *r, int argc, char *const *argv);
/* What the variables of one table say; empty ones say nothing. */
bool flags_read_environment(
    struct flag_reader *r, const struct flag *table, struct error *e);
/* The row of a name of n bytes, or of an alias; or NULL. */
const struct flag *flags_find(
    const struct flag *const *tables, const char *name, size_t n);
/* Does it stand alone? */
bool flag_is_switch(const struct flag *flag);

#endif
