/*
 * KV version 2: its rows, its wrong paths, and what its resources share.
 */
#include "secrets/kv/kv2.h"

#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "base/text.h"
#include "core/mount/plain_kv.h"

#define ROOT_WARNING                                                    \
	"Non-listing operations on the root of a K/V v2 mount are not " \
	"supported."
#define PATH_WARNING                                                    \
	"Invalid path for a versioned K/V secrets engine. See the API " \
	"docs for the appropriate API endpoints to use. If using the "  \
	"Vault CLI, use 'vault kv %s' for this operation."

static const struct {
	enum op op;
	const char *word;
} kv2_cli_verbs[] = {
	{ OP_READ, "get" },
	{ OP_WRITE, "put" },
	{ OP_PATCH, "patch" },
	{ OP_LIST, "list" },
	{ OP_DELETE, "delete" },
};

static enum handler_result
kv2_wrong_path(struct request *req)
{
	static const char *const roots[] = { "metadata", "data", "delete",
		"undelete", "destroy" };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (strcmp(roots[i], req->rel_path) == 0) {
			reply_warn(req, ROOT_WARNING);
			return reply_forced(req, 404, NULL);
		}
	}
	for (size_t i = 0; i < sizeof(kv2_cli_verbs) / sizeof(kv2_cli_verbs[0]);
	     i++)
		if (kv2_cli_verbs[i].op == req->op)
			reply_warn(req, PATH_WARNING, kv2_cli_verbs[i].word);
	return reply_forced(req, 404, NULL);
}

static const struct param config_params[] = {
	{ "cas_required", P_BOOL, NULL, "Every write needs cas" },
	{ "delete_version_after", P_SIGNED_DURATION, NULL,
	    "Age at which a version is deleted" },
	{ "max_versions", P_INT, NULL, "How many versions are kept" },
	PARAM_END,
};

static const struct param data_params[] = {
	{ "data", P_MAP, NULL, "The secret" },
	{ "options", P_MAP, NULL, "cas: the version that must be current" },
	{ "path", P_STRING, NULL, "Location of the secret" },
	{ "version", P_INT, NULL, "Version to read; 0 for the current one" },
	PARAM_END,
};

static const struct param metadata_params[] = {
	{ "cas_required", P_BOOL, NULL, "Every write needs cas" },
	{ "custom_metadata", P_MAP, NULL, "Texts of the user's own" },
	{ "delete_version_after", P_SECONDS, NULL,
	    "Age at which a version is deleted" },
	{ "exclude_deleted", P_VERSION(P_BOOL, VERSION_KV2_EXCLUDE_DELETED),
	    NULL, "Leave out keys whose current version is deleted" },
	{ "max_versions", P_INT, NULL, "How many versions are kept" },
	{ "path", P_STRING, NULL, "Location of the secret" },
	PARAM_END,
};

static const struct param versions_params[] = {
	{ "path", P_STRING, NULL, "Location of the secret" },
	{ "versions", P_COMMA_INTS, NULL, "Which versions" },
	PARAM_END,
};

static const struct param subkeys_params[] = {
	{ "depth", P_INT, NULL,
	    "How deep objects are shown; 0: all, below 0: as 1" },
	{ "path", P_STRING, NULL, "Location of the secret" },
	{ "version", P_INT, NULL, "Version to read; 0 for the current one" },
	PARAM_END,
};

#define ALL_OPS (OP_READ | OP_WRITE | OP_PATCH | OP_LIST | OP_DELETE)

static const struct route kv2_routes[] = {
	{ OP_READ, "config", 0, config_params, kv2_config_read, NULL,
	    "Configuration of the mount" },
	{ OP_WRITE, "config", 0, config_params, kv2_config_write, NULL,
	    "Configuration of the mount" },
	{ OP_READ, "data/{path:leaf}", 0, data_params, kv2_data_read, NULL,
	    "Read a secret's version" },
	{ OP_WRITE, "data/{path:leaf}", 0, data_params, kv2_data_write,
	    kv2_key_exists, "Write a new version" },
	{ OP_PATCH, "data/{path:leaf}", 0, data_params, kv2_data_patch, NULL,
	    "Merge into the current version" },
	{ OP_DELETE, "data/{path:leaf}", 0, data_params, kv2_data_delete, NULL,
	    "Delete the current version" },
	{ OP_READ, "metadata/{path:rest}", 0, metadata_params,
	    kv2_metadata_read, NULL, "A key's metadata and versions" },
	{ OP_LIST, "metadata/{path:rest}", 0, metadata_params,
	    kv2_metadata_list, NULL, "Keys of a folder" },
	{ OP_WRITE, "metadata/{path:rest}", 0, metadata_params,
	    kv2_metadata_write, kv2_key_exists, "Set a key's metadata" },
	{ OP_PATCH, "metadata/{path:rest}", 0, metadata_params,
	    kv2_metadata_patch, NULL, "Merge into a key's metadata" },
	{ OP_DELETE, "metadata/{path:rest}", 0, metadata_params,
	    kv2_metadata_delete, NULL, "Remove a key with all versions" },
	{ OP_WRITE, "destroy/{path:rest}", 0, versions_params,
	    kv2_destroy_versions, NULL, "Destroy versions' data" },
	{ OP_READ, "subkeys/{path:rest}", 0, subkeys_params, kv2_subkeys_read,
	    NULL, "A secret's structure without its values" },
	{ OP_WRITE, "delete/{path:rest}", 0, versions_params,
	    kv2_delete_versions, NULL, "Delete versions" },
	{ OP_WRITE, "undelete/{path:rest}", 0, versions_params,
	    kv2_undelete_versions, NULL, "Take deletions back" },
	{ ALL_OPS, "{rest:rest}", R_NO_FIELD_WARNINGS, NULL, kv2_wrong_path,
	    NULL, "Not a path of a versioned engine" },
	ROUTE_END,
};

struct kv2_upgrade {
	struct vault *vault;
	int64_t mount;
	int64_t now_ns;
};

/* A key of version 1 becomes version 1 of a key. */
static void
kv2_upgrade_entry(const char *path, struct slice data, void *arg)
{
	struct kv2_upgrade *u = arg;
	struct kv2_key k = { .current = 1,
		.oldest = 1,
		.created_ns = u->now_ns,
		.updated_ns = u->now_ns };
	struct kv2_version ver = { .number = 1, .created_ns = u->now_ns };
	struct buf clean;

	buf_init(&clean, 0);
	jsontext_clean(&clean, data.p, data.n, JSONTEXT_FLOAT64, NULL);
	ver.data = (struct slice){ clean.p, clean.n };
	kv2_key_put(u->vault, u->mount, path, &k);
	kv2_version_add(u->vault, k.id, &ver);
	buf_release(&clean);
}

/* What a mount held as version 1 comes along; a new one holds nothing. */
static bool
kv2_mounted(struct vault *v, struct mount *m, struct error *e)
{
	struct kv2_upgrade u = { v, m->id, vault_now(v) };
	char *scope = xasprintf("mount/%lld", (long long)m->id);

	(void)e;
	plain_kv_each(v, scope, kv2_upgrade_entry, &u);
	plain_kv_delete_scope(v, scope);
	free(scope);
	return true;
}

static const struct expirer *const kv2_expirers[] = { &kv2_expirer, NULL };

static bool
kv2_unmounted(struct vault *v, struct mount *m)
{
	return kv2_drop_some(v, m->id);
}

static int64_t
kv2_count_mount_keys(struct vault *v, const struct mount *m)
{
	return kv2_count(v, m->id);
}

const struct engine engine_kv2 = {
	.type = "kv",
	.table = MOUNT_SECRET,
	.flags = ENGINE_VERSIONED,
	.version = "v0.21.0+builtin",
	.option_version = "2",
	.tables = { kv2_routes },
	.part = &kv2_store,
	.help = "This backend provides a versioned key-value store.",
	.on_mount = kv2_mounted,
	.on_unmount = kv2_unmounted,
	.secret_count = kv2_count_mount_keys,
	.expirers = kv2_expirers,
};
