/*
 * What an operator would do, done from inside: requests with every right, for
 * outages that are really somebody's deed.
 */
#include <string.h>

#include "base/json/json_text.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "server/control_host.h"

struct deed {
	int status;
	json_t **answer;
};

static void
answered(struct request *req, void *arg)
{
	struct deed *deed = arg;

	deed->status = req->reply.status;
	if (deed->answer && req->reply.body.n)
		*deed->answer = json_loadb(req->reply.body.p,
		    req->reply.body.n, 0, NULL);
}

static int
send_as(struct instance *in, const char *token, const char *method,
    const char *path, const json_t *body, json_t **answer)
{
	struct header headers[] = { { "X-Vault-Token", token } };
	struct request *req = request_new(in->api);
	struct deed deed = { 503, answer };
	struct buf text;

	buf_init(&text, 0);
	if (body)
		jtext_put(&text, body);
	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = headers;
	req->nheaders = 1;
	req->body = (struct slice){ text.p ? text.p : "", text.n };
	req->peer = "127.0.0.1";
	req->internal = true;
	api_handle(in->api, req, answered, &deed);
	request_free(req);
	buf_release(&text);
	return deed.status;
}

/* The root token of the moment is made for it and goes at once. */
static int
operate(struct instance *in, const char *method, const char *path,
    const json_t *body, json_t **answer)
{
	struct error e = { 0 };
	struct token *t;
	char root[64];
	int status;

	if (seal_sealed(&in->vault) ||
	    !seal_root_token(&in->vault, root, &e))
		return 503;
	status = send_as(in, root, method, path, body, answer);
	t = token_lookup(&in->vault, root);
	if (t)
		token_revoke(&in->vault, t);
	token_put(t);
	return status;
}

/* An event within a request may ask for it: the one begins where the other
 * stands, and that goes on behind it. */
int
host_operate(void *arg, const char *method, const char *path,
    const json_t *body, json_t **answer)
{
	struct instance *in = arg;
	struct store *store = in->vault.store;
	bool within = store_request_begin(store);
	int status;

	store_request_end(store, true); /* an outer one's writes so far stay */
	status = operate(in, method, path, body, answer);
	if (within)
		store_request_begin(store);
	return status;
}
