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

/* The answers of one connection. */
static void
waiting_responses_send(struct conn *c)
{
	c->in_flush_list = false;
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
	else if (conn_is_all_sent(c))
		conn_last_response_written(c);
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
