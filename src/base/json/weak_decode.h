/*
 * Weak decoding of JSON values into Go's types, as the library mapstructure
 * does it for Vault: what converts to what, and the text that is said when it
 * does not.
 *
 * Values are clean JSON text (jsontext.h). Every function returns NULL and sets
 * *out, or returns the error's text, which lives in the arena. `name` is the
 * place that the text names: "" for the value itself, "[2]" for an element. A
 * JSON null leaves the type's zero.
 */
#ifndef MV_BASE_JSON_WEAK_DECODE_H
#define MV_BASE_JSON_WEAK_DECODE_H

#include "base/json/jsontext.h"

/* Numbers and booleans become text ("1" and "0"). */
const char *weak_decode_string(
    struct arena *a, const char *name, struct slice v, char **out);
/* Texts are read with Go's base 0; "" is 0. */
const char *weak_decode_int(
    struct arena *a, const char *name, struct slice v, int64_t *out);
const char *weak_decode_float(
    struct arena *a, const char *name, struct slice v, double *out);
/* Numbers and texts are read as Go's ParseBool; "" is false. */
const char *weak_decode_bool(
    struct arena *a, const char *name, struct slice v, bool *out);

/*
 * A list of strings. What is no list becomes a list of one; an empty object an
 * empty list. All faulty elements are named, in one text. *out has *n + 1
 * entries, the last of them NULL.
 */
const char *weak_decode_strings(
    struct arena *a, struct slice v, char ***out, int *n);
const char *weak_decode_ints(
    struct arena *a, struct slice v, int64_t **out, int *n);

/*
 * An object. A list of objects (nested as deep as one likes) is merged, the
 * later key wins. *out is clean JSON of an object, or "null".
 */
const char *weak_decode_map(struct arena *a, struct slice v, struct slice *out);
/* The same, and every value becomes a string. false when it does not fit; the
 * text would not be Vault's, which then tries another type. */
bool weak_decode_string_map(struct arena *a, struct slice v, struct slice *out);

/* "a,b" as a JSON list of two strings, "" as an empty one. */
struct slice weak_split_commas(struct arena *a, const char *text);

#endif
