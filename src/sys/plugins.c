/*
 * sys/plugins/catalog: the engines of this build, all of them builtin.
 */
#include <stdio.h>
#include <string.h>

#include "api/engine.h"
#include "api/reply.h"
#include "base/text.h"
#include "sys/route_tables.h"

static const struct param params[] = {
	{ "args", P_STRINGS, NULL, "Its arguments" },
	{ "command", P_STRING, NULL, "Its program" },
	{ "env", P_STRINGS, NULL, "Its environment" },
	{ "name", P_STRING, NULL, "Name of the plugin" },
	{ "oci_image", P_VERSION(P_STRING, VERSION_PLUGIN_RUNTIMES), NULL,
	    "Its image" },
	{ "runtime", P_VERSION(P_STRING, VERSION_PLUGIN_RUNTIMES), NULL,
	    "What runs its image" },
	{ "sha256", P_STRING, NULL, "Hash of its program" },
	{ "sha_256", P_STRING, NULL, "The same" },
	{ "type", P_STRING, NULL, "auth, database or secret" },
	{ "version", P_STRING, NULL, "Its version" },
	PARAM_END,
};

/* Vault 1.19: two engines can be mounted that the catalogue does not have. */
static bool
plugins_is_of_type(const struct engine *e, const char *type)
{
	return !(e->flags & ENGINE_CORE) &&
	    !(e->table == MOUNT_SECRET &&
		(strcmp(e->type, "database") == 0 ||
		    strcmp(e->type, "generic-leased") == 0)) &&
	    strcmp(type, e->table == MOUNT_AUTH ? "auth" : "secret") == 0;
}

/* kv stands there twice, once for each of its versions. */
static bool
plugins_is_repeated(const struct engine *const *engines, int i)
{
	return i > 0 && strcmp(engines[i]->type, engines[i - 1]->type) == 0;
}

/* The i-th plugin of a type: its name and version; NULL behind the last. */
static const char *
plugins_at(struct request *req, const char *type, int i, char version[64])
{
	const struct engine *const *engines = api_engines(req->vault);
	bool database = strcmp(type, "database") == 0;

	for (int e = 0; engines[e]; e++) {
		const char *name, *own;

		if (database && engines[e]->database_plugin) {
			name = engines[e]->database_plugin(i, &own);
			engine_version(req->vault, engines[e], version);
			if (name && own)
				snprintf(version, 64, "%s", own);
			return name;
		}
		if (plugins_is_of_type(engines[e], type) &&
		    !plugins_is_repeated(engines, e) && i-- == 0) {
			engine_version(req->vault, engines[e], version);
			return engines[e]->type;
		}
	}
	return NULL;
}

static json_t *
plugins_names(struct request *req, const char *type)
{
	json_t *names = json_array();
	char version[64];
	const char *name;

	for (int i = 0; (name = plugins_at(req, type, i, version)); i++)
		json_array_append_new(names, json_string(name));
	return names;
}

static json_t *
plugins_describe(const char *name, const char *type, const char *version)
{
	return json_pack("{s:b, s:s, s:s, s:s, s:s}", "builtin", 1,
	    "deprecation_status", "supported", "name", name, "type", type,
	    "version", version);
}

static const char *const types[] = { "auth", "database", "secret" };

#define NTYPES 3

static enum handler_result
plugins_list(struct request *req)
{
	json_t *data = json_object(), *detailed = json_array();
	char version[64];
	const char *name;

	for (int t = 0; t < NTYPES; t++) {
		for (int i = 0; (name = plugins_at(req, types[t], i, version));
		     i++)
			json_array_append_new(detailed,
			    plugins_describe(name, types[t], version));
		json_object_set_new(
		    data, types[t], plugins_names(req, types[t]));
	}
	json_object_set_new(data, "detailed", detailed);
	return reply_data(req, data);
}

static enum handler_result
plugins_list_auth(struct request *req)
{
	return reply_data(
	    req, json_pack("{s:o}", "keys", plugins_names(req, "auth")));
}

static enum handler_result
plugins_list_database(struct request *req)
{
	return reply_data(
	    req, json_pack("{s:o}", "keys", plugins_names(req, "database")));
}

static enum handler_result
plugins_list_secret(struct request *req)
{
	return reply_data(
	    req, json_pack("{s:o}", "keys", plugins_names(req, "secret")));
}

/*
 * The type and the name of "TYPE/NAME". Vault 1.19: paths of before 0.10 have
 * no type; then the whole is the name, and NULL comes back.
 */
static const char *
plugins_read_type(struct request *req, const char **name)
{
	*name = param_str(req, "name");
	for (int t = 0; t < NTYPES; t++) {
		size_t n = strlen(types[t]);

		if (strncmp(*name, types[t], n) == 0 && (*name)[n] == '/' &&
		    (*name)[n + 1]) {
			*name += n + 1;
			return types[t];
		}
	}
	return NULL;
}

static enum handler_result
plugins_read(struct request *req)
{
	const char *name, *type = plugins_read_type(req, &name);
	char version[64];
	const char *found;

	if (!type) {
		reply_warn(req,
		    "Deprecated API endpoint, cannot read plugin information "
		    "from catalog for \"%s\"",
		    name);
		return reply_data(req, NULL);
	}
	for (int i = 0; (found = plugins_at(req, type, i, version)); i++) {
		json_t *data;

		if (strcmp(found, name) != 0)
			continue;
		data = plugins_describe(name, type, version);
		json_object_del(data, "type");
		json_object_set_new(data, "args", json_null());
		json_object_set_new(data, "command", json_string(""));
		json_object_set_new(data, "sha256", json_string(""));
		return reply_data(req, data);
	}
	return reply_none(req);
}

static enum handler_result
plugins_delete(struct request *req)
{
	const char *name;

	if (plugins_read_type(req, &name))
		return reply_none(req);
	reply_warn(req,
	    "Deprecated API endpoint, cannot deregister plugin from catalog "
	    "for \"%s\"",
	    name);
	return reply_data(req, NULL);
}

/* Vault 1.19: without a plugin directory nothing is taken. */
static enum handler_result
plugins_register(struct request *req)
{
	const char *sha256 = param_str(req, "sha256");
	const char *command = param_str(req, "command");
	char bytes[512];
	int nargs;

	if (*sha256 == '\0')
		sha256 = param_str(req, "sha_256");
	if (*sha256 == '\0' && *param_str(req, "version") == '\0')
		return fail(req, 400, "%s",
		    version_has(req->vault, VERSION_PLUGIN_ARTIFACT)
			? "must provide at least one of sha256 or version: use "
			  "sha256 for binary registration (version optional) or "
			  "version only for artifact registration"
			: "missing SHA-256 value");
	if (*command == '\0')
		return fail(req, 400, "missing command value");
	param_strings(req, "args", &nargs);
	if (strchr(command, ' ') && nargs > 0)
		return fail(req, 400,
		    "must not specify args in command and args field");
	if (strlen(sha256) > sizeof(bytes) ||
	    hex_decode(sha256, strlen(sha256), bytes) < 0)
		return fail(
		    req, 400, "Could not decode SHA-256 value from Hex");
	return fail_wrapped(req, 500,
	    "could not set plugin, plugin directory "
	    "is not configured");
}

static const struct param reload_params[] = {
	{ "mounts", P_COMMA_STRINGS, NULL, "Mounts to reload" },
	{ "plugin", P_STRING, NULL, "The plugin to reload" },
	{ "scope", P_STRING, NULL, "Nothing, or global" },
	PARAM_END,
};

static bool
plugins_is_mounted(struct request *req, const char *type)
{
	static const enum mount_table tables[] = { MOUNT_SECRET, MOUNT_AUTH };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (int i = 0; i < mount_count(req->vault, tables[t]); i++)
			if (strcmp(mount_at(req->vault, tables[t], i)->type,
				type) == 0)
				return true;
	return false;
}

static const char *
plugins_nothing_reloaded(struct request *req)
{
	return strcmp(param_str(req, "scope"), "global") == 0
	    ? "no plugins were reloaded locally (but they may be reloaded on "
	      "other nodes)"
	    : "no plugins were reloaded";
}

/* Builtin engines have nothing to reload. */
static enum handler_result
plugins_reload(struct request *req)
{
	int n;

	param_strings(req, "mounts", &n);
	if (*param_str(req, "plugin") == '\0' && n == 0)
		return fail(req, 400, "plugin or mounts must be provided");
	if (*param_str(req, "plugin") && n)
		return fail(req, 400,
		    "plugin and mounts cannot be set at the same time");
	if (n == 0 && version_has(req->vault, VERSION_PLUGIN_PINS) &&
	    !plugins_is_mounted(req, param_str(req, "plugin")))
		reply_warn(req, "%s", plugins_nothing_reloaded(req));
	return reply_data(req, json_pack("{s:s}", "reload_id", req->id));
}

static const struct param reload_plugin_params[] = {
	{ "name", P_STRING, NULL, "The plugin to reload" },
	{ "scope", P_STRING, NULL, "Nothing, or global" },
	{ "type", P_STRING, NULL, "auth, database, secret or unknown" },
	PARAM_END,
};

/* The mounts that an engine of that type serves are reloaded; a warning tells
 * when there are none. */
static enum handler_result
plugins_reload_named(struct request *req)
{
	const char *type = param_capture(req, "type");
	const char *name = param_capture(req, "name");
	bool any_type = strcmp(type, "unknown") == 0, found = false;
	bool known = any_type;
	char version[64];

	for (int t = 0; t < NTYPES; t++)
		known |= strcmp(type, types[t]) == 0;
	if (!known)
		return fail(req, 400,
		    "failed to parse plugin type: unsupported plugin type: %s",
		    type);
	for (int t = 0; t < NTYPES; t++) {
		const char *at;

		for (int i = 0; (any_type || strcmp(type, types[t]) == 0) &&
		     (at = plugins_at(req, types[t], i, version));
		     i++)
			found |= strcmp(at, name) == 0;
	}
	if (!found || !plugins_is_mounted(req, name))
		reply_warn(req, "%s", plugins_nothing_reloaded(req));
	return reply_data(req, json_pack("{s:s}", "reload_id", req->id));
}

static enum handler_result
plugins_runtimes(struct request *req)
{
	return reply_data(req, json_pack("{s:[]}", "runtimes"));
}

static enum handler_result
plugins_pins(struct request *req)
{
	return reply_data(req, json_pack("{s:[]}", "pinned_versions"));
}

#define CATALOG "sys/plugins/catalog"

const struct route sys_plugins_routes[] = {
	{ OP_READ, CATALOG "/?", 0, NULL, plugins_list, NULL, "Every plugin" },
	{ OP_READ | OP_LIST, CATALOG "/auth/?", R_SUDO, NULL, plugins_list_auth,
	    NULL, "Plugins for auth methods" },
	{ OP_READ | OP_LIST, CATALOG "/database/?", R_SUDO, NULL,
	    plugins_list_database, NULL, "Plugins for databases" },
	{ OP_READ | OP_LIST, CATALOG "/secret/?", R_SUDO, NULL,
	    plugins_list_secret, NULL, "Plugins for secrets engines" },
	{ OP_READ, CATALOG "/{name:more}", R_SUDO, params, plugins_read, NULL,
	    "One plugin" },
	{ OP_WRITE, CATALOG "/{name:more}", R_SUDO, params, plugins_register,
	    NULL, "Enter a plugin" },
	{ OP_DELETE, CATALOG "/{name:more}", R_SUDO, params, plugins_delete,
	    NULL, "Take a plugin out" },
	{ OP_WRITE, "sys/plugins/reload/backend", 0, reload_params,
	    plugins_reload, NULL, "Reload plugins" },
	{ OP_WRITE, "sys/plugins/reload/{type}/{name}",
	    R_SUDO | R_VERSION(VERSION_PLUGIN_PINS), reload_plugin_params,
	    plugins_reload_named, NULL, "Reload the mounts of a plugin" },
	{ OP_LIST, "sys/plugins/runtimes/catalog/?",
	    R_SUDO | R_VERSION(VERSION_PLUGIN_RUNTIMES), NULL, plugins_runtimes,
	    NULL, "What runs plugins" },
	{ OP_READ, "sys/plugins/pins/?", R_VERSION(VERSION_PLUGIN_PINS), NULL,
	    plugins_pins, NULL, "Pinned versions of plugins" },
	ROUTE_END,
};
