/*
 * Names of hosts, looked up beside the loop.
 */
#include "core/mount/audit_lookup.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/worker.h"

struct audit_lookup {
	struct worker_job job; /* first */
	char *address;
	struct audit_addresses found;
	audit_lookup_fn fn; /* NULL: cancelled */
	void *arg;
	bool done, started;
};

/* flags as getaddrinfo has them; none is found in what has no port. */
static void
audit_addresses_find(
    const char *address, int flags, struct audit_addresses *out)
{
	char *host = xstrdup(address), *port = strrchr(host, ':');
	struct addrinfo hints = { .ai_flags = flags,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;

	out->n = 0;
	if (port)
		*port++ = '\0';
	if (port && getaddrinfo(host, port, &hints, &list) == 0)
		for (const struct addrinfo *a = list;
		     a && out->n < AUDIT_ADDRESSES_MAX; a = a->ai_next) {
			memcpy(
			    &out->list[out->n].to, a->ai_addr, a->ai_addrlen);
			out->list[out->n++].size = a->ai_addrlen;
		}
	if (list)
		freeaddrinfo(list);
	free(host);
}

bool
audit_address_is_name(const char *address, struct audit_addresses *out)
{
	audit_addresses_find(address, AI_NUMERICHOST | AI_NUMERICSERV, out);
	return out->n == 0 && strrchr(address, ':') != NULL;
}

static void
audit_lookup_run(struct worker_job *job, int stop_fd)
{
	struct audit_lookup *l = (struct audit_lookup *)job;

	(void)stop_fd;
	audit_addresses_find(l->address, 0, &l->found);
}

static void
audit_lookup_free(struct audit_lookup *l)
{
	free(l->address);
	free(l);
}

static void
audit_lookup_done(struct worker_job *job)
{
	struct audit_lookup *l = (struct audit_lookup *)job;

	l->done = true;
	if (l->fn)
		l->fn(l->arg, &l->found);
	if (l->started)
		audit_lookup_free(l);
}

struct audit_lookup *
audit_lookup_start(
    struct vault *v, const char *address, audit_lookup_fn fn, void *arg)
{
	struct audit_lookup *l = xcalloc(1, sizeof(*l));

	l->job = (struct worker_job){ .queue = "audit",
		.run = audit_lookup_run,
		.done = audit_lookup_done };
	l->address = xstrdup(address);
	l->fn = fn;
	l->arg = arg;
	worker_submit(v, &l->job);
	if (l->done) {
		audit_lookup_free(l);
		return NULL;
	}
	l->started = true;
	return l;
}

void
audit_lookup_cancel(struct audit_lookup *l)
{
	if (l)
		l->fn = NULL;
}
