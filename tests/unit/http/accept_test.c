/*
 * Connections before their first request, and the gate before all of them: what
 * a client sees of each, over real sockets on a clock that the test moves.
 */
#include <errno.h>
#include <netinet/in.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/unit.h"
#include "tests/support/http_site.h"

#define USUAL "GET /usual HTTP/1.1\r\nHost: x\r\n\r\n"
#define FULL "Content-Length: 10\r\n"

static struct site site;
static struct client client;

static const char *
whole(void)
{
	static char out[2000];

	snprintf(out, sizeof(out), "%s0123456789", expected_head_200(FULL));
	return out;
}

static void
begin(struct conn_faults w)
{
	w.set = true;
	site_open(&site);
	site.api.conn_faults = w;
}

static void
finish(void)
{
	client_close(&client);
	site_close(&site);
}

static void
serves(struct client *c)
{
	client_send(c, USUAL);
	client_expect_text(&site, c, whole(), STILL_OPEN);
}

/* The ports that faults may meet, one after the other. */
static struct http_listener *
port(int i)
{
	return i == 0 ? site.plain : site.tls;
}

START_TEST(accept_ends)
{
	for (int i = 0; i < 2; i++) {
		begin((struct conn_faults){ .accept_end = FAULT_END_FIN });
		client_open(&site, &client, port(i));
		client_send(&client, USUAL);
		client_expect_text(&site, &client, "", GOT_FIN);
		finish();
		begin((struct conn_faults){ .accept_end = FAULT_END_RESET });
		client_open(&site, &client, port(i));
		client_expect_text(&site, &client, "", GOT_RST);
		ck_assert_int_eq(site.api.handled, 0);
		finish();
		begin((struct conn_faults){
		    .accept_end = FAULT_END_SILENT, .silent_ns = SECOND });
		client_open(&site, &client, port(i));
		client_send(&client, USUAL);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, SECOND - 1);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 1);
		client_expect_text(&site, &client, "", GOT_FIN);
		ck_assert_int_eq(site.api.handled, 0);
		finish();
	}
}
END_TEST

START_TEST(waits_before_the_first_byte)
{
	begin((struct conn_faults){ .accept_delay_ns = SECOND });
	client_open(&site, &client, site.plain);
	client_send(&client, USUAL);
	client_expect_text(&site, &client, "", STILL_OPEN);
	ck_assert_int_eq(site.api.handled, 0);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	serves(&client);
	finish();
	begin((struct conn_faults){ .accept_delay_ns = SECOND });
	client_tls_prepare(&site, &client);
	SSL_connect(client.ssl);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND);
	client_tls_run(&site, &client);
	ck_assert_int_eq(client.verified, X509_V_OK);
	serves(&client);
	finish();
}
END_TEST

START_TEST(waits_then_ends)
{
	for (int end = FAULT_END_FIN; end <= FAULT_END_RESET; end++) {
		begin((struct conn_faults){ .accept_delay_ns = SECOND,
		    .garbage = SLICE("\001x"),
		    .accept_end = (enum fault_end)end });
		client_open(&site, &client, site.plain);
		client_send(&client, USUAL);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, SECOND);
		client_expect_text(&site, &client, "\001x",
		    end == FAULT_END_FIN ? GOT_FIN : GOT_RST);
		finish();
	}
}
END_TEST

/* Then it serves; the texts of a rule may be gone by then. */
START_TEST(garbage_first)
{
	char text[] = "<garbage>";

	begin((struct conn_faults){
	    .accept_delay_ns = MS, .garbage = { text, strlen(text) } });
	client_open(&site, &client, site.plain);
	client_expect_text(&site, &client, "", STILL_OPEN);
	memset(text, 'x', strlen(text));
	site_advance(&site, MS);
	client_expect_text(&site, &client, "<garbage>", STILL_OPEN);
	serves(&client);
	finish();
	begin((struct conn_faults){ .garbage = SLICE("<garbage>") });
	client_tls_prepare(&site, &client);
	client_expect_text(&site, &client, "<garbage>", STILL_OPEN);
	client_tls_run(&site, &client);
	ck_assert_int_eq(client.verified, X509_V_OK);
	serves(&client);
	finish();
}
END_TEST

START_TEST(much_garbage)
{
	size_t n = (size_t)8 << 20;
	char *text = xmalloc(n);

	memset(text, 'g', n);
	begin((struct conn_faults){
	    .garbage = { text, n }, .accept_end = FAULT_END_FIN });
	client_open(&site, &client, site.plain);
	client_expect(&site, &client, text, n, GOT_FIN);
	finish();
	free(text);
}
END_TEST

START_TEST(handshake_ends)
{
	static const enum conn_ending is[] = { [FAULT_END_FIN] = GOT_FIN,
		[FAULT_END_RESET] = GOT_RST,
		[FAULT_END_SILENT] = STILL_OPEN };

	for (int end = FAULT_END_FIN; end <= FAULT_END_SILENT; end++) {
		begin((struct conn_faults){
		    .handshake_end = (enum fault_end)end,
		    .handshake_delay_ns = end == FAULT_END_SILENT ? 0
								  : SECOND });
		client_tls_prepare(&site, &client);
		client_expect_text(&site, &client, "", STILL_OPEN);
		SSL_connect(client.ssl);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, SECOND);
		client_expect_text(&site, &client, "", is[end]);
		finish();
		begin((struct conn_faults){
		    .handshake_end = (enum fault_end)end });
		client_open(&site, &client, site.plain);
		serves(&client);
		finish();
	}
}
END_TEST

START_TEST(handshake_waits)
{
	begin((struct conn_faults){ .handshake_delay_ns = SECOND });
	client_tls_prepare(&site, &client);
	SSL_connect(client.ssl);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND - 1);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, 1);
	client_tls_run(&site, &client);
	ck_assert_int_eq(client.verified, X509_V_OK);
	serves(&client);
	finish();
}
END_TEST

static bool
same_names(X509 *a, X509 *b)
{
	ASN1_OCTET_STRING *x = X509_EXTENSION_get_data(
	    X509_get_ext(a, X509_get_ext_by_NID(a, NID_subject_alt_name, -1)));
	ASN1_OCTET_STRING *y = X509_EXTENSION_get_data(
	    X509_get_ext(b, X509_get_ext_by_NID(b, NID_subject_alt_name, -1)));

	return ASN1_OCTET_STRING_cmp(x, y) == 0;
}

/* One thing is wrong with each, and only that. */
START_TEST(certificates)
{
	static const struct {
		enum fault_cert cert;
		int outcome;
		bool names;
	} rows[] = {
		{ FAULT_CERT_CONFIGURED, X509_V_OK, true },
		{ FAULT_CERT_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED, true },
		{ FAULT_CERT_NOT_YET_VALID, X509_V_ERR_CERT_NOT_YET_VALID,
		    true },
		{ FAULT_CERT_WRONG_HOST, X509_V_ERR_IP_ADDRESS_MISMATCH,
		    false },
		{ FAULT_CERT_UNKNOWN_CA,
		    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, true },
		{ FAULT_CERT_SELF_SIGNED,
		    X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *shown;
		SSL_CTX *kept;

		begin((struct conn_faults){ .cert = rows[i].cert });
		client_tls_prepare(&site, &client);
		client_tls_run(&site, &client);
		ck_assert(client.handshaken);
		ck_assert_int_eq(client.verified, rows[i].outcome);
		shown = SSL_get1_peer_certificate(client.ssl);
		ck_assert_int_eq(
		    same_names(shown, SSL_CTX_get0_certificate(site.tls->tls)),
		    rows[i].names);
		X509_free(shown);
		serves(&client);
		client_close(&client);
		kept = site.tls->profiles[rows[i].cert];
		client_tls_prepare(&site, &client);
		client_tls_run(&site, &client);
		ck_assert_int_eq(client.verified, rows[i].outcome);
		ck_assert_ptr_eq(kept, site.tls->profiles[rows[i].cert]);
		finish();
	}
}
END_TEST

/* Without a CA of ours the certificate is signed by itself, when it can. */
START_TEST(certificates_under_a_configured_root)
{
	struct error e = { 0 };
	struct http_listener *l;
	struct tls_files files = { 0 };
	char cert[200], key[200], command[1000];

	begin((struct conn_faults){ .cert = FAULT_CERT_EXPIRED });
	snprintf(cert, sizeof(cert), "%s/root", site.dir);
	snprintf(key, sizeof(key), "%s/rootkey", site.dir);
	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-nodes -days 2 -subj /CN=localhost -addext "
	    "subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
	    key, cert);
	ck_assert_int_eq(system(command), 0);
	site_forget_ca(&site);
	files.cert = cert;
	files.key = key;
	l = http_listen(
	    site.http, "127.0.0.1:0", &files, &http_default_limits, &e);
	ck_assert(l != NULL);
	site.tls = l;
	client_tls_prepare(&site, &client);
	SSL_CTX_load_verify_locations(client.ctx, cert, NULL);
	client_tls_run(&site, &client);
	ck_assert_int_eq(client.verified, X509_V_ERR_CERT_HAS_EXPIRED);
	unlink(cert);
	unlink(key);
	finish();
}
END_TEST

/* The highest that both speak, or nothing. */
START_TEST(versions)
{
	static const struct {
		const char *min, *max;
		int client_max, version;
	} rows[] = {
		{ NULL, "1.2", 0, TLS1_2_VERSION },
		{ "1.3", NULL, 0, TLS1_3_VERSION },
		{ "1.3", NULL, TLS1_2_VERSION, 0 },
		{ "1.2", "1.2", TLS1_2_VERSION, TLS1_2_VERSION },
		{ NULL, "1.1", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin((struct conn_faults){
		    .tls_min = rows[i].min, .tls_max = rows[i].max });
		client_tls_prepare(&site, &client);
		SSL_set_max_proto_version(client.ssl, rows[i].client_max);
		client_tls_run(&site, &client);
		ck_assert_int_eq(client.handshaken, rows[i].version != 0);
		if (rows[i].version != 0)
			ck_assert_int_eq(
			    SSL_version(client.ssl), rows[i].version);
		finish();
	}
}
END_TEST

static void
negotiated(const char *told, const char *is)
{
	const unsigned char *chosen;
	unsigned int n;

	begin((struct conn_faults){ .alpn = told });
	client_tls_prepare(&site, &client);
	SSL_set_alpn_protos(
	    client.ssl, (const unsigned char *)"\x02h2\x08http/1.1", 12);
	client_tls_run(&site, &client);
	ck_assert(client.handshaken);
	SSL_get0_alpn_selected(client.ssl, &chosen, &n);
	ck_assert_uint_eq(n, strlen(is));
	ck_assert_mem_eq(chosen ? chosen : (const unsigned char *)"", is, n);
	finish();
}

START_TEST(alpn)
{
	negotiated(NULL, "http/1.1");
	negotiated("h2", "h2");
	negotiated("", "");
}
END_TEST

/* TLS 1.3: the client thinks that it is through and hears of it on reading. */
START_TEST(client_certificate)
{
	begin((struct conn_faults){ .require_client_cert = true });
	client_tls_prepare(&site, &client);
	client_tls_run(&site, &client);
	ck_assert(client.handshaken);
	client_expect_text(&site, &client, "", GOT_FIN);
	ck_assert_int_eq(site.api.handled, 0);
	client_close(&client);
	client_tls_prepare(&site, &client);
	SSL_use_certificate(
	    client.ssl, SSL_CTX_get0_certificate(site.tls->tls));
	SSL_use_PrivateKey(client.ssl, SSL_CTX_get0_privatekey(site.tls->tls));
	client_tls_run(&site, &client);
	serves(&client);
	finish();
}
END_TEST

START_TEST(plain_on_a_tls_port)
{
	begin((struct conn_faults){ .wrong_protocol = true });
	client_open(&site, &client, site.tls);
	serves(&client);
	client_close(&client);
	client_tls_prepare(&site, &client);
	SSL_connect(client.ssl);
	client_expect_text(&site, &client,
	    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; "
	    "charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
	    GOT_FIN);
	finish();
}
END_TEST

START_TEST(tls_on_a_plain_port)
{
	begin((struct conn_faults){ .wrong_protocol = true });
	client_open(&site, &client, site.plain);
	client_send(&client, USUAL);
	client_receive(&site, &client, SIZE_MAX);
	ck_assert_str_eq(client.got.p,
	    "HTTP/1.0 400 Bad Request\r\n\r\n"
	    "Client sent an HTTP request to an HTTPS server.\n");
	client_close(&client);
	client_open(&site, &client, site.plain);
	client_send(&client, "\x16\x03\x01");
	client_receive(&site, &client, SIZE_MAX);
	ck_assert(strncmp(client.got.p, "HTTP/1.1 400", 12) == 0);
	ck_assert_int_eq(client.ending, GOT_FIN);
	finish();
}
END_TEST

static void
send_all(struct client *c, const char *p, size_t n)
{
	if (c->ssl)
		ck_assert_int_eq(SSL_write(c->ssl, p, (int)n), (int)n);
	else
		ck_assert_int_eq(send(c->fd, p, n, MSG_NOSIGNAL), (long)n);
}

/* libevent counts real time here: 20,000 bytes at 100,000 a second in bursts of
 * 10,000 take a tenth of a second, and come whole. */
START_TEST(rates)
{
	char *body = xmalloc(20000);
	char head[600];

	memset(body, 'x', 20000);
	for (int i = 0; i < 2; i++) {
		int64_t start;

		begin((struct conn_faults){
		    .rate_down = 100000, .rate_up = 100000 });
		site.api.body = body;
		site.api.body_n = 20000;
		if (i == 0)
			client_open(&site, &client, site.plain);
		else
			client_tls(&site, &client);
		start = clock_real_mono();
		client_send(&client, USUAL);
		snprintf(head, sizeof(head), "%s",
		    expected_head_200("Content-Length: 20000\r\n"));
		client_receive(&site, &client, strlen(head) + 20000);
		ck_assert_msg(clock_real_mono() - start > 20 * MS,
		    "round %d took no time", i);
		ck_assert_uint_eq(client.got.n, strlen(head) + 20000);
		ck_assert_mem_eq(client.got.p + strlen(head), body, 20000);
		buf_clear(&client.got);
		site.api.body_n = 10;
		start = clock_real_mono();
		client_send(&client,
		    "POST /usual HTTP/1.1\r\nHost: x\r\n"
		    "Content-Length: 20000\r\n\r\n");
		send_all(&client, body, 20000);
		client_receive(&site, &client, strlen(head));
		ck_assert_msg(clock_real_mono() - start > 20 * MS,
		    "round %d took what came at once", i);
		ck_assert_int_eq(site.api.handled, 2);
		finish();
	}
	free(body);
}
END_TEST

START_TEST(admin_feels_nothing)
{
	begin((struct conn_faults){ .accept_end = FAULT_END_RESET });
	client_open(&site, &client, site.admin);
	serves(&client);
	ck_assert_int_eq(site.api.seen, 0);
	http_set_gate(site.http, LISTENER_REFUSING);
	serves(&client);
	client_close(&client);
	client_open(&site, &client, site.admin);
	serves(&client);
	http_set_gate(site.http, LISTENER_BLACKHOLE);
	serves(&client);
	client_close(&client);
	client_open(&site, &client, site.admin);
	serves(&client);
	finish();
}
END_TEST

/* ---- the gate ---- */

START_TEST(refused)
{
	struct client other;

	begin((struct conn_faults){ 0 });
	client_open(&site, &client, site.plain);
	serves(&client);
	for (int i = 0; i < 3; i++) {
		char before[64], after[64];

		http_listener_address(site.plain, before, sizeof(before));
		http_set_gate(site.http, LISTENER_REFUSING);
		http_set_gate(site.http, LISTENER_REFUSING);
		client_expect_text(&site, &client, "", GOT_RST);
		for (int p = 0; p < 2; p++) {
			client_open(&site, &other, port(p));
			client_expect_text(&site, &other, "", GOT_RST);
			client_close(&other);
		}
		client_close(&client);
		http_set_gate(site.http, LISTENER_OPEN);
		http_listener_address(site.plain, after, sizeof(after));
		ck_assert_str_eq(before, after);
		client_tls(&site, &client);
		serves(&client);
		client_close(&client);
		client_open(&site, &client, site.plain);
		serves(&client);
	}
	finish();
}
END_TEST

/* Somebody else took the port meanwhile: it is tried again on the clock. */
START_TEST(refused_and_taken)
{
	struct sockaddr_in at;
	int thief = socket(AF_INET, SOCK_STREAM, 0);

	begin((struct conn_faults){ 0 });
	site.descriptors--;
	memcpy(&at, &site.plain->address, sizeof(at));
	http_set_gate(site.http, LISTENER_REFUSING);
	ck_assert_int_eq(bind(thief, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(thief, 1), 0);
	http_set_gate(site.http, LISTENER_OPEN);
	site_advance(&site, SECOND);
	ck_assert(
	    site.plain->evlistener == NULL && site.tls->evlistener != NULL);
	close(thief);
	site_advance(&site, SECOND);
	client_open(&site, &client, site.plain);
	serves(&client);
	finish();
}
END_TEST

/* Loopback answers a SYN within connect(): no answer then is none at all. */
static bool
answered(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

START_TEST(blackhole)
{
	struct client lost[3];

	begin((struct conn_faults){ 0 });
	client_open(&site, &client, site.plain);
	serves(&client);
	for (int round = 0; round < 2; round++) {
		http_set_gate(site.http, LISTENER_BLACKHOLE);
		for (int i = 0; i < 3; i++) {
			client_open(&site, &lost[i], port(i % 2));
			ck_assert_int_eq(lost[i].ending, STILL_OPEN);
		}
		for (int i = 0; i < 20; i++)
			site_pass(&site);
		for (int i = 0; i < 3; i++)
			ck_assert(!answered(lost[i].fd));
		serves(&client);
		http_set_gate(site.http, LISTENER_OPEN);
		for (int i = 0; i < 3; i++)
			client_close(&lost[i]);
		client_close(&client);
		client_open(&site, &client, site.plain);
		ck_assert(answered(client.fd));
		serves(&client);
	}
	ck_assert_int_eq(site.api.seen, 3);
	http_set_gate(site.http, LISTENER_BLACKHOLE);
	http_set_gate(site.http, LISTENER_REFUSING);
	client_expect_text(&site, &client, "", GOT_RST);
	client_open(&site, &lost[0], site.plain);
	client_expect_text(&site, &lost[0], "", GOT_RST);
	http_set_gate(site.http, LISTENER_BLACKHOLE);
	client_close(&lost[0]);
	client_open(&site, &lost[0], site.plain);
	ck_assert(!answered(lost[0].fd) && lost[0].ending == STILL_OPEN);
	client_close(&lost[0]);
	finish();
}
END_TEST

/* In the queue when it closed: served once it opens. */
START_TEST(blackhole_keeps_the_queue)
{
	begin((struct conn_faults){ 0 });
	client_open(&site, &client, site.plain);
	client_send(&client, USUAL);
	http_set_gate(site.http, LISTENER_BLACKHOLE);
	client_expect_text(&site, &client, "", STILL_OPEN);
	http_set_gate(site.http, LISTENER_OPEN);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	ck_assert_int_eq(site.api.seen, 1);
	finish();
}
END_TEST

/* Out of descriptors: nobody is lost, and the loop does not spin. */
START_TEST(no_descriptor_left)
{
	struct rlimit limit, none;
	int spare;

	begin((struct conn_faults){ 0 });
	client_open(&site, &client, site.plain);
	client_send(&client, USUAL);
	spare = dup(0);
	close(spare);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = (rlim_t)spare;
	setrlimit(RLIMIT_NOFILE, &none);
	client_expect_text(&site, &client, "", STILL_OPEN);
	ck_assert_int_eq(
	    site.http->reopen_alarm.at_ns - clock_now(site.real), 100 * MS);
	setrlimit(RLIMIT_NOFILE, &limit);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, 100 * MS);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	finish();
}
END_TEST

/* What api_conn_faults does may shut the gate. */
START_TEST(gate_shut_by_a_connection)
{
	begin((struct conn_faults){ 0 });
	site.api.refuse_at_connection = site.http;
	client_open(&site, &client, site.plain);
	client_expect_text(&site, &client, "", GOT_RST);
	finish();
}
END_TEST

/* The end, with every kind of connection still there, leaks nothing. */
START_TEST(ends_in_the_middle)
{
	struct client others[4];

	begin((struct conn_faults){ .accept_delay_ns = SECOND });
	client_open(&site, &others[0], site.plain);
	site_pass(&site);
	site.api.conn_faults = (struct conn_faults){ .set = true,
		.handshake_delay_ns = SECOND };
	client_tls_prepare(&site, &others[1]);
	SSL_connect(others[1].ssl);
	site_pass(&site);
	site_pass(&site);
	client_open(&site, &others[2], site.tls);
	site.api.conn_faults = (struct conn_faults){ .set = true,
		.accept_end = FAULT_END_SILENT,
		.garbage = SLICE("x") };
	site_pass(&site);
	client_open(&site, &others[3], site.plain);
	site_pass(&site);
	site.api.conn_faults.set = false;
	client_open(&site, &client, site.plain);
	client_send(&client, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n");
	client_expect_text(&site, &client, "", STILL_OPEN);
	http_set_gate(site.http, LISTENER_BLACKHOLE);
	http_stop(site.http);
	for (int i = 0; i < 4; i++)
		client_close(&others[i]);
	finish();
}
END_TEST

UNIT_MAIN("accept", accept_ends, waits_before_the_first_byte, waits_then_ends,
    garbage_first, much_garbage, handshake_ends, handshake_waits, certificates,
    certificates_under_a_configured_root, versions, alpn, client_certificate,
    plain_on_a_tls_port, tls_on_a_plain_port, rates, admin_feels_nothing,
    refused, refused_and_taken, blackhole, blackhole_keeps_the_queue,
    no_descriptor_left, gate_shut_by_a_connection, ends_in_the_middle)
