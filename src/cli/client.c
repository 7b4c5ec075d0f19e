/*
 * A blocking client over libevent's evhttp: one connection a question. Speaks
 * plain HTTP alone, as the address of the control API does.
 */
#include "cli/client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

static const struct {
	const char *name;
	enum evhttp_cmd_type type;
} client_methods[] = {
	{ "GET", EVHTTP_REQ_GET },
	{ "POST", EVHTTP_REQ_POST },
	{ "PUT", EVHTTP_REQ_PUT },
	{ "DELETE", EVHTTP_REQ_DELETE },
};

struct http_exchange {
	struct event_base *base;
	struct evhttp_uri *uri;
	struct evhttp_connection *conn;
	struct client_answer *answer;
	char *host;
	int port;
	int timeout_s;
	/* Gets the pieces of the body; NULL: it is wanted as a whole. */
	bool (*take)(void *arg, const char *piece, size_t n);
	void *take_arg;
	bool has_enough; /* take wants no more of what has come */
};

void
client_answer_clear(struct client_answer *a)
{
	json_decref(a->body);
	free(a->text);
	memset(a, 0, sizeof(*a));
}

static bool
client_set_error(struct client_answer *out, const char *fmt, const char *detail)
{
	if (!*out->why)
		snprintf(out->why, sizeof(out->why), fmt, detail);
	return false;
}

/* evhttp gives the body in pieces, and does not keep them, to who asks for
 * pieces. */
static void
client_keep_text(struct client_answer *out, struct evbuffer *body)
{
	size_t n = evbuffer_get_length(body);

	out->text = xrealloc(out->text, out->length + n + 1);
	evbuffer_remove(body, out->text + out->length, n);
	out->length += n;
	out->text[out->length] = '\0';
}

static void
client_on_response(struct evhttp_request *req, void *arg)
{
	struct http_exchange *call = arg;
	struct client_answer *out = call->answer;

	event_base_loopbreak(call->base);
	if (!req || evhttp_request_get_response_code(req) == 0)
		return;
	out->status = evhttp_request_get_response_code(req);
	client_keep_text(out, evhttp_request_get_input_buffer(req));
	out->body = json_loadb(out->text, out->length, JSON_DECODE_ANY, NULL);
}

static void
client_on_piece(struct evhttp_request *req, void *arg)
{
	struct http_exchange *call = arg;
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	if (evhttp_request_get_response_code(req) != 200) {
		client_keep_text(call->answer, in);
		return;
	}
	call->answer->status = 200;
	if (!call->has_enough)
		call->has_enough = !call->take(call->take_arg,
		    (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n);
	evbuffer_drain(in, n);
	if (call->has_enough)
		event_base_loopbreak(call->base);
}

static void
client_on_error(enum evhttp_request_error error, void *arg)
{
	struct http_exchange *call = arg;
	char seconds[40];

	snprintf(seconds, sizeof(seconds), "%d", call->timeout_s);
	if (error == EVREQ_HTTP_TIMEOUT)
		client_set_error(
		    call->answer, "no answer within %s s", seconds);
	else if (error != EVREQ_HTTP_EOF)
		client_set_error(
		    call->answer, "%s", "what came is no HTTP answer");
}

/* evhttp keeps to itself why it could not connect, so we try once more. */
static bool
client_diagnose_connect(const struct http_exchange *call)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	char port[8];
	int fd, error;

	snprintf(port, sizeof(port), "%d", call->port);
	error = getaddrinfo(call->host, port, &hints, &found);
	if (error)
		return client_set_error(
		    call->answer, "%s", gai_strerror(error));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		client_set_error(call->answer, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return client_set_error(call->answer, "%s",
	    "the connection ended without an "
	    "answer");
}

static bool
client_parse_url(struct http_exchange *call, const char *url)
{
	char *whole = xasprintf(
	    "%s%s", strstr(url, "://") ? "" : "http://", url);
	const char *scheme;

	call->uri = evhttp_uri_parse(whole);
	free(whole);
	if (!call->uri || !evhttp_uri_get_host(call->uri))
		return client_set_error(call->answer, "\"%s\" is no URL", url);
	scheme = evhttp_uri_get_scheme(call->uri);
	if (strcmp(scheme, "http") != 0)
		return client_set_error(call->answer,
		    "the control API is asked over http, "
		    "not %s: give its own address",
		    scheme);
	return true;
}

static bool
client_connect(struct http_exchange *call)
{
	const char *host = evhttp_uri_get_host(call->uri);
	int port = evhttp_uri_get_port(call->uri);
	size_t n = strlen(host);
	/* An IPv6 address comes with its brackets. */
	bool is_ipv6 = *host == '[' && host[n - 1] == ']';

	call->host = xstrndup(host + is_ipv6, n - 2 * (size_t)is_ipv6);
	call->port = port < 0 ? 80 : port;
	call->conn = evhttp_connection_base_new(
	    call->base, NULL, call->host, (uint16_t)call->port);
	if (!call->conn)
		return client_set_error(
		    call->answer, "%s", "no connection can be made");
	evhttp_connection_set_timeout(call->conn, call->timeout_s);
	return true;
}

static void
client_add_headers(const struct client_config *c,
    const struct http_exchange *call, struct evkeyvalq *headers, bool body)
{
	const char *host = evhttp_uri_get_host(call->uri);
	char *text = xasprintf("%s:%d", host, call->port);

	evhttp_add_header(headers, "Host", text);
	evhttp_add_header(headers, "Connection", "close");
	free(text);
	if (body)
		evhttp_add_header(headers, "Content-Type", "application/json");
	if (!c->admin_token || !*c->admin_token)
		return;
	text = xasprintf("Bearer %s", c->admin_token);
	evhttp_add_header(headers, "Authorization", text);
	free(text);
}

/* "http://h:1/" and "http://h:1/_mock" mean the same. */
static char *
client_target(const struct client_config *c, const struct http_exchange *call,
    const char *path)
{
	const char *prefix = evhttp_uri_get_path(call->uri);
	size_t n = prefix ? strlen(prefix) : 0;

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	if (n >= 6 && memcmp(prefix + n - 6, "/_mock", 6) == 0)
		n -= 6;
	return xasprintf("%.*s%s%s/_mock/%s", (int)n, prefix ? prefix : "",
	    c->space ? "/s/" : "", c->space ? c->space : "", path);
}

static bool
client_start_request(const struct client_config *c, struct http_exchange *call,
    const char *method, const char *path, const json_t *body)
{
	struct evhttp_request *req = evhttp_request_new(
	    client_on_response, call);
	enum evhttp_cmd_type type = EVHTTP_REQ_GET;
	char *target = client_target(c, call, path);
	int failed;

	evhttp_request_set_error_cb(req, client_on_error);
	if (call->take)
		evhttp_request_set_chunked_cb(req, client_on_piece);
	client_add_headers(
	    c, call, evhttp_request_get_output_headers(req), body != NULL);
	if (body) {
		char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);

		evbuffer_add(
		    evhttp_request_get_output_buffer(req), text, strlen(text));
		free(text);
	}
	for (size_t i = 0;
	     i < sizeof(client_methods) / sizeof(client_methods[0]); i++)
		if (strcmp(client_methods[i].name, method) == 0)
			type = client_methods[i].type;
	failed = evhttp_make_request(call->conn, req, type, target);
	free(target);
	return failed
	    ? client_set_error(call->answer, "%s", "no request can be made")
	    : true;
}

static bool
client_exchange(const struct client_config *c, struct http_exchange *call,
    const char *method, const char *path, const json_t *body)
{
	struct client_answer *answer = call->answer;

	client_answer_clear(answer);
	call->base = event_base_new();
	if (client_parse_url(call, c->url) && client_connect(call) &&
	    client_start_request(c, call, method, path, body))
		event_base_dispatch(call->base);
	if (call->conn && answer->status == 0 && !*answer->why)
		client_diagnose_connect(call);
	free(call->host);
	if (call->conn)
		evhttp_connection_free(call->conn);
	if (call->uri)
		evhttp_uri_free(call->uri);
	event_base_free(call->base);
	return answer->status != 0;
}

bool
client_call(const struct client_config *c, const char *method, const char *path,
    const json_t *body, int timeout_s, struct client_answer *answer)
{
	struct http_exchange call = { .answer = answer,
		.timeout_s = timeout_s };

	return client_exchange(c, &call, method, path, body);
}

bool
client_follow(const struct client_config *c, const char *path, int timeout_s,
    bool (*take)(void *arg, const char *piece, size_t n), void *arg,
    struct client_answer *answer)
{
	struct http_exchange call = { .answer = answer,
		.timeout_s = timeout_s,
		.take = take,
		.take_arg = arg };

	return client_exchange(c, &call, "GET", path, NULL);
}
