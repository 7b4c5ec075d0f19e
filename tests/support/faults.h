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

static struct test_instance instance;
static struct faults *faults;
static struct clock *real;

static inline void
faults_test_open(void)
{
	test_instance_defaults(&instance);
	instance.options.seed = "7";
	test_instance_start(&instance);
	faults = instance.in.faults;
	real = instance.host.real_clock;
	clock_freeze(real, clock_now(real));
}

static inline void
faults_test_close(void)
{
	test_instance_stop(&instance);
}

/* ' for the quote, as in the table of outages. */
static inline json_t *
faults_test_json(const char *text)
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
faults_test_add_rule(const char *text)
{
	struct error c = { 0 };
	json_t *tree = faults_test_json(text);
	bool exists;
	struct rule *r = faults_add(faults, tree, &exists, &c);

	json_decref(tree);
	ck_assert_msg(r != NULL, "%s: %s: %s", text, c.field, c.text);
	return rule_id(r);
}

static inline struct request_info
faults_test_request(const char *method, const char *path)
{
	return (struct request_info){ .method = method,
		.path = path,
		.query = "",
		.op = match_operation_of(method, path, false),
		.client_ip = "127.0.0.1",
		.node = "n1",
		.node_active = true,
		.space = "default",
		.nth = 1,
		.conn_id = 1 };
}

/* The rule that decides over a request, "" for none; what it does in plan. */
static inline const char *
faults_test_decide(const struct request_info *f, struct arena *a,
    struct fault_decision *decision)
{
	static const char none[] = "";
	const char *id;

	memset(decision, 0, sizeof(*decision));
	faults_decide_request(faults, f, a, decision);
	id = decision->rule ? arena_strdup(a, rule_id(decision->rule)) : none;
	faults_release_decision(faults, decision);
	return id;
}

static inline bool
faults_test_is_faulted(const char *path)
{
	struct arena *a = arena_new();
	struct fault_decision decision;
	struct request_info f = faults_test_request("GET", path);
	bool yes = *faults_test_decide(&f, a, &decision) || decision.delay_ns;

	arena_free(a);
	return yes;
}

static inline struct conn_faults
faults_test_connect(const char *ip)
{
	struct conn_faults w = { 0 };
	struct request_info f = { .client_ip = ip, .node = "n1", .conn_id = 2 };

	w.set = faults_decide_connection(faults, &f, &w);
	return w;
}

/* The plan of a rule with this `then` for one request. */
static inline struct fault_decision
faults_test_decision(struct arena *a, const char *then)
{
	char text[2000];
	struct fault_decision decision;
	struct request_info f = faults_test_request("GET", "secret/data/a");

	snprintf(text, sizeof(text), "{'id':'r','then':[%s]}", then);
	faults_clear(faults);
	faults_test_add_rule(text);
	faults_test_decide(&f, a, &decision);
	ck_assert_msg(decision.action != NULL, "%s did not act", then);
	return decision;
}

#define RULE(when) "{'then':[{'respond':{'status':503}}],'when':{" when "}}"

#endif
