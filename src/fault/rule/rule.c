/*
 * A rule from JSON and back. action.c says what a rule does, rule_when.c when
 * it does it.
 */
#include "fault/rule/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY_DEFAULT 5

static const char *const rule_commits[] = { "none", "before-fault",
	"passthrough", NULL };
static const char *const rule_connections[] = { "all", "new", NULL };
static const char *const rule_clocks[] = { "real", "virtual", NULL };

struct rule_input {
	const char *id;
	int64_t priority, expires_in_ns;
	bool enabled;
	int connections, commit, clock;
	json_t *match, *when, *then;
};

#define AT(field) offsetof(struct rule_input, field)

const struct schema rule_schema[] = {
	{ "id", FIELD_STRING, AT(id), NULL },
	{ "priority", FIELD_INT, AT(priority), NULL },
	{ "enabled", FIELD_BOOL, AT(enabled), NULL },
	{ "expires_in", FIELD_DURATION, AT(expires_in_ns), NULL },
	{ "clock", FIELD_ENUM, AT(clock), rule_clocks }, /* of expires_in */
	{ "connections", FIELD_ENUM, AT(connections), rule_connections },
	{ "match", FIELD_OBJECT, AT(match), NULL },
	{ "when", FIELD_OBJECT, AT(when), NULL },
	{ "then", FIELD_LIST, AT(then), NULL },
	{ "commit", FIELD_ENUM, AT(commit), rule_commits },
	{ NULL, FIELD_ANY, 0, NULL },
};

bool
rule_check_id(const char *id, struct error *c)
{
	if (!id)
		return true;
	if (!*id || strlen(id) > 100 || strpbrk(id, "/?# \t\r\n\"\\"))
		return error_field(c, "", "id",
		    "must have 1 to 100 characters without space, slash, "
		    "quote, ? and #");
	return true;
}

/* Which layers it acts on; what a bare connection cannot know is refused. */
static bool
rule_find_layers(struct rule *r, struct error *c)
{
	for (int i = 0; i < r->nactions; i++) {
		const struct action *a = &r->actions[i];
		bool early = a->at == ACTION_AT_ACCEPT ||
		    a->at == ACTION_AT_HANDSHAKE;

		/* Bandwidth for some requests only is a matter of answers. */
		if (early && !a->kind->connection_only &&
		    a->kind->apply_to_request &&
		    strcmp(a->kind->name, "bandwidth") == 0 &&
		    match_needs_request(r->match))
			early = false;
		if (early && !a->kind->apply_to_connection)
			return error_field(c, "then", a->kind->name,
			    "cannot act before a request has come");
		if (early && match_needs_request(r->match))
			return error_field(c, "then", a->kind->name,
			    "acts before a request has come, so match may "
			    "name client_ip, node, space and conn.tls alone");
		*(early ? &r->for_connection : &r->for_request) = true;
	}
	return true;
}

static bool
rule_has_response(const struct rule *r)
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
rule_is_bounded_stall(const struct action *a)
{
	return strcmp(a->kind->name, "stall") == 0 && a->duration_ns > 0 &&
	    a->at == ACTION_AT_REQUEST;
}

/* An answer that is cut behind its head, which says how long it would be. */
static bool
rule_breaks_answer(const struct action *a)
{
	return a->at == ACTION_AT_BODY ||
	    (a->at == ACTION_AT_HEADERS &&
		(strcmp(a->kind->name, "reset") == 0 ||
		    strcmp(a->kind->name, "close") == 0));
}

/* When the rule names no commit, its most drastic action does. An answer that
 * is cut in its body must have been made: the operation runs. */
static enum rule_commit
rule_default_commit(const struct rule *r)
{
	enum rule_commit least = COMMIT_PASSTHROUGH;
	bool answers = rule_has_response(r);

	for (int i = 0; i < r->nactions; i++) {
		const struct action *a = &r->actions[i];
		enum rule_commit one = (enum rule_commit)a->kind->commit;

		if (a->kind->commit == COMMIT_NONE && rule_is_bounded_stall(a))
			one = COMMIT_PASSTHROUGH;
		if (rule_breaks_answer(a) && one == COMMIT_NONE && !answers)
			one = COMMIT_BEFORE_FAULT;
		if (one == COMMIT_BEFORE_FAULT && answers)
			one = COMMIT_NONE;
		if (one < least)
			least = one;
	}
	return least;
}

static bool
rule_find_commit(struct rule *r, int requested, struct error *c)
{
	enum rule_commit asked = rule_default_commit(r);

	r->commit = requested == COMMIT_DEFAULT ? asked
						: (enum rule_commit)requested;
	if (r->commit == COMMIT_PASSTHROUGH && asked != COMMIT_PASSTHROUGH)
		return error_field(c, "", "commit",
		    "passthrough goes with delay, dribble, bandwidth and tls "
		    "alone");
	if (r->commit == COMMIT_NONE && asked == COMMIT_BEFORE_FAULT)
		return error_field(c, "", "commit",
		    "none leaves no answer to cut: add a respond, or say "
		    "before-fault");
	return true;
}

static bool
rule_fill(struct rule *r, json_t *tree, struct error *c)
{
	struct rule_input in = { .priority = PRIORITY_DEFAULT,
		.enabled = true,
		.commit = COMMIT_DEFAULT };

	if (!schema_read(rule_schema, tree, "", &in, c) ||
	    !rule_check_id(in.id, c))
		return false;
	if (!in.then)
		return error_field(c, "", "then", "is required");
	r->id = in.id ? xstrdup(in.id) : NULL;
	r->priority = in.priority;
	r->enabled = in.enabled;
	r->expires_in_ns = in.expires_in_ns;
	r->expires_virtual = in.clock == 1;
	r->new_only = in.connections == 1;
	r->match = match_parse(in.match, "match", c);
	return r->match && when_parse(&r->when, in.when, "when", c) &&
	    actions_parse(in.then, "then", r->actions, &r->nactions, c) &&
	    rule_find_layers(r, c) &&
	    (r->when.open_over < 0 || !r->for_request ||
		error_field(c, "when", "open_over",
		    "is for what acts at accept or handshake alone")) &&
	    rule_find_commit(r, in.commit, c);
}

struct rule *
rule_parse(json_t *tree, struct error *c)
{
	struct rule *r = xcalloc(1, sizeof(*r));

	r->refs = 1;
	r->tree = json_deep_copy(tree);
	if (rule_fill(r, r->tree, c))
		return r;
	rule_release(r);
	return NULL;
}

void
rule_release(struct rule *r)
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

int64_t
rule_matched(const struct rule *r)
{
	return r->matched;
}

int64_t
rule_acted(const struct rule *r)
{
	return r->acted;
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
	json_object_set_new(
	    show, "commit", json_string(rule_commits[r->commit]));
	if (*r->outage_name)
		json_object_set_new(
		    show, "outage", json_string(r->outage_name));
	json_object_set_new(show, "matched", json_integer(r->matched));
	json_object_set_new(show, "acted", json_integer(r->acted));
	json_object_set_new(show, "remaining",
	    r->when.times < 0
		? json_null()
		: json_integer(
		      r->when.times > r->acted ? r->when.times - r->acted : 0));
	return show;
}
