/*
 * Events: names like "sealed" or "login" that rules (`on`, `until`) and
 * scenarios wait for.
 */
#include "base/glob.h"
#include "fault/fault.h"
#include "fault/rule/rule.h"

void
faults_notify(struct faults *f, const char *name)
{
	if (f->outages_hear)
		f->outages_hear(f, name);
	for (int i = 0; i < f->nrules; i++) {
		struct rule *r = f->rules[i];

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

void
faults_event(struct faults *f, const char *name)
{
	if (f->journal)
		journal_add_event(f->journal, name);
	faults_notify(f, name);
}

void
faults_on_event(
    struct faults *f, void (*fn)(void *arg, const char *name), void *arg)
{
	f->on_event = fn;
	f->on_event_arg = arg;
}
