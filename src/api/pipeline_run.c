/*
 * Runs the phases of a request, at first and whenever it goes on after a wait.
 */
#include <assert.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/reply.h"
#include "core/mount/mount.h"

void
pipeline_note_mount(struct request *req)
{
	req->waiting_mount_id = req->mount ? req->mount->id : 0;
	if (req->mount)
		req->waiting_mount_uuid = arena_strdup(
		    req->arena, req->mount->uuid);
}

void
pipeline_find_mount_again(struct request *req)
{
	if (!req->waiting_mount_id)
		return;
	req->mount = mount_by_id(req->vault, req->waiting_mount_id);
	if (req->mount &&
	    strcmp(req->mount->uuid, req->waiting_mount_uuid) != 0)
		req->mount = NULL;
	req->waiting_mount_id = 0;
}

/* The phases from where the request stands, in a transaction of the store. */
void
pipeline_continue(struct request *req, enum phase_result result)
{
	const struct pipeline *p = req->api->pipeline;
	const struct phase *phases = p->phases;
	struct store *store = req->vault->store;

	store_request_begin(store);
	pipeline_find_mount_again(req);
	for (size_t n = p->nphases; result == NEXT && req->phase < n;)
		result = phases[req->phase++].run(req);
	assert(result != NEXT); /* the last phase is the handler */
	if (result == WAIT) {
		pipeline_note_mount(req);
		store_request_end(store, true);
	} else {
		p->finish(req);
	}
}

void
pipeline_resume(struct request *req, enum handler_result v)
{
	pipeline_continue(req, phase_end(v));
}

void
pipeline_abandon(struct request *req)
{
	req->fault.cancel = NULL;
	pipeline_resume(req, fail_no_body(req, 499));
}
