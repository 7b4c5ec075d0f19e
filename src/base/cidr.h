/*
 * Addresses and CIDR blocks, IPv4 and IPv6.
 */
#ifndef MV_BASE_CIDR_H
#define MV_BASE_CIDR_H

#include <stdbool.h>

#include "base/mem.h"

/* Is address in one of the CIDRs (or equal to a plain address)? An empty or
 * NULL list takes every address. */
bool cidr_allows(char *const *cidrs, const char *address);
/* false for a text that is no CIDR. */
bool cidr_valid(const char *text);
/* A CIDR or a plain address. */
bool cidr_is_address(const char *text);
/* What go-sockaddr takes: these, an address with a port, and the name of a UNIX
 * socket, which is whatever begins with a dot or has a slash in it. */
bool cidr_is_sockaddr(const char *text);
/* The text of the n bytes of an address; NULL when no address has as many. */
char *cidr_format_bytes(struct arena *a, const void *bytes, int n);
/* As Go prints it: a block of one address is that address; in the arena. */
char *cidr_format(struct arena *a, const char *text);
/* Is every CIDR of `inner` within one of `outer`? */
bool cidr_subset(char *const *outer, char *const *inner);

#endif
