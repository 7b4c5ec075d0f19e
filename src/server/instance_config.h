/*
 * What the configuration files come to for an instance: which storage, seal and
 * addresses, and what Vault refuses once all files are read.
 */
#ifndef MV_SERVER_INSTANCE_CONFIG_H
#define MV_SERVER_INSTANCE_CONFIG_H

#include "server/instance.h"

/* Logs into that file from now on; NULL and "" change nothing. Vault 1.19: a
 * folder's file is called vault.log. */
bool instance_config_log_file(
    struct instance *in, const char *path, struct error *e);
/* Reads the files and the environment, where no flag says otherwise. */
bool instance_config_read(struct instance *in, struct error *e);
/* Refuses storage, addresses and times that Vault refuses, in its order and
 * with its texts. */
bool instance_config_check(struct instance *in, struct error *e);
/* A file of one of several nodes: may it be one beside those that are there?
 */
bool instance_config_is_node(struct instance *in, struct error *e);
/* Sets the error, with the file's name where each node has one; false. */
bool instance_config_refuse(
    struct instance *in, const char *why, struct error *e);
/* --db, or one file under the path that the storage names; NULL: memory. */
const char *instance_config_database(struct instance *in);

/* What a node of a cluster has beside that: its name, and raft. */
void instance_config_node(struct instance *in, const char *name);

#endif
