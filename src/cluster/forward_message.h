/*
 * What goes over the forwarding lane, as fields and as bytes:
 *
 *	u8 type, u64 number, then by type; a text is u32 length, bytes
 *	request		text method, text target, text client's address, u16 its
 *			port, u8 TLS, text of TLS, headers, text body
 *	answer		u16 status (0: it was not taken), headers, text body
 *	cancel, heartbeat, heartbeat answer: nothing
 *
 * and headers are u16 how many, each text name, text value.
 */
#ifndef MV_CLUSTER_FORWARD_MESSAGE_H
#define MV_CLUSTER_FORWARD_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/header.h"
#include "base/mem.h"

#define FORWARD_HEADERS_MAX 256

enum forward_type {
	FORWARD_REQUEST = 1,
	FORWARD_ANSWER,
	FORWARD_CANCEL,
	FORWARD_HEARTBEAT,
	FORWARD_HEARTBEAT_ANSWER,
};

struct forward_request {
	const char *method;
	const char *target; /* "/v1/secret/data/x?version=1" */
	const char *client_address;
	int client_port;
	bool tls;
	const char *tls_text; /* "" when there is none */
	const struct header *headers;
	int nheaders;
	struct slice body;
};

struct forward_answer {
	int status;
	const struct header *headers;
	int nheaders;
	struct slice body;
};

struct forward_message {
	enum forward_type type;
	uint64_t number; /* of the exchange, as who asks counts */
	union {
		struct forward_request request;
		struct forward_answer answer;
	};
};

/* Adds the message's bytes. */
void forward_encode(struct buf *out, const struct forward_message *m);
/* Reads bytes, all of them; texts and headers lie in the arena, bodies are
 * borrowed. False: they are no message. */
bool forward_decode(
    struct arena *a, struct slice bytes, struct forward_message *m);

#endif
