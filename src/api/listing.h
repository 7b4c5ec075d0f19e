/*
 * Lists of any length: what is more than a pass may take is read in passes to
 * come, and other requests go between. A key that is there all the while is in
 * the list once; one that comes or goes meanwhile may be in it.
 */
#ifndef MV_API_LISTING_H
#define MV_API_LISTING_H

#include "api/reply.h"
#include "base/strs.h"

/* Adds about n keys more, behind *after (NULL: from the first on), which it
 * moves on within the request's arena. false: there are no more. */
typedef bool (*listing_some_fn)(
    struct request *req, struct strs *keys, const char **after, size_t n);

/* reply_keys of all. The mount is looked up again in later passes. */
enum handler_result listing_reply(struct request *req, listing_some_fn some);

#endif
