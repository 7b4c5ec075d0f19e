/*
 * HTTP exchanges with a server that answers as the test says, and Go's words
 * for what goes wrong.
 */
#include "cli/vault/client/transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/unit.h"

struct peer {
	int fd;
	int port;
	const char *answer; /* NULL: closes at once; "": says nothing */
	char asked[4096];
	pthread_t thread;
};

static void *
peer_main(void *arg)
{
	struct peer *p = arg;
	int fd = accept(p->fd, NULL, NULL);
	ssize_t n = read(fd, p->asked, sizeof(p->asked) - 1);

	if (n > 0)
		p->asked[n] = '\0';
	if (p->answer && *p->answer)
		ck_assert_int_eq(write(fd, p->answer, strlen(p->answer)),
		    (int)strlen(p->answer));
	if (p->answer && !*p->answer)
		sleep(1);
	close(fd);
	return NULL;
}

static void
peer_start(struct peer *p, const char *answer)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(in);

	memset(p, 0, sizeof(*p));
	p->answer = answer;
	p->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(p->fd, (struct sockaddr *)&in, n), 0);
	ck_assert_int_eq(listen(p->fd, 1), 0);
	ck_assert_int_eq(getsockname(p->fd, (struct sockaddr *)&in, &n), 0);
	p->port = ntohs(in.sin_port);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, peer_main, p), 0);
}

static bool
ask(struct arena *a, struct peer *p, struct exchange *x, int64_t deadline)
{
	static const struct headers none = { NULL, 0 };
	bool ok;

	memset(x, 0, sizeof(*x));
	x->arena = a;
	x->method = "PUT";
	x->headers = &none;
	x->body = SLICE("{}");
	x->deadline_ms = deadline;
	ck_assert_ptr_null(address_parse(a,
	    arena_printf(a, "http://127.0.0.1:%d/v1/a%%20b?c=d", p->port),
	    &x->url));
	ok = exchange_run(x);
	pthread_join(p->thread, NULL);
	close(p->fd);
	return ok;
}

START_TEST(whole_answers)
{
	static const char *const rows[][2] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc" },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n"
		  "0\r\nT: v\r\n\r\n",
		    "abc" },
		{ "HTTP/1.0 200 OK\r\n\r\nabc", "abc" },
		{ "HTTP/1.1 204 No Content\r\n\r\n", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct exchange x;
		struct peer p;

		peer_start(&p, rows[i][0]);
		ck_assert(ask(a, &p, &x, 0));
		ck_assert(x.answered);
		ck_assert_str_eq(
		    x.reply_body.p ? x.reply_body.p : "", rows[i][1]);
		ck_assert(strncmp(p.asked, "PUT /v1/a%20b?c=d HTTP/1.1\r\n",
			      28) == 0);
		ck_assert_ptr_nonnull(
		    strstr(p.asked, "\r\nContent-Length: 2\r\n"));
		buf_release(&x.reply_body);
		arena_free(a);
	}
}
END_TEST

START_TEST(broken_answers)
{
	static const struct {
		const char *answer, *why;
		bool answered;
	} rows[] = {
		{ NULL, "EOF", false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
		    "unexpected EOF", true },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na",
		    "unexpected EOF", true },
		{ "nonsense\r\n\r\n",
		    "net/http: HTTP/1.x transport connection broken: "
		    "malformed HTTP response \"nonsense\"",
		    false },
		{ "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		    "net/http: HTTP/1.x transport connection broken: "
		    "malformed MIME header line: no colon",
		    false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct exchange x;
		struct peer p;

		peer_start(&p, rows[i].answer);
		ck_assert(!ask(a, &p, &x, 0));
		ck_assert_str_eq(x.why, rows[i].why);
		ck_assert_int_eq(x.answered, rows[i].answered);
		buf_release(&x.reply_body);
		arena_free(a);
	}
}
END_TEST

START_TEST(no_answer_in_time)
{
	struct arena *a = arena_new();
	struct exchange x;
	struct peer p;

	peer_start(&p, "");
	ck_assert(!ask(a, &p, &x, 50));
	ck_assert(x.timed_out);
	ck_assert_str_eq(x.why, "context deadline exceeded");
	buf_release(&x.reply_body);
	arena_free(a);
}
END_TEST

START_TEST(nobody_listens)
{
	static const struct headers none = { NULL, 0 };
	struct arena *a = arena_new();
	struct exchange x = { .arena = a, .method = "GET", .headers = &none };

	ck_assert_ptr_null(address_parse(a, "http://127.0.0.1:1", &x.url));
	ck_assert(!exchange_run(&x));
	ck_assert_str_eq(
	    x.why, "dial tcp 127.0.0.1:1: connect: connection refused");
	buf_release(&x.reply_body);
	ck_assert_ptr_null(address_parse(a, "unix:///nosuch/s", &x.url));
	ck_assert(!exchange_run(&x));
	ck_assert_str_eq(
	    x.why, "dial unix /nosuch/s: connect: no such file or directory");
	buf_release(&x.reply_body);
	arena_free(a);
}
END_TEST

START_TEST(headers_by_name)
{
	struct arena *a = arena_new();
	struct headers h = { NULL, 0 };

	headers_add(a, &h, "x-vault-wrap-TTL", "1");
	headers_add(a, &h, "B", "2");
	ck_assert_str_eq(h.list[0].name, "X-Vault-Wrap-Ttl");
	headers_set(a, &h, "b", "3");
	ck_assert_str_eq(headers_get(&h, "B"), "3");
	headers_delete(&h, "B");
	ck_assert_ptr_null(headers_get(&h, "B"));
	ck_assert_int_eq(h.n, 1);
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_transport", whole_answers, broken_answers, no_answer_in_time,
    nobody_listens, headers_by_name)
