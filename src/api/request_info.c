/*
 * What is known of a request, in whatever phase it is: for faults, which ask
 * before anything is checked, and for the journal, which asks at the end.
 */
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "core/mount/mount.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "journal/match/match.h"

static const char *
request_info_find_header(const void *arg, const char *name)
{
	return request_header(arg, name);
}

static void
request_info_split_copy(struct request *req, struct request_info *info)
{
	const char *target = request_origin_form(req->target);
	const char *mark = strchr(target, '?');
	size_t n = mark ? (size_t)(mark - target) : strlen(target);
	char *path = arena_strndup(req->arena, target, n);

	info->query = mark ? mark + 1 : req->path ? req->query : "";
	if (!percent_decode(path, &n, false))
		path[n] = '\0';
	if (strstr(path, "//") || strstr(path, "/."))
		path_clean(path);
	info->path = starts_with(path, "/v1/") ? path + 4 : path;
}

/* No query, nothing to decode, nothing to clean. */
static bool
is_plain_target(const char *target)
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
request_info_split_target(struct request *req, struct request_info *info)
{
	const char *target = req->target;

	if (!req->path && is_plain_target(target)) {
		info->query = "";
		info->path = starts_with(target, "/v1/") ? target + 4 : target;
		return;
	}
	request_info_split_copy(req, info);
}

/* A token role's name, or the AppRole's that its login names. */
static const char *
request_info_role(struct request *req, const struct token *t)
{
	struct slice name = { NULL, 0 };

	if (!*t->role && t->meta)
		name = jsontext_get(slice_of(t->meta), "role_name");
	return name.p ? jsontext_string(req->arena, name, NULL) : t->role;
}

/* A token found here is kept with the request, so its texts live as long. */
static void
request_info_add_token(struct request *req, struct request_info *info)
{
	struct token *t = req->token;
	const struct mount *m;

	info->token_id = req->token_text ? req->token_text : request_token(req);
	if (*info->token_id == '\0')
		info->token_id = NULL;
	info->has_token = info->token_id != NULL;
	/* Vault 1.19: while it is sealed nothing is known of any token. */
	if (!t && info->token_id && !seal_is_sealed(req->vault)) {
		if (!req->record.info_token)
			req->record.info_token = token_lookup(
			    req->vault, info->token_id);
		t = req->record.info_token;
	}
	if (!t)
		return;
	info->accessor = t->accessor;
	info->role = request_info_role(req, t);
	info->policies = (const char *const *)t->policies.items;
	m = mount_by_id(req->vault, t->mount_id);
	info->auth_mount = m ? arena_strdup(req->arena, m->path) : NULL;
}

static bool
request_info_is_list(const struct request_info *info)
{
	return strcmp(info->method, "LIST") == 0 ||
	    (*info->query && strcmp(info->method, "GET") == 0 &&
		strstr(info->query, "list=true"));
}

/* What the request line and the connection say. */
void
request_info_from_line(struct request *req, struct request_info *info)
{
	memset(info, 0, sizeof(*info));
	info->method = req->method;
	request_info_split_target(req, info);
	info->op = match_operation_of(
	    info->method, info->path, request_info_is_list(info));
	info->space = req->api->space;
	info->client_ip = req->peer;
	info->node = vault_node_name(req->vault);
	info->node_active = !req->vault->standby.on;
	info->header = request_info_find_header;
	info->header_arg = req;
	info->headers = req->headers;
	info->nheaders = req->nheaders;
	info->body = req->body;
	info->tls = req->tls;
	info->nth = req->conn_nth;
	info->idle_ns = req->conn_idle_ns;
	info->reused = req->conn_nth > 1;
	info->conn_id = req->conn_id;
}

/* A mount of several segments hides its login from match_operation_of. */
static const char *
request_info_op(const struct request_info *info, const struct mount *m)
{
	const char *rel = info->path + strlen(m->path);

	if (m->table != MOUNT_AUTH || strcmp(info->op, "write") != 0 ||
	    strlen(info->path) < strlen(m->path))
		return info->op;
	return strcmp(rel, "login") == 0 || starts_with(rel, "login/")
	    ? match_operation_of(info->method, "auth/any/login", false)
	    : info->op;
}

/* What the vault says of its path and its token. Its texts are copied: a
 * request that waits may outlive the mounts, when the state is another one
 * meanwhile. */
static void
request_info_add_vault(struct request *req, struct request_info *info)
{
	const struct mount *m = req->mount
	    ? req->mount
	    : mount_for_path(req->vault, info->path);

	if (m) {
		const char *version = mount_option(m, "version");

		info->mount = arena_strdup(req->arena, m->path);
		info->mount_type = arena_strdup(req->arena, m->type);
		info->mount_version = version
		    ? arena_strdup(req->arena, version)
		    : NULL;
		info->op = request_info_op(info, m);
	}
	info->namespace = request_header(req, "X-Vault-Namespace");
	request_info_add_token(req, info);
}

/* The first to ask pays; whoever comes later reads it. */
struct request_info *
request_info_get(struct request *req)
{
	if (!req->record.info) {
		req->record.info = arena_alloc(
		    req->arena, sizeof(*req->record.info));
		request_info_from_line(req, req->record.info);
	}
	if (!req->record.info->token_id && !req->record.info->mount)
		request_info_add_vault(req, req->record.info);
	return req->record.info;
}
