/*
 * The small api, the loop and the clients of tests/support/http_site.h.
 */
#include "tests/support/http_site.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/fixtures/cert_profiles.h"
#include "server/instance.h"
#include "core/crypto/certificate.h"
#include "core/crypto/keypair.h"
#include "tests/support/unit.h"

#define PATIENCE (10 * SECOND)
#define SITE_EPOCH_S INT64_C(1700000000)

/* ---- the api ---- */

struct request *
request_new(struct api *api)
{
	struct request *req = xcalloc(1, sizeof(*req));

	req->api = api;
	req->arena = arena_new();
	buf_init(&req->reply.body, 0);
	return req;
}

void
request_free(struct request *req)
{
	buf_release(&req->reply.body);
	arena_free(req->arena);
	free(req);
}

bool
api_counts_conns(const struct api *a)
{
	(void)a;
	return false;
}

bool
api_conn_faults(struct api *a, const char *peer, bool tls, int64_t nth,
    int64_t open, struct conn_faults *out)
{
	(void)open;
	(void)peer;
	(void)tls;
	a->seen = nth;
	if (a->refuse_at_connection)
		http_set_gate(a->refuse_at_connection, LISTENER_REFUSING);
	*out = a->conn_faults;
	return out->set;
}

/* No store here: an answer waits for none. */
bool
api_response_needs_commit(const struct request *req)
{
	(void)req;
	return false;
}

static void
api_stub_respond(struct request *req)
{
	struct api *a = req->api;

	req->reply.status = strstr(req->target, "/none") ? 204 : 200;
	if (req->reply.status == 200)
		buf_add(&req->reply.body, a->body, a->body_n);
	req->done(req, req->done_arg);
}

static void
api_stub_cancel(struct request *req)
{
	req->api->stalled--;
	req->fault.cancel = NULL;
	api_stub_respond(req);
}

void
api_handle(struct api *a, struct request *req, request_done done, void *arg)
{
	req->done = done;
	req->done_arg = arg;
	a->handled++;
	a->conn_id = req->conn_id;
	a->conn_nth = req->conn_nth;
	snprintf(a->peer, sizeof(a->peer), "%s", req->peer);
	snprintf(a->tls_text, sizeof(a->tls_text), "%s",
	    req->tls_text ? req->tls_text : "");
	if (strncmp(req->target, "/throttled", 10) == 0)
		req->fault.response_fault = arena_alloc(
		    req->arena, sizeof(a->response_fault));
	if (req->fault.response_fault)
		*req->fault.response_fault = a->response_fault;
	if (strcmp(req->target, "/stall") == 0) {
		req->fault.cancel = api_stub_cancel;
		req->fault.waits_for_client = true;
		a->stalled++;
		return;
	}
	api_stub_respond(req);
}

void
api_client_gone(struct request *req)
{
	req->api->gone++;
	if (req->fault.cancel)
		req->fault.cancel(req);
}

/* ---- the loop ---- */

void
site_pass_uncommitted(struct site *s)
{
	event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	clock_run_alarms(s->real);
}

void
site_pass(struct site *s)
{
	site_pass_uncommitted(s);
	http_flush(s->http);
}

void
site_advance(struct site *s, int64_t by_ns)
{
	clock_advance(s->real, by_ns);
	http_flush(s->http);
}

static int
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
site_write_pem(const char *path, char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL);
	fputs(text, f);
	fclose(f);
	free(text);
}

/* A CA like that of -dev-tls, and a certificate for 127.0.0.1. */
static void
site_make_certificates(struct site *s, struct instance *in)
{
	const char *dns[] = { "localhost", NULL },
		   *ip[] = { "127.0.0.1", NULL };
	int64_t now = clock_real_wall() / SECOND;
	struct certificate_spec ca = { .common_name = "Test CA",
		.is_ca = true,
		.not_before_s = now - 60,
		.not_after_s = now + 86400 };
	struct certificate_spec leaf = { .common_name = "localhost",
		.dns_names = dns,
		.ip_addresses = ip,
		.not_before_s = now - 60,
		.not_after_s = now + 86400 };
	EVP_PKEY *key;
	X509 *cert;

	in->vault.random = random_new_seeded(1);
	in->dev_tls.ca_key = keypair_ec(in->vault.random, "prime256v1");
	in->dev_tls.ca_cert = certificate_new(
	    in->vault.random, &ca, in->dev_tls.ca_key, NULL, NULL);
	key = keypair_ec(in->vault.random, "prime256v1");
	cert = certificate_new(in->vault.random, &leaf, key,
	    in->dev_tls.ca_cert, in->dev_tls.ca_key);
	snprintf(s->dir, sizeof(s->dir), "/tmp/mv-wire-XXXXXX");
	ck_assert(mkdtemp(s->dir) != NULL);
	snprintf(s->cert, sizeof(s->cert), "%s/cert", s->dir);
	snprintf(s->key, sizeof(s->key), "%s/key", s->dir);
	site_write_pem(s->cert, certificate_pem(cert));
	site_write_pem(s->key, keypair_private_pem(key));
	X509_free(cert);
	EVP_PKEY_free(key);
}

static struct http_listener *
site_listen(struct site *s, const struct tls_files *tls)
{
	struct error e = { 0 };
	struct http_listener *l = http_listen(
	    s->http, "127.0.0.1:0", tls, &http_default_limits, &e);

	ck_assert_msg(l != NULL, "%s", e.text);
	return l;
}

void
site_open(struct site *s)
{
	static const struct log quiet;
	struct tls_files files = { 0 };
	struct instance *in = xcalloc(1, sizeof(*in));

	signal(SIGPIPE, SIG_IGN);
	memset(s, 0, sizeof(*s));
	s->descriptors = count_descriptors();
	s->instance = in;
	site_make_certificates(s, in);
	s->base = event_base_new();
	s->clock = clock_new();
	clock_freeze(s->clock, SITE_EPOCH_S * SECOND);
	s->real = clock_new();
	clock_freeze(s->real, SITE_EPOCH_S * SECOND);
	s->http = http_new(s->base, &s->api, s->clock, s->real, &quiet);
	http_set_cert_maker(s->http, cert_profile_issue, in);
	files.cert = s->cert;
	files.key = s->key;
	s->plain = site_listen(s, NULL);
	s->tls = site_listen(s, &files);
	s->admin = site_listen(s, NULL);
	http_set_admin(s->admin);
	s->api.body = "0123456789";
	s->api.body_n = 10;
}

void
site_forget_ca(struct site *s)
{
	struct instance *in = s->instance;

	X509_free(in->dev_tls.ca_cert);
	EVP_PKEY_free(in->dev_tls.ca_key);
	in->dev_tls.ca_cert = NULL;
	in->dev_tls.ca_key = NULL;
}

void
site_close(struct site *s)
{
	struct instance *in = s->instance;

	http_free(s->http);
	ck_assert_int_eq(s->api.stalled, 0);
	ck_assert_int_eq(clock_wait_ns(s->real), -1);
	event_base_free(s->base);
	clock_free(s->clock);
	clock_free(s->real);
	unlink(s->cert);
	unlink(s->key);
	rmdir(s->dir);
	site_forget_ca(s);
	random_free(in->vault.random);
	free(in);
	ck_assert_int_eq(count_descriptors(), s->descriptors);
}

/* ---- clients ---- */

void
client_open(struct site *s, struct client *c, struct http_listener *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char address[64];
	int on = 1;

	(void)s;
	memset(c, 0, sizeof(*c));
	buf_init(&c->got, 0);
	http_listener_address(l, address, sizeof(address));
	to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
	    errno != EINPROGRESS)
		c->ending = GOT_RST;
}

void
client_tls_prepare(struct site *s, struct client *c)
{
	struct instance *in = s->instance;

	client_open(s, c, s->tls);
	c->ctx = SSL_CTX_new(TLS_client_method());
	if (in->dev_tls.ca_cert)
		X509_STORE_add_cert(
		    SSL_CTX_get_cert_store(c->ctx), in->dev_tls.ca_cert);
	c->ssl = SSL_new(c->ctx);
	SSL_set_fd(c->ssl, c->fd);
	X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c->ssl), "127.0.0.1");
}

/* An SSL call that failed: more to come, or the end. */
static void
client_note_end(struct client *c, int rc)
{
	int why = SSL_get_error(c->ssl, rc);

	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return;
	c->ending = why == SSL_ERROR_SYSCALL && errno == ECONNRESET ? GOT_RST
								    : GOT_FIN;
}

void
client_tls_run(struct site *s, struct client *c)
{
	int64_t end_ns = clock_real_mono() + PATIENCE;

	while (!c->handshaken && c->ending == STILL_OPEN &&
	    clock_real_mono() < end_ns) {
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = SSL_connect(c->ssl);
		c->handshaken = rc == 1;
		if (rc != 1)
			client_note_end(c, rc);
		site_pass(s);
	}
	c->verified = SSL_get_verify_result(c->ssl);
}

void
client_tls(struct site *s, struct client *c)
{
	client_tls_prepare(s, c);
	client_tls_run(s, c);
	ck_assert(c->handshaken);
	ck_assert_int_eq(c->verified, X509_V_OK);
}

void
client_send(struct client *c, const char *text)
{
	int n = (int)strlen(text);

	if (c->ssl)
		ck_assert_int_eq(SSL_write(c->ssl, text, n), n);
	else
		ck_assert_int_eq(send(c->fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void
client_read_tls(struct client *c)
{
	char data[16384];
	int n;

	for (;;) {
		ERR_clear_error();
		errno = 0;
		n = SSL_read(c->ssl, data, sizeof(data));
		if (n <= 0)
			break;
		buf_add(&c->got, data, (size_t)n);
	}
	client_note_end(c, n);
}

static void
client_read(struct client *c)
{
	char data[65536];
	ssize_t n;

	if (c->ssl && c->handshaken) {
		client_read_tls(c);
		return;
	}
	while ((n = recv(c->fd, data, sizeof(data), 0)) > 0)
		buf_add(&c->got, data, (size_t)n);
	if (n == 0)
		c->ending = GOT_FIN;
	else if (errno != EAGAIN)
		c->ending = GOT_RST;
}

void
client_receive(struct site *s, struct client *c, size_t n)
{
	int64_t end_ns = clock_real_mono() + PATIENCE;
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	while (c->got.n < n && c->ending == STILL_OPEN &&
	    clock_real_mono() < end_ns) {
		site_pass(s);
		poll(&p, 1, 1);
		client_read(c);
	}
}

/* A few passes more than anything needs. */
static void
client_receive_rest(struct site *s, struct client *c)
{
	for (int i = 0; i < 8; i++) {
		site_pass(s);
		if (c->ending == STILL_OPEN)
			client_read(c);
	}
}

void
client_expect(struct site *s, struct client *c, const char *text, size_t n,
    enum conn_ending ending)
{
	client_receive(s, c, ending == STILL_OPEN ? n : SIZE_MAX);
	client_receive_rest(s, c);
	ck_assert_msg(
	    c->got.n == n && memcmp(c->got.p ? c->got.p : "", text, n) == 0,
	    "expected %zu bytes:\n%.*s\ncame %zu:\n%.*s", n,
	    (int)(n < 800 ? n : 800), text, c->got.n,
	    (int)(c->got.n < 800 ? c->got.n : 800), c->got.p);
	ck_assert_int_eq(c->ending, ending);
}

void
client_expect_text(
    struct site *s, struct client *c, const char *text, enum conn_ending ending)
{
	client_expect(s, c, text, strlen(text), ending);
	buf_clear(&c->got);
}

void
client_close(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	close(c->fd);
	buf_release(&c->got);
}

const char *
expected_head_200(const char *framing)
{
	static char text[600];

	snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n"
	    "Content-Type: application/json\r\n"
	    "Strict-Transport-Security: max-age=31536000; "
	    "includeSubDomains\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
	    "%s\r\n",
	    framing);
	return text;
}
