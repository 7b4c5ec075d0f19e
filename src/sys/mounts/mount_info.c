/*
 * A mount as sys/mounts, sys/auth and sys/internal/ui/mounts name and show it.
 */
#include "sys/mounts/mount_info.h"

#include "api/engine.h"
#include "base/text.h"

const char *
mount_path_with_slash(struct request *req, const char *path)
{
	path += *path == '/';
	if (ends_with(path, "/"))
		return path;
	return arena_printf(req->arena, "%s/", path);
}

static json_t *
mount_info_config(const struct vault *v, const struct mount *m, bool effective)
{
	json_t *config = json_pack("{s:I, s:I, s:b}", "default_lease_ttl",
	    (json_int_t)(effective ? mount_default_ttl(v, m)
				   : m->default_ttl_s),
	    "max_lease_ttl",
	    (json_int_t)(effective ? mount_max_ttl(v, m) : m->max_ttl_s),
	    "force_no_cache", (int)m->force_no_cache);

	json_object_update(config, m->extra_config);
	if (m->table == MOUNT_AUTH)
		json_object_set_new(config, "token_type",
		    json_string(
			*m->token_type ? m->token_type : "default-service"));
	return config;
}

json_t *
mount_info(const struct vault *v, const struct mount *m, bool effective)
{
	const struct engine *e = m->engine;
	char version[64];
	json_t *info;

	effective = effective && version_has(v, VERSION_UI_MOUNTS_TTL);
	engine_version(v, e, version);
	info = json_pack("{s:s, s:o, s:s, s:b, s:b, s:O?, s:s, s:s, s:s, s:b, "
			 "s:s, s:s}",
	    "accessor", m->accessor, "config",
	    mount_info_config(v, m, effective), "description", m->description,
	    "external_entropy_access", (int)m->external_entropy, "local",
	    (int)m->local, "options", m->options, "plugin_version",
	    m->plugin_version, "running_plugin_version", version,
	    "running_sha256", "", "seal_wrap", (int)m->seal_wrap, "type",
	    m->type, "uuid", m->uuid);
	if (!m->options)
		json_object_set_new(info, "options", json_null());
	if (!e || !(e->flags & ENGINE_CORE))
		json_object_set_new(
		    info, "deprecation_status", json_string("supported"));
	return info;
}
