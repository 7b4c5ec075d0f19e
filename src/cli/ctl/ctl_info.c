/*
 * ctl info, tls, ready, shutdown, and healthcheck: the server itself.
 */
#include <string.h>

#include "cli/ctl/ctl.h"

#define HEALTH_TIMEOUT 5 /* seconds */

static const struct column hooks[] = {
	{ "HOOK", "name", 0 },
	{ "STATE", "state", 0 },
	{ NULL, NULL, 0 },
};

/* "addresses" is flattened, so that each stands in a line. */
static int
info(struct ctl *c)
{
	json_t *addresses;

	if (!ctl_ask(c, "GET", "info", NULL))
		return CTL_ERROR;
	if (ctl_raw(c))
		return CTL_YES;
	addresses = json_object_get(c->answer.body, "addresses");
	if (json_is_object(addresses)) {
		json_object_update(c->answer.body, addresses);
		json_object_del(c->answer.body, "addresses");
	}
	object_print(stdout, c->answer.body);
	return CTL_YES;
}

static int
tls(struct ctl *c)
{
	if (!ctl_ask(c, "GET", "tls/ca.pem", NULL))
		return CTL_ERROR;
	c->json = true; /* PEM goes out as it came, too */
	ctl_raw(c);
	return CTL_YES;
}

static int
ask_ready(struct ctl *c, int timeout)
{
	const json_t *list;
	bool yes;

	if (!ctl_try(c, "GET", "ready", NULL, timeout))
		return CTL_ERROR;
	yes = c->answer.status == 200;
	if (!yes && !json_object_get(c->answer.body, "ready"))
		return ctl_complain(c);
	if (ctl_raw(c))
		return yes ? CTL_YES : CTL_NO;
	puts(yes ? "ready" : "not ready");
	list = json_object_get(c->answer.body, "hooks");
	if (json_array_size(list) > 0)
		columns_print(stdout, hooks, list, COLUMNS_TABLE);
	return yes ? CTL_YES : CTL_NO;
}

static int
ready(struct ctl *c)
{
	return ask_ready(c, CLIENT_TIMEOUT);
}

/* A container's runtime knows 0 and 1 alone, and asks again soon. */
static int
healthcheck(struct ctl *c)
{
	return ask_ready(c, HEALTH_TIMEOUT) == CTL_YES ? CTL_YES : CTL_NO;
}

static int
shut_down(struct ctl *c)
{
	if (!ctl_ask(c, "POST", "shutdown", NULL))
		return CTL_ERROR;
	if (!ctl_raw(c))
		puts("stopping");
	return CTL_YES;
}

const struct ctl_verb ctl_info_verbs[] = {
	{ "info", "", "Addresses as bound, versions, seed, pid, storage", 0,
	    0, NULL, info, NULL },
	{ "tls", "", "The CA's certificate as PEM", 0, 0, NULL, tls, NULL },
	{ "ready", "", "Are fixtures and hooks done? 1 when not", 0, 0, NULL,
	    ready, NULL },
	{ "shutdown", "", "Stop the server, as SIGTERM does", 0, 0, NULL,
	    shut_down, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};

const struct ctl_verb healthcheck_verbs[] = {
	{ "", "", "Ask once", 0, 0, NULL, healthcheck, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
