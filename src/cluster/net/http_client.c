/*
 * Each POST has a connection of its own, which ends with the answer. Names are
 * looked up by the loop, so nothing here waits.
 */
#include "cluster/net/http_client.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <event2/http.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/http/parse.h"
#include "base/mem.h"
#include "base/pem.h"
#include "cluster/net/tcp_internal.h"

struct http_client {
	struct event_base *base;
	struct clock *clock;
	struct evdns_base *dns; /* NULL: no name was asked for yet */
	struct http_head head;	/* of the answer being read */
};

struct http_post {
	struct http_client *client;
	http_client_fn fn;
	void *arg;
	struct bufferevent *bev;
	char *host; /* without brackets */
	int port;
	bool tried_ip6;
	SSL_CTX *tls; /* NULL: plain HTTP */
	char *server_name;
	struct buf request; /* until it is written */
	struct alarm deadline;
	bool has_head;
	int status;
	char *location;
	bool chunked;
	struct http_chunks chunks;
	int64_t left; /* of the body; -1: to the connection's end */
	struct buf body;
};

/* ---- the end ---- */

static void
http_post_free(struct http_post *p)
{
	alarm_cancel(p->client->clock, &p->deadline);
	if (p->bev)
		bufferevent_free(p->bev);
	SSL_CTX_free(p->tls);
	buf_release(&p->request);
	buf_release(&p->body);
	free(p->host);
	free(p->server_name);
	free(p->location);
	free(p);
}

void
http_post_cancel(struct http_post *p)
{
	http_post_free(p);
}

static void
http_post_end(struct http_post *p, const char *failure)
{
	struct http_client_answer answer = { .status = failure ? 0 : p->status,
		.failure = failure,
		.location = p->location ? p->location : "",
		.body = { p->body.p ? p->body.p : "", p->body.n } };

	alarm_cancel(p->client->clock, &p->deadline);
	p->fn(p->arg, &answer);
	http_post_free(p);
}

static void
http_post_on_deadline(void *arg, int64_t now_ns)
{
	(void)now_ns;
	http_post_end(arg, "no answer in time");
}

/* ---- the answer ---- */

static void
http_post_take_head(struct http_post *p)
{
	const struct http_head *h = &p->client->head;

	p->has_head = true;
	p->status = h->status;
	p->chunked = h->chunked;
	p->left = h->status == 204 || h->status == 304 ? 0 : h->content_length;
	for (int i = 0; i < h->nheaders && !p->location; i++)
		if (h->headers[i].name.n == strlen("Location") &&
		    strncasecmp(h->headers[i].name.p, "Location",
			h->headers[i].name.n) == 0)
			p->location = xstrndup(
			    h->headers[i].value.p, h->headers[i].value.n);
}

/* False: it is none, or there is no more of it yet. */
static bool
http_post_read_head(struct http_post *p, struct evbuffer *in, bool *broken)
{
	struct http_head *h = &p->client->head;

	while (!p->has_head) {
		size_t n = evbuffer_get_length(in);
		size_t look = n < HTTP_HEAD_MAX + 1 ? n : HTTP_HEAD_MAX + 1;
		long used = n == 0
		    ? 0
		    : http_parse_response_head(
			  (const char *)evbuffer_pullup(in, (ev_ssize_t)look),
			  look, h);

		*broken = used < 0 || (used > 0 && h->status == 101);
		if (*broken || used == 0)
			return false;
		if (h->status >= 200)
			http_post_take_head(p);
		evbuffer_drain(in, (size_t)used);
	}
	return true;
}

/* True: all of it is there. */
static bool
http_post_read_body(struct http_post *p, struct evbuffer *in, bool *broken)
{
	size_t n = evbuffer_get_length(in);
	const char *text = n ? (const char *)evbuffer_pullup(in, (ev_ssize_t)n)
			     : "";
	bool done = false;
	long used = 0;

	if (p->chunked) {
		used = http_parse_chunks(&p->chunks, text, n, &p->body, &done);
	} else {
		if (p->left >= 0 && (int64_t)n > p->left)
			n = (size_t)p->left;
		buf_add(&p->body, text, n);
		used = (long)n;
		if (p->left >= 0)
			p->left -= used;
		done = p->left == 0;
	}
	*broken = used < 0 || p->body.over;
	if (!*broken)
		evbuffer_drain(in, (size_t)used);
	return done;
}

static void
http_post_on_read(struct bufferevent *bev, void *arg)
{
	struct http_post *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	bool broken = false;
	bool done = http_post_read_head(p, in, &broken) &&
	    http_post_read_body(p, in, &broken);

	if (broken)
		http_post_end(p, "what came is no answer");
	else if (done)
		http_post_end(p, NULL);
}

/* ---- the connection ---- */

static bool http_post_connect(struct http_post *p);

static const char *
http_post_failure(struct http_post *p, short what)
{
	int error = EVUTIL_SOCKET_ERROR();
	int dns = bufferevent_socket_get_dns_error(p->bev);
	SSL *ssl = p->tls ? bufferevent_openssl_get_ssl(p->bev) : NULL;
	unsigned long code = ssl ? bufferevent_get_openssl_error(p->bev) : 0;
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (what & BEV_EVENT_EOF)
		return "it has closed the connection";
	if (dns)
		return evutil_gai_strerror(dns);
	if (ssl && SSL_get_verify_result(ssl) != X509_V_OK)
		return X509_verify_cert_error_string(
		    SSL_get_verify_result(ssl));
	return reason ? reason
	    : error   ? evutil_socket_error_to_string(error)
		      : "the connection has failed";
}

static void
http_post_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_post *p = arg;
	const char *failure;

	if (what & BEV_EVENT_CONNECTED) {
		if (evbuffer_add(bufferevent_get_output(bev), p->request.p,
			p->request.n) != 0)
			abort(); /* no memory */
		return;
	}
	if (what & BEV_EVENT_EOF && p->has_head && !p->chunked && p->left < 0) {
		http_post_end(p, NULL);
		return;
	}
	failure = http_post_failure(p, what);
	if (!p->has_head && !p->tried_ip6 && p->client->dns) {
		p->tried_ip6 = true;
		bufferevent_free(p->bev);
		p->bev = NULL;
		if (http_post_connect(p))
			return;
	}
	http_post_end(p, failure);
}

/* As in Go, a certificate's common name is no host's name. */
static SSL *
http_post_new_ssl(const struct http_post *p)
{
	const char *name = p->server_name ? p->server_name : p->host;
	SSL *ssl = SSL_new(p->tls);
	struct in6_addr address;
	bool ok = ssl != NULL;

	if (ok &&
	    (inet_pton(AF_INET, name, &address) == 1 ||
		inet_pton(AF_INET6, name, &address) == 1)) {
		ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) ==
		    1;
	} else if (ok) {
		X509_VERIFY_PARAM_set_hostflags(
		    SSL_get0_param(ssl), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		ok = SSL_set1_host(ssl, name) == 1 &&
		    SSL_set_tlsext_host_name(ssl, name) == 1;
	}
	if (ok)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

/* As a name may have several addresses and one alone is tried, the kinds of IP
 * take turns. */
static bool
http_post_connect(struct http_post *p)
{
	struct http_client *c = p->client;
	int flags = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	SSL *ssl = p->tls ? http_post_new_ssl(p) : NULL;
	struct in6_addr address;
	int family = p->tried_ip6 ? AF_INET6 : AF_INET;

	if (p->tls && !ssl)
		return false;
	if (inet_pton(AF_INET, p->host, &address) == 1 ||
	    inet_pton(AF_INET6, p->host, &address) == 1) {
		family = AF_UNSPEC;
		p->tried_ip6 = true;
	} else if (!c->dns) {
		c->dns = evdns_base_new(c->base,
		    EVDNS_BASE_INITIALIZE_NAMESERVERS |
			EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	}
	p->bev = ssl ? bufferevent_openssl_socket_new(
			   c->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, flags)
		     : bufferevent_socket_new(c->base, -1, flags);
	if (!p->bev) {
		SSL_free(ssl);
		return false;
	}
	if (ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(p->bev, 1);
	bufferevent_setcb(
	    p->bev, http_post_on_read, NULL, http_post_on_event, p);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
	return bufferevent_socket_connect_hostname(
		   p->bev, c->dns, family, p->host, p->port) == 0;
}

/* ---- what is asked ---- */

/* Vault 1.19: a text with no certificate in it adds none, silently. */
static bool
http_post_add_authorities(SSL_CTX *ctx, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	bool ok = bio != NULL;
	X509 *cert;

	while (ok && (cert = pem_next_certificate(bio))) {
		ok = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) ==
		    1;
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

static bool
http_post_add_pair(SSL_CTX *ctx, const struct http_client_tls *tls)
{
	X509 *cert = pem_certificate(tls->certificate);
	EVP_PKEY *key = pem_private_key(tls->key);
	bool ok = cert && key && SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;

	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}

static bool
http_post_set_tls(
    struct http_post *p, const struct http_client_tls *tls, struct error *e)
{
	p->tls = SSL_CTX_new(TLS_client_method());
	if (!p->tls ||
	    SSL_CTX_set_min_proto_version(p->tls, TLS1_2_VERSION) != 1 ||
	    X509_VERIFY_PARAM_set_flags(
		SSL_CTX_get0_param(p->tls), X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return error_set(e, 500, "TLS is not available");
	SSL_CTX_set_verify(p->tls, SSL_VERIFY_PEER, NULL);
	if (*tls->ca ? !http_post_add_authorities(p->tls, tls->ca)
		     : SSL_CTX_set_default_verify_paths(p->tls) != 1)
		return error_set(e, 500, "no authorities can be read");
	if ((*tls->certificate || *tls->key) &&
	    !http_post_add_pair(p->tls, tls))
		return error_set(
		    e, 400, "the client's certificate and key do not fit");
	if (*tls->server_name)
		p->server_name = xstrdup(tls->server_name);
	return true;
}

static void
http_post_write(struct http_post *p, const char *authority, const char *path,
    struct slice body)
{
	buf_printf(&p->request,
	    "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: mockvault\r\n"
	    "X-Vault-Request: true\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	    path, authority, body.n);
	buf_slice(&p->request, body);
}

static bool
http_post_read_url(struct http_post *p, const char *url, const char *path,
    const struct http_client_tls *tls, struct slice body, struct error *e)
{
	struct evhttp_uri *uri = evhttp_uri_parse(url);
	const char *scheme = uri ? evhttp_uri_get_scheme(uri) : NULL;
	const char *host = uri ? evhttp_uri_get_host(uri) : NULL;
	bool is_tls = scheme && strcasecmp(scheme, "https") == 0;
	bool ok = host && *host &&
	    (is_tls || (scheme && strcasecmp(scheme, "http") == 0));
	char *authority;

	if (!ok) {
		if (uri)
			evhttp_uri_free(uri);
		return error_set(e, 400, "\"%s\" is no URL", url);
	}
	p->port = evhttp_uri_get_port(uri);
	authority = p->port < 0 ? xstrdup(host)
				: xasprintf("%s:%d", host, p->port);
	if (p->port < 0)
		p->port = is_tls ? 443 : 80;
	p->host = *host == '[' ? xstrndup(host + 1, strlen(host) - 2)
			       : xstrdup(host);
	http_post_write(p, authority, path, body);
	free(authority);
	evhttp_uri_free(uri);
	return !is_tls || http_post_set_tls(p, tls, e);
}

struct http_post *
http_client_post(struct http_client *c, const char *url, const char *path,
    const struct http_client_tls *tls, struct slice body, int64_t timeout_ns,
    http_client_fn fn, void *arg, struct error *e)
{
	struct http_post *p = xcalloc(1, sizeof(*p));

	p->client = c;
	p->fn = fn;
	p->arg = arg;
	buf_init(&p->request, 0);
	buf_init(&p->body, HTTP_CLIENT_BODY_MAX);
	alarm_init(&p->deadline, http_post_on_deadline, p);
	if (!http_post_read_url(p, url, path, tls, body, e) ||
	    !http_post_connect(p)) {
		http_post_free(p);
		error_set(e, 500, "no connection can be made");
		return NULL;
	}
	alarm_set(c->clock, &p->deadline, clock_now(c->clock) + timeout_ns);
	return p;
}

struct http_client *
http_client_new(struct event_base *base, struct clock *clock)
{
	struct http_client *c = xcalloc(1, sizeof(*c));

	c->base = base;
	c->clock = clock;
	return c;
}

void
http_client_free(struct http_client *c)
{
	if (!c)
		return;
	if (c->dns)
		evdns_base_free(c->dns, 0);
	free(c);
}
