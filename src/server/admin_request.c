/*
 * What an operator would do, done from inside: requests with every right, for
 * outages that are really somebody's deed.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "server/control_host.h"

struct admin_call {
	int status;
	json_t **reply;
};

static void
admin_request_on_reply(struct request *req, void *arg)
{
	struct admin_call *call = arg;

	call->status = req->reply.status;
	if (call->reply && req->reply.body.n)
		*call->reply = json_loadb(
		    req->reply.body.p, req->reply.body.n, 0, NULL);
}

static int
admin_request_send_as(struct instance *in, const char *token,
    const char *method, const char *path, const json_t *body, json_t **answer)
{
	struct header headers[] = { { "X-Vault-Token", token } };
	struct request *req = request_new(in->api);
	struct admin_call call = { 503, answer };
	struct buf text;

	buf_init(&text, 0);
	if (body)
		jsontext_put(&text, body);
	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = headers;
	req->nheaders = 1;
	req->body = (struct slice){ text.p ? text.p : "", text.n };
	req->peer = "127.0.0.1";
	req->internal = true;
	api_handle(in->api, req, admin_request_on_reply, &call);
	request_free(req);
	buf_release(&text);
	return call.status;
}

/* The root token of the moment is made for it and goes at once. */
static int
admin_request_as_root(struct instance *in, const char *method, const char *path,
    const json_t *body, json_t **answer)
{
	struct error e = { 0 };
	struct token *t;
	char root[64];
	int status;

	if (seal_is_sealed(&in->vault) ||
	    !seal_create_root_token(&in->vault, root, &e))
		return 503;
	status = admin_request_send_as(in, root, method, path, body, answer);
	t = token_lookup(&in->vault, root);
	if (t)
		token_revoke(&in->vault, t);
	token_unref(t);
	return status;
}

/* An event within a request may ask for it: the one begins where the other
 * stands, and that goes on behind it. */
int
admin_request_call(void *arg, const char *method, const char *path,
    const json_t *body, json_t **answer)
{
	struct instance *in = arg;
	struct store *store = in->vault.store;
	bool in_request = store_request_begin(store);
	int status;

	store_request_end(store, true); /* an outer one's writes so far stay */
	status = admin_request_as_root(in, method, path, body, answer);
	if (in_request)
		store_request_begin(store);
	return status;
}
