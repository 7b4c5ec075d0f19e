/*
 * Turns an instance into a proxy: the api asks the upstream, and what would
 * load or keep a state of our own is refused.
 */
#include "server/upstream_mode.h"

#include <stdio.h>

#include "base/duration.h"
#include "server/listeners.h"

bool
upstream_mode_is_on(const struct options *o)
{
	return o->upstream || o->replay;
}

/* Options that are about a state of our own. Fixtures tell rules which mounts
 * there are. */
bool
upstream_mode_check_options(const struct options *o, struct error *e)
{
	const struct {
		bool given;
		const char *name;
	} own[] = {
		{ o->db_path, "db" },
		{ o->snapshot, "snapshot" },
		{ o->export_on_exit, "export-on-exit" },
		{ o->database_live, "database-live" },
	};

	if (!upstream_mode_is_on(o))
		return !o->record ||
		    error_set(e, 400, "-record: there is no -upstream");
	if (o->upstream && o->replay)
		return error_set(e, 400,
		    "-upstream and -replay: it is the one or the other");
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (own[i].given)
			return error_set(e, 400,
			    "-%s: the state is another server's here",
			    own[i].name);
	return true;
}

static bool
upstream_mode_settings(
    const struct options *o, struct proxy_settings *s, struct error *e)
{
	*s = (struct proxy_settings){ .url = o->upstream,
		.ca = o->upstream_ca,
		.server_name = o->upstream_server_name,
		.client_cert = o->upstream_client_cert,
		.client_key = o->upstream_client_key,
		.host_header = o->upstream_host,
		.skip_verify = o->upstream_skip_verify,
		.record = o->record };
	if (duration_parse(o->upstream_timeout, &s->timeout_ns) &&
	    s->timeout_ns >= 0)
		return true;
	return error_set(e, 400,
	    "invalid value \"%s\" for flag -upstream-timeout: expected a "
	    "duration like 120s",
	    o->upstream_timeout);
}

bool
upstream_mode_init(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	struct proxy_settings settings;

	if (!upstream_mode_is_on(o))
		return true;
	if (o->replay) {
		in->replay = replay_new(o->replay, e);
		api_set_upstream(in->api, replay_serve, in->replay);
		return in->replay != NULL;
	}
	if (!upstream_mode_settings(o, &settings, e))
		return false;
	in->proxy = proxy_new(
	    in->host->base, in->api, in->host->real_clock, &settings, e);
	if (!in->proxy)
		return false;
	api_set_upstream(in->api, proxy_serve, in->proxy);
	return true;
}

const char *
upstream_mode_url(const struct instance *in)
{
	return in->proxy ? proxy_url(in->proxy) : in->options->replay;
}

void
upstream_mode_banner(const struct instance *in)
{
	struct listener_address b;

	for (int i = 0; listener_get_address(in, i, &b); i++)
		printf("==> mockvault %s: %s stands before %s\n",
		    in->proxy ? "proxy" : "replay", b.url,
		    upstream_mode_url(in));
	if (in->dev_ca_path[0])
		printf("    $ export VAULT_CACERT='%s'\n", in->dev_ca_path);
	fflush(stdout);
}
