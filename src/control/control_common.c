/*
 * What the calls of the control API share: reading a body or a query, and the
 * form of answers and errors.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "base/text.h"
#include "control/control.h"

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

	if (near && strcmp(near, name) == 0) /* known, but not there */
		near = NULL;
	error_allowed(&c, "", "", names, "no %s \"%s\"%s%s%s", kind, name,
	    near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	return control_fail(req, 404, &c);
}

json_t *
control_read_body(struct request *req, struct error *c)
{
	return control_parse_body(req->body, c);
}

json_t *
control_parse_body(struct slice body, struct error *c)
{
	json_error_t e;
	json_t *tree;
	size_t blank = 0;

	while (blank < body.n && strchr(" \t\r\n", body.p[blank]))
		blank++;
	if (blank == body.n)
		return json_object();
	tree = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &e);
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
		size_t bytes;
		long long n;

		if (!*pair)
			continue;
		if (value)
			*value++ = '\0';
		else
			value = pair + strlen(pair);
		bytes = strlen(value);
		if (!percent_decode(value, &bytes, true))
			continue;
		n = strtoll(value, &end, 10);
		json_object_set_new(body, pair,
		    *value && !*end ? json_integer(n) : json_string(value));
	}
	return body;
}
