/*
 * Requests from inside the program: fixtures, outages, embedding.
 */
#include <stdio.h>
#include <string.h>

#include "api/api.h"

struct request *
request_new_inside(struct api *a, const char *method, const char *path,
    const char *token, struct slice body)
{
	struct request *req = request_new(a);
	struct header *headers = arena_zalloc(req->arena, 2 * sizeof(*headers));
	int n = 0;

	if (token)
		headers[n++] = (struct header){ "X-Vault-Token", token };
	if (strcmp(method, "PATCH") == 0)
		headers[n++] = (struct header){ "Content-Type",
			"application/merge-patch+json" };
	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = headers;
	req->nheaders = n;
	req->body = body;
	req->peer = "127.0.0.1";
	return req;
}

static void
api_call_done(struct request *req, void *arg)
{
	struct api_answer *answer = arg;

	answer->status = req->reply.status;
	if (req->reply.body.n)
		answer->body = json_loadb(
		    req->reply.body.p, req->reply.body.n, 0, NULL);
	if (req->reply.error)
		snprintf(answer->error, sizeof(answer->error), "%s",
		    req->reply.error);
}

int
api_call(struct api *a, const char *method, const char *path, const char *token,
    struct slice body, struct api_answer *answer)
{
	struct request *req = request_new_inside(a, method, path, token, body);

	*answer = (struct api_answer){ .status = 503 };
	req->internal = true;
	api_handle(a, req, api_call_done, answer);
	request_free(req);
	return answer->status;
}

void
api_answer_release(struct api_answer *answer)
{
	json_decref(answer->body);
	answer->body = NULL;
}
