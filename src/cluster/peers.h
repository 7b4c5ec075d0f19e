/*
 * The names of a cluster's nodes, as Vault's operators give them (node_id), and
 * the numbers that consensus knows them by. A table of the state, so all nodes
 * have the same; a number is given once, also when a name comes again.
 */
#ifndef MV_CLUSTER_PEERS_H
#define MV_CLUSTER_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "store/store.h"

struct peer {
	uint64_t number;
	const char *node_id, *address;
	const char *api_address; /* "" until it has led */
};

/* In the list of parts of every store that a node has. */
extern const struct store_part peers_store_part;

/* A new number for a name; 0: somebody has the name. */
uint64_t peers_add(struct store *s, const char *node_id, const char *address);
/* The name is free again; its number is not. False: nobody has it. */
bool peers_remove(struct store *s, const char *node_id);
/* Had somebody that number who has been removed? */
bool peers_is_gone(struct store *s, uint64_t number);
/* Who has the name, or the number; texts are in the arena. False: nobody. */
bool peers_find(
    struct store *s, struct arena *a, const char *node_id, struct peer *p);
bool peers_find_number(
    struct store *s, struct arena *a, uint64_t number, struct peer *p);
/* All that are there, by their numbers, in the arena. */
size_t peers_list(struct store *s, struct arena *a, struct peer **list);
/* Where clients reach it. */
void peers_set_api_address(
    struct store *s, uint64_t number, const char *api_address);

#endif
