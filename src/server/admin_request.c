/*
 * What an operator would do, done from inside: requests with every right, for
 * outages that are really somebody's call.
 */
#include "server/admin_request.h"

#include <string.h>

#include "base/json/jsontext.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "server/instance.h"

static int
admin_request_send_as(struct instance *in, const char *token,
    const char *method, const char *path, const json_t *body, json_t **answer)
{
	struct api_answer got;
	struct buf text;

	buf_init(&text, 0);
	if (body)
		jsontext_put(&text, body);
	api_call(in->api, method, path, token,
	    (struct slice){ text.p ? text.p : "", text.n }, &got);
	buf_release(&text);
	if (answer && got.body)
		*answer = json_incref(got.body);
	api_answer_release(&got);
	return got.status;
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
	    !token_create_root(&in->vault, root, &e))
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
	struct instance *in = instance_active(arg);
	struct store *store = in->vault.store;
	bool in_request;
	int status;

	if (!instance_can_write(in))
		return 503;
	in_request = store_request_begin(store);
	store_request_end(store, true); /* an outer one's writes so far stay */
	status = admin_request_as_root(in, method, path, body, answer);
	if (in_request)
		store_request_begin(store);
	return status;
}
