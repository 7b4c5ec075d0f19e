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
#include "sys/mounts.h"
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

static const char *
remount_protected_path(const char *path)
{
	static const char *const paths[] = { "audit/", "sys/", "cubbyhole/",
		"identity/", "auth/token/" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (starts_with(path, paths[i]))
			return paths[i];
	return NULL;
}

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

static enum handler_result
remount_check(struct request *req, const char *from, const char *to)
{
	bool from_auth = starts_with(from, "auth/");
	bool to_auth = starts_with(to, "auth/");
	const struct mount *other;

	if (remount_protected_path(from) && remount_mount_at(req, from))
		return fail(req, 400, "cannot remount \"%s\"", from);
	if (!remount_mount_at(req, from))
		return fail(req, 400, "no matching mount at \"%s\"", from);
	if (remount_protected_path(to))
		return fail(req, 400, "cannot remount to destination %s", to);
	if (from_auth && !to_auth)
		return fail(req, 400,
		    "cannot remount auth mount to non-auth mount \"%s\"", to);
	if (!from_auth && to_auth)
		return fail(req, 400,
		    "cannot remount non-auth mount to auth mount \"%s\"", to);
	other = remount_find_clash(req, to);
	if (other)
		return fail(
		    req, 400, "path already in use at \"%s\"", other->path);
	return GO_ON;
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
		"target_mount", to, "status", "success"));
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
	lease_revoke_prefix(req->vault, from, false, &e);
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
	enum handler_result v;

	if (ends_with(from, " "))
		return fail(
		    req, 400, "'from' path cannot contain trailing whitespace");
	if (ends_with(to, " "))
		return fail(
		    req, 400, "'to' path cannot contain trailing whitespace");
	if (*from == '\0' || *to == '\0')
		return fail(req, 400,
		    "both 'from' and 'to' path must be "
		    "specified as a string");
	from = mounts_with_slash(req, from);
	to = mounts_with_slash(req, to);
	v = remount_check(req, from, to);
	return v ? v : remount_start(req, from, to);
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
	{ OP_READ, "sys/remount/status/{migration_id:seg}", 0, status_params,
	    remount_status, NULL, "How a move went" },
	ROUTE_END,
};
