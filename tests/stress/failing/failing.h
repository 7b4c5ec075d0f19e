/*
 * Of the calls in calls.h one fails: the nth of its kind, counted while failing
 * is on. What happened lies in memory that a parent shares with its
 * children.
 */
#ifndef MV_TESTS_STRESS_FAILING_H
#define MV_TESTS_STRESS_FAILING_H

#include <stdbool.h>
#include <stdint.h>

enum failing_kind {
	FAILING_MEMORY,
	FAILING_FILE,
	FAILING_SOCKET,
	FAILING_SQLITE,
	FAILING_OPENSSL,
	FAILING_KINDS
};

struct failing_call {
	const char *name;
	enum failing_kind kind;
	int error; /* errno of the failure */
};

/* One call of a recorded run. */
struct failing_record {
	const struct failing_call *call;
	uint64_t site; /* of the functions that led there */
	long number;   /* of its kind, from 1 */
};

/* How many functions above the call make up its site. */
#define FAILING_DEPTH_MAX 64

struct failing {
	bool on;			/* calls are counted, and may fail */
	int depth;			/* of a site, when calls are recorded */
	long calls[FAILING_KINDS];	/* so far */
	enum failing_kind kind;		/* of the call that fails, */
	long target;			/* and which of them; 0: none */
	bool explain;			/* says where it fails */
	const struct failing_call *hit; /* the call that failed */
	struct failing_record *records; /* NULL: nothing is recorded */
	long nrecords, records_max;
};

/* Shared with children; the caller's until the program ends. */
extern struct failing *failing;
/* Room for the calls of a run, shared too: failing->records points here while
 * one is recorded. */
extern struct failing_record *failing_records;

extern const char *const failing_kinds[FAILING_KINDS];

void failing_init(void);

/* What the wrappers ask before the call at return address `from`. */
int failing_call_now(const struct failing_call *call, const char *from);

#endif
