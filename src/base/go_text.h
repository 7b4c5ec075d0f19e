/*
 * Texts as Go's standard library reads and prints them. Vault's error texts are
 * made with these rules, so a client sees them.
 */
#ifndef MV_BASE_GO_TEXT_H
#define MV_BASE_GO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* unicode.IsPrint, except for code points that Unicode has not assigned. */
bool go_is_print(uint32_t code_point);

/* Adds s as the verb %q prints it, with the quotes. */
void go_quote(struct buf *out, const char *s, size_t n);
/* The same for a NUL-terminated text, in the arena. */
char *go_quoted(struct arena *a, const char *s);

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
enum go_int_result go_parse_int(const char *s, int base, int64_t *out);

#endif
