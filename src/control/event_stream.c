/*
 * /_mock/events: the log of events as Server-Sent Events. A listener is a place
 * in the log, so nothing is queued for it beyond what its connection holds; one
 * that is too slow loses its place and is told how much it missed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "control/control.h"
#include "control/event_log.h"

#define EVENT_STREAMS_MAX 32
/* Nothing more is written while so much waits for the client. */
#define STREAM_WAITING_MAX ((size_t)128 << 10)
#define STREAM_HEARTBEAT_NS ((int64_t)15 * NSEC_PER_SEC)
#define STREAM_HEARTBEAT_MIN_NS ((int64_t)100 * NSEC_PER_SEC / 1000)

struct event_stream {
	struct event_stream *next;
	struct request *req;
	struct control *control;
	int64_t next_id;
	unsigned types;		     /* of 1 << enum event_type */
	struct query_filter *filter; /* of requests; NULL: all */
	int64_t heartbeat_ns;
	size_t waiting; /* bytes that the client has not taken */
	struct alarm alarm;
};

/* ---- writing ---- */

static void
event_stream_send(struct event_stream *s, const struct buf *text)
{
	struct request_stream *stream = &s->req->stream;

	if (!stream->started)
		stream->ops->start(s->req, -1);
	stream->ops->write(s->req, text->p, text->n);
	s->waiting = stream->ops->waiting(s->req);
}

static void
event_stream_write(
    struct event_stream *s, int64_t id, const char *type, const char *data)
{
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "id: %lld\nevent: %s\ndata: ", (long long)id, type);
	buf_str(&text, data);
	buf_str(&text, "\n\n");
	event_stream_send(s, &text);
	buf_release(&text);
}

static void
event_stream_write_comment(struct event_stream *s, const char *comment)
{
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, ": %s\n\n", comment);
	event_stream_send(s, &text);
	buf_release(&text);
}

/* id is the last one that is lost; nobody knows how many another server had. */
static void
event_stream_write_gap(struct event_stream *s, int64_t id, int64_t lost)
{
	char data[80];

	snprintf(data, sizeof(data), "{\"lost\":%lld}", (long long)lost);
	event_stream_write(s, id, "gap", s->next_id ? data : "{\"lost\":null}");
}

/* A request whose entry the journal has lost or cleared is a gap as well. */
static void
event_stream_write_request(struct event_stream *s, int64_t id, int64_t seq)
{
	struct control *c = s->control;
	json_t *entry = journal_entry_show(c->journal, seq);
	struct buf text;

	if (!entry) {
		event_stream_write_gap(s, id, 1);
		return;
	}
	if (!s->filter || journal_filter_matches(s->filter, c->journal, seq)) {
		buf_init(&text, 0);
		jsontext_put_ordered(&text, entry);
		event_stream_write(s, id, "request", text.p);
		buf_release(&text);
	}
	json_decref(entry);
}

/* Writes what is new, as far as there is room. */
static void
event_stream_pump(struct event_stream *s)
{
	const struct event_log *log = s->control->events;
	int64_t oldest = event_log_oldest(log);

	if (s->next_id < oldest && s->waiting < STREAM_WAITING_MAX) {
		event_stream_write_gap(s, oldest - 1, oldest - s->next_id);
		s->next_id = oldest;
	}
	while (s->next_id <= event_log_last(log) &&
	    s->waiting < STREAM_WAITING_MAX) {
		int64_t id = s->next_id++;
		const struct logged_event *event = event_log_get(log, id);

		if (!(s->types & 1U << event->type))
			continue;
		if (event->journal_seq)
			event_stream_write_request(s, id, event->journal_seq);
		else
			event_stream_write(
			    s, id, event_type_names[event->type], event->text);
	}
}

static void
event_stream_on_room(struct request *req)
{
	struct event_stream *s = req->fault.cancel_arg;

	s->waiting = 0;
	event_stream_pump(s);
}

static void
event_streams_on_added(void *arg)
{
	const struct control *c = arg;

	for (struct event_stream *s = c->event_streams; s; s = s->next)
		event_stream_pump(s);
}

static void
event_stream_set_alarm(struct event_stream *s)
{
	struct clock *real = s->control->real_clock;

	alarm_set(real, &s->alarm, clock_now(real) + s->heartbeat_ns);
}

static void
event_stream_on_alarm(void *arg, int64_t now_ns)
{
	struct event_stream *s = arg;

	(void)now_ns;
	if (s->waiting < STREAM_WAITING_MAX)
		event_stream_write_comment(s, "alive");
	event_stream_set_alarm(s);
}

/* ---- what is asked for ---- */

struct event_stream_input {
	const json_t *types, *path, *method, *op, *status;
	const char *rule;
	int64_t last_event_id, heartbeat_ns;
};

#define AT(field) offsetof(struct event_stream_input, field)

const struct schema control_events_schema[] = {
	{ "types", FIELD_STRINGS, AT(types), event_type_names },
	{ "path", FIELD_STRINGS, AT(path), NULL },
	{ "method", FIELD_STRINGS, AT(method), NULL },
	{ "op", FIELD_STRINGS, AT(op), NULL },
	{ "status", FIELD_INTS, AT(status), NULL },
	{ "rule", FIELD_STRING, AT(rule), NULL },
	{ "last_event_id", FIELD_INT, AT(last_event_id), NULL },
	{ "heartbeat", FIELD_DURATION, AT(heartbeat_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static json_t *
event_stream_word(const char *text)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	return *text && !*end ? json_integer(n) : json_string(text);
}

/* "404,503" becomes a list. */
static void
event_stream_split_lists(json_t *query)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (query, next, key, value) {
		const char *text = json_string_value(value);
		struct strs words = { 0 };
		json_t *list;

		if (!text || !strchr(text, ','))
			continue;
		strs_split(&words, text, ',');
		list = json_array();
		for (size_t i = 0; i < words.n; i++)
			json_array_append_new(
			    list, event_stream_word(words.items[i]));
		strs_release(&words);
		json_object_set_new(query, key, list);
	}
}

static unsigned
event_stream_types(const json_t *types)
{
	unsigned all = types ? 0 : ~0U;

	for (int i = 0; i < EVENT_TYPES; i++) {
		const char *name = event_type_names[i];

		if (json_is_string(types) &&
		    strcmp(json_string_value(types), name) == 0)
			all |= 1U << i;
		for (size_t k = 0; k < json_array_size(types); k++)
			if (strcmp(json_string_value(json_array_get(types, k)),
				name) == 0)
				all |= 1U << i;
	}
	return all;
}

/* The journal's query for the same fields; the caller's. */
static json_t *
event_stream_filter_body(const struct event_stream_input *in)
{
	return json_pack("{s:{s:O*, s:O*, s:O*}, s:O*, s:s*}", "match", "path",
	    in->path, "method", in->method, "op", in->op, "status", in->status,
	    "rule", in->rule);
}

static bool
event_stream_read_filter(struct event_stream *s,
    const struct event_stream_input *in, struct error *c)
{
	json_t *body;

	if (!in->path && !in->method && !in->op && !in->status && !in->rule)
		return true;
	body = event_stream_filter_body(in);
	s->filter = journal_filter_new(body, c);
	json_decref(body);
	return s->filter != NULL;
}

/* Behind the event that the client saw last; without one, from now on. An id
 * that was never given out is of a server that has ended. */
static int64_t
event_stream_first_id(
    const struct request *req, const struct event_log *log, int64_t asked)
{
	const char *header = request_header(req, "Last-Event-ID");
	int64_t seen = asked;

	if (header && *header)
		seen = strtoll(header, NULL, 10);
	if (seen < 0)
		return event_log_last(log) + 1;
	return seen > event_log_last(log) ? 0 : seen + 1;
}

static bool
event_stream_read_query(struct event_stream *s, struct error *c)
{
	struct event_stream_input in = { .last_event_id = -1,
		.heartbeat_ns = STREAM_HEARTBEAT_NS };
	json_t *query = control_read_query(s->req);
	bool ok;

	event_stream_split_lists(query);
	ok = schema_read(control_events_schema, query, "", &in, c) &&
	    event_stream_read_filter(s, &in, c);
	if (ok && in.heartbeat_ns < STREAM_HEARTBEAT_MIN_NS)
		ok = error_field(c, "", "heartbeat", "must be 100ms or more");
	s->types = event_stream_types(in.types);
	s->heartbeat_ns = in.heartbeat_ns;
	s->next_id = event_stream_first_id(
	    s->req, s->control->events, in.last_event_id);
	json_decref(query);
	return ok;
}

/* ---- life ---- */

static void
event_stream_free(struct event_stream *s)
{
	journal_filter_free(s->filter);
	free(s);
}

/* The client has gone, or the server stops. */
static void
event_stream_cancel(struct request *req)
{
	struct event_stream *s = req->fault.cancel_arg, **at;

	req->fault.cancel = NULL;
	req->stream.on_room = NULL;
	for (at = &s->control->event_streams; *at != s;)
		at = &(*at)->next;
	*at = s->next;
	s->control->nevent_streams--;
	alarm_cancel(s->control->real_clock, &s->alarm);
	event_stream_free(s);
	pipeline_resume(req, HANDLED);
}

static void
event_stream_start(struct event_stream *s)
{
	struct control *c = s->control;
	struct request *req = s->req;

	s->next = c->event_streams;
	c->event_streams = s;
	c->nevent_streams++;
	req->fault.cancel_arg = s;
	req->fault.cancel = event_stream_cancel;
	req->fault.waits_for_client = true;
	req->stream.endless = true;
	req->stream.on_room = event_stream_on_room;
	event_log_on_added(c->events, event_streams_on_added, c);
	alarm_init(&s->alarm, event_stream_on_alarm, s);
	event_stream_set_alarm(s);
	event_stream_write_comment(s, "mockvault");
	event_stream_pump(s);
}

static enum handler_result
control_events(struct request *req)
{
	struct control *c = control_of(req);
	struct event_stream *s;
	struct error e = { 0 };
	enum handler_result head = reply_raw(
	    req, 200, "text/event-stream", (struct slice){ "", 0 });

	if (strcmp(req->method, "HEAD") == 0)
		return head;
	if (!req->stream.ops || c->nevent_streams >= EVENT_STREAMS_MAX) {
		error_field(&e, "", "", "at most %d may listen at a time",
		    EVENT_STREAMS_MAX);
		return control_fail(req, 429, &e);
	}
	s = xcalloc(1, sizeof(*s));
	s->req = req;
	s->control = c;
	if (!event_stream_read_query(s, &e)) {
		event_stream_free(s);
		return control_fail(req, 400, &e);
	}
	event_stream_start(s);
	return PENDING;
}

const struct route control_event_routes[] = {
	{ OP_READ, "events", 0, NULL, control_events, NULL,
	    "What happens, as it happens: Server-Sent Events" },
	ROUTE_END,
};
