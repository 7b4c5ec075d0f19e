/*
 * Runs the phases of a request, at first and whenever it goes on after a wait.
 */
#include <assert.h>

#include "api/api_internal.h"

/* The phases from where the request stands, in a transaction of the store. */
void
pipeline_continue(struct request *req, enum phase_result result)
{
	const struct pipeline *p = req->api->pipeline;
	struct store *store = req->vault->store;

	store_request_begin(store);
	while (result == NEXT && req->phase < p->nphases)
		result = p->phases[req->phase++].run(req);
	assert(result != NEXT); /* the last phase is the handler */
	if (result == WAIT)
		store_request_end(store, true);
	else
		p->finish(req);
}

void
pipeline_resume(struct request *req, enum handler_result v)
{
	pipeline_continue(req, phase_end(v));
}
