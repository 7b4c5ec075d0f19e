/*
 * What a fault does to bytes: to one answer (struct wire) and to a connection
 * before its first request (struct wire_conn). fault/ fills them in, http/
 * carries them out. All times are real nanoseconds.
 */
#ifndef MV_FAULT_RESPONSE_FAULT_H
#define MV_FAULT_RESPONSE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What happens after the last byte that is let through. */
enum wire_end {
	WIRE_GO_ON, /* nothing: keep-alive as usual */
	WIRE_FIN,   /* orderly close */
	WIRE_RESET, /* RST (SO_LINGER 0 on the raw socket) */
	WIRE_SILENT, /* nothing more, the connection stays open */
};

/* Where an answer is cut. */
enum wire_cut {
	WIRE_CUT_NONE, /* all of it goes out */
	WIRE_CUT_START, /* `bytes` of the whole answer, its head included */
	WIRE_CUT_BODY, /* the head and `bytes` of the body */
	WIRE_CUT_FRACTION, /* the head and `fraction` of the body */
};

struct wire {
	bool set; /* anything at all; false: the usual way out */
	int64_t wait_head; /* before the first byte */
	int64_t wait_body; /* between head and body */
	int64_t wait_end;  /* before what `end` says */
	enum wire_cut cut;
	int64_t bytes;
	double fraction;
	enum wire_end end;
	int64_t silent_for; /* SILENT ends with a FIN after this; 0: never */
	bool unframed; /* chunked, and the last chunk never comes */
	bool short_length; /* Content-Length says what is really sent */
	int64_t chunk; /* dribble: the body in pieces of this many bytes, */
	int64_t every; /* one piece each `every` */
	int64_t pieces; /* or in so many; becomes chunk before http sees it */
	struct slice garbage; /* sent instead of the body (or of all of the
	    answer with garbage_alone); lives as long as the request */
	bool garbage_alone;
};

enum wire_cert {
	WIRE_CERT_CONFIGURED,
	WIRE_CERT_EXPIRED,
	WIRE_CERT_NOT_YET_VALID,
	WIRE_CERT_WRONG_HOST,
	WIRE_CERT_UNKNOWN_CA,
	WIRE_CERT_SELF_SIGNED,
};

struct wire_conn {
	bool set;
	int64_t wait_accept; /* before the first byte is read */
	int64_t wait_handshake; /* TLS: before the ServerHello */
	enum wire_end accept; /* RESET, FIN, SILENT at once */
	enum wire_end handshake; /* the same instead of a ServerHello */
	int64_t silent_for;
	struct slice garbage; /* sent on accept, then `accept` */
	int64_t rate_down; /* bytes a second to the client; 0: no limit */
	int64_t rate_up;
	enum wire_cert cert;
	const char *tls_min; /* "1.2", "1.3"; NULL */
	const char *tls_max;
	const char *alpn; /* NULL */
	bool require_client_cert;
	bool plain; /* a TLS port that speaks plain HTTP, and the reverse */
};

/* What becomes of who wants to connect, all of them alike. */
enum wire_gate {
	WIRE_OPEN,
	WIRE_REFUSED, /* listeners closed, connections reset: process down */
	WIRE_BLACKHOLE, /* the accept queue is full: nobody answers a SYN */
};

#endif
