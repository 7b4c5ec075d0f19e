/*
 * Settings that requests change and that belong to no mount: CORS, headers,
 * rotation. One JSON value per name.
 */
#ifndef MV_CORE_SETTING_H
#define MV_CORE_SETTING_H

#include <jansson.h>

#include "core/vault.h"

extern const struct store_part setting_store;

/* The caller owns it; NULL when it was never set. */
json_t *setting_get(struct vault *v, const char *name);
/* Takes value over; NULL removes the setting. */
void setting_put(struct vault *v, const char *name, json_t *value);

/* Another number than before: some setting may have changed. -1: nobody knows.
 */
int64_t setting_change_count(struct vault *v);

#endif
