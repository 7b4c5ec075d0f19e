/*
 * Match: parsed once, put to many requests. Each field is a row of one table:
 * how it is read and how it is asked.
 */
#include "journal/match.h"

#include <arpa/inet.h>
#include <openssl/sha.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/jtext.h"
#include "base/mem.h"
#include "base/text.h"

struct token_match {
	const json_t *id, *accessor, *policy, *role, *auth_mount;
	bool none;
	bool has_none;
};

struct conn_match {
	bool tls, reused;
	int64_t nth;
	bool has_tls, has_reused;
};

struct match {
	json_t *tree;
	const json_t *method, *path, *op, *mount, *namespace, *space,
	    *client_ip, *node;
	json_t *header, *query, *body, *conn, *token_tree, *not_tree;
	const char *mount_path, *mount_type;
	struct token_match token;
	struct conn_match c;
	regex_t regex;
	bool has_regex;
	struct match *not;
};

#define AT(field) offsetof(struct match, field)

static const char *const methods[] = { "GET", "LIST", "PUT", "POST", "PATCH",
	"DELETE", "HEAD", "OPTIONS", NULL };

static const struct shape match_shape[] = {
	{ "method", SHAPE_TEXTS, AT(method), methods },
	{ "path", SHAPE_ANY, AT(path), NULL },
	{ "op", SHAPE_TEXTS, AT(op), match_ops },
	{ "mount", SHAPE_ANY, AT(mount), NULL },
	{ "token", SHAPE_OBJECT, AT(token_tree), NULL },
	{ "namespace", SHAPE_TEXTS, AT(namespace), NULL },
	{ "space", SHAPE_TEXTS, AT(space), NULL },
	{ "client_ip", SHAPE_TEXTS, AT(client_ip), NULL },
	{ "node", SHAPE_TEXTS, AT(node), NULL },
	{ "header", SHAPE_OBJECT, AT(header), NULL },
	{ "query", SHAPE_OBJECT, AT(query), NULL },
	{ "body", SHAPE_OBJECT, AT(body), NULL },
	{ "conn", SHAPE_OBJECT, AT(conn), NULL },
	{ "not", SHAPE_OBJECT, AT(not_tree), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

#define TOKEN(field) offsetof(struct token_match, field)

static const struct shape token_shape[] = {
	{ "id", SHAPE_TEXTS, TOKEN(id), NULL },
	{ "accessor", SHAPE_TEXTS, TOKEN(accessor), NULL },
	{ "policy", SHAPE_TEXTS, TOKEN(policy), NULL },
	{ "role", SHAPE_TEXTS, TOKEN(role), NULL },
	{ "auth_mount", SHAPE_TEXTS, TOKEN(auth_mount), NULL },
	{ "none", SHAPE_FLAG, TOKEN(none), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

#define CONN(field) offsetof(struct conn_match, field)

static const struct shape conn_shape[] = {
	{ "tls", SHAPE_FLAG, CONN(tls), NULL },
	{ "reused", SHAPE_FLAG, CONN(reused), NULL },
	{ "nth", SHAPE_INT, CONN(nth), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* ---- reading ---- */

static bool
read_regex(struct match *m, const char *where, struct complaint *c)
{
	static const struct shape shape[] = {
		{ "regex", SHAPE_TEXT, 0, NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	const char *text = NULL;
	char name[200], why[200];
	int rc;

	snprintf(name, sizeof(name), "%s.path", where);
	if (!shape_read(shape, m->path, name, &text, c))
		return false;
	if (!text)
		return complain(c, name, "regex", "is required");
	rc = regcomp(&m->regex, text, REG_EXTENDED | REG_NOSUB);
	if (rc != 0) {
		regerror(rc, &m->regex, why, sizeof(why));
		return complain(c, name, "regex", "%s", why);
	}
	m->has_regex = true;
	return true;
}

static bool
texts_only(const json_t *value, const char *where, const char *name,
    struct complaint *c)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	for (size_t i = 0; i < n; i++)
		if (!json_is_string(json_is_array(value)
			    ? json_array_get(value, i)
			    : value))
			return complain(c, where, name,
			    "must be a glob, a list of them, or "
			    "{\"regex\": ...}");
	return true;
}

static bool
read_path(struct match *m, const char *where, struct complaint *c)
{
	if (!m->path)
		return true;
	return json_is_object(m->path) ? read_regex(m, where, c)
				       : texts_only(m->path, where, "path", c);
}

static bool
read_mount(struct match *m, const char *where, struct complaint *c)
{
	static const struct shape shape[] = {
		{ "type", SHAPE_TEXT, 0, NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	char name[200];

	snprintf(name, sizeof(name), "%s.mount", where);
	m->mount_path = json_string_value(m->mount);
	if (!m->mount || m->mount_path)
		return true;
	if (!json_is_object(m->mount))
		return complain(c, name, "",
		    "must be a mount's path, or {\"type\": ...}");
	if (!shape_read(shape, m->mount, name, &m->mount_type, c))
		return false;
	return m->mount_type || complain(c, name, "type", "is required");
}

static bool
read_token(struct match *m, const char *where, struct complaint *c)
{
	char name[200];

	snprintf(name, sizeof(name), "%s.token", where);
	m->token.has_none = json_object_get(m->token_tree, "none") != NULL;
	return shape_read(token_shape, m->token_tree, name, &m->token, c);
}

static bool
read_conn(struct match *m, const char *where, struct complaint *c)
{
	char name[200];

	snprintf(name, sizeof(name), "%s.conn", where);
	m->c.has_tls = json_object_get(m->conn, "tls") != NULL;
	m->c.has_reused = json_object_get(m->conn, "reused") != NULL;
	return shape_read(conn_shape, m->conn, name, &m->c, c);
}

static bool
globs_only(const json_t *map, const char *where, const char *field,
    struct complaint *c)
{
	const char *key;
	json_t *value;
	char name[200];

	snprintf(name, sizeof(name), "%s.%s", where, field);
	json_object_foreach((json_t *)(uintptr_t)map, key, value)
		if (!json_is_string(value))
			return complain(c, name, key, "must be a glob");
	return true;
}

static bool
pointers_only(const json_t *map, const char *where, struct complaint *c)
{
	const char *key;
	json_t *value;
	char name[200];

	snprintf(name, sizeof(name), "%s.body", where);
	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		if (*key && *key != '/')
			return complain(c, name, key,
			    "is no JSON pointer, which starts with \"/\"");
		if (json_is_object(value) || json_is_array(value))
			return complain(c, name, key,
			    "must be a glob, a number, true or false");
	}
	return true;
}

/* "10.0.0.0/8" or a plain address. */
static bool
address_fits(const char *block, const char *address, bool *valid)
{
	uint8_t want[16], have[16];
	char text[64];
	const char *slash = strchr(block, '/');
	int family = strchr(block, ':') ? AF_INET6 : AF_INET;
	int bits = family == AF_INET6 ? 128 : 32, given = bits;

	snprintf(text, sizeof(text), "%.*s",
	    slash ? (int)(slash - block) : (int)strlen(block), block);
	if (slash)
		given = atoi(slash + 1);
	*valid = inet_pton(family, text, want) == 1 && given >= 0 &&
	    given <= bits;
	if (!*valid || !address || inet_pton(family, address, have) != 1)
		return false;
	for (int i = 0; i < given; i++)
		if ((want[i / 8] ^ have[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return true;
}

static const json_t *
text_at(const json_t *texts, size_t i)
{
	return json_is_array(texts) ? json_array_get(texts, i) : texts;
}

static size_t
text_count(const json_t *texts)
{
	return json_is_array(texts) ? json_array_size(texts) : 1;
}

static bool
read_client_ip(struct match *m, const char *where, struct complaint *c)
{
	bool valid = true;

	for (size_t i = 0; m->client_ip && i < text_count(m->client_ip); i++) {
		const char *text =
		    json_string_value(text_at(m->client_ip, i));

		address_fits(text, NULL, &valid);
		if (!valid)
			return complain(c, where, "client_ip",
			    "\"%s\" is no address and no CIDR", text);
	}
	return true;
}

static bool
read_not(struct match *m, const char *where, struct complaint *c)
{
	char name[200];

	if (!m->not_tree)
		return true;
	snprintf(name, sizeof(name), "%s.not", where);
	if (json_object_size(m->not_tree) == 0)
		return complain(c, name, "", "must name something");
	m->not = match_parse(m->not_tree, name, c);
	return m->not != NULL;
}

struct match *
match_parse(json_t *object, const char *where, struct complaint *c)
{
	struct match *m = xcalloc(1, sizeof(*m));

	m->tree = json_incref(object);
	if (shape_read(match_shape, object, where, m, c) &&
	    read_path(m, where, c) && read_mount(m, where, c) &&
	    read_token(m, where, c) && read_conn(m, where, c) &&
	    globs_only(m->header, where, "header", c) &&
	    globs_only(m->query, where, "query", c) &&
	    pointers_only(m->body, where, c) && read_client_ip(m, where, c) &&
	    read_not(m, where, c))
		return m;
	match_free(m);
	return NULL;
}

void
match_free(struct match *m)
{
	if (!m)
		return;
	if (m->has_regex)
		regfree(&m->regex);
	match_free(m->not);
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
	return m->method || m->path || m->op || m->mount || m->token_tree ||
	    m->namespace || m->header || m->query || m->body ||
	    m->c.has_reused || m->c.nth ||
	    (m->not && match_needs_request(m->not));
}

void
match_digest(const char *token, char out[17])
{
	uint8_t full[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)token, strlen(token), full);
	hex_encode(full, 8, out);
}

/* ---- asking; each says in why what it held ---- */

struct question {
	const struct match *m;
	const struct facts *f;
	char *why;
	size_t size;
};

static bool
differs(const struct question *q, const char *field, const char *held)
{
	if (q->why)
		snprintf(q->why, q->size, "%s does not fit: it is %s%s%s",
		    field, held ? "\"" : "", held ? held : "not known",
		    held ? "\"" : "");
	return false;
}

static bool
any_text(const json_t *texts, const char *held,
    bool (*fits)(const char *pattern, const char *text))
{
	for (size_t i = 0; held && i < text_count(texts); i++)
		if (fits(json_string_value(text_at(texts, i)), held))
			return true;
	return false;
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
ask_texts(const struct question *q, const char *field, const json_t *texts,
    const char *held, bool (*fits)(const char *, const char *))
{
	return !texts || any_text(texts, held, fits) ||
	    differs(q, field, held);
}

static bool
ask_path(const struct question *q)
{
	const char *path = q->f->path;

	if (!q->m->path)
		return true;
	if (!q->m->has_regex)
		return ask_texts(q, "path", q->m->path, path,
		    match_path_glob);
	return (path && regexec(&q->m->regex, path, 0, NULL, 0) == 0) ||
	    differs(q, "path", path);
}

static bool
ask_op(const struct question *q)
{
	return !q->m->op || (q->f->op && any_text(q->m->op, "any", same)) ||
	    ask_texts(q, "op", q->m->op, q->f->op, same);
}

static bool
ask_mount(const struct question *q)
{
	const struct match *m = q->m;

	if (m->mount_path)
		return (q->f->mount && strcmp(m->mount_path, q->f->mount) == 0) ||
		    differs(q, "mount", q->f->mount);
	if (m->mount_type)
		return (q->f->mount_type &&
			   strcmp(m->mount_type, q->f->mount_type) == 0) ||
		    differs(q, "mount.type", q->f->mount_type);
	return true;
}

static bool
has_policy(const json_t *texts, const char *const *policies)
{
	for (; policies && *policies; policies++)
		if (any_text(texts, *policies, match_glob))
			return true;
	return false;
}

static bool
ask_token_id(const struct question *q)
{
	const json_t *id = q->m->token.id;
	char digest[17];

	if (!id || (q->f->token_id && any_text(id, q->f->token_id,
			match_glob)))
		return true;
	for (size_t i = 0; q->f->token_digest && i < text_count(id); i++) {
		const char *text = json_string_value(text_at(id, i));

		match_digest(text, digest);
		if (strcmp(digest, q->f->token_digest) == 0 ||
		    strcmp(text, "*") == 0)
			return true;
	}
	return differs(q, "token.id", "another");
}

static bool
ask_token(const struct question *q)
{
	const struct token_match *t = &q->m->token;
	const struct facts *f = q->f;

	if (!q->m->token_tree)
		return true;
	if (t->has_none && t->none == f->has_token)
		return differs(q, "token.none",
		    f->has_token ? "a request with a token"
				 : "a request without a token");
	if (t->policy && !has_policy(t->policy, f->policies))
		return differs(q, "token.policy", f->policies && *f->policies
			? *f->policies
			: NULL);
	return ask_token_id(q) &&
	    ask_texts(q, "token.accessor", t->accessor, f->accessor,
		match_glob) &&
	    ask_texts(q, "token.role", t->role, f->role, match_glob) &&
	    ask_texts(q, "token.auth_mount", t->auth_mount, f->auth_mount,
		match_glob);
}

static bool
ask_client(const struct question *q)
{
	bool valid;

	if (!q->m->client_ip)
		return true;
	for (size_t i = 0; i < text_count(q->m->client_ip); i++)
		if (address_fits(
			json_string_value(text_at(q->m->client_ip, i)),
			q->f->client_ip, &valid))
			return true;
	return differs(q, "client_ip", q->f->client_ip);
}

static bool
ask_node(const struct question *q)
{
	const char *kind = q->f->node_active ? "active" : "standby";

	return !q->m->node || any_text(q->m->node, kind, same) ||
	    ask_texts(q, "node", q->m->node, q->f->node, match_glob);
}

static bool
ask_headers(const struct question *q)
{
	const char *name;
	json_t *value;

	json_object_foreach (q->m->header, name, value) {
		const char *held = q->f->header
		    ? q->f->header(q->f->header_arg, name)
		    : NULL;
		char field[120];

		if (held && match_glob(json_string_value(value), held))
			continue;
		snprintf(field, sizeof(field), "header.%s", name);
		return differs(q, field, held);
	}
	return true;
}

/* The value of one name in "a=1&b=2", decoded; NULL when absent. */
static char *
query_value(const char *query, const char *name)
{
	char *copy = xstrdup(query ? query : ""), *rest = copy, *pair;
	char *found = NULL;

	while (!found && (pair = strsep(&rest, "&"))) {
		char *value = strchr(pair, '=');
		size_t n;

		if (value)
			*value++ = '\0';
		else
			value = pair + strlen(pair);
		n = strlen(value);
		if (strcmp(pair, name) == 0 &&
		    percent_decode(value, &n, true))
			found = xstrdup(value);
	}
	free(copy);
	return found;
}

static bool
ask_query(const struct question *q)
{
	const char *name;
	json_t *value;

	json_object_foreach (q->m->query, name, value) {
		char *held = query_value(q->f->query, name);
		bool fit = held &&
		    match_glob(json_string_value(value), held);
		char field[120];

		snprintf(field, sizeof(field), "query.%s", name);
		if (!fit)
			differs(q, field, held);
		free(held);
		if (!fit)
			return false;
	}
	return true;
}

/* RFC 6901: "/data/k~1x/0". */
static const json_t *
at_pointer(const json_t *tree, const char *pointer)
{
	char *copy = xstrdup(*pointer ? pointer + 1 : ""), *rest = copy, *key;

	while (*pointer && tree && (key = strsep(&rest, "/"))) {
		char *to = key;

		for (char *from = key; *from; from++) {
			bool escape = *from == '~' &&
			    (from[1] == '0' || from[1] == '1');

			*to++ = !escape ? *from : from[1] == '0' ? '~' : '/';
			from += escape;
		}
		*to = '\0';
		tree = json_is_array(tree)
		    ? json_array_get(tree, (size_t)strtoul(key, NULL, 10))
		    : json_object_get(tree, key);
	}
	free(copy);
	return tree;
}

static bool
value_fits(const json_t *want, const json_t *held)
{
	const char *glob = json_string_value(want);
	char *text;
	bool fit;

	if (!held)
		return false;
	if (!glob)
		return json_equal(want, held);
	if (json_is_string(held))
		return match_glob(glob, json_string_value(held));
	text = json_dumps(held, JSON_ENCODE_ANY | JSON_COMPACT);
	fit = text && match_glob(glob, text);
	free(text);
	return fit;
}

static bool
ask_body(const struct question *q)
{
	const char *pointer;
	json_t *value, *tree;
	bool fit = true;

	if (!q->m->body)
		return true;
	tree = q->f->body.p
	    ? json_loadb(q->f->body.p, q->f->body.n, JSON_DECODE_ANY, NULL)
	    : NULL;
	json_object_foreach (q->m->body, pointer, value)
		fit = fit && value_fits(value, at_pointer(tree, pointer));
	json_decref(tree);
	return fit || differs(q, "body", "another");
}

static bool
ask_conn(const struct question *q)
{
	const struct conn_match *c = &q->m->c;

	if (c->has_tls && c->tls != q->f->tls)
		return differs(q, "conn.tls", q->f->tls ? "TLS" : "plain");
	if (c->has_reused && c->reused != q->f->reused)
		return differs(q, "conn.reused",
		    q->f->reused ? "a used connection" : "a new one");
	if (c->nth && c->nth != q->f->nth)
		return differs(q, "conn.nth", "another request of it");
	return true;
}

/* Health probes are spared unless the match names an op or a path. */
static bool
ask_probe(const struct question *q)
{
	if (q->m->op || q->m->path || !q->f->op ||
	    strcmp(q->f->op, "health") != 0)
		return true;
	if (q->why)
		snprintf(q->why, q->size,
		    "health probes are spared unless match names op or path");
	return false;
}

static bool
ask_all(const struct question *q)
{
	const struct match *m = q->m;
	const struct facts *f = q->f;

	if (!ask_texts(q, "method", m->method, f->method, same) ||
	    !ask_path(q) || !ask_op(q) || !ask_mount(q) || !ask_token(q) ||
	    !ask_texts(q, "namespace", m->namespace, f->namespace,
		match_glob) ||
	    !ask_texts(q, "space", m->space, f->space, match_glob) ||
	    !ask_client(q) || !ask_node(q) || !ask_headers(q) ||
	    !ask_query(q) || !ask_body(q) || !ask_conn(q))
		return false;
	if (!m->not || !match_fits_any(m->not, f))
		return true;
	if (q->why)
		snprintf(q->why, q->size, "not: what it excludes fits");
	return false;
}

bool
match_fits(const struct match *m, const struct facts *f, char *why,
    size_t why_size)
{
	const struct question q = { m, f, why, why_size };

	return ask_probe(&q) && ask_all(&q);
}

bool
match_fits_any(const struct match *m, const struct facts *f)
{
	const struct question q = { m, f, NULL, 0 };

	return ask_all(&q);
}
