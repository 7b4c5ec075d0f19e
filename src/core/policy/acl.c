/*
 * Stored policies, the rules they compile to, and whether these allow what a
 * request asks. Rules of one set of policies are compiled once and kept until
 * acls_invalidate.
 */
#include "core/policy/acl.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/map.h"
#include "base/glob.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/token/identity.h"
#include "core/policy/policy.h"

enum {
	ACL_GET,
	ACL_PUT,
	ACL_DELETE,
	ACL_NAMES,
	ACL_STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE policy (name TEXT PRIMARY KEY, text TEXT NOT NULL) "
	"WITHOUT ROWID",
	NULL,
};

static const struct store_statement statements[] = {
	[ACL_GET] = { "SELECT text FROM policy WHERE name = ?", "s", NULL },
	[ACL_PUT] = { "INSERT INTO policy (name, text) VALUES (?, ?) ON "
		      "CONFLICT (name) DO "
		      "UPDATE SET text = excluded.text",
	    "ss", NULL },
	[ACL_DELETE] = { "DELETE FROM policy WHERE name = ?", "s", NULL },
	[ACL_NAMES] = { "SELECT name FROM policy WHERE name NOT IN "
			"('response-wrapping', 'control-group') "
			"ORDER BY instr(name, '/') > 0, name",
	    "", NULL },
};

const struct store_part acl_store = { "policy", migrations, statements,
	ACL_STATEMENTS, NULL };

/* The rules of one set of policies, merged. */
struct acl {
	struct arena *arena;
	struct policy_rule *rules;
	int n;
	size_t room; /* rules that fit before they move */
	/* Exact and prefix rules by their paths: the number from 1 on. */
	struct map *by_path[2];
	const int *wildcards; /* the numbers from 0 on of all but exact rules */
	int nwildcards;
	bool has_segments;
};

struct acls {
	struct map *compiled;
	int64_t identity_changes; /* as they were when it was compiled */
	size_t bytes;
};

/* An entry of a map, about. */
#define ACL_MAP_ENTRY_BYTES 64

struct acls *
acls_new(struct vault *v)
{
	struct acls *a = xcalloc(1, sizeof(*a));

	(void)v;
	a->compiled = map_new();
	return a;
}

static void
acl_free(void *value)
{
	struct acl *a = value;

	map_free(a->by_path[false], NULL);
	map_free(a->by_path[true], NULL);
	arena_free(a->arena);
	free(a);
}

void
acls_free(struct acls *a)
{
	if (!a)
		return;
	map_free(a->compiled, acl_free);
	free(a);
}

void
acls_invalidate(struct vault *v)
{
	map_clear(v->acls->compiled, acl_free);
	v->acls->bytes = 0;
}

size_t
acls_bytes(const struct vault *v)
{
	return v->acls->bytes;
}

/* ---- stored texts ---- */

char *
policy_get(struct vault *v, const char *name)
{
	struct query *q = STORE_QUERY(v->store, &acl_store, ACL_GET, name);
	char *text = query_row(q) ? xstrdup(query_text(q, 0)) : NULL;

	query_done(q);
	return text;
}

bool
policy_exists(struct vault *v, const char *name)
{
	char *text = policy_get(v, name);

	free(text);
	return text != NULL || strcmp(name, "root") == 0;
}

bool
policy_check(const struct vault *v, const char *text, struct error *e)
{
	struct arena *a = arena_new();
	struct policy policy;
	bool ok = policy_parse(a, &v->config.changes, text, &policy, e);

	arena_free(a);
	return ok;
}

void
policy_put(struct vault *v, const char *name, const char *text)
{
	STORE_EXEC(v->store, &acl_store, ACL_PUT, name, text);
	acls_invalidate(v);
}

void
policy_delete(struct vault *v, const char *name)
{
	STORE_EXEC(v->store, &acl_store, ACL_DELETE, name);
	acls_invalidate(v);
}

void
policy_list(struct vault *v, struct strs *names)
{
	query_strs(STORE_QUERY(v->store, &acl_store, ACL_NAMES), names);
}

/* ---- compiling ---- */

/* Does a value that stands for a template make the rule deny? Vault 2.0.1: one
 * that would widen it; later versions may be told to refuse slashes too. */
static bool
acl_is_value_denied(const struct vault *v, const char *value)
{
	return (version_has(v, VERSION_POLICY_TEMPLATE_STARS) &&
		   strpbrk(value, "+*")) ||
	    (v->config.deny_template_slash && strchr(value, '/'));
}

/* {{ directive }} replaced; NULL drops the rule: it means nobody. *deny is set
 * where a value makes the rule deny. */
static const char *
acl_fill_template(struct vault *v, const char *entity, struct arena *a,
    const char *path, bool *deny)
{
	const char *open = strstr(path, "{{");
	const char *close = open ? strstr(open, "}}") : NULL;
	const char *rest;
	char *directive, *value, *whole;

	if (!close)
		return path;
	directive = trim_space(
	    arena_strndup(a, open + 2, (size_t)(close - open - 2)));
	value = identity_template(v, entity, directive);
	if (value && acl_is_value_denied(v, value))
		*deny = true;
	rest = value ? acl_fill_template(v, entity, a, close + 2, deny) : NULL;
	whole = rest
	    ? arena_printf(a, "%.*s%s%s", (int)(open - path), path, value, rest)
	    : NULL;
	free(value);
	return whole;
}

static struct policy_param *
acl_find_param(struct policy_param *list, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* Union per name; an empty list (any value) swallows the other. */
static void
acl_merge_params(struct arena *a, struct policy_param **into, int *n,
    const struct policy_param *from, int nfrom)
{
	struct policy_param *all = arena_zalloc(
	    a, (size_t)(*n + nfrom + 1) * sizeof(*all));

	if (*n)
		memcpy(all, *into, (size_t)*n * sizeof(*all));
	*into = all;
	for (int i = 0; i < nfrom; i++) {
		struct policy_param *mine = acl_find_param(
		    all, *n, from[i].name);
		struct slice *values;

		if (!mine) {
			all[(*n)++] = from[i];
			continue;
		}
		if (mine->nvalues == 0 || from[i].nvalues == 0) {
			mine->nvalues = 0;
			continue;
		}
		values = arena_alloc(a,
		    (size_t)(mine->nvalues + from[i].nvalues) *
			sizeof(*values));
		memcpy(values, mine->values,
		    (size_t)mine->nvalues * sizeof(*values));
		memcpy(values + mine->nvalues, from[i].values,
		    (size_t)from[i].nvalues * sizeof(*values));
		mine->values = values;
		mine->nvalues += from[i].nvalues;
	}
}

static int64_t
acl_min_nonzero(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

static void
acl_merge_rule(
    struct arena *a, struct policy_rule *into, const struct policy_rule *from)
{
	into->capabilities |= from->capabilities;
	if (into->capabilities & CAP_DENY)
		into->capabilities = CAP_DENY;
	into->min_wrap_ttl_s = acl_min_nonzero(
	    into->min_wrap_ttl_s, from->min_wrap_ttl_s);
	into->max_wrap_ttl_s = acl_min_nonzero(
	    into->max_wrap_ttl_s, from->max_wrap_ttl_s);
	into->has_allowed |= from->has_allowed;
	into->has_denied |= from->has_denied;
	acl_merge_params(
	    a, &into->allowed, &into->nallowed, from->allowed, from->nallowed);
	acl_merge_params(
	    a, &into->denied, &into->ndenied, from->denied, from->ndenied);
	if (!into->required.items)
		strs_init(&into->required, a);
	for (size_t i = 0; i < from->required.n; i++)
		if (!strs_has(&into->required, from->required.items[i]))
			strs_add(&into->required, from->required.items[i]);
}

/* Rules of one kind and path are merged. */
static void
acl_add_rule(struct acl *acl, const struct policy_rule *rule)
{
	struct map *known = acl->by_path[rule->is_prefix];
	size_t at = (uintptr_t)map_get(known, rule->path);

	if (at) {
		acl_merge_rule(acl->arena, &acl->rules[at - 1], rule);
		return;
	}
	acl->rules[acl->n++] = *rule;
	acl->has_segments |= rule->has_segments;
	map_put(known, rule->path, (void *)(uintptr_t)acl->n);
}

static void
acl_list_wildcards(struct acl *acl)
{
	int *list = arena_alloc(
	    acl->arena, ((size_t)acl->n + 1) * sizeof(*list));

	for (int i = 0; i < acl->n; i++)
		if (acl->rules[i].is_prefix || acl->rules[i].has_segments)
			list[acl->nwildcards++] = i;
	acl->wildcards = list;
}

/* Fills in the templates of a rule's path; false: it means nobody. */
static bool
acl_render_rule(
    struct vault *v, struct acl *acl, struct policy_rule *r, const char *entity)
{
	bool deny = false, was_prefix = r->is_prefix;
	const char *path = acl_fill_template(
	    v, entity, acl->arena, r->path, &deny);

	if (!path)
		return false;
	if (deny) {
		r->path = path;
		r->capabilities = CAP_DENY;
		return true;
	}
	policy_rule_set_path(acl->arena, r,
	    was_prefix ? arena_printf(acl->arena, "%s*", path) : path);
	return true;
}

/* Room for so many more; it doubles, as many small policies may come. */
static void
acl_reserve_rules(struct acl *acl, size_t more)
{
	size_t want = (size_t)acl->n + more;
	struct policy_rule *grown;

	if (want <= acl->room)
		return;
	acl->room = want > 2 * acl->room ? want : 2 * acl->room;
	grown = arena_alloc(acl->arena, acl->room * sizeof(*grown));
	if (acl->n)
		memcpy(grown, acl->rules, (size_t)acl->n * sizeof(*grown));
	acl->rules = grown;
}

/* Adds the rules of a stored policy, its templates filled in for the entity. A
 * policy that is not there or cannot be read adds nothing. */
static void
acl_add_policy(
    struct vault *v, struct acl *acl, const char *name, const char *entity)
{
	char *text = policy_get(v, name);
	struct error e = { 0 };
	struct policy policy;

	if (!text)
		return;
	if (!policy_parse(acl->arena, &v->config.changes,
		arena_strdup(acl->arena, text), &policy, &e)) {
		free(text);
		return;
	}
	free(text);
	acl_reserve_rules(acl, (size_t)policy.nrules);
	for (int i = 0; i < policy.nrules; i++) {
		struct policy_rule *r = &policy.rules[i];

		if (!r->is_templated || acl_render_rule(v, acl, r, entity))
			acl_add_rule(acl, r);
	}
}

static struct acl *
acl_compile(struct vault *v, const struct token *t)
{
	struct acl *acl = xcalloc(1, sizeof(*acl));
	char **entity_policies = identity_policies(v, t->entity_id);

	acl->arena = arena_new();
	acl->by_path[false] = map_new();
	acl->by_path[true] = map_new();
	for (size_t i = 0; i < t->policies.n; i++)
		acl_add_policy(v, acl, t->policies.items[i], t->entity_id);
	for (int i = 0; entity_policies[i]; i++) {
		if (!token_has_policy(t, entity_policies[i]))
			acl_add_policy(
			    v, acl, entity_policies[i], t->entity_id);
		free(entity_policies[i]);
	}
	free(entity_policies);
	acl_list_wildcards(acl);
	return acl;
}

/* Keeps a compiled set, after all others have gone when there is no room. */
static void
acls_keep(struct vault *v, const char *key, struct acl *acl)
{
	struct acls *all = v->acls;
	size_t n = arena_size(acl->arena) + sizeof(*acl) + strlen(key) +
	    (size_t)(acl->n + 8) * ACL_MAP_ENTRY_BYTES;

	if (all->bytes + n > ACLS_BYTES_MAX)
		acls_invalidate(v);
	map_put(all->compiled, key, acl);
	all->bytes += n;
}

static const struct acl *
acl_for_token(struct vault *v, const struct token *t)
{
	int64_t changes = identity_change_count(v);
	struct buf key;
	struct acl *acl;

	if (v->acls->identity_changes != changes) {
		acls_invalidate(v);
		v->acls->identity_changes = changes;
	}
	buf_init(&key, 0);
	buf_str(&key, t->entity_id);
	for (size_t i = 0; i < t->policies.n; i++) {
		buf_char(&key, '\n');
		buf_str(&key, t->policies.items[i]);
	}
	acl = map_get(v->acls->compiled, key.p);
	if (!acl) {
		acl = acl_compile(v, t);
		acls_keep(v, key.p, acl);
	}
	buf_release(&key);
	return acl;
}

/* ---- choosing the one rule ---- */

static const struct policy_rule *
acl_find_exact_rule(const struct acl *acl, const char *path, size_t n)
{
	char *shorter = path[n] ? xstrndup(path, n) : NULL;
	size_t at = (uintptr_t)map_get(
	    acl->by_path[false], shorter ? shorter : path);

	free(shorter);
	return at && !acl->rules[at - 1].has_segments ? &acl->rules[at - 1]
						      : NULL;
}

static size_t
acl_first_wildcard(const struct policy_rule *r)
{
	const char *plus = r->has_segments ? strchr(r->path, '+') : NULL;

	return plus ? (size_t)(plus - r->path) : strlen(r->path);
}

static int
acl_count_plus_segments(const struct policy_rule *r)
{
	int n = 0;

	for (const char *p = r->path; r->has_segments && *p; p++)
		n += *p == '+' && (p == r->path || p[-1] == '/') &&
		    (p[1] == '/' || p[1] == '\0');
	return n;
}

/* Vault 1.19's order of priority, first difference decides. */
static bool
acl_is_rule_better(const struct policy_rule *a, const struct policy_rule *b)
{
	size_t wa = acl_first_wildcard(a), wb = acl_first_wildcard(b);
	size_t la = strlen(a->path), lb = strlen(b->path);
	int pa = acl_count_plus_segments(a), pb = acl_count_plus_segments(b);

	if (wa != wb)
		return wa > wb;
	if (a->is_prefix != b->is_prefix)
		return b->is_prefix;
	if (pa != pb)
		return pa < pb;
	if (la != lb)
		return la > lb;
	return strcmp(a->path, b->path) > 0;
}

static const struct policy_rule *
acl_find_wildcard_rule(const struct acl *acl, const char *path, size_t n)
{
	const struct policy_rule *best = NULL;

	for (int i = 0; i < acl->nwildcards; i++) {
		const struct policy_rule *r = &acl->rules[acl->wildcards[i]];
		size_t len = strlen(r->path);

		if (r->has_segments) {
			if (!glob_match_policy_path(
				r->path, r->is_prefix, path, n))
				continue;
		} else if (!r->is_prefix || len > n ||
		    memcmp(r->path, path, len) != 0) {
			continue;
		}
		if (!best || acl_is_rule_better(r, best))
			best = r;
	}
	return best;
}

/* A list's wildcard rules may leave the slash at the path's end out. Which is
 * the better one counts only since 2.1.2, before the path without it. */
static const struct policy_rule *
acl_choose_wildcard_rule(struct vault *v, const struct acl *acl,
    const char *path, size_t n, size_t bare)
{
	const struct policy_rule *whole = acl_find_wildcard_rule(acl, path, n);
	const struct policy_rule *r = NULL;

	if (bare != n && version_has(v, VERSION_POLICY_LIST_SLASH))
		r = acl_find_wildcard_rule(acl, path, bare);
	if (!r || !whole)
		return r ? r : whole;
	return version_has(v, VERSION_POLICY_LIST_BEST) &&
		acl_is_rule_better(whole, r)
	    ? whole
	    : r;
}

static const struct policy_rule *
acl_choose_rule(
    struct vault *v, const struct acl *acl, const char *path, bool is_list)
{
	size_t n = strlen(path);
	size_t bare = is_list && n > 0 && path[n - 1] == '/' ? n - 1 : n;
	const struct policy_rule *r = acl_find_exact_rule(acl, path, n);

	if (!r && bare != n)
		r = acl_find_exact_rule(acl, path, bare);
	return r ? r : acl_choose_wildcard_rule(v, acl, path, n, bare);
}

/* ---- parameters ---- */

static bool
acl_is_value_listed(const struct policy_param *p, struct slice value)
{
	for (int i = 0; i < p->nvalues; i++) {
		struct slice want = p->values[i];

		/* Vault 1.19: HCL numbers are no JSON numbers, never equal */
		if (jsontext_kind(value) != '0' && want.n == value.n &&
		    memcmp(want.p, value.p, want.n) == 0)
			return true;
		if (jsontext_kind(want) == '"' && jsontext_kind(value) == '"' &&
		    memchr(want.p, '*', want.n)) {
			struct arena *a = arena_new();
			bool fits = glob_match(jsontext_string(a, want, NULL),
			    jsontext_string(a, value, NULL));

			arena_free(a);
			if (fits)
				return true;
		}
	}
	return false;
}

/* The elements of a list, or of a text with commas; false: it is neither. */
static bool
acl_split_value(
    struct arena *a, struct slice value, struct slice **elements, size_t *n)
{
	char *text, *comma;

	if (jsontext_kind(value) == '[') {
		*n = jsontext_elements(a, value, elements);
		return true;
	}
	if (jsontext_kind(value) != '"')
		return false;
	text = arena_strdup(a, jsontext_string(a, value, NULL));
	*elements = arena_alloc(a, (value.n + 1) * sizeof(**elements));
	*n = 0;
	for (; *text; text = comma) {
		struct buf quoted;

		comma = strchr(text, ',');
		comma = comma ? comma : text + strlen(text);
		if (*comma)
			*comma++ = '\0';
		buf_init(&quoted, 0);
		jsontext_quote_str(&quoted, trim_space(text));
		(*elements)[(*n)++] = (struct slice){
			arena_strndup(a, quoted.p, quoted.n), quoted.n
		};
		buf_release(&quoted);
	}
	return true;
}

/* Vault 1.21: beside the whole value each element counts: all of them must be
 * allowed, one that is denied is enough. */
static bool
acl_value_matches_list(struct vault *v, const struct policy_param *p,
    struct slice value, bool is_denied)
{
	struct slice *elements;
	struct arena *a;
	bool is_list, matches = !is_denied;
	size_t n;

	if (p->nvalues == 0 || acl_is_value_listed(p, value))
		return true;
	if (!version_has(v, VERSION_POLICY_LIST_ELEMENTS))
		return false;
	a = arena_new();
	is_list = acl_split_value(a, value, &elements, &n);
	for (size_t i = 0; is_list && i < n && matches != is_denied; i++)
		matches = acl_is_value_listed(p, elements[i]);
	arena_free(a);
	return is_list && matches;
}

/* Vault 2.0.4: the names of policies are compared in lower case. */
static bool
acl_value_matches(struct vault *v, const struct policy_param *p,
    struct slice value, bool is_denied)
{
	char *lower;
	bool matches;

	if (strcasecmp(p->name, "policies") != 0 ||
	    !version_has(v, VERSION_POLICY_VALUES_LOWER))
		return acl_value_matches_list(v, p, value, is_denied);
	lower = xstrndup(value.p, value.n);
	lower_ascii(lower);
	matches = acl_value_matches_list(
	    v, p, (struct slice){ lower, value.n }, is_denied);
	free(lower);
	return matches;
}

static struct policy_param *
acl_find_param_rule(
    struct policy_param *list, int n, const struct jsontext_member *field)
{
	for (int i = 0; i < n; i++)
		if (strcasecmp(field->key, list[i].name) == 0)
			return &list[i];
	return NULL;
}

/* Vault 1.19: a required parameter is looked for in lower case only. */
static bool
acl_is_lower_of(const char *key, const char *name)
{
	while (*name && *key == (char)tolower((unsigned char)*name)) {
		key++;
		name++;
	}
	return *name == '\0' && *key == '\0';
}

/* Do the fields of a request keep a rule's required, denied and allowed
 * parameters? */
static bool
acl_params_match(
    struct vault *v, const struct policy_rule *r, const struct acl_request *q)
{
	for (size_t i = 0; i < r->required.n; i++) {
		bool is_present = false;

		for (size_t k = 0; k < q->ndata; k++)
			is_present |= acl_is_lower_of(
			    q->data[k].key, r->required.items[i]);
		if (!is_present)
			return false;
	}
	if (q->ndata == 0)
		return true;
	if (acl_find_param(r->denied, r->ndenied, "*"))
		return false;
	for (size_t k = 0; k < q->ndata; k++) {
		struct policy_param *p = acl_find_param_rule(
		    r->denied, r->ndenied, &q->data[k]);

		if (p && acl_value_matches(v, p, q->data[k].value, true))
			return false;
	}
	if (r->nallowed == 0 ||
	    (r->nallowed == 1 && strcmp(r->allowed[0].name, "*") == 0))
		return true;
	for (size_t k = 0; k < q->ndata; k++) {
		struct policy_param *p = acl_find_param_rule(
		    r->allowed, r->nallowed, &q->data[k]);

		if (!p && !acl_find_param(r->allowed, r->nallowed, "*"))
			return false;
		if (p && !acl_value_matches(v, p, q->data[k].value, false))
			return false;
	}
	return true;
}

/* ---- questions ---- */

bool
acl_allows(struct vault *v, const struct token *t, const struct acl_request *q)
{
	const struct policy_rule *r;

	if (token_is_root(t))
		return true;
	r = acl_choose_rule(v, acl_for_token(v, t), q->path, q->is_list);
	if (!r || r->capabilities & CAP_DENY ||
	    !(r->capabilities & q->capability))
		return false;
	if (q->sudo && !(r->capabilities & CAP_SUDO))
		return false;
	if (r->max_wrap_ttl_s &&
	    (!q->wrap_ttl_s || q->wrap_ttl_s > r->max_wrap_ttl_s))
		return false;
	if (r->min_wrap_ttl_s && q->wrap_ttl_s < r->min_wrap_ttl_s)
		return false;
	return !q->check_params || acl_params_match(v, r, q);
}

unsigned
acl_capabilities(struct vault *v, const struct token *t, const char *path)
{
	const struct policy_rule *r;

	if (token_is_root(t))
		return CAP_ROOT;
	r = acl_choose_rule(v, acl_for_token(v, t), path, true);
	return r && r->capabilities ? r->capabilities : CAP_DENY;
}

bool
acl_has_sudo(struct vault *v, const struct token *t, const char *path)
{
	return (acl_capabilities(v, t, path) & (CAP_ROOT | CAP_SUDO)) != 0;
}

bool
acl_has_rule_below(struct vault *v, const struct token *t, const char *mount)
{
	const struct acl *acl;
	size_t n = strlen(mount);

	if (token_is_root(t))
		return true;
	acl = acl_for_token(v, t);
	for (int i = 0; i < acl->n; i++) {
		const struct policy_rule *r = &acl->rules[i];
		size_t len = strlen(r->path);

		if (r->capabilities & CAP_DENY || !r->capabilities)
			continue;
		if (starts_with(r->path, mount) ||
		    (r->is_prefix && len <= n &&
			memcmp(r->path, mount, len) == 0) ||
		    (r->has_segments &&
			glob_match_policy_path(
			    r->path, r->is_prefix, mount, n)))
			return true;
	}
	return false;
}

int
acl_capability_names(unsigned caps, const char *names[10])
{
	static const struct {
		unsigned cap;
		const char *name;
	} sorted[] = {
		{ CAP_CREATE, "create" },
		{ CAP_DELETE, "delete" },
		{ CAP_DENY, "deny" },
		{ CAP_LIST, "list" },
		{ CAP_PATCH, "patch" },
		{ CAP_READ, "read" },
		{ CAP_RECOVER, "recover" },
		{ CAP_ROOT, "root" },
		{ CAP_SUBSCRIBE, "subscribe" },
		{ CAP_SUDO, "sudo" },
		{ CAP_UPDATE, "update" },
	};
	int n = 0;

	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]) && n < 10;
	     i++)
		if (caps & sorted[i].cap)
			names[n++] = sorted[i].name;
	return n;
}

/* Vault 1.19: in an order of its own; a rule that gives nothing denies. */
static json_t *
acl_resultant_capabilities(unsigned caps)
{
	static const struct {
		unsigned cap;
		const char *name;
	} ordered[] = {
		{ CAP_CREATE, "create" },
		{ CAP_DELETE, "delete" },
		{ CAP_LIST, "list" },
		{ CAP_READ, "read" },
		{ CAP_SUDO, "sudo" },
		{ CAP_UPDATE, "update" },
		{ CAP_PATCH, "patch" },
		{ CAP_SUBSCRIBE, "subscribe" },
		{ CAP_RECOVER, "recover" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(ordered) / sizeof(ordered[0]); i++)
		if (caps & ordered[i].cap && !(caps & CAP_DENY))
			json_array_append_new(
			    list, json_string(ordered[i].name));
	if (json_array_size(list) == 0)
		json_array_append_new(list, json_string("deny"));
	return list;
}

/* Sets `name` to the parameters of a rule, when there are some. */
static void
acl_resultant_set_params(
    json_t *rule, const char *name, const struct policy_param *list, int n)
{
	json_t *all;

	if (n == 0)
		return;
	all = json_object();
	for (int i = 0; i < n; i++) {
		json_t *values = json_array();

		for (int k = 0; k < list[i].nvalues; k++)
			json_array_append_new(
			    values, jsontext_to_tree(list[i].values[k]));
		json_object_set_new(all, list[i].name, values);
	}
	json_object_set_new(rule, name, all);
}

static json_t *
acl_resultant_rule(const struct policy_rule *r)
{
	json_t *out = json_pack("{s:o}", "capabilities",
	    acl_resultant_capabilities(r->capabilities));

	if (r->min_wrap_ttl_s)
		json_object_set_new(
		    out, "min_wrapping_ttl", json_integer(r->min_wrap_ttl_s));
	if (r->max_wrap_ttl_s)
		json_object_set_new(
		    out, "max_wrapping_ttl", json_integer(r->max_wrap_ttl_s));
	acl_resultant_set_params(
	    out, "allowed_parameters", r->allowed, r->nallowed);
	acl_resultant_set_params(
	    out, "denied_parameters", r->denied, r->ndenied);
	if (r->required.n)
		json_object_set_new(
		    out, "required_parameters", jsontree_of_strs(&r->required));
	return out;
}

json_t *
acl_resultant(struct vault *v, const struct token *t)
{
	json_t *exact, *glob;
	const struct acl *acl;

	if (token_is_root(t))
		return json_pack("{s:b}", "root", 1);
	exact = json_object();
	glob = json_object();
	acl = acl_for_token(v, t);
	for (int i = 0; i < acl->n; i++) {
		const struct policy_rule *r = &acl->rules[i];

		if (r->has_segments &&
		    !version_has(v, VERSION_POLICY_PLUS_SHOWN))
			continue;
		json_object_set_new(
		    r->is_prefix || r->has_segments ? glob : exact, r->path,
		    acl_resultant_rule(r));
	}
	return json_pack("{s:b, s:o, s:o}", "root", 0, "exact_paths", exact,
	    "glob_paths", glob);
}
