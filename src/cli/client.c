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
} methods[] = {
	{ "GET", EVHTTP_REQ_GET },
	{ "POST", EVHTTP_REQ_POST },
	{ "PUT", EVHTTP_REQ_PUT },
	{ "DELETE", EVHTTP_REQ_DELETE },
};

struct call {
	struct event_base *base;
	struct evhttp_uri *uri;
	struct evhttp_connection *conn;
	struct answer *out;
	char *host;
	int port;
	int timeout;
};

void
answer_clear(struct answer *a)
{
	json_decref(a->body);
	free(a->text);
	memset(a, 0, sizeof(*a));
}

static bool
give_up(struct answer *out, const char *fmt, const char *detail)
{
	if (!*out->why)
		snprintf(out->why, sizeof(out->why), fmt, detail);
	return false;
}

static void
on_answer(struct evhttp_request *req, void *arg)
{
	struct call *call = arg;
	struct answer *out = call->out;
	struct evbuffer *body;

	event_base_loopbreak(call->base);
	if (!req || evhttp_request_get_response_code(req) == 0)
		return;
	out->status = evhttp_request_get_response_code(req);
	body = evhttp_request_get_input_buffer(req);
	out->n = evbuffer_get_length(body);
	out->text = xmalloc(out->n + 1);
	evbuffer_remove(body, out->text, out->n);
	out->text[out->n] = '\0';
	out->body = json_loadb(out->text, out->n, JSON_DECODE_ANY, NULL);
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct call *call = arg;
	char seconds[40];

	snprintf(seconds, sizeof(seconds), "%d", call->timeout);
	if (error == EVREQ_HTTP_TIMEOUT)
		give_up(call->out, "no answer within %s s", seconds);
	else if (error != EVREQ_HTTP_EOF)
		give_up(call->out, "%s", "what came is no HTTP answer");
}

/* evhttp keeps to itself why it could not connect, so we try once more. */
static bool
diagnose(const struct call *call)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	char port[8];
	int fd, error;

	snprintf(port, sizeof(port), "%d", call->port);
	error = getaddrinfo(call->host, port, &hints, &found);
	if (error)
		return give_up(call->out, "%s", gai_strerror(error));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		give_up(call->out, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return give_up(call->out, "%s", "the connection ended without an "
					"answer");
}

static bool
read_url(struct call *call, const char *url)
{
	char *whole = xasprintf("%s%s", strstr(url, "://") ? "" : "http://",
	    url);
	const char *scheme;

	call->uri = evhttp_uri_parse(whole);
	free(whole);
	if (!call->uri || !evhttp_uri_get_host(call->uri))
		return give_up(call->out, "\"%s\" is no URL", url);
	scheme = evhttp_uri_get_scheme(call->uri);
	if (strcmp(scheme, "http") != 0)
		return give_up(call->out, "the control API is asked over http, "
					  "not %s: give its own address",
		    scheme);
	return true;
}

static bool
connect_to(struct call *call)
{
	const char *host = evhttp_uri_get_host(call->uri);
	int port = evhttp_uri_get_port(call->uri);
	size_t n = strlen(host);
	/* An IPv6 address comes with its brackets. */
	bool six = *host == '[' && host[n - 1] == ']';

	call->host = xstrndup(host + six, n - 2 * (size_t)six);
	call->port = port < 0 ? 80 : port;
	call->conn = evhttp_connection_base_new(call->base, NULL, call->host,
	    (uint16_t)call->port);
	if (!call->conn)
		return give_up(call->out, "%s", "no connection can be made");
	evhttp_connection_set_timeout(call->conn, call->timeout);
	return true;
}

static void
add_headers(const struct client *c, const struct call *call,
    struct evkeyvalq *headers, bool body)
{
	const char *host = evhttp_uri_get_host(call->uri);
	char *text = xasprintf("%s:%d", host, call->port);

	evhttp_add_header(headers, "Host", text);
	evhttp_add_header(headers, "Connection", "close");
	free(text);
	if (body)
		evhttp_add_header(headers, "Content-Type", "application/json");
	if (!c->token || !*c->token)
		return;
	text = xasprintf("Bearer %s", c->token);
	evhttp_add_header(headers, "Authorization", text);
	free(text);
}

/* "http://h:1/" and "http://h:1/_mock" mean the same. */
static char *
target_of(const struct call *call, const char *path)
{
	const char *prefix = evhttp_uri_get_path(call->uri);
	size_t n = prefix ? strlen(prefix) : 0;

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	if (n >= 6 && memcmp(prefix + n - 6, "/_mock", 6) == 0)
		n -= 6;
	return xasprintf("%.*s/_mock/%s", (int)n, prefix ? prefix : "", path);
}

static bool
send_off(const struct client *c, struct call *call, const char *method,
    const char *path, const json_t *body)
{
	struct evhttp_request *req = evhttp_request_new(on_answer, call);
	enum evhttp_cmd_type type = EVHTTP_REQ_GET;
	char *target = target_of(call, path);
	int failed;

	evhttp_request_set_error_cb(req, on_error);
	add_headers(c, call, evhttp_request_get_output_headers(req),
	    body != NULL);
	if (body) {
		char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);

		evbuffer_add(evhttp_request_get_output_buffer(req), text,
		    strlen(text));
		free(text);
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].name, method) == 0)
			type = methods[i].type;
	failed = evhttp_make_request(call->conn, req, type, target);
	free(target);
	return failed ? give_up(call->out, "%s", "no request can be made")
		      : true;
}

bool
client_ask(const struct client *c, const char *method, const char *path,
    const json_t *body, int timeout, struct answer *out)
{
	struct call call = { .out = out, .timeout = timeout };

	answer_clear(out);
	call.base = event_base_new();
	if (read_url(&call, c->url) && connect_to(&call) &&
	    send_off(c, &call, method, path, body))
		event_base_dispatch(call.base);
	if (call.conn && out->status == 0 && !*out->why)
		diagnose(&call);
	free(call.host);
	if (call.conn)
		evhttp_connection_free(call.conn);
	if (call.uri)
		evhttp_uri_free(call.uri);
	event_base_free(call.base);
	return out->status != 0;
}
