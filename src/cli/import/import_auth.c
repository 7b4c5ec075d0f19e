/*
 * Roles and users: AppRole, userpass, token roles.
 */
#include <string.h>

#include "cli/import/import.h"

#define TOKEN_KEYS                                                       \
	"token_bound_cidrs", "token_explicit_max_ttl", "token_max_ttl",  \
	    "token_no_default_policy", "token_num_uses", "token_period", \
	    "token_policies", "token_ttl", "token_type"

static const char *const approle_keys[] = { "bind_secret_id",
	"local_secret_ids", "secret_id_bound_cidrs", "secret_id_num_uses",
	"secret_id_ttl", TOKEN_KEYS, NULL };
static const char *const userpass_keys[] = { TOKEN_KEYS, NULL };
static const char *const token_role_keys[] = { "allowed_policies",
	"disallowed_policies", "allowed_policies_glob",
	"disallowed_policies_glob", "allowed_entity_aliases", "orphan",
	"renewable", "path_suffix", "token_bound_cidrs",
	"token_explicit_max_ttl", "token_no_default_policy", "token_num_uses",
	"token_period", "token_type", NULL };

/* Calls fn for each name of a list that could be read; its path is the list's
 * with the name. */
static void
import_each(struct importer *im, const char *list, const char *const *keys,
    void (*fn)(struct importer *im, const char *path, json_t *picked))
{
	json_t *names = import_list(im, list), *name, *data;
	size_t i;

	json_array_foreach (names, i, name) {
		char *path = arena_printf(
		    im->arena, "%s/%s", list, json_string_value(name));

		data = import_read(im, "GET", path, NULL);
		if (data)
			fn(im, path, import_pick(data, keys));
		json_decref(data);
	}
	json_decref(names);
}

/* A role id is no secret: clients have it in their configuration. */
static void
import_add_approle(struct importer *im, const char *path, json_t *picked)
{
	char *id_path = arena_printf(im->arena, "%s/role-id", path);
	json_t *data;

	import_add_write(im, path, picked);
	data = import_read(im, "GET", id_path, NULL);
	if (json_object_get(data, "role_id"))
		import_add_write(im, id_path,
		    json_pack(
			"{s:O}", "role_id", json_object_get(data, "role_id")));
	json_decref(data);
}

void
import_approle(struct importer *im, const char *path)
{
	import_each(im, arena_printf(im->arena, "%srole", path), approle_keys,
	    import_add_approle);
}

static void
import_add_user(struct importer *im, const char *path, json_t *picked)
{
	char password[25];

	random_base62(im->random, password, sizeof(password) - 1);
	json_object_set_new(picked, "password", json_string(password));
	import_add_write(im, path, picked);
}

void
import_userpass(struct importer *im, const char *path)
{
	import_each(im, arena_printf(im->arena, "%susers", path), userpass_keys,
	    import_add_user);
}

void
import_token_roles(struct importer *im)
{
	import_each(im, "auth/token/roles", token_role_keys, import_add_write);
}
