/*
 * Birth, reuse and death of a request.
 */
#include "api/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/api_internal.h"
#include "core/token/token.h"

struct request *
request_new(struct api *api)
{
	struct request *req = api->spare;

	if (req) {
		api->spare = req->owner;
		req->owner = NULL;
		api->nspare--;
	} else {
		req = xcalloc(1, sizeof(*req));
		req->arena = arena_new();
		buf_init(&req->reply.data, 0);
		buf_init(&req->reply.body, 0);
	}
	req->api = api;
	req->vault = api->vault;
	req->peer = "";
	return req;
}

static void
destroy(struct request *req)
{
	buf_release(&req->reply.data);
	buf_release(&req->reply.body);
	arena_free(req->arena);
	free(req);
}

/* Keeps the arena's first block and the two buffers, zeroes all else. */
static void
recycle(struct request *req)
{
	struct arena *arena = req->arena;
	struct buf data = req->reply.data;
	struct buf body = req->reply.body;

	arena_clear(arena);
	buf_clear(&data);
	buf_clear(&body);
	memset(req, 0, sizeof(*req));
	req->arena = arena;
	req->reply.data = data;
	req->reply.body = body;
}

void
request_free(struct request *req)
{
	struct api *api;

	if (!req)
		return;
	api = req->api;
	request_land(req);
	token_put(req->token);
	token_put(req->facts_token);
	token_put(req->reply.auth_token);
	if (api->nspare >= SPARE_REQUESTS ||
	    req->reply.data.cap + req->reply.body.cap > SPARE_BYTES) {
		destroy(req);
		return;
	}
	recycle(req);
	req->owner = api->spare;
	api->spare = req;
	api->nspare++;
}

void
request_depart(struct request *req)
{
	struct api *a = req->api;

	req->next_flight = a->flight;
	req->prev_flight = &a->flight;
	if (a->flight)
		a->flight->prev_flight = &req->next_flight;
	a->flight = req;
}

void
request_land(struct request *req)
{
	if (!req->prev_flight)
		return;
	*req->prev_flight = req->next_flight;
	if (req->next_flight)
		req->next_flight->prev_flight = req->prev_flight;
	req->prev_flight = NULL;
}

void
api_in_flight(const struct api *a,
    void (*fn)(const struct request *req, void *arg), void *arg)
{
	for (const struct request *r = a->flight; r; r = r->next_flight)
		fn(r, arg);
}

void
requests_drop_spare(struct api *api)
{
	while (api->spare) {
		struct request *req = api->spare;

		api->spare = req->owner;
		destroy(req);
	}
	api->nspare = 0;
}

const char *
request_header(const struct request *req, const char *name)
{
	for (int i = 0; i < req->nheaders; i++) {
		const char *have = req->headers[i].name;

		/* one look spares most calls: letters differ in this bit */
		if (((have[0] ^ name[0]) & ~0x20) == 0 &&
		    strcasecmp(have, name) == 0)
			return req->headers[i].value;
	}
	return NULL;
}
