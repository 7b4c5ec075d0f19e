/*
 * From HCL or JSON to rules, with Vault 1.19's texts for what it refuses.
 */
#include "core/policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "base/hcl/hcl.h"

#define PREFIX "failed to parse policy: "

static const struct {
	const char *name;
	unsigned cap;
} policy_capabilities[] = {
	{ "deny", CAP_DENY },
	{ "create", CAP_CREATE },
	{ "read", CAP_READ },
	{ "update", CAP_UPDATE },
	{ "delete", CAP_DELETE },
	{ "list", CAP_LIST },
	{ "sudo", CAP_SUDO },
	{ "patch", CAP_PATCH },
	{ "subscribe", CAP_SUBSCRIBE },
};

#define WRITE_CAPS (CAP_CREATE | CAP_READ | CAP_UPDATE | CAP_DELETE | CAP_LIST)

static const struct {
	const char *name;
	unsigned caps;
} policy_legacy_policies[] = {
	{ "deny", CAP_DENY },
	{ "read", CAP_READ | CAP_LIST },
	{ "write", WRITE_CAPS },
	{ "sudo", WRITE_CAPS | CAP_SUDO },
};

static const char *const policy_top_keys[] = { "name", "path" };

static const char *const policy_rule_keys[] = { "comment", "policy",
	"capabilities", "allowed_parameters", "denied_parameters",
	"required_parameters", "min_wrapping_ttl", "max_wrapping_ttl",
	"mfa_methods", "control_group", "subscribe_event_types" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct policy_parser {
	struct arena *arena;
	struct policy *out;
	struct error *error;
	const char *path; /* of the rule being read */
};

static bool
policy_add_capability(
    struct policy_parser *p, struct policy_rule *r, const char *name)
{
	for (size_t i = 0; i < COUNT(policy_capabilities); i++) {
		if (strcmp(policy_capabilities[i].name, name) == 0) {
			r->capabilities |= policy_capabilities[i].cap;
			return true;
		}
	}
	return error_set(p->error, 400,
	    PREFIX "path \"%s\": invalid capability \"%s\"", p->path, name);
}

static bool
policy_read_capabilities(
    struct policy_parser *p, struct policy_rule *r, const struct hcl_value *v)
{
	if (v->kind != HCL_LIST)
		return error_set(p->error, 400,
		    PREFIX "path \"%s\": invalid capabilities", p->path);
	for (int i = 0; i < v->n; i++)
		if (!policy_add_capability(
			p, r, v->elements[i].text ? v->elements[i].text : ""))
			return false;
	return true;
}

static bool
policy_read_legacy_policy(
    struct policy_parser *p, struct policy_rule *r, const struct hcl_value *v)
{
	const char *name = v->text ? v->text : "";

	for (size_t i = 0; i < COUNT(policy_legacy_policies); i++) {
		if (strcmp(policy_legacy_policies[i].name, name) == 0) {
			r->capabilities |= policy_legacy_policies[i].caps;
			return true;
		}
	}
	return error_set(p->error, 400,
	    PREFIX "path \"%s\": invalid policy \"%s\"", p->path, name);
}

static bool
policy_read_ttl(struct policy_parser *p, const char *key,
    const struct hcl_value *v, int64_t *ttl_s)
{
	int64_t ns;

	if (!v->text || !duration_parse(v->text, &ns))
		return error_set(p->error, 400,
		    PREFIX "error parsing %s: time: invalid duration \"%s\"",
		    key, v->text ? v->text : "");
	*ttl_s = ns / NSEC_PER_SEC;
	return true;
}

/* A value of a rule as clean JSON, to be compared with a request's. */
static void
policy_put_value(struct buf *out, const struct hcl_value *v)
{
	if (v->kind == HCL_LIST) {
		buf_char(out, '[');
		for (int i = 0; i < v->n; i++) {
			buf_str(out, i ? "," : "");
			policy_put_value(out, &v->elements[i]);
		}
		buf_char(out, ']');
	} else if (v->kind == HCL_STRING) {
		jsontext_quote_str(out, v->text);
	} else {
		buf_str(out, v->text ? v->text : "null");
	}
}

static struct slice
policy_value_json(struct policy_parser *p, const struct hcl_value *v)
{
	struct slice text;
	struct buf out;

	buf_init(&out, 0);
	policy_put_value(&out, v);
	text.n = out.n;
	text.p = arena_strndup(p->arena, out.p, out.n);
	buf_release(&out);
	return text;
}

static char *
policy_lower_copy(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);

	lower_ascii(copy);
	return copy;
}

/* An object, or a list of objects (JSON), name -> list of values. */
static void
policy_read_params(struct policy_parser *p, const struct hcl_value *v,
    struct policy_param **list, int *n)
{
	*n = 0;
	*list = arena_zalloc(p->arena, (size_t)(v->n + 1) * sizeof(**list));
	for (int i = 0; v->kind == HCL_OBJECT && i < v->n; i++) {
		const struct hcl_value *values = v->items[i].value;
		struct policy_param *one = &(*list)[(*n)++];

		one->name = policy_lower_copy(p->arena, v->items[i].key);
		one->values = arena_alloc(
		    p->arena, (size_t)(values->n + 1) * sizeof(struct slice));
		for (int k = 0; values->kind == HCL_LIST && k < values->n; k++)
			one->values[one->nvalues++] = policy_value_json(
			    p, &values->elements[k]);
	}
}

static bool
policy_read_rule_key(
    struct policy_parser *p, struct policy_rule *r, const struct hcl_item *item)
{
	const struct hcl_value *v = item->value;

	if (strcmp(item->key, "capabilities") == 0)
		return policy_read_capabilities(p, r, v);
	if (strcmp(item->key, "policy") == 0)
		return policy_read_legacy_policy(p, r, v);
	if (strcmp(item->key, "min_wrapping_ttl") == 0)
		return policy_read_ttl(p, item->key, v, &r->min_wrap_ttl_s);
	if (strcmp(item->key, "max_wrapping_ttl") == 0)
		return policy_read_ttl(p, item->key, v, &r->max_wrap_ttl_s);
	if (strcmp(item->key, "allowed_parameters") == 0) {
		r->has_allowed = true;
		policy_read_params(p, v, &r->allowed, &r->nallowed);
	} else if (strcmp(item->key, "denied_parameters") == 0) {
		r->has_denied = true;
		policy_read_params(p, v, &r->denied, &r->ndenied);
	} else if (strcmp(item->key, "required_parameters") == 0) {
		r->required = arena_alloc(
		    p->arena, (size_t)(v->n + 1) * sizeof(char *));
		for (int i = 0; v->kind == HCL_LIST && i < v->n; i++)
			r->required[r->nrequired++] = policy_lower_copy(
			    p->arena,
			    v->elements[i].text ? v->elements[i].text : "");
	}
	return true;
}

/* Vault 1.19: every unknown key is named, with the line of its =. */
static bool
policy_has_known_keys(struct policy_parser *p, const struct hcl_value *object,
    const char *const *keys, size_t nkeys, const char *prefix)
{
	char *list = arena_strdup(p->arena, "");
	int unknown = 0;

	for (int i = 0; i < object->n; i++) {
		const struct hcl_item *item = &object->items[i];
		bool known = false;

		for (size_t k = 0; k < nkeys; k++)
			known |= strcmp(keys[k], item->key) == 0;
		if (known)
			continue;
		unknown++;
		list = arena_printf(p->arena,
		    "%s\t* %sinvalid key \"%s\" on line %d\n", list, prefix,
		    item->key, item->assign_line);
	}
	return unknown == 0 ||
	    error_set(p->error, 400, PREFIX "%d error%s occurred:\n%s\n",
		unknown, unknown > 1 ? "s" : "", list);
}

static bool
policy_check_keys(struct policy_parser *p, const struct hcl_value *block)
{
	if (block->kind != HCL_OBJECT)
		return error_set(p->error, 400,
		    PREFIX "path \"%s\": cannot check HCL keys of type %s",
		    p->path,
		    block->kind == HCL_LIST ? "*ast.ListType"
					    : "*ast.LiteralType");
	return policy_has_known_keys(p, block, policy_rule_keys,
	    COUNT(policy_rule_keys),
	    arena_printf(p->arena, "path \"%s\": ", p->path));
}

static bool
policy_is_template_balanced(const char *text)
{
	int open = 0;

	for (const char *c = text; *c; c++) {
		if (c[0] == '{' && c[1] == '{') {
			open++;
			c++;
		} else if (c[0] == '}' && c[1] == '}') {
			if (--open < 0)
				return false;
			c++;
		}
	}
	return open == 0;
}

static bool
policy_read_rule(
    struct policy_parser *p, const char *path, const struct hcl_value *block)
{
	struct policy_rule *r = &p->out->rules[p->out->nrules++];
	char *copy;
	size_t n;

	p->path = path;
	if (!policy_check_keys(p, block))
		return false;
	for (int i = 0; i < block->n; i++)
		if (!policy_read_rule_key(p, r, &block->items[i]))
			return false;
	if (strstr(path, "+*"))
		return error_set(p->error, 400,
		    PREFIX "path \"%s\": invalid use of wildcards ('+*' is "
			   "forbidden)",
		    path);
	if (r->min_wrap_ttl_s && r->max_wrap_ttl_s &&
	    r->max_wrap_ttl_s < r->min_wrap_ttl_s)
		return error_set(p->error, 400,
		    PREFIX "max_wrapping_ttl cannot be less than "
			   "min_wrapping_ttl");
	copy = arena_strdup(p->arena, *path == '/' ? path + 1 : path);
	n = strlen(copy);
	r->is_prefix = n > 0 && copy[n - 1] == '*';
	if (r->is_prefix)
		copy[n - 1] = '\0';
	r->has_segments = strcmp(copy, "+") == 0 || starts_with(copy, "+/") ||
	    strstr(copy, "/+/") || ends_with(copy, "/+");
	r->is_templated = strstr(copy, "{{") != NULL;
	if (!policy_is_template_balanced(copy))
		return error_set(p->error, 400,
		    PREFIX "failed to validate policy templating: unbalanced "
			   "templating characters");
	r->path = copy;
	if (r->capabilities & CAP_DENY)
		r->capabilities = CAP_DENY;
	return true;
}

/* One element of JSON's "path": [{...}]. */
static bool
policy_read_path_list(struct policy_parser *p, const struct hcl_value *element)
{
	if (element->kind != HCL_OBJECT)
		return policy_read_rule(p, "path", element);
	for (int i = 0; i < element->n; i++)
		if (!policy_read_rule(
			p, element->items[i].key, element->items[i].value))
			return false;
	return true;
}

static bool
policy_read_path_item(struct policy_parser *p, const struct hcl_item *item)
{
	const struct hcl_value *v = item->value;

	if (item->label)
		return policy_read_rule(p, item->label, v);
	for (int i = 0; v->kind == HCL_OBJECT && i < v->n; i++)
		if (!policy_read_rule(p, v->items[i].key, v->items[i].value))
			return false;
	for (int i = 0; v->kind == HCL_LIST && i < v->n; i++)
		if (!policy_read_path_list(p, &v->elements[i]))
			return false;
	if (v->kind != HCL_OBJECT && v->kind != HCL_LIST)
		return policy_read_rule(p, "path", v);
	return true;
}

static int
policy_count_rules(const struct hcl_value *root)
{
	int n = 0;

	for (int i = 0; i < root->n; i++) {
		const struct hcl_value *v = root->items[i].value;

		n += 1 + v->n;
		for (int k = 0; v->kind == HCL_LIST && k < v->n; k++)
			n += 1 + v->elements[k].n;
	}
	return n;
}

bool
policy_parse(
    struct arena *a, const char *text, struct policy *out, struct error *e)
{
	struct policy_parser p = { .arena = a, .out = out, .error = e };
	struct hcl_error he;
	struct hcl_value *root = hcl_parse(a, text, strlen(text), &he);

	if (!root)
		return error_set(
		    e, 400, PREFIX "At %d:%d: %s", he.line, he.column, he.text);
	if (!policy_has_known_keys(
		&p, root, policy_top_keys, COUNT(policy_top_keys), ""))
		return false;
	out->nrules = 0;
	out->rules = arena_zalloc(
	    a, (size_t)(policy_count_rules(root) + 1) * sizeof(*out->rules));
	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];

		if (strcmp(item->key, "path") == 0 &&
		    !policy_read_path_item(&p, item))
			return false;
	}
	return true;
}
