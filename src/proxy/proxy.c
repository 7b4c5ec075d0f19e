/*
 * Makes a proxy, and frees it.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/proxy_internal.h"

struct proxy *
proxy_new(struct event_base *base, struct api *api, struct clock *real_clock,
    const struct proxy_settings *settings, struct error *e)
{
	struct proxy *p = xcalloc(1, sizeof(*p));

	p->base = base;
	p->events = &exchange_events;
	p->api = api;
	p->real = real_clock;
	p->settings = *settings;
	if (upstream_read_url(p, e) &&
	    (!settings->record ||
		(p->recorder = recorder_new(
		     settings->record, p->url, api_vault(api), real_clock, e))))
		return p;
	proxy_free(p);
	return NULL;
}

void
proxy_free(struct proxy *p)
{
	if (!p)
		return;
	upstream_release(p);
	recorder_free(p->recorder);
	SSL_CTX_free(p->tls);
	free(p->lookup.host);
	free(p->lookup.port);
	free(p->url);
	free(p->host);
	free(p->authority);
	free(p);
}

const char *
proxy_url(const struct proxy *p)
{
	return p->url;
}
