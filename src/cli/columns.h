/*
 * JSON for people: a list of objects as aligned columns, an object as aligned
 * lines.
 */
#ifndef MV_CLI_COLUMNS_H
#define MV_CLI_COLUMNS_H

#include <jansson.h>
#include <stdio.h>

struct column {
	const char *title; /* NULL ends the list */
	const char *key;   /* dotted: "token.role" */
	int min_width; /* width where lines come one by one; 0: the title's */
};

enum columns_mode {
	COLUMNS_TABLE,	/* titles, as wide as they must; "none" when empty */
	COLUMNS_STREAM, /* no titles, the columns' own widths at least */
	COLUMNS_HEADER, /* titles alone, as wide as a stream's */
};

/* Prints a list of objects as a table, and one object as a line a member. */
void columns_print(FILE *out, const struct column *columns, const json_t *list,
    enum columns_mode mode);
void columns_print_object(FILE *out, const json_t *object);
/* A value in one line, without quotes, times to the millisecond; the caller
 * frees it. Bytes that would command a terminal are shown as "?". */
char *column_value_text(const json_t *value);

#endif
