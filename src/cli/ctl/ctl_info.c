/*
 * ctl info, tls, ready, shutdown, and healthcheck: the server itself.
 */
#include <string.h>

#include "cli/ctl/ctl.h"

#define HEALTH_TIMEOUT_S 5 /* seconds */

static const struct column hook_columns[] = {
	{ "HOOK", "name", 0 },
	{ "STATE", "state", 0 },
	{ NULL, NULL, 0 },
};

/* "addresses" is flattened, so that each stands in a line. */
static int
ctl_info(struct ctl *c)
{
	json_t *addresses;

	if (!ctl_call(c, "GET", "info", NULL))
		return CTL_ERROR;
	if (ctl_print_raw(c))
		return CTL_YES;
	addresses = json_object_get(c->answer.body, "addresses");
	if (json_is_object(addresses)) {
		json_object_update(c->answer.body, addresses);
		json_object_del(c->answer.body, "addresses");
	}
	columns_print_object(stdout, c->answer.body);
	return CTL_YES;
}

static int
ctl_info_tls(struct ctl *c)
{
	if (!ctl_call(c, "GET", "tls/ca.pem", NULL))
		return CTL_ERROR;
	c->json = true; /* PEM goes out as it came, too */
	ctl_print_raw(c);
	return CTL_YES;
}

static int
ctl_info_check_ready(struct ctl *c, int timeout_s)
{
	const json_t *list;
	bool is_ready;

	if (!ctl_call_any_status(c, "GET", "ready", NULL, timeout_s))
		return CTL_ERROR;
	is_ready = c->answer.status == 200;
	if (!is_ready && !json_object_get(c->answer.body, "ready"))
		return ctl_print_server_error(c);
	if (ctl_print_raw(c))
		return is_ready ? CTL_YES : CTL_NO;
	puts(is_ready ? "ready" : "not ready");
	list = json_object_get(c->answer.body, "hooks");
	if (json_array_size(list) > 0)
		columns_print(stdout, hook_columns, list, COLUMNS_TABLE);
	return is_ready ? CTL_YES : CTL_NO;
}

static int
ctl_info_ready(struct ctl *c)
{
	return ctl_info_check_ready(c, CLIENT_TIMEOUT_S);
}

/* A container's runtime knows 0 and 1 alone, and asks again soon. */
static int
ctl_info_healthcheck(struct ctl *c)
{
	return ctl_info_check_ready(c, HEALTH_TIMEOUT_S) == CTL_YES ? CTL_YES
								    : CTL_NO;
}

static int
ctl_info_shutdown(struct ctl *c)
{
	if (!ctl_call(c, "POST", "shutdown", NULL))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		puts("stopping");
	return CTL_YES;
}

const struct ctl_verb ctl_info_verbs[] = {
	{ "info", "", "Addresses as bound, versions, seed, pid, storage", 0, 0,
	    NULL, ctl_info, NULL },
	{ "tls", "", "The CA's certificate as PEM", 0, 0, NULL, ctl_info_tls,
	    NULL },
	{ "ready", "", "Are fixtures and hooks done? 1 when not", 0, 0, NULL,
	    ctl_info_ready, NULL },
	{ "shutdown", "", "Stop the server, as SIGTERM does", 0, 0, NULL,
	    ctl_info_shutdown, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};

const struct ctl_verb healthcheck_verbs[] = {
	{ "", "", "Ask once", 0, 0, NULL, ctl_info_healthcheck, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
