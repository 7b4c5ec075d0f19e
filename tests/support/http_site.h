/*
 * For tests of src/http: a server over a small api of the test's own, its loop,
 * and clients on loopback in the same thread. Time stands still but for
 * advance().
 */
#ifndef MV_TESTS_SUPPORT_WIRE_H
#define MV_TESTS_SUPPORT_WIRE_H

#include <openssl/ssl.h>

#include "api/api.h"
#include "fault/response_fault.h"
#include "http/http.h"
#include "http/http_internal.h"
#include "clock/clock.h"

#define MS ((int64_t)1000000)
#define SECOND (1000 * MS)

/*
 * Answers 200 with `body`; 204 for /none. What starts with /throttled goes out
 * as `wire` says. /stall waits for ever, or until its client is gone.
 */
struct api {
	struct response_fault response_fault;
	struct conn_faults conn_faults;
	const char *body;
	size_t body_n;
	struct http_server *refuse_at_connection; /* NULL: no */
	int handled, gone, stalled;
	int64_t conn_id, conn_nth, seen;
	char tls_text[64];
	char peer[64]; /* of the last request */
};

enum conn_ending { STILL_OPEN, GOT_FIN, GOT_RST };

struct client {
	int fd;
	SSL *ssl;
	SSL_CTX *ctx;
	struct buf got;
	enum conn_ending ending;
	long verified; /* X509_V_... */
	bool handshaken;
};

struct site {
	struct event_base *base;
	struct clock *clock, *real;
	struct http_server *http;
	struct http_listener *plain, *tls, *admin;
	struct api api;
	char dir[64], cert[100], key[100];
	void *instance;
	int descriptors; /* before it all */
};

void site_open(struct site *s);
/* Closes all and looks for descriptors left behind. */
void site_close(struct site *s);
/* As if the CA of the site's certificate were somebody else's. */
void site_forget_ca(struct site *s);
/* One pass of the loop, as the instance does it. */
void site_pass(struct site *s);
/* The same without letting answers go. */
void site_pass_uncommitted(struct site *s);
void site_advance(struct site *s, int64_t by_ns);

void client_open(struct site *s, struct client *c, struct http_listener *l);
/* Over TLS, and all is well. */
void client_tls(struct site *s, struct client *c);
/* In two steps; handshaken and verified tell how it went. */
void client_tls_prepare(struct site *s, struct client *c);
void client_tls_run(struct site *s, struct client *c);
void client_send(struct client *c, const char *text);
/* Reads until n bytes have come in all, or the end. */
void client_receive(struct site *s, struct client *c, size_t n);
/* What has come is exactly this, the connection as told, and stays so. */
void client_expect(struct site *s, struct client *c, const char *text, size_t n,
    enum conn_ending ending);
/* The same, and what came is forgotten. */
void client_expect_text(struct site *s, struct client *c, const char *text,
    enum conn_ending ending);
void client_close(struct client *c);

/* Head of a 200 with this framing line ("" for none) and no more. */
const char *expected_head_200(const char *framing);

#endif
