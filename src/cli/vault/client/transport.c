/*
 * One HTTP/1.1 exchange: dial, shake hands, ask, read the answer. What goes
 * wrong is told in Go's words.
 */
#include "cli/vault/client/transport.h"

#include <ctype.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"
#include "cli/vault/output/gotext.h"

#define TRANSPORT_MAX_HEAD ((size_t)1 << 20)

enum transport_phase {
	TRANSPORT_DIAL,
	TRANSPORT_TUNNEL, /* a proxy's answer to CONNECT */
	TRANSPORT_SHAKE,  /* TLS hands */
	TRANSPORT_HEAD,
	TRANSPORT_LENGTH, /* a body of known length */
	TRANSPORT_CHUNK_SIZE,
	TRANSPORT_CHUNK,
	TRANSPORT_TRAILER,
	TRANSPORT_TO_END, /* a body that ends with the connection */
	TRANSPORT_DONE,
};

struct transport {
	struct exchange *x;
	struct event_base *base;
	struct bufferevent *bev;
	struct trust_check check;
	enum transport_phase phase;
	bool any;	   /* a byte of an answer came */
	size_t left;	   /* of a body or a chunk */
	size_t head_bytes; /* of the answer's, so far */
	int reply_room;	   /* headers that the reply's list has place for */
	struct addrinfo *addresses, *next;
	const char *dialled; /* where to, for messages */
	const char *first_refusal;
};

/* The list with place for so many headers. */
static void
headers_move(struct arena *a, struct headers *h, int room)
{
	struct header *list = arena_alloc(a, (size_t)room * sizeof(*list));

	if (h->n)
		memcpy(list, h->list, (size_t)h->n * sizeof(*list));
	h->list = list;
}

static void
headers_append(
    struct arena *a, struct headers *h, const char *name, const char *value)
{
	struct header *one = &h->list[h->n++];
	bool upper = true;

	one->name = arena_strdup(a, name);
	one->value = arena_strdup(a, value);
	for (char *p = one->name; *p; p++) {
		*p = (char)(upper ? toupper((unsigned char)*p)
				  : tolower((unsigned char)*p));
		upper = *p == '-';
	}
}

void
headers_add(
    struct arena *a, struct headers *h, const char *name, const char *value)
{
	headers_move(a, h, h->n + 1);
	headers_append(a, h, name, value);
}

void
headers_delete(struct headers *h, const char *name)
{
	int kept = 0;

	for (int i = 0; i < h->n; i++)
		if (strcasecmp(h->list[i].name, name) != 0)
			h->list[kept++] = h->list[i];
	h->n = kept;
}

void
headers_set(
    struct arena *a, struct headers *h, const char *name, const char *value)
{
	headers_delete(h, name);
	headers_add(a, h, name, value);
}

const char *
headers_get(const struct headers *h, const char *name)
{
	for (int i = 0; i < h->n; i++)
		if (strcasecmp(h->list[i].name, name) == 0)
			return h->list[i].value;
	return NULL;
}

static void
transport_end(struct transport *t, const char *why)
{
	if (t->phase != TRANSPORT_DONE)
		t->x->why = why;
	t->phase = TRANSPORT_DONE;
	event_base_loopbreak(t->base);
}

static bool
transport_is_tls(const struct transport *t)
{
	return strcmp(t->x->url.scheme, "https") == 0;
}

/* Writes the request; the head of its answer is awaited from then on. */
static void
transport_send(struct transport *t)
{
	struct evbuffer *out = bufferevent_get_output(t->bev);
	struct exchange *x = t->x;
	bool absolute = x->proxy && !transport_is_tls(t);

	t->phase = TRANSPORT_HEAD;
	evbuffer_add_printf(out, "%s %s HTTP/1.1\r\nHost: %s\r\n", x->method,
	    absolute ? address_url(x->arena, &x->url)
		     : address_target(x->arena, &x->url),
	    x->url.host);
	if (!headers_get(x->headers, "User-Agent"))
		evbuffer_add_printf(out, "User-Agent: Go-http-client/1.1\r\n");
	if (x->body.p || strcmp(x->method, "PUT") == 0 ||
	    strcmp(x->method, "POST") == 0 || strcmp(x->method, "PATCH") == 0)
		evbuffer_add_printf(
		    out, "Content-Length: %zu\r\n", x->body.p ? x->body.n : 0);
	if (x->url.user) {
		struct buf b64;

		buf_init(&b64, 0);
		base64_encode(&b64, x->url.user, strlen(x->url.user));
		evbuffer_add_printf(
		    out, "Authorization: Basic %s\r\n", b64.p ? b64.p : "");
		buf_release(&b64);
	}
	for (int i = 0; i < x->headers->n; i++)
		evbuffer_add_printf(out, "%s: %s\r\n", x->headers->list[i].name,
		    x->headers->list[i].value);
	evbuffer_add(out, "\r\n", 2);
	if (x->body.p)
		evbuffer_add(out, x->body.p, x->body.n);
	bufferevent_enable(t->bev, EV_READ | EV_WRITE);
}

/* A line without its end, or NULL while it is not all there. */
static char *
transport_line(struct transport *t)
{
	struct evbuffer *in = bufferevent_get_input(t->bev);
	size_t n;
	char *line = evbuffer_readln(in, &n, EVBUFFER_EOL_CRLF), *copy;

	if (t->phase == TRANSPORT_HEAD)
		t->head_bytes += line ? n : 0;
	if ((line ? 0 : evbuffer_get_length(in)) + t->head_bytes >
	    TRANSPORT_MAX_HEAD) {
		free(line);
		transport_end(t,
		    "net/http: server response headers "
		    "exceeded 1048576 bytes; aborted");
		return NULL;
	}
	if (!line)
		return NULL;
	copy = arena_strndup(t->x->arena, line, n);
	free(line);
	return copy;
}

/* "HTTP/1.1 200 OK"; 0 when it is something else. */
static int
transport_status(const char *line)
{
	if (strncmp(line, "HTTP/1.", 7) != 0 ||
	    !isdigit((unsigned char)line[7]))
		return 0;
	line += 8;
	line += strspn(line, " ");
	if (strspn(line, "0123456789") != 3)
		return 0;
	return atoi(line);
}

static void
transport_broken(struct transport *t, const char *how)
{
	transport_end(t,
	    arena_printf(t->x->arena,
		"net/http: HTTP/1.x transport connection broken: "
		"%s",
		how));
}

/* The headers are all there: how does the body end? */
static void
transport_start_body(struct transport *t)
{
	struct exchange *x = t->x;
	const char *length = headers_get(&x->reply, "Content-Length");
	const char *coding = headers_get(&x->reply, "Transfer-Encoding");
	char *end;

	if (x->status < 200) { /* an interim answer */
		memset(&x->reply, 0, sizeof(x->reply));
		t->reply_room = 0;
		x->status = 0;
		return;
	}
	x->answered = true;
	if (x->status == 204 || x->status == 304 ||
	    strcmp(x->method, "HEAD") == 0) {
		transport_end(t, NULL);
	} else if (coding && strcasecmp(coding, "chunked") == 0) {
		t->phase = TRANSPORT_CHUNK_SIZE;
	} else if (length) {
		t->left = strtoull(length, &end, 10);
		t->phase = TRANSPORT_LENGTH;
		if (end == length || *end)
			transport_broken(t,
			    arena_printf(x->arena, "bad Content-Length %s",
				gotext_quote(x->arena, length)));
		else if (t->left == 0)
			transport_end(t, NULL);
	} else {
		t->phase = TRANSPORT_TO_END;
	}
}

static void
transport_note_header(struct transport *t, const char *name, const char *value)
{
	struct exchange *x = t->x;

	if (x->reply.n == t->reply_room) {
		t->reply_room = t->reply_room ? 2 * t->reply_room : 32;
		headers_move(x->arena, &x->reply, t->reply_room);
	}
	headers_append(x->arena, &x->reply, name, value);
}

/* Reads status line and headers as their lines come, up to the empty one. */
static void
transport_head(struct transport *t)
{
	struct exchange *x = t->x;
	char *line, *colon;

	while (t->phase == TRANSPORT_HEAD && (line = transport_line(t))) {
		if (x->status == 0) {
			x->status = transport_status(line);
			if (x->status == 0)
				transport_broken(t,
				    arena_printf(x->arena,
					"malformed HTTP response %s",
					gotext_quote(x->arena, line)));
			continue;
		}
		if (!*line) {
			transport_start_body(t);
			continue;
		}
		colon = strchr(line, ':');
		if (!colon) {
			transport_broken(t,
			    arena_printf(x->arena,
				"malformed MIME header line: %s", line));
			continue;
		}
		*colon = '\0';
		transport_note_header(t, line, trim_space(colon + 1));
	}
}

/* Moves at most t->left bytes into the body. */
static void
transport_take_body(struct transport *t)
{
	struct evbuffer *in = bufferevent_get_input(t->bev);
	char chunk[16384];
	int got;

	while (t->left) {
		size_t want = t->left < sizeof(chunk) ? t->left : sizeof(chunk);

		got = evbuffer_remove(in, chunk, want);
		if (got <= 0)
			return;
		buf_add(&t->x->reply_body, chunk, (size_t)got);
		if (t->phase != TRANSPORT_TO_END)
			t->left -= (size_t)got;
	}
}

static void
transport_chunk_size(struct transport *t)
{
	char *line = transport_line(t), *end;

	if (!line)
		return;
	if (!*line) /* behind a chunk */
		return;
	t->left = strtoull(line, &end, 16);
	if (end == line) {
		transport_end(t, "invalid byte in chunk length");
		return;
	}
	t->phase = t->left ? TRANSPORT_CHUNK : TRANSPORT_TRAILER;
}

static void
transport_tunnel(struct transport *t)
{
	char *line;

	while (t->phase == TRANSPORT_TUNNEL && (line = transport_line(t))) {
		if (t->x->status == 0) {
			t->x->status = transport_status(line);
			if (t->x->status != 200)
				transport_end(t,
				    arena_strdup(t->x->arena,
					strlen(line) > 13 ? line + 13 : line));
			continue;
		}
		if (!*line) {
			t->x->status = 0;
			t->phase = TRANSPORT_SHAKE;
		}
	}
}

static void transport_shake(struct transport *t);

/* Takes what is there; false when more must come first. */
static bool
transport_step(struct transport *t)
{
	struct evbuffer *in = bufferevent_get_input(t->bev);
	size_t before = evbuffer_get_length(in);
	enum transport_phase phase = t->phase;

	switch (t->phase) {
	case TRANSPORT_TUNNEL:
		transport_tunnel(t);
		if (t->phase == TRANSPORT_SHAKE) {
			transport_shake(t);
			return false;
		}
		break;
	case TRANSPORT_HEAD:
		transport_head(t);
		break;
	case TRANSPORT_TO_END:
		t->left = SIZE_MAX;
		transport_take_body(t);
		break;
	case TRANSPORT_LENGTH:
		transport_take_body(t);
		if (t->left == 0)
			transport_end(t, NULL);
		break;
	case TRANSPORT_CHUNK_SIZE:
		transport_chunk_size(t);
		break;
	case TRANSPORT_CHUNK:
		transport_take_body(t);
		if (t->left == 0)
			t->phase = TRANSPORT_CHUNK_SIZE;
		break;
	case TRANSPORT_TRAILER: {
		char *line = transport_line(t);

		if (line && !*line)
			transport_end(t, NULL);
		break;
	}
	case TRANSPORT_DIAL:
	case TRANSPORT_SHAKE:
	case TRANSPORT_DONE:
		return false;
	}
	return t->phase != TRANSPORT_DONE &&
	    (t->phase != phase || evbuffer_get_length(in) != before);
}

static void
transport_readable(struct bufferevent *bev, void *arg)
{
	struct transport *t = arg;

	(void)bev;
	t->any = true;
	while (transport_step(t))
		;
}

/* "127.0.0.1:1->127.0.0.1:2" of the connection. */
static const char *
transport_ends(struct transport *t)
{
	char host[2][NI_MAXHOST], port[2][NI_MAXSERV];
	evutil_socket_t fd = bufferevent_getfd(t->bev);

	for (int i = 0; i < 2; i++) {
		struct sockaddr_storage ss;
		socklen_t n = sizeof(ss);
		int failed = i ? getpeername(fd, (struct sockaddr *)&ss, &n)
			       : getsockname(fd, (struct sockaddr *)&ss, &n);

		if (failed ||
		    getnameinfo((struct sockaddr *)&ss, n, host[i],
			sizeof(host[i]), port[i], sizeof(port[i]),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
			return t->dialled;
	}
	return arena_printf(t->x->arena, "tcp %s:%s->%s:%s", host[0], port[0],
	    host[1], port[1]);
}

static void transport_dial_next(struct transport *t);

static void
transport_dial_failed(struct transport *t, int number)
{
	const char *why = arena_printf(t->x->arena, "dial %s: connect: %s",
	    t->dialled, gotext_errno(t->x->arena, number));

	if (!t->first_refusal)
		t->first_refusal = why;
	transport_dial_next(t);
}

/* The connection ended or broke. */
static void
transport_lost(struct transport *t, int error)
{
	if (t->phase == TRANSPORT_DONE)
		return;
	while (transport_step(t))
		;
	if (t->phase == TRANSPORT_TO_END && !error) {
		transport_end(t, NULL);
		return;
	}
	if (error)
		transport_end(t,
		    arena_printf(t->x->arena, "read %s: read: %s",
			transport_ends(t), gotext_errno(t->x->arena, error)));
	else if (t->x->answered)
		transport_end(t, "unexpected EOF");
	else if (t->any)
		transport_broken(t, "unexpected EOF");
	else
		transport_end(t, "EOF");
}

/* The connection has come, ended or failed: the next step, or the end with
 * Go's text. */
static void
transport_event(struct bufferevent *bev, short what, void *arg)
{
	struct transport *t = arg;
	int error = EVUTIL_SOCKET_ERROR();
	unsigned long tls = t->phase == TRANSPORT_SHAKE
	    ? bufferevent_get_openssl_error(bev)
	    : 0;

	if (what & BEV_EVENT_CONNECTED) {
		if (t->phase == TRANSPORT_SHAKE) {
			transport_send(t);
			return;
		}
		t->phase = TRANSPORT_HEAD;
		if (transport_is_tls(t) && t->x->proxy) {
			t->phase = TRANSPORT_TUNNEL;
			evbuffer_add_printf(bufferevent_get_output(bev),
			    "CONNECT %s:%s HTTP/1.1\r\nHost: %s\r\n\r\n",
			    address_hostname(t->x->arena, &t->x->url),
			    address_port(t->x->arena, &t->x->url),
			    t->x->url.host);
			bufferevent_enable(bev, EV_READ | EV_WRITE);
		} else if (transport_is_tls(t)) {
			transport_shake(t);
		} else {
			transport_send(t);
		}
		return;
	}
	if (t->phase == TRANSPORT_DIAL) {
		transport_dial_failed(t, error);
		return;
	}
	if (t->phase == TRANSPORT_SHAKE) {
		if ((what & BEV_EVENT_ERROR) && (tls || t->check.why))
			transport_end(
			    t, trust_refusal(t->x->arena, &t->check, tls));
		else
			transport_lost(t, what & BEV_EVENT_ERROR ? error : 0);
		return;
	}
	tls = bufferevent_get_openssl_error(bev);
	if ((what & BEV_EVENT_ERROR) && tls)
		transport_end(t, trust_refusal(t->x->arena, &t->check, tls));
	else
		transport_lost(t, what & BEV_EVENT_ERROR ? error : 0);
}

/* TLS over the connection that stands. */
static void
transport_shake(struct transport *t)
{
	SSL *ssl = trust_connect(
	    t->x->trust, address_hostname(t->x->arena, &t->x->url), &t->check);
	struct bufferevent *filter;

	t->phase = TRANSPORT_SHAKE;
	filter = ssl ? bufferevent_openssl_filter_new(t->base, t->bev, ssl,
			   BUFFEREVENT_SSL_CONNECTING,
			   BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
		     : NULL;
	if (!filter) {
		transport_end(t, "out of memory");
		return;
	}
	t->bev = filter;
	t->any = false;
	bufferevent_openssl_set_allow_dirty_shutdown(filter, 1);
	bufferevent_setcb(filter, transport_readable, NULL, transport_event, t);
	bufferevent_enable(filter, EV_READ | EV_WRITE);
}

static void
transport_dial(struct transport *t, const struct sockaddr *to, socklen_t n)
{
	if (t->bev)
		bufferevent_free(t->bev);
	t->phase = TRANSPORT_DIAL;
	t->bev = bufferevent_socket_new(
	    t->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!t->bev) {
		transport_end(t, "out of memory");
		return;
	}
	bufferevent_setcb(t->bev, transport_readable, NULL, transport_event, t);
	if (bufferevent_socket_connect(t->bev, to, (int)n) != 0 &&
	    t->phase == TRANSPORT_DIAL)
		transport_dial_failed(t, errno);
}

static void
transport_dial_next(struct transport *t)
{
	struct addrinfo *to = t->next;
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (!to) {
		transport_end(t, t->first_refusal);
		return;
	}
	t->next = to->ai_next;
	if (getnameinfo(to->ai_addr, to->ai_addrlen, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		host[0] = port[0] = '\0';
	t->dialled = arena_printf(t->x->arena,
	    strchr(host, ':') ? "tcp [%s]:%s" : "tcp %s:%s", host, port);
	transport_dial(t, to->ai_addr, to->ai_addrlen);
}

/* The first name server, which Go names when it finds no address. */
static char *
transport_name_server(struct arena *a)
{
	FILE *f = fopen("/etc/resolv.conf", "re");
	char line[256], *rest, *key, *word;
	char *found = NULL;

	while (f && !found && fgets(line, sizeof(line), f)) {
		key = strtok_r(line, " \t\n", &rest);
		word = key ? strtok_r(NULL, " \t\n", &rest) : NULL;
		if (word && strcmp(key, "nameserver") == 0)
			found = arena_printf(
			    a, strchr(word, ':') ? "[%s]:53" : "%s:53", word);
	}
	if (f)
		fclose(f);
	return found ? found : arena_strdup(a, "127.0.0.1:53");
}

/* Connects to the socket, the proxy or the host of the URL; a name is looked
 * up first. */
static void
transport_start(struct transport *t)
{
	const struct address *to = t->x->proxy ? t->x->proxy : &t->x->url;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char *host = address_hostname(t->x->arena, to);
	int failed;

	if (t->x->url.socket) {
		t->dialled = arena_printf(
		    t->x->arena, "unix %s", t->x->url.socket);
		if (strlen(t->x->url.socket) >= sizeof(un.sun_path)) {
			transport_dial_failed(t, EINVAL);
			return;
		}
		memcpy(un.sun_path, t->x->url.socket, strlen(t->x->url.socket));
		transport_dial(t, (struct sockaddr *)&un, sizeof(un));
		return;
	}
	failed = getaddrinfo(
	    host, address_port(t->x->arena, to), &hints, &t->addresses);
	if (failed) {
		transport_end(t,
		    arena_printf(t->x->arena, "dial tcp: lookup %s on %s: %s",
			host, transport_name_server(t->x->arena),
			failed == EAI_AGAIN ? "server misbehaving"
					    : "no such host"));
		return;
	}
	t->next = t->addresses;
	transport_dial_next(t);
}

static void
transport_late(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;

	(void)fd;
	(void)what;
	t->x->timed_out = true;
	transport_end(t, "context deadline exceeded");
}

bool
exchange_run(struct exchange *x)
{
	struct transport t = { .x = x, .check = { .arena = x->arena } };
	struct event *timer = NULL;
	struct timeval tv = { .tv_sec = x->deadline_ms / 1000,
		.tv_usec = (suseconds_t)(x->deadline_ms % 1000 * 1000) };

	buf_init(&x->reply_body, TRANSPORT_BODY_MAX);
	t.base = event_base_new();
	if (!t.base) {
		x->why = "out of memory";
		return false;
	}
	if (x->deadline_ms)
		timer = evtimer_new(t.base, transport_late, &t);
	if (timer)
		evtimer_add(timer, &tv);
	transport_start(&t);
	if (t.phase != TRANSPORT_DONE)
		event_base_dispatch(t.base);
	if (t.bev)
		bufferevent_free(t.bev);
	if (timer)
		event_free(timer);
	/* What is deferred by bufferevents is freed in one more turn. */
	event_base_loop(t.base, EVLOOP_NONBLOCK);
	event_base_free(t.base);
	if (t.addresses)
		freeaddrinfo(t.addresses);
	return !x->why;
}
