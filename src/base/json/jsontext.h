/*
 * JSON as text. A request body is checked and cleaned once, then handled as
 * slices of that clean text; an answer is made by splicing. Trees (jansson) are
 * for who must change a value; see jsontext_to_tree and jsontext_put.
 *
 * Clean text is what Go's encoder writes: compact, object keys sorted by bytes,
 * the last of two equal keys kept, <, >, &, U+2028 and U+2029 as \uXXXX,
 * broken UTF-8 replaced by U+FFFD. Numbers keep their digits unless asked.
 */
#ifndef MV_BASE_JSON_JSONTEXT_H
#define MV_BASE_JSON_JSONTEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strs.h"

enum jsontext_flags {
	JSONTEXT_DIGITS = 0,	   /* numbers as written, keys sorted */
	JSONTEXT_FLOAT64 = 1 << 0, /* through a float64, as KV v2 stores them */
	JSONTEXT_ORDERED = 1
	    << 1, /* keys as they came (Go structs); no doubles */
	JSONTEXT_SHORT_FLOATS = 1 << 2, /* 0.10000000000000001 is 0.1 */
};

/*
 * Reads the first JSON value of text[0..n) and adds its clean form to `out`.
 * Returns the number of bytes read, or -1 with the reason (Go's decoder text,
 * like `invalid character 'x' looking for beginning of value`) in e, which
 * may be NULL.
 * Nesting deeper than 10000 is refused, as Go does.
 */
long jsontext_clean(struct buf *out, const char *text, size_t n, unsigned flags,
    struct error *e);

/* Adds s as a JSON string in Go's spelling, with the quotes. */
void jsontext_quote(struct buf *out, const char *s, size_t n);
void jsontext_quote_str(struct buf *out, const char *s);
/* Adds a list as a JSON array of strings. */
void jsontext_put_strs(struct buf *out, const struct strs *list);
/* Adds `"key":` to an object that is being written, behind a comma unless it is
 * the first; key needs no escapes. */
void jsontext_put_key(struct buf *out, const char *key);
/* The same with a value behind it. */
void jsontext_put_bool(struct buf *out, const char *key, bool value);
void jsontext_put_int(struct buf *out, const char *key, int64_t value);
void jsontext_put_str(struct buf *out, const char *key, const char *value);
/* Adds a jansson tree in clean form. NULL adds null. */
void jsontext_put(struct buf *out, const json_t *tree);
/* The same with keys in the order they were set, as Go prints a struct. */
void jsontext_put_ordered(struct buf *out, const json_t *tree);
/* A tree from clean text; the caller owns it. NULL when it can't be one. */
json_t *jsontext_to_tree(struct slice text);

/* Kind by the first byte of clean text: '{' '[' '"' 't' 'f' 'n' '0' (number).
 */
char jsontext_kind(struct slice value);
/* Is a number somewhere in clean text? */
bool jsontext_has_numbers(struct slice clean);

struct jsontext_member {
	char *key; /* decoded, NUL-terminated */
	struct slice value;
};

/* The members of a clean object, in order; all of it in the arena. */
size_t jsontext_members(
    struct arena *a, struct slice object, struct jsontext_member **out);
/* The elements of a clean array. */
size_t jsontext_elements(
    struct arena *a, struct slice array, struct slice **out);
/* The value of one key, or a slice with p NULL. */
struct slice jsontext_get(struct slice object, const char *key);
/* The text of a clean string, decoded. */
char *jsontext_string(struct arena *a, struct slice value, size_t *n);

/* Go's %v of a value: map[a:1 b:[x y]], <nil>, text without quotes. */
char *jsontext_go_print(struct arena *a, struct slice value);
/* Go's name of the kind, as mapstructure prints it: "string", "[]interface {}"
 */
const char *jsontext_go_type(struct slice value);

/* "%v" style shortest float64, as Go's encoding/json writes it. */
void jsontext_float(struct buf *out, double v);

#endif
