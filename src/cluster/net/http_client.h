/*
 * One POST with JSON to another server, and its answer: for a node that joins.
 */
#ifndef MV_CLUSTER_HTTP_CLIENT_H
#define MV_CLUSTER_HTTP_CLIENT_H

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "clock/clock.h"

struct http_client;
struct http_post;

/* The longest answer that is read. */
#define HTTP_CLIENT_BODY_MAX ((size_t)4 << 20)

/* Whom to trust and what to show; texts are PEM, "" what is not given: then the
 * system's authorities are trusted, and nothing is shown. */
struct http_client_tls {
	const char *ca;
	const char *certificate, *key;
	const char *server_name; /* in the certificate, if not the host's */
};

struct http_client_answer {
	int status;	      /* 0: there is none */
	const char *failure;  /* why; NULL otherwise */
	const char *location; /* of a redirect, or "" */
	struct slice body;
};

typedef void (*http_client_fn)(
    void *arg, const struct http_client_answer *answer);

struct http_client *http_client_new(
    struct event_base *base, struct clock *clock);
/* Once no post is under way. NULL is allowed. */
void http_client_free(struct http_client *c);

/* url is "https://vault-1:8200", a path behind it is left out; body is copied.
 * fn hears of the answer once, later, and borrows it. NULL: the URL or a text
 * for TLS is none, see e. */
struct http_post *http_client_post(struct http_client *c, const char *url,
    const char *path, const struct http_client_tls *tls, struct slice body,
    int64_t timeout_ns, http_client_fn fn, void *arg, struct error *e);
/* Nobody wants the answer any longer. */
void http_post_cancel(struct http_post *p);

#endif
