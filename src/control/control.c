/*
 * The entry of the control API: access, routing, and the form of answers and
 * errors.
 */
#include "control/control.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json/jsontree.h"
#include "base/text.h"
#include "control/state.h"

const struct route *const control_tables[] = {
	control_info_routes,
	control_clock_routes,
	control_database_routes,
	control_state_routes,
	control_populate_routes,
	control_metrics_routes,
	control_openapi_routes,
	control_fault_routes,
	control_outage_routes,
	control_node_routes,
	control_request_routes,
	control_scenario_routes,
	control_tls_routes,
	NULL,
};

struct control *
control_of(const struct request *req)
{
	return api_control_ctx(req->api);
}

/* ---- answers ---- */

enum handler_result
control_reply(struct request *req, int status, json_t *object)
{
	if (status != 204)
		return reply_bare(req, status, object);
	json_decref(object);
	return reply_raw(req, 204, NULL, (struct slice){ "", 0 });
}

enum handler_result
control_fail(struct request *req, int status, struct error *c)
{
	json_t *body = json_object(), *errors = json_array();

	json_array_append_new(errors,
	    *c->field ? json_sprintf("%s: %s", c->field, c->text)
		      : json_string(c->text));
	json_object_set_new(body, "errors", errors);
	if (*c->field)
		json_object_set_new(body, "field", json_string(c->field));
	if (c->allowed.n)
		json_object_set_new(
		    body, "allowed", jsontree_of_strs(&c->allowed));
	error_release(c);
	return control_reply(req, status, body);
}

enum handler_result
control_not_found(struct request *req, const char *kind, const char *name,
    const char *const *names)
{
	const char *near = names ? nearest_word(names, name) : NULL;
	struct error c = { 0 };

	error_allowed(&c, "", "", names, "no %s \"%s\"%s%s%s", kind, name,
	    near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	return control_fail(req, 404, &c);
}

json_t *
control_read_body(struct request *req, struct error *c)
{
	json_error_t e;
	json_t *tree;
	size_t blank = 0;

	while (blank < req->body.n && strchr(" \t\r\n", req->body.p[blank]))
		blank++;
	if (blank == req->body.n)
		return json_object();
	tree = json_loadb(req->body.p, req->body.n, JSON_REJECT_DUPLICATES, &e);
	if (!tree) {
		error_field(c, "", "",
		    "the body is no JSON: %s at line %d, "
		    "column %d",
		    e.text, e.line, e.column);
		return NULL;
	}
	if (json_is_object(tree))
		return tree;
	json_decref(tree);
	error_field(c, "", "", "the body must be a JSON object");
	return NULL;
}

json_t *
control_read_query(struct request *req)
{
	json_t *body = json_object();
	char *copy = arena_strdup(req->arena, req->query), *pair;

	while ((pair = strsep(&copy, "&"))) {
		char *value = strchr(pair, '='), *end;
		long long n;

		if (!*pair)
			continue;
		if (value)
			*value++ = '\0';
		else
			value = pair + strlen(pair);
		n = strtoll(value, &end, 10);
		json_object_set_new(body, pair,
		    *value && !*end ? json_integer(n) : json_string(value));
	}
	return body;
}

/* ---- who may ---- */

static bool
control_is_mutating(const struct request *req)
{
	return strcmp(req->method, "GET") != 0 &&
	    strcmp(req->method, "HEAD") != 0;
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

	if (!c->admin_token || !*c->admin_token)
		return true;
	if (bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
		return strcmp(bearer + 7, c->admin_token) == 0;
	return plain && strcmp(plain, c->admin_token) == 0;
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

static enum op
control_op_of_method(const char *method)
{
	for (size_t i = 0;
	     i < sizeof(control_methods) / sizeof(control_methods[0]); i++)
		if (strcmp(control_methods[i].method, method) == 0)
			return control_methods[i].op;
	return 0;
}

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

static enum handler_result
control_find_route(struct request *req)
{
	const struct route *known = NULL;

	req->op = control_op_of_method(req->method);
	for (int i = 0; control_tables[i] && !known; i++) {
		req->route = route_find(
		    req, control_tables[i], req->path, &known);
		if (req->route)
			return GO_ON;
	}
	if (known)
		return control_method_not_allowed(req, known->path);
	return control_path_not_found(req);
}

static enum handler_result
control_serve(struct request *req)
{
	struct control *c = control_of(req);
	enum handler_result v;

	if (!control_split_target(req))
		return control_refuse(req, 404,
		    "this address serves /_mock/ alone; "
		    "Vault's API is on the main one");
	if (control_is_mutating(req) && control_is_foreign_origin(req))
		return control_refuse(req, 403,
		    "refused: the request comes from a "
		    "page of another origin");
	if (!control_has_admin_token(c, req))
		return control_refuse(req, 401,
		    "this call wants the admin token: "
		    "Authorization: Bearer TOKEN");
	v = control_find_route(req);
	return v ? v : req->route->handler(req);
}

/* ---- life ---- */

struct control *
control_new(struct api *api, struct clock *real_clock, uint64_t seed,
    const char *admin_token, const struct control_host *host, bool on_main)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->api = api;
	c->vault = api_vault(api);
	c->faults = api_faults(api);
	c->journal = api_journal(api);
	c->real_clock = real_clock;
	c->seed = seed;
	c->admin_token = admin_token;
	c->host = *host;
	c->started_ns = clock_now(real_clock);
	api_set_control(api, control_serve, c, on_main);
	return c;
}

void
control_free(struct control *c)
{
	control_snapshots_free(c);
	free(c);
}
