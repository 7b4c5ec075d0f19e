/*
 * Where a node is reached: "10.0.0.2:8201", "[::1]:8201", "vault-2:8201",
 * ":8201", each with or without "https://" before it.
 */
#ifndef MV_CLUSTER_ADDRESS_H
#define MV_CLUSTER_ADDRESS_H

#include <stdbool.h>

struct cluster_address {
	char host[256]; /* without brackets; "": any */
	int port;
};

/* False: the text is none. */
bool cluster_address_parse(const char *text, struct cluster_address *out);

#endif
