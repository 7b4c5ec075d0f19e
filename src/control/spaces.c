/*
 * Spaces: instances beside the main one, behind the same listeners. Who makes
 * and keeps them is the server.
 */
#include <string.h>

#include "control/control.h"

#define SPACE_ID_MAX 64

static const char *const space_owners[] = { "connection", NULL };

#define FIELD(name, type, allowed)                                          \
	{                                                                   \
#name, type, offsetof(struct space_settings, name), allowed \
	}

const struct schema control_space_schema[] = {
	FIELD(from, FIELD_STRING, NULL),
	FIELD(fixtures, FIELD_OBJECT, NULL),
	FIELD(faults, FIELD_LIST, NULL),
	FIELD(clock, FIELD_STRING, NULL),
	FIELD(seed, FIELD_INT, NULL),
	{ "expires_in", FIELD_DURATION,
	    offsetof(struct space_settings, expires_in_ns), NULL },
	FIELD(owner, FIELD_ENUM, space_owners),
	FIELD(listen, FIELD_STRING, NULL),
	{ NULL, FIELD_ANY, 0, NULL },
};

/* A name that stands in a path and in a header as it is. */
static bool
control_space_id_is_valid(const char *id, struct error *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t n = strlen(id);

	if (n == 0 || n > SPACE_ID_MAX || strspn(id, allowed) != n ||
	    *id == '.')
		return error_field(e, "", "id",
		    "must have 1 to %d letters, digits, \"-\", \"_\" and "
		    "\".\", and not begin with \".\"",
		    SPACE_ID_MAX);
	return strcmp(id, SPACE_MAIN) != 0 ||
	    error_field(e, "", "id", "\"%s\" is the main instance", SPACE_MAIN);
}

static enum handler_result
control_space_not_found(struct request *req)
{
	const struct space_host *host = control_of(req)->host.spaces;
	struct strs names = strs_in(req->arena);

	host->names(host->arg, &names);
	return control_not_found(req, "space", param_capture(req, "id"),
	    (const char *const *)strs_array(&names));
}

/* A library without listeners has none. */
static bool
control_space_host(
    struct request *req, const struct space_host **host, struct error *e)
{
	const struct control_host *h = &control_of(req)->host;

	*host = h->spaces;
	return (*host && (*host)->arg) ||
	    error_set(e, 409, "%s",
		h->no_spaces ? h->no_spaces
			     : "a server without listeners has no spaces");
}

static enum handler_result
control_space_put(struct request *req)
{
	struct space_settings wanted = { .id = param_capture(req, "id"),
		.from = "start",
		.seed = -1,
		.owner = -1 };
	const struct space_host *host;
	struct error e = { 0 };
	json_t *body = control_read_body(req, &e), *made = NULL;
	bool replaced = false;

	if (body && control_space_host(req, &host, &e) &&
	    control_space_id_is_valid(wanted.id, &e) &&
	    schema_read(control_space_schema, body, "", &wanted, &e))
		made = host->make(host->arg, req, &wanted, &replaced, &e);
	json_decref(body);
	return made ? control_reply(req, replaced ? 200 : 201, made)
		    : control_fail(req, e.status, &e);
}

static enum handler_result
control_space_list(struct request *req)
{
	const struct space_host *host;
	struct error e = { 0 };

	if (!control_space_host(req, &host, &e))
		return control_fail(req, e.status, &e);
	return control_reply(
	    req, 200, json_pack("{s:o}", "spaces", host->list(host->arg)));
}

static enum handler_result
control_space_show(struct request *req)
{
	const struct space_host *host;
	struct error e = { 0 };
	json_t *shown;

	if (!control_space_host(req, &host, &e))
		return control_fail(req, e.status, &e);
	shown = host->show(host->arg, param_capture(req, "id"));
	return shown ? control_reply(req, 200, shown)
		     : control_space_not_found(req);
}

static enum handler_result
control_space_delete(struct request *req)
{
	const struct space_host *host;
	struct error e = { 0 };

	if (!control_space_host(req, &host, &e))
		return control_fail(req, e.status, &e);
	return host->drop(host->arg, param_capture(req, "id"))
	    ? control_reply(req, 204, NULL)
	    : control_space_not_found(req);
}

const struct route control_space_routes[] = {
	{ OP_READ, "spaces", R_OWN_STATE, NULL, control_space_list, NULL,
	    "The spaces: instances of their own behind the same address" },
	{ OP_READ, "spaces/{id:seg}", R_OWN_STATE, NULL, control_space_show,
	    NULL, "One space" },
	{ OP_PUT, "spaces/{id:seg}", R_OWN_STATE, NULL, control_space_put, NULL,
	    "Make a space, in the place of one with that name" },
	{ OP_DELETE, "spaces/{id:seg}", R_OWN_STATE, NULL, control_space_delete,
	    NULL, "End a space with all that it holds" },
	ROUTE_END,
};
