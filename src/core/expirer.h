/*
 * What must happen when its time comes, though the truth lies in the store: a
 * token's end, a lease's end, a secret id's. Each kind says when its next one
 * is due and how to settle what is due; one alarm of the clock serves each.
 * So a restart or a restore needs no list of timers.
 */
#ifndef MV_CORE_EXPIRER_H
#define MV_CORE_EXPIRER_H

#include <stdint.h>

#include "core/vault.h"

struct sweep {
	const char *name;
	/* Instant of the earliest, in ns; 0 for none. */
	int64_t (*due)(struct vault *v);
	/* Settles everything due at `now`, says vault_expired of each;
	 * returns how many. */
	int (*run)(struct vault *v, int64_t now);
};

struct sweeps *sweeps_new(struct vault *v);
void sweeps_free(struct sweeps *s);
void sweep_register(struct vault *v, const struct sweep *kind);
/* Something of this kind now ends at `at`: the alarm may have to move up. */
void sweep_note(struct vault *v, const struct sweep *kind, int64_t at);
/* Asks every kind again (start, restore, unseal). */
void sweeps_rearm(struct vault *v);

/* Something that has ended by itself. */
struct expiry {
	const char *kind; /* "token", "lease", "secret-id", "version" */
	const char *id; /* accessor, lease id, path of the version */
	int64_t version;
};

typedef void (*expiry_fn)(void *arg, const struct expiry *x);

/* Tells who listens; what ends outside of a sweep, by a request, is not told. */
void vault_expired(struct vault *v, const char *kind, const char *id,
    int64_t version);
/* Is anybody there to be told? */
bool expiry_heard(const struct vault *v);
void expiry_listen(struct vault *v, expiry_fn fn, void *arg);
void expiry_unlisten(struct vault *v, expiry_fn fn, void *arg);

#endif
