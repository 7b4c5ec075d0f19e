/*
 * What a scenario's files share: a step as parsed and how it is done.
 */
#ifndef MV_FAULT_SCENARIO_SCENARIO_STEP_H
#define MV_FAULT_SCENARIO_SCENARIO_STEP_H

#include "fault/rule/rule.h"
#include "fault/scenario/scenario.h"
#include "fault/scenario/scenario_restore.h"

struct scenario_step {
	int64_t at_ns; /* ns from the start; -1: by event */
	bool virtual_clock;
	const char *event;	   /* a glob, or NULL */
	struct match *count_match; /* on so many requests, or NULL */
	int64_t count_n, count_seen;
	int64_t after_ns; /* ns after the event */
	json_t *actions;  /* list of actions */
	bool done;
	bool scheduled; /* its event has come */
	struct alarm alarm;
	struct scenario *scenario;
};

/* Reads an element of a timeline; strings are borrowed from it. where is its
 * name in errors. f, on which it is to run, may be NULL. False and an error;
 * step_release frees it in either case. */
bool step_parse(struct scenario_step *s, const json_t *tree, const char *where,
    const struct faults *f, struct error *c);
void step_release(struct scenario_step *s);
/* For whom steps are done. */
struct step_owner {
	const char *name;
	bool virtual_clock; /* outages end, and rules age, by the vault's */
	json_t *started;    /* gets the ids of outages and rules of its own */
	struct scenario_restore *kept; /* what it took from others */
};

/* Does what the step says; false and an error. */
bool step_do(struct faults *f, const struct scenario_host *host,
    const struct scenario_step *s, const struct step_owner *owner,
    struct error *c);

/* A copy of the object without its keys that start with //; the caller's. */
json_t *step_strip_comments(const json_t *object);

#endif
