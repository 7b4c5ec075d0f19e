/*
 * What all nodes of a cluster have in common: the certificate and key by which
 * they know one another, kept in the state, and the tables of the state.
 */
#ifndef MV_CORE_STATE_CLUSTER_IDENTITY_H
#define MV_CORE_STATE_CLUSTER_IDENTITY_H

#include "core/vault.h"

/* The setting that has it. */
#define SETTING_CLUSTER "cluster-certificate"

struct cluster_identity {
	const char *certificate, *key; /* PEM */
};

/* The state's, which is made when it is first asked for; texts are in the
 * arena. False: OpenSSL refuses. */
bool cluster_identity_get(
    struct vault *v, struct arena *a, struct cluster_identity *out);

/* A digest of the names and columns of all tables, hex. Nodes with different
 * ones cannot share a log. */
#define CLUSTER_SCHEMA_SIZE 65
void cluster_schema(struct vault *v, char out[CLUSTER_SCHEMA_SIZE]);

#endif
