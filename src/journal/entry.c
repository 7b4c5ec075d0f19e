/*
 * One entry: packed when its request ends, unpacked into facts for a match,
 * shown as JSON.
 */
#include "journal/entry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/json/json_tree.h"
#include "base/mem.h"

#define TEXT_MAX ((size_t)2000)
#define POLICIES_MAX ((size_t)16000)
#define HEADERS_MAX ((size_t)8000)
#define PIECES (ENTRY_TEXTS + ENTRY_POLICIES + 2 * ENTRY_HEADERS + 3)

/* Headers that carry what a journal must not hold. */
static const struct slice secret_headers[] = { SLICE("X-Vault-Token"),
	SLICE("Authorization"), SLICE("Cookie"),
	SLICE("X-Mockvault-Admin-Token"), SLICE("Proxy-Authorization") };

static bool
is_secret(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0;
	     i < sizeof(secret_headers) / sizeof(secret_headers[0]); i++)
		if (secret_headers[i].n == n &&
		    strcasecmp(secret_headers[i].p, name) == 0)
			return true;
	return false;
}

/* ---- packing: measured first, then copied once ---- */

struct packing {
	struct slice pieces[PIECES];
	int count;
	size_t n;
};

static uint16_t
add_piece(struct packing *p, const char *text)
{
	size_t at = p->n, n = strlen(text);

	if (n > TEXT_MAX)
		n = TEXT_MAX;
	p->pieces[p->count++] = (struct slice){ text, n };
	p->n += n + 1;
	return (uint16_t)at;
}

static uint16_t
add_policies(struct packing *p, const char *const *list)
{
	size_t at = p->n;

	if (!list || !*list)
		return 0;
	for (int i = 0; list[i] && i < ENTRY_POLICIES &&
	     p->n - at < POLICIES_MAX; i++)
		add_piece(p, list[i]);
	add_piece(p, "");
	return (uint16_t)at;
}

static uint16_t
add_headers(struct packing *p, const struct facts *f)
{
	size_t at = p->n;
	int most = f->nheaders < ENTRY_HEADERS ? f->nheaders : ENTRY_HEADERS;

	for (int i = 0; i < most && p->n - at < HEADERS_MAX; i++) {
		if (is_secret(f->headers[i].name) ||
		    !*f->headers[i].name)
			continue;
		add_piece(p, f->headers[i].name);
		add_piece(p, f->headers[i].value);
	}
	add_piece(p, "");
	return (uint16_t)at;
}

static void
add_texts(struct packing *p, struct entry *e, const struct facts *f,
    const struct journal_close *c, const char *tls, const char *digest)
{
	const char *texts[ENTRY_TEXTS] = {
		[ENTRY_METHOD] = f->method,
		[ENTRY_PATH] = f->path,
		[ENTRY_QUERY] = f->query && *f->query ? f->query : NULL,
		[ENTRY_OP] = f->op,
		[ENTRY_MOUNT] = f->mount,
		[ENTRY_MOUNT_TYPE] = f->mount_type,
		[ENTRY_ACCESSOR] = f->accessor,
		[ENTRY_ROLE] = f->role && *f->role ? f->role : NULL,
		[ENTRY_AUTH_MOUNT] = f->auth_mount,
		[ENTRY_TOKEN_DIGEST] = f->token_id ? digest : NULL,
		[ENTRY_NAMESPACE] = f->namespace,
		[ENTRY_SPACE] = f->space,
		[ENTRY_CLIENT_IP] = f->client_ip,
		[ENTRY_NODE] = f->node,
		[ENTRY_TLS] = tls,
		[ENTRY_REQUEST_ID] = c->request_id,
		[ENTRY_RULE] = c->rule,
		[ENTRY_ACTION] = c->action,
		[ENTRY_ERROR] = c->error,
	};

	for (int i = 0; i < ENTRY_TEXTS; i++)
		e->texts[i] = texts[i] ? add_piece(p, texts[i]) : 0;
}

static void
copy_pieces(const struct packing *p, char *to)
{
	for (int i = 0; i < p->count; i++) {
		memcpy(to, p->pieces[i].p, p->pieces[i].n);
		to += p->pieces[i].n;
		*to++ = '\0';
	}
}

struct entry *
entry_pack(const struct facts *f, const struct journal_close *c,
    const char *tls)
{
	struct packing p;
	struct entry head = { .bytes = c->bytes, .status = c->status,
		.committed = c->committed, .conn_id = f->conn_id,
		.conn_nth = f->nth, .tls = f->tls,
		.has_token = f->has_token, .node_active = f->node_active };
	struct entry *e;
	char digest[17];

	p.count = 0;
	p.n = 0;
	if (f->token_id)
		match_digest(f->token_id, digest);
	add_piece(&p, ""); /* offset 0 means none */
	add_texts(&p, &head, f, c, tls, digest);
	head.policies = add_policies(&p, f->policies);
	head.headers = add_headers(&p, f);
	e = xmalloc(sizeof(*e) + p.n);
	*e = head;
	copy_pieces(&p, e->data);
	return e;
}

/* ---- reading ---- */

const char *
entry_text(const struct entry *e, enum entry_text which)
{
	return e->texts[which] ? e->data + e->texts[which] : NULL;
}

static const char *
next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static const char *
entry_header(const void *arg, const char *name)
{
	const struct entry *e = arg;
	const char *at = e->data + e->headers;

	if (!e->headers)
		return NULL;
	while (*at) {
		const char *value = next_text(at);

		if (strcasecmp(at, name) == 0)
			return value;
		at = next_text(value);
	}
	return NULL;
}

static void
read_policies(const struct entry *e, const char **out)
{
	const char *at = e->data + e->policies;
	int n = 0;

	for (; e->policies && *at && n < ENTRY_POLICIES; at = next_text(at))
		out[n++] = at;
	out[n] = NULL;
}

void
entry_facts(const struct slot *s, struct facts *f, const char **policies)
{
	const struct entry *e = s->entry;

	if (!e) {
		*f = *s->facts;
		return;
	}
	read_policies(e, policies);
	*f = (struct facts){
		.method = entry_text(e, ENTRY_METHOD),
		.path = entry_text(e, ENTRY_PATH),
		.query = entry_text(e, ENTRY_QUERY),
		.op = entry_text(e, ENTRY_OP),
		.mount = entry_text(e, ENTRY_MOUNT),
		.mount_type = entry_text(e, ENTRY_MOUNT_TYPE),
		.has_token = e->has_token,
		.token_digest = entry_text(e, ENTRY_TOKEN_DIGEST),
		.accessor = entry_text(e, ENTRY_ACCESSOR),
		.role = entry_text(e, ENTRY_ROLE),
		.auth_mount = entry_text(e, ENTRY_AUTH_MOUNT),
		.policies = policies,
		.namespace = entry_text(e, ENTRY_NAMESPACE),
		.space = entry_text(e, ENTRY_SPACE),
		.client_ip = entry_text(e, ENTRY_CLIENT_IP),
		.node = entry_text(e, ENTRY_NODE),
		.node_active = e->node_active,
		.header = entry_header,
		.header_arg = e,
		.tls = e->tls,
		.reused = e->conn_nth > 1,
		.nth = e->conn_nth,
		.conn_id = e->conn_id,
	};
}

/* ---- showing ---- */

static void
set_text(json_t *to, const char *name, const char *text)
{
	json_object_set_new(to, name, text ? json_string(text) : json_null());
}

static json_t *
show_token(const struct facts *f)
{
	json_t *token, *policies = json_array();

	for (int i = 0; f->policies && f->policies[i]; i++)
		json_array_append_new(policies, json_string(f->policies[i]));
	token = json_object();
	set_text(token, "accessor", f->accessor);
	set_text(token, "role", f->role && *f->role ? f->role : NULL);
	set_text(token, "auth_mount", f->auth_mount);
	json_object_set_new(token, "policies", policies);
	return token;
}

static void
show_request(json_t *to, const struct facts *f)
{
	set_text(to, "node", f->node);
	set_text(to, "client_ip", f->client_ip);
	set_text(to, "user_agent",
	    f->header ? f->header(f->header_arg, "User-Agent") : NULL);
	set_text(to, "traceparent",
	    f->header ? f->header(f->header_arg, "traceparent") : NULL);
	set_text(to, "method", f->method);
	set_text(to, "path", f->path);
	set_text(to, "query", f->query && *f->query ? f->query : NULL);
	set_text(to, "op", f->op);
	set_text(to, "mount", f->mount);
	set_text(to, "space", f->space);
	set_text(to, "namespace", f->namespace);
	json_object_set_new(to, "token",
	    f->has_token ? show_token(f) : json_null());
}

static void
show_end(json_t *to, const struct entry *e)
{
	json_object_set_new(to, "status",
	    e ? json_integer(e->status) : json_null());
	json_object_set_new(to, "bytes",
	    e ? json_integer(e->bytes) : json_null());
	json_object_set_new(to, "duration_ms",
	    e ? json_real((double)(e->took / 1000) / 1000) : json_null());
	set_text(to, "rule", e ? entry_text(e, ENTRY_RULE) : NULL);
	set_text(to, "action", e ? entry_text(e, ENTRY_ACTION) : NULL);
	json_object_set_new(to, "committed",
	    e ? json_boolean(e->committed) : json_null());
	set_text(to, "error", e ? entry_text(e, ENTRY_ERROR) : NULL);
	set_text(to, "request_id",
	    e ? entry_text(e, ENTRY_REQUEST_ID) : NULL);
}

json_t *
entry_show(const struct slot *s)
{
	const char *policies[ENTRY_POLICIES + 1] = { NULL };
	json_t *show = json_object();
	struct facts f;

	entry_facts(s, &f, policies);
	json_object_set_new(show, "seq", json_integer(s->seq));
	json_object_set_new(show, "time", json_time(s->virt));
	json_object_set_new(show, "real_time", json_time(s->real));
	json_object_set_new(show, "open", json_boolean(!s->entry));
	json_object_set_new(show, "conn",
	    json_pack("{s:I, s:I, s:s?}", "id", (json_int_t)f.conn_id, "nth",
		(json_int_t)f.nth, "tls",
		s->entry ? entry_text(s->entry, ENTRY_TLS) : s->tls));
	show_request(show, &f);
	show_end(show, s->entry);
	return show;
}
