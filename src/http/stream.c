/*
 * Answers that go out piece by piece while their request is with the api. Each
 * piece waits for http_flush as a whole answer does.
 */
#include <event2/buffer.h>

#include "http/http_internal.h"

/* HTTP/1.0 knows no chunks: there the connection's end is the answer's. */
size_t
conn_stream_send(struct request *req, struct slice piece)
{
	struct conn *c = req->owner;

	if (c->closing)
		return SIZE_MAX;
	if (!c->streaming) {
		c->streaming = true;
		c->close_after = true;
		response_put_head(c, &c->out, &req->reply,
		    c->minor > 0 ? RESPONSE_CHUNKED : RESPONSE_UNTIL_CLOSE);
	}
	if (piece.n > 0 && c->minor > 0)
		buf_printf(&c->out, "%zx\r\n", piece.n);
	buf_slice(&c->out, piece);
	if (piece.n > 0 && c->minor > 0)
		buf_str(&c->out, "\r\n");
	waiting_responses_add(c);
	return c->out.n + evbuffer_get_length(bufferevent_get_output(c->bev));
}

void
conn_stream_on_written(struct conn *c)
{
	struct request *req = c->request;

	if (req && !c->closing && conn_is_drained(c) && req->stream.on_room)
		req->stream.on_room(req);
}

void
conn_stream_end(struct conn *c)
{
	c->streaming = false;
	c->state = CONN_DONE;
	if (c->minor > 0)
		buf_str(&c->out, "0\r\n\r\n");
	waiting_responses_add(c);
}
