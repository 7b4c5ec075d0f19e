/*
 * What a listener's configuration says: PROXY headers, X-Forwarded-For, and
 * headers of answers.
 */
#include <string.h>

#include "base/mem.h"
#include "tests/support/http_site.h"
#include "tests/support/unit.h"

static struct site site;
static struct client client;

static void
parses(const char *bytes, size_t n, enum proxy_header want, const char *peer,
    int port)
{
	char got[64] = "";
	int got_port = 0;
	size_t used = 0;
	enum proxy_header h = proxy_header_parse(
	    bytes, n, &used, got, &got_port);

	ck_assert_int_eq(h, want);
	if (want == PROXY_HEADER_ADDRESS) {
		ck_assert_str_eq(got, peer);
		ck_assert_int_eq(got_port, port);
		ck_assert_uint_eq(used, n);
	}
}

START_TEST(proxy_version_1)
{
	static const char whole[] =
	    "PROXY TCP4 10.9.9.9 127.0.0.1 4321 8200\r\n";
	static const char ipv6[] = "PROXY TCP6 2001:db8::1 ::1 1 2\r\n";
	static const char *const bad[] = { "PROXY TCP4 10.9.9.9 x 1 2\r\n",
		"PROXY TCP4 10.9.9.9 127.0.0.1 1 65536\r\n",
		"PROXY TCP5 10.9.9.9 127.0.0.1 1 2\r\n", "PROXY \r\n",
		"PROXY TCP4 10.9.9.9 127.0.0.1 1 2\n",
		"PROXY TCP4 ::1 127.0.0.1 1 2\r\n" };
	char endless[200];

	parses(
	    whole, sizeof(whole) - 1, PROXY_HEADER_ADDRESS, "10.9.9.9", 4321);
	parses(ipv6, sizeof(ipv6) - 1, PROXY_HEADER_ADDRESS, "2001:db8::1", 1);
	parses("PROXY UNKNOWN\r\n", 15, PROXY_HEADER_LOCAL, "", 0);
	for (size_t n = 1; n < sizeof(whole) - 1; n++)
		parses(whole, n, PROXY_HEADER_PARTIAL, "", 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		parses(bad[i], strlen(bad[i]), PROXY_HEADER_BAD, "", 0);
	memset(endless, 'x', sizeof(endless));
	memcpy(endless, "PROXY ", 6);
	parses(endless, sizeof(endless), PROXY_HEADER_BAD, "", 0);
	parses("POST / HTTP/1.1\r\n", 17, PROXY_HEADER_NONE, "", 0);
	parses("\x16\x03\x01", 3, PROXY_HEADER_NONE, "", 0);
}
END_TEST

START_TEST(proxy_version_2)
{
	static const char head[] = "\r\n\r\n\0\r\nQUIT\n";
	char b[64];

	memcpy(b, head, 12);
	memcpy(b + 12,
	    "\x21\x11\x00\x0c\x0a\x09\x09\x09\x7f\x00\x00\x01"
	    "\x10\xe1\x20\x08",
	    16);
	parses(b, 28, PROXY_HEADER_ADDRESS, "10.9.9.9", 4321);
	for (size_t n = 1; n < 28; n++)
		parses(b, n, PROXY_HEADER_PARTIAL, "", 0);
	b[12] = 0x20; /* LOCAL */
	parses(b, 28, PROXY_HEADER_LOCAL, "", 0);
	b[12] = 0x31;
	parses(b, 28, PROXY_HEADER_BAD, "", 0);
	b[12] = 0x21;
	b[13] = 0x31; /* a UNIX socket */
	parses(b, 28, PROXY_HEADER_LOCAL, "", 0);
	b[13] = 0x11;
	b[15] = 0x04;
	parses(b, 20, PROXY_HEADER_BAD, "", 0);
}
END_TEST

static void
forwards(const struct http_settings *s, const char *const *values,
    const char *peer, const char *refusal)
{
	struct header headers[4];
	struct request req = {
		.arena = arena_new(), .headers = headers, .peer = "127.0.0.1"
	};

	for (; values[req.nheaders]; req.nheaders++)
		headers[req.nheaders] = (struct header){ "X-Forwarded-FOR",
			values[req.nheaders] };
	http_apply_forwarded_for(s, &req);
	if (refusal)
		ck_assert_str_eq(req.refusal, refusal);
	else
		ck_assert_ptr_null(req.refusal);
	ck_assert_str_eq(req.peer, peer);
	arena_free(req.arena);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NONE ((const char *const[]){ NULL })

START_TEST(forwarded_for)
{
	struct http_settings s = { .forwarded_for_authorized = NULL,
		.forwarded_for_reject_not_present = true,
		.forwarded_for_reject_not_authorized = true };

	forwards(&s, LIST("1.2.3.4"), "127.0.0.1", NULL);
	s.forwarded_for_authorized = LIST("10.0.0.0/8", "127.0.0.0/8");
	forwards(&s, LIST("1.2.3.4"), "1.2.3.4", NULL);
	forwards(&s, LIST("1.1.1.1, 2.2.2.2", "3.3.3.3 "), "3.3.3.3", NULL);
	forwards(&s, NONE, "127.0.0.1",
	    "missing x-forwarded-for header and configured to reject when not "
	    "present");
	s.forwarded_for_hop_skips = 2;
	forwards(&s, LIST("1.1.1.1, 2.2.2.2", "3.3.3.3"), "1.1.1.1", NULL);
	forwards(&s, LIST("2.2.2.2,3.3.3.3"), "127.0.0.1",
	    "malformed x-forwarded-for configuration or request, hops to skip "
	    "(2) would skip before earliest chain link (chain length 1)");
	s.forwarded_for_hop_skips = 0;
	s.forwarded_for_authorized = LIST("10.0.0.0/8");
	forwards(&s, LIST("1.2.3.4"), "127.0.0.1",
	    "client address not authorized for x-forwarded-for and configured "
	    "to reject connection");
	s.forwarded_for_reject_not_authorized = false;
	s.forwarded_for_reject_not_present = false;
	forwards(&s, LIST("1.2.3.4"), "127.0.0.1", NULL);
	forwards(&s, NONE, "127.0.0.1", NULL);
}
END_TEST

static const char *
head_of(const char *target)
{
	static char got[2000];

	client_open(&site, &client, site.plain);
	client_send(&client, target);
	client_receive(&site, &client, 30);
	snprintf(got, sizeof(got), "%.*s", (int)client.got.n, client.got.p);
	client_close(&client);
	return got;
}

START_TEST(response_headers)
{
	static const struct http_response_header headers[] = {
		{ "204", "X-Test", "exact" },
		{ "2xx", "X-Test", "class" },
		{ "default", "X-Test", "a; b" },
		{ "default", "strict-transport-security", "none" },
		{ "5xx", "X-Other", "no" },
	};
	struct http_settings s = { .response_headers = headers,
		.nresponse_headers = sizeof(headers) / sizeof(headers[0]) };
	const char *got;

	site_open(&site);
	http_set_settings(site.plain, &s);
	http_set_identity_headers(site.http, "host", "node1");
	got = head_of("GET /usual HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(got, "\r\nX-Test: class\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(got, "\r\nstrict-transport-security: none\r\n"));
	ck_assert_ptr_null(strstr(got, "max-age"));
	ck_assert_ptr_null(strstr(got, "X-Other"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nX-Vault-Hostname: host\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(got, "\r\nX-Vault-Raft-Node-ID: node1\r\n"));
	got = head_of("GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(got, "\r\nX-Test: exact\r\n"));
	site_close(&site);
}
END_TEST

START_TEST(proxy_over_sockets)
{
	struct http_settings s = { .proxy_protocol = PROXY_PROTOCOL_ALWAYS };

	site_open(&site);
	http_set_settings(site.plain, &s);
	client_open(&site, &client, site.plain);
	client_send(&client,
	    "PROXY TCP4 10.9.9.9 127.0.0.1 4321 8200\r\n"
	    "GET /usual HTTP/1.1\r\nHost: x\r\n\r\n");
	client_receive(&site, &client, 30);
	ck_assert_str_eq(site.api.peer, "10.9.9.9");
	client_close(&client);
	ck_assert_ptr_nonnull(
	    strstr(head_of("GET /usual HTTP/1.1\r\nHost: x\r\n\r\n"), " 200 "));
	ck_assert_str_eq(site.api.peer, "127.0.0.1");
	s.proxy_protocol = PROXY_PROTOCOL_ALLOW;
	s.proxy_protocol_authorized = LIST("10.0.0.0/8");
	http_set_settings(site.plain, &s);
	ck_assert_ptr_nonnull(
	    strstr(head_of("PROXY TCP4 10.9.9.9 127.0.0.1 4321 8200\r\n"
			   "GET /usual HTTP/1.1\r\nHost: x\r\n\r\n"),
		" 200 "));
	ck_assert_str_eq(site.api.peer, "127.0.0.1");
	s.proxy_protocol = PROXY_PROTOCOL_DENY;
	http_set_settings(site.plain, &s);
	client_open(&site, &client, site.plain);
	client_receive(&site, &client, 1);
	ck_assert_int_ne(client.ending, STILL_OPEN);
	client_close(&client);
	site_close(&site);
}
END_TEST

UNIT_MAIN("settings", proxy_version_1, proxy_version_2, forwarded_for,
    response_headers, proxy_over_sockets)
