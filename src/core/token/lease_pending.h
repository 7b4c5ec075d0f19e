/*
 * Ends and renewals of leases that take time: which are pending, and who waits
 * for them. For lease.c; others use core/token/lease.h.
 */
#ifndef MV_CORE_TOKEN_LEASE_PENDING_H
#define MV_CORE_TOKEN_LEASE_PENDING_H

#include "core/token/lease.h"

enum lease_mode {
	LEASE_FORCE = 1 << 0, /* forget it even when its engine fails */
	LEASE_RETRY = 1 << 1, /* a failure arranges for the next try */
};

struct lease_pending {
	uint64_t operation_id;
	char *id;
	unsigned mode;
	int64_t until_ns; /* a renewal until then; 0: its end */
	struct lease_pending *next;
};

/* The end of all below a prefix, in steps; it counts as an operation that is
 * pending. */
struct lease_revocation {
	char *prefix;
	bool force;
	char *from;	  /* ids from here on are left */
	int64_t last_row; /* what was made later stays */
	bool leases_ended, tokens_ended;
	size_t ended;
	int64_t
	    first_end_ns; /* of the first step, in processor time; 0: none */
	struct error error;
	struct lease_revocation *next;
};

/* The first of those that are under way, which may be changed. */
struct lease_revocation **lease_revocations(struct vault *v);
/* Frees one that was taken out. */
void lease_revocation_free(struct lease_revocation *r);
/* Tells who waits for all below its prefix, once it was taken out. */
void lease_revocation_notify(struct vault *v, const struct lease_revocation *r);

/* Begins an operation, in the list until it is taken; ids are 1, 2, 3... */
struct lease_pending *lease_pending_add(
    struct vault *v, const char *id, unsigned mode, int64_t until_ns);
/* An end of this lease, or NULL. */
struct lease_pending *lease_pending_revocation(struct vault *v, const char *id);
/* Takes an operation out of the list, the caller's now; NULL: unknown. */
struct lease_pending *lease_pending_take(
    struct vault *v, uint64_t operation_id);
/* Frees one that was taken; NULL is allowed. */
void lease_pending_free(struct lease_pending *op);
/* Tells who waits for this lease; error NULL or status 0: it went well. */
void lease_pending_notify(
    struct vault *v, const char *id, const struct error *error);

#endif
