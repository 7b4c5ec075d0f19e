/*
 * Answers as a struct wire says, to the byte, over real sockets on a clock that
 * the test moves: what goes out when, and how it ends.
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/unit.h"
#include "tests/support/http_site.h"

#define GET "GET /throttled HTTP/1.1\r\nHost: x\r\n\r\n"
#define USUAL "GET /usual HTTP/1.1\r\nHost: x\r\n\r\n"
#define FULL "Content-Length: 10\r\n"

static struct site site;
static struct client client;

/* A text of pieces, valid until the next call but one. */
static const char *
text(const char *a, const char *b)
{
	static char out[2][2000];
	static int turn;

	turn = !turn;
	snprintf(out[turn], sizeof(out[turn]), "%s%s", a, b);
	return out[turn];
}

static const char *
whole(void)
{
	return text(expected_head_200(FULL), "0123456789");
}

/* A site whose answers are throttled, and a client of it, TLS or not. */
static void
begin(struct response_fault w, bool tls)
{
	w.set = true;
	site_open(&site);
	site.api.response_fault = w;
	if (tls)
		client_tls(&site, &client);
	else
		client_open(&site, &client, site.plain);
}

static void
finish(void)
{
	client_close(&client);
	site_close(&site);
}

/* And the server has noticed. */
static void
leave(void)
{
	client_close(&client);
	for (int i = 0; i < 5000 && site.http->conns; i++)
		site_pass(&site);
	ck_assert(site.http->conns == NULL);
}

/* The connection serves as ever after all. */
static void
still_serves(void)
{
	client_send(&client, USUAL);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
}

/* One request, what comes, how it ends; the same over TLS, where an RST is not
 * a close_notify. */
static void
exchange(struct response_fault w, const char *expected, enum conn_ending ending)
{
	for (int tls = 0; tls < 2; tls++) {
		begin(w, tls);
		client_send(&client, GET);
		client_expect_text(&site, &client, expected, ending);
		if (tls && ending != STILL_OPEN)
			ck_assert_int_eq(SSL_get_shutdown(client.ssl),
			    ending == GOT_FIN ? SSL_RECEIVED_SHUTDOWN : 0);
		finish();
	}
}

START_TEST(unthrottled)
{
	begin((struct response_fault){ 0 }, false);
	client_send(&client, GET USUAL);
	client_expect_text(&site, &client, text(whole(), whole()), STILL_OPEN);
	site.api.response_fault.set = false;
	site.api.response_fault.end = FAULT_END_RESET;
	client_send(&client, GET);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	finish();
}
END_TEST

START_TEST(waits)
{
	for (int tls = 0; tls < 2; tls++) {
		begin((struct response_fault){ .head_delay_ns = 2 * SECOND,
			  .body_delay_ns = 3 * SECOND,
			  .end_delay_ns = 4 * SECOND,
			  .end = FAULT_END_FIN },
		    tls);
		client_send(&client, GET);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 2 * SECOND - 1);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 1);
		client_expect_text(
		    &site, &client, expected_head_200(FULL), STILL_OPEN);
		site_advance(&site, 3 * SECOND - 1);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 1);
		client_expect_text(&site, &client, "0123456789", STILL_OPEN);
		site_advance(&site, 4 * SECOND - 1);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 1);
		client_expect_text(&site, &client, "", GOT_FIN);
		finish();
	}
}
END_TEST

START_TEST(waiting_keeps_the_connection)
{
	begin((struct response_fault){ .head_delay_ns = SECOND,
		  .end_delay_ns = SECOND },
	    false);
	client_send(&client, GET USUAL);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	ck_assert_int_eq(site.api.handled, 1);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	still_serves();
	finish();
}
END_TEST

/* An answer that acknowledges a write must not leave before the commit, even
 * when nothing is to be waited for, or the time is over already. */
START_TEST(nothing_leaves_before_the_flush)
{
	char byte;

	begin((struct response_fault){ .head_delay_ns = 0 }, false);
	site_pass(&site);
	client_send(&client, GET);
	for (int i = 0; i < 5; i++)
		site_pass_uncommitted(&site);
	ck_assert_int_eq(site.api.handled, 1);
	clock_advance(site.real, SECOND);
	ck_assert_int_eq(recv(client.fd, &byte, 1, 0), -1);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	finish();
}
END_TEST

/* What is pipelined behind it has its own commit: a flush takes up nothing. */
START_TEST(a_flush_takes_up_nothing)
{
	begin((struct response_fault){ .head_delay_ns = 0 }, false);
	client_send(&client, GET USUAL);
	for (int i = 0; i < 1000 && site.api.handled == 0; i++)
		site_pass_uncommitted(&site);
	http_flush(site.http);
	ck_assert_int_eq(site.api.handled, 1);
	client_expect_text(&site, &client, text(whole(), whole()), STILL_OPEN);
	finish();
}
END_TEST

START_TEST(cut_from_the_start)
{
	char part[64] = "";

	for (int end = FAULT_END_FIN; end <= FAULT_END_RESET; end++) {
		enum conn_ending is = end == FAULT_END_FIN ? GOT_FIN : GOT_RST;
		struct response_fault w = { .cut = FAULT_CUT_START,
			.bytes = 0,
			.end = (enum fault_end)end };

		exchange(w, "", is);
		w.bytes = 12;
		memcpy(part, whole(), 12);
		exchange(w, part, is);
		w.bytes = (int64_t)strlen(expected_head_200(FULL)) + 3;
		exchange(w, text(expected_head_200(FULL), "012"), is);
		w.bytes = 100000;
		exchange(w, whole(), is);
	}
}
END_TEST

START_TEST(cut_in_the_body)
{
	struct response_fault w = {
		.cut = FAULT_CUT_BODY, .bytes = 4, .end = FAULT_END_FIN
	};

	exchange(w, text(expected_head_200(FULL), "0123"), GOT_FIN);
	w.end = FAULT_END_RESET;
	exchange(w, text(expected_head_200(FULL), "0123"), GOT_RST);
	w.bytes = 0;
	exchange(w, expected_head_200(FULL), GOT_RST);
	w.bytes = 11;
	exchange(w, whole(), GOT_RST);
	w = (struct response_fault){ .cut = FAULT_CUT_FRACTION,
		.fraction = 0.55,
		.end = FAULT_END_FIN };
	exchange(w, text(expected_head_200(FULL), "01234"), GOT_FIN);
	w.fraction = 1;
	exchange(w, whole(), GOT_FIN);
	w.fraction = -1;
	w.end = FAULT_END_KEEP_ALIVE;
	exchange(w, expected_head_200(FULL), STILL_OPEN);
}
END_TEST

START_TEST(short_length)
{
	struct response_fault w = { .cut = FAULT_CUT_FRACTION,
		.fraction = 0.5,
		.length_as_sent = true };
	char part[600];

	exchange(w, text(expected_head_200("Content-Length: 5\r\n"), "01234"),
	    STILL_OPEN);
	w.cut = FAULT_CUT_START;
	w.bytes = (int64_t)strlen(expected_head_200("Content-Length: 7\r\n")) +
	    7;
	exchange(w, text(expected_head_200("Content-Length: 7\r\n"), "0123456"),
	    STILL_OPEN);
	w.bytes = 20;
	snprintf(part, sizeof(part), "%.20s", expected_head_200(FULL));
	exchange(w, part, STILL_OPEN);
	begin(
	    (struct response_fault){
		.cut = FAULT_CUT_BODY, .bytes = 2, .length_as_sent = true },
	    false);
	client_send(&client, GET);
	client_expect_text(&site, &client,
	    text(expected_head_200("Content-Length: 2\r\n"), "01"), STILL_OPEN);
	still_serves();
	finish();
}
END_TEST

START_TEST(unframed)
{
	struct response_fault w = { .no_last_chunk = true,
		.end = FAULT_END_FIN };
	const char *chunked = "Transfer-Encoding: chunked\r\n";

	exchange(w, text(expected_head_200(chunked), "a\r\n0123456789\r\n"),
	    GOT_FIN);
	w.chunk_bytes = 4;
	w.end = FAULT_END_RESET;
	exchange(w,
	    text(expected_head_200(chunked),
		"4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n"),
	    GOT_RST);
	w.cut = FAULT_CUT_BODY;
	w.bytes = 5;
	w.end = FAULT_END_KEEP_ALIVE;
	exchange(w, text(expected_head_200(chunked), "4\r\n0123\r\n1\r\n4\r\n"),
	    STILL_OPEN);
	w.cut = FAULT_CUT_START;
	w.bytes = (int64_t)strlen(expected_head_200(chunked)) + 5;
	exchange(w, text(expected_head_200(chunked), "4\r\n01"), STILL_OPEN);
}
END_TEST

START_TEST(dribbled)
{
	begin((struct response_fault){ .chunk_bytes = 3,
		  .chunk_interval_ns = 100 * MS },
	    false);
	client_send(&client, GET USUAL);
	client_expect_text(
	    &site, &client, text(expected_head_200(FULL), "012"), STILL_OPEN);
	site_advance(&site, 100 * MS - 1);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, 1);
	client_expect_text(&site, &client, "345", STILL_OPEN);
	site_advance(&site, 100 * MS);
	client_expect_text(&site, &client, "678", STILL_OPEN);
	ck_assert_int_eq(site.api.handled, 1);
	site_advance(&site, 100 * MS);
	client_expect_text(&site, &client, text("9", whole()), STILL_OPEN);
	client_send(&client, GET);
	client_expect_text(
	    &site, &client, text(expected_head_200(FULL), "012"), STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, "3456789", STILL_OPEN);
	finish();
}
END_TEST

START_TEST(dribbled_over_tls)
{
	begin((struct response_fault){ .head_delay_ns = MS,
		  .chunk_bytes = 4,
		  .chunk_interval_ns = MS,
		  .no_last_chunk = true,
		  .cut = FAULT_CUT_BODY,
		  .bytes = 6,
		  .end = FAULT_END_RESET },
	    true);
	client_send(&client, GET);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, MS);
	client_expect_text(&site, &client,
	    text(expected_head_200("Transfer-Encoding: chunked\r\n"),
		"4\r\n0123\r\n"),
	    STILL_OPEN);
	site_advance(&site, MS);
	client_expect_text(&site, &client, "2\r\n45\r\n", GOT_RST);
	finish();
}
END_TEST

START_TEST(garbage)
{
	struct response_fault w = { .garbage = SLICE("\001\377<x>"),
		.end = FAULT_END_FIN };

	exchange(w, text(expected_head_200(FULL), "\001\377<x>"), GOT_FIN);
	w.no_last_chunk = true;
	exchange(w,
	    text(expected_head_200("Transfer-Encoding: chunked\r\n"),
		"\001\377<x>"),
	    GOT_FIN);
	w.no_last_chunk = false;
	w.garbage_only = true;
	w.body_delay_ns = SECOND;
	exchange(w, "\001\377<x>", GOT_FIN);
	w.end = FAULT_END_RESET;
	w.cut = FAULT_CUT_START;
	w.bytes = 2;
	exchange(w, "\001\377", GOT_RST);
	begin((struct response_fault){ .garbage = SLICE("<x>"),
		  .length_as_sent = true },
	    false);
	client_send(&client, GET);
	client_expect_text(&site, &client,
	    text(expected_head_200("Content-Length: 3\r\n"), "<x>"),
	    STILL_OPEN);
	still_serves();
	finish();
}
END_TEST

START_TEST(silent)
{
	for (int tls = 0; tls < 2; tls++) {
		begin((struct response_fault){ .cut = FAULT_CUT_BODY,
			  .bytes = 3,
			  .end = FAULT_END_SILENT,
			  .silent_ns = SECOND },
		    tls);
		client_send(&client, GET);
		client_expect_text(&site, &client,
		    text(expected_head_200(FULL), "012"), STILL_OPEN);
		client_send(&client, USUAL);
		site_advance(&site, SECOND - 1);
		client_expect_text(&site, &client, "", STILL_OPEN);
		ck_assert_int_eq(site.api.handled, 1);
		site_advance(&site, 1);
		client_expect_text(&site, &client, "", GOT_FIN);
		finish();
	}
}
END_TEST

START_TEST(silent_for_ever)
{
	begin((struct response_fault){ .end = FAULT_END_SILENT }, false);
	client_send(&client, GET);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	site_advance(&site, 100000 * SECOND);
	client_expect_text(&site, &client, "", STILL_OPEN);
	ck_assert(site.http->conns != NULL);
	leave();
	site_close(&site);
}
END_TEST

/* HEAD has a length and no body, whatever a fault does to bodies. */
START_TEST(without_body)
{
	begin((struct response_fault){ .garbage = SLICE("<x>"),
		  .body_delay_ns = SECOND,
		  .length_as_sent = true,
		  .chunk_bytes = 1,
		  .chunk_interval_ns = SECOND },
	    false);
	client_send(&client, "HEAD /throttled HTTP/1.1\r\nHost: x\r\n\r\n");
	client_expect_text(&site, &client, expected_head_200(FULL), STILL_OPEN);
	site.api.response_fault = (struct response_fault){ .set = true,
		.no_last_chunk = true };
	client_send(&client, "HEAD /throttled HTTP/1.1\r\nHost: x\r\n\r\n");
	client_expect_text(&site, &client,
	    expected_head_200("Transfer-Encoding: chunked\r\n"), STILL_OPEN);
	still_serves();
	finish();
}
END_TEST

START_TEST(no_content)
{
	char expected[600];

	begin((struct response_fault){ .garbage = SLICE("<x>"),
		  .no_last_chunk = true,
		  .head_delay_ns = SECOND },
	    false);
	client_send(&client, "GET /throttled/none HTTP/1.1\r\nHost: x\r\n\r\n");
	snprintf(expected, sizeof(expected), "HTTP/1.1 204 No Content%s",
	    expected_head_200("") + strlen("HTTP/1.1 200 OK"));
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, expected, STILL_OPEN);
	still_serves();
	finish();
}
END_TEST

/* The client's wish to close holds after a fault that goes on. */
START_TEST(close_after_a_throttled_answer)
{
	begin((struct response_fault){ .head_delay_ns = SECOND,
		  .end_delay_ns = SECOND },
	    false);
	client_send(&client,
	    "GET /throttled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client,
	    text(expected_head_200(FULL "Connection: close\r\n"), "0123456789"),
	    STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, "", GOT_FIN);
	finish();
}
END_TEST

START_TEST(pipelined_around_a_throttled_answer)
{
	char expected[2000];

	begin((struct response_fault){ .head_delay_ns = SECOND }, false);
	client_send(&client, USUAL GET GET USUAL);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, text(whole(), whole()), STILL_OPEN);
	site.api.response_fault = (struct response_fault){ .set = true };
	client_send(&client, USUAL GET GET USUAL);
	snprintf(expected, sizeof(expected), "%s%s%s%s", whole(), whole(),
	    whole(), whole());
	client_expect_text(&site, &client, expected, STILL_OPEN);
	finish();
}
END_TEST

/* A client that does not read yet gets all that was let through, then the RST.
 */
START_TEST(a_reset_takes_nothing_with_it)
{
	size_t n = (size_t)3 << 20, head;
	char *body = xmalloc(n);
	struct buf expected;

	memset(body, 'x', n);
	for (int tls = 0; tls < 2; tls++) {
		begin((struct response_fault){ .cut = FAULT_CUT_BODY,
			  .bytes = (int64_t)n - 1,
			  .end = FAULT_END_RESET },
		    tls);
		site.api.body = body;
		site.api.body_n = n;
		client_send(&client, GET);
		for (int i = 0; i < 50; i++)
			site_pass(&site);
		buf_init(&expected, 0);
		buf_str(&expected,
		    expected_head_200("Content-Length: 3145728\r\n"));
		head = expected.n;
		buf_add(&expected, body, n - 1);
		while (client.ending == STILL_OPEN) {
			client_receive(&site, &client, client.got.n + 1);
			site_advance(&site, 2 * MS);
		}
		ck_assert_uint_eq(client.got.n, head + n - 1);
		client_expect(&site, &client, expected.p, expected.n, GOT_RST);
		buf_release(&expected);
		finish();
	}
	free(body);
}
END_TEST

START_TEST(goes_away_while_it_waits)
{
	for (int tls = 0; tls < 2; tls++) {
		begin((struct response_fault){ .head_delay_ns = SECOND }, tls);
		client_send(&client, GET);
		client_expect_text(&site, &client, "", STILL_OPEN);
		client_close(&client); /* for all one sees, half-closed */
		site_advance(&site, SECOND);
		for (int i = 0; i < 20 && site.http->conns; i++)
			site_pass(&site);
		ck_assert_ptr_null(site.http->conns);
		site_close(&site);
		begin((struct response_fault){ 0 }, tls);
		client_send(&client, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n");
		client_expect_text(&site, &client, "", STILL_OPEN);
		ck_assert_int_eq(site.api.stalled, 1);
		leave();
		ck_assert_int_eq(site.api.gone, 1);
		ck_assert_int_eq(site.api.stalled, 0);
		ck_assert_int_eq(site.http->active_requests, 0);
		site_close(&site);
	}
}
END_TEST

/* Who has sent all he has still gets his answers, late as they are. */
START_TEST(half_closed_while_it_waits)
{
	begin((struct response_fault){ .head_delay_ns = SECOND }, false);
	client_send(&client, GET USUAL);
	shutdown(client.fd, SHUT_WR);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, text(whole(), whole()), GOT_FIN);
	finish();
	begin((struct response_fault){ .head_delay_ns = SECOND }, false);
	client_send(&client, GET "GET /cut");
	shutdown(client.fd, SHUT_WR);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, SECOND);
	client_expect_text(&site, &client, whole(), GOT_FIN);
	finish();
}
END_TEST

/* What a client sends ahead of a stalled answer is taken only so far. */
START_TEST(sending_ahead_is_capped)
{
	static char flood[8192];
	size_t sent = 0;

	begin((struct response_fault){ 0 }, false);
	memset(flood, 'x', sizeof(flood));
	client_send(&client, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n");
	client_expect_text(&site, &client, "", STILL_OPEN);
	for (int i = 0; i < 1000 && sent < (size_t)64 << 20; i++) {
		ssize_t n = send(client.fd, flood, sizeof(flood), MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		site_pass(&site);
	}
	ck_assert_uint_lt(sent, (size_t)64 << 20);
	ck_assert_uint_le(
	    evbuffer_get_length(bufferevent_get_input(site.http->conns->bev)),
	    2 * CONN_KEPT_BUFFER_BYTES);
	api_client_gone(site.http->conns->request);
	client_expect_text(&site, &client,
	    text(whole(),
		"HTTP/1.1 414 Request URI "
		"Too Long\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Connection: close\r\n\r\n414 Request URI Too Long"),
	    GOT_FIN);
	finish();
}
END_TEST

/* The answer of a request that waited, then what was pipelined behind it. */
START_TEST(a_stall_that_ends)
{
	begin((struct response_fault){ 0 }, false);
	client_send(&client, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n" USUAL);
	client_expect_text(&site, &client, "", STILL_OPEN);
	ck_assert_int_eq(site.http->conns->timeout_s, 0);
	api_client_gone(site.http->conns->request);
	client_expect_text(&site, &client, text(whole(), whole()), STILL_OPEN);
	ck_assert_int_eq(
	    site.http->conns->timeout_s, http_default_limits.idle_timeout_s);
	finish();
}
END_TEST

START_TEST(reset_all)
{
	struct client admin, tls, quiet;

	begin((struct response_fault){ .head_delay_ns = SECOND }, false);
	client_open(&site, &admin, site.admin);
	client_tls(&site, &tls);
	client_open(&site, &quiet, site.tls);
	client_send(&client, GET);
	client_send(&admin, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n");
	client_send(&tls, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n");
	client_expect_text(&site, &client, "", STILL_OPEN);
	client_expect_text(&site, &tls, "", STILL_OPEN);
	client_expect_text(&site, &admin, "", STILL_OPEN);
	ck_assert_int_eq(site.api.stalled, 2);
	http_reset_connections(site.http);
	client_expect_text(&site, &client, "", GOT_RST);
	client_expect_text(&site, &tls, "", GOT_RST);
	client_expect_text(&site, &quiet, "", GOT_RST);
	client_expect_text(&site, &admin, "", STILL_OPEN);
	ck_assert_int_eq(site.api.stalled, 1);
	client_close(&admin);
	client_close(&tls);
	client_close(&quiet);
	finish();
}
END_TEST

START_TEST(admin_is_never_throttled)
{
	struct client admin;

	begin((struct response_fault){ .end = FAULT_END_RESET,
		  .garbage = SLICE("x") },
	    false);
	client_open(&site, &admin, site.admin);
	client_send(&admin, GET);
	client_expect_text(&site, &admin, whole(), STILL_OPEN);
	client_close(&admin);
	finish();
}
END_TEST

START_TEST(close_and_no_body)
{
	struct client other;

	begin((struct response_fault){ 0 }, true);
	client_send(&client, USUAL);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	ck_assert_int_eq(site.api.conn_id, 1);
	ck_assert_int_eq(site.api.conn_nth, 1);
	ck_assert_str_eq(site.api.tls_text, "TLSv1.3 TLS_AES_256_GCM_SHA384");
	client_send(&client, USUAL);
	client_expect_text(&site, &client, whole(), STILL_OPEN);
	ck_assert_int_eq(site.api.conn_nth, 2);
	client_open(&site, &other, site.plain);
	client_send(&other, USUAL);
	client_expect_text(&site, &other, whole(), STILL_OPEN);
	ck_assert_int_eq(site.api.conn_id, 2);
	ck_assert_int_eq(site.api.conn_nth, 1);
	ck_assert_str_eq(site.api.tls_text, "");
	client_close(&other);
	finish();
}
END_TEST

/* Expect with Connection: close: the 100 is not the last word. */
START_TEST(continue_then_close)
{
	begin((struct response_fault){ 0 }, false);
	client_send(&client,
	    "POST /usual HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	client_expect_text(
	    &site, &client, "HTTP/1.1 100 Continue\r\n\r\n", STILL_OPEN);
	client_send(&client, "{}");
	client_expect_text(&site, &client,
	    text(expected_head_200(FULL "Connection: close\r\n"), "0123456789"),
	    GOT_FIN);
	finish();
}
END_TEST

static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, pages = 0;

	ck_assert_int_eq(fscanf(f, "%ld %ld", &size, &pages), 2);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

/* Thousands wait at once: each has answered before and now costs little. */
START_TEST(a_stall_costs_little)
{
	enum { MANY = 2000 };
	struct rlimit most;
	struct client *many = xcalloc(MANY, sizeof(*many));
	long before = 0;

	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	begin((struct response_fault){ 0 }, false);
	for (int i = 0; i < MANY; i++) {
		client_open(&site, &many[i], site.plain);
		client_send(&many[i], USUAL);
		if (i % 100 == 99)
			client_expect_text(
			    &site, &many[i], whole(), STILL_OPEN);
		if (i == 99) /* from here on it is all theirs */
			before = resident();
	}
	for (int i = 0; i < MANY; i++)
		client_send(&many[i],
		    "GET /stall HTTP/1.1\r\nHost: 127.0.0.1:8200"
		    "\r\nX-Vault-Token: root\r\n\r\n");
	for (int i = 0; site.api.stalled < MANY && i < 10000; i++)
		site_pass(&site);
	ck_assert_int_eq(site.api.stalled, MANY);
	if (getenv("MV_FIGURES"))
		printf("%ld bytes a stalled request\n",
		    (resident() - before) / MANY);
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_lt((resident() - before) / MANY, 10000);
#endif
	for (int i = 0; i < MANY; i++)
		client_close(&many[i]);
	for (int i = 0; site.api.stalled && i < 10000; i++)
		site_pass(&site);
	free(many);
	finish();
}
END_TEST

UNIT_MAIN("throttle", unthrottled, waits, waiting_keeps_the_connection,
    nothing_leaves_before_the_flush, a_flush_takes_up_nothing,
    cut_from_the_start, cut_in_the_body, short_length, unframed, dribbled,
    dribbled_over_tls, garbage, silent, silent_for_ever, without_body,
    no_content, close_after_a_throttled_answer,
    pipelined_around_a_throttled_answer, a_reset_takes_nothing_with_it,
    goes_away_while_it_waits, half_closed_while_it_waits,
    sending_ahead_is_capped, a_stall_that_ends, reset_all,
    admin_is_never_throttled, close_and_no_body, continue_then_close,
    a_stall_costs_little)
