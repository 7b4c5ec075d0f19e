/*
 * What a listener's configuration says of clients' addresses and of headers.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cidr.h"
#include "base/text.h"
#include "http/http_internal.h"

static const char *const *
settings_copy_list(struct arena *a, const char *const *list)
{
	const char **copy;
	size_t n = 0;

	while (list && list[n])
		n++;
	copy = arena_zalloc(a, (n + 1) * sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(a, list[i]);
	return copy;
}

static const struct http_response_header *
settings_copy_headers(struct arena *a, const struct http_settings *from)
{
	size_t n = from->nresponse_headers;
	struct http_response_header *copy = arena_zalloc(
	    a, (n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++) {
		const struct http_response_header *h =
		    &from->response_headers[i];

		copy[i].status = arena_strdup(a, h->status);
		copy[i].name = arena_strdup(a, h->name);
		copy[i].value = arena_strdup(a, h->value);
	}
	return copy;
}

void
listener_settings_release(struct http_listener *l)
{
	arena_free(l->settings_arena);
	l->settings_arena = NULL;
	memset(&l->settings, 0, sizeof(l->settings));
}

void
http_set_settings(struct http_listener *l, const struct http_settings *settings)
{
	struct arena *a = arena_new();
	struct http_settings copy = *settings;

	copy.forwarded_for_authorized = settings_copy_list(
	    a, settings->forwarded_for_authorized);
	copy.proxy_protocol_authorized = settings_copy_list(
	    a, settings->proxy_protocol_authorized);
	copy.response_headers = settings_copy_headers(a, settings);
	listener_settings_release(l);
	l->settings_arena = a;
	l->settings = copy;
}

void
http_set_identity_headers(
    struct http_server *s, const char *hostname, const char *raft_node_id)
{
	snprintf(s->hostname, sizeof(s->hostname), "%s", hostname);
	snprintf(s->raft_node_id, sizeof(s->raft_node_id), "%s", raft_node_id);
}

bool
http_address_is_listed(const char *const *cidrs, const char *address)
{
	return cidrs && cidrs[0] &&
	    cidr_allows((char *const *)(uintptr_t)cidrs, address);
}

/* Adds the values of all X-Forwarded-For headers, one an element. */
static void
forwarded_for_chain(struct request *req, struct strs *out)
{
	for (int i = 0; i < req->nheaders; i++) {
		char *piece, *next;

		if (strcasecmp(req->headers[i].name, "X-Forwarded-For") != 0)
			continue;
		piece = arena_strdup(req->arena, req->headers[i].value);
		for (; piece; piece = next) {
			next = strchr(piece, ',');
			if (next)
				*next++ = '\0';
			strs_add(out, trim_space(piece));
		}
	}
}

static bool
is_ip_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 ||
	    inet_pton(AF_INET6, text, &address) == 1;
}

/* Vault 1.19: the address that stands hop_skips before the last counts. */
void
http_apply_forwarded_for(
    const struct http_settings *settings, struct request *req)
{
	struct strs chain = strs_in(req->arena);
	int headers = 0;
	int64_t n;

	if (!settings->forwarded_for_authorized ||
	    !settings->forwarded_for_authorized[0])
		return;
	for (int i = 0; i < req->nheaders; i++)
		headers += strcasecmp(
			       req->headers[i].name, "X-Forwarded-For") == 0;
	if (headers == 0) {
		if (settings->forwarded_for_reject_not_present)
			req->refusal = "missing x-forwarded-for header and "
				       "configured to reject when not present";
		return;
	}
	if (!http_address_is_listed(
		settings->forwarded_for_authorized, req->peer)) {
		if (settings->forwarded_for_reject_not_authorized)
			req->refusal = "client address not authorized for "
				       "x-forwarded-for and configured to "
				       "reject connection";
		return;
	}
	forwarded_for_chain(req, &chain);
	n = (int64_t)chain.n - 1 - settings->forwarded_for_hop_skips;
	if (n < 0)
		req->refusal = arena_printf(req->arena,
		    "malformed x-forwarded-for configuration or request, hops "
		    "to skip (%lld) would skip before earliest chain link "
		    "(chain length %d)",
		    (long long)settings->forwarded_for_hop_skips, headers);
	else if (settings->forwarded_for_checked &&
	    !is_ip_address(chain.items[n]))
		req->refusal = arena_printf(req->arena,
		    "malformed x-forwarded-for IP address %s", chain.items[n]);
	else
		req->peer = chain.items[n];
}
