/*
 * Limits of custom_metadata.
 */
#ifndef MV_API_CUSTOM_METADATA_H
#define MV_API_CUSTOM_METADATA_H

#include "api/request.h"

/*
 * Checks the keys and values of a clean JSON object. False: refused with
 * `status` and a text that names every fault. The nulls of a patch are not
 * checked, since they remove a key.
 */
bool custom_metadata_check(
    struct request *req, int status, struct slice object, bool patch);
/* A value as the text that is kept for it ("1" for true), in the arena; NULL
 * when it has none. */
const char *custom_metadata_value_str(struct request *req, struct slice value);

#endif
