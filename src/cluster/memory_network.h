/*
 * A network within one process: a message arrives when a clock says so, and not
 * at all over a link that is cut.
 */
#ifndef MV_CLUSTER_MEMORY_NETWORK_H
#define MV_CLUSTER_MEMORY_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "clock/random.h"

struct memory_network;

/* Messages take this long. The clock outlives it. */
struct memory_network *memory_network_new(
    struct clock *clock, int64_t latency_ns);
/* Messages under way are forgotten. */
void memory_network_free(struct memory_network *n);

/* Messages for a node come to fn, one at a time, from clock_run_alarms; a node
 * that is there already comes anew. fn NULL: it is there no longer. */
void memory_network_join(struct memory_network *n, uint64_t id,
    void (*fn)(void *arg, struct slice bytes), void *arg);
/* Cuts the link of two nodes, both ways, or mends it. */
void memory_network_cut(
    struct memory_network *n, uint64_t one, uint64_t other, bool cut);
/* From now on messages take this long, and such a part of them, by chance, does
 * not arrive: 0 none, 1 all. */
void memory_network_set(struct memory_network *n, int64_t latency_ns,
    double loss, struct random *random);
/* Sends bytes, which are copied. */
void memory_network_send(
    struct memory_network *n, uint64_t from, uint64_t to, struct slice bytes);

#endif
