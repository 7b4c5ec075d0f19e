/*
 * ctl events: what happens in the server, a line of JSON each, from its stream
 * of Server-Sent Events.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

/* Seconds until the server counts as lost; its heartbeat is shorter. */
#define EVENTS_TIMEOUT_S 60
/* A line of the stream is an event's data at most. */
#define EVENTS_LINE_MAX ((size_t)16 << 20)

/* The event that is being read: its lines end with an empty one. */
struct events_reader {
	struct buf pending; /* of a line that has not ended */
	json_int_t id;
	char type[40];
	json_t *data;
	long shown, wanted; /* wanted 0: all */
};

static bool
ctl_events_print(struct events_reader *r)
{
	json_t *line = json_pack("{s:I, s:s}", "id", r->id, "type", r->type);

	json_object_update(line, r->data);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
	json_decref(r->data);
	r->data = NULL;
	return !ferror(stdout) && ++r->shown != r->wanted;
}

/* False: enough have been shown. */
static bool
ctl_events_take_line(struct events_reader *r, const char *line)
{
	if (starts_with(line, "id: ")) {
		r->id = strtoll(line + 4, NULL, 10);
	} else if (starts_with(line, "event: ")) {
		snprintf(r->type, sizeof(r->type), "%s", line + 7);
	} else if (starts_with(line, "data: ")) {
		json_decref(r->data);
		r->data = json_loads(line + 6, 0, NULL);
	} else if (!*line && r->data) {
		return ctl_events_print(r);
	}
	return true;
}

static bool
ctl_events_take_piece(void *arg, const char *piece, size_t n)
{
	struct events_reader *r = arg;
	bool more = true;

	for (size_t i = 0; more && i < n; i++) {
		if (piece[i] != '\n') {
			buf_char(&r->pending, piece[i]);
			continue;
		}
		more = ctl_events_take_line(
		    r, r->pending.p ? r->pending.p : "");
		buf_clear(&r->pending);
	}
	return more;
}

static const char *const events_flags_sent[] = { "types", "path", "method",
	"status", "rule", "since", NULL };

/* "events?types=request&path=secret%2F%2A%2A"; the caller frees it. */
static char *
ctl_events_path(const struct ctl *c)
{
	struct buf path;

	buf_init(&path, 0);
	buf_str(&path, "events");
	for (int i = 0; events_flags_sent[i]; i++) {
		const char *name = events_flags_sent[i];
		const char *value = args_value(&c->args, name);
		char *escaped;

		if (!value)
			continue;
		escaped = ctl_path("", value, "");
		buf_printf(&path, "%c%s=%s", strchr(path.p, '?') ? '&' : '?',
		    strcmp(name, "since") == 0 ? "last_event_id" : name,
		    escaped + strlen("/"));
		free(escaped);
	}
	return path.p;
}

static int
ctl_events(struct ctl *c)
{
	struct events_reader r = { .id = 0 };
	const char *n = args_value(&c->args, "n");
	char *path = ctl_events_path(c);
	bool came;

	r.wanted = n ? strtol(n, NULL, 10) : 0;
	buf_init(&r.pending, EVENTS_LINE_MAX);
	came = client_follow(&c->client, path, EVENTS_TIMEOUT_S,
	    ctl_events_take_piece, &r, &c->answer);
	buf_release(&r.pending);
	json_decref(r.data);
	free(path);
	if (came && c->answer.status != 200)
		return ctl_print_server_error(c);
	if (came && r.wanted && r.shown == r.wanted)
		return CTL_YES;
	fprintf(stderr, "mockvault ctl: %s: %s\n", c->client.url,
	    *c->answer.why ? c->answer.why : "the server ended the stream");
	return CTL_ERROR;
}

static const struct flag events_flags[] = {
	{ "types", FLAG_STRING,
	    "Only these: request, state, outage, rule, clock, scenario, alarm, "
	    "event",
	    .value = "TYPE[,TYPE]" },
	{ "path", FLAG_STRING, "Only requests to these paths",
	    .value = "GLOB" },
	{ "method", FLAG_STRING, "Only requests of this method",
	    .value = "METHOD" },
	{ "status", FLAG_STRING, "Only requests answered so",
	    .value = "N[,N]" },
	{ "rule", FLAG_STRING, "Only requests that this rule acted on",
	    .value = "ID" },
	{ "since", FLAG_STRING, "Begin behind this event; 0: the oldest",
	    .value = "ID" },
	{ "n", FLAG_STRING, "End after so many", .value = "N" },
	FLAG_END,

};

const struct ctl_verb ctl_event_verbs[] = {
	{ "events", "", "Follow what happens, a line of JSON each", 0, 0,
	    events_flags, ctl_events, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
