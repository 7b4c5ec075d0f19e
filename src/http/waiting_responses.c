/*
 * Answers that wait: each lies in its connection's buffer until http_flush,
 * after the store has committed what the answer acknowledges.
 */
#include "http/http_internal.h"

void
waiting_responses_add(struct conn *c)
{
	if (c->in_flush_list)
		return;
	c->in_flush_list = true;
	c->next_flush = c->server->flush_list;
	c->server->flush_list = c;
}

void
waiting_responses_mark_unsure(struct conn *c, size_t start, bool head_only)
{
	struct unsure_response unsure = { start, c->out.n, head_only,
		c->close_after };

	buf_add(&c->unsure, (const char *)&unsure, sizeof(unsure));
}

/* Answers that a fault sends out are not taken apart: they do not go. */
static void
waiting_responses_fail_conn(struct conn *c, const struct reply *refusal)
{
	const struct unsure_response *unsure = (const void *)c->unsure.p;
	size_t n = c->unsure.n / sizeof(*unsure), at = 0;
	struct buf before = c->out;
	bool close_after = c->close_after;

	if (c->state == CONN_THROTTLED) {
		conn_mark_closing(c);
		return;
	}
	buf_init(&c->out, before.max);
	for (size_t i = 0; i < n; i++) {
		buf_add(&c->out, before.p + at, unsure[i].start - at);
		c->close_after = unsure[i].close_after;
		conn_put_response(c, refusal, unsure[i].head_only);
		at = unsure[i].end;
	}
	buf_add(&c->out, before.p + at, before.n - at);
	c->close_after = close_after;
	buf_release(&before);
}

void
http_fail_waiting(struct http_server *s, const char *body)
{
	struct reply refusal = { .kind = REPLY_ERROR, .status = 500 };

	buf_init(&refusal.body, 0);
	buf_str(&refusal.body, body);
	for (struct conn *c = s->flush_list; c; c = c->next_flush) {
		if (c->unsure.n > 0 && !c->closing)
			waiting_responses_fail_conn(c, &refusal);
		buf_clear(&c->unsure);
	}
	buf_release(&refusal.body);
}

/* The answers of one connection. */
static void
waiting_responses_send(struct conn *c)
{
	c->in_flush_list = false;
	buf_clear(&c->unsure);
	if (c->closing)
		return;
	if (c->out.n > 0)
		conn_write(c, c->out.p, c->out.n);
	if (c->out.cap > CONN_KEPT_BUFFER_BYTES)
		buf_release(&c->out);
	else
		buf_clear(&c->out);
	if (c->state == CONN_THROTTLED)
		throttle_start(c->throttle);
	else if (c->state == CONN_BUSY && c->request &&
	    c->request->stream.on_room && conn_is_drained(c))
		bufferevent_trigger(c->bev, EV_WRITE,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	else if (conn_is_all_sent(c))
		conn_last_response_written(c);
	else if (c->output_full && conn_is_drained(c))
		conn_read_in_next_pass(c);
}

void
waiting_responses_flush(struct http_server *s)
{
	struct conn *c = s->flush_list;

	s->flush_list = NULL;
	while (c) {
		struct conn *next = c->next_flush;

		waiting_responses_send(c);
		c = next;
	}
}
