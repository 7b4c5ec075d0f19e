/*
 * Reads a match condition from JSON into a struct. match_evaluate.c decides
 * whether a request fits it.
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
#include "journal/match/token_digest.h"

#define REGEX_LENGTH_MAX 500
/* A usual regex needs some hundred steps for a path of 200 bytes. This limit is
 * reached in less than a millisecond. */
#define REGEX_STEPS_MAX 20000
#define REGEX_DEPTH_MAX 1000
#define REGEX_HEAP_MAX_KIB 1024
#define MATCH_NOT_DEPTH_MAX 8

static const char *const match_methods[] = { "GET", "HEAD", "LIST", "POST",
	"PUT", "PATCH", "DELETE", "OPTIONS", "HELP", NULL };

#define FIELD(name, type, words)                                 \
	{                                                        \
#name, type, offsetof(struct match, name), words \
	}

const struct schema match_schema[] = {
	FIELD(method, FIELD_STRINGS, match_methods),
	FIELD(path, FIELD_ANY, NULL),
	FIELD(op, FIELD_STRINGS, match_operations),
	FIELD(mount, FIELD_ANY, NULL),
	FIELD(token, FIELD_OBJECT, NULL),
	FIELD(namespace, FIELD_STRINGS, NULL),
	FIELD(space, FIELD_STRINGS, NULL),
	FIELD(client_ip, FIELD_STRINGS, NULL),
	FIELD(node, FIELD_STRINGS, NULL),
	FIELD(header, FIELD_OBJECT, NULL),
	FIELD(query, FIELD_OBJECT, NULL),
	FIELD(body, FIELD_OBJECT, NULL),
	FIELD(conn, FIELD_OBJECT, NULL),
	FIELD(not, FIELD_OBJECT, NULL),
	{ NULL, FIELD_ANY, 0, NULL },
};

#define TOKEN_FIELD(name)                                                      \
	{                                                                      \
#name, FIELD_STRINGS, offsetof(struct match_token, name), NULL \
	}

const struct schema match_token_schema[] = {
	TOKEN_FIELD(id),
	TOKEN_FIELD(accessor),
	TOKEN_FIELD(policy),
	TOKEN_FIELD(role),
	TOKEN_FIELD(auth_mount),
	{ "none", FIELD_ANY, offsetof(struct match_token, none), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema match_conn_schema[] = {
	{ "tls", FIELD_ANY, offsetof(struct match_conn, tls), NULL },
	{ "reused", FIELD_ANY, offsetof(struct match_conn, reused), NULL },
	{ "nth", FIELD_INTS, offsetof(struct match_conn, nth), NULL },
	{ "idle", FIELD_DURATION, offsetof(struct match_conn, idle_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static void
match_field_name(char out[200], const char *where, const char *name)
{
	snprintf(out, 200, "%s%s%s", where, *where ? "." : "", name);
}

const char *
match_string_at(const json_t *strings, size_t i)
{
	if (json_is_array(strings))
		return json_string_value(json_array_get(strings, i));
	return i == 0 ? json_string_value(strings) : NULL;
}

/* PCRE2 counts its steps and gives up at the limit, whatever the pattern. */
static pcre2_match_context *
regex_limits_new(void)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);

	if (!limits)
		mem_exhausted();
	pcre2_set_match_limit(limits, REGEX_STEPS_MAX);
	pcre2_set_depth_limit(limits, REGEX_DEPTH_MAX);
	pcre2_set_heap_limit(limits, REGEX_HEAP_MAX_KIB);
	return limits;
}

static bool
regex_compile(
    struct match *m, const char *text, const char *where, struct error *c)
{
	PCRE2_UCHAR reason[200];
	PCRE2_SIZE at;
	int bad;

	if (strlen(text) > REGEX_LENGTH_MAX)
		return error_field(c, where, "regex",
		    "is longer than %d characters", REGEX_LENGTH_MAX);
	m->regex = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    PCRE2_DOLLAR_ENDONLY, &bad, &at, NULL);
	if (!m->regex) {
		pcre2_get_error_message(bad, reason, sizeof(reason));
		return error_field(c, where, "regex",
		    "\"%s\" does not compile: %s at character %zu", text,
		    (const char *)reason, (size_t)at + 1);
	}
	m->regex_data = pcre2_match_data_create(1, NULL);
	if (!m->regex_data)
		mem_exhausted();
	m->regex_limits = regex_limits_new();
	return true;
}

static bool
match_read_regex(struct match *m, const char *where, struct error *c)
{
	static const struct schema schema[] = {
		{ "regex", FIELD_STRING, 0, NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	const char *text = NULL;
	char name[200];

	match_field_name(name, where, "path");
	if (!schema_read(schema, m->path, name, &text, c))
		return false;
	if (!text)
		return error_field(
		    c, name, "", "must be a glob or {\"regex\": \"...\"}");
	return regex_compile(m, text, name, c);
}

static bool
match_check_glob(const char *text, const char *where, struct error *c)
{
	if (!text)
		return error_field(c, where, "path",
		    "must be a glob, a list of globs or {\"regex\": \"...\"}");
	if (*text == '/' || starts_with(text, "v1/"))
		return error_field(c, where, "path",
		    "\"%s\" must start behind /v1/, as in \"secret/data/*\"",
		    text);
	return true;
}

static bool
match_read_path(struct match *m, const char *where, struct error *c)
{
	size_t n = json_is_array(m->path) ? json_array_size(m->path) : 1;

	if (!m->path)
		return true;
	if (json_is_object(m->path))
		return match_read_regex(m, where, c);
	for (size_t i = 0; i < n; i++)
		if (!match_check_glob(match_string_at(m->path, i), where, c))
			return false;
	return true;
}

static bool
match_read_mount(struct match *m, const char *where, struct error *c)
{
	static const struct schema schema[] = {
		{ "type", FIELD_STRING, 0, NULL },
		{ "version", FIELD_STRING, sizeof(char *), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	const char *fields[2] = { NULL, NULL };
	char name[200];

	match_field_name(name, where, "mount");
	if (!m->mount || json_is_string(m->mount))
		return true;
	if (json_is_object(m->mount) &&
	    !schema_read(schema, m->mount, name, fields, c))
		return false;
	return fields[0] ||
	    error_field(
		c, name, "", "must be a mount's path or {\"type\": \"kv\"}");
}

static bool
match_check_bool(
    const json_t *value, const char *where, const char *name, struct error *c)
{
	return !value || json_is_boolean(value) ||
	    error_field(c, where, name, "must be true or false");
}

/* The journal keeps digests of tokens, so a token of the match needs one too.
 */
static void
match_digest_tokens(struct match *m)
{
	struct token_digester *d;
	char digest[TOKEN_DIGEST_SIZE];
	const char *id;

	if (!m->token_match.id)
		return;
	d = token_digester_new();
	for (size_t i = 0; (id = match_string_at(m->token_match.id, i)); i++) {
		token_digest(d, id, digest);
		strs_add(&m->token_digests, digest);
	}
	token_digester_free(d);
}

static bool
match_read_token(struct match *m, const char *where, struct error *c)
{
	const struct match_token *t = &m->token_match;
	char name[200];

	match_field_name(name, where, "token");
	if (!schema_read(
		match_token_schema, m->token, name, &m->token_match, c) ||
	    !match_check_bool(t->none, name, "none", c))
		return false;
	if (json_is_true(t->none) &&
	    (t->id || t->accessor || t->policy || t->role || t->auth_mount))
		return error_field(c, name, "none",
		    "true stands alone: no token has nothing else to fit");
	match_digest_tokens(m);
	return true;
}

static bool
match_read_conn(struct match *m, const char *where, struct error *c)
{
	char name[200];

	match_field_name(name, where, "conn");
	return schema_read(
		   match_conn_schema, m->conn, name, &m->conn_match, c) &&
	    match_check_bool(m->conn_match.tls, name, "tls", c) &&
	    match_check_bool(m->conn_match.reused, name, "reused", c);
}

static bool
match_read_client_ip(const struct match *m, const char *where, struct error *c)
{
	const char *text;

	for (size_t i = 0; (text = match_string_at(m->client_ip, i)); i++)
		if (!cidr_is_address(text))
			return error_field(c, where, "client_ip",
			    "\"%s\" is no address and no CIDR block, as in "
			    "\"10.0.0.0/8\"",
			    text);
	return true;
}

/* Globs by name; in a body by pointer, and values of any kind. */
static bool
match_read_map(const json_t *map, const char *where, const char *name,
    bool body, struct error *c)
{
	const char *key;
	json_t *value;
	char full[200];

	match_field_name(full, where, name);
	json_object_foreach ((json_t *)(uintptr_t)map, key, value) {
		if (!body && !json_is_string(value))
			return error_field(c, full, key, "must be a glob");
		if (body && *key && *key != '/')
			return error_field(c, full, key,
			    "must be a JSON pointer, as in \"/data/name\"");
	}
	return true;
}

static struct match *match_parse_at_depth(
    json_t *object, const char *where, int depth, struct error *c);

static bool
match_read_not(struct match *m, const char *where, int depth, struct error *c)
{
	char name[200];

	if (!m->not )
		return true;
	match_field_name(name, where, "not");
	if (depth == MATCH_NOT_DEPTH_MAX)
		return error_field(c, name, "", "is nested too deep");
	m->negated = match_parse_at_depth(
	    (json_t *)(uintptr_t)m->not, name, depth + 1, c);
	return m->negated != NULL;
}

static struct match *
match_parse_at_depth(
    json_t *object, const char *where, int depth, struct error *c)
{
	struct match *m = xcalloc(1, sizeof(*m));

	m->tree = json_incref(object);
	if (schema_read(match_schema, object, where, m, c) &&
	    match_read_path(m, where, c) && match_read_mount(m, where, c) &&
	    match_read_token(m, where, c) && match_read_conn(m, where, c) &&
	    match_read_client_ip(m, where, c) &&
	    match_read_map(m->header, where, "header", false, c) &&
	    match_read_map(m->query, where, "query", false, c) &&
	    match_read_map(m->body, where, "body", true, c) &&
	    match_read_not(m, where, depth, c))
		return m;
	match_free(m);
	return NULL;
}

struct match *
match_parse(json_t *object, const char *where, struct error *c)
{
	return match_parse_at_depth(object, where, 0, c);
}

void
match_free(struct match *m)
{
	if (!m)
		return;
	pcre2_code_free(m->regex);
	pcre2_match_data_free(m->regex_data);
	pcre2_match_context_free(m->regex_limits);
	strs_release(&m->token_digests);
	match_free(m->negated);
	json_decref(m->tree);
	free(m);
}

const json_t *
match_tree(const struct match *m)
{
	return m->tree;
}

const char *
match_only_path(const struct match *m)
{
	const char *path = match_string_at(m->path, 0);

	if (!path || match_string_at(m->path, 1) || strpbrk(path, "*+"))
		return NULL;
	return path;
}

bool
match_needs_request(const struct match *m)
{
	return m->method || m->path || m->op || m->mount || m->token ||
	    m->namespace || m->header || m->query || m->body ||
	    m->conn_match.reused || m->conn_match.nth ||
	    m->conn_match.idle_ns ||
	    (m->negated && match_needs_request(m->negated));
}

bool
match_is_answerable(const struct match *m, const char *where, struct error *c)
{
	const char *text;
	char name[200];

	if (m->body)
		return error_field(c, where, "body",
		    "the journal keeps no bodies; a rule can match them");
	if (m->conn_match.idle_ns)
		return error_field(c, where, "conn.idle",
		    "the journal does not keep it; a rule can match it");
	if (json_object_get(m->mount, "version"))
		return error_field(c, where, "mount.version",
		    "the journal does not keep it; a rule can match it");
	for (size_t i = 0; (text = match_string_at(m->token_match.id, i)); i++)
		if (strchr(text, '*'))
			return error_field(c, where, "token.id",
			    "the journal knows whole ids only, not \"%s\"; "
			    "accessor takes globs",
			    text);
	match_field_name(name, where, "not");
	return !m->negated || match_is_answerable(m->negated, name, c);
}
