/*
 * Random bytes and hashes: the routes that sys/tools and transit/ share.
 */
#ifndef MV_API_TOOLS_H
#define MV_API_TOOLS_H

#include "api/param.h"
#include "api/reply.h"
#include "api/route.h"

extern const struct param tools_random_params[];
extern const struct param tools_hash_params[];

/* Handlers of sys/tools and transit: random bytes, a digest of the input. */
enum handler_result tools_random(struct request *req);
enum handler_result tools_hash(struct request *req);

/* The routes below a prefix. */
#define TOOLS_RANDOM_ROUTES(prefix)                                            \
	{ OP_WRITE, prefix "random{source:none}{urlbytes:none}", 0,            \
		tools_random_params, tools_random, NULL, "Random bytes" },     \
	    { OP_WRITE, prefix "random/{source}{urlbytes:none}", 0,            \
		    tools_random_params, tools_random, NULL, "Random bytes" }, \
	    { OP_WRITE, prefix "random/{source}/{urlbytes:more}", 0,           \
		    tools_random_params, tools_random, NULL, "Random bytes" }, \
	{                                                                      \
		OP_WRITE, prefix "random/{urlbytes:more}{source:none}", 0,     \
		    tools_random_params, tools_random, NULL, "Random bytes"    \
	}
#define TOOLS_HASH_ROUTES(prefix)                                           \
	{ OP_WRITE, prefix "hash{urlalgorithm:none}", 0, tools_hash_params, \
		tools_hash, NULL, "The hash of an input" },                 \
	{                                                                   \
		OP_WRITE, prefix "hash/{urlalgorithm:more}", 0,             \
		    tools_hash_params, tools_hash, NULL,                    \
		    "The hash of an input"                                  \
	}

#endif
