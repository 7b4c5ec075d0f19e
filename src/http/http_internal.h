/*
 * What the files of http/ share; nobody else includes it.
 */
#ifndef MV_HTTP_HTTP_INTERNAL_H
#define MV_HTTP_HTTP_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "http/http.h"
#include "http/parse.h"
#include "clock/clock.h"

/* A buffer that grew beyond this is given back after its answer. A client may
 * send as much ahead while its request waits. */
#define CONN_SPARE_BYTES ((size_t)64 << 10)
#define WIRE_CERTS (WIRE_CERT_SELF_SIGNED + 1)

struct http_server {
	struct event_base *base;
	struct api *api;
	struct clock *clock; /* what answers tell */
	struct clock *real;  /* what faults wait on */
	const struct log *log;
	struct http_listener *listeners;
	struct conn *conns;
	struct conn *held;
	struct conn *dying;
	struct peek *peeks;
	int requests; /* handed over and not yet answered */
	bool stopping;
	enum wire_gate gate;
	struct alarm reopen; /* to bind or to accept once more */
	int64_t ids;  /* connections so far */
	http_cert_fn make_cert;
	void *make_cert_arg;
	const int64_t *skew; /* NULL: none */
	int64_t date_second;
	char date[64];
	struct http_head head; /* of the request being read, one at a time */
};

struct http_listener {
	struct http_listener *next;
	struct http_server *server;
	struct evconnlistener *accept; /* NULL while refused */
	struct sockaddr_storage address; /* as bound */
	int address_len;
	SSL_CTX *tls;
	SSL_CTX *profiles[WIRE_CERTS]; /* made when first asked for */
	struct tls_files files; /* texts are ours */
	struct http_limits limits;
	char *unix_path;
	bool admin;
	evutil_socket_t *fillers; /* ours, in the queue of a black hole */
	int nfillers;
};

/* What a rule said about a connection, with texts of its own. */
struct manners {
	struct wire_conn wire;
	char tls_min[8];
	char tls_max[8];
	char alpn[64];
};

/* How far a connection has come before its first request. */
enum stage {
	STAGE_ACCEPT, /* nothing said, nothing read */
	STAGE_LOOK,   /* its first byte will show what it is */
	STAGE_HELLO,  /* it has come */
	STAGE_SERVE,
};

/* Who connected. */
struct caller {
	evutil_socket_t fd;
	int64_t id;
	struct manners *manners; /* owned; NULL: served as usual */
	enum stage stage;
	int port;
	char peer[64];
};

enum conn_state {
	CONN_HEAD,
	CONN_BODY,
	CONN_BUSY, /* the request is with the api */
	CONN_SHAPED, /* its answer goes out as a fault wants it */
	CONN_DONE, /* nothing more will be read */
};

struct conn {
	struct conn *next, *prev;
	struct conn *next_held, *next_dying;
	struct http_server *server;
	struct http_listener *listener;
	struct bufferevent *bev;
	struct ev_token_bucket_cfg *rate; /* NULL: as fast as it goes */
	enum conn_state state;
	struct http_chunks chunks;
	struct request *request;
	struct shaper *shaper;
	struct buf body;
	struct buf out; /* answers that wait for http_flush */
	int64_t left;	/* body bytes announced; -1: chunked or none */
	int64_t nth;	/* requests so far */
	char *tls_text; /* made for the first request */
	int minor;
	int timeout;
	bool tls;
	bool raw; /* not yet served: it waits for a fault to end */
	bool chunked;
	bool held;
	bool dying;
	bool in_read;
	bool close_after;
	bool lingering;
	bool choked; /* sent too far ahead: reading has stopped */
	struct caller who;
};

/* listen.c */
void listeners_gate(struct http_server *s, enum wire_gate gate);
void listener_free(struct http_listener *l);

/* greet.c: from accept to the first request. */
void greet_accepted(struct http_listener *l, evutil_socket_t fd,
    const struct sockaddr *sa, int len);
/* Goes on from who->stage; takes the socket and the manners. */
void greet(struct http_listener *l, const struct caller *who);
/* Who has not said anything yet is dropped; or reset, but for the admin's. */
void peeks_drop(struct http_server *s, bool reset);

/* reader.c */
/* As much as has come. */
void conn_read(struct conn *c);

/* conn.c */
/* s of silence that end it; 0: any. */
void conn_timeout(struct conn *c, int seconds);
void conn_new(struct http_listener *l, const struct caller *who);
/* Nothing is read: w's waits, garbage and end, then greet() again. */
void conn_raw(struct http_listener *l, const struct caller *who,
    const struct wire *w);
void conn_free(struct conn *c);
void conn_send(struct conn *c);
void conn_stop(struct conn *c);
void conn_write(struct conn *c, const char *p, size_t n);
bool conn_drained(const struct conn *c);
/* The ways a shaped answer ends; the shaper is gone but after mute. */
void conn_go_on(struct conn *c);
void conn_finish(struct conn *c);
void conn_mute(struct conn *c);
void conn_reset(struct conn *c);

/* answer.c */
#define ANSWER_CHUNKED (-1)
/* Head of an answer with length bytes of body, ANSWER_CHUNKED for no end. */
void answer_head(struct conn *c, struct buf *out, const struct reply *r,
    int64_t length);
bool answer_bodiless(const struct reply *r);

/* shaper.c */
/* Takes the reply's body. Nothing goes out before shaper_start. */
struct shaper *shaper_new(struct conn *c, const struct wire *w,
    struct reply *r, bool head_only);
void shaper_start(struct shaper *sh);
/* The connection's output has gone to the socket. */
void shaper_written(struct shaper *sh);
void shaper_free(struct shaper *sh);

/* An RST instead of a FIN once it is closed. */
void socket_abort(evutil_socket_t fd);

#endif
