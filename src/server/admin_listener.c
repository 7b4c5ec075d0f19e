/*
 * The listener of the control API.
 */
#include "server/admin_listener.h"

#include <stdio.h>
#include <string.h>

#include "http/http.h"

#define ADMIN_DEFAULT_ADDR "127.0.0.1:8299"

/* The default may be taken by a neighbour: then the kernel picks. An address
 * that was asked for must be had. */
bool
admin_listener_open(struct instance *in, struct error *e)
{
	const char *configured = in->options->admin_addr;
	const char *address = configured ? configured : ADMIN_DEFAULT_ADDR;

	if (strcmp(address, "none") == 0 || in->options->verify_only)
		return true;
	in->admin_listener = http_listen(
	    in->http, address, NULL, &http_default_limits, e);
	if (!in->admin_listener && !configured) {
		error_release(e);
		in->admin_listener = http_listen(
		    in->http, "127.0.0.1:0", NULL, &http_default_limits, e);
	}
	if (in->admin_listener)
		http_set_admin(in->admin_listener);
	return in->admin_listener != NULL;
}

void
admin_listener_url(const struct instance *in, char *out, size_t size)
{
	char address[200];

	*out = '\0';
	if (!in->admin_listener)
		return;
	http_listener_address(in->admin_listener, address, sizeof(address));
	snprintf(out, size, "http://%s", address);
}
