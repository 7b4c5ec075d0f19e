/*
 * Clients, faults and gates in any order, from a seed: whatever happens,
 * nothing is used after its end, nothing is left behind, and afterwards it
 * serves. What is seen is for the sanitizers and the count of descriptors.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/unit.h"
#include "tests/support/http_site.h"
#include "clock/random.h"

#define CLIENTS 8
#define STEPS 400
#define SEEDS 12

struct storm {
	struct site site;
	struct random *rng;
	struct client clients[CLIENTS];
	bool here[CLIENTS];
};

static int64_t
below(struct storm *s, uint64_t n)
{
	return (int64_t)random_below(s->rng, n);
}

/* Zero as often as not. */
static int64_t
perhaps(struct storm *s, uint64_t n)
{
	return below(s, 2) ? below(s, n) : 0;
}

static void
new_wire(struct storm *s)
{
	struct response_fault *w = &s->site.api.response_fault;

	*w = (struct response_fault){ .set = below(s, 8) > 0,
		.head_delay_ns = perhaps(s, 3 * MS),
		.body_delay_ns = perhaps(s, 3 * MS),
		.end_delay_ns = perhaps(s, 3 * MS),
		.cut = (enum fault_cut)below(s, 4),
		.bytes = below(s, 400),
		.fraction = (double)below(s, 10) / 9,
		.end = (enum fault_end)below(s, 4),
		.silent_ns = perhaps(s, 3 * MS),
		.no_last_chunk = below(s, 3) == 0,
		.length_as_sent = below(s, 3) == 0,
		.chunk_bytes = perhaps(s, 12),
		.chunk_interval_ns = perhaps(s, 2 * MS),
		.garbage_only = below(s, 4) == 0 };
	if (below(s, 3) == 0)
		w->garbage = SLICE("<garbage>");
}

static void
new_conn(struct storm *s)
{
	static const char *const versions[] = { NULL, "1.2", "1.3" };
	struct conn_faults *w = &s->site.api.conn_faults;

	*w = (struct conn_faults){ .set = below(s, 2) == 0,
		.accept_delay_ns = perhaps(s, 3 * MS),
		.handshake_delay_ns = perhaps(s, 3 * MS),
		.silent_ns = perhaps(s, 3 * MS),
		.rate_down = perhaps(s, 100000),
		.rate_up = perhaps(s, 100000),
		.cert = (enum fault_cert)below(s, 6),
		.tls_min = versions[below(s, 3)],
		.alpn = below(s, 4) ? NULL : "h2",
		.require_client_cert = below(s, 5) == 0,
		.wrong_protocol = below(s, 5) == 0 };
	if (below(s, 2))
		w->accept_end = (enum fault_end)below(s, 4);
	if (below(s, 2))
		w->handshake_end = (enum fault_end)below(s, 4);
	if (below(s, 3) == 0)
		w->garbage = SLICE("<garbage>");
}

static void
come(struct storm *s, int i)
{
	struct site *site = &s->site;
	struct http_listener *ports[] = { site->plain, site->tls, site->admin };

	if (below(s, 3) == 0)
		client_tls_prepare(site, &s->clients[i]);
	else
		client_open(site, &s->clients[i], ports[below(s, 3)]);
	s->here[i] = true;
}

static void
speak(struct storm *s, int i)
{
	static const char *const texts[] = {
		"GET /throttled HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /throttled HTTP/1.1\r\nHost: x\r\n\r\nGET /throttled HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /usual HTTP/1.1\r\nHost: x\r\n\r\n",
		"HEAD /throttled HTTP/1.1\r\nConnection: close\r\n\r\n",
		"GET /throttled/none HTTP/1.0\r\n\r\n",
		"GET /stall HTTP/1.1\r\nHost: x\r\n\r\nGET /throttled HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /throttled HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
		"Expect: 100-continue\r\n\r\nabc",
		"d",
		"\x16\x03\x01",
		"nonsense\r\n\r\n",
	};
	const char *text = texts[below(s, sizeof(texts) / sizeof(texts[0]))];
	struct client *c = &s->clients[i];

	if (c->ssl && !c->handshaken)
		c->handshaken = SSL_connect(c->ssl) == 1;
	else if (c->ssl)
		SSL_write(c->ssl, text, (int)strlen(text));
	else
		send(c->fd, text, strlen(text), MSG_NOSIGNAL);
}

static void
go(struct storm *s, int i)
{
	struct linger none = { 1, 0 };
	int how = (int)below(s, 3);

	if (how == 0)
		setsockopt(s->clients[i].fd, SOL_SOCKET, SO_LINGER, &none,
		    sizeof(none));
	if (how == 1) {
		shutdown(s->clients[i].fd, SHUT_WR);
		return;
	}
	client_close(&s->clients[i]);
	s->here[i] = false;
}

/* A request that waited is let go, as an alarm of the api's would. */
static void
let_one_go(struct storm *s)
{
	for (struct conn *c = s->site.http->conns; c; c = c->next)
		if (c->state == CONN_BUSY && c->request && below(s, 2)) {
			api_client_gone(c->request);
			return;
		}
}

static void
step(struct storm *s)
{
	int64_t what = below(s, 100);
	int i = (int)below(s, CLIENTS);

	if (what < 2)
		http_set_gate(s->site.http, (enum listener_state)below(s, 3));
	else if (what < 4)
		http_reset_connections(s->site.http);
	else if (what < 12)
		new_wire(s);
	else if (what < 20)
		new_conn(s);
	else if (what < 24)
		let_one_go(s);
	else if (what < 40)
		site_advance(&s->site, below(s, 2 * MS));
	else if (what < 55)
		site_pass(&s->site);
	else if (!s->here[i])
		come(s, i);
	else if (what < 92)
		speak(s, i);
	else
		go(s, i);
}

static void
rage(uint64_t seed)
{
	struct storm s = { .rng = random_new_seeded(seed) };
	struct client last;

	site_open(&s.site);
	new_wire(&s);
	for (int n = 0; n < STEPS; n++) {
		step(&s);
		if (below(&s, 2))
			site_pass(&s.site);
	}
	http_set_gate(s.site.http, LISTENER_OPEN);
	s.site.api.conn_faults.set = s.site.api.response_fault.set = false;
	client_open(&s.site, &last, s.site.plain);
	client_send(&last, "GET /throttled HTTP/1.1\r\nHost: x\r\n\r\n");
	client_receive(&s.site, &last,
	    strlen(expected_head_200("Content-Length: 10\r\n")) + 10);
	ck_assert_msg(
	    last.got.n && last.ending == STILL_OPEN, "seed %d", (int)seed);
	client_close(&last);
	for (int i = 0; i < CLIENTS; i++)
		if (s.here[i] && below(&s, 2)) {
			client_close(&s.clients[i]);
			s.here[i] = false;
		}
	if (below(&s, 2))
		http_stop(s.site.http);
	for (int i = 0; i < CLIENTS; i++)
		if (s.here[i])
			client_close(&s.clients[i]);
	site_close(&s.site);
	random_free(s.rng);
}

START_TEST(storms)
{
	const char *more = getenv("MV_STORMS");
	uint64_t n = more ? strtoull(more, NULL, 10) : SEEDS;

	for (uint64_t seed = 1; seed <= n; seed++)
		rage(seed);
}
END_TEST

UNIT_MAIN("storm", storms)
