/*
 * One entry: packed when its request ends, unpacked into a request_info for a
 * match, shown as JSON.
 */
#include "journal/entry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/mem.h"
#include "journal/mask.h"
#include "journal/match/token_digest.h"

#define TEXT_MAX ((size_t)2000)
#define POLICIES_MAX ((size_t)16000)
#define HEADERS_MAX ((size_t)8000)
#define ENTRY_PIECES_MAX \
	(ENTRY_TEXT_COUNT + ENTRY_POLICIES_MAX + 2 * ENTRY_HEADERS_MAX + 3)

/* Headers that carry what a journal must not hold. */
static const struct slice secret_headers[] = { SLICE("X-Vault-Token"),
	SLICE("Authorization"), SLICE("Cookie"),
	SLICE("X-Mockvault-Admin-Token"), SLICE("Proxy-Authorization") };

static bool
entry_is_secret_header(const char *name)
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

struct entry_packer {
	struct slice pieces[ENTRY_PIECES_MAX];
	int count;
	size_t n;
};

static uint16_t
entry_add_piece(struct entry_packer *p, const char *text)
{
	size_t at = p->n, n = strlen(text);

	if (n > TEXT_MAX)
		n = TEXT_MAX;
	p->pieces[p->count++] = (struct slice){ text, n };
	p->n += n + 1;
	return (uint16_t)at;
}

static uint16_t
entry_add_policies(struct entry_packer *p, const char *const *list)
{
	size_t at = p->n;

	if (!list || !*list)
		return 0;
	for (int i = 0;
	     list[i] && i < ENTRY_POLICIES_MAX && p->n - at < POLICIES_MAX; i++)
		entry_add_piece(p, list[i]);
	entry_add_piece(p, "");
	return (uint16_t)at;
}

static uint16_t
entry_add_headers(struct entry_packer *p, const struct request_info *f)
{
	size_t at = p->n;
	int most = f->nheaders < ENTRY_HEADERS_MAX ? f->nheaders
						   : ENTRY_HEADERS_MAX;

	for (int i = 0; i < most && p->n - at < HEADERS_MAX; i++) {
		if (entry_is_secret_header(f->headers[i].name) ||
		    !*f->headers[i].name)
			continue;
		entry_add_piece(p, f->headers[i].name);
		entry_add_piece(p, f->headers[i].value);
	}
	entry_add_piece(p, "");
	return (uint16_t)at;
}

/* Adds the strings of the request, in the order of enum entry_text. */
static void
entry_add_strings(struct entry_packer *p, struct entry *e,
    const struct request_info *f, const struct journal_close *c,
    const char *tls, const char *digest)
{
	const char *strings[ENTRY_TEXT_COUNT] = {
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

	for (int i = 0; i < ENTRY_TEXT_COUNT; i++)
		e->string_offsets[i] = strings[i]
		    ? entry_add_piece(p, strings[i])
		    : 0;
}

static void
entry_copy_pieces(const struct entry_packer *p, char *to)
{
	for (int i = 0; i < p->count; i++) {
		memcpy(to, p->pieces[i].p, p->pieces[i].n);
		to += p->pieces[i].n;
		*to++ = '\0';
	}
}

struct entry *
entry_pack(struct token_digester *digester, const struct request_info *f,
    const struct journal_close *c, const char *tls)
{
	struct entry_packer p;
	struct entry head = { .bytes = c->bytes,
		.status = c->status,
		.committed = c->committed,
		.is_cut = c->is_cut,
		.conn_id = f->conn_id,
		.conn_nth = f->nth,
		.tls = f->tls,
		.has_token = f->has_token,
		.node_active = f->node_active };
	struct entry *e;
	char digest[TOKEN_DIGEST_SIZE];

	p.count = 0;
	p.n = 0;
	if (f->token_id)
		token_digest(digester, f->token_id, digest);
	entry_add_piece(&p, ""); /* offset 0 means none */
	entry_add_strings(&p, &head, f, c, tls, digest);
	head.policies = entry_add_policies(&p, f->policies);
	head.headers = entry_add_headers(&p, f);
	head.n = (uint32_t)p.n;
	e = xmalloc(sizeof(*e) + p.n);
	*e = head;
	entry_copy_pieces(&p, e->data);
	return e;
}

struct entry *
entry_fail(struct entry *e, const char *error, int64_t bytes)
{
	size_t n = strlen(error) + 1;

	e->committed = false;
	if (e->status == 0)
		return e;
	e->status = e->is_cut ? 0 : 500;
	e->bytes = e->is_cut ? 0 : bytes;
	if (e->is_cut || e->n + n > UINT16_MAX)
		return e;
	e = xrealloc(e, sizeof(*e) + e->n + n);
	memcpy(e->data + e->n, error, n);
	e->string_offsets[ENTRY_ERROR] = (uint16_t)e->n;
	e->n += (uint32_t)n;
	return e;
}

/* ---- reading ---- */

const char *
entry_text(const struct entry *e, enum entry_text which)
{
	return e->string_offsets[which] ? e->data + e->string_offsets[which]
					: NULL;
}

static const char *
entry_next_string(const char *text)
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
		const char *value = entry_next_string(at);

		if (strcasecmp(at, name) == 0)
			return value;
		at = entry_next_string(value);
	}
	return NULL;
}

static void
entry_read_policies(const struct entry *e, const char **out)
{
	const char *at = e->data + e->policies;
	int n = 0;

	for (; e->policies && *at && n < ENTRY_POLICIES_MAX;
	     at = entry_next_string(at))
		out[n++] = at;
	out[n] = NULL;
}

void
entry_request_info(
    const struct journal_slot *s, struct request_info *f, const char **policies)
{
	const struct entry *e = s->entry;

	if (!e) {
		*f = *s->info;
		return;
	}
	entry_read_policies(e, policies);
	*f = (struct request_info){
		.journalled = true,
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
entry_set_string(json_t *to, const char *name, const char *text)
{
	json_object_set_new(to, name, text ? json_string(text) : json_null());
}

static void
entry_set_masked(json_t *to, const char *name, const char *text,
    void (*mask)(struct buf *out, const char *text))
{
	struct buf shown;

	buf_init(&shown, 0);
	if (text)
		mask(&shown, text);
	entry_set_string(to, name, !text ? NULL : shown.p ? shown.p : "");
	buf_release(&shown);
}

static json_t *
entry_show_token(const struct request_info *info)
{
	json_t *token, *policies = json_array();

	for (int i = 0; info->policies && info->policies[i]; i++)
		json_array_append_new(policies, json_string(info->policies[i]));
	token = json_object();
	entry_set_string(token, "accessor", info->accessor);
	entry_set_string(
	    token, "role", info->role && *info->role ? info->role : NULL);
	entry_set_string(token, "auth_mount", info->auth_mount);
	json_object_set_new(token, "policies", policies);
	return token;
}

static void
entry_show_request(json_t *to, const struct request_info *f)
{
	entry_set_string(to, "node", f->node);
	entry_set_string(to, "client_ip", f->client_ip);
	entry_set_masked(to, "user_agent",
	    f->header ? f->header(f->header_arg, "User-Agent") : NULL,
	    mask_text);
	entry_set_string(to, "traceparent",
	    f->header ? f->header(f->header_arg, "traceparent") : NULL);
	entry_set_string(to, "method", f->method);
	entry_set_masked(to, "path", f->path, mask_path);
	entry_set_masked(
	    to, "query", f->query && *f->query ? f->query : NULL, mask_query);
	entry_set_string(to, "op", f->op);
	entry_set_string(to, "mount", f->mount);
	entry_set_string(to, "space", f->space);
	entry_set_string(to, "namespace", f->namespace);
	json_object_set_new(
	    to, "token", f->has_token ? entry_show_token(f) : json_null());
}

static void
entry_show_end(json_t *to, const struct entry *e)
{
	json_object_set_new(
	    to, "status", e ? json_integer(e->status) : json_null());
	json_object_set_new(
	    to, "bytes", e ? json_integer(e->bytes) : json_null());
	json_object_set_new(to, "duration_ms",
	    e ? json_real((double)(e->duration_ns / 1000) / 1000)
	      : json_null());
	entry_set_string(to, "rule", e ? entry_text(e, ENTRY_RULE) : NULL);
	entry_set_string(to, "action", e ? entry_text(e, ENTRY_ACTION) : NULL);
	json_object_set_new(
	    to, "committed", e ? json_boolean(e->committed) : json_null());
	entry_set_masked(
	    to, "error", e ? entry_text(e, ENTRY_ERROR) : NULL, mask_text);
	entry_set_string(
	    to, "request_id", e ? entry_text(e, ENTRY_REQUEST_ID) : NULL);
}

json_t *
entry_to_json(const struct journal_slot *s)
{
	const char *policies[ENTRY_POLICIES_MAX + 1] = { NULL };
	json_t *show = json_object();
	struct request_info f;

	entry_request_info(s, &f, policies);
	json_object_set_new(show, "seq", json_integer(s->seq));
	json_object_set_new(show, "time", jsontree_time(s->virtual_ns));
	json_object_set_new(show, "real_time", jsontree_time(s->real_ns));
	json_object_set_new(show, "open", json_boolean(!s->entry));
	json_object_set_new(show, "conn",
	    json_pack("{s:I, s:I, s:s?}", "id", (json_int_t)f.conn_id, "nth",
		(json_int_t)f.nth, "tls",
		s->entry ? entry_text(s->entry, ENTRY_TLS) : s->tls));
	entry_show_request(show, &f);
	entry_show_end(show, s->entry);
	return show;
}
