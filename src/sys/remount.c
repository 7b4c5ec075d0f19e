/*
 * sys/remount: a mount moves, with all it holds. The move is done when the
 * answer leaves; its status says success from then on.
 */
#include <string.h>

#include "api/api.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/text.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/setting.h"
#include "sys/mounts/mount_info.h"
#include "sys/route_tables.h"

static const struct param params[] = {
	{ "from", P_STRING, NULL, "The mount" },
	{ "to", P_STRING, NULL, "Where it goes" },
	PARAM_END,
};

static const struct param status_params[] = {
	{ "migration_id", P_STRING, NULL, "Id of the move" },
	PARAM_END,
};

static struct mount *
remount_mount_at(struct request *req, const char *path)
{
	if (starts_with(path, "auth/"))
		return mount_find(req->vault, MOUNT_AUTH, path + 5);
	return mount_find(req->vault, MOUNT_SECRET, path);
}

/* The mount that a new one at path would clash with: above or below it. */
static const struct mount *
remount_find_clash(struct request *req, const char *path)
{
	const struct mount *m = mount_for_path(req->vault, path);

	if (m)
		return m;
	for (int t = MOUNT_SECRET; t <= MOUNT_AUTH; t++)
		for (int i = 0; i < mount_count(req->vault, t); i++) {
			m = mount_at(req->vault, t, i);
			if (starts_with(m->path, path))
				return m;
		}
	return NULL;
}

/* Vault 1.19: the name must be as Go's path.Clean leaves it. */
static bool
remount_check_name(struct request *req, const char *to)
{
	char *clean = arena_printf(req->arena, "/%s", to);
	size_t n;
	uint32_t c;

	path_clean(clean);
	clean++;
	n = strlen(clean);
	if (n && clean[n - 1] == '/')
		clean[n - 1] = '\0';
	clean = arena_printf(req->arena, "%s/", *clean ? clean : ".");
	if (strcmp(clean, to) != 0)
		return refuse(req, 400,
		    "invalid destination mount: path '%s' does not match "
		    "cleaned path '%s'",
		    to, clean);
	n = strlen(to);
	for (size_t at = 0; at < n; at += utf8_next(to + at, n - at, &c))
		if (utf8_next(to + at, n - at, &c) && (c < 32 || c == 127))
			return refuse(req, 400,
			    "invalid destination mount: path cannot contain "
			    "non-printable characters");
	return true;
}

/* Auth methods stay auth methods, and auth/token/ stays where it is. */
static bool
remount_check_auth(struct request *req, const char *from, const char *to)
{
	if (!starts_with(to, "auth/"))
		(void)fail(req, 400,
		    "cannot remount auth mount to non-auth mount \"%s\"", to);
	else if (starts_with(from, "auth/token"))
		(void)fail(req, 400, "cannot remount \"%s\"", from);
	else if (starts_with(to, "auth/token"))
		(void)fail(
		    req, 400, "cannot remount to destination \"%s\"", to);
	else
		return true;
	return false;
}

/* Vault 1.19: one list of paths for both ends, looked at path by path. */
static bool
remount_check_secret(struct request *req, const char *from, const char *to)
{
	static const char *const paths[] = { "audit/", "auth/", "sys/",
		"cubbyhole/", "identity/" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (starts_with(from, paths[i]))
			(void)fail(req, 400, "cannot remount \"%s\"", from);
		else if (starts_with(to, paths[i]))
			(void)fail(
			    req, 400, "cannot remount to destination %s", to);
		else
			continue;
		return false;
	}
	return true;
}

static bool
remount_check(struct request *req, const char *from, const char *to)
{
	const struct mount *other;

	if (!remount_check_name(req, to) ||
	    !(starts_with(from, "auth/") ? remount_check_auth(req, from, to)
					 : remount_check_secret(req, from, to)))
		return false;
	if (!mount_for_path(req->vault, from))
		return refuse(req, 400, "no matching mount at \"%s\"", from);
	other = remount_find_clash(req, to);
	if (other)
		(void)fail(
		    req, 400, "path already in use at \"%s\"", other->path);
	return !other;
}

static char *
remount_status_key(struct request *req, const char *id)
{
	return arena_printf(req->arena, "remount/%s", id);
}

struct pending_remount {
	struct request *req;
	const char *from, *to;
};

static enum handler_result
remount_finish(const struct pending_remount *move)
{
	struct request *req = move->req;
	const char *to = move->to;
	struct mount *m = remount_mount_at(req, move->from);
	char id[UUID_LEN + 1];

	if (m)
		mount_move(
		    req->vault, m, starts_with(to, "auth/") ? to + 5 : to);
	random_uuid(req->vault->random, id);
	setting_put(req->vault, remount_status_key(req, id),
	    json_pack("{s:s, s:s, s:s}", "source_mount", move->from,
		"target_mount", to, "status", m ? "success" : "failure"));
	reply_warn(req,
	    "Mount move has been queued. Progress will be reported in "
	    "Vault's server log, tagged with the returned "
	    "migration_id");
	return reply_data(req, json_pack("{s:s}", "migration_id", id));
}

static void
remount_on_leases_revoked(void *arg, const struct error *e)
{
	struct pending_remount *move = arg;

	store_request_begin(move->req->vault->store);
	pipeline_resume(move->req,
	    e->status ? fail_error(move->req, e) : remount_finish(move));
}

static enum handler_result
remount_start(struct request *req, const char *from, const char *to)
{
	struct pending_remount *move = arena_alloc(req->arena, sizeof(*move));
	struct error e = { 0 };

	*move = (struct pending_remount){ req, from, to };
	(void)lease_revoke_prefix(req->vault, from, false, &e);
	if (e.status)
		return fail_error(req, &e);
	if (!lease_pending_count(req->vault, from))
		return remount_finish(move);
	lease_pending_wait(
	    req->vault, from, true, remount_on_leases_revoked, move);
	return PENDING;
}

static enum handler_result
remount_write(struct request *req)
{
	const char *from = param_str(req, "from"), *to = param_str(req, "to");

	if (*from == '\0' || *to == '\0')
		return fail(req, 400,
		    "both 'from' and 'to' path must be "
		    "specified as a string");
	if (*from == ' ' || ends_with(from, " "))
		return fail(
		    req, 400, "'from' path cannot contain trailing whitespace");
	if (*to == ' ' || ends_with(to, " "))
		return fail(
		    req, 400, "'to' path cannot contain trailing whitespace");
	from = mount_path_with_slash(req, from);
	to = mount_path_with_slash(req, to);
	return remount_check(req, from, to) ? remount_start(req, from, to)
					    : HANDLED;
}

static enum handler_result
remount_status(struct request *req)
{
	const char *id = param_str(req, "migration_id");
	json_t *info = setting_get(req->vault, remount_status_key(req, id));

	return info ? reply_data(req,
			  json_pack("{s:s, s:o}", "migration_id", id,
			      "migration_info", info))
		    : reply_none(req);
}

const struct route sys_remount_routes[] = {
	{ OP_WRITE, "sys/remount", R_SUDO | R_INJECT, params, remount_write,
	    NULL, "Move a mount" },
	{ OP_READ, "sys/remount/status/{migration_id:more}", 0, status_params,
	    remount_status, NULL, "How a move went" },
	ROUTE_END,
};
