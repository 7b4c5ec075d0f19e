/*
 * What a node of a cluster keeps, as a table of functions: term and vote, the
 * log, one snapshot, and the state that the log's entries change. Everything is
 * written at once and becomes lasting with the pass's commit; a write that
 * fails ends the node.
 */
#ifndef MV_CLUSTER_DISK_H
#define MV_CLUSTER_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum entry_type {
	ENTRY_COMMAND = 1, /* a changeset of the state */
	ENTRY_BARRIER,	   /* nothing; the first of a leader's term */
	ENTRY_CHANGE,	   /* a configuration: who belongs to the cluster */
};

struct cluster_entry {
	uint64_t term;
	enum entry_type type;
	struct slice data;
};

/* What stands for the log up to an index. */
struct cluster_snapshot {
	uint64_t index, term; /* of the last entry in it; index 0: none */
	uint64_t config_index;
	struct slice config; /* the configuration that held at the index */
};

/*
 * Texts that come back are borrowed until the next call. An entry's index
 * counts from 1; rows are without gaps from first to last.
 */
struct cluster_disk {
	void *arg;
	void (*read_term)(void *arg, uint64_t *term, uint64_t *vote);
	void (*write_term)(void *arg, uint64_t term, uint64_t vote);
	/* 0 and 0: the log has no rows. */
	void (*bounds)(void *arg, uint64_t *first, uint64_t *last);
	bool (*read)(void *arg, uint64_t index, struct cluster_entry *e);
	void (*append)(
	    void *arg, uint64_t index, const struct cluster_entry *e);
	/* Removes the last row, without undoing anything. */
	void (*drop_last)(void *arg, uint64_t index);
	/* Removes the rows up to an index, which a snapshot stands for. */
	void (*trim)(void *arg, uint64_t index);
	void (*read_snapshot)(void *arg, struct cluster_snapshot *s);
	void (*read_image)(void *arg, struct slice *image);
	/* Keeps the state as it was after s->index, whatever came later. */
	void (*take_snapshot)(void *arg, const struct cluster_snapshot *s);
	/* The image takes the place of the state and of the whole log. */
	void (*install)(
	    void *arg, const struct cluster_snapshot *s, struct slice image);
	/* The last command that the state has in it. */
	uint64_t (*applied)(void *arg);
	void (*set_applied)(void *arg, uint64_t index);
	/* One command forward, or the last one backward. False: it does not
	 * fit, so this state is not the others'. */
	bool (*apply)(void *arg, uint64_t index, struct slice data);
	bool (*undo)(void *arg, uint64_t index, struct slice data);
};

/* The term of an entry, or of the snapshot's last; 0: neither is there. */
uint64_t disk_term_of(const struct cluster_disk *d, uint64_t index);
/* The last index, of the snapshot when the log has no rows. */
uint64_t disk_last_index(const struct cluster_disk *d);

#endif
