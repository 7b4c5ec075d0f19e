/*
 * The cluster that a vault is one node of, as the parts above core/ see it:
 * who belongs to it, who leads, what is everyone's. The server sets it in
 * struct vault; it is NULL for a vault that stands alone.
 */
#ifndef MV_CORE_STATE_CLUSTER_VIEW_H
#define MV_CORE_STATE_CLUSTER_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/* One node of the newest configuration. Texts are borrowed until the cluster
 * is asked or changed again. */
struct cluster_peer {
	const char *node_id;	 /* "n2" */
	const char *address;	 /* of its cluster port, 127.0.0.1:8201 */
	const char *api_address; /* "http://127.0.0.1:8200"; "": not known */
	bool is_self, is_leader, is_voter;
	bool is_reachable;	 /* this node hears from it */
	int64_t last_contact_ms; /* since then; 0 of oneself */
};

/* All are asked with arg. Only a node that serves may change the membership,
 * one change at a time; false: not now, or there is nothing to change. */
struct cluster_view {
	void *arg;
	/* at counts from 0; false: there are no more. */
	bool (*peer)(void *arg, unsigned at, struct cluster_peer *out);
	/* May this node answer and write? */
	bool (*serves)(void *arg);
	/* A time on the cluster's clock; and was this node's state everyone's
	 * then, for certain? */
	int64_t (*now_ms)(void *arg);
	bool (*has_led)(void *arg, int64_t at_ms);
	uint64_t (*term)(void *arg);
	uint64_t (*applied_index)(void *arg);
	/* The entry with the last commit that changed something, and whether an
	 * entry is everyone's. */
	uint64_t (*last_entry)(void *arg);
	bool (*is_committed)(void *arg, uint64_t entry);
	/* Another node shall lead. */
	bool (*hand_over)(void *arg);
	/* A spare joins; twice promoted, it is a voter. */
	bool (*add)(void *arg, const char *node_id, const char *address);
	bool (*promote)(void *arg, const char *node_id);
	bool (*remove)(void *arg, const char *node_id);
	bool (*is_changing)(void *arg);
};

#endif
