/*
 * What the files of proxy/ share. Only files of proxy/ include it.
 */
#ifndef MV_PROXY_PROXY_INTERNAL_H
#define MV_PROXY_PROXY_INTERNAL_H

#include <event2/bufferevent.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "clock/clock.h"
#include "core/worker.h"
#include "base/http/parse.h"
#include "proxy/proxy.h"
#include "proxy/record.h"

#define UPSTREAM_ADDRESSES_MAX 16
#define UPSTREAM_IDLE_MAX 64
#define UPSTREAM_IDLE_NS ((int64_t)60 * 1000000000)
#define UPSTREAM_CONNECT_NS ((int64_t)10 * 1000000000)
/* How long the addresses of a name are used. */
#define UPSTREAM_LOOKUP_NS ((int64_t)30 * 1000000000)
/* What is taken at once, and what may wait on its way, in either direction. */
#define PROXY_PIECE_BYTES ((size_t)64 << 10)
#define PROXY_WAITING_BYTES ((size_t)256 << 10)
/* An answer that a rule changes is held whole, up to this. */
#define PROXY_HELD_ANSWER_BYTES ((size_t)32 << 20)

struct upstream_address {
	struct sockaddr_storage to;
	socklen_t n;
};

/* The addresses of the upstream's name, looked up on a thread. */
struct exchange;

struct upstream_lookup {
	struct worker_job job; /* first */
	struct proxy *proxy;
	char *host, *port; /* its own */
	bool numeric;	   /* an address: nothing is asked */
	bool running;
	struct upstream_address found[UPSTREAM_ADDRESSES_MAX];
	int nfound;
	int error; /* of getaddrinfo */
};

/* What an exchange hears of its connection; exchange.c's. */
struct upstream_events {
	void (*on_ready)(struct exchange *x);
	/* The addresses are known, or why they are not. */
	void (*on_lookup)(struct exchange *x, const char *failure);
	void (*on_read)(struct exchange *x);
	void (*on_written)(struct exchange *x);
	/* failure is NULL when the upstream has closed it in order. */
	void (*on_closed)(struct exchange *x, const char *failure);
};

struct proxy {
	struct event_base *base;
	const struct upstream_events *events;
	struct api *api;
	struct clock *real;
	struct proxy_settings settings;
	char *url;	 /* without what follows the authority */
	char *host;	 /* without brackets */
	char *authority; /* host and port as the URL has them */
	SSL_CTX *tls;	 /* NULL: plain HTTP */
	struct upstream_lookup lookup;
	struct upstream_address addresses[UPSTREAM_ADDRESSES_MAX];
	int naddresses;
	int64_t looked_up_ns;	   /* real; 0: never */
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct exchange *exchanges;
	struct upstream_conn *idle; /* the last used first */
	int nidle;
	struct http_head head; /* of the answer being read, one at a time */
};

/* A connection to the upstream: an exchange has it, or it is idle. */
struct upstream_conn {
	struct upstream_conn *next, *prev; /* of the idle ones */
	struct proxy *proxy;
	struct bufferevent *bev;
	struct exchange *exchange; /* NULL: idle */
	bool reused;
	struct alarm idle_alarm;
};

enum exchange_stage {
	EXCHANGE_BEGIN,
	EXCHANGE_LOOKUP, /* the upstream's addresses are not known yet */
	EXCHANGE_CONNECT,
	EXCHANGE_HEAD, /* its answer's head is awaited */
	EXCHANGE_BODY,
};

/* One request and its answer. */
struct exchange {
	struct exchange *next, *prev;
	struct proxy *proxy;
	struct request *request;
	struct upstream_conn *conn;
	enum exchange_stage stage;
	struct alarm alarm; /* begin, then the time limits */
	int tried;	    /* addresses so far */
	bool retried;
	bool request_chunked;
	bool request_sent; /* all of it is written */
	struct buf piece;
	struct http_chunks chunks;
	bool chunked;
	bool keep_alive;
	int64_t body_left; /* of the answer; -1: to the connection's end */
	bool holding;	   /* the answer is kept until all of it is there */
	struct buf held;
	struct buf copy;    /* of what is passed on, for the recording */
	int64_t body_bytes; /* of the answer's body so far */
	bool paused;	    /* the client takes it more slowly than it comes */
	bool ended;	    /* the upstream has closed the connection */
};

/* upstream.c: connections. */
/* Gives the exchange an idle connection or a new one; it hears of it by
 * on_ready or on_closed. */
void upstream_acquire(struct exchange *x);
/* Tries the next address; false: there is none. */
bool upstream_connect_next(struct exchange *x);
/* The exchange has done with its connection. */
void upstream_keep(struct upstream_conn *c);
void upstream_drop(struct upstream_conn *c);
bool upstream_read_url(struct proxy *p, struct error *e);
void upstream_release(struct proxy *p);

/* upstream_tls.c */
SSL_CTX *upstream_tls_context(
    const struct proxy_settings *settings, struct error *e);
/* NULL: no memory. */
SSL *upstream_tls_new(const struct proxy *p);
/* Why the handshake has failed, into out; false: it has not. */
bool upstream_tls_failure(struct bufferevent *bev, char *out, size_t size);

extern const struct upstream_events exchange_events;

#endif
