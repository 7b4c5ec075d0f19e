/*
 * Requests to a vault that has an engine of each kind: "METHOD PATH\nBODY", or
 * with a media type, "METHOD PATH TYPE\nBODY". So the forms of bodies,
 * policies, certificates, requests for them and for their state, tokens,
 * templates of identities: whatever comes does no harm. The vault is made anew
 * from time to time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "server/host.h"
#include "server/instance.h"
#include "tests/stress/fuzz/openssl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS_MAX 2000

struct server {
	struct options options;
	struct host host;
	struct instance in;
	int requests;
};

static const struct {
	const char *method, *path, *body;
} preparation[] = {
	{ "POST", "sys/mounts/pki", "{\"type\":\"pki\"}" },
	{ "POST", "sys/mounts/transit", "{\"type\":\"transit\"}" },
	{ "POST", "sys/mounts/database", "{\"type\":\"database\"}" },
	{ "POST", "sys/mounts/kv", "{\"type\":\"kv\"}" },
	{ "POST", "sys/auth/approle", "{\"type\":\"approle\"}" },
	{ "POST", "sys/auth/userpass", "{\"type\":\"userpass\"}" },
	{ "POST", "sys/auth/jwt", "{\"type\":\"jwt\"}" },
	{ "POST", "sys/auth/cert", "{\"type\":\"cert\"}" },
	{ "POST", "pki/root/generate/internal",
	    "{\"common_name\":\"r\",\"key_type\":\"ec\"}" },
	{ "POST", "pki/roles/r",
	    "{\"allow_any_name\":true,\"key_type\":\"ec\"}" },
	{ "POST", "transit/keys/k", "{}" },
	{ "POST", "auth/approle/role/r", "{\"token_policies\":\"p\"}" },
	{ "POST", "secret/data/a", "{\"data\":{\"k\":\"v\"}}" },
};

static int status;

static void
on_response(struct request *req, void *arg)
{
	(void)arg;
	status = req->reply.status;
}

static int
server_ask(struct server *w, const char *method, const char *path,
    const char *type, struct slice body)
{
	struct request *req = request_new(w->in.api);
	const struct header headers[] = { { "X-Vault-Token", "root" },
		{ "Content-Type", type } };

	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = headers;
	req->nheaders = type ? 2 : 1;
	req->body = body;
	req->peer = "127.0.0.1";
	status = -1;
	api_handle(w->in.api, req, on_response, NULL);
	if (status < 0)
		api_client_gone(req); /* it waits for something */
	request_free(req);
	store_commit(w->in.vault.store);
	return status;
}

static struct server *
server_new(void)
{
	struct server *w = calloc(1, sizeof(*w));
	struct error e = { 0 };

	if (!w)
		abort();
	options_defaults(&w->options);
	w->options.dev = true;
	w->options.dev_root_token_id = "root";
	w->options.log_level = "error";
	w->options.admin_addr = "none";
	w->options.seed = "1";
	if (!host_init(&w->host, &w->options, &e) ||
	    !instance_init(&w->in, &w->host, &w->options, &e))
		abort();
	clock_freeze(w->in.vault.clock, clock_now(w->in.vault.clock));
	for (size_t i = 0; i < sizeof(preparation) / sizeof(*preparation); i++)
		if (server_ask(w, preparation[i].method, preparation[i].path,
			NULL, slice_of(preparation[i].body)) >= 300)
			abort();
	return w;
}

static void
server_free(struct server *w)
{
	instance_release(&w->in);
	host_release(&w->host);
	free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server *w;
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	char line[1024], *method = line, *path, *type;
	size_t n = end ? (size_t)(end - data) : 0;
	struct slice body;

	if (!end || n >= sizeof(line) || memchr(data, '\0', n))
		return 0;
	memcpy(line, data, n);
	line[n] = '\0';
	path = strchr(line, ' ');
	/* An audit device would write to any file; its path may be escaped. */
	if (!path || strstr(path, "audit") || strchr(path, '%'))
		return 0;
	*path++ = '\0';
	type = strchr(path, ' ');
	if (type)
		*type++ = '\0';
	body = (struct slice){ (const char *)end + 1, size - n - 1 };
	if (w && ++w->requests >= REQUESTS_MAX) {
		server_free(w);
		w = NULL;
	}
	if (!w)
		w = server_new();
	(void)server_ask(w, method, path, type, body);
	/* Whoever seals it or takes the token away ends this vault. */
	if (server_ask(w, "GET", "auth/token/lookup-self", NULL,
		(struct slice){ NULL, 0 }) != 200) {
		server_free(w);
		w = NULL;
	}
	return 0;
}
