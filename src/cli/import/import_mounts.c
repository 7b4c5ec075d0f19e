/*
 * Mounts with their tuning, what is in those of each type, and policies.
 */
#include <stdio.h>
#include <string.h>

#include "cli/import/import.h"

static const char *const mount_keys[] = { "type", "description", "options",
	"local", "seal_wrap", NULL };
static const char *const tune_keys[] = { "default_lease_ttl", "max_lease_ttl",
	"listing_visibility", "audit_non_hmac_request_keys",
	"audit_non_hmac_response_keys", "passthrough_request_headers",
	"allowed_response_headers", "token_type", NULL };

/* What is copied of a mount of that type beyond the mount; NULL: nothing is
 * there to copy. */
static const struct {
	const char *type;
	void (*import)(struct importer *im, const char *path);
	const char *left; /* what is left behind, or NULL */
} mount_types[] = {
	{ "kv", NULL, NULL },
	{ "generic", NULL, NULL },
	{ "pki", import_pki,
	    "issuers and their keys: a new root has the name" },
	{ "transit", import_transit, "key material: new keys have the names" },
	{ "database", import_database, "passwords of connections" },
};

static const struct {
	const char *type;
	void (*import)(struct importer *im, const char *path);
	const char *left;
} auth_types[] = {
	{ "approle", import_approle, "secret ids" },
	{ "userpass", import_userpass, "passwords: new ones were made" },
	{ "alicloud", NULL, "configuration and roles" },
	{ "aws", NULL, "configuration and roles" },
	{ "azure", NULL, "configuration and roles" },
	{ "cert", NULL, "configuration and roles" },
	{ "cf", NULL, "configuration and roles" },
	{ "gcp", NULL, "configuration and roles" },
	{ "github", NULL, "configuration and roles" },
	{ "jwt", NULL, "configuration and roles" },
	{ "kerberos", NULL, "configuration and roles" },
	{ "kubernetes", NULL, "configuration and roles" },
	{ "ldap", NULL, "configuration and roles" },
	{ "oci", NULL, "configuration and roles" },
	{ "oidc", NULL, "configuration and roles" },
	{ "okta", NULL, "configuration and roles" },
	{ "radius", NULL, "configuration and roles" },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The times of tune are seconds; 0 is the system's. */
static void
import_add_tune(json_t *mount, const json_t *config)
{
	static const char *const times[] = { "default_lease_ttl",
		"max_lease_ttl" };
	json_t *tune = import_pick(config, tune_keys);

	for (size_t i = 0; i < COUNT(times); i++) {
		json_int_t s = json_integer_value(
		    json_object_get(tune, times[i]));
		char text[40];

		json_object_del(tune, times[i]);
		snprintf(text, sizeof(text), "%llds", (long long)s);
		if (s > 0)
			json_object_set_new(tune, times[i], json_string(text));
	}
	if (json_object_size(tune) > 0)
		json_object_set(mount, "tune", tune);
	json_decref(tune);
}

static void
import_add_mount(struct importer *im, const char *section, const char *path,
    const json_t *mount)
{
	json_t *copy = import_pick(mount, mount_keys);

	import_add_tune(copy, json_object_get(mount, "config"));
	json_object_set_new(import_section(im, section), path, copy);
}

static void
import_note_left(struct importer *im, const char *path, const char *left)
{
	if (left)
		import_skip(im, "%s: %s", path, left);
}

static void
import_secret_mount(struct importer *im, const char *path, const char *type,
    const json_t *mount)
{
	const char *version = json_string_value(
	    json_object_get(json_object_get(mount, "options"), "version"));

	for (size_t i = 0; i < COUNT(mount_types); i++) {
		if (strcmp(mount_types[i].type, type) != 0)
			continue;
		import_add_mount(im, "mounts", path, mount);
		if (strcmp(type, "kv") == 0 || strcmp(type, "generic") == 0)
			import_kv(
			    im, path, version && strcmp(version, "2") == 0);
		if (mount_types[i].import)
			mount_types[i].import(im, path);
		import_note_left(im, path, mount_types[i].left);
		return;
	}
	import_skip(im, "%s: no engine of type %s is here", path, type);
}

static void
import_auth_mount(struct importer *im, const char *path, const char *type,
    const json_t *mount)
{
	char *whole = arena_printf(im->arena, "auth/%s", path);

	for (size_t i = 0; i < COUNT(auth_types); i++) {
		if (strcmp(auth_types[i].type, type) != 0)
			continue;
		import_add_mount(im, "auth", path, mount);
		if (auth_types[i].import)
			auth_types[i].import(im, whole);
		import_note_left(im, whole, auth_types[i].left);
		return;
	}
	import_skip(im, "%s: no auth method of type %s is here", whole, type);
}

/* Mounts that every Vault has. */
static bool
import_is_own_mount(const char *type)
{
	static const char *const own[] = { "system", "identity", "cubbyhole",
		"token", "ns_system", "ns_identity", "ns_cubbyhole", "ns_token",
		"agent_registry" };

	for (size_t i = 0; i < COUNT(own); i++)
		if (strcmp(own[i], type) == 0)
			return true;
	return false;
}

static void
import_each_mount(struct importer *im, const char *list,
    void (*import)(struct importer *im, const char *path, const char *type,
	const json_t *mount))
{
	json_t *mounts = import_read(im, "GET", list, NULL), *mount;
	const char *path;

	json_object_foreach (mounts, path, mount) {
		const char *type = json_string_value(
		    json_object_get(mount, "type"));

		if (type && !import_is_own_mount(type) && !im->failure)
			import(im, path, type, mount);
	}
	json_decref(mounts);
}

void
import_mounts(struct importer *im)
{
	import_each_mount(im, "sys/mounts", import_secret_mount);
	import_each_mount(im, "sys/auth", import_auth_mount);
}

/* ---- policies ---- */

void
import_policies(struct importer *im)
{
	json_t *names = import_list(im, "sys/policies/acl"), *name, *data;
	size_t i;

	json_array_foreach (names, i, name) {
		const char *text = json_string_value(name);
		json_t *policy;

		if (!text || strcmp(text, "root") == 0)
			continue;
		data = import_read(im, "GET",
		    arena_printf(im->arena, "sys/policies/acl/%s", text), NULL);
		policy = json_object_get(data, "policy");
		if (json_string_length(policy) > 0)
			json_object_set(
			    import_section(im, "policies"), text, policy);
		json_decref(data);
	}
	json_decref(names);
	names = import_list(im, "sys/policies/password");
	json_array_foreach (names, i, name) {
		char *path = arena_printf(im->arena, "sys/policies/password/%s",
		    json_string_value(name));

		data = import_read(im, "GET", path, NULL);
		if (data)
			import_add_write(im, path, data);
	}
	json_decref(names);
}
