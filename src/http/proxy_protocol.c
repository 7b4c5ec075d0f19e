/*
 * The header that a proxy sends before the first byte of its client, version 1
 * (a line of text) or 2 (binary).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_internal.h"

#define V1_MAX ((size_t)107) /* with its CR LF */
#define V2_HEAD ((size_t)16)

static const char v2_signature[12] = { '\r', '\n', '\r', '\n', '\0', '\r', '\n',
	'Q', 'U', 'I', 'T', '\n' };

static bool
proxy_port_parse(const char *text, int *port)
{
	char *end;
	long n = strtol(text, &end, 10);

	*port = (int)n;
	return *text >= '0' && *text <= '9' && *end == '\0' && n >= 0 &&
	    n <= 65535;
}

/* "PROXY TCP4 SOURCE DESTINATION SOURCE_PORT DESTINATION_PORT" */
static enum proxy_header
proxy_v1_parse(char *line, char *peer, int *port)
{
	char *words[7], *save = NULL;
	unsigned char bytes[16];
	int n = 0, family, other;

	for (char *w = strtok_r(line, " ", &save); w && n < 7;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	if (n >= 2 && strcmp(words[1], "UNKNOWN") == 0)
		return PROXY_HEADER_LOCAL;
	if (n != 6)
		return PROXY_HEADER_BAD;
	if (strcmp(words[1], "TCP4") == 0)
		family = AF_INET;
	else if (strcmp(words[1], "TCP6") == 0)
		family = AF_INET6;
	else
		return PROXY_HEADER_BAD;
	if (inet_pton(family, words[3], bytes) != 1 ||
	    inet_pton(family, words[2], bytes) != 1 ||
	    !proxy_port_parse(words[4], port) ||
	    !proxy_port_parse(words[5], &other))
		return PROXY_HEADER_BAD;
	inet_ntop(family, bytes, peer, 64);
	return PROXY_HEADER_ADDRESS;
}

/* Signature, version and command, family, length, addresses. */
static enum proxy_header
proxy_v2_parse(
    const unsigned char *b, size_t n, size_t *used, char *peer, int *port)
{
	size_t length, need;
	int family;

	if (n < V2_HEAD)
		return PROXY_HEADER_PARTIAL;
	length = (size_t)b[14] << 8 | b[15];
	if (b[12] >> 4 != 2 || (b[12] & 15) > 1 ||
	    V2_HEAD + length > PROXY_HEADER_MAX)
		return PROXY_HEADER_BAD;
	if (n < V2_HEAD + length)
		return PROXY_HEADER_PARTIAL;
	*used = V2_HEAD + length;
	if ((b[12] & 15) == 0)
		return PROXY_HEADER_LOCAL;
	family = b[13] >> 4;
	if (family != 1 && family != 2)
		return PROXY_HEADER_LOCAL;
	need = family == 1 ? 12 : 36;
	if (length < need)
		return PROXY_HEADER_BAD;
	inet_ntop(family == 1 ? AF_INET : AF_INET6, b + V2_HEAD, peer, 64);
	*port = b[V2_HEAD + need - 4] << 8 | b[V2_HEAD + need - 3];
	return PROXY_HEADER_ADDRESS;
}

enum proxy_header
proxy_header_parse(
    const char *bytes, size_t n, size_t *used, char *peer, int *port)
{
	static const char v1[] = "PROXY ";
	size_t look = n < sizeof(v2_signature) ? n : sizeof(v2_signature);
	char line[V1_MAX + 1];
	const char *end;

	*used = 0;
	if (memcmp(bytes, v2_signature, look) == 0)
		return look < sizeof(v2_signature)
		    ? PROXY_HEADER_PARTIAL
		    : proxy_v2_parse(
			  (const unsigned char *)bytes, n, used, peer, port);
	look = n < sizeof(v1) - 1 ? n : sizeof(v1) - 1;
	if (memcmp(bytes, v1, look) != 0)
		return PROXY_HEADER_NONE;
	look = n < V1_MAX ? n : V1_MAX;
	end = memchr(bytes, '\n', look);
	if (!end)
		return n < V1_MAX ? PROXY_HEADER_PARTIAL : PROXY_HEADER_BAD;
	if (end == bytes || end[-1] != '\r')
		return PROXY_HEADER_BAD;
	*used = (size_t)(end + 1 - bytes);
	memcpy(line, bytes, *used);
	line[*used - 2] = '\0';
	return proxy_v1_parse(line, peer, port);
}
