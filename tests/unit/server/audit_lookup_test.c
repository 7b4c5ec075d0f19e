/*
 * The name of an audit device's host is looked up beside the loop: others are
 * served meanwhile. getaddrinfo is the test's own, and answers when it is told.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/worker_pool.h"
#include "tests/support/test_instance.h"

static struct test_instance box;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool may_answer;
static int asked;
static int port; /* of the one host there is; 0: no such host */

static int
answer_with(struct addrinfo **list)
{
	struct addrinfo *a = calloc(1, sizeof(*a));
	struct sockaddr_in *to = calloc(1, sizeof(*to));

	if (!a || !to)
		abort();
	to->sin_family = AF_INET;
	to->sin_port = htons((uint16_t)port);
	to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->ai_family = AF_INET;
	a->ai_addr = (struct sockaddr *)to;
	a->ai_addrlen = sizeof(*to);
	*list = a;
	return 0;
}

/* In the place of the library's. */
int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	(void)host;
	(void)service;
	if (hints->ai_flags & AI_NUMERICHOST)
		return EAI_NONAME;
	pthread_mutex_lock(&lock);
	asked++;
	while (!may_answer)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return port ? answer_with(list) : EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	free(list->ai_addr);
	free(list);
}

static void
set_may_answer(bool may)
{
	pthread_mutex_lock(&lock);
	may_answer = may;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static struct request *
send_enable(const char *body)
{
	struct request *req = request_new(box.in.api);
	struct header *header = arena_zalloc(req->arena, sizeof(*header));

	*header = (struct header){ "X-Vault-Token", "root" };
	req->method = "PUT";
	req->target = arena_strdup(req->arena, "/v1/sys/audit/s");
	req->headers = header;
	req->nheaders = 1;
	req->body = slice_of(body);
	req->peer = "127.0.0.1";
	box.answered = false;
	api_handle(box.in.api, req, test_instance_on_response, &box);
	return req;
}

static void
begin(void)
{
	test_instance_defaults(&box);
	test_instance_start(&box);
	box.in.vault.worker = worker_new(box.in.host->base);
	set_may_answer(false);
}

static void
run_until_answered(void)
{
	set_may_answer(true);
	while (!box.answered)
		host_pass(box.in.host, -1);
}

#define DEVICE \
	"{\"type\":\"socket\",\"options\":{\"address\":\"audit.test:9\"}}"

/* A port of the kernel's that takes connections; its descriptor. */
static int
listen_somewhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, n), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	port = ntohs(a.sin_port);
	return fd;
}

START_TEST(a_slow_name_holds_nobody_up)
{
	int listening, taken;
	struct request *req;
	char line[5000] = "";

	begin();
	listening = listen_somewhere();
	req = send_enable(DEVICE);
	ck_assert(!box.answered);
	test_request(&box, 200, "GET", "auth/token/lookup-self", NULL);
	test_request(&box, 200, "GET", "sys/audit", NULL);
	ck_assert_ptr_null(strstr(box.text, "audit.test"));
	box.answered = false;
	run_until_answered();
	ck_assert_int_eq(req->reply.status, 204);
	request_free(req);
	taken = accept(listening, NULL, NULL);
	ck_assert_int_gt(read(taken, line, sizeof(line) - 1), 0);
	ck_assert_ptr_nonnull(strstr(line, "sys/audit/test"));
	ck_assert_int_eq(asked, 1);
	close(taken);
	close(listening);
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_name_that_is_not_there_is_told)
{
	struct request *req;

	begin();
	port = 0;
	req = send_enable(DEVICE);
	ck_assert(!box.answered);
	run_until_answered();
	ck_assert_int_eq(req->reply.status, 400);
	ck_assert_ptr_nonnull(
	    strstr(box.text, "dial tcp: lookup audit.test: no such host"));
	request_free(req);
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_vault_that_is_sealed_meanwhile_refuses)
{
	struct request *req;

	begin();
	port = 0;
	req = send_enable(DEVICE);
	test_request(&box, 204, "PUT", "sys/seal", NULL);
	box.answered = false;
	run_until_answered();
	ck_assert_int_eq(req->reply.status, 503);
	request_free(req);
	test_instance_stop(&box);
}
END_TEST

/* After a start the lines wait for the address, and go out then. */
START_TEST(lines_wait_for_the_address)
{
	int listening, taken;
	struct request *req;
	char text[20000] = "";
	size_t n = 0;
	ssize_t more;

	begin();
	listening = listen_somewhere();
	req = send_enable(DEVICE);
	run_until_answered();
	request_free(req);
	taken = accept(listening, NULL, NULL);
	close(taken);
	set_may_answer(false);
	vault_reload(&box.in.vault);
	test_request(&box, 200, "GET", "auth/token/lookup-self", NULL);
	set_may_answer(true);
	taken = -1;
	while (!strstr(text, "lookup-self")) {
		host_pass(box.in.host, 1000000);
		if (taken < 0)
			taken = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
		more = taken < 0 ? 0
				 : read(taken, text + n, sizeof(text) - n - 1);
		n += more > 0 ? (size_t)more : 0;
	}
	ck_assert_int_eq(asked, 2);
	close(taken);
	close(listening);
	test_instance_stop(&box);
}
END_TEST

UNIT_MAIN("audit lookup", a_slow_name_holds_nobody_up,
    a_name_that_is_not_there_is_told, a_vault_that_is_sealed_meanwhile_refuses,
    lines_wait_for_the_address)
