/*
 * Parts of clean JSON text. What is not there (p NULL) has no parts, and gives
 * Go's zero values.
 */
#ifndef MV_CLI_VAULT_CLIENT_PARTS_H
#define MV_CLI_VAULT_CLIENT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json/jsontext.h"

/* The member of that name; p NULL when it is not there. And all members, all
 * elements, into the arena: how many. */
struct slice part_get(struct slice object, const char *key);
size_t part_members(
    struct arena *a, struct slice object, struct jsontext_member **out);
size_t part_elements(struct arena *a, struct slice array, struct slice **out);
/* A member's value: "", 0, false when it is absent or of another kind. */
const char *part_text(struct arena *a, struct slice object, const char *key);
int64_t part_int(struct arena *a, struct slice object, const char *key);
bool part_bool(struct slice object, const char *key);
/* An object or a list; p NULL for anything else. */
struct slice part_whole(struct slice object, const char *key);

#endif
