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
	struct unsure_response unsure = { c->tenant, start, c->out.n, head_only,
		c->close_after };

	buf_add(&c->unsure, (const char *)&unsure, sizeof(unsure));
}

/* Other tenants' answers stay as they are, but may move. */
static void
waiting_responses_rewrite(struct conn *c, const struct http_tenant *t,
    const struct reply *refusal, const struct buf *before,
    const struct buf *marks)
{
	const struct unsure_response *unsure = (const void *)marks->p;
	size_t n = marks->n / sizeof(*unsure), at = 0;

	for (size_t i = 0; i < n; i++) {
		struct unsure_response now = unsure[i];

		buf_add(&c->out, before->p + at, now.start - at);
		at = now.end;
		if (now.tenant == t) {
			c->close_after = now.close_after;
			conn_put_response(c, refusal, now.head_only);
			continue;
		}
		now.start = c->out.n;
		buf_add(&c->out, before->p + unsure[i].start,
		    unsure[i].end - unsure[i].start);
		now.end = c->out.n;
		buf_add(&c->unsure, (const char *)&now, sizeof(now));
	}
	buf_add(&c->out, before->p + at, before->n - at);
}

/* Answers that a fault sends out are not taken apart: they do not go. */
static void
waiting_responses_fail_conn(
    struct conn *c, const struct http_tenant *t, const struct reply *refusal)
{
	struct buf before = c->out, marks = c->unsure;
	bool close_after = c->close_after;

	if (c->state == CONN_THROTTLED) {
		conn_mark_closing(c);
		return;
	}
	buf_init(&c->out, before.max);
	buf_init(&c->unsure, marks.max);
	waiting_responses_rewrite(c, t, refusal, &before, &marks);
	c->close_after = close_after;
	buf_release(&before);
	buf_release(&marks);
}

/* Does an answer that is not yet sure come from this tenant? */
static bool
waiting_responses_has(const struct conn *c, const struct http_tenant *t)
{
	const struct unsure_response *unsure = (const void *)c->unsure.p;
	size_t n = c->unsure.n / sizeof(*unsure);

	for (size_t i = 0; i < n; i++)
		if (unsure[i].tenant == t)
			return true;
	return false;
}

void
http_fail_waiting(
    struct http_server *s, const struct http_tenant *t, const char *body)
{
	struct reply refusal = { .kind = REPLY_ERROR, .status = 500 };

	buf_init(&refusal.body, 0);
	buf_str(&refusal.body, body);
	if (!t)
		t = &s->own;
	for (struct conn *c = s->flush_list; c; c = c->next_flush)
		if (!c->closing && waiting_responses_has(c, t))
			waiting_responses_fail_conn(c, t, &refusal);
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
	if (c->out.n > CONN_KEPT_BUFFER_BYTES && !c->rate_limit)
		conn_write_taken(c, &c->out);
	else if (c->out.n > 0)
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
