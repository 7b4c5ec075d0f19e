/*
 * A network between processes: each node listens on its cluster address and
 * connects to every peer that it knows, by TLS 1.3. All nodes of a cluster have
 * one certificate and its key; whoever has not is refused, at both ends.
 *
 * What is sent to a node that is not there is lost, as is what does not fit
 * into its queue: consensus repeats itself, and who forwards a request hears
 * that the node is gone. No function here waits.
 */
#ifndef MV_CLUSTER_TCP_NETWORK_H
#define MV_CLUSTER_TCP_NETWORK_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "clock/clock.h"
#include "clock/random.h"

struct tcp_network;

/* The functions may call all of these but tcp_network_free. */
struct tcp_network_options {
	struct event_base *base;
	struct clock *clock;   /* of back-off, time limits and latency */
	struct random *random; /* of back-off and losses */
	const struct log *log;
	void *arg;
	/* A message of consensus. */
	void (*on_message)(void *arg, uint64_t from, struct slice bytes);
	/* What peers ask (over a link, which tcp_network_answer takes) and
	 * answer; a link or a peer that is gone. NULL: nobody forwards. */
	void (*on_request)(void *arg, uint64_t link, struct slice bytes);
	void (*on_answer)(void *arg, uint64_t from, struct slice bytes);
	void (*on_link_closed)(void *arg, uint64_t link);
	/* The connection to a peer stands, or is broken. */
	void (*on_peer)(void *arg, uint64_t id, bool up);
	/* Was a node that calls removed? It is told so, once it has shown the
	 * cluster's certificate, and hears it as on_removed. Both may be NULL.
	 */
	bool (*is_removed)(void *arg, uint64_t id);
	void (*on_removed)(void *arg);
};

/* Who this node is; texts are copied. */
struct tcp_identity {
	uint64_t id;
	const char *schema;	       /* a node with another one is refused */
	const char *certificate, *key; /* PEM */
};

/* What is done to messages for a peer; zeroed: nothing. */
struct tcp_link {
	int64_t latency_ns;
	uint32_t loss_ppm; /* of consensus' messages, in a million */
	bool cut;	   /* no connection in either direction */
};

struct tcp_network *tcp_network_new(const struct tcp_network_options *o);
/* Connections are closed; on_peer and on_link_closed are not called. NULL is
 * allowed. */
void tcp_network_free(struct tcp_network *n);

/* Binds "127.0.0.1:8201"; port 0: the kernel's choice. The host is an IP
 * address, "localhost", or empty for any. Once. */
bool tcp_network_listen(
    struct tcp_network *n, const char *address, struct error *e);
int tcp_network_port(const struct tcp_network *n);

/* From now on it connects and is connected to. False: the certificate or key is
 * none. */
bool tcp_network_start(
    struct tcp_network *n, const struct tcp_identity *i, struct error *e);
/* Closes every connection; the peers are forgotten, the address stays bound and
 * refuses. */
void tcp_network_stop(struct tcp_network *n);

/* Where a peer is; NULL: it is one no longer, and calls anew if it likes.
 * False: the text is no address. */
bool tcp_network_set_peer(
    struct tcp_network *n, uint64_t id, const char *address);
/* Does the connection to it stand? */
bool tcp_network_is_up(const struct tcp_network *n, uint64_t id);
/* For how long it has not; 0 while it does, or nobody knows the peer. */
int64_t tcp_network_away_ns(const struct tcp_network *n, uint64_t id);

/* Each false: it was not sent; bytes are copied. A message of consensus; a
 * request to a peer, which comes as its on_request; an answer over a link. */
bool tcp_network_send(struct tcp_network *n, uint64_t to, struct slice bytes);
bool tcp_network_ask(struct tcp_network *n, uint64_t to, struct slice bytes);
bool tcp_network_answer(
    struct tcp_network *n, uint64_t link, struct slice bytes);

/* Nothing is read, written or accepted meanwhile, as of a stopped process. */
void tcp_network_pause(struct tcp_network *n, bool paused);
void tcp_network_set_link(
    struct tcp_network *n, uint64_t to, const struct tcp_link *link);
/* What is done to messages for it now; a peer that is new has a zeroed one.
 * False: it is no peer. */
bool tcp_network_get_link(
    const struct tcp_network *n, uint64_t to, struct tcp_link *link);

#endif
