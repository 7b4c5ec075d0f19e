/*
 * From HCL or JSON to rules, with Vault 1.19's texts for what it refuses.
 */
#include "core/policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/hcl/hcl.h"
#include "base/text.h"
#include "core/policy/acl.h"

#define PREFIX "failed to parse policy: "

static const struct {
	const char *name;
	unsigned cap;
	enum version_change version;
} policy_capabilities[] = {
	{ "deny", CAP_DENY, VERSION_ALWAYS },
	{ "create", CAP_CREATE, VERSION_ALWAYS },
	{ "read", CAP_READ, VERSION_ALWAYS },
	{ "update", CAP_UPDATE, VERSION_ALWAYS },
	{ "delete", CAP_DELETE, VERSION_ALWAYS },
	{ "list", CAP_LIST, VERSION_ALWAYS },
	{ "sudo", CAP_SUDO, VERSION_ALWAYS },
	{ "patch", CAP_PATCH, VERSION_ALWAYS },
	{ "subscribe", CAP_SUBSCRIBE, VERSION_POLICY_SUBSCRIBE },
	{ "recover", CAP_RECOVER, VERSION_POLICY_RECOVER },
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

struct policy_rule_text;

struct policy_parser {
	struct arena *arena;
	const struct version_set *changes;
	struct policy *out;
	struct error *error;
	const char *path; /* of the rule being read, or NULL */
	struct policy_rule_text *rule;
};

/* ---- HCL's decoder: what a field of a rule may be ---- */

/* The library's name of the node that a value is; within a block's body an
 * object is the list of its items. */
static const char *
policy_node_type(const struct hcl_value *v, bool as_list)
{
	if (v->kind == HCL_OBJECT)
		return as_list ? "*ast.ObjectList" : "*ast.ObjectType";
	return v->kind == HCL_LIST ? "*ast.ListType" : "*ast.LiteralType";
}

/* "At 1:2: ", or "At -: " where a value has no place, as in JSON. */
static const char *
policy_place(struct policy_parser *p, struct hcl_place place)
{
	return place.line
	    ? arena_printf(p->arena, "At %d:%d: ", place.line, place.column)
	    : "At -: ";
}

/* An object as a list of items stands where its first item does. */
static struct hcl_place
policy_value_place(const struct hcl_value *v)
{
	if (v->kind != HCL_OBJECT)
		return v->place;
	return v->n ? v->items[0].keys[0].place : (struct hcl_place){ 0, 0 };
}

static bool policy_refuse_decode(
    struct policy_parser *p, struct hcl_place place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Refuses with the place, and with the path that the rule is for. */
static bool
policy_refuse_decode(
    struct policy_parser *p, struct hcl_place place, const char *fmt, ...)
{
	const char *prefix = arena_printf(
	    p->arena, PREFIX "%s", policy_place(p, place));
	va_list ap;

	if (p->path)
		prefix = arena_printf(p->arena, PREFIX "path %s: %s",
		    go_quoted(p->arena, p->path), policy_place(p, place));
	va_start(ap, fmt);
	error_vset(p->error, 400, prefix, fmt, ap);
	va_end(ap);
	return false;
}

/* The text of a string or a whole number; NULL for what is neither. */
static const char *
policy_text_of(const struct hcl_value *v)
{
	if (v->kind == HCL_STRING || (v->kind == HCL_NUMBER && !v->is_float))
		return v->text;
	return NULL;
}

static bool
policy_decode_string(struct policy_parser *p, const char *field,
    const struct hcl_item *item, const char **out)
{
	const struct hcl_value *v = item->value;

	if (item->nkeys > 1)
		return policy_refuse_decode(p, item->keys[1].place,
		    "root.%s: unknown type for string *ast.ObjectList", field);
	*out = policy_text_of(v);
	return *out ||
	    policy_refuse_decode(p, policy_value_place(v),
		"root.%s: unknown type for string %s", field,
		policy_node_type(v, true));
}

/* Adds the texts of a list to those of a field; false: refused. */
static bool
policy_decode_strings(struct policy_parser *p, const char *field,
    const struct hcl_item *item, struct strs *list)
{
	const struct hcl_value *v = item->value;

	if (item->nkeys > 1 || (v->kind == HCL_OBJECT && v->n))
		return policy_refuse_decode(p,
		    item->nkeys > 1 ? item->keys[1].place
				    : v->items[0].keys[0].place,
		    "root.%s[0]: unknown type for string *ast.ObjectItem",
		    field);
	if (v->kind == HCL_OBJECT)
		return true;
	if (v->kind != HCL_LIST)
		return policy_refuse_decode(
		    p, v->place, "unknown slice type: *ast.LiteralType");
	for (int i = 0; i < v->n; i++) {
		const char *text = policy_text_of(&v->elements[i]);

		if (!text)
			return policy_refuse_decode(p, v->elements[i].place,
			    "root.%s[%d]: unknown type for string %s", field, i,
			    policy_node_type(&v->elements[i], false));
		strs_add(list, text);
	}
	return true;
}

/* ---- rules ---- */

/* What a rule says, before it is judged. */
struct policy_rule_text {
	const char *policy; /* the old way to name capabilities, or NULL */
	struct strs capabilities, required, ignored;
	const struct hcl_item *min_ttl, *max_ttl, *control_group;
};

static bool
policy_add_capability(
    struct policy_parser *p, struct policy_rule *r, const char *name)
{
	for (size_t i = 0; i < COUNT(policy_capabilities); i++) {
		if (strcmp(policy_capabilities[i].name, name) == 0 &&
		    version_set_has(
			p->changes, policy_capabilities[i].version)) {
			r->capabilities |= policy_capabilities[i].cap;
			return true;
		}
	}
	return error_set(p->error, 400, PREFIX "path %s: invalid capability %s",
	    go_quoted(p->arena, p->path), go_quoted(p->arena, name));
}

/* The capabilities up to a "deny", which stands alone. */
static bool
policy_set_capabilities(
    struct policy_parser *p, struct policy_rule *r, const struct strs *names)
{
	unsigned old = 0;
	bool known = !p->rule->policy || *p->rule->policy == '\0';

	for (size_t i = 0; i < COUNT(policy_legacy_policies) && !known; i++) {
		known = strcmp(policy_legacy_policies[i].name,
			    p->rule->policy) == 0;
		if (known)
			old = policy_legacy_policies[i].caps;
	}
	if (!known)
		return error_set(p->error, 400,
		    PREFIX "path %s: invalid policy %s",
		    go_quoted(p->arena, p->path),
		    go_quoted(p->arena, p->rule->policy));
	for (size_t i = 0; i < names->n && old != CAP_DENY; i++) {
		if (!policy_add_capability(p, r, names->items[i]))
			return false;
		if (r->capabilities & CAP_DENY)
			break;
	}
	r->capabilities |= old;
	if (r->capabilities & CAP_DENY)
		r->capabilities = CAP_DENY;
	return true;
}

static bool
policy_set_ttl(
    struct policy_parser *p, const struct hcl_item *item, int64_t *ttl_s)
{
	const struct hcl_value *v;
	const char *why;
	int64_t ns;

	if (!item)
		return true;
	v = item->value;
	if (item->nkeys > 1 || (v->kind != HCL_STRING && v->kind != HCL_NUMBER))
		return error_set(p->error, 400,
		    PREFIX "error parsing %s: could not parse duration from "
			   "input",
		    item->key);
	if (v->kind == HCL_NUMBER) {
		*ttl_s = v->is_float ? (int64_t)strtod(v->text, NULL)
				     : strtoll(v->text, NULL, 0);
		return true;
	}
	why = duration_parse_why(p->arena, v->text, &ns);
	if (why)
		return error_set(p->error, 400, PREFIX "error parsing %s: %s",
		    item->key, why);
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

/* One parameter and its list of values, added to those of that name. */
static bool
policy_add_param(struct policy_parser *p, const struct hcl_key *key,
    const struct hcl_value *v, struct policy_param *list, int *n)
{
	char *name = arena_strdup(p->arena, key->text);
	struct policy_param *one = NULL;
	int values = v->kind == HCL_LIST ? v->n : 1;
	struct slice *all;

	if (v->kind != HCL_LIST && v->kind != HCL_OBJECT)
		return policy_refuse_decode(
		    p, v->place, "unknown slice type: *ast.LiteralType");
	lower_ascii(name);
	for (int i = 0; i < *n && !one; i++)
		if (strcmp(list[i].name, name) == 0)
			one = &list[i];
	if (!one) {
		one = &list[(*n)++];
		*one = (struct policy_param){ .name = name };
	}
	all = arena_alloc(
	    p->arena, (size_t)(one->nvalues + values + 1) * sizeof(*all));
	if (one->nvalues)
		memcpy(all, one->values, (size_t)one->nvalues * sizeof(*all));
	one->values = all;
	for (int i = 0; i < values; i++)
		one->values[one->nvalues++] = policy_value_json(
		    p, v->kind == HCL_LIST ? &v->elements[i] : v);
	return true;
}

/* Adds a field's parameters: name = [values], or `field "name" {...}`. */
static bool
policy_add_params(struct policy_parser *p, const char *field,
    const struct hcl_item *item, struct policy_param **list, int *n)
{
	const struct hcl_value *v = item->value;
	struct policy_param *all = arena_alloc(
	    p->arena, (size_t)(*n + v->n + 2) * sizeof(*all));

	if (*n)
		memcpy(all, *list, (size_t)*n * sizeof(*all));
	*list = all;
	if (item->nkeys > 1)
		return policy_add_param(p, &item->keys[1], v, all, n);
	if (v->kind != HCL_OBJECT)
		return policy_refuse_decode(p, v->place,
		    "root.%s: not an object type for map (%s)", field,
		    policy_node_type(v, true));
	for (int i = 0; i < v->n; i++)
		if (!policy_add_param(
			p, &v->items[i].keys[0], v->items[i].value, all, n))
			return false;
	return true;
}

/* Reads one field of a rule into the rule or its text; false: refused. */
static bool
policy_decode_field(struct policy_parser *p, struct policy_rule *r,
    const char *field, const struct hcl_item *item)
{
	struct policy_rule_text *t = p->rule;

	if (strcmp(field, "Policy") == 0)
		return policy_decode_string(p, field, item, &t->policy);
	if (strcmp(field, "Capabilities") == 0)
		return policy_decode_strings(p, field, item, &t->capabilities);
	if (strcmp(field, "required_parameters") == 0)
		return policy_decode_strings(p, field, item, &t->required);
	if (strcmp(field, "mfa_methods") == 0 ||
	    strcmp(field, "subscribe_event_types") == 0)
		return policy_decode_strings(p, field, item, &t->ignored);
	if (strcmp(field, "allowed_parameters") == 0) {
		r->has_allowed = true;
		return policy_add_params(
		    p, field, item, &r->allowed, &r->nallowed);
	}
	if (strcmp(field, "denied_parameters") == 0) {
		r->has_denied = true;
		return policy_add_params(
		    p, field, item, &r->denied, &r->ndenied);
	}
	if (strcmp(field, "min_wrapping_ttl") == 0)
		t->min_ttl = item;
	else if (strcmp(field, "max_wrapping_ttl") == 0)
		t->max_ttl = item;
	else
		t->control_group = item;
	if (t->control_group == item && item->value->kind != HCL_OBJECT)
		return policy_refuse_decode(p, item->value->place,
		    "root.%s: not an object type for struct (%s)", field,
		    policy_node_type(item->value, true));
	return true;
}

/* Reads a rule's fields in the order of Vault's struct, which is the order in
 * which faults are found. */
static bool
policy_decode_rule(struct policy_parser *p, struct policy_rule *r,
    const struct hcl_value *block)
{
	static const char *const fields[] = { "Policy", "Capabilities",
		"min_wrapping_ttl", "max_wrapping_ttl", "allowed_parameters",
		"denied_parameters", "required_parameters", "mfa_methods",
		"control_group", "subscribe_event_types" };

	for (size_t i = 0; i < COUNT(fields); i++)
		for (int k = 0; k < block->n; k++)
			if (strcasecmp(block->items[k].key, fields[i]) == 0 &&
			    !policy_decode_field(
				p, r, fields[i], &block->items[k]))
				return false;
	return true;
}

/* Vault 1.19: every unknown key is named, with the line of its =. */
static bool
policy_has_known_keys(struct policy_parser *p, const struct hcl_value *object,
    const char *const *keys, size_t nkeys, const char *prefix)
{
	struct strs list = strs_in(p->arena);
	int unknown = 0;

	for (int i = 0; i < object->n; i++) {
		const struct hcl_item *item = &object->items[i];
		bool known = false;

		for (size_t k = 0; k < nkeys; k++)
			known |= strcmp(keys[k], item->key) == 0;
		if (strcmp(item->key, "subscribe_event_types") == 0)
			known &= version_set_has(
			    p->changes, VERSION_POLICY_SUBSCRIBE);
		if (known)
			continue;
		unknown++;
		strs_add(&list,
		    arena_printf(p->arena, "\t* %sinvalid key %s on line %d\n",
			prefix, go_quoted(p->arena, item->key),
			item->assign_line));
	}
	return unknown == 0 ||
	    error_set(p->error, 400, PREFIX "%d error%s occurred:\n%s\n",
		unknown, unknown > 1 ? "s" : "",
		strs_join(p->arena, strs_array(&list), ""));
}

static bool
policy_check_keys(struct policy_parser *p, const struct hcl_value *block)
{
	if (block->kind != HCL_OBJECT)
		return error_set(p->error, 400,
		    PREFIX "path %s: cannot check HCL keys of type %s",
		    go_quoted(p->arena, p->path),
		    policy_node_type(block, false));
	return policy_has_known_keys(p, block, policy_rule_keys,
	    COUNT(policy_rule_keys),
	    arena_printf(p->arena, "path %s: ", go_quoted(p->arena, p->path)));
}

/* Each {{ has its }}, and there are no others. */
static bool
policy_is_template_balanced(const char *text)
{
	const char *open = strstr(text, "{{"), *close = strstr(text, "}}");

	if (close && (!open || close < open))
		return false;
	while (open) {
		const char *next = strstr(open + 2, "{{");

		close = strstr(open + 2, "}}");
		if (!close || (next && close > next))
			return false;
		close = strstr(close + 2, "}}");
		if (close && (!next || close < next))
			return false;
		open = next;
	}
	return true;
}

void
policy_rule_set_path(struct arena *a, struct policy_rule *r, const char *path)
{
	char *copy = arena_strdup(a, path);
	size_t n = strlen(copy);

	r->is_prefix = n > 0 && copy[n - 1] == '*';
	if (r->is_prefix)
		copy[n - 1] = '\0';
	r->has_segments = strcmp(copy, "+") == 0 || starts_with(copy, "+/") ||
	    strstr(copy, "/+/") || ends_with(copy, "/+");
	r->is_templated = strstr(copy, "{{") != NULL;
	r->path = copy;
}

/* Vault 1.19: conditions of a rule that denies are not even looked at. */
static bool
policy_set_conditions(struct policy_parser *p, struct policy_rule *r)
{
	const struct policy_rule_text *t = p->rule;

	if (!policy_set_ttl(p, t->min_ttl, &r->min_wrap_ttl_s) ||
	    !policy_set_ttl(p, t->max_ttl, &r->max_wrap_ttl_s))
		return false;
	if (t->control_group && !hcl_find(t->control_group->value, "factor"))
		return error_set(
		    p->error, 400, PREFIX "no control group factors provided");
	if (r->min_wrap_ttl_s && r->max_wrap_ttl_s &&
	    r->max_wrap_ttl_s < r->min_wrap_ttl_s)
		return error_set(p->error, 400,
		    PREFIX "max_wrapping_ttl cannot be less than "
			   "min_wrapping_ttl");
	r->required = t->required;
	return true;
}

/* Reads one `path` block into the next rule, with checks in Vault's order;
 * false: refused. */
static bool
policy_read_rule(
    struct policy_parser *p, const char *path, const struct hcl_value *block)
{
	struct policy_rule *r = &p->out->rules[p->out->nrules++];
	struct policy_rule_text text = { .policy = NULL,
		.capabilities = strs_in(p->arena),
		.required = strs_in(p->arena),
		.ignored = strs_in(p->arena) };

	p->path = path;
	p->rule = &text;
	if (!policy_is_template_balanced(path))
		return error_set(p->error, 400,
		    PREFIX "failed to validate policy templating: unbalanced "
			   "templating characters");
	if (!policy_check_keys(p, block) || !policy_decode_rule(p, r, block))
		return false;
	if (*path == '/')
		path++;
	if (strstr(path, "+*"))
		return error_set(p->error, 400,
		    PREFIX "path %s: invalid use of wildcards ('+*' is "
			   "forbidden)",
		    go_quoted(p->arena, path));
	policy_rule_set_path(p->arena, r, path);
	if (!policy_set_capabilities(p, r, &text.capabilities))
		return false;
	if (r->capabilities & CAP_DENY) {
		r->nallowed = r->ndenied = 0;
		r->has_allowed = r->has_denied = false;
		return true;
	}
	return policy_set_conditions(p, r);
}

bool
policy_parse(struct arena *a, const struct version_set *changes,
    const char *text, struct policy *out, struct error *e)
{
	struct policy_parser p = {
		.arena = a, .changes = changes, .out = out, .error = e
	};
	struct hcl_error he;
	struct hcl_value *root = hcl_parse(a, text, strlen(text), &he);
	const char *name;

	if (!root ||
	    (version_set_has(changes, VERSION_HCL_DUPLICATES) &&
		!hcl_check_duplicates(a, root, &he)))
		return error_set(e, 400, PREFIX "%s", he.full);
	hcl_flatten(a, root);
	if (!policy_has_known_keys(
		&p, root, policy_top_keys, COUNT(policy_top_keys), ""))
		return false;
	out->nrules = 0;
	out->rules = arena_zalloc(
	    a, (size_t)(root->n + 1) * sizeof(*out->rules));
	for (int i = 0; i < root->n; i++)
		if (strcmp(root->items[i].key, "name") == 0 &&
		    !policy_decode_string(&p, "name", &root->items[i], &name))
			return false;
	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];

		if (strcmp(item->key, "path") == 0 &&
		    !policy_read_rule(
			&p, item->label ? item->label : "path", item->value))
			return false;
	}
	return true;
}
