/*
 * Match: a condition is read once into a struct, then put to facts. Knows no
 * rule and no request; what it cannot see it does not fit.
 */
#include "journal/match.h"

#include <regex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "base/mem.h"
#include "base/text.h"

#define REGEX_LONGEST 1000
#define REGEX_REPEATS 1000
#define NOT_DEEPEST 8

static const char *const methods[] = { "GET", "HEAD", "LIST", "POST", "PUT",
	"PATCH", "DELETE", "OPTIONS", "HELP", NULL };

struct match_token {
	const json_t *id;
	const json_t *accessor;
	const json_t *policy;
	const json_t *role;
	const json_t *auth_mount;
	const json_t *none;
};

struct match_conn {
	const json_t *tls;
	const json_t *reused;
	const json_t *nth;
};

struct match {
	json_t *tree; /* what the pointers below point into */
	const json_t *method;
	const json_t *path;
	const json_t *op;
	const json_t *mount;
	const json_t *token;
	const json_t *namespace;
	const json_t *space;
	const json_t *client_ip;
	const json_t *node;
	const json_t *header;
	const json_t *query;
	const json_t *body;
	const json_t *conn;
	const json_t *not;
	struct match_token tokens;
	struct match_conn conns;
	struct match *other; /* of not */
	regex_t regex;
	bool has_regex;
};

#define FIELD(name, type, words)                                             \
	{ #name, type, offsetof(struct match, name), words }

const struct shape match_shape[] = {
	FIELD(method, SHAPE_TEXTS, methods),
	FIELD(path, SHAPE_ANY, NULL),
	FIELD(op, SHAPE_TEXTS, match_ops),
	FIELD(mount, SHAPE_ANY, NULL),
	FIELD(token, SHAPE_OBJECT, NULL),
	FIELD(namespace, SHAPE_TEXTS, NULL),
	FIELD(space, SHAPE_TEXTS, NULL),
	FIELD(client_ip, SHAPE_TEXTS, NULL),
	FIELD(node, SHAPE_TEXTS, NULL),
	FIELD(header, SHAPE_OBJECT, NULL),
	FIELD(query, SHAPE_OBJECT, NULL),
	FIELD(body, SHAPE_OBJECT, NULL),
	FIELD(conn, SHAPE_OBJECT, NULL),
	FIELD(not, SHAPE_OBJECT, NULL),
	{ NULL, SHAPE_ANY, 0, NULL },
};

#define TOKEN_FIELD(name)                                                    \
	{ #name, SHAPE_TEXTS, offsetof(struct match_token, name), NULL }

const struct shape match_token_shape[] = {
	TOKEN_FIELD(id),
	TOKEN_FIELD(accessor),
	TOKEN_FIELD(policy),
	TOKEN_FIELD(role),
	TOKEN_FIELD(auth_mount),
	{ "none", SHAPE_ANY, offsetof(struct match_token, none), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

const struct shape match_conn_shape[] = {
	{ "tls", SHAPE_ANY, offsetof(struct match_conn, tls), NULL },
	{ "reused", SHAPE_ANY, offsetof(struct match_conn, reused), NULL },
	{ "nth", SHAPE_INTS, offsetof(struct match_conn, nth), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* ---- reading ---- */

static void
full_name(char out[200], const char *where, const char *name)
{
	snprintf(out, 200, "%s%s%s", where, *where ? "." : "", name);
}

/* The n-th of a text or a list of texts; NULL behind the last. */
static const char *
text_at(const json_t *texts, size_t i)
{
	if (json_is_array(texts))
		return json_string_value(json_array_get(texts, i));
	return i == 0 ? json_string_value(texts) : NULL;
}

/* How many copies glibc makes of what the repetition at p repeats: n for {n},
 * two for a + behind a group or another repetition. */
static unsigned long
copies_at(const char *text, const char *p)
{
	unsigned long most = 1;

	if (*p == '+')
		return p > text && strchr(")+*?}", p[-1]) ? 2 : 1;
	if (*p != '{')
		return 1;
	for (const char *q = p + 1; *q && *q != '}'; q++) {
		unsigned long n = strtoul(q, NULL, 10);

		most = n > most ? n : most;
	}
	return most;
}

/* A short text must not become an endless compilation, or an endless search. */
static bool
check_regex(const char *text, const char *where, struct complaint *c)
{
	unsigned long copies = 1;

	if (strlen(text) > REGEX_LONGEST)
		return complain(c, where, "regex",
		    "is longer than %d characters", REGEX_LONGEST);
	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			if (*p >= '1' && *p <= '9')
				return complain(c, where, "regex",
				    "back-references (\\%c) are not taken",
				    *p);
			continue;
		}
		if (copies_at(text, p) > REGEX_REPEATS / copies)
			return complain(c, where, "regex",
			    "repeats repetitions more than %d times",
			    REGEX_REPEATS);
		copies *= copies_at(text, p);
	}
	return true;
}

static bool
read_regex(struct match *m, const char *where, struct complaint *c)
{
	static const struct shape shape[] = {
		{ "regex", SHAPE_TEXT, 0, NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	const char *text = NULL;
	char name[200], why[200];
	int bad;

	full_name(name, where, "path");
	if (!shape_read(shape, m->path, name, &text, c))
		return false;
	if (!text)
		return complain(c, name, "",
		    "must be a glob or {\"regex\": \"...\"}");
	if (!check_regex(text, name, c))
		return false;
	bad = regcomp(&m->regex, text, REG_EXTENDED | REG_NOSUB);
	if (bad) {
		regerror(bad, &m->regex, why, sizeof(why));
		return complain(c, name, "regex", "\"%s\" does not compile: %s",
		    text, why);
	}
	m->has_regex = true;
	return true;
}

static bool
check_glob(const char *text, const char *where, struct complaint *c)
{
	if (!text)
		return complain(c, where, "path",
		    "must be a glob, a list of globs or {\"regex\": \"...\"}");
	if (*text == '/' || starts_with(text, "v1/"))
		return complain(c, where, "path",
		    "\"%s\" must start behind /v1/, as in \"secret/data/*\"",
		    text);
	return true;
}

static bool
read_path(struct match *m, const char *where, struct complaint *c)
{
	size_t n = json_is_array(m->path) ? json_array_size(m->path) : 1;

	if (!m->path)
		return true;
	if (json_is_object(m->path))
		return read_regex(m, where, c);
	for (size_t i = 0; i < n; i++)
		if (!check_glob(text_at(m->path, i), where, c))
			return false;
	return true;
}

static bool
read_mount(struct match *m, const char *where, struct complaint *c)
{
	static const struct shape shape[] = {
		{ "type", SHAPE_TEXT, 0, NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	const char *type = NULL;
	char name[200];

	full_name(name, where, "mount");
	if (!m->mount || json_is_string(m->mount))
		return true;
	if (json_is_object(m->mount) &&
	    !shape_read(shape, m->mount, name, &type, c))
		return false;
	return type ||
	    complain(c, name, "",
		"must be a mount's path or {\"type\": \"kv\"}");
}

static bool
check_flag(const json_t *value, const char *where, const char *name,
    struct complaint *c)
{
	return !value || json_is_boolean(value) ||
	    complain(c, where, name, "must be true or false");
}

static bool
read_token(struct match *m, const char *where, struct complaint *c)
{
	const struct match_token *t = &m->tokens;
	char name[200];

	full_name(name, where, "token");
	if (!shape_read(match_token_shape, m->token, name, &m->tokens, c) ||
	    !check_flag(t->none, name, "none", c))
		return false;
	if (json_is_true(t->none) &&
	    (t->id || t->accessor || t->policy || t->role || t->auth_mount))
		return complain(c, name, "none",
		    "true stands alone: no token has nothing else to fit");
	return true;
}

static bool
read_conn(struct match *m, const char *where, struct complaint *c)
{
	char name[200];

	full_name(name, where, "conn");
	return shape_read(match_conn_shape, m->conn, name, &m->conns, c) &&
	    check_flag(m->conns.tls, name, "tls", c) &&
	    check_flag(m->conns.reused, name, "reused", c);
}

static bool
read_client_ip(const struct match *m, const char *where, struct complaint *c)
{
	const char *text;

	for (size_t i = 0; (text = text_at(m->client_ip, i)); i++)
		if (!cidr_address(text))
			return complain(c, where, "client_ip",
			    "\"%s\" is no address and no CIDR block, as in "
			    "\"10.0.0.0/8\"",
			    text);
	return true;
}

/* Globs by name; in a body by pointer, and values of any kind. */
static bool
read_map(const json_t *map, const char *where, const char *name, bool body,
    struct complaint *c)
{
	const char *key;
	json_t *value;
	char full[200];

	full_name(full, where, name);
	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		if (!body && !json_is_string(value))
			return complain(c, full, key, "must be a glob");
		if (body && *key && *key != '/')
			return complain(c, full, key,
			    "must be a JSON pointer, as in \"/data/name\"");
	}
	return true;
}

static struct match *parse(json_t *object, const char *where, int depth,
    struct complaint *c);

static bool
read_not(struct match *m, const char *where, int depth, struct complaint *c)
{
	char name[200];

	if (!m->not)
		return true;
	full_name(name, where, "not");
	if (depth == NOT_DEEPEST)
		return complain(c, name, "", "is nested too deep");
	m->other = parse((json_t *)(uintptr_t)m->not, name, depth + 1, c);
	return m->other != NULL;
}

static struct match *
parse(json_t *object, const char *where, int depth, struct complaint *c)
{
	struct match *m = xcalloc(1, sizeof(*m));

	m->tree = json_incref(object);
	if (shape_read(match_shape, object, where, m, c) &&
	    read_path(m, where, c) && read_mount(m, where, c) &&
	    read_token(m, where, c) && read_conn(m, where, c) &&
	    read_client_ip(m, where, c) &&
	    read_map(m->header, where, "header", false, c) &&
	    read_map(m->query, where, "query", false, c) &&
	    read_map(m->body, where, "body", true, c) &&
	    read_not(m, where, depth, c))
		return m;
	match_free(m);
	return NULL;
}

struct match *
match_parse(json_t *object, const char *where, struct complaint *c)
{
	return parse(object, where, 0, c);
}

void
match_free(struct match *m)
{
	if (!m)
		return;
	if (m->has_regex)
		regfree(&m->regex);
	match_free(m->other);
	json_decref(m->tree);
	free(m);
}

const json_t *
match_tree(const struct match *m)
{
	return m->tree;
}

bool
match_needs_request(const struct match *m)
{
	return m->method || m->path || m->op || m->mount || m->token ||
	    m->namespace || m->header || m->query || m->body ||
	    m->conns.reused || m->conns.nth ||
	    (m->other && match_needs_request(m->other));
}

bool
match_recorded(const struct match *m, const char *where, struct complaint *c)
{
	const char *text;
	char name[200];

	if (m->body)
		return complain(c, where, "body",
		    "the journal keeps no bodies; a rule can match them");
	for (size_t i = 0; (text = text_at(m->tokens.id, i)); i++)
		if (strchr(text, '*'))
			return complain(c, where, "token.id",
			    "the journal knows whole ids only, not \"%s\"; "
			    "accessor takes globs",
			    text);
	full_name(name, where, "not");
	return !m->other || match_recorded(m->other, name, c);
}

/* ---- fitting ---- */

/* Why it does not fit. */
struct why {
	char *text;
	size_t size;
};

static bool no(const struct why *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
no(const struct why *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->text || !w->size)
		return false;
	va_start(ap, fmt);
	vsnprintf(w->text, w->size, fmt, ap);
	va_end(ap);
	return false;
}

static bool
no_text(const struct why *w, const char *name, const char *held,
    const json_t *wanted)
{
	char *text;

	if (!w->text || !w->size)
		return false;
	text = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
	no(w, "%s is %s%s%s, not %s", name, held ? "\"" : "",
	    held ? held : "not known", held ? "\"" : "",
	    text ? text : "that");
	free(text);
	return false;
}

typedef bool (*like_fn)(const char *pattern, const char *text);

static bool
any_like(const json_t *globs, const char *text, like_fn like)
{
	const char *glob;

	for (size_t i = 0; text && (glob = text_at(globs, i)); i++)
		if (like(glob, text))
			return true;
	return false;
}

static bool
fits_texts(const json_t *globs, const char *name, const char *text,
    like_fn like, const struct why *w)
{
	return !globs || any_like(globs, text, like) ||
	    no_text(w, name, text, globs);
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Mounts by path, with or without the slash at the end and auth/. */
static bool
mount_like(const char *pattern, const char *mount)
{
	return match_path_like(pattern, mount) ||
	    (starts_with(mount, "auth/") && match_path_like(pattern, mount + 5));
}

static bool
same_mount(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '/';
	m -= m && b[m - 1] == '/';
	return n == m && memcmp(a, b, n) == 0;
}

static bool
is_list(const struct facts *f)
{
	return f->op && strcmp(f->op, "list") == 0;
}

/* Go's client lists with GET and ?list=true: that is a LIST as well. */
static bool
fits_method(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->method || (is_list(f) && any_like(m->method, "LIST", same)) ||
	    fits_texts(m->method, "method", f->method, same, w);
}

static bool
fits_path(const struct match *m, const struct facts *f, const struct why *w)
{
	if (!m->has_regex)
		return fits_texts(m->path, "path", f->path, match_path_like, w);
	return (f->path && regexec(&m->regex, f->path, 0, NULL, 0) == 0) ||
	    no_text(w, "path", f->path, m->path);
}

static bool
fits_op(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->op || any_like(m->op, "any", same) ||
	    fits_texts(m->op, "op", f->op, same, w);
}

static bool
fits_mount(const struct match *m, const struct facts *f, const struct why *w)
{
	if (json_is_object(m->mount))
		return fits_texts(json_object_get(m->mount, "type"),
		    "mount's type", f->mount_type, same, w);
	return fits_texts(m->mount, "mount", f->mount, same_mount, w);
}

static bool
fits_id(const json_t *ids, const struct facts *f, const struct why *w)
{
	const char *id;
	char digest[17];

	if (!ids || (f->token_id && any_like(ids, f->token_id, match_glob)))
		return true;
	for (size_t i = 0; f->token_digest && (id = text_at(ids, i)); i++) {
		match_digest(id, digest);
		if (strcmp(digest, f->token_digest) == 0)
			return true;
	}
	return no(w, "token.id is another");
}

static bool
fits_policy(const json_t *globs, const struct facts *f, const struct why *w)
{
	char held[200] = "";

	for (int i = 0; globs && f->policies && f->policies[i]; i++) {
		size_t n = strlen(held);

		if (any_like(globs, f->policies[i], match_glob))
			return true;
		snprintf(held + n, sizeof(held) - n, "%s%s", n ? ", " : "",
		    f->policies[i]);
	}
	return !globs ||
	    no_text(w, "token.policy", *held ? held : NULL, globs);
}

static bool
fits_token(const struct match *m, const struct facts *f, const struct why *w)
{
	const struct match_token *t = &m->tokens;

	if (!m->token)
		return true;
	if (json_is_true(t->none))
		return !f->has_token || no(w, "a token was sent");
	if (!f->has_token)
		return no(w, "no token was sent");
	return fits_id(t->id, f, w) &&
	    fits_texts(t->accessor, "token.accessor", f->accessor, match_glob,
		w) &&
	    fits_policy(t->policy, f, w) &&
	    fits_texts(t->role, "token.role", f->role, match_glob, w) &&
	    fits_texts(t->auth_mount, "token.auth_mount", f->auth_mount,
		mount_like, w);
}

static bool
in_block(const char *block, const char *address)
{
	char *one[] = { (char *)(uintptr_t)block, NULL };

	return cidr_allows(one, address);
}

static bool
fits_node(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->node ||
	    any_like(m->node, f->node_active ? "active" : "standby", same) ||
	    fits_texts(m->node, "node", f->node ? f->node : "", match_glob, w);
}

static bool
fits_headers(const struct match *m, const struct facts *f,
    const struct why *w)
{
	const char *key;
	json_t *glob;
	char name[200];

	json_object_foreach((json_t *)(uintptr_t)m->header, key, glob) {
		const char *held =
		    f->header ? f->header(f->header_arg, key) : NULL;

		snprintf(name, sizeof(name), "header.%s", key);
		if (!fits_texts(glob, name, held, match_glob, w))
			return false;
	}
	return true;
}

/* The next "name=value" of a query, decoded; NULL behind the last. */
static char *
next_pair(const char **at, char **value)
{
	size_t n = strcspn(*at, "&"), len;
	char *pair;

	if (!**at)
		return NULL;
	pair = xstrndup(*at, n);
	*at += n + ((*at)[n] == '&');
	*value = strchr(pair, '=');
	if (*value)
		*(*value)++ = '\0';
	else
		*value = pair + n;
	len = strlen(*value);
	percent_decode(*value, &len, true);
	len = strlen(pair);
	percent_decode(pair, &len, true);
	return pair;
}

static bool
query_has(const char *query, const char *key, const char *glob)
{
	bool found = false;
	char *name, *value;

	while (!found && (name = next_pair(&query, &value))) {
		found = strcmp(name, key) == 0 && match_glob(glob, value);
		free(name);
	}
	return found;
}

static bool
fits_query(const struct match *m, const struct facts *f, const struct why *w)
{
	const char *key;
	json_t *glob;

	json_object_foreach((json_t *)(uintptr_t)m->query, key, glob)
		if (!f->query ||
		    !query_has(f->query, key, json_string_value(glob)))
			return no(w, "query has no %s=%s", key,
			    json_string_value(glob));
	return true;
}

/* RFC 6901: "~1" is a slash in a name, "~0" a tilde. */
static void
plain_name(char *name)
{
	char *out = name;

	for (char *p = name; *p; p++) {
		if (p[0] == '~' && (p[1] == '0' || p[1] == '1'))
			*out++ = *++p == '1' ? '/' : '~';
		else
			*out++ = *p;
	}
	*out = '\0';
}

static const json_t *
element(const json_t *list, const char *index)
{
	if (!*index || strspn(index, "0123456789") != strlen(index))
		return NULL;
	return json_array_get(list, strtoul(index, NULL, 10));
}

static const json_t *
pointed(const json_t *tree, const char *pointer)
{
	while (tree && *pointer == '/') {
		size_t n = strcspn(++pointer, "/");
		char *name = xstrndup(pointer, n);

		plain_name(name);
		tree = json_is_array(tree) ? element(tree, name)
					   : json_object_get(tree, name);
		free(name);
		pointer += n;
	}
	return tree;
}

/* A text is a glob, also of a number; anything else must be equal. */
static bool
value_like(const json_t *wanted, const json_t *held)
{
	char *text;
	bool fits;

	if (!json_is_string(wanted))
		return held && json_equal(wanted, held);
	if (!held || json_is_object(held) || json_is_array(held))
		return false;
	if (json_is_string(held))
		return match_glob(json_string_value(wanted),
		    json_string_value(held));
	text = json_dumps(held, JSON_COMPACT | JSON_ENCODE_ANY);
	fits = text && match_glob(json_string_value(wanted), text);
	free(text);
	return fits;
}

static bool
fits_body(const struct match *m, const struct facts *f, const struct why *w)
{
	bool fits = true;
	json_t *tree, *wanted;
	const char *key;

	if (!m->body || !json_object_size(m->body))
		return true;
	tree = f->body.p
	    ? json_loadb(f->body.p, f->body.n, JSON_DECODE_ANY, NULL)
	    : NULL;
	json_object_foreach((json_t *)(uintptr_t)m->body, key, wanted)
		if (!tree || !value_like(wanted, pointed(tree, key))) {
			no(w, tree ? "body has another value at \"%s\""
				   : "there is no JSON body to have \"%s\"",
			    key);
			fits = false;
			break;
		}
	json_decref(tree);
	return fits;
}

static bool
fits_conn(const struct match *m, const struct facts *f, const struct why *w)
{
	const struct match_conn *k = &m->conns;

	if (k->tls && json_is_true(k->tls) != f->tls)
		return no(w, "conn.tls is %s", f->tls ? "true" : "false");
	if (k->reused && json_is_true(k->reused) != f->reused)
		return no(w, "conn.reused is %s",
		    f->reused ? "true" : "false");
	for (size_t i = 0; json_is_array(k->nth) && i < json_array_size(k->nth);
	     i++)
		if (json_integer_value(json_array_get(k->nth, i)) == f->nth)
			return true;
	return !k->nth ||
	    (json_is_integer(k->nth) &&
		json_integer_value(k->nth) == f->nth) ||
	    no(w, "conn.nth is %lld", (long long)f->nth);
}

/* Container probes come by themselves: who means them says so. */
static bool
fits_probe(const struct match *m, const struct facts *f, const struct why *w)
{
	return m->path || m->op || !f->op ||
	    strcmp(f->op, "health") != 0 ||
	    no(w, "health probes fit only a match with op or path");
}

static bool
fits_other(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->other || !match_fits_any(m->other, f) ||
	    no(w, "not: it fits the exception");
}

static bool
fits_all(const struct match *m, const struct facts *f, const struct why *w)
{
	static bool (*const checks[])(const struct match *m,
	    const struct facts *f, const struct why *w) = { fits_method,
		fits_op, fits_path, fits_mount, fits_token, fits_node,
		fits_conn, fits_headers, fits_query, fits_body, fits_other };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i](m, f, w))
			return false;
	return fits_texts(m->namespace, "namespace", f->namespace, match_glob,
		   w) &&
	    fits_texts(m->space, "space", f->space, match_glob, w) &&
	    fits_texts(m->client_ip, "client_ip", f->client_ip, in_block, w);
}

bool
match_fits(const struct match *m, const struct facts *f, char *why,
    size_t why_size)
{
	const struct why w = { why, why_size };

	return fits_all(m, f, &w) && fits_probe(m, f, &w);
}

bool
match_fits_any(const struct match *m, const struct facts *f)
{
	const struct why w = { NULL, 0 };

	return fits_all(m, f, &w);
}
