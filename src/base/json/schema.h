/*
 * Shapes: a JSON object read into a C struct by a table of its fields. What is
 * unknown, of the wrong type or out of bounds is refused with the field's full
 * name and what is allowed there.
 */
#ifndef MV_BASE_JSON_SCHEMA_H
#define MV_BASE_JSON_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum schema_type {
	FIELD_STRING,	/* const char * */
	FIELD_INT,	/* int64_t, not negative */
	FIELD_REAL,	/* double */
	FIELD_BOOL,	/* bool */
	FIELD_DURATION, /* int64_t ns: "250ms", or whole milliseconds */
	FIELD_OFFSET,	/* the same, may be negative: "-90s" */
	FIELD_TIME,	/* int64_t ns: RFC 3339 */
	FIELD_ENUM,	/* int: index into words */
	FIELD_STRINGS,	/* const json_t *: a text or a list of texts */
	FIELD_INTS,	/* const json_t *: a number or a list of them */
	FIELD_OBJECT,	/* json_t * */
	FIELD_LIST,	/* json_t * */
	FIELD_ANY,	/* json_t * */
};

struct schema {
	const char *name; /* NULL ends the table */
	enum schema_type type;
	size_t offset;		    /* offset in the struct */
	const char *const *allowed; /* of WORD and TEXTS; NULL-terminated */
};

/*
 * Fills out, which holds the defaults, from object; fields that are absent or
 * null keep theirs. where is the dotted name of the object itself, "" at the
 * top. Texts and trees are borrowed from object. NULL or json null is {}.
 */
bool schema_read(const struct schema *table, const json_t *object,
    const char *where, void *out, struct error *c);

/* One value by itself; where is its full name. */
bool schema_read_duration(
    const json_t *value, const char *where, int64_t *ns, struct error *c);

/* The word of the list nearest to text, or NULL when none is near. */
const char *nearest_word(const char *const *words, const char *text);

#endif
