/*
 * What must happen when its time comes, though the truth lies in the store: a
 * token's end, a lease's end, a secret id's. Each kind says when its next one
 * is due and how to settle what is due; one alarm of the clock serves each.
 * So a restart or a restore needs no list of timers.
 */
#ifndef MV_CORE_SWEEP_H
#define MV_CORE_SWEEP_H

#include <stdint.h>

#include "core/vault.h"

struct sweep {
	const char *name;
	/* Instant of the earliest, in ns; 0 for none. */
	int64_t (*due)(struct vault *v);
	/* Settles everything due at `now`; returns how many. */
	int (*run)(struct vault *v, int64_t now);
};

struct sweeps *sweeps_new(struct vault *v);
void sweeps_free(struct sweeps *s);
void sweep_register(struct vault *v, const struct sweep *kind);
/* Something of this kind now ends at `at`: the alarm may have to move up. */
void sweep_note(struct vault *v, const struct sweep *kind, int64_t at);
/* Asks every kind again (start, restore, unseal). */
void sweeps_rearm(struct vault *v);
/* Called with (arg, kind name, count) after a sweep that settled something. */
void sweeps_on_settled(struct vault *v,
    void (*fn)(void *arg, const char *kind, int n), void *arg);

#endif
