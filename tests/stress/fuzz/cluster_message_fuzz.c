/* Messages of a cluster, of consensus and of forwarding: what can be read is
 * written again as the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/forward_message.h"
#include "cluster/guard.h"
#include "cluster/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
configuration(struct slice bytes)
{
	if (config_is_valid(bytes) && config_voters(bytes) == 0)
		abort();
}

static void
forwarding(struct slice bytes)
{
	struct arena *a = arena_new();
	struct forward_message m;
	struct buf again;

	if (forward_decode(a, bytes, &m)) {
		buf_init(&again, 0);
		forward_encode(&again, &m);
		if (again.n != bytes.n ||
		    memcmp(again.p, bytes.p, bytes.n) != 0)
			abort();
		buf_release(&again);
	}
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { (const char *)data, size };
	struct arena *a = arena_new();
	struct cluster_message m;
	struct buf again;

	configuration(bytes);
	forwarding(bytes);
	if (message_decode(a, bytes, &m)) {
		buf_init(&again, 0);
		message_encode(&again, &m);
		if (again.n != size || memcmp(again.p, data, size) != 0)
			abort();
		buf_release(&again);
	}
	arena_free(a);
	return 0;
}
