/*
 * The entry of the control API: access and routing. What its calls share is in
 * control_common.c.
 */
#include "control/control.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json/jsontree.h"
#include "base/text.h"
#include "control/event_log.h"
#include "control/state.h"

static const struct route *const control_tables[] = {
	control_info_routes,
	control_clock_routes,
	control_database_routes,
	control_state_routes,
	control_state_document_routes,
	control_panel_routes,
	control_populate_routes,
	control_metrics_routes,
	control_event_routes,
	control_openapi_routes,
	control_fault_routes,
	control_outage_routes,
	control_node_routes,
	control_request_routes,
	control_scenario_routes,
	control_space_routes,
	control_tls_routes,
	NULL,
};

/* ---- who may ---- */

/* A name that its owner can let point anywhere: neither an address, nor
 * localhost, nor a name without a dot, as containers and this machine have. */
static bool
control_is_foreign_host(const char *host)
{
	char name[256];
	struct in6_addr address;
	size_t n = strlen(host);
	const char *port;

	if (n >= sizeof(name))
		return true;
	memcpy(name, host, n + 1);
	port = strrchr(host, ':');
	if (*host == '[' && strchr(host, ']')) {
		name[strchr(host, ']') - host] = '\0';
		return inet_pton(AF_INET6, name + 1, &address) != 1;
	}
	if (port)
		name[port - host] = '\0';
	n = strlen(name);
	if (n && name[n - 1] == '.')
		name[--n] = '\0';
	return inet_pton(AF_INET, name, &address) != 1 && strchr(name, '.') &&
	    !(n > 10 && strcasecmp(name + n - 10, ".localhost") == 0) &&
	    !(n > 9 && strcasecmp(name + n - 9, ".internal") == 0);
}

/* A browser's request to a name that a page's owner has made point at us (DNS
 * rebinding) bears one of these headers; programs send none of them. */
static bool
control_is_rebound(const struct request *req)
{
	const char *host = request_header(req, "Host");

	return (request_header(req, "Origin") ||
		   request_header(req, "Sec-Fetch-Site")) &&
	    (!host || control_is_foreign_host(host));
}

/* A page of another origin must not command us. */
static bool
control_is_foreign_origin(const struct request *req)
{
	const char *origin = request_header(req, "Origin");
	const char *site = request_header(req, "Sec-Fetch-Site");
	const char *host = request_header(req, "Host");
	const char *scheme_end;

	if (site &&
	    (strcmp(site, "cross-site") == 0 || strcmp(site, "same-site") == 0))
		return true;
	if (!origin)
		return false;
	scheme_end = strstr(origin, "://");
	return !scheme_end || !host || strcasecmp(scheme_end + 3, host) != 0;
}

static bool
control_has_admin_token(const struct control *c, const struct request *req)
{
	const char *bearer = request_header(req, "Authorization");
	const char *plain = request_header(req, "X-Mockvault-Admin-Token");

	if (!c->admin_token)
		return true;
	if (bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
		return strcmp(bearer + 7, c->admin_token) == 0;
	return plain && strcmp(plain, c->admin_token) == 0;
}

/* What shows nothing of the server asks for no token. */
static bool
control_is_open(const struct request *req)
{
	for (int i = 0; control_tables[i]; i++)
		for (const struct route *r = control_tables[i]; r->path; r++)
			if (r->flags & R_UNAUTH &&
			    strcmp(r->path, req->path) == 0)
				return true;
	return false;
}

static enum handler_result
control_refuse(struct request *req, int status, const char *text)
{
	struct error c = { 0 };

	error_field(&c, "", "", "%s", text);
	return control_fail(req, status, &c);
}

/* ---- which row ---- */

static const struct {
	const char *method;
	enum op op;
} control_methods[] = {
	{ "GET", OP_READ },
	{ "HEAD", OP_READ },
	{ "POST", OP_WRITE },
	{ "PUT", OP_PUT },
	{ "PATCH", OP_PATCH },
	{ "DELETE", OP_DELETE },
};

/* "/_mock/faults/x?y" to "faults/x"; false outside of /_mock. */
static bool
control_split_target(struct request *req)
{
	char *question = strchr(req->target, '?');
	size_t n;

	req->query = question ? question + 1 : "";
	if (question)
		*question = '\0';
	n = strlen(req->target);
	if (!percent_decode(req->target, &n, false) ||
	    strlen(req->target) != n || !starts_with(req->target, "/_mock"))
		return false;
	req->path = req->target + strlen("/_mock");
	if (*req->path != '/')
		return *req->path == '\0';
	req->path++;
	if (ends_with(req->path, "/"))
		req->path[strlen(req->path) - 1] = '\0';
	return true;
}

/* 405 with the methods of all rows of this path. */
static enum handler_result
control_method_not_allowed(struct request *req, const char *path)
{
	const char
	    *words[sizeof(control_methods) / sizeof(control_methods[0]) + 1];
	struct error c = { 0 };
	enum op allowed_ops = 0;
	int n = 0;

	for (int i = 0; control_tables[i]; i++)
		for (const struct route *r = control_tables[i]; r->path; r++)
			if (strcmp(r->path, path) == 0)
				allowed_ops |= r->ops;
	for (size_t i = 0;
	     i < sizeof(control_methods) / sizeof(control_methods[0]); i++)
		if (allowed_ops & control_methods[i].op)
			words[n++] = control_methods[i].method;
	words[n] = NULL;
	error_allowed(&c, "", "", words, "%s takes another method",
	    control_path_template(req->arena, path));
	return control_fail(req, 405, &c);
}

#define PATHS_MAX 128

static enum handler_result
control_path_not_found(struct request *req)
{
	const char *names[PATHS_MAX + 1], *last = "";
	int n = 0;

	for (int i = 0; control_tables[i]; i++)
		for (const struct route *r = control_tables[i]; r->path; r++) {
			if (strcmp(r->path, last) == 0 || n == PATHS_MAX)
				continue;
			last = r->path;
			names[n++] = control_path_template(req->arena, last) +
			    strlen("/_mock/");
		}
	names[n] = NULL;
	return control_not_found(req, "control path", req->path, names);
}

/* Sets req->route; false when it refused: the reply is written. */
static bool
control_find_route(struct request *req)
{
	const struct route *known;

	req->op = 0;
	for (size_t i = 0;
	     i < sizeof(control_methods) / sizeof(control_methods[0]); i++)
		if (strcmp(control_methods[i].method, req->method) == 0)
			req->op = control_methods[i].op;
	req->route = route_find_in(
	    req, control_tables, 0, 0, req->path, &known);
	if (req->route)
		return true;
	if (known)
		(void)control_method_not_allowed(req, known->path);
	else
		(void)control_path_not_found(req);
	return false;
}

/* Of what clients see nothing is here. */
static enum handler_result
control_refuse_state(struct request *req, const struct control *c)
{
	struct error e = { 0 };

	error_field(&e, "", "",
	    "this call is about a state of mockvault's own, and the state "
	    "here is that of %s",
	    c->host.upstream);
	return control_fail(req, 409, &e);
}

static enum handler_result
control_serve(struct request *req)
{
	struct control *c = control_of(req);

	if (!control_split_target(req))
		return control_refuse(req, 404,
		    "this address serves /_mock/ alone; "
		    "Vault's API is on the main one");
	if (strcmp(req->method, "GET") != 0 &&
	    strcmp(req->method, "HEAD") != 0 && control_is_foreign_origin(req))
		return control_refuse(req, 403,
		    "refused: the request comes from a "
		    "page of another origin");
	if (control_is_rebound(req))
		return control_refuse(req, 403,
		    "refused: a browser asks for a host name that is none of "
		    "this machine's; use its address or localhost");
	if (!control_has_admin_token(c, req) && !control_is_open(req))
		return control_refuse(req, 401,
		    "this call wants the admin token: "
		    "Authorization: Bearer TOKEN");
	if (!control_find_route(req))
		return HANDLED;
	if (c->host.upstream && req->route->flags & R_OWN_STATE)
		return control_refuse_state(req, c);
	return req->route->handler(req);
}

/* ---- life ---- */

struct control *
control_new(struct api *api, struct clock *real_clock, uint64_t seed,
    const char *admin_token, const struct control_host *host, bool on_main)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->api = api;
	c->tables = control_tables;
	c->vault = api_vault(api);
	c->faults = api_faults(api);
	c->journal = api_journal(api);
	c->real_clock = real_clock;
	c->seed = seed;
	c->admin_token = admin_token;
	c->host = *host;
	c->started_ns = clock_now(real_clock);
	c->events = event_log_new(c);
	api_set_control(api, control_serve, c, on_main);
	return c;
}

void
control_set_vault(struct control *c, struct vault *v)
{
	event_log_set_vault(c->events, v);
	c->vault = v;
}

void
control_free(struct control *c)
{
	if (!c)
		return;
	event_log_free(c->events);
	control_snapshots_free(c);
	free(c);
}
