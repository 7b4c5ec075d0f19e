/*
 * Events: names like "sealed" or "login" that rules (`on`, `until`) and
 * scenarios wait for. What an event sets off may be events again: they are
 * queued, so that the stack does not grow with a chain of them.
 */
#include <stdlib.h>

#include "base/glob.h"
#include "base/mem.h"
#include "fault/fault.h"
#include "fault/rule/rule.h"

/* An event that happened while another one was told. */
struct fault_event {
	struct fault_event *next;
	char *name;
};

static void
event_tell(struct faults *f, const char *name)
{
	if (f->outages_hear)
		f->outages_hear(f, name);
	for (int i = 0; f->nevent_rules > 0 && i < f->nrules; i++) {
		struct rule *r = f->rules[i];

		if (!(f->marks[i] & MARK_EVENT))
			continue;
		if (r->waits_for_event && glob_match(r->when.on_event, name)) {
			r->waits_for_event = false;
			when_activate(r);
		} else if (!r->waits_for_event && r->when.until_event &&
		    glob_match(r->when.until_event, name)) {
			r->ended = true;
		}
	}
	if (f->on_event)
		f->on_event(f->on_event_arg, name);
}

static void
event_enqueue(struct faults *f, const char *name)
{
	struct fault_event *e = xcalloc(1, sizeof(*e));

	e->name = xstrdup(name);
	*(f->events ? &f->last_event->next : &f->events) = e;
	f->last_event = e;
}

void
faults_notify(struct faults *f, const char *name)
{
	struct fault_event *e;

	if (f->telling) {
		event_enqueue(f, name);
		return;
	}
	f->telling = true;
	event_tell(f, name);
	while ((e = f->events)) {
		f->events = e->next;
		event_tell(f, e->name);
		free(e->name);
		free(e);
	}
	f->telling = false;
}

void
faults_observe(struct faults *f,
    void (*fn)(void *arg, const char *type, json_t *details), void *arg)
{
	f->observe = fn;
	f->observe_arg = arg;
}

void
faults_tell_observer(struct faults *f, const char *type, json_t *details)
{
	if (f->observe)
		f->observe(f->observe_arg, type, details);
	else
		json_decref(details);
}

void
faults_event(struct faults *f, const char *name)
{
	if (f->journal)
		journal_add_event(f->journal, name);
	faults_tell_observer(f, "event", json_pack("{s:s}", "name", name));
	faults_notify(f, name);
}

void
faults_on_event(
    struct faults *f, void (*fn)(void *arg, const char *name), void *arg)
{
	f->on_event = fn;
	f->on_event_arg = arg;
}
