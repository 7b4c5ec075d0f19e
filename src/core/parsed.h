/*
 * What engines keep parsed between requests (keys, certificates, roles), by a
 * text key of their own. The truth lies in the store: whoever changes it drops
 * what was parsed from it, and vault_reload drops everything.
 */
#ifndef MV_CORE_PARSED_H
#define MV_CORE_PARSED_H

#include "core/vault.h"

struct parsed;

struct parsed *parsed_new(void);
void parsed_free(struct parsed *p);

/* NULL when there is none. */
void *parsed_get(const struct vault *v, const char *key);
/* Takes the object over; release ends it. A former one of that key goes. */
void parsed_put(struct vault *v, const char *key, void *object,
    void (*release)(void *object));
/* The store changed under it. */
void parsed_drop(struct vault *v, const char *key);
void parsed_forget(struct vault *v);
/* A request ends. When its writes are undone after a parsed_drop, what was
 * parsed since then may show them: everything goes. */
void parsed_settle(struct vault *v, bool kept);

#endif
