/*
 * Texts as Go's standard library reads and prints them (strconv, fmt's %q).
 * Vault's error texts are made with these rules, so a client sees them.
 */
#ifndef MV_BASE_GO_TEXT_H
#define MV_BASE_GO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* Go's unicode.IsPrint: may this character be shown as it is? */
bool go_is_print(uint32_t code);

/* Adds s[0..n) as strconv.Quote writes it ("%q"), with its quotes. */
void go_quote(struct buf *out, const char *s, size_t n);
/* The same as text of the arena: for "%s" in a message. */
char *go_quoted(struct arena *a, const char *s);
/* A list of strings as "%q" prints it: ["a" "b"]. list may be NULL. */
char *go_quoted_list(struct arena *a, char *const *list);

/* An errno as Go prints it, with a small first letter; of the arena. */
char *go_errno_text(struct arena *a, int number);

enum go_int_result {
	GO_INT_OK,
	GO_INT_SYNTAX, /* "invalid syntax" */
	GO_INT_RANGE,  /* "value out of range" */
};

/*
 * strconv.ParseInt with 64 bits. Base 0 reads the prefixes 0x, 0o, 0b and 0 and
 * allows underscores between digits; base 10 reads digits alone. *out is set
 * with GO_INT_OK only.
 */
enum go_int_result go_parse_int(const char *text, int base, int64_t *out);

/*
 * With the text of the error, which lives in the arena, like
 * `strconv.ParseInt: parsing "x": invalid syntax`; NULL when there is none.
 */
const char *go_parse_int_why(
    struct arena *a, const char *text, int base, int64_t *out);
/* strconv.Atoi: base 10. */
const char *go_parse_atoi_why(struct arena *a, const char *text, int64_t *out);
/* strconv.ParseUint with 64 bits. */
const char *go_parse_uint_why(
    struct arena *a, const char *text, int base, uint64_t *out);
/* strconv.ParseBool: 1 t T TRUE true True 0 f F FALSE false False. */
const char *go_parse_bool_why(struct arena *a, const char *text, bool *out);
/* strconv.ParseFloat with 64 bits. */
const char *go_parse_float_why(struct arena *a, const char *text, double *out);

#endif
