/*
 * A node that joins, before leaders that the test plays: over HTTP and HTTPS,
 * with redirects, refusals and silence; time limits follow a clock that the
 * test moves.
 */
#include "cluster/join.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/cluster_certificate.h"
#include "tests/support/unit.h"

#define SECOND ((int64_t)1000000000)

struct leader {
	struct evhttp *http;
	SSL_CTX *tls;
	char url[64];
	const char *redirect; /* NULL: it answers itself */
	int challenges, answers;
	int refuse_answers; /* so many */
	bool silent, uninitialized;
	struct evhttp_request *waiting; /* while it is silent */
	char last_body[500];
};

struct scene {
	struct event_base *base;
	struct event *guard;
	struct clock *clock;
	struct log log;
	char *certificate, *key;
	struct leader leaders[2];
	struct join *join;
	char challenge[100], config[100], why[100], data[200];
	bool knows_keys; /* it answers at once */
	int challenged, failed, joined;
};

/* ---- leaders ---- */

static void
leader_reply(struct evhttp_request *req, int status, const char *text)
{
	struct evbuffer *out = evbuffer_new();

	ck_assert(evbuffer_add(out, text, strlen(text)) == 0);
	evhttp_send_reply(req, status, NULL, out);
	evbuffer_free(out);
}

static void
leader_on_request(struct evhttp_request *req, void *arg)
{
	struct leader *l = arg;
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	const char *path = evhttp_request_get_uri(req);
	ev_ssize_t n = evbuffer_copyout(
	    in, l->last_body, sizeof(l->last_body) - 1);
	bool asks = strcmp(path, JOIN_CHALLENGE_PATH) == 0;

	ck_assert(n >= 0);
	l->last_body[n] = '\0';
	ck_assert(evhttp_request_get_command(req) == EVHTTP_REQ_POST);
	if (asks)
		l->challenges++;
	else
		l->answers++;
	if (l->silent) {
		l->waiting = req;
	} else if (l->redirect) {
		char to[200];

		snprintf(to, sizeof(to), "%s%s", l->redirect, path);
		ck_assert(
		    evhttp_add_header(evhttp_request_get_output_headers(req),
			"Location", to) == 0);
		leader_reply(req, 307, "");
	} else if (l->uninitialized) {
		leader_reply(req, 503, "{\"errors\":[\"Vault is sealed\"]}");
	} else if (asks) {
		leader_reply(req, 200,
		    "{\"request_id\":\"x\",\"data\":{\"challenge\":\"Y2hh\","
		    "\"seal_config\":{\"secret_shares\":3}}}");
	} else if (l->refuse_answers-- > 0) {
		leader_reply(
		    req, 400, "{\"errors\":[\"invalid answer given\"]}");
	} else {
		leader_reply(req, 200, "{\"data\":{\"number\":4}}");
	}
}

static struct bufferevent *
leader_new_tls(struct event_base *base, void *arg)
{
	return bufferevent_openssl_socket_new(base, -1, SSL_new(arg),
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

/* With the certificate of the scene when tls is set. */
static void
leader_start(struct leader *l, struct scene *s, bool tls)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_in at;
	socklen_t n = sizeof(at);

	l->http = evhttp_new(s->base);
	bound = evhttp_bind_socket_with_handle(l->http, "127.0.0.1", 0);
	ck_assert(bound != NULL);
	ck_assert(getsockname(evhttp_bound_socket_get_fd(bound),
		      (struct sockaddr *)&at, &n) == 0);
	snprintf(l->url, sizeof(l->url), "%s://127.0.0.1:%d",
	    tls ? "https" : "http", ntohs(at.sin_port));
	evhttp_set_gencb(l->http, leader_on_request, l);
	if (tls) {
		BIO *cert = BIO_new_mem_buf(s->certificate, -1);
		BIO *key = BIO_new_mem_buf(s->key, -1);
		X509 *x = PEM_read_bio_X509(cert, NULL, NULL, NULL);
		EVP_PKEY *k = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

		l->tls = SSL_CTX_new(TLS_server_method());
		ck_assert(SSL_CTX_use_certificate(l->tls, x) == 1 &&
		    SSL_CTX_use_PrivateKey(l->tls, k) == 1);
		X509_free(x);
		EVP_PKEY_free(k);
		BIO_free(cert);
		BIO_free(key);
		evhttp_set_bevcb(l->http, leader_new_tls, l->tls);
	}
}

/* ---- the node ---- */

static bool
scene_on_challenge(void *arg, const char *challenge, const char *config)
{
	struct scene *s = arg;

	s->challenged++;
	snprintf(s->challenge, sizeof(s->challenge), "%s", challenge);
	snprintf(s->config, sizeof(s->config), "%s", config);
	if (s->knows_keys)
		join_answer(s->join, SLICE("opened"), "5f");
	return true;
}

static void
scene_on_failed(void *arg, const char *why)
{
	struct scene *s = arg;

	s->failed++;
	snprintf(s->why, sizeof(s->why), "%s", why);
}

static void
scene_on_joined(void *arg, struct slice data)
{
	struct scene *s = arg;

	s->joined++;
	snprintf(s->data, sizeof(s->data), "%.*s", (int)data.n, data.p);
}

static void
scene_on_guard(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_abort_msg("nothing came for 20 s");
}

static void
scene_init_waiting(struct scene *s, bool tls, bool waits_longer)
{
	struct timeval patience = { 20, 0 };
	struct random *random = random_new_seeded(3);
	struct join_options o = { .node_id = "n2",
		.cluster_addr = "https://127.0.0.1:8201",
		.waits_longer = waits_longer,
		.arg = s,
		.on_challenge = scene_on_challenge,
		.on_failed = scene_on_failed,
		.on_joined = scene_on_joined };

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	memset(s, 0, sizeof(*s));
	s->base = event_base_new();
	s->guard = event_new(s->base, -1, 0, scene_on_guard, NULL);
	ck_assert(event_add(s->guard, &patience) == 0);
	s->clock = clock_new();
	clock_freeze(s->clock, 1000 * SECOND);
	make_cluster_certificate(random, &s->certificate, &s->key);
	random_free(random);
	leader_start(&s->leaders[0], s, tls);
	leader_start(&s->leaders[1], s, tls);
	o.base = s->base;
	o.clock = s->clock;
	o.log = &s->log;
	s->join = join_new(&o);
}

static void
scene_init(struct scene *s, bool tls)
{
	scene_init_waiting(s, tls, true);
}

static void
scene_release(struct scene *s)
{
	join_free(s->join);
	for (int i = 0; i < 2; i++) {
		if (s->leaders[i].waiting)
			leader_reply(s->leaders[i].waiting, 500, "");
		evhttp_free(s->leaders[i].http);
		SSL_CTX_free(s->leaders[i].tls);
	}
	free(s->certificate);
	free(s->key);
	clock_free(s->clock);
	event_free(s->guard);
	event_base_free(s->base);
}

#define UNTIL(s, condition)                                                \
	do {                                                               \
		while (!(condition))                                       \
			ck_assert(                                         \
			    event_base_loop((s)->base, EVLOOP_ONCE) == 0); \
	} while (0)

static const struct http_client_tls no_tls = { "", "", "", "" };

START_TEST(challenge_and_answer)
{
	struct scene s;
	struct join_leader leader;

	scene_init(&s, false);
	leader = (struct join_leader){ s.leaders[0].url, no_tls };
	join_start(s.join, &leader, 1, false);
	ck_assert_int_eq(join_state_of(s.join), JOIN_ASKS);
	UNTIL(&s, s.challenged == 1);
	ck_assert_str_eq(s.leaders[0].last_body, "{\"server_id\":\"n2\"}");
	ck_assert_str_eq(s.challenge, "Y2hh");
	ck_assert_str_eq(s.config, "{\"secret_shares\":3}");
	/* It waits for its keys, however long. */
	clock_advance(s.clock, 1000 * SECOND);
	ck_assert_int_eq(join_state_of(s.join), JOIN_WAITS);
	join_answer(s.join, SLICE("opened"), "5f");
	UNTIL(&s, s.joined == 1);
	ck_assert_str_eq(s.leaders[0].last_body,
	    "{\"answer\":\"b3BlbmVk\",\"cluster_addr\":\"https://"
	    "127.0.0.1:8201\",\"non_voter\":false,\"server_id\":\"n2\","
	    "\"upgrade_version\":\"5f\"}");
	ck_assert_str_eq(s.data, "{\"number\":4}");
	ck_assert_int_eq(join_state_of(s.join), JOIN_IDLE);
	/* Nobody waits for a second one. */
	join_answer(s.join, SLICE("opened"), "5f");
	ck_assert_int_eq(join_state_of(s.join), JOIN_IDLE);
	scene_release(&s);
}
END_TEST

START_TEST(leaders_in_turn)
{
	struct scene s;
	struct join_leader leaders[3];

	scene_init(&s, false);
	s.leaders[0].uninitialized = true;
	leaders[0] = (struct join_leader){ "no URL", no_tls };
	leaders[1] = (struct join_leader){ s.leaders[0].url, no_tls };
	leaders[2] = (struct join_leader){ s.leaders[1].url, no_tls };
	join_start(s.join, leaders, 3, false);
	UNTIL(&s, s.challenged == 1);
	ck_assert_int_eq(s.leaders[0].challenges, 1);
	ck_assert_int_eq(s.leaders[1].challenges, 1);
	/* The answer goes to who has asked. */
	join_answer(s.join, SLICE("opened"), "5f");
	UNTIL(&s, s.joined == 1);
	ck_assert_int_eq(s.leaders[1].answers, 1);
	/* None is there. */
	join_start(s.join, leaders, 2, false);
	UNTIL(&s, s.failed == 1);
	ck_assert_str_eq(s.why, "failed to get raft challenge");
	ck_assert_int_eq(join_state_of(s.join), JOIN_IDLE);
	scene_release(&s);
}
END_TEST

START_TEST(a_standby_redirects)
{
	struct scene s;
	struct join_leader leader;

	scene_init(&s, false);
	s.leaders[0].redirect = s.leaders[1].url;
	leader = (struct join_leader){ s.leaders[0].url, no_tls };
	s.knows_keys = true;
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.joined == 1);
	ck_assert_int_eq(s.leaders[0].answers, 0);
	ck_assert_int_eq(s.leaders[1].answers, 1);
	/* Who redirects for ever is no leader. */
	s.leaders[0].redirect = s.leaders[0].url;
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.failed == 1);
	ck_assert_int_eq(s.leaders[0].challenges, 1 + 4);
	scene_release(&s);
}
END_TEST

START_TEST(it_tries_again)
{
	struct scene s;
	struct join_leader leader;

	scene_init(&s, false);
	s.leaders[0].uninitialized = true;
	s.knows_keys = true;
	leader = (struct join_leader){ s.leaders[0].url, no_tls };
	join_start(s.join, &leader, 1, true);
	UNTIL(&s, join_state_of(s.join) == JOIN_PAUSES);
	clock_advance(s.clock, 2 * SECOND - 1);
	ck_assert_int_eq(join_state_of(s.join), JOIN_PAUSES);
	clock_advance(s.clock, 1);
	UNTIL(&s, join_state_of(s.join) == JOIN_PAUSES);
	ck_assert_int_eq(s.leaders[0].challenges, 2);
	/* An answer that is not taken leads to a new challenge. */
	s.leaders[0].uninitialized = false;
	s.leaders[0].refuse_answers = 3;
	for (int wait = 4; wait <= 16; wait *= 2) {
		clock_advance(s.clock, wait * SECOND - 1);
		ck_assert_int_eq(join_state_of(s.join), JOIN_PAUSES);
		clock_advance(s.clock, 1);
		UNTIL(&s, join_state_of(s.join) == JOIN_PAUSES);
	}
	clock_advance(s.clock, 16 * SECOND - 1);
	ck_assert_int_eq(join_state_of(s.join), JOIN_PAUSES);
	clock_advance(s.clock, 1);
	UNTIL(&s, s.joined == 1);
	ck_assert_int_eq(s.leaders[0].challenges, 6);
	ck_assert_int_eq(s.failed, 0);
	scene_release(&s);
}
END_TEST

START_TEST(it_tries_again_as_older_versions_do)
{
	struct scene s;
	struct join_leader leader;

	scene_init_waiting(&s, false, false);
	s.leaders[0].uninitialized = true;
	leader = (struct join_leader){ s.leaders[0].url, no_tls };
	join_start(s.join, &leader, 1, true);
	for (int tries = 1; tries <= 4; tries++) {
		UNTIL(&s, join_state_of(s.join) == JOIN_PAUSES);
		ck_assert_int_eq(s.leaders[0].challenges, tries);
		clock_advance(s.clock, 2 * SECOND);
	}
	scene_release(&s);
}
END_TEST

START_TEST(silence_has_a_limit)
{
	struct scene s;
	struct join_leader leader;

	scene_init(&s, false);
	s.leaders[0].silent = true;
	leader = (struct join_leader){ s.leaders[0].url, no_tls };
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.leaders[0].challenges == 1);
	clock_advance(s.clock, JOIN_TIMEOUT_NS);
	ck_assert_int_eq(s.failed, 1);
	/* Who stops hears no more. */
	join_start(s.join, &leader, 1, true);
	join_stop(s.join);
	clock_advance(s.clock, 100 * SECOND);
	ck_assert_int_eq(s.failed, 1);
	ck_assert_int_eq(join_state_of(s.join), JOIN_IDLE);
	scene_release(&s);
}
END_TEST

START_TEST(tls)
{
	struct scene s;
	struct join_leader leader;

	scene_init(&s, true);
	/* Its certificate is nobody's whom the system trusts. */
	leader = (struct join_leader){ s.leaders[0].url, no_tls };
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.failed == 1);
	ck_assert_int_eq(s.leaders[0].challenges, 0);
	/* With it as the authority the name is still another. */
	leader.tls.ca = s.certificate;
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.failed == 2);
	/* Vault 1.19: what is no certificate is passed over. */
	leader.tls.ca = "no certificate";
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.failed == 3);
	leader.tls.ca = s.certificate;
	leader.tls.server_name = "cluster";
	leader.tls.certificate = s.certificate;
	leader.tls.key = s.key;
	join_start(s.join, &leader, 1, false);
	UNTIL(&s, s.challenged == 1);
	/* A key without its certificate. */
	leader.tls.certificate = "";
	join_start(s.join, &leader, 1, false);
	ck_assert_int_eq(s.failed, 4);
	ck_assert_int_eq(s.leaders[0].challenges, 1);
	scene_release(&s);
}
END_TEST

UNIT_MAIN("join", challenge_and_answer, leaders_in_turn, a_standby_redirects,
    it_tries_again, it_tries_again_as_older_versions_do, silence_has_a_limit,
    tls)
