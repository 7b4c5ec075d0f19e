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

/* Where an issuer's list of changes lies. */
static const char *
pki_crl_delta_name(struct arena *a, const struct pki_issuer *i)
{
	return arena_printf(a, "%s-delta", i->id);
}

struct slice
pki_crl_load_delta(struct vault *v, struct arena *a, const struct mount *m,
    const struct pki_issuer *i, int64_t *number)
{
	return pki_crl_load(v, a, m, pki_crl_delta_name(a, i), number);
}

/* Under which name a list is kept. */
struct pki_crl_place {
	const struct mount *mount;
	const char *name;
	int64_t renew_ns; /* when it is made anew; 0: never */
};

/* Signs an issuer's list and keeps it. */
static bool
pki_crl_keep(struct vault *v, const struct pki_crl_place *place,
    const struct pki_issuer *i, const struct x509_crl *list, struct error *e)
{
	int length;
	uint8_t *der = x509_crl_make(i->cert, i->key->key, list, &length, e);

	if (!der)
		return false;
	pki_crl_save(v, place->mount, place->name, list->number,
	    (struct slice){ (const char *)der, (size_t)length },
	    place->renew_ns);
	if (place->renew_ns)
		expirer_schedule(v, &pki_crl_expirer, place->renew_ns);
	free(der);
	return true;
}

/* A list without entries, for the issuer and the time. */
static struct x509_crl
pki_crl_begin(struct vault *v, const struct pki_issuer *i, const json_t *config)
{
	int64_t now_ns = vault_now(v);

	return (struct x509_crl){
		.delta_base = -1,
		.this_update_s = now_ns / NSEC_PER_SEC,
		.next_update_s = time_after_ns(now_ns,
				     pki_crl_config_duration_ns(
					 config, "expiry")) /
		    NSEC_PER_SEC,
		.algorithm = x509_algorithm_by_name(i->revocation_algorithm),
	};
}

/* Signs one issuer's list and keeps it, and with it a list of no changes.
 * Vault 1.19: the two share one count. false when it would have more entries
 * than the configuration allows or OpenSSL refuses: the former ones stay. */
static bool
pki_crl_sign(struct vault *v, const struct mount *m, const struct pki_issuer *i,
    const json_t *config, struct error *e)
{
	struct arena *a = arena_new();
	struct x509_crl list = pki_crl_begin(v, i, config);
	struct x509_crl changes = list;
	int64_t full, delta;
	int64_t renew_ns = pki_crl_is_auto_rebuilt(config)
	    ? time_after_ns(
		  vault_now(v), pki_crl_config_duration_ns(config, "expiry")) -
		pki_crl_config_duration_ns(config, "auto_rebuild_grace_period")
	    : 0;
	const struct pki_crl_place place = { m, i->id, renew_ns };
	const struct pki_crl_place changes_place = { m,
		pki_crl_delta_name(a, i), 0 };
	int64_t most = json_integer_value(
	    json_object_get(config, "max_crl_entries"));
	struct crl_entry *entries = NULL;
	bool ok;

	pki_crl_load(v, a, m, i->id, &full);
	pki_crl_load_delta(v, a, m, i, &delta);
	list.number = (full > delta ? full : delta) + 1;
	if (!json_is_true(json_object_get(config, "disable")))
		list.nentries = pki_cert_revoked(v, a, m, i->id, &entries);
	list.entries = entries;
	changes.number = list.number + 1;
	changes.delta_base = list.number;
	ok = most < 0 || list.nentries <= (size_t)most ||
	    error_wrap(e, 500,
		"error building CRLs: unable to build CRL for issuer (%s): "
		"not writing CRL: revocation list size (%zu) exceeds "
		"configured maximum (%lld)",
		i->id, list.nentries, (long long)most);
	ok = ok && pki_crl_keep(v, &place, i, &list, e) &&
	    pki_crl_keep(v, &changes_place, i, &changes, e);
	arena_free(a);
	return ok;
}

/* Signs the list of what was revoked since the issuer's list. */
static bool
pki_crl_sign_delta(struct vault *v, const struct mount *m,
    const struct pki_issuer *i, const json_t *config, struct error *e)
{
	struct arena *a = arena_new();
	struct x509_crl list = pki_crl_begin(v, i, config);
	const struct pki_crl_place place = { m, pki_crl_delta_name(a, i), 0 };
	struct crl_entry *entries = NULL;
	int64_t delta;
	struct slice full = pki_crl_load(v, a, m, i->id, &list.delta_base);
	size_t all = pki_cert_revoked(v, a, m, i->id, &entries);
	bool ok;

	pki_crl_load_delta(v, a, m, i, &delta);
	list.number = delta + 1;
	for (size_t k = 0; k < all; k++)
		if (!x509_crl_has(full, entries[k].serial))
			entries[list.nentries++] = entries[k];
	list.entries = entries;
	ok = pki_crl_keep(v, &place, i, &list, e);
	arena_free(a);
	return ok;
}

static bool
pki_crl_each(struct vault *v, const struct mount *m,
    bool (*sign)(struct vault *v, const struct mount *m,
	const struct pki_issuer *i, const json_t *config, struct error *e),
    struct error *e)
{
	struct pki_state *s = pki_state_get(v, m);
	json_t *config = pki_crl_config(v, m);
	bool ok = true;

	for (size_t i = 0; i < s->nissuers && ok; i++)
		if (s->issuers[i].key && s->issuers[i].usage & PKI_CRL_SIGNING)
			ok = sign(v, m, &s->issuers[i], config, e);
	json_decref(config);
	return ok;
}

bool
pki_crl_rebuild(struct vault *v, const struct mount *m, struct error *e)
{
	return pki_crl_each(v, m, pki_crl_sign, e);
}

bool
pki_crl_rebuild_delta(struct vault *v, const struct mount *m, struct error *e)
{
	return pki_crl_each(v, m, pki_crl_sign_delta, e);
}

/* ---- by the clock ---- */

/* Vault 1.19: looked at every delta_rebuild_interval, and made when something
 * was revoked since. */
void
pki_crl_schedule_delta(
    struct vault *v, const struct mount *m, const json_t *config)
{
	int64_t due_ns = vault_now(v) +
	    pki_crl_config_duration_ns(config, "delta_rebuild_interval");

	if (!json_is_true(json_object_get(config, "enable_delta")))
		return;
	pki_crl_set_delta_due(v, m, due_ns);
	expirer_schedule(v, &pki_crl_expirer, due_ns);
}

/* A rebuild moves all of a mount's lists on, so each turn leaves fewer; what
 * nobody can sign any more is due no longer. */
static int
pki_crl_rebuild_due(struct vault *v, int64_t now_ns)
{
	struct mount *m;
	int64_t id;
	bool whole;
	int n = 0;

	for (; (n == 0 || expirer_has_time(v)) &&
	     pki_crl_due_mount(v, now_ns, &id, &whole);
	     n++) {
		struct error e = { 0 };

		m = mount_by_id(v, id);
		if (m &&
		    !(whole ? pki_crl_rebuild(v, m, &e)
			    : pki_crl_rebuild_delta(v, m, &e)))
			log_msg(v->log, LOG_ERROR, "secrets.pki",
			    "error rebuilding CRLs: %s", e.text);
		pki_crl_clear_due(v, id, now_ns);
	}
	return n;
}

const struct expirer pki_crl_expirer = { "crl", pki_crl_next_due_ns,
	pki_crl_rebuild_due, true };
