/*
 * Match: a condition is read once into a struct; journal/match/match_evaluate.c puts it to
 * facts.
 */
#include "journal/match/match.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "base/mem.h"
#include "base/text.h"
#include "journal/match/match_internal.h"

#define REGEX_LONGEST 500
#define REGEX_REPEATS 100
#define REGEX_LOOPS 20
#define REGEX_BRANCHES 40
#define NOT_DEEPEST 8

static const char *const methods[] = { "GET", "HEAD", "LIST", "POST", "PUT",
	"PATCH", "DELETE", "OPTIONS", "HELP", NULL };

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

static void
full_name(char out[200], const char *where, const char *name)
{
	snprintf(out, 200, "%s%s%s", where, *where ? "." : "", name);
}

const char *
match_text(const json_t *texts, size_t i)
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

/* What one character adds to the toil of a regex. */
struct toil {
	unsigned long copies;
	int loops, branches;
	bool looped; /* a repetition stands just before */
};

static bool
add_toil(struct toil *t, const char *text, const char *p, const char *where,
    struct complaint *c)
{
	bool loop = strchr("*+?{", *p) != NULL;
	unsigned long copies = copies_at(text, p);

	if (loop && t->looped)
		return complain(c, where, "regex", "repeats a repetition");
	t->looped = loop;
	t->loops += loop;
	t->branches += strchr("(|", *p) != NULL;
	if (t->loops > REGEX_LOOPS || t->branches > REGEX_BRANCHES)
		return complain(c, where, "regex",
		    "has more than %d repetitions, or %d groups and branches",
		    REGEX_LOOPS, REGEX_BRANCHES);
	if (copies > REGEX_REPEATS / t->copies)
		return complain(c, where, "regex",
		    "repeats repetitions more than %d times", REGEX_REPEATS);
	t->copies *= copies;
	return true;
}

/* A short text must not become an endless compilation, or an endless search. */
static bool
check_regex(const char *text, const char *where, struct complaint *c)
{
	struct toil t = { .copies = 1 };

	if (strlen(text) > REGEX_LONGEST)
		return complain(c, where, "regex",
		    "is longer than %d characters", REGEX_LONGEST);
	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			t.looped = false;
			if (*p >= '1' && *p <= '9')
				return complain(c, where, "regex",
				    "back-references (\\%c) are not taken",
				    *p);
			continue;
		}
		if (!add_toil(&t, text, p, where, c))
			return false;
		if (*p == '{') /* its numbers are part of it */
			p += strcspn(p + 1, "}");
		else if (*p == '}')
			t.looped = true;
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
		if (!check_glob(match_text(m->path, i), where, c))
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

	for (size_t i = 0; (text = match_text(m->client_ip, i)); i++)
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
	for (size_t i = 0; (text = match_text(m->tokens.id, i)); i++)
		if (strchr(text, '*'))
			return complain(c, where, "token.id",
			    "the journal knows whole ids only, not \"%s\"; "
			    "accessor takes globs",
			    text);
	full_name(name, where, "not");
	return !m->other || match_recorded(m->other, name, c);
}
