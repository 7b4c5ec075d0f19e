/*
 * A rule from JSON and back. What it does is action.c's, when it does it
 * when.c's.
 */
#include "fault/rule/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY_DEFAULT 5

static const char *const commits[] = { "none", "before-fault", "passthrough",
	NULL };
static const char *const connections[] = { "all", "new", NULL };

struct rule_input {
	const char *id;
	int64_t priority, expires_in;
	bool enabled;
	int connections, commit;
	json_t *match, *when, *then;
};

#define AT(field) offsetof(struct rule_input, field)

const struct shape rule_shape[] = {
	{ "id", SHAPE_TEXT, AT(id), NULL },
	{ "priority", SHAPE_INT, AT(priority), NULL },
	{ "enabled", SHAPE_FLAG, AT(enabled), NULL },
	{ "expires_in", SHAPE_SPAN, AT(expires_in), NULL },
	{ "connections", SHAPE_WORD, AT(connections), connections },
	{ "match", SHAPE_OBJECT, AT(match), NULL },
	{ "when", SHAPE_OBJECT, AT(when), NULL },
	{ "then", SHAPE_LIST, AT(then), NULL },
	{ "commit", SHAPE_WORD, AT(commit), commits },
	{ NULL, SHAPE_ANY, 0, NULL },
};

bool
rule_id_ok(const char *id, struct complaint *c)
{
	if (!id)
		return true;
	if (!*id || strlen(id) > 100 || strpbrk(id, "/?# \t\r\n\"\\"))
		return complain(c, "", "id",
		    "must have 1 to 100 characters without space, slash, "
		    "quote, ? and #");
	return true;
}

/* Which layers it acts on; what a bare connection cannot know is refused. */
static bool
find_layers(struct rule *r, struct complaint *c)
{
	for (int i = 0; i < r->nactions; i++) {
		const struct action *a = &r->actions[i];
		bool early = a->at == AT_ACCEPT || a->at == AT_HANDSHAKE;

		/* Bandwidth for some requests only is a matter of answers. */
		if (early && !a->kind->connection_only && a->kind->request &&
		    strcmp(a->kind->name, "bandwidth") == 0 &&
		    match_needs_request(r->match))
			early = false;
		if (early && !a->kind->connection)
			return complain(c, "then", a->kind->name,
			    "cannot act before a request has come");
		if (early && match_needs_request(r->match))
			return complain(c, "then", a->kind->name,
			    "acts before a request has come, so match may "
			    "name client_ip, node, space and conn.tls alone");
		*(early ? &r->for_connection : &r->for_request) = true;
	}
	return true;
}

static bool
makes_answer(const struct rule *r)
{
	for (int i = 0; i < r->nactions; i++) {
		const char *name = r->actions[i].kind->name;

		if (strcmp(name, "respond") == 0 ||
		    strcmp(name, "redirect") == 0)
			return true;
	}
	return false;
}

/* A stall before Vault is asked, with an end: a delay by another name. */
static bool
ends_itself(const struct action *a)
{
	return strcmp(a->kind->name, "stall") == 0 && a->span > 0 &&
	    a->at == AT_REQUEST;
}

/* When the rule names no commit, its most drastic action does. An answer that
 * is cut in its body must have been made: the operation runs. */
static enum commit
default_commit(const struct rule *r)
{
	enum commit least = COMMIT_PASSTHROUGH;
	bool answers = makes_answer(r);

	for (int i = 0; i < r->nactions; i++) {
		const struct action *a = &r->actions[i];
		enum commit one = (enum commit)a->kind->commit;

		if (a->kind->commit == COMMIT_NONE && ends_itself(a))
			one = COMMIT_PASSTHROUGH;
		if (a->at == AT_BODY && one == COMMIT_NONE && !answers)
			one = COMMIT_BEFORE_FAULT;
		if (one == COMMIT_BEFORE_FAULT && answers)
			one = COMMIT_NONE;
		if (one < least)
			least = one;
	}
	return least;
}

static bool
find_commit(struct rule *r, int said, struct complaint *c)
{
	enum commit asked = default_commit(r);

	r->commit = said == COMMIT_UNSAID ? asked : (enum commit)said;
	if (r->commit == COMMIT_PASSTHROUGH && asked != COMMIT_PASSTHROUGH)
		return complain(c, "", "commit",
		    "passthrough goes with delay, dribble, bandwidth and tls "
		    "alone");
	if (r->commit == COMMIT_NONE && asked == COMMIT_BEFORE_FAULT)
		return complain(c, "", "commit",
		    "none leaves no answer to cut: add a respond, or say "
		    "before-fault");
	return true;
}

static bool
fill(struct rule *r, json_t *tree, struct complaint *c)
{
	struct rule_input in = { .priority = PRIORITY_DEFAULT,
		.enabled = true, .commit = COMMIT_UNSAID };

	if (!shape_read(rule_shape, tree, "", &in, c) || !rule_id_ok(in.id, c))
		return false;
	if (!in.then)
		return complain(c, "", "then", "is required");
	r->id = in.id ? xstrdup(in.id) : NULL;
	r->priority = in.priority;
	r->enabled = in.enabled;
	r->expires_in = in.expires_in;
	r->new_only = in.connections == 1;
	r->match = match_parse(in.match, "match", c);
	return r->match && when_parse(&r->when, in.when, "when", c) &&
	    actions_parse(in.then, "then", r->actions, &r->nactions, c) &&
	    find_layers(r, c) && find_commit(r, in.commit, c);
}

struct rule *
rule_parse(json_t *tree, struct complaint *c)
{
	struct rule *r = xcalloc(1, sizeof(*r));

	r->refs = 1;
	r->tree = json_deep_copy(tree);
	if (fill(r, r->tree, c))
		return r;
	rule_put(r);
	return NULL;
}

void
rule_put(struct rule *r)
{
	if (--r->refs > 0)
		return;
	actions_release(r->actions, r->nactions);
	match_free(r->match);
	json_decref(r->tree);
	free(r->id);
	free(r);
}

const char *
rule_id(const struct rule *r)
{
	return r->id;
}

void
rule_enable(struct rule *r, bool on)
{
	r->enabled = on;
}

static json_t *
remaining(const struct rule *r)
{
	if (r->when.times < 0)
		return json_null();
	return json_integer(r->when.times > r->acted
		? r->when.times - r->acted
		: 0);
}

json_t *
rule_show(const struct rule *r)
{
	json_t *show = json_object();

	json_object_set_new(show, "id", json_string(r->id));
	json_object_update(show, r->tree);
	json_object_set_new(show, "id", json_string(r->id));
	json_object_set_new(show, "priority", json_integer(r->priority));
	json_object_set_new(show, "enabled", json_boolean(r->enabled));
	json_object_set_new(show, "commit", json_string(commits[r->commit]));
	if (*r->outage)
		json_object_set_new(show, "outage", json_string(r->outage));
	json_object_set_new(show, "matched", json_integer(r->matched));
	json_object_set_new(show, "acted", json_integer(r->acted));
	json_object_set_new(show, "remaining", remaining(r));
	return show;
}
