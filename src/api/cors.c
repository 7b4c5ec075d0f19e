/*
 * Cross-origin requests, off unless sys/config/cors turned them on.
 */
#include "api/api_internal.h"

verdict
phase_cors(struct request *req)
{
	(void)req;
	return NULL;
}
