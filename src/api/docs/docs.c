/*
 * Patterns, ids and fields of routes as Vault's documents have them.
 */
#include "api/docs/docs.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/vault.h"

static const struct {
	const char *type;
	const struct route_doc *docs;
} doc_tables[] = {
	{ "system", docs_system },
	{ "kv", docs_kv },
	{ "cubbyhole", docs_cubbyhole },
	{ "ns_cubbyhole", docs_cubbyhole },
	{ "transit", docs_transit },
	{ "database", docs_database },
	{ "identity", docs_identity },
	{ "pki", docs_pki },
	{ "approle", docs_approle },
	{ "aws", docs_aws },
	{ "cert", docs_cert },
	{ "github", docs_github },
	{ "ldap", docs_ldap },
	{ "okta", docs_okta },
	{ "radius", docs_radius },
	{ "token", docs_token },
	{ "userpass", docs_userpass },
	{ "alicloud", docs_alicloud },
	{ "azure", docs_azure },
	{ "cf", docs_cf },
	{ "gcp", docs_gcp },
	{ "jwt", docs_jwt },
	{ "kerberos", docs_kerberos },
	{ "kubernetes", docs_kubernetes },
	{ "oci", docs_oci },
	{ "oidc", docs_jwt },
};

/* What a kind of capture is in a pattern. */
static const struct {
	const char *kind;
	const char *regex;
} doc_captures[] = {
	{ "", "\\w(([\\w-.]+)?\\w)?" },
	{ ":seg", "[^/]+" },
	{ ":rest", ".*" },
	{ ":more", ".+" },
	{ ":leaf", ".*[^/]" },
};

const char *
route_doc_path(const struct route *route)
{
	return starts_with(route->path, "sys/") ? route->path + 4 : route->path;
}

/* The next character of a path without the kinds of its captures and without
 * what is always empty or may be missing at its end; NUL at the end. */
static char
route_doc_next(const char **at)
{
	const char *end;

	while (**at == '{' && (end = strchr(*at, '}')) != NULL &&
	    end - *at > 5 && strncmp(end - 5, ":none", 5) == 0)
		*at = end + 1;
	if (**at == ':' && (end = strchr(*at, '}')) != NULL)
		*at = end;
	if (strcmp(*at, "/?") == 0)
		*at += 2;
	return **at ? *(*at)++ : '\0';
}

static bool
is_same_doc_path(const char *a, const char *b)
{
	for (;;) {
		char x = route_doc_next(&a), y = route_doc_next(&b);

		if (x != y)
			return false;
		if (!x)
			return true;
	}
}

static const struct route_doc *
route_doc_find(const char *type, const struct route *route)
{
	const char *path = route_doc_path(route);

	for (size_t i = 0; i < sizeof(doc_tables) / sizeof(doc_tables[0]); i++)
		for (const struct route_doc *d = doc_tables[i].docs;
		     d->path && strcmp(doc_tables[i].type, type) == 0; d++)
			if (is_same_doc_path(d->path, path))
				return d;
	return NULL;
}

/* Adds a capture's regex; returns what stands behind it. */
static const char *
route_doc_put_capture(struct buf *out, const char *at)
{
	size_t n = strcspn(at + 1, ":}");
	const char *kind = at + 1 + n, *end = strchr(kind, '}');

	if (strncmp(kind, ":none", 5) == 0)
		return end + 1;
	for (size_t i = 0; i < sizeof(doc_captures) / sizeof(doc_captures[0]);
	     i++)
		if (strlen(doc_captures[i].kind) == (size_t)(end - kind) &&
		    memcmp(doc_captures[i].kind, kind, (size_t)(end - kind)) ==
			0)
			buf_printf(out, "(?P<%.*s>%s)", (int)n, at + 1,
			    doc_captures[i].regex);
	return end + 1;
}

const char *
route_doc_pattern(struct arena *a, const char *type, const struct route *route)
{
	const struct route_doc *doc = route_doc_find(type, route);
	struct buf out;
	const char *text;

	if (doc && doc->pattern)
		return doc->pattern;
	buf_init(&out, 0);
	buf_char(&out, '^');
	for (const char *p = route_doc_path(route); *p;) {
		if (*p == '{') {
			p = route_doc_put_capture(&out, p);
			continue;
		}
		if (*p == '.')
			buf_char(&out, '\\');
		buf_char(&out, *p++);
	}
	buf_char(&out, '$');
	text = arena_strndup(a, out.p, out.n);
	buf_release(&out);
	return text;
}

const char *
route_doc_id(struct arena *a, const char *type, const struct route *route,
    char operation)
{
	const struct route_doc *doc = route_doc_find(type, route);

	for (const char *p = doc ? doc->ids : ""; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (*p == operation)
			return arena_strndup(a, p + 2, n - 2);
		p += n;
	}
	return NULL;
}

/* ---- fields ---- */

static int
param_compare_names(const void *a, const void *b)
{
	return strcmp(
	    ((const struct param *)a)->name, ((const struct param *)b)->name);
}

struct field_list {
	struct arena *arena;
	struct param *items;
	size_t n, room;
};

static void
field_list_add(struct field_list *l, const struct param *p)
{
	struct param *grown;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].name, p->name) == 0)
			return;
	if (l->n + 1 >= l->room) {
		l->room = l->room ? 2 * l->room : 16;
		grown = arena_zalloc(l->arena, l->room * sizeof(*grown));
		if (l->n)
			memcpy(grown, l->items, l->n * sizeof(*grown));
		l->items = grown;
	}
	l->items[l->n++] = *p;
}

static void
field_list_add_captures(struct field_list *l, const char *path)
{
	for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
		struct param p = { arena_strndup(
				       l->arena, at + 1, strcspn(at + 1, ":}")),
			P_STRING, NULL, NULL };

		field_list_add(l, &p);
	}
}

void
route_docs_init(struct route_docs *d, struct arena *a, const struct vault *v,
    const char *type, const struct route *const *tables,
    const struct route *hidden)
{
	size_t n = 0;

	*d = (struct route_docs){ .arena = a, .vault = v, .type = type };
	for (int i = 0; tables[i]; i++)
		for (const struct route *r = tables[i]; r->path; r++)
			n++;
	d->routes = arena_alloc(a, (n + 1) * sizeof(*d->routes));
	d->patterns = arena_alloc(a, (n + 1) * sizeof(*d->patterns));
	for (int i = 0; tables[i]; i++) {
		if (tables[i] == hidden || tables[i]->flags & R_IF_CONFIGURED)
			continue;
		for (const struct route *r = tables[i]; r->path; r++) {
			if (!version_has(v, ROUTE_VERSION(r->flags)))
				continue;
			d->routes[d->n] = r;
			d->patterns[d->n++] = route_doc_pattern(a, type, r);
		}
	}
}

struct param *
route_docs_fields(const struct route_docs *d, const char *pattern)
{
	struct field_list l = { .arena = d->arena };

	for (size_t i = 0; i < d->n; i++) {
		if (strcmp(d->patterns[i], pattern) != 0)
			continue;
		for (const struct param *p = d->routes[i]->params; p && p->name;
		     p++)
			if (version_has(d->vault, PARAM_VERSION(p->type)))
				field_list_add(&l, p);
		field_list_add_captures(&l, d->routes[i]->path);
	}
	if (l.n)
		qsort(l.items, l.n, sizeof(*l.items), param_compare_names);
	else
		l.items = arena_zalloc(d->arena, sizeof(*l.items));
	return l.items;
}

bool
is_pattern_capture(const char *pattern, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strstr(pattern, "(?P<"); at;
	     at = strstr(at + 1, "(?P<"))
		if (strncmp(at + 4, name, n) == 0 && at[4 + n] == '>')
			return true;
	return false;
}

const char *
param_type_name(enum param_type type)
{
	switch (PARAM_TYPE(type)) {
	case P_STRING:
	case P_PATH_STRING:
		return "string";
	case P_LOWER:
		return "lowercase string";
	case P_INT:
		return "int";
	case P_BOOL:
		return "bool";
	case P_SECONDS:
	case P_SIGNED_DURATION:
		return "duration (sec)";
	case P_STRINGS:
	case P_COMMA_STRINGS:
	case P_COMMA_INTS:
		return "slice";
	case P_MAP:
		return "map";
	case P_PAIRS:
		return "keypair";
	case P_ANY:
		return "unknown type";
	case P_HEADER:
		return "header";
	case P_TIME:
		return "time";
	case P_FLOAT:
		return "float";
	}
	return "unknown type";
}
