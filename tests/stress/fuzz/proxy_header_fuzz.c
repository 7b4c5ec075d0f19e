/* The header of the PROXY protocol: a whole one stays what it is when more
 * bytes come, and names an address that can be read. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum proxy_header
header_of(const uint8_t *data, size_t size, size_t *used)
{
	char *copy = malloc(size ? size : 1); /* so that ASan sees its end */
	char peer[64] = "";
	int port = -1;
	enum proxy_header got;
	uint8_t address[16];

	if (!copy)
		abort();
	memcpy(copy, data, size);
	*used = 0;
	got = proxy_header_parse(copy, size, used, peer, &port);
	free(copy);
	if (got == PROXY_HEADER_ADDRESS &&
	    (port < 0 || port > 65535 ||
		(inet_pton(AF_INET, peer, address) != 1 &&
		    inet_pton(AF_INET6, peer, address) != 1)))
		abort();
	if (*used > size)
		abort();
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t used, part_used, cut;
	enum proxy_header whole, part;

	if (size < 1 || size > PROXY_HEADER_MAX)
		return 0;
	cut = (size - 1) * data[0] / 255;
	whole = header_of(data + 1, size - 1, &used);
	part = header_of(data + 1, cut, &part_used);
	if (part != PROXY_HEADER_PARTIAL && part != PROXY_HEADER_NONE &&
	    (part != whole || part_used != used))
		abort();
	return 0;
}
