/*
 * Events from all sides, in one order: the journal's entries, what faults tell
 * their observer, what ended by itself, the clock's moves.
 */
#include "control/event_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/json/jsontree.h"
#include "control/control.h"
#include "core/expirer.h"
#include "core/state/clock_control.h"

#define EVENT_LOG_SIZE 2048
#define EVENT_LOG_FIRST 32
/* Of an event with more only the names are kept. */
#define EVENT_TEXT_MAX ((size_t)16 << 10)

const char *const event_type_names[] = {
	[EVENT_REQUEST] = "request",
	[EVENT_STATE] = "state",
	[EVENT_OUTAGE] = "outage",
	[EVENT_RULE] = "rule",
	[EVENT_CLOCK] = "clock",
	[EVENT_SCENARIO] = "scenario",
	[EVENT_ALARM] = "alarm",
	[EVENT_NAMED] = "event",
	[EVENT_TYPES] = NULL,
};

struct event_log {
	struct control *control;
	struct logged_event *ring; /* made as it fills */
	int made;		   /* EVENT_LOG_SIZE at most */
	int64_t last_id;
	struct journal_listener journal_listener;
	struct alarm clock_alarm; /* real: one event for all moves of a pass */
	void (*on_added)(void *arg);
	void *on_added_arg;
};

/* ---- the ring ---- */

int64_t
event_log_last(const struct event_log *log)
{
	return log->last_id;
}

int64_t
event_log_oldest(const struct event_log *log)
{
	return log->last_id > EVENT_LOG_SIZE ? log->last_id - EVENT_LOG_SIZE + 1
					     : 1;
}

const struct logged_event *
event_log_get(const struct event_log *log, int64_t id)
{
	return &log->ring[id % EVENT_LOG_SIZE];
}

static void
event_log_grow(struct event_log *log)
{
	int made = log->made;

	log->made = made ? made * 2 : EVENT_LOG_FIRST;
	log->ring = xrealloc(log->ring, (size_t)log->made * sizeof(*log->ring));
	memset(&log->ring[made], 0,
	    (size_t)(log->made - made) * sizeof(*log->ring));
}

static void
event_log_put(struct event_log *log, struct logged_event event)
{
	struct logged_event *slot;

	if (++log->last_id >= log->made && log->made < EVENT_LOG_SIZE)
		event_log_grow(log);
	slot = &log->ring[log->last_id % EVENT_LOG_SIZE];
	free(slot->text);
	*slot = event;
	if (log->on_added)
		log->on_added(log->on_added_arg);
}

static json_t *
event_log_times(const struct event_log *log)
{
	return json_pack("{s:o, s:o}", "time",
	    jsontree_time(clock_now(log->control->vault->clock)), "real_time",
	    jsontree_time(clock_now(log->control->real_clock)));
}

/* Its short texts: "outage", "id", "change". */
static json_t *
event_log_shorten(const json_t *details)
{
	json_t *kept = json_pack("{s:b}", "cut", 1), *value;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)details, key, value)
		if (json_is_string(value) && json_string_length(value) < 300)
			json_object_set(kept, key, value);
	return kept;
}

void
event_log_add(struct event_log *log, enum event_type type, json_t *details)
{
	json_t *shown = event_log_times(log);
	const char *space = log->control->host.space;
	char text[EVENT_TEXT_MAX], *longer = NULL;
	size_t n;

	json_object_set_new(
	    shown, "space", json_string(space ? space : SPACE_MAIN));
	json_object_update(shown, details);
	n = json_dumpb(shown, text, sizeof(text), JSON_COMPACT);
	if (n > sizeof(text)) {
		json_t *kept = event_log_shorten(shown);

		longer = json_dumps(kept, JSON_COMPACT);
		json_decref(kept);
	}
	json_decref(shown);
	json_decref(details);
	event_log_put(log,
	    (struct logged_event){
		.type = type, .text = longer ? longer : xstrndup(text, n) });
}

/* ---- where they come from ---- */

static void
event_log_on_request(void *arg, int64_t seq, const struct journal_close *c)
{
	(void)c;
	event_log_put(arg,
	    (struct logged_event){ .type = EVENT_REQUEST, .journal_seq = seq });
}

/* What a name stands for; the last one takes all. */
static const struct {
	const char *glob;
	enum event_type type; /* EVENT_TYPES: told with details elsewhere */
} event_log_names[] = {
	{ "outage:*", EVENT_TYPES },
	{ "scenario:*", EVENT_TYPES },
	{ "rule:*", EVENT_TYPES },
	{ "expired:*", EVENT_TYPES },
	{ "sealed", EVENT_STATE },
	{ "unsealed", EVENT_STATE },
	{ "leader", EVENT_STATE },
	{ "no-leader", EVENT_STATE },
	{ "node:*", EVENT_STATE },
	{ "*", EVENT_NAMED },
};

static void
event_log_add_named(struct event_log *log, json_t *details)
{
	const char *name = jsontree_string(details, "name");
	size_t i = 0;

	while (!glob_match(event_log_names[i].glob, name))
		i++;
	if (event_log_names[i].type == EVENT_TYPES) {
		json_decref(details);
		return;
	}
	if (event_log_names[i].type == EVENT_STATE) {
		json_object_set(
		    details, "change", json_object_get(details, "name"));
		json_object_del(details, "name");
	}
	event_log_add(log, event_log_names[i].type, details);
}

static void
event_log_on_observed(void *arg, const char *type, json_t *details)
{
	for (int i = 0; i < EVENT_NAMED; i++)
		if (strcmp(event_type_names[i], type) == 0) {
			event_log_add(arg, (enum event_type)i, details);
			return;
		}
	event_log_add_named(arg, details);
}

static void
event_log_on_expiry(void *arg, const struct expiry *x)
{
	json_t *details = json_pack(
	    "{s:s, s:s}", "kind", x->kind, "which", x->id);

	if (x->version)
		json_object_set_new(
		    details, "version", json_integer(x->version));
	event_log_add(arg, EVENT_ALARM, details);
}

static void
event_log_on_clock_alarm(void *arg, int64_t now_ns)
{
	struct event_log *log = arg;

	(void)now_ns;
	event_log_add(
	    log, EVENT_CLOCK, clock_control_show(log->control->vault));
}

void
event_log_clock_changed(struct event_log *log)
{
	struct clock *real = log->control->real_clock;

	alarm_set(real, &log->clock_alarm, clock_now(real));
}

static void
event_log_on_clock_moved(void *arg)
{
	event_log_clock_changed(arg);
}

/* ---- life ---- */

struct event_log *
event_log_new(struct control *c)
{
	struct event_log *log = xcalloc(1, sizeof(*log));

	log->control = c;
	log->journal_listener = (struct journal_listener){
		.when_settled = true, .fn = event_log_on_request, .arg = log
	};
	alarm_init(&log->clock_alarm, event_log_on_clock_alarm, log);
	if (c->journal)
		journal_add_listener(c->journal, &log->journal_listener);
	if (c->faults)
		faults_observe(c->faults, event_log_on_observed, log);
	expirer_add_listener(c->vault, event_log_on_expiry, log);
	clock_on_moved(c->vault->clock, event_log_on_clock_moved, log);
	return log;
}

void
event_log_set_vault(struct event_log *log, struct vault *v)
{
	expirer_remove_listener(log->control->vault, event_log_on_expiry, log);
	expirer_add_listener(v, event_log_on_expiry, log);
}

void
event_log_free(struct event_log *log)
{
	struct control *c;

	if (!log)
		return;
	c = log->control;
	if (c->journal)
		journal_remove_listener(c->journal, &log->journal_listener);
	if (c->faults)
		faults_observe(c->faults, NULL, NULL);
	expirer_remove_listener(c->vault, event_log_on_expiry, log);
	clock_on_moved(c->vault->clock, NULL, NULL);
	alarm_cancel(c->real_clock, &log->clock_alarm);
	for (int i = 0; i < log->made; i++)
		free(log->ring[i].text);
	free(log->ring);
	free(log);
}

void
event_log_on_added(struct event_log *log, void (*fn)(void *arg), void *arg)
{
	log->on_added = fn;
	log->on_added_arg = arg;
}
