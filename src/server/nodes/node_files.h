/*
 * Where the nodes of one process keep their states, with -db: a file each.
 */
#ifndef MV_SERVER_NODES_NODE_FILES_H
#define MV_SERVER_NODES_NODE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The file of the node with that name: DIR/n1.db where db is a folder (it is
 * one, or ends with a slash), else FILE.n1. False: it is too long. */
bool node_files_path(const char *db, const char *name, char *out, size_t size);
/*
 * Before the first node opens its file: it gets what the newest of them holds,
 * by Raft's order, so that nothing that was acknowledged is lost. Makes the
 * folder. False with the reason in e.
 */
bool node_files_prepare(const char *db, struct error *e);

#endif
