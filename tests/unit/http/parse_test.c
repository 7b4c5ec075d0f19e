/*
 * HTTP/1.x heads and chunked bodies, cut at every byte.
 */
#include "base/http/parse.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/unit.h"

static const char whole[] = "POST /v1/secret/data/a?b=c HTTP/1.1\r\n"
			    "Host: example\r\n"
			    "X-Vault-Token:  root \r\n"
			    "Content-Length: 12\r\n"
			    "Expect: 100-continue\r\n"
			    "\r\n";

static void
same(struct slice s, const char *text)
{
	ck_assert_uint_eq(s.n, strlen(text));
	ck_assert_mem_eq(s.p, text, s.n);
}

START_TEST(a_head)
{
	struct http_head h;

	ck_assert_int_eq(
	    http_parse_head(whole, sizeof(whole) - 1, &h), sizeof(whole) - 1);
	same(h.method, "POST");
	same(h.target, "/v1/secret/data/a?b=c");
	ck_assert_int_eq(h.minor, 1);
	ck_assert_int_eq(h.nheaders, 4);
	same(h.headers[1].name, "X-Vault-Token");
	same(h.headers[1].value, "root");
	ck_assert_int_eq(h.content_length, 12);
	ck_assert(h.keep_alive && h.expect_continue && !h.chunked);
}
END_TEST

START_TEST(every_prefix_asks_for_more)
{
	struct http_head h;

	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		ck_assert_int_eq(http_parse_head(whole, n, &h), 0);
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		const char *text;
		long is;
	} rows[] = {
		{ "GET / HTTP/2.0\r\n\r\n", -505 },
		{ "GET / HTTQ/1.1\r\n\r\n", -400 },
		{ "GET /\r\n\r\n", -400 },
		{ "G(T / HTTP/1.1\r\n\r\n", -400 },
		{ "GET / HTTP/1.1\r\nno colon\r\n\r\n", -400 },
		{ "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", -400 },
		{ "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", -400 },
		{ "GET / HTTP/1.1\r\nContent-Length: 1\r\n"
		  "Content-Length: 2\r\n\r\n",
		    -400 },
		{ "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", -501 },
		{ "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
		  "Content-Length: 2\r\n\r\n",
		    -400 },
		{ "GET / HTTP/1.1\r\nA: b\x01\r\n\r\n", -400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n", -400 },
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(http_parse_head(rows[i].text,
				  strlen(rows[i].text), &h) == rows[i].is,
		    "%s", rows[i].text);
}
END_TEST

START_TEST(hosts)
{
	static const struct {
		const char *text, *refusal;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nA: b\r\n\r\n",
		    "missing required Host header" },
		{ "GET / HTTP/1.0\r\n\r\n", NULL },
		{ "CONNECT a:1 HTTP/1.1\r\n\r\n", NULL },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", NULL },
		{ "GET / HTTP/1.1\r\nhost: [::1%25lo]:80\r\n\r\n", NULL },
		{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
		    "malformed Host header" },
		{ "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n",
		    "malformed Host header" },
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_gt(
		    http_parse_head(rows[i].text, strlen(rows[i].text), &h), 0);
		ck_assert_pstr_eq(http_host_refusal(&h), rows[i].refusal);
	}
}
END_TEST

START_TEST(host_bytes)
{
	static const char wanted[] = "!$%&'()*+,-.:;=[]_~0123456789"
				     "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct http_head h = { .nhosts = 1, .minor = 1 };

	for (int i = 0; i < 256; i++) {
		char byte = (char)i;

		h.host = (struct slice){ &byte, 1 };
		ck_assert_int_eq(
		    !http_host_refusal(&h), i && strchr(wanted, byte));
	}
}
END_TEST

static long
answer_head(const char *text, struct http_head *h)
{
	return http_parse_response_head(text, strlen(text), h);
}

START_TEST(an_answers_head)
{
	const char *text = "HTTP/1.1 429 Too Many\r\nA: 1\r\n"
			   "Content-Length: 5\r\n\r\nhello";
	struct http_head h;

	ck_assert_int_eq(answer_head(text, &h), (long)strlen(text) - 5);
	ck_assert_int_eq(h.status, 429);
	ck_assert(slice_is(h.reason, "Too Many"));
	ck_assert_int_eq(h.nheaders, 2);
	ck_assert_int_eq(h.content_length, 5);
	ck_assert(h.keep_alive);
	ck_assert_int_gt(answer_head("HTTP/1.0 204\r\n\r\n", &h), 0);
	ck_assert(!h.keep_alive && h.reason.n == 0);
	ck_assert_int_eq(answer_head("HTTP/1.1 200 O", &h), 0);
}
END_TEST

START_TEST(answers_that_are_refused)
{
	static const char *const wrong[] = { "HTTP/2 200 OK\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 200 O\x01K\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" };
	struct http_head h;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(answer_head(wrong[i], &h), -502);
}
END_TEST

START_TEST(limits)
{
	static char text[HTTP_HEAD_MAX * 2];
	struct http_head h;
	size_t n;

	memset(text, 'x', sizeof(text));
	memcpy(text, "GET /", 5);
	ck_assert_int_eq(http_parse_head(text, HTTP_LINE_MAX + 1, &h), -414);
	n = (size_t)sprintf(text, "GET / HTTP/1.1\r\nA: ");
	text[n] = 'x';
	ck_assert_int_eq(http_parse_head(text, HTTP_HEAD_MAX + 1, &h), -431);
	n = (size_t)sprintf(text, "GET / HTTP/1.1\r\n");
	for (int i = 0; i <= HTTP_HEADERS_MAX; i++)
		n += (size_t)sprintf(text + n, "A: b\r\n");
	n += (size_t)sprintf(text + n, "\r\n");
	ck_assert_int_eq(http_parse_head(text, n, &h), -431);
}
END_TEST

START_TEST(connections_end)
{
	static const struct {
		const char *text;
		bool keep;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nConnection: x, close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n", true },
	};
	struct http_head h;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_gt(
		    http_parse_head(rows[i].text, strlen(rows[i].text), &h), 0);
		ck_assert_int_eq(h.keep_alive, rows[i].keep);
	}
}
END_TEST

START_TEST(chunks_cut_anywhere)
{
	static const char text[] =
	    "4\r\nwiki\r\n6;x=y\r\npedia.\r\n0\r\nTrailer: 1\r\n\r\nrest";
	size_t end = sizeof(text) - 1 - strlen("rest");

	for (size_t cut = 0; cut <= end; cut++) {
		struct http_chunks c = { 0 };
		struct buf out;
		bool done;
		long took;

		buf_init(&out, 100);
		took = http_parse_chunks(&c, text, cut, &out, &done);
		ck_assert_int_ge(took, 0);
		if (!done)
			took += http_parse_chunks(&c, text + took,
			    sizeof(text) - 1 - (size_t)took, &out, &done);
		ck_assert(done);
		ck_assert_int_eq(took, (long)end);
		ck_assert_uint_eq(out.n, 10);
		ck_assert_mem_eq(out.p, "wikipedia.", 10);
		buf_release(&out);
	}
}
END_TEST

START_TEST(broken_chunks)
{
	static const char *const rows[] = { "x\r\n", "\r\n", "1\r\nab\r\n",
		"1234567890abc\r\n", "-1\r\n" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_chunks c = { 0 };
		struct buf out;
		bool done;

		buf_init(&out, 100);
		ck_assert_msg(http_parse_chunks(&c, rows[i], strlen(rows[i]),
				  &out, &done) == -1,
		    "%s", rows[i]);
		buf_release(&out);
	}
}
END_TEST

UNIT_MAIN("http_parse", a_head, every_prefix_asks_for_more, refusals, hosts,
    host_bytes, an_answers_head, answers_that_are_refused, limits,
    connections_end, chunks_cut_anywhere, broken_chunks)
