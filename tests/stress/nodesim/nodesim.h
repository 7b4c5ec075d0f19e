/*
 * The nodes of a real cluster, in one process and on a clock that only the
 * simulation moves: faults and clients as a seed says. The same seed does the
 * same.
 */
#ifndef MV_TESTS_NODESIM_NODESIM_H
#define MV_TESTS_NODESIM_NODESIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "server/host.h"
#include "server/instance.h"
#include "server/nodes/nodes.h"

#define NODESIM_NODES 3
#define NODESIM_CLIENTS 5
#define NODESIM_KEYS 6
#define NODESIM_MS ((int64_t)1000000)
#define NODESIM_S ((int64_t)1000000000)

struct nodesim_options {
	uint32_t rules_off; /* of the guard */
	FILE *history;	    /* NULL: none */
	bool verbose;
};

struct nodesim_counts {
	uint64_t kills, pauses, partitions, hand_overs, seals, bursts, both,
	    reads, writes, acked, unknown, compared;
};

struct nodesim;

/* Something that is due on the cluster's clock. */
struct nodesim_alarm {
	struct alarm alarm;
	bool due;
};

enum nodesim_kind { NODESIM_READ, NODESIM_WRITE, NODESIM_CAS, NODESIM_DELETE };

/* What a client has asked; its line of the history is written at its end. */
struct nodesim_op {
	struct nodesim_op *next;
	struct nodesim *sim;
	int client, key;
	enum nodesim_kind kind;
	uint64_t value, cas; /* cas: the version that is wanted */
	uint64_t called;     /* the count of what has happened */
	struct request *req;
	char path[64], body[96];
	bool at_once;  /* api_handle has not returned */
	bool answered; /* the callback has been there */
	bool given_up; /* its client waits no longer */
	int status;
	bool refused; /* nothing was done */
	uint64_t got_version, got_value;
};

struct nodesim_client {
	struct nodesim_alarm next;
	struct nodesim_op *op; /* the one that it waits for */
	int64_t patience_ns;
	uint64_t version[NODESIM_KEYS]; /* as it saw them last */
};

struct nodesim {
	const struct nodesim_options *o;
	struct nodesim_counts *counts;
	uint64_t seed, random;
	uint64_t happened; /* calls and returns */
	uint64_t next_value;
	struct options options;
	struct host host;
	struct instance first;
	struct nodes *nodes;
	bool cut[NODESIM_NODES][NODESIM_NODES]; /* unknown to the nodes */
	int64_t began_ns;
	bool healed;
	uint64_t fault_gap_ms; /* at most, between two */
	struct nodesim_client clients[NODESIM_CLIENTS];
	struct nodesim_alarm fault, back[NODESIM_NODES], mark;
	struct nodesim_op *ops;
	char *failure; /* empty: none */
	size_t failure_size;
};

/* From 0 to below n. */
uint64_t nodesim_below(struct nodesim *s, uint64_t n);
int64_t nodesim_now(const struct nodesim *s);
void nodesim_set(struct nodesim *s, struct nodesim_alarm *a, int64_t in_ns);
__attribute__((format(printf, 2, 3))) void nodesim_fail(
    struct nodesim *s, const char *format, ...);
__attribute__((format(printf, 2, 3))) void nodesim_say(
    const struct nodesim *s, const char *format, ...);

/* clients.c. One operation, at this node. */
void nodesim_ask(struct nodesim *s, int client, int key, enum nodesim_kind kind,
    struct node *at);
/* Clients whose time has come ask, or give up. */
void nodesim_run_clients(struct nodesim *s);
/* Answers that have come are written down. */
void nodesim_collect(struct nodesim *s);

/* Runs one seed. False: a check failed, and why is written to failure. */
bool nodesim_run(const struct nodesim_options *o, uint64_t seed,
    struct nodesim_counts *counts, char *failure, size_t size);

#endif
