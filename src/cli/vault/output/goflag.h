/*
 * The values of the vault command's flags, by kind, and their help. base/flags
 * reads them.
 */
#ifndef MV_CLI_VAULT_OUTPUT_GOFLAG_H
#define MV_CLI_VAULT_OUTPUT_GOFLAG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/flags.h"
#include "base/mem.h"

/* A group of flags below one title of the help. */
struct goflag_set {
	const char *title; /* NULL ends the list */
	const struct flag *flags;
};

struct goflag_pair {
	char *key;
	char *value;
};

struct goflag_value {
	const struct flag *flag;
	bool given;	/* on the command line */
	char *text;	/* of a string */
	int64_t number; /* int, uint, bool as 0 and 1, duration in ns */
	char **list;	/* of a list or of keys */
	struct goflag_pair *pairs; /* of a map */
	int n;
};

#define GOFLAG_MAX_SETS 6

struct goflags {
	struct arena *arena;
	const struct goflag_set *sets[GOFLAG_MAX_SETS];
	int nsets;
	struct goflag_value *values;
	int nvalues;
	char **args; /* what is left behind the flags */
	int nargs;
	bool help; /* -h or -help was read */
};

/* An empty set of flags; all of it lives in the arena. */
void goflags_init(struct goflags *f, struct arena *a);
/* Adds a set; its values are the presets or what the variables say. */
void goflags_add(struct goflags *f, const struct goflag_set *set);
/* false with Go's text in *why. */
bool goflags_parse(
    struct goflags *f, int argc, char *const *argv, const char **why);

/* The named flag's value; it must be in one of the sets. */
const struct goflag_value *goflag_find(
    const struct goflags *f, const char *name);
bool goflag_exists(const struct goflags *f, const char *name);
const char *goflag_text(const struct goflags *f, const char *name);
int64_t goflag_number(const struct goflags *f, const char *name);
bool goflag_is(const struct goflags *f, const char *name);
bool goflag_given(const struct goflags *f, const char *name);

/* The sets as the help shows them, without an empty line at the end. */
void goflags_help(const struct goflags *f, struct buf *out);

#endif
