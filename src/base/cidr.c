/*
 * Addresses and CIDR blocks, IPv4 and IPv6.
 */
#include "base/cidr.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct block {
	int family;
	int bits;
	uint8_t bytes[16];
};

/* "10.0.0.0/8"; a plain address is a block of itself. */
static bool
cidr_parse(const char *text, struct block *b, bool need_bits)
{
	char host[64];
	size_t n = strcspn(text, "/");
	char *end;
	int max_bits;

	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	memset(b, 0, sizeof(*b));
	b->family = strchr(host, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(b->family, host, b->bytes) != 1)
		return false;
	max_bits = b->family == AF_INET ? 32 : 128;
	b->bits = max_bits;
	if (text[n] == '\0')
		return !need_bits;
	b->bits = (int)strtol(text + n + 1, &end, 10);
	return *end == '\0' && end != text + n + 1 && b->bits >= 0 &&
	    b->bits <= max_bits;
}

static bool
cidr_contains(const struct block *outer, const struct block *inner)
{
	int whole = outer->bits / 8, rest = outer->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (outer->family != inner->family || inner->bits < outer->bits ||
	    memcmp(outer->bytes, inner->bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 ||
	    (outer->bytes[whole] & mask) == (inner->bytes[whole] & mask);
}

bool
cidr_valid(const char *text)
{
	struct block b;

	return cidr_parse(text, &b, true);
}

bool
cidr_is_address(const char *text)
{
	struct block b;

	return cidr_parse(text, &b, false);
}

/* "1.2.3.4:80", "[::1]:80" */
static bool
cidr_is_host_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	size_t n = colon ? (size_t)(colon - text) : 0, bracketed;

	if (n == 0 || n >= sizeof(host) || !colon[1] ||
	    colon[1 + strspn(colon + 1, "0123456789")])
		return false;
	bracketed = *text == '[' && text[n - 1] == ']';
	memcpy(host, text + bracketed, n - 2 * bracketed);
	host[n - 2 * bracketed] = '\0';
	return cidr_is_address(host) && !strchr(host, '/') &&
	    bracketed == (size_t)(strchr(host, ':') != NULL);
}

bool
cidr_is_sockaddr(const char *text)
{
	return cidr_is_address(text) || cidr_is_host_port(text) ||
	    (text[0] && text[1] && (text[0] == '.' || strchr(text, '/')));
}

char *
cidr_format_bytes(struct arena *a, const void *bytes, int n)
{
	char text[INET6_ADDRSTRLEN];

	if ((n != 4 && n != 16) ||
	    !inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, text, sizeof(text)))
		return NULL;
	return arena_strdup(a, text);
}

char *
cidr_format(struct arena *a, const char *text)
{
	struct block b;
	size_t n = strcspn(text, "/");

	if (!cidr_parse(text, &b, false))
		return arena_strdup(a, text);
	text += n;
	return arena_printf(a, "%s%s",
	    cidr_format_bytes(a, b.bytes, b.family == AF_INET ? 4 : 16),
	    b.bits == (b.family == AF_INET ? 32 : 128) ? "" : text);
}

bool
cidr_allows(char *const *cidrs, const char *address)
{
	struct block a, b;

	if (!cidrs || !cidrs[0])
		return true;
	if (!cidr_parse(address, &a, false))
		return false;
	for (; *cidrs; cidrs++)
		if (cidr_parse(*cidrs, &b, false) && cidr_contains(&b, &a))
			return true;
	return false;
}

bool
cidr_subset(char *const *outer, char *const *inner)
{
	for (; inner && *inner; inner++) {
		struct block a, b;
		bool found = false;

		if (!cidr_parse(*inner, &a, false))
			return false;
		for (char *const *o = outer; o && *o && !found; o++)
			found = cidr_parse(*o, &b, false) &&
			    cidr_contains(&b, &a);
		if (!found)
			return false;
	}
	return true;
}
