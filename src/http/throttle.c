/*
 * Sends one answer as a struct response_fault says: late, in pieces, cut short,
 * without its end, as garbage; then silence, a FIN or a reset. It is a chain of
 * steps on the real clock; each step ends by setting the next one.
 */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/duration.h"
#include "http/http_internal.h"

/* A reset discards what the kernel has not sent yet, so the kernel is given
 * this many times this long. */
#define RESET_TRIES 500
#define RESET_WAIT_NS ((int64_t)2000000)

struct throttle {
	struct conn *conn;
	struct response_fault fault;
	struct buf head;
	struct buf body;    /* or the garbage */
	size_t body_sent;   /* bytes of the body that are out */
	size_t body_end;    /* bytes of the body that may go out */
	int64_t bytes_left; /* bytes of anything that may still go out */
	bool head_chunked;  /* says the head */
	bool body_chunked;  /* and so is what follows; garbage is not */
	bool draining;	    /* the next step waits for the socket */
	int reset_tries;
	void (*next)(struct throttle *sh);
	struct alarm alarm;
};

static void throttle_send_piece(struct throttle *sh);
static void throttle_end(struct throttle *sh);

static void
throttle_on_alarm(void *arg, int64_t now_ns)
{
	struct throttle *sh = arg;

	(void)now_ns;
	if (!sh->conn->closing)
		sh->next(sh);
}

static void
throttle_wait_then(
    struct throttle *sh, int64_t wait_ns, void (*next)(struct throttle *sh))
{
	struct clock *real = sh->conn->server->real_clock;

	sh->next = next;
	if (wait_ns > 0)
		alarm_set(
		    real, &sh->alarm, time_after_ns(clock_now(real), wait_ns));
	else
		next(sh);
}

static void
throttle_write(struct throttle *sh, const char *p, size_t n)
{
	if ((int64_t)n > sh->bytes_left)
		n = (size_t)sh->bytes_left;
	sh->bytes_left -= (int64_t)n;
	if (n > 0)
		conn_write(sh->conn, p, n);
}

/* ---- what goes out ---- */

/* How much of n body bytes the cut lets through. */
static size_t
throttle_cut_body(const struct response_fault *w, size_t n)
{
	int64_t most = (int64_t)n;

	if (w->cut == FAULT_CUT_BODY)
		most = w->bytes;
	else if (w->cut == FAULT_CUT_FRACTION && w->fraction < 1)
		most = (int64_t)(w->fraction * (double)n);
	if (most < 0)
		most = 0;
	return most < (int64_t)n ? (size_t)most : n;
}

/* With a cut that counts from the start, the length depends on the head's size
 * and the head on the length's digits. Three rounds find the length. */
static void
throttle_put_short_head(struct throttle *sh, const struct reply *r)
{
	size_t whole = sh->body_end;

	for (int i = 0; i < 3; i++) {
		buf_clear(&sh->head);
		response_put_head(
		    sh->conn, &sh->head, r, (int64_t)sh->body_end);
		if (sh->fault.cut != FAULT_CUT_START)
			return;
		sh->body_end = sh->fault.bytes > (int64_t)sh->head.n
		    ? (size_t)sh->fault.bytes - sh->head.n
		    : 0;
		if (sh->body_end > whole)
			sh->body_end = whole;
	}
}

/* Without length_as_sent the head is that of the answer without a fault, also
 * when garbage follows or, for a HEAD, no body. */
static void
throttle_put_head(
    struct throttle *sh, const struct reply *r, size_t length, bool has_body)
{
	if (sh->head_chunked)
		response_put_head(sh->conn, &sh->head, r, RESPONSE_CHUNKED);
	else if (sh->fault.length_as_sent && has_body)
		throttle_put_short_head(sh, r);
	else
		response_put_head(sh->conn, &sh->head, r, (int64_t)length);
}

struct throttle *
throttle_new(struct conn *c, const struct response_fault *w, struct reply *r,
    bool head_only)
{
	struct throttle *sh = xcalloc(1, sizeof(*sh));
	bool alone = w->garbage_only || !r;
	bool has_body = alone || !(head_only || response_has_no_body(r));
	size_t length = r ? r->body.n : 0;

	sh->conn = c;
	sh->fault = *w;
	sh->bytes_left = w->cut == FAULT_CUT_START ? w->bytes : INT64_MAX;
	alarm_init(&sh->alarm, throttle_on_alarm, sh);
	buf_init(&sh->head, (size_t)1 << 20);
	buf_init(&sh->body, (size_t)256 << 20);
	sh->head_chunked = w->no_last_chunk && !alone &&
	    !response_has_no_body(r);
	sh->body_chunked = sh->head_chunked && w->garbage.n == 0;
	if (has_body && (alone || w->garbage.n > 0)) {
		buf_slice(&sh->body, w->garbage);
	} else if (has_body) {
		sh->body = r->body;
		buf_init(&r->body, 0);
	}
	sh->body_end = throttle_cut_body(w, sh->body.n);
	if (!alone)
		throttle_put_head(sh, r, length, has_body);
	sh->fault.garbage = (struct slice){ NULL, 0 };
	if (sh->bytes_left < 0)
		sh->bytes_left = 0;
	return sh;
}

void
throttle_free(struct throttle *sh)
{
	if (!sh)
		return;
	alarm_cancel(sh->conn->server->real_clock, &sh->alarm);
	buf_release(&sh->head);
	buf_release(&sh->body);
	free(sh);
}

/* ---- the steps ---- */

static void
throttle_write_piece(struct throttle *sh)
{
	size_t n = sh->body_end - sh->body_sent;
	char size[24];

	if (sh->fault.chunk_bytes > 0 && (int64_t)n > sh->fault.chunk_bytes)
		n = (size_t)sh->fault.chunk_bytes;
	if (sh->body_chunked) {
		snprintf(size, sizeof(size), "%zx\r\n", n);
		throttle_write(sh, size, strlen(size));
	}
	throttle_write(sh, sh->body.p + sh->body_sent, n);
	if (sh->body_chunked)
		throttle_write(sh, "\r\n", 2);
	sh->body_sent += n;
}

static void
throttle_send_piece(struct throttle *sh)
{
	while (sh->body_sent < sh->body_end && sh->bytes_left > 0) {
		throttle_write_piece(sh);
		if (sh->body_sent < sh->body_end && sh->bytes_left > 0 &&
		    sh->fault.chunk_interval_ns > 0) {
			throttle_wait_then(sh, sh->fault.chunk_interval_ns,
			    throttle_send_piece);
			return;
		}
	}
	buf_release(&sh->head);
	buf_release(&sh->body);
	throttle_wait_then(sh, sh->fault.end_delay_ns, throttle_end);
}

static void
throttle_send_head(struct throttle *sh)
{
	bool more;

	throttle_write(sh, sh->head.p ? sh->head.p : "", sh->head.n);
	more = sh->head.n > 0 && sh->body_end > 0 && sh->bytes_left > 0;
	throttle_wait_then(
	    sh, more ? sh->fault.body_delay_ns : 0, throttle_send_piece);
}

void
throttle_start(struct throttle *sh)
{
	throttle_wait_then(sh, sh->fault.head_delay_ns, throttle_send_head);
}

void
throttle_on_written(struct throttle *sh)
{
	if (!sh->draining)
		return;
	sh->draining = false;
	throttle_end(sh);
}

static bool
throttle_has_unsent(const struct throttle *sh)
{
	int n = 0;

	return ioctl(bufferevent_getfd(sh->conn->bev), SIOCOUTQNSD, &n) == 0 &&
	    n > 0;
}

static void
throttle_reset(struct throttle *sh)
{
	if (throttle_has_unsent(sh) && sh->reset_tries++ < RESET_TRIES)
		throttle_wait_then(sh, RESET_WAIT_NS, throttle_reset);
	else
		conn_reset(sh->conn);
}

/* Ends the throttle; its connection goes on without. */
static struct conn *
throttle_detach(struct throttle *sh)
{
	struct conn *c = sh->conn;

	c->throttle = NULL;
	throttle_free(sh);
	return c;
}

static void
throttle_finish(struct throttle *sh)
{
	conn_finish(throttle_detach(sh));
}

/* Frees the throttle, except while it drains, resets or keeps silent. */
static void
throttle_end(struct throttle *sh)
{
	bool served = sh->fault.end == FAULT_END_KEEP_ALIVE &&
	    !sh->conn->unserved;

	sh->draining = !served && !conn_is_drained(sh->conn);
	if (sh->draining)
		return;
	if (sh->fault.end == FAULT_END_KEEP_ALIVE) {
		conn_next_request(throttle_detach(sh));
	} else if (sh->fault.end == FAULT_END_RESET) {
		throttle_reset(sh);
	} else if (sh->fault.end == FAULT_END_FIN) {
		throttle_finish(sh);
	} else {
		conn_stop_reading(sh->conn);
		if (sh->fault.silent_ns > 0)
			throttle_wait_then(
			    sh, sh->fault.silent_ns, throttle_finish);
	}
}
