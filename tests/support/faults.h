/*
 * Rules inside the test: an instance with its faults on clocks that the test
 * moves, rules written with ' for the quote, and what a request meets.
 */
#ifndef MV_TESTS_SUPPORT_FAULTS_H
#define MV_TESTS_SUPPORT_FAULTS_H

#include <stdio.h>
#include <string.h>

#include "core/vault.h"
#include "fault/outage/outage.h"
#include "fault/rule/rule.h"
#include "tests/support/test_instance.h"

#define MS ((int64_t)1000000)

static struct inside inside;
static struct faults *faults;
static struct clock *real;

static inline void
opened(void)
{
	inside_defaults(&inside);
	inside.options.seed = "7";
	inside_start(&inside);
	faults = inside.in.faults;
	real = inside.in.real;
	clock_freeze(real, clock_now(real));
}

static inline void
closed(void)
{
	inside_stop(&inside);
}

/* ' for the quote, as in the table of outages. */
static inline json_t *
tree_of(const char *text)
{
	char copy[4000], *p;
	json_error_t e;
	json_t *tree;

	snprintf(copy, sizeof(copy), "%s", text);
	for (p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	tree = json_loads(copy, 0, &e);
	ck_assert_msg(tree != NULL, "%s: %s", e.text, copy);
	return tree;
}

static inline const char *
add(const char *text)
{
	struct complaint c = { 0 };
	json_t *tree = tree_of(text);
	bool exists;
	struct rule *r = faults_add(faults, tree, &exists, &c);

	json_decref(tree);
	ck_assert_msg(r != NULL, "%s: %s: %s", text, c.field, c.text);
	return rule_id(r);
}

static inline struct facts
asked(const char *method, const char *path)
{
	return (struct facts){ .method = method, .path = path, .query = "",
		.op = match_op(method, path, false), .client_ip = "127.0.0.1",
		.node = "n1", .node_active = true, .space = "default",
		.nth = 1, .conn_id = 1 };
}

/* The rule that decides over a request, "" for none; what it does in plan. */
static inline const char *
meets(const struct facts *f, struct arena *a, struct fault_plan *plan)
{
	static const char none[] = "";
	const char *id;

	memset(plan, 0, sizeof(*plan));
	faults_request(faults, f, a, plan);
	id = plan->rule ? arena_strdup(a, rule_id(plan->rule)) : none;
	faults_done(faults, plan);
	return id;
}

static inline bool
hit(const char *path)
{
	struct arena *a = arena_new();
	struct fault_plan plan;
	struct facts f = asked("GET", path);
	bool yes = *meets(&f, a, &plan) || plan.wait;

	arena_free(a);
	return yes;
}

static inline struct wire_conn
greets(const char *ip)
{
	struct wire_conn w = { 0 };
	struct facts f = { .client_ip = ip, .node = "n1", .conn_id = 2 };

	w.set = faults_connection(faults, &f, &w);
	return w;
}

/* The plan of a rule with this `then` for one request. */
static inline struct fault_plan
plan_of(struct arena *a, const char *then)
{
	char text[2000];
	struct fault_plan plan;
	struct facts f = asked("GET", "secret/data/a");

	snprintf(text, sizeof(text), "{'id':'r','then':[%s]}", then);
	faults_clear(faults);
	add(text);
	meets(&f, a, &plan);
	ck_assert_msg(plan.action != NULL, "%s did not act", then);
	return plan;
}

#define RULE(when) "{'then':[{'respond':{'status':503}}],'when':{" when "}}"

#endif
