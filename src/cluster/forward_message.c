/*
 * Messages of forwarding as bytes.
 */
#include "cluster/forward_message.h"

#include <string.h>

#include "cluster/bytes.h"

static void
forward_put_headers(struct buf *out, const struct header *headers, int n)
{
	bytes_put(out, (uint64_t)n, 2);
	for (int i = 0; i < n; i++) {
		bytes_put_slice(out, slice_of(headers[i].name));
		bytes_put_slice(out, slice_of(headers[i].value));
	}
}

void
forward_encode(struct buf *out, const struct forward_message *m)
{
	bytes_put(out, m->type, 1);
	bytes_put(out, m->number, 8);
	if (m->type == FORWARD_REQUEST) {
		const struct forward_request *r = &m->request;

		bytes_put_slice(out, slice_of(r->method));
		bytes_put_slice(out, slice_of(r->target));
		bytes_put_slice(out, slice_of(r->client_address));
		bytes_put(out, (uint64_t)r->client_port, 2);
		bytes_put(out, r->tls, 1);
		bytes_put_slice(out, slice_of(r->tls_text));
		forward_put_headers(out, r->headers, r->nheaders);
		bytes_put_slice(out, r->body);
	} else if (m->type == FORWARD_ANSWER) {
		bytes_put(out, (uint64_t)m->answer.status, 2);
		forward_put_headers(out, m->answer.headers, m->answer.nheaders);
		bytes_put_slice(out, m->answer.body);
	}
}

static const struct header *
forward_get_headers(struct bytes_reader *r, struct arena *a, int *n)
{
	uint64_t count = bytes_get(r, 2);
	struct header *headers;

	*n = 0;
	if (r->bad || count > FORWARD_HEADERS_MAX) {
		r->bad = true;
		return NULL;
	}
	headers = arena_alloc(a, (count + 1) * sizeof(*headers));
	for (uint64_t i = 0; i < count && !r->bad; i++) {
		headers[i].name = bytes_get_text(r, a);
		headers[i].value = bytes_get_text(r, a);
	}
	*n = (int)count;
	return headers;
}

static void
forward_get_request(
    struct bytes_reader *r, struct arena *a, struct forward_request *q)
{
	uint64_t tls;

	q->method = bytes_get_text(r, a);
	q->target = bytes_get_text(r, a);
	q->client_address = bytes_get_text(r, a);
	q->client_port = (int)bytes_get(r, 2);
	tls = bytes_get(r, 1);
	q->tls = tls == 1;
	q->tls_text = bytes_get_text(r, a);
	q->headers = forward_get_headers(r, a, &q->nheaders);
	q->body = bytes_get_slice(r);
	if (tls > 1)
		r->bad = true;
}

static void
forward_get_body(
    struct bytes_reader *r, struct arena *a, struct forward_message *m)
{
	switch (m->type) {
	case FORWARD_REQUEST:
		forward_get_request(r, a, &m->request);
		return;
	case FORWARD_ANSWER:
		m->answer.status = (int)bytes_get(r, 2);
		m->answer.headers = forward_get_headers(
		    r, a, &m->answer.nheaders);
		m->answer.body = bytes_get_slice(r);
		return;
	case FORWARD_CANCEL:
	case FORWARD_HEARTBEAT:
	case FORWARD_HEARTBEAT_ANSWER:
		return;
	}
	r->bad = true;
}

bool
forward_decode(struct arena *a, struct slice bytes, struct forward_message *m)
{
	struct bytes_reader r = { bytes, false };

	memset(m, 0, sizeof(*m));
	m->type = (enum forward_type)bytes_get(&r, 1);
	m->number = bytes_get(&r, 8);
	forward_get_body(&r, a, m);
	return !r.bad && r.left.n == 0;
}
