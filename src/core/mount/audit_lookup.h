/*
 * The addresses of "host:port" that an audit device writes to. A name is looked
 * up on a thread: the network's answer may take long.
 */
#ifndef MV_CORE_MOUNT_AUDIT_LOOKUP_H
#define MV_CORE_MOUNT_AUDIT_LOOKUP_H

#include <stdbool.h>
#include <sys/socket.h>

#include "core/vault.h"

#define AUDIT_ADDRESSES_MAX 8

struct audit_addresses {
	int n;
	struct {
		struct sockaddr_storage to;
		socklen_t size;
	} list[AUDIT_ADDRESSES_MAX];
};

/* Must somebody be asked for it? false: out has what it says, perhaps
 * nothing. */
bool audit_address_is_name(const char *address, struct audit_addresses *out);

struct audit_lookup;

typedef void (*audit_lookup_fn)(void *arg, const struct audit_addresses *found);

/* fn is called on the loop; before this returns where the vault has no threads,
 * and then the result is NULL. */
struct audit_lookup *audit_lookup_start(
    struct vault *v, const char *address, audit_lookup_fn fn, void *arg);
/* fn is not called any more. NULL is allowed. */
void audit_lookup_cancel(struct audit_lookup *l);

#endif
