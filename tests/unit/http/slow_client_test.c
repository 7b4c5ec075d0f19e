/*
 * Clients that are slow or greedy: what trickles ends at a limit that counts
 * from its first byte, answers that nobody reads hold up what comes behind
 * them, and bodies take no more memory than all of them may.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit.h"
#include "tests/support/http_site.h"

static struct site site;
static struct client client;

/* One byte of the text a second; the last second is not yet over. */
static void
trickle(const char *text, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		char byte[2] = { text[i], '\0' };

		client_send(&client, byte);
		for (int k = 0; k < 4; k++)
			site_pass(&site);
		site_advance(&site, i + 1 < seconds ? SECOND : SECOND - 1);
	}
}

static void
finish(void)
{
	client_close(&client);
	site_close(&site);
}

static struct conn *
only_conn(void)
{
	ck_assert(site.http->conns && !site.http->conns->next);
	return site.http->conns;
}

/* Does the status line of what came begin so? */
static void
came(const char *status)
{
	char want[40];

	snprintf(want, sizeof(want), "HTTP/1.1 %s ", status);
	ck_assert_msg(client.got.n > strlen(want) &&
		strncmp(client.got.p, want, strlen(want)) == 0,
	    "no %s came: %.*s", status, (int)client.got.n, client.got.p);
}

START_TEST(a_head_that_trickles)
{
	for (int tls = 0; tls < 2; tls++) {
		site_open(&site);
		if (tls)
			client_tls(&site, &client);
		else
			client_open(&site, &client, site.plain);
		trickle("GET /usual HTTP/1.1\r\nHost: x\r\n", 10);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 1);
		client_expect_text(&site, &client, "", GOT_FIN);
		ck_assert_int_eq(site.api.handled, 0);
		finish();
	}
}
END_TEST

START_TEST(a_connection_that_says_nothing)
{
	site_open(&site);
	client_open(&site, &client, site.plain);
	for (int k = 0; k < 4; k++)
		site_pass(&site);
	site_advance(&site, 10 * SECOND - 1);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, 1);
	client_expect_text(&site, &client, "", GOT_FIN);
	finish();
}
END_TEST

START_TEST(a_second_head_has_its_own_time)
{
	site_open(&site);
	client_open(&site, &client, site.plain);
	client_send(&client, "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
	client_receive(&site, &client, 20);
	came("204");
	site_advance(&site, 60 * SECOND); /* it may be idle for longer */
	buf_clear(&client.got);
	trickle("GET /usual HTTP/1.1\r\nHost: x\r\n", 10);
	client_expect_text(&site, &client, "", STILL_OPEN);
	site_advance(&site, 1);
	client_expect_text(&site, &client, "", GOT_FIN);
	finish();
}
END_TEST

/* Vault 1.19: what is there of a body is read as JSON. */
START_TEST(a_body_that_trickles)
{
	static const char body[] = "0123456789012345678901234567890123456789";

	for (int chunked = 0; chunked < 2; chunked++) {
		site_open(&site);
		client_open(&site, &client, site.plain);
		client_send(&client,
		    chunked
			? "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
			  "\r\n40\r\n"
			: "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n");
		trickle(body, 30);
		client_expect_text(&site, &client, "", STILL_OPEN);
		site_advance(&site, 1);
		client_receive(&site, &client, SIZE_MAX);
		came("400");
		ck_assert_str_eq(strstr(client.got.p, "\r\n\r\n") + 4,
		    "{\"errors\":[\"error parsing JSON\"]}\n");
		ck_assert_int_eq(client.ending, GOT_FIN);
		ck_assert_int_eq(site.api.handled, 0);
		ck_assert_uint_eq(site.http->body_bytes, 0);
		finish();
	}
}
END_TEST

/* A body that was whole in time has no limit any more. */
START_TEST(an_answer_may_take_long)
{
	site_open(&site);
	client_open(&site, &client, site.plain);
	client_send(&client,
	    "POST /stall HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{");
	for (int k = 0; k < 4; k++)
		site_pass(&site);
	client_send(&client, "}");
	for (int k = 0; k < 4; k++)
		site_pass(&site);
	site_advance(&site, 1000 * SECOND);
	client_expect_text(&site, &client, "", STILL_OPEN);
	ck_assert_int_eq(site.api.stalled, 1);
	finish();
}
END_TEST

#define ANSWER_BYTES ((size_t)100000)
#define ASKED 400

START_TEST(answers_that_nobody_reads)
{
	static char big[ANSWER_BYTES];
	size_t waits, most = CONN_OUTPUT_MAX_BYTES + ANSWER_BYTES + 1000;
	struct conn *c;
	int before;

	for (int tls = 0; tls < 2; tls++) {
		memset(big, 'x', sizeof(big));
		site_open(&site);
		site.api.body = big;
		site.api.body_n = sizeof(big);
		if (tls)
			client_tls(&site, &client);
		else
			client_open(&site, &client, site.plain);
		for (int i = 0; i < ASKED; i++)
			client_send(
			    &client, "GET /usual HTTP/1.1\r\nHost: x\r\n\r\n");
		for (int k = 0; k < 200; k++) {
			site_pass(&site);
			c = only_conn();
			waits = c->out.n +
			    evbuffer_get_length(bufferevent_get_output(c->bev));
			ck_assert_uint_lt(waits, most);
		}
		before = site.api.handled;
		ck_assert_int_lt(before, ASKED);
		client_receive(&site, &client, ASKED * ANSWER_BYTES);
		for (int k = 0; k < 8; k++)
			site_pass(&site);
		ck_assert_int_eq(site.api.handled, ASKED);
		finish();
	}
}
END_TEST

START_TEST(bodies_of_all_connections)
{
	struct client greedy, small;

	site_open(&site);
	site.http->body_bytes_max = 1000;
	client_open(&site, &client, site.plain);
	client_open(&site, &greedy, site.plain);
	client_send(&client,
	    "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 800\r\n\r\n");
	for (int i = 0; i < 70; i++)
		client_send(&client, "0123456789");
	for (int k = 0; k < 4; k++)
		site_pass(&site);
	ck_assert_uint_eq(site.http->body_bytes, 700);
	client_send(&greedy,
	    "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 800\r\n\r\n");
	for (int i = 0; i < 31; i++)
		client_send(&greedy, "0123456789");
	client_receive(&site, &greedy, SIZE_MAX);
	ck_assert_ptr_nonnull(strstr(greedy.got.p, "HTTP/1.1 503 "));
	ck_assert_ptr_nonnull(strstr(greedy.got.p,
	    "{\"errors\":[\"too many request bodies at once\"]}"));
	client_open(&site, &small, site.plain);
	client_send(&small,
	    "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
	client_receive(&site, &small, 20);
	ck_assert_ptr_nonnull(strstr(small.got.p, "HTTP/1.1 204 "));
	for (int i = 0; i < 10; i++)
		client_send(&client, "0123456789");
	client_receive(&site, &client, 20);
	came("204");
	ck_assert_uint_eq(site.http->body_bytes, 0);
	client_close(&greedy);
	client_close(&small);
	finish();
}
END_TEST

UNIT_MAIN("slow clients", a_head_that_trickles, a_connection_that_says_nothing,
    a_second_head_has_its_own_time, a_body_that_trickles,
    an_answer_may_take_long, answers_that_nobody_reads,
    bodies_of_all_connections)
