/*
 * What the files of the network between processes share. Only they include it.
 */
#ifndef MV_CLUSTER_TCP_INTERNAL_H
#define MV_CLUSTER_TCP_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "cluster/net/address.h"
#include "cluster/net/frame.h"
#include "cluster/net/tcp_network.h"

#define TCP_CONNECT_NS ((int64_t)10 * 1000000000)
#define TCP_RETRY_MIN_NS ((int64_t)100 * 1000000)
#define TCP_RETRY_MAX_NS ((int64_t)5 * 1000000000)
/* What may lie in a connection's buffers, below its queues. */
#define TCP_BUFFER_BYTES ((size_t)256 << 10)
/* What may wait in a queue; a message alone may be longer. */
#define TCP_WAITING_RAFT ((size_t)8 << 20)
#define TCP_WAITING_FORWARD ((size_t)64 << 20)
#define TCP_ACCEPTED_MAX 256
/* A peer that takes nothing for so long is gone. */
#define TCP_SILENT_MS 15000

struct tcp_message {
	struct tcp_message *next;
	int64_t at_ns; /* not before */
	size_t sent;
	struct buf bytes;
};

struct tcp_queue {
	struct tcp_message *first, **end;
	size_t waiting; /* bytes */
};

/* One connection, in either direction. */
struct tcp_conn {
	struct tcp_conn *next, *prev;
	struct tcp_network *network;
	struct tcp_peer *peer; /* whom we have called; NULL: it was accepted */
	struct bufferevent *bev;
	uint64_t link; /* its number, while it is accepted */
	uint64_t from; /* the other's number, once it has said hello */
	bool ready;
	bool reading; /* its bytes are being handled */
	bool closed;  /* meanwhile */
	struct frame_reader reader;
	struct tcp_queue queues[NLANES];
	int lane; /* the last that a piece was taken of */
	struct alarm deadline, delay;
};

struct tcp_peer {
	struct tcp_peer *next;
	struct tcp_network *network;
	uint64_t id;
	struct cluster_address address;
	int family;	       /* of the address to call */
	struct tcp_conn *conn; /* NULL: waits for the retry */
	struct alarm retry;
	int64_t backoff_ns;
	int64_t away_since_ns; /* while there is no connection */
	bool told;	       /* the log knows that it is away */
	struct tcp_link link;
};

struct tcp_network {
	struct tcp_network_options options;
	struct evconnlistener *listener;
	struct evdns_base *dns; /* NULL: no name was asked for yet */
	struct alarm reopen;
	int port;
	bool paused;
	/* Of the identity; tls NULL: it is stopped. */
	SSL_CTX *tls;
	X509 *certificate;
	uint64_t id;
	char *schema;
	struct tcp_peer *peers;
	struct tcp_conn *conns;
	int naccepted;
	uint64_t last_link;
};

/* cluster_tls.c: the context of both ends; the certificate, which the context
 * has a pointer to. */
SSL_CTX *cluster_tls_new(
    const char *certificate, const char *key, X509 **pinned, struct error *e);

/* tcp_conn.c */
/* Begins to call a peer, or takes a socket that was accepted. False: there is
 * no memory, or no way. */
bool tcp_conn_call(struct tcp_peer *p);
void tcp_conn_accept(struct tcp_network *n, evutil_socket_t fd);
/* Closes it; tell: the network's functions hear of it, and a peer is called
 * again. */
void tcp_conn_close(struct tcp_conn *c, bool tell);
bool tcp_conn_send(
    struct tcp_conn *c, enum frame_lane lane, struct slice bytes);
void tcp_conn_pause(struct tcp_conn *c, bool paused);
/* The connection to a peer did not come about, or broke: its alarm is set. */
void tcp_peer_retry(struct tcp_peer *p, const char *why);
struct tcp_peer *tcp_peer_find(const struct tcp_network *n, uint64_t id);

#endif
