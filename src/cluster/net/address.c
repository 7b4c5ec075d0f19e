/*
 * Addresses of nodes.
 */
#include "cluster/net/address.h"

#include <stdlib.h>
#include <string.h>

bool
cluster_address_parse(const char *text, struct cluster_address *out)
{
	const char *slashes = strstr(text, "://");
	const char *start = slashes ? slashes + 3 : text;
	const char *colon = strrchr(start, ':');
	const char *end = colon;
	size_t digits;

	if (!colon)
		return false;
	digits = strspn(colon + 1, "0123456789");
	if (*start == '[') {
		start++;
		end = colon - 1;
		if (end < start || *end != ']')
			return false;
	} else if (memchr(start, ':', (size_t)(colon - start))) {
		return false;
	}
	if (digits == 0 || digits > 5 ||
	    (colon[1 + digits] != '\0' &&
		strcmp(colon + 1 + digits, "/") != 0) ||
	    (size_t)(end - start) >= sizeof(out->host))
		return false;
	memcpy(out->host, start, (size_t)(end - start));
	out->host[end - start] = '\0';
	out->port = (int)strtol(colon + 1, NULL, 10);
	return out->port <= 65535;
}
