/*
 * The fields of automated rotation, which configurations of several engines and
 * methods take: Vault 1.19's community edition checks them, and refuses every
 * rotation that they ask for.
 */
#ifndef MV_API_ROTATION_PARAMS_H
#define MV_API_ROTATION_PARAMS_H

#include <stdbool.h>

#include "api/request.h"

/* Vault 1.19: the engine and what it asks both say what failed. Status 400. */
#define ROTATION_REFUSAL                                                   \
	"error registering rotation job: error registering rotation job: " \
	"rotation manager capabilities not supported in Vault community "  \
	"edition"

/* What is wrong with the fields of the request, in Vault 1.19's order
 * (automatedrotationutil); NULL: nothing. The text is the arena's. */
const char *rotation_params_problem(struct request *req);
/* Do they ask for a rotation? */
bool rotation_params_ask(struct request *req);

#endif
