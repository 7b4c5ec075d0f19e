/*
 * bare: the yardstick of the benchmarks. A libevent server that answers every
 * request head with one fixed reply through bufferevents and knows nothing
 * else. Prints its port and serves until it is killed.
 *
 * It takes each blank line for the end of a request and Content-Length bytes
 * after it for the body, so it serves what wrk sends and nothing more.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char answer[] = "HTTP/1.1 200 OK\r\n"
			     "Cache-Control: no-store\r\n"
			     "Content-Type: application/json\r\n"
			     "Content-Length: 2\r\n"
			     "\r\n"
			     "{}";

/* Bytes of the body that a request head announces. */
static size_t
body_length(const char *head, size_t n)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *found = memmem(head, n, name, sizeof(name) - 1);

	return found ? strtoul(found + sizeof(name) - 1, NULL, 10) : 0;
}

static void
readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);

	(void)arg;
	for (;;) {
		struct evbuffer_ptr end = evbuffer_search(
		    in, "\r\n\r\n", 4, NULL);
		size_t head, body;

		if (end.pos < 0)
			return;
		head = (size_t)end.pos + 4;
		body = body_length(
		    (const char *)evbuffer_pullup(in, (ssize_t)head), head);
		if (evbuffer_get_length(in) < head + body)
			return;
		evbuffer_drain(in, head + body);
		bufferevent_write(bev, answer, sizeof(answer) - 1);
	}
}

static void
ended(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

static void
accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int len, void *base)
{
	struct bufferevent *bev = bufferevent_socket_new(
	    base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)listener;
	(void)peer;
	(void)len;
	bufferevent_setcb(bev, readable, NULL, ended, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

int
main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	struct event_base *base = event_base_new();
	struct evconnlistener *listener;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(base, accepted, base,
	    LEV_OPT_CLOSE_ON_FREE, 128, (struct sockaddr *)&at, len);
	if (!listener)
		return 1;
	getsockname(
	    evconnlistener_get_fd(listener), (struct sockaddr *)&at, &len);
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return event_base_dispatch(base) < 0;
}
