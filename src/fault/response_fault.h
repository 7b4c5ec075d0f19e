/*
 * What a fault does to bytes: to one answer (struct response_fault) and to a
 * connection before its first request (struct conn_faults). fault/ fills them
 * in, http/ carries them out. All times are real nanoseconds.
 */
#ifndef MV_FAULT_RESPONSE_FAULT_H
#define MV_FAULT_RESPONSE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What happens after the last byte that is let through. */
enum fault_end {
	FAULT_END_KEEP_ALIVE, /* nothing: keep-alive as usual */
	FAULT_END_FIN,	      /* orderly close */
	FAULT_END_RESET,      /* RST (SO_LINGER 0 on the raw socket) */
	FAULT_END_SILENT,     /* nothing more, the connection stays open */
};

/* Where an answer is cut. */
enum fault_cut {
	FAULT_CUT_NONE,	    /* all of it goes out */
	FAULT_CUT_START,    /* `bytes` of the whole answer, its head included */
	FAULT_CUT_BODY,	    /* the head and `bytes` of the body */
	FAULT_CUT_FRACTION, /* the head and `fraction` of the body */
};

struct response_fault {
	bool set;	       /* anything at all; false: the usual way out */
	int64_t head_delay_ns; /* before the first byte */
	int64_t body_delay_ns; /* between head and body */
	int64_t end_delay_ns;  /* before what `end` says */
	enum fault_cut cut;
	int64_t bytes;
	double fraction;
	enum fault_end end;
	int64_t silent_ns;   /* SILENT ends with a FIN after this; 0: never */
	bool no_last_chunk;  /* chunked, and the last chunk never comes */
	bool length_as_sent; /* Content-Length says what is really sent */
	/* Dribble: the body in pieces of so many bytes, one each interval. */
	int64_t chunk_bytes;
	int64_t chunk_interval_ns;
	int64_t pieces; /* or in so many pieces; api/ makes it chunk_bytes */
	struct slice garbage; /* sent instead of the body (or of all of the
	    answer with garbage_alone); lives as long as the request */
	bool garbage_only;
};

enum fault_cert {
	FAULT_CERT_CONFIGURED,
	FAULT_CERT_EXPIRED,
	FAULT_CERT_NOT_YET_VALID,
	FAULT_CERT_WRONG_HOST,
	FAULT_CERT_UNKNOWN_CA,
	FAULT_CERT_SELF_SIGNED,
};

struct conn_faults {
	bool set;
	int64_t accept_delay_ns;      /* before the first byte is read */
	int64_t handshake_delay_ns;   /* TLS: before the ServerHello */
	enum fault_end accept_end;    /* RESET, FIN, SILENT at once */
	enum fault_end handshake_end; /* the same instead of a ServerHello */
	int64_t silent_ns;
	struct slice garbage; /* sent on accept, then `accept` */
	int64_t rate_down;    /* bytes a second to the client; 0: no limit */
	int64_t rate_up;
	enum fault_cert cert;
	const char *tls_min; /* "1.2", "1.3"; NULL */
	const char *tls_max;
	const char *alpn; /* NULL */
	bool require_client_cert;
	bool wrong_protocol; /* a TLS port that speaks plain HTTP, and the
				reverse */
};

/* What happens to every new connection. */
enum listener_state {
	LISTENER_OPEN,
	LISTENER_REFUSING,  /* listeners closed, connections reset: process down
			     */
	LISTENER_BLACKHOLE, /* the accept queue is full: nobody answers a SYN */
};

#endif
