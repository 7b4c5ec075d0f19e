/*
 * Revocation lists: how a mount makes them, signed anew at once after a change
 * or by the clock.
 */
#include "secrets/pki/pki_common.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/log.h"

/* ---- configuration ---- */

#define MAX_CRL_ENTRIES 100000

const struct pki_crl_field pki_crl_fields[] = {
	{ "expiry", "72h" },
	{ "disable", NULL },
	{ "ocsp_disable", NULL },
	{ "ocsp_expiry", "12h" },
	{ "auto_rebuild", NULL },
	{ "auto_rebuild_grace_period", "12h" },
	{ "enable_delta", NULL },
	{ "delta_rebuild_interval", "15m" },
	{ "cross_cluster_revocation", NULL },
	{ "unified_crl", NULL },
	{ "unified_crl_on_existing_paths", NULL },
	{ NULL, NULL },
};

json_t *
pki_crl_config(struct vault *v, const struct mount *m)
{
	json_t *config = pki_config_load(v, m, "crl");

	for (const struct pki_crl_field *f = pki_crl_fields; f->name; f++)
		if (!json_object_get(config, f->name))
			json_object_set_new(config, f->name,
			    f->text ? json_string(f->text) : json_false());
	if (!json_object_get(config, "max_crl_entries"))
		json_object_set_new(
		    config, "max_crl_entries", json_integer(MAX_CRL_ENTRIES));
	return config;
}

const char *
pki_crl_config_text(const json_t *config, const char *name)
{
	const char *text = json_string_value(json_object_get(config, name));

	return text ? text : "";
}

int64_t
pki_crl_config_duration_ns(const json_t *config, const char *name)
{
	int64_t ns = 0;

	duration_parse(pki_crl_config_text(config, name), &ns);
	return ns;
}

bool
pki_crl_is_auto_rebuilt(const json_t *config)
{
	return json_is_true(json_object_get(config, "auto_rebuild"));
}

/* ---- signing ---- */

/* Signs one issuer's list and keeps it. false when it would have more entries
 * than the configuration allows or OpenSSL refuses: the former one stays. */
static bool
pki_crl_sign(struct vault *v, const struct mount *m, const struct pki_issuer *i,
    const json_t *config, struct error *e)
{
	struct arena *a = arena_new();
	int64_t now_ns = vault_now(v), number;
	int64_t end_ns = now_ns + pki_crl_config_duration_ns(config, "expiry");
	int64_t renew_ns = pki_crl_is_auto_rebuilt(config) ? end_ns -
		pki_crl_config_duration_ns(config, "auto_rebuild_grace_period")
							   : 0;
	int64_t most = json_integer_value(
	    json_object_get(config, "max_crl_entries"));
	struct crl_entry *entries = NULL;
	struct x509_crl list = {
		.delta_base = -1,
		.this_update_s = now_ns / NSEC_PER_SEC,
		.next_update_s = end_ns / NSEC_PER_SEC,
		.algorithm = x509_algorithm_by_name(i->revocation_algorithm),
	};
	uint8_t *der = NULL;
	int length;

	pki_crl_load(v, a, m, i->id, &number);
	list.number = number + 1;
	if (!json_is_true(json_object_get(config, "disable")))
		list.nentries = pki_cert_revoked(v, a, m, i->id, &entries);
	list.entries = entries;
	if (most >= 0 && list.nentries > (size_t)most)
		error_wrap(e, 500,
		    "error building CRLs: unable to build CRL for issuer (%s): "
		    "not writing CRL: revocation list size (%zu) exceeds "
		    "configured maximum (%lld)",
		    i->id, list.nentries, (long long)most);
	else
		der = x509_crl_make(i->cert, i->key->key, &list, &length, e);
	if (der) {
		pki_crl_save(v, m, i->id, list.number,
		    (struct slice){ (const char *)der, (size_t)length },
		    renew_ns);
		if (renew_ns)
			expirer_schedule(v, &pki_crl_expirer, renew_ns);
	}
	free(der);
	arena_free(a);
	return der != NULL;
}

bool
pki_crl_rebuild(struct vault *v, const struct mount *m, struct error *e)
{
	struct pki_state *s = pki_state_get(v, m);
	json_t *config = pki_crl_config(v, m);
	bool ok = true;

	for (size_t i = 0; i < s->nissuers && ok; i++)
		if (s->issuers[i].key && s->issuers[i].usage & PKI_CRL_SIGNING)
			ok = pki_crl_sign(v, m, &s->issuers[i], config, e);
	json_decref(config);
	return ok;
}

/* ---- by the clock ---- */

/* A rebuild moves all of a mount's lists on, so each turn leaves fewer; what
 * nobody can sign any more is due no longer. */
static int
pki_crl_rebuild_due(struct vault *v, int64_t now_ns)
{
	struct mount *m;
	int64_t id;
	int n = 0;

	for (; pki_crl_due_mount(v, now_ns, &id); n++) {
		struct error e = { 0 };

		m = mount_by_id(v, id);
		if (m && !pki_crl_rebuild(v, m, &e))
			log_msg(v->log, LOG_ERROR, "secrets.pki",
			    "error rebuilding CRLs: %s", e.text);
		pki_crl_clear_due(v, id, now_ns);
	}
	return n;
}

const struct expirer pki_crl_expirer = { "crl", pki_crl_next_due_ns,
	pki_crl_rebuild_due };
