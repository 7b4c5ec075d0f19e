/*
 * What the files of a scenario share. Only files of fault/scenario/ include it.
 */
#ifndef MV_FAULT_SCENARIO_SCENARIO_INTERNAL_H
#define MV_FAULT_SCENARIO_SCENARIO_INTERNAL_H

#include "fault/scenario/scenario.h"
#include "fault/scenario/scenario_restore.h"
#include "fault/scenario/scenario_step.h"

enum scenario_start_mode {
	SCENARIO_START_BOOT,
	SCENARIO_START_READY,
	SCENARIO_START_FIRST_REQUEST,
	SCENARIO_START_MANUAL,
};

enum scenario_begin {
	SCENARIO_BEGIN_NOW,
	SCENARIO_BEGIN_FIRST_REQUEST,
};

enum scenario_phase {
	SCENARIO_LOADED,
	SCENARIO_WAITING, /* for the request that begins it */
	SCENARIO_RUNNING,
	SCENARIO_ENDING, /* judged and undone: no event moves it any more */
	SCENARIO_DONE,
	SCENARIO_FAILED,
};

struct scenario {
	struct scenario *next;
	struct scenarios *scenarios;
	char *name;
	json_t *tree;	/* as it was loaded */
	json_t *filled; /* with its parameters put in */
	json_t *params; /* their values */
	int start;
	int begin;
	struct match *begin_match; /* which first request; NULL: any */
	bool virtual_clock;	   /* its times are the vault's */
	double speed;		   /* of the vault's clock; 0: as it is */
	int64_t seed;
	bool has_seed;
	int64_t duration_ns; /* ns, 0: until its last timed step is done */
	struct scenario_step *steps;
	int nsteps;
	json_t *expect;
	json_t *nodes, *fixtures, *clock;

	enum scenario_phase state;
	struct journal_mark began;
	json_t *started; /* outages and rules it turned on */
	struct scenario_restore kept;
	json_t *results;       /* [{"name","ok","reason"}] once it has ended */
	char step_error[1300]; /* a step that could not be done */
	struct alarm end_alarm;
};

struct scenarios {
	struct faults *faults;
	struct scenario_host host;
	struct scenario *list;
	struct journal_listener listener;
};

/* The words of start and begin, NULL-terminated. */
extern const char *const scenario_starts[], *const scenario_begins[];

/*
 * Reads the tree of a scenario into it, with the parameters that set names
 * (NULL: the defaults). False and an error; scenario_fill_release frees what
 * was read, and the tree, in either case.
 */
bool scenario_fill(struct scenario *s, const json_t *set, struct error *c);
void scenario_fill_release(struct scenario *s);
/* An expectation as verify takes it; the caller's. */
json_t *scenario_expectation_claim(const json_t *expect);

#endif
