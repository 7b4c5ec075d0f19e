/*
 * What the files of http/ share; nobody else includes it.
 */
#ifndef MV_HTTP_HTTP_INTERNAL_H
#define MV_HTTP_HTTP_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "http/http.h"
#include "http/parse.h"

/* A buffer that grew beyond this is given back after its answer. */
#define CONN_SPARE_BYTES ((size_t)64 << 10)

struct http_server {
	struct event_base *base;
	struct api *api;
	struct clock *clock;
	struct http_listener *listeners;
	struct conn *conns;
	struct conn *held;
	struct conn *dying;
	struct peek *peeks;
	int requests; /* handed over and not yet answered */
	bool stopping;
	int64_t date_second;
	char date[64];
};

struct http_listener {
	struct http_listener *next;
	struct http_server *server;
	struct evconnlistener *accept;
	SSL_CTX *tls;
	struct tls_files files; /* texts are ours */
	struct http_limits limits;
	char *unix_path;
	bool admin;
};

enum conn_state {
	CONN_HEAD,
	CONN_BODY,
	CONN_BUSY, /* the request is with the api */
	CONN_DONE, /* nothing more will be read */
};

struct conn {
	struct conn *next, *prev;
	struct conn *next_held, *next_dying;
	struct http_server *server;
	struct http_listener *listener;
	struct bufferevent *bev;
	enum conn_state state;
	struct http_head head;
	struct http_chunks chunks;
	struct request *request;
	struct buf body;
	struct buf out; /* answers that wait for http_flush */
	int64_t left;	/* body bytes announced; -1: chunked or none */
	int minor;
	int timeout;
	bool tls;
	bool held;
	bool dying;
	bool in_read;
	bool close_after;
	bool lingering;
	char peer[64];
	int peer_port;
};

void conn_new(struct http_listener *l, evutil_socket_t fd, const char *peer,
    int port);
void conn_free(struct conn *c);
void conn_send(struct conn *c);
void conn_stop(struct conn *c);

#endif
