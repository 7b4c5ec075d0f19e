/*
 * The PKI engine as a mount: its tables, and what ends with its leases.
 */
#include "secrets/pki/pki_common.h"

#include "api/engine.h"

static bool
pki_revoke_lease(struct vault *v, const struct mount *m, const struct lease *l,
    struct error *e)
{
	json_t *own = l->engine_data
	    ? jsontext_to_tree(slice_of(l->engine_data))
	    : NULL;
	const char *serial = json_string_value(
	    json_object_get(own, "serial_number"));

	bool ok = !serial || pki_revoke_serial(v, m, serial, e);

	json_decref(own);
	return ok;
}

static const struct expirer *const pki_expirers[] = { &pki_crl_expirer,
	&pki_tidy_expirer, NULL };

const struct engine engine_pki = {
	.type = "pki",
	.table = MOUNT_SECRET,
	.flags = ENGINE_IN_TREE,
	.tables = { pki_issue_routes, pki_role_routes, pki_fetch_routes,
	    pki_issuer_routes, pki_ca_routes, pki_config_routes,
	    pki_revoke_routes, pki_key_routes, pki_import_routes,
	    pki_crl_routes, pki_tidy_routes, pki_ocsp_routes },
	.part = &pki_store,
	.help = "The PKI backend dynamically generates X509 server and client "
		"certificates.",
	.on_unmount = pki_unmounted,
	.revoke_lease = pki_revoke_lease,
	.expirers = pki_expirers,
};
