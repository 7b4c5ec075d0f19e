/*
 * Another server's Vault API in the place of our own: a request goes to the
 * upstream as it came, its answer comes back as it is. Rules, journal and
 * control API stand before it; bodies pass piece by piece.
 */
#ifndef MV_PROXY_PROXY_H
#define MV_PROXY_PROXY_H

#include <event2/event.h>

#include "api/api.h"
#include "base/error.h"

struct clock;
struct proxy;

/* Texts outlive the proxy; NULL where not given. */
struct proxy_settings {
	const char *url;	 /* "https://vault.example:8200" */
	const char *ca;		 /* a file or folder of certificates */
	const char *server_name; /* for SNI, and in the certificate */
	const char *client_cert;
	const char *client_key;
	const char *host_header; /* in place of the client's Host */
	bool skip_verify;
	int64_t timeout_ns; /* until the head of an answer; 0: no limit */
	const char *record; /* a file for the exchanges */
};

/* Bodies of requests that are longer are passed on while they come. */
#define PROXY_HELD_BODY_BYTES ((size_t)1 << 20)

/* A proxy that nobody asks yet. NULL, and why the settings will not do. The
 * upstream need not be there. real_clock is one that nobody moves. */
struct proxy *proxy_new(struct event_base *base, struct api *api,
    struct clock *real_clock, const struct proxy_settings *settings,
    struct error *e);
/* Once every connection of clients has gone. NULL is none. */
void proxy_free(struct proxy *p);
/* "https://vault.example:8200" */
const char *proxy_url(const struct proxy *p);
/* For api_set_upstream, with the proxy as its context. */
enum handler_result proxy_serve(struct request *req);

#endif
