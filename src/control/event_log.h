/*
 * The last events in a ring, numbered from 1: what /_mock/events shows.
 */
#ifndef MV_CONTROL_EVENT_LOG_H
#define MV_CONTROL_EVENT_LOG_H

#include <jansson.h>
#include <stdint.h>

struct control;
struct vault;

enum event_type {
	EVENT_REQUEST,
	EVENT_STATE,
	EVENT_OUTAGE,
	EVENT_RULE,
	EVENT_CLOCK,
	EVENT_SCENARIO,
	EVENT_ALARM,
	EVENT_NAMED,
	EVENT_TYPES,
};

/* Of the same order, NULL-terminated. */
extern const char *const event_type_names[];

struct logged_event {
	enum event_type type;
	int64_t journal_seq; /* of a request's entry; 0: none */
	char *text;	     /* JSON; NULL: the journal has it */
};

/* From now on it hears what happens to c, and ends before c does. */
struct event_log *event_log_new(struct control *c);
/* It hears what expires in this vault from now on, not in the control's. */
void event_log_set_vault(struct event_log *log, struct vault *v);
/* NULL is allowed. */
void event_log_free(struct event_log *log);
/* fn is called for each event once it is in the ring. */
void event_log_on_added(
    struct event_log *log, void (*fn)(void *arg), void *arg);

/* Adds an event and takes its details over, an object. */
void event_log_add(
    struct event_log *log, enum event_type type, json_t *details);
/* The clock or what else /_mock/clock shows has changed. */
void event_log_clock_changed(struct event_log *log);

/* The id of the newest event, 0 for none, and of the oldest in the ring. */
int64_t event_log_last(const struct event_log *log);
int64_t event_log_oldest(const struct event_log *log);
/* An event of the ring. */
const struct logged_event *event_log_get(
    const struct event_log *log, int64_t id);

#endif
