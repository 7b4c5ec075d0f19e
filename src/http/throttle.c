/*
 * One answer on its way out as a struct wire says: late, in pieces, cut short,
 * unframed, garbled, then silence, a FIN or a reset. A chain of steps on the
 * real clock; each step's last act is to say what comes next. Knows nothing of
 * why.
 */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "http/http_internal.h"

/* What the kernel has not sent yet would go with a reset: it is given this
 * many times this long. */
#define RESET_TRIES 500
#define RESET_WAIT ((int64_t)2000000)

struct shaper {
	struct conn *conn;
	struct wire wire;
	struct buf head;
	struct buf body; /* or the garbage */
	size_t at;    /* bytes of the body that are out */
	size_t end;   /* bytes of the body that may go out */
	int64_t left; /* bytes of anything that may still go out */
	bool chunked; /* says the head */
	bool framed;  /* and so is what follows; garbage is not */
	bool draining; /* the next step waits for the socket */
	int tries;
	void (*next)(struct shaper *sh);
	struct alarm alarm;
};

static void send_piece(struct shaper *sh);
static void end(struct shaper *sh);

static void
on_alarm(void *arg, int64_t now)
{
	struct shaper *sh = arg;

	(void)now;
	if (!sh->conn->dying)
		sh->next(sh);
}

static void
after(struct shaper *sh, int64_t wait, void (*next)(struct shaper *sh))
{
	struct clock *real = sh->conn->server->real;

	sh->next = next;
	if (wait > 0)
		alarm_set(real, &sh->alarm, clock_now(real) + wait);
	else
		next(sh);
}

static void
give(struct shaper *sh, const char *p, size_t n)
{
	if ((int64_t)n > sh->left)
		n = (size_t)sh->left;
	sh->left -= (int64_t)n;
	if (n > 0)
		conn_write(sh->conn, p, n);
}

/* ---- what goes out ---- */

/* How much of n body bytes the cut lets through. */
static size_t
cut_body(const struct wire *w, size_t n)
{
	int64_t most = (int64_t)n;

	if (w->cut == WIRE_CUT_BODY)
		most = w->bytes;
	else if (w->cut == WIRE_CUT_FRACTION && w->fraction < 1)
		most = (int64_t)(w->fraction * (double)n);
	if (most < 0)
		most = 0;
	return most < (int64_t)n ? (size_t)most : n;
}

/* With a cut from the start the length depends on the head and the head on the
 * length's digits; it settles at once, or between two values. */
static void
put_short_head(struct shaper *sh, const struct reply *r)
{
	size_t whole = sh->end;

	for (int i = 0; i < 3; i++) {
		buf_clear(&sh->head);
		answer_head(sh->conn, &sh->head, r, (int64_t)sh->end);
		if (sh->wire.cut != WIRE_CUT_START)
			return;
		sh->end = sh->wire.bytes > (int64_t)sh->head.n
		    ? (size_t)sh->wire.bytes - sh->head.n
		    : 0;
		if (sh->end > whole)
			sh->end = whole;
	}
}

/* Without short_length the head is that of the answer as it would have been,
 * garbage or not: a HEAD's is of a body that never comes. */
static void
put_head(struct shaper *sh, const struct reply *r, size_t length, bool bodied)
{
	if (sh->chunked)
		answer_head(sh->conn, &sh->head, r, ANSWER_CHUNKED);
	else if (sh->wire.short_length && bodied)
		put_short_head(sh, r);
	else
		answer_head(sh->conn, &sh->head, r, (int64_t)length);
}

struct shaper *
shaper_new(struct conn *c, const struct wire *w, struct reply *r,
    bool head_only)
{
	struct shaper *sh = xcalloc(1, sizeof(*sh));
	bool alone = w->garbage_alone || !r;
	bool bodied = alone || !(head_only || answer_bodiless(r));
	size_t length = r ? r->body.n : 0;

	sh->conn = c;
	sh->wire = *w;
	sh->left = w->cut == WIRE_CUT_START ? w->bytes : INT64_MAX;
	alarm_init(&sh->alarm, on_alarm, sh);
	buf_init(&sh->head, (size_t)1 << 20);
	buf_init(&sh->body, (size_t)256 << 20);
	sh->chunked = w->unframed && !alone && !answer_bodiless(r);
	sh->framed = sh->chunked && w->garbage.n == 0;
	if (bodied && (alone || w->garbage.n > 0)) {
		buf_slice(&sh->body, w->garbage);
	} else if (bodied) {
		sh->body = r->body;
		buf_init(&r->body, 0);
	}
	sh->end = cut_body(w, sh->body.n);
	if (!alone)
		put_head(sh, r, length, bodied);
	sh->wire.garbage = (struct slice){ NULL, 0 };
	if (sh->left < 0)
		sh->left = 0;
	return sh;
}

void
shaper_free(struct shaper *sh)
{
	if (!sh)
		return;
	alarm_cancel(sh->conn->server->real, &sh->alarm);
	buf_release(&sh->head);
	buf_release(&sh->body);
	free(sh);
}

/* ---- the steps ---- */

static void
give_piece(struct shaper *sh)
{
	size_t n = sh->end - sh->at;
	char size[24];

	if (sh->wire.chunk > 0 && (int64_t)n > sh->wire.chunk)
		n = (size_t)sh->wire.chunk;
	if (sh->framed) {
		snprintf(size, sizeof(size), "%zx\r\n", n);
		give(sh, size, strlen(size));
	}
	give(sh, sh->body.p + sh->at, n);
	if (sh->framed)
		give(sh, "\r\n", 2);
	sh->at += n;
}

static void
send_piece(struct shaper *sh)
{
	while (sh->at < sh->end && sh->left > 0) {
		give_piece(sh);
		if (sh->at < sh->end && sh->left > 0 && sh->wire.every > 0) {
			after(sh, sh->wire.every, send_piece);
			return;
		}
	}
	buf_release(&sh->head);
	buf_release(&sh->body);
	after(sh, sh->wire.wait_end, end);
}

static void
send_head(struct shaper *sh)
{
	bool more;

	give(sh, sh->head.p ? sh->head.p : "", sh->head.n);
	more = sh->head.n > 0 && sh->end > 0 && sh->left > 0;
	after(sh, more ? sh->wire.wait_body : 0, send_piece);
}

void
shaper_start(struct shaper *sh)
{
	after(sh, sh->wire.wait_head, send_head);
}

void
shaper_written(struct shaper *sh)
{
	if (!sh->draining)
		return;
	sh->draining = false;
	end(sh);
}

static bool
unsent(const struct shaper *sh)
{
	int n = 0;

	return ioctl(bufferevent_getfd(sh->conn->bev), SIOCOUTQNSD, &n) == 0 &&
	    n > 0;
}

static void
reset(struct shaper *sh)
{
	if (unsent(sh) && sh->tries++ < RESET_TRIES)
		after(sh, RESET_WAIT, reset);
	else
		conn_reset(sh->conn);
}

static void
finish(struct shaper *sh)
{
	conn_finish(sh->conn);
}

/* The shaper is gone after this, but while it is silent. */
static void
end(struct shaper *sh)
{
	bool served = sh->wire.end == WIRE_GO_ON && !sh->conn->raw;

	sh->draining = !served && !conn_drained(sh->conn);
	if (sh->draining)
		return;
	if (sh->wire.end == WIRE_GO_ON) {
		conn_go_on(sh->conn);
	} else if (sh->wire.end == WIRE_RESET) {
		reset(sh);
	} else if (sh->wire.end == WIRE_FIN) {
		finish(sh);
	} else {
		conn_mute(sh->conn);
		if (sh->wire.silent_for > 0)
			after(sh, sh->wire.silent_for, finish);
	}
}
