/*
 * Text helpers that know no protocol: encodings, path cleaning.
 */
#ifndef MV_BASE_TEXT_H
#define MV_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define UUID_LEN 36

/* Writes bytes as lower-case hex and a NUL. */
void hex_encode(const void *p, size_t n, char *out); /* 2n + 1 bytes */
/* Returns the number of bytes, or -1; out has room for strlen(text) / 2. */
long hex_decode(const char *text, size_t n, void *out);

/* Standard alphabet, padded. Adds to `out`. */
void base64_encode(struct buf *out, const void *p, size_t n);
/* Standard alphabet, no padding. */
void base64_encode_raw(struct buf *out, const void *p, size_t n);
/* URL alphabet, no padding. */
void base64url_encode(struct buf *out, const void *p, size_t n);
/*
 * Strict standard base64 (padding required) as Go's StdEncoding. On failure
 * returns false and *bad is the offset that Go's error text names.
 */
bool base64_decode(struct buf *out, const char *text, size_t n, size_t *bad);
bool base64url_decode(struct buf *out, const char *text, size_t n);

/* "8-4-4-4-12" of 16 bytes, no version bits (as Vault's uuids). */
void uuid_format(const uint8_t bytes[16], char out[UUID_LEN + 1]);

/* Does s begin, or end, with that text? "" is always there. */
bool starts_with(const char *s, const char *prefix);
/* How many of the first bytes are printable ASCII, the space among them. */
size_t ascii_run(const char *s, size_t n);
bool ends_with(const char *s, const char *suffix);
/* Of the form of Vault's tokens, "hvs.CAES..." or "s.abc..."? */
bool text_looks_like_token(struct slice text);
/* Go's strconv.ParseBool: 1 t T TRUE true True 0 f F FALSE false False. */
bool parse_bool_go(const char *s, bool *value);
/* ASCII only, in place. */
void lower_ascii(char *s);
/* Cuts white space off both ends, in place; returns the new start. */
char *trim_space(char *s);
/* Valid UTF-8, as Go's encoder sees it. */
bool utf8_valid(const char *s, size_t n);
/* Length in bytes of the character at s (1 for a broken one); *cp its code. */
size_t utf8_next(const char *s, size_t n, uint32_t *cp);
/* Writes a code point, at most 0x10ffff; returns its length in bytes. */
size_t utf8_put(uint32_t cp, char out[4]);

/* Collapses "//", "/./" and "/../" as Go's path.Clean does, in place. */
void path_clean(char *path);
/* Decodes %XX in place; false when an escape is broken. `plus`: + is space. */
bool percent_decode(char *s, size_t *n, bool plus);

/* qsort comparison for arrays of char *. */
int compare_strings(const void *a, const void *b);

#endif
