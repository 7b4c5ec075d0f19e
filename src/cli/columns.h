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
	const char *key; /* dotted: "token.role" */
};

/* heads: the line of titles, and "none" for an empty list. */
void columns_print(FILE *out, const struct column *columns,
    const json_t *list, int heads);
void object_print(FILE *out, const json_t *object);
/* A value in one line, without quotes; the caller frees it. Bytes that would
 * command a terminal are shown as "?". */
char *value_text(const json_t *value);

#endif
