/*
 * What a scenario's files share: a step as parsed and how it is done.
 */
#ifndef MV_FAULT_SCENARIO_SCENARIO_STEP_H
#define MV_FAULT_SCENARIO_SCENARIO_STEP_H

#include "fault/rule/rule.h"
#include "fault/scenario/scenario.h"

struct step {
	int64_t at; /* ns from the start; -1: by event */
	bool virtual_clock;
	const char *event; /* a glob, or NULL */
	struct match *count; /* on so many requests, or NULL */
	int64_t count_n, count_seen;
	int64_t after; /* ns after the event */
	json_t *todo; /* list of actions */
	bool done;
	bool armed; /* its event has come */
	struct alarm alarm;
	struct scenario *owner;
};

/* Looks at a timeline's element; texts are borrowed from it. */
bool step_parse(struct step *s, const json_t *tree, const char *where,
    struct complaint *c);
void step_release(struct step *s);
/* Does what it says; the names of outages that it turned on are added to
 * touched. */
bool step_do(struct faults *f, const struct scenario_host *host,
    const struct step *s, json_t *touched, struct complaint *c);

/* A copy of the object but for its keys that start with //. */
json_t *without_comments(const json_t *object);

#endif
