/*
 * What the files of http/ share. Only files of http/ include it.
 */
#ifndef MV_HTTP_HTTP_INTERNAL_H
#define MV_HTTP_HTTP_INTERNAL_H

#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "http/http.h"
#include "base/http/parse.h"
#include "clock/clock.h"

/* A buffer that grew beyond this is given back after its answer. A client may
 * send as much ahead while its request waits. */
#define CONN_KEPT_BUFFER_BYTES ((size_t)64 << 10)
/* While so many bytes of answers wait for their client, none of its further
 * requests is read. */
#define CONN_OUTPUT_MAX_BYTES ((size_t)256 << 10)
/* What is kept of bodies of all connections; a request beyond gets a 503. */
#define HTTP_BODIES_MAX_BYTES ((size_t)512 << 20)
/* How long a request that a fault delays, or an answer that does not move,
 * outlives its client's FIN. A client that closed its socket and one that
 * closed it in one direction look the same. */
#define HALF_CLOSED_GRACE_NS ((int64_t)5 * 1000000000)
#define CERT_PROFILE_COUNT (FAULT_CERT_SELF_SIGNED + 1)

struct http_server {
	struct event_base *base;
	struct http_tenant own;	  /* of http_new */
	struct clock *real_clock; /* for the delays of faults */
	const struct log *log;
	struct http_listener *listeners;
	struct conn *conns;
	struct conn *flush_list;
	struct conn *closing_list;
	struct pending_accept *pending_accepts;
	int active_requests; /* handed over and not yet answered */
	size_t body_bytes;   /* of the requests under way */
	size_t body_bytes_max;
	bool stopping;
	bool local_only;	   /* see http_set_local_only */
	size_t stream_bytes;	   /* see http_set_streaming */
	bool shared;		   /* see http_set_shared */
	struct alarm reopen_alarm; /* to bind or to accept once more */
	int64_t conn_ids;	   /* connections so far */
	http_cert_fn make_cert;
	void *make_cert_arg;
	http_find_fn find_space; /* NULL: there are none */
	void *find_space_arg;
	void (*on_conn_end)(void *arg, int64_t conn_id);
	void *on_conn_end_arg;
	int64_t date_s;
	char date_line[64];
	char hostname[256];	/* X-Vault-Hostname; "": none */
	char raft_node_id[256]; /* X-Vault-Raft-Node-ID; "": none */
	struct http_head head;	/* of the request being read, one at a time */
};

struct http_listener {
	struct http_listener *next;
	struct http_server *server;
	struct http_tenant *tenant;
	struct evconnlistener *evlistener; /* NULL while refused */
	struct sockaddr_storage address;   /* as bound */
	int address_len;
	SSL_CTX *tls;
	SSL_CTX *profiles[CERT_PROFILE_COUNT]; /* made when first asked for */
	struct tls_files files;		       /* texts are ours */
	struct http_limits limits;
	struct arena *settings_arena;  /* NULL: none were set */
	struct http_settings settings; /* texts in settings_arena */
	char *unix_path;
	bool admin;
	evutil_socket_t *queue_fillers; /* ours, in the queue of a black hole */
	int nqueue_fillers;
};

/* What a rule says about a connection; strings are copies. */
struct conn_faults_copy {
	struct conn_faults faults;
	char tls_min[8];
	char tls_max[8];
	char alpn[64];
};

/* How far a connection has come before its first request. */
enum accept_stage {
	STAGE_ACCEPT,	  /* nothing said, nothing read */
	STAGE_PROXY,	  /* its PROXY header comes first */
	STAGE_FIRST_BYTE, /* its first byte will show what it is */
	STAGE_TLS_HELLO,  /* it has come */
	STAGE_SERVE,
};

/* Who connected. */
struct accepted_socket {
	evutil_socket_t fd;
	int64_t id;
	struct conn_faults_copy *conn_faults; /* owned; NULL: served as usual */
	enum accept_stage stage;
	int header_looks; /* how often a part of a PROXY header was seen */
	int port;
	char peer[64];
};

/* An answer in a connection's buffer that holds only if the store commits. */
struct unsure_response {
	const struct http_tenant *tenant;
	size_t start, end; /* its bytes */
	bool head_only;
	bool close_after;
};

enum conn_state {
	CONN_HEAD,
	CONN_BODY,
	CONN_BUSY,	/* the request is with the api */
	CONN_THROTTLED, /* its answer goes out as a fault wants it */
	CONN_DONE,	/* nothing more will be read */
};

struct conn {
	struct conn *next, *prev;
	struct conn *next_flush, *next_closing;
	struct http_server *server;
	struct http_listener *listener;
	struct http_tenant *tenant; /* whom its last request asks */
	struct bufferevent *bev;
	struct ev_token_bucket_cfg *rate_limit; /* NULL: as fast as it goes */
	enum conn_state state;
	struct http_chunks chunks;
	struct request *request;
	struct throttle *throttle;
	struct buf body;
	struct buf out;	       /* answers that wait for http_flush */
	struct buf unsure;     /* struct unsure_response: which of them say what
				  is not yet committed */
	int64_t body_left;     /* body bytes announced; -1: chunked or none */
	int64_t body_taken;    /* of them, once the request has its beginning */
	int64_t request_count; /* requests so far */
	int64_t answered_ns;   /* vault's clock: the last answer; 0: none */
	char *tls_text;	       /* made for the first request */
	int minor;
	int timeout_s;
	int64_t head_ns; /* real: when the head of the request was whole */
	int64_t request_began_ns; /* real: its first byte came; 0: it did not */
	size_t body_counted;	  /* bytes in the server's body_bytes */
	bool tls;
	bool watched;  /* http_watch_end */
	bool gated;    /* its request waits for its tenant's gate */
	bool unserved; /* not yet served: it waits for a fault to end */
	bool chunked;
	bool body_open;	     /* handed over, and more of its body is to come */
	bool answer_chunked; /* an answer that streams */
	bool in_flush_list;
	bool closing;
	bool in_read;
	bool close_after;
	bool lingering;
	struct alarm read_alarm;  /* real: head or body took too long */
	struct alarm write_alarm; /* real: http_write_timeout is over */
	struct alarm gone_alarm; /* real: who has sent its FIN counts as gone */
	bool peer_finished;	 /* it has sent its FIN and waits for answers */
	int64_t bytes_written;	 /* of answers, so far */
	int64_t bytes_at_grace;	 /* the same when gone_alarm was set */
	bool reading_paused;	 /* sent too far ahead: reading has stopped */
	bool output_full; /* the next request waits until answers went out */
	/* With unserved: who has the socket once the fault has ended. */
	void (*on_served)(
	    struct http_listener *l, const struct accepted_socket *from);
	struct accepted_socket accepted;
};

/* listen.c */
void listen_set_gates(struct http_server *s);
/* Closes it and takes it out of its server's list. */
void listener_remove(struct http_listener *l);
void listener_free(struct http_listener *l);

/* accept.c: from accept to the first request. */
void accept_new_socket(struct http_listener *l, evutil_socket_t fd,
    const struct sockaddr *sa, int len);
/* Goes on from accepted->stage. Takes the socket and conn_faults. */
void accept_continue(
    struct http_listener *l, const struct accepted_socket *accepted);
/* Goes on with the connections that local_only held. */
void accept_release_held(struct http_server *s);
/* Drops the connections of a tenant's listeners (NULL: all) that have sent
 * nothing yet. With reset they get an RST, and those of the admin's listener
 * stay. */
void accept_drop_pending(
    struct http_server *s, const struct http_tenant *t, bool reset);

/* settings.c */
void listener_settings_release(struct http_listener *l);
/* Is this address in one of the CIDRs? An empty list has none. */
bool http_address_is_listed(const char *const *cidrs, const char *address);
/* Sets req->peer by X-Forwarded-For, or req->refusal. */
void http_apply_forwarded_for(
    const struct http_settings *settings, struct request *req);

/* proxy_protocol.c */
enum proxy_header {
	PROXY_HEADER_NONE,    /* it does not begin with one */
	PROXY_HEADER_PARTIAL, /* more must come */
	PROXY_HEADER_BAD,
	PROXY_HEADER_LOCAL,   /* whole, without an address */
	PROXY_HEADER_ADDRESS, /* whole: peer and port are set */
};
/* Reads the PROXY header, version 1 or 2, at the start of bytes. *used is its
 * length when it is whole. peer has 64 bytes. */
enum proxy_header proxy_header_parse(
    const char *bytes, size_t n, size_t *used, char *peer, int *port);
#define PROXY_HEADER_MAX ((size_t)4096)

/* stream.c */
/* Lets a request's handler pass bodies on piece by piece. */
void stream_offer(struct request *req);
/* Is a longer body handed over before all of it has come? */
bool stream_is_wanted(const struct conn *c);
/* Tells the handler that more of the body is there. */
void stream_on_body(struct conn *c);
/* The end of an answer that was written piece by piece. */
void stream_finish(struct conn *c, const struct request *req);

/* Takes what has come of a body of known length: at most max bytes to out.
 * True: that was the end of it. */
bool stream_take_sized(struct conn *c, struct buf *out, size_t max);

/* space.c */
/* Which space does the request that was just read name, whose n headers those
 * are? The prefixes are taken off the target and the token. */
void space_read_name(struct request *req, struct header *headers, int n);
/* The answer where there is no such space. */
void space_write_unknown(struct request *req);
/* The paths of its answer's Location begin with the prefix again. */
void space_fix_location(struct request *req);

/* reader.c */
/* Hands a whole request to the api of its tenant. */
void conn_hand_over(struct conn *c);
/* Handles every whole request that has come, one after the other. */
void conn_read(struct conn *c);
/* The head or the body of a request was not whole in time. */
void conn_read_too_slow(struct conn *c);
/* The time for the head of the first request begins. */
void conn_expect_first_head(struct conn *c);
/* Answers went out: goes on with what waited for that. */
void conn_output_went_out(struct conn *c);

/* conn.c */
/* Serves a socket from its first request on. Takes it and its conn_faults. */
void conn_new(struct http_listener *l, const struct accepted_socket *accepted);
/* Nothing is read: the fault's waits, garbage and end; then, when the fault
 * ends in keep-alive, the socket goes to `then`. Takes it and its conn_faults.
 */
void conn_new_unserved(struct http_listener *l,
    const struct accepted_socket *accepted, const struct response_fault *fault,
    void (*then)(struct http_listener *l, const struct accepted_socket *from));
/* Closes the socket and frees the connection; not inside its callbacks. */
void conn_free(struct conn *c);
/* Frees those that have ended; not inside their callbacks. */
void conn_reap_closing(struct http_server *s);
/* Closes it when it is idle, else after its answer. */
void conn_stop(struct conn *c);

/* waiting_responses.c */
/* The connection has written an answer to its buffer, where it waits. */
void waiting_responses_add(struct conn *c);
/* The bytes from start on are an answer that needs the commit. */
void waiting_responses_mark_unsure(
    struct conn *c, size_t start, bool head_only);

/* Sends every answer that waits. */
void waiting_responses_flush(struct http_server *s);

/* conn_output.c */
/* Ends the connection if nothing comes for so long; 0 s: it may be silent. */
void conn_set_timeout(struct conn *c, int timeout_s);
/* Writes n bytes: to the socket, or behind what waits already. */
void conn_write(struct conn *c, const char *p, size_t n);
void conn_write_taken(struct conn *c, struct buf *b);
/* Has the socket taken all that was written? */
bool conn_is_drained(const struct conn *c);
/* Has every answer gone out, and will there be no other? */
bool conn_is_all_sent(const struct conn *c);
/* Ends it behind the last answer, as Go does: TLS first, then the socket. */
void conn_last_response_written(struct conn *c);
/* Nothing is read or written any more; http_flush frees it. */
void conn_mark_closing(struct conn *c);
/* The ends of a throttled answer, once its throttle is freed. */
/* Reads what has come, once this pass is over. */
void conn_read_in_next_pass(struct conn *c);
/* Goes on with the next request, or gives the socket to on_served. */
void conn_next_request(struct conn *c);
/* Ends it with a FIN behind what was written. */
void conn_finish(struct conn *c);
/* Goes on reading, if that was paused. */
void conn_resume_reading(struct conn *c);
/* Tells the handler of a request that the client has taken what was written of
 * its answer. */
void conn_tell_room(struct conn *c);
/* Drops what comes from now on; the throttle may live on. */
void conn_stop_reading(struct conn *c);
/* Ends it with an RST; the api hears that the client is gone. */
void conn_reset(struct conn *c);
/* An RST instead of a FIN once it is closed. */
void socket_abort(evutil_socket_t fd);

/* respond.c */
/* Writes an answer to the connection's buffer. */
void conn_put_response(struct conn *c, const struct reply *r, bool head_only);
#define RESPONSE_CHUNKED (-1)
#define RESPONSE_TO_END (-2) /* the body ends with the connection */
/* Adds the head of an answer to out. length is that of the body in bytes, or
 * RESPONSE_CHUNKED or RESPONSE_TO_END. */
void response_put_head(
    struct conn *c, struct buf *out, const struct reply *r, int64_t length);
/* Is it an answer whose status allows no body (204, 304)? */
bool response_has_no_body(const struct reply *r);

/* throttle.c */
/* An answer that goes out as w says, from throttle_start on. Takes the reply's
 * body; a NULL reply is none. head_only: the request was a HEAD. throttle_free
 * ends it, before or after its end. */
struct throttle *throttle_new(struct conn *c, const struct response_fault *w,
    struct reply *r, bool head_only);
/* Writes the first bytes, now or after their delay. */
void throttle_start(struct throttle *sh);
/* Tells it that the socket has taken the connection's output. */
void throttle_on_written(struct throttle *sh);
/* NULL is none. */
void throttle_free(struct throttle *sh);

#endif
