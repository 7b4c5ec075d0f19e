/*
 * JSON objects written member by member, in the order of a Go struct.
 */
#ifndef MV_CLI_VAULT_CLIENT_FIELDS_H
#define MV_CLI_VAULT_CLIENT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/vault/output/goflag.h"

/* The caller opens with '{' and closes with '}'. p NULL is null. */
void fields_raw(struct buf *b, const char *key, struct slice value);
void fields_text(struct buf *b, const char *key, const char *value);
void fields_int(struct buf *b, const char *key, int64_t value);
void fields_bool(struct buf *b, const char *key, bool value);
/* Texts of a flag that may come again; null when there are none. */
void fields_list(struct buf *b, const char *key, const struct goflag_value *v);
/* Pairs of a flag as an object; null when there are none. */
void fields_map(struct buf *b, const char *key, const struct goflag_value *v);
/* Moves the buffer's text into the arena. */
struct slice fields_take(struct arena *a, struct buf *b);

#endif
