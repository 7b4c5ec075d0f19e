/*
 * Creates, reuses and frees requests.
 */
#include "api/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/api_internal.h"
#include "api/media_type.h"
#include "core/token/token.h"

struct request *
request_new(struct api *api)
{
	struct request *req = api->pool;

	if (req) {
		api->pool = req->owner;
		req->owner = NULL;
		api->npool--;
	} else {
		req = xcalloc(1, sizeof(*req));
		req->arena = arena_new();
		buf_init_fallible(&req->reply.data, 0);
		buf_init_fallible(&req->reply.body, 0);
	}
	req->api = req->home = api;
	req->vault = api->vault;
	req->peer = "";
	return req;
}

static void
request_destroy(struct request *req)
{
	buf_release(&req->reply.data);
	buf_release(&req->reply.body);
	arena_free(req->arena);
	free(req);
}

/* Keeps the arena's first block and the two buffers, zeroes all else. */
static void
request_recycle(struct request *req)
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
request_take_body(struct request *req, struct buf *out)
{
	*out = *req->body_buf;
	buf_init(req->body_buf, out->max);
	req->body_buf = NULL;
}

void
request_free(struct request *req)
{
	struct api *api;

	if (!req)
		return;
	api = req->home;
	request_in_flight_remove(req);
	token_unref(req->token);
	token_unref(req->record.info_token);
	token_unref(req->reply.auth_token);
	if (api->npool >= REQUEST_POOL_MAX ||
	    req->reply.data.cap + req->reply.body.cap >
		REQUEST_POOL_BYTES_MAX) {
		request_destroy(req);
		return;
	}
	request_recycle(req);
	req->owner = api->pool;
	api->pool = req;
	api->npool++;
}

void
request_in_flight_add(struct request *req)
{
	struct api *a = req->api;

	req->next_in_flight = a->in_flight;
	req->prev_in_flight = &a->in_flight;
	if (a->in_flight)
		a->in_flight->prev_in_flight = &req->next_in_flight;
	a->in_flight = req;
}

void
request_in_flight_remove(struct request *req)
{
	if (!req->prev_in_flight)
		return;
	*req->prev_in_flight = req->next_in_flight;
	if (req->next_in_flight)
		req->next_in_flight->prev_in_flight = req->prev_in_flight;
	req->prev_in_flight = NULL;
}

void
api_each_in_flight(const struct api *a,
    void (*fn)(const struct request *req, void *arg), void *arg)
{
	for (const struct request *r = a->in_flight; r; r = r->next_in_flight)
		fn(r, arg);
}

void
requests_free_pool(struct api *api)
{
	while (api->pool) {
		struct request *req = api->pool;

		api->pool = req->owner;
		request_destroy(req);
	}
	api->npool = 0;
}

const char *
request_header(const struct request *req, const char *name)
{
	if (req->header_lengths &&
	    !(req->header_lengths >> (strlen(name) & 63) & 1))
		return NULL;
	for (int i = 0; i < req->nheaders; i++) {
		const char *have = req->headers[i].name;

		/* one look spares most calls: letters differ in this bit */
		if (((have[0] ^ name[0]) & ~0x20) == 0 &&
		    strcasecmp(have, name) == 0)
			return req->headers[i].value;
	}
	return NULL;
}

bool
request_is_ocsp(const struct request *req)
{
	const char *type = request_header(req, "Content-Type");
	char *media;

	return type && !media_type_parse(req->arena, type, &media) &&
	    strcmp(media, "application/ocsp-request") == 0;
}
