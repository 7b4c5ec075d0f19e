/*
 * Values that fixtures ask for by name: keys, ids, instants, certificates. With
 * a seed they are the same each time.
 */
#ifndef MV_SERVER_GENERATORS_H
#define MV_SERVER_GENERATORS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/vault.h"

/*
 * Replaces generators in a text. A text that is one generator alone becomes its
 * value, perhaps an object; one inside a longer text is spliced in:
 *   {{es256}}  {{rs256}}   {"private_key","public_key"}: base64 of PEM
 *   {{aes256}}             base64 of 32 bytes
 *   {{uuid}}
 *   {{now}} {{now+90d}} {{now-1h}}   RFC 3339, whole seconds
 *   {{cert:NAME}}          {"fullchain","privkey","expires_at"}: 90 days
 * Returns a new reference; NULL with the reason in why for an unknown one.
 */
json_t *generate(struct vault *v, const char *text, char *why,
    size_t why_size);

#endif
