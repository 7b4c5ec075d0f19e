/*
 * The history of versions: one setting, a list.
 */
#include "core/state/version_history.h"

#include <string.h>

#include "base/duration.h"
#include "core/setting.h"

#define SETTING_VERSIONS "versions"

json_t *
versions_list(struct vault *v)
{
	json_t *all = setting_get(v, SETTING_VERSIONS);

	return all ? all : json_array();
}

void
versions_record(struct vault *v)
{
	json_t *all, *one;
	char now[RFC3339_MAX];
	size_t i;

	if (v->standby.on) /* its state is the leader's */
		return;
	all = versions_list(v);
	json_array_foreach (all, i, one) {
		const char *version = json_string_value(
		    json_object_get(one, "version"));

		if (version && strcmp(version, v->config.version) == 0) {
			json_decref(all);
			return;
		}
	}
	rfc3339_nano(vault_now(v), now);
	json_array_append_new(all,
	    json_pack(
		"{s:s, s:s}", "version", v->config.version, "installed", now));
	setting_put(v, SETTING_VERSIONS, all);
}
