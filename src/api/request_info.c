/*
 * What is known of a request, in whatever phase it is: for faults, which ask
 * before anything is checked, and for the journal, which asks at the end.
 */
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "core/mount/mount.h"
#include "core/token/token.h"
#include "journal/match/match.h"

static const char *
header_of(const void *arg, const char *name)
{
	return request_header(arg, name);
}

static void
split_copy(struct request *req, struct facts *f)
{
	const char *target = origin_form(req->target);
	const char *mark = strchr(target, '?');
	size_t n = mark ? (size_t)(mark - target) : strlen(target);
	char *path = arena_strndup(req->arena, target, n);

	f->query = mark ? mark + 1 : req->path ? req->query : "";
	if (!percent_decode(path, &n, false))
		path[n] = '\0';
	if (strstr(path, "//") || strstr(path, "/."))
		path_clean(path);
	f->path = starts_with(path, "/v1/") ? path + 4 : path;
}

/* No query, nothing to decode, nothing to clean. */
static bool
is_plain(const char *target)
{
	for (const char *p = target; *p; p++)
		if (*p == '?' || *p == '%' ||
		    (*p == '/' && (p[1] == '/' || p[1] == '.')))
			return false;
	return true;
}

/* The target's path below /v1/, decoded; the target itself stays. One that
 * needs no change is not copied. */
static void
split_target(struct request *req, struct facts *f)
{
	const char *target = req->target;

	if (!req->path && is_plain(target)) {
		f->query = "";
		f->path = starts_with(target, "/v1/") ? target + 4 : target;
		return;
	}
	split_copy(req, f);
}

/* NULL when none was sent. */
static const char *
sent_token(struct request *req)
{
	const char *text =
	    req->token_text ? req->token_text : request_token(req);

	return *text ? text : NULL;
}

static const char *
auth_mount(struct request *req, const struct token *t)
{
	const struct mount *m = mount_by_id(req->vault, t->mount_id);

	return m ? arena_strdup(req->arena, m->path) : NULL;
}

/* A token role's name, or the AppRole's that its login names. */
static const char *
role_of(struct request *req, const struct token *t)
{
	struct slice name = { NULL, 0 };

	if (!*t->role && t->meta)
		name = jtext_get(slice_of(t->meta), "role_name");
	return name.p ? jtext_string(req->arena, name, NULL) : t->role;
}

/* A token found here is kept with the request, so its texts live as long. */
static void
token_facts(struct request *req, struct facts *f)
{
	struct token *t = req->token;

	f->token_id = sent_token(req);
	f->has_token = f->token_id != NULL;
	if (!t && f->token_id) {
		if (!req->facts_token)
			req->facts_token =
			    token_lookup(req->vault, f->token_id);
		t = req->facts_token;
	}
	if (!t)
		return;
	f->accessor = t->accessor;
	f->role = role_of(req, t);
	f->policies = (const char *const *)t->policies;
	f->auth_mount = auth_mount(req, t);
}

static bool
wants_list(const struct facts *f)
{
	return strcmp(f->method, "LIST") == 0 ||
	    (*f->query && strcmp(f->method, "GET") == 0 &&
		strstr(f->query, "list=true"));
}

/* What the request line and the connection say. */
void
facts_of_line(struct request *req, struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->method = req->method;
	split_target(req, f);
	f->op = match_op(f->method, f->path, wants_list(f));
	f->space = "default";
	f->client_ip = req->peer;
	f->node = vault_node(req->vault);
	f->node_active = !req->vault->leaderless;
	f->header = header_of;
	f->header_arg = req;
	f->headers = (const struct facts_header *)req->headers;
	f->nheaders = req->nheaders;
	f->body = req->body;
	f->tls = req->tls;
	f->nth = req->conn_nth;
	f->reused = req->conn_nth > 1;
	f->conn_id = req->conn_id;
}

/* A mount of several segments hides its login from match_op. */
static const char *
op_in_mount(const struct facts *f, const struct mount *m)
{
	const char *rel = f->path + strlen(m->path);

	if (m->table != MOUNT_AUTH || strcmp(f->op, "write") != 0 ||
	    strlen(f->path) < strlen(m->path))
		return f->op;
	return strcmp(rel, "login") == 0 || starts_with(rel, "login/")
	    ? match_op(f->method, "auth/any/login", false)
	    : f->op;
}

/* What the vault says of its path and its token. Its texts are copied: a request
 * that waits may outlive the mounts, when the state is another one meanwhile. */
static void
facts_of_vault(struct request *req, struct facts *f)
{
	const struct mount *m =
	    req->mount ? req->mount : mount_route(req->vault, f->path);

	if (m) {
		f->mount = arena_strdup(req->arena, m->path);
		f->mount_type = arena_strdup(req->arena, m->type);
		f->op = op_in_mount(f, m);
	}
	f->namespace = request_header(req, "X-Vault-Namespace");
	token_facts(req, f);
}

/* The first to ask pays; whoever comes later reads it. */
struct facts *
facts_of_request(struct request *req)
{
	if (!req->facts) {
		req->facts = arena_alloc(req->arena, sizeof(*req->facts));
		facts_of_line(req, req->facts);
	}
	if (!req->facts->token_id && !req->facts->mount)
		facts_of_vault(req, req->facts);
	return req->facts;
}
