/*
 * PKI, transit, databases and quotas: what can be read of them.
 */
#include <openssl/x509.h>
#include <string.h>

#include "base/pem.h"
#include "base/text.h"
#include "cli/import/import.h"

/* ---- PKI ---- */

/* The common name of a certificate, in the arena; NULL: it has none. */
static char *
import_common_name(struct importer *im, const char *pem)
{
	X509 *cert = pem_certificate(pem);
	char name[256] = "";
	int n = cert ? X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
			   NID_commonName, name, sizeof(name))
		     : -1;

	X509_free(cert);
	return n > 0 && utf8_valid(name, strlen(name))
	    ? arena_strdup(im->arena, name)
	    : NULL;
}

static void
import_pki_root(struct importer *im, const char *path)
{
	json_t *data = import_read(
	    im, "GET", arena_printf(im->arena, "%scert/ca", path), NULL);
	const char *pem = json_string_value(
	    json_object_get(data, "certificate"));
	const char *name = pem && *pem ? import_common_name(im, pem) : NULL;

	if (pem && *pem)
		json_object_set_new(import_section(im, "pki"), path,
		    json_pack("{s:{s:s}}", "root", "common_name",
			name ? name : "imported"));
	json_decref(data);
}

void
import_pki(struct importer *im, const char *path)
{
	static const char *const urls[] = { "issuing_certificates",
		"crl_distribution_points", "ocsp_servers", NULL };
	char *list = arena_printf(im->arena, "%sroles", path);
	char *config = arena_printf(im->arena, "%sconfig/urls", path);
	json_t *names, *name, *data;
	size_t i;

	import_pki_root(im, path);
	data = import_read(im, "GET", config, NULL);
	if (data) {
		json_t *picked = import_pick(data, urls);

		if (json_object_size(picked) > 0)
			import_add_write(im, config, json_incref(picked));
		json_decref(picked);
	}
	json_decref(data);
	names = import_list(im, list);
	json_array_foreach (names, i, name) {
		char *role = arena_printf(
		    im->arena, "%s/%s", list, json_string_value(name));

		data = import_read(im, "GET", role, NULL);
		/* An issuer's id is another one here. */
		json_object_del(data, "issuer_ref");
		if (data)
			import_add_write(im, role, data);
	}
	json_decref(names);
}

/* ---- transit ---- */

void
import_transit(struct importer *im, const char *path)
{
	static const char *const keys[] = { "type", "derived", "exportable",
		"allow_plaintext_backup", "auto_rotate_period", "key_size",
		NULL };
	char *list = arena_printf(im->arena, "%skeys", path);
	json_t *names = import_list(im, list), *name;
	size_t i;

	json_array_foreach (names, i, name) {
		char *key = arena_printf(
		    im->arena, "%s/%s", list, json_string_value(name));
		json_t *data = import_read(im, "GET", key, NULL);
		json_t *picked = import_pick(data, keys);

		if (json_is_true(
			json_object_get(data, "convergent_encryption")))
			json_object_set_new(
			    picked, "convergent_encryption", json_true());
		if (json_integer_value(json_object_get(picked, "key_size")) ==
		    0)
			json_object_del(picked, "key_size");
		if (data)
			import_add_write(im, key, json_incref(picked));
		if (json_is_true(json_object_get(data, "deletion_allowed")))
			import_add_write(im,
			    arena_printf(im->arena, "%s/config", key),
			    json_pack("{s:b}", "deletion_allowed", 1));
		json_decref(picked);
		json_decref(data);
	}
	json_decref(names);
}

/* ---- databases ---- */

/* What is read of a connection is what was written, but for its secrets. */
static json_t *
import_connection(const json_t *data)
{
	static const char *const keys[] = { "plugin_name", "allowed_roles",
		"password_policy", "root_credentials_rotate_statements", NULL };
	static const char *const secrets[] = { "password", "private_key",
		"tls_certificate_key", "service_account_json" };
	json_t *made = import_pick(data, keys);
	json_t *details = json_copy(
	    json_object_get(data, "connection_details"));

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		json_object_del(details, secrets[i]);
	json_object_update_missing(made, details);
	json_object_set_new(made, "verify_connection", json_false());
	json_decref(details);
	return made;
}

static json_t *
import_database_role(const json_t *data)
{
	static const char *const keys[] = { "db_name", "creation_statements",
		"revocation_statements", "rollback_statements",
		"renew_statements", "default_ttl", "max_ttl", "credential_type",
		"credential_config", "username", "rotation_period",
		"rotation_schedule", "rotation_window", "rotation_statements",
		NULL };

	return import_pick(data, keys);
}

static void
import_database_list(
    struct importer *im, const char *list, json_t *(*make)(const json_t *data))
{
	json_t *names = import_list(im, list), *name;
	size_t i;

	json_array_foreach (names, i, name) {
		char *path = arena_printf(
		    im->arena, "%s/%s", list, json_string_value(name));
		json_t *data = import_read(im, "GET", path, NULL);

		if (data)
			import_add_write(im, path, make(data));
		json_decref(data);
	}
	json_decref(names);
}

void
import_database(struct importer *im, const char *path)
{
	import_database_list(
	    im, arena_printf(im->arena, "%sconfig", path), import_connection);
	import_database_list(
	    im, arena_printf(im->arena, "%sroles", path), import_database_role);
	import_database_list(im,
	    arena_printf(im->arena, "%sstatic-roles", path),
	    import_database_role);
}

/* ---- quotas ---- */

void
import_quotas(struct importer *im)
{
	static const char *const keys[] = { "path", "rate", "interval",
		"block_interval", "role", NULL };
	json_t *names = import_list(im, "sys/quotas/rate-limit"), *name;
	size_t i;

	json_array_foreach (names, i, name) {
		char *path = arena_printf(im->arena, "sys/quotas/rate-limit/%s",
		    json_string_value(name));
		json_t *data = import_read(im, "GET", path, NULL);

		if (data)
			import_add_write(im, path, import_pick(data, keys));
		json_decref(data);
	}
	json_decref(names);
}
