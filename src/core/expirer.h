/*
 * What must happen when its time comes, though the truth lies in the store: a
 * token's end, a lease's end, a secret id's. Each kind says when its next one
 * is due and how to end what is due; one alarm of the clock serves each. So a
 * restart or a restore needs no list of timers.
 */
#ifndef MV_CORE_EXPIRER_H
#define MV_CORE_EXPIRER_H

#include <stdint.h>

#include "core/vault.h"

struct expirer {
	const char *name;
	/* When the earliest is due, in ns; 0 for none. */
	int64_t (*next_due)(struct vault *v);
	/* Ends what is due by then and calls expirer_notify for each, until
	 * expirer_has_time says no: what is left is due as before, and its turn
	 * comes in the next pass. Returns how many. */
	int (*expire_due)(struct vault *v, int64_t now_ns);
	/* It repeats: when the clock moves over several times, it happens once,
	 * at the end of the way, as on a server that was asleep. */
	bool repeats;
};

/* How many an expirer reads from the store at once. */
#define EXPIRER_BATCH 32
#define EXPIRER_BATCH_SQL "LIMIT 32"

/* The vault's expirers, none at first; the caller frees them. */
struct expirers *expirers_new(struct vault *v);
/* Stops their alarms. NULL is allowed. */
void expirers_free(struct expirers *s);
/* Adds a kind, which outlives the vault. */
void expirer_register(struct vault *v, const struct expirer *expirer);
/* Something of this kind now ends at at_ns: the alarm may have to move up. */
void expirer_schedule(
    struct vault *v, const struct expirer *expirer, int64_t at_ns);
/* Asks every kind again (start, restore, unseal). */
void expirers_rearm(struct vault *v);

/* Nothing ends by itself until expirers_rearm. */
void expirers_stop(struct vault *v);

/* Within expire_due, after each piece: may there be another one? */
bool expirer_has_time(const struct vault *v);

/* Something that has ended by itself. */
struct expiry {
	const char *kind; /* "token", "lease", "secret-id", "version" */
	const char *id;	  /* accessor, lease id, path of the version */
	int64_t version;
};

typedef void (*expiry_listener_fn)(void *arg, const struct expiry *x);

/* Calls the listeners, while an expirer runs. What a request ends is not
 * told. */
void expirer_notify(
    struct vault *v, const char *kind, const char *id, int64_t version);
/* Is anybody there to be told? */
bool expirer_has_listeners(const struct vault *v);
void expirer_add_listener(struct vault *v, expiry_listener_fn fn, void *arg);
void expirer_remove_listener(struct vault *v, expiry_listener_fn fn, void *arg);

#endif
