/*
 * Tidying: certificates, revocations and issuers that ended long ago go, when a
 * client asks or by themselves at an interval.
 */
#include "secrets/pki/pki_common.h"

#include <string.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/log.h"
#include "base/text.h"

/* ---- settings ---- */

enum tidy_kind {
	TIDY_WHAT, /* a flag: something to tidy */
	TIDY_FLAG,
	TIDY_SECONDS,
	TIDY_PAUSE, /* a duration as text */
};

static const struct tidy_field {
	const char *name;
	enum tidy_kind kind;
	int64_t value;	/* default, in seconds */
	bool auto_only; /* config/auto-tidy alone knows it */
	bool unread;	/* config/auto-tidy takes it and does not keep it */
	enum version_change version;
} tidy_fields[] = {
	{ "enabled", TIDY_FLAG, 0, true, false, VERSION_ALWAYS },
	{ "min_startup_backoff_duration", TIDY_SECONDS, 300, true, false,
	    VERSION_PKI_TIDY_BACKOFF },
	{ "max_startup_backoff_duration", TIDY_SECONDS, 900, true, false,
	    VERSION_PKI_TIDY_BACKOFF },
	{ "interval_duration", TIDY_SECONDS, 43200, true, false,
	    VERSION_ALWAYS },
	{ "tidy_cert_store", TIDY_WHAT, 0, false, false, VERSION_ALWAYS },
	{ "tidy_revoked_certs", TIDY_WHAT, 0, false, false, VERSION_ALWAYS },
	{ "tidy_revoked_cert_issuer_associations", TIDY_WHAT, 0, false, false,
	    VERSION_ALWAYS },
	{ "safety_buffer", TIDY_SECONDS, 259200, false, false, VERSION_ALWAYS },
	{ "pause_duration", TIDY_PAUSE, 0, false, false, VERSION_ALWAYS },
	{ "tidy_expired_issuers", TIDY_WHAT, 0, false, false, VERSION_ALWAYS },
	{ "issuer_safety_buffer", TIDY_SECONDS, 31536000, false, false,
	    VERSION_ALWAYS },
	{ "tidy_move_legacy_ca_bundle", TIDY_WHAT, 0, false, false,
	    VERSION_ALWAYS },
	{ "tidy_revocation_queue", TIDY_WHAT, 0, false, false, VERSION_ALWAYS },
	{ "revocation_queue_safety_buffer", TIDY_SECONDS, 172800, false, false,
	    VERSION_ALWAYS },
	{ "tidy_cross_cluster_revoked_certs", TIDY_WHAT, 0, false, false,
	    VERSION_ALWAYS },
	{ "tidy_acme", TIDY_WHAT, 0, false, false, VERSION_ALWAYS },
	{ "acme_account_safety_buffer", TIDY_SECONDS, 2592000, false, false,
	    VERSION_ALWAYS },
	{ "tidy_cert_metadata", TIDY_WHAT, 0, false, false,
	    VERSION_PKI_TIDY_METADATA },
	{ "tidy_cmpv2_nonce_store", TIDY_WHAT, 0, false, true,
	    VERSION_PKI_TIDY_METADATA },
	{ "maintain_stored_certificate_counts", TIDY_FLAG, 0, true, false,
	    VERSION_ALWAYS },
	{ "publish_stored_certificate_count_metrics", TIDY_FLAG, 0, true, false,
	    VERSION_ALWAYS },
};

#define TIDY_FIELDS (sizeof(tidy_fields) / sizeof(tidy_fields[0]))

#define TIDY_ANY                                                          \
	"tidy_cert_store / tidy_revoked_certs / "                         \
	"tidy_revoked_cert_issuer_associations / tidy_expired_issuers / " \
	"tidy_move_legacy_ca_bundle / tidy_revocation_queue / "           \
	"tidy_cross_cluster_revoked_certs / tidy_acme"

static bool
tidy_flag(const json_t *config, const char *name)
{
	return json_is_true(json_object_get(config, name));
}

static int64_t
tidy_seconds(const json_t *config, const char *name)
{
	return json_integer_value(json_object_get(config, name));
}

static json_t *
tidy_default(const struct tidy_field *f)
{
	switch (f->kind) {
	case TIDY_WHAT:
	case TIDY_FLAG:
		return json_false();
	case TIDY_SECONDS:
		return json_integer(f->value);
	case TIDY_PAUSE:
		return json_string("0s");
	}
	return json_null();
}

static json_t *
tidy_load_auto(struct vault *v, const struct mount *m)
{
	json_t *config = pki_config_load(v, m, "auto-tidy");

	for (size_t i = 0; i < TIDY_FIELDS; i++)
		if (!json_object_get(config, tidy_fields[i].name))
			json_object_set_new(config, tidy_fields[i].name,
			    tidy_default(&tidy_fields[i]));
	return config;
}

static bool
tidy_is_any_enabled(const json_t *config)
{
	for (size_t i = 0; i < TIDY_FIELDS; i++)
		if (tidy_fields[i].kind == TIDY_WHAT &&
		    tidy_flag(config, tidy_fields[i].name))
			return true;
	return false;
}

/* ---- the work ---- */

static void
tidy_expired_issuers(struct vault *v, const struct mount *m, int64_t before_s)
{
	struct arena *a = arena_new();
	struct pki_state *s = pki_state_get(v, m);
	char **ids = arena_zalloc(a, (s->nissuers + 1) * sizeof(char *));
	size_t n = 0;

	for (size_t i = 0; i < s->nissuers; i++)
		if (strcmp(s->issuers[i].id, s->default_issuer) != 0 &&
		    x509_not_after_s(s->issuers[i].cert) < before_s)
			ids[n++] = arena_strdup(a, s->issuers[i].id);
	for (size_t i = 0; i < n; i++)
		pki_issuer_remove(v, m, ids[i]);
	arena_free(a);
}

/* Tidies as config says and keeps what tidy-status tells of it. Vault does it
 * in the background; here it is done before an answer says that it began. */
static bool
tidy_run(struct vault *v, const struct mount *m, const json_t *config,
    struct error *e)
{
	static const char *const zeros[] = { "missing_issuer_cert_count",
		"revocation_queue_deleted_count",
		"cross_revoked_cert_deleted_count", "total_acme_account_count",
		"acme_account_deleted_count", "acme_account_revoked_count",
		"acme_orders_deleted_count", "cert_metadata_deleted_count",
		"cmpv2_nonce_deleted_count" };
	int64_t now_ns = vault_now(v), now_s = now_ns / NSEC_PER_SEC;
	int64_t before_s = now_s - tidy_seconds(config, "safety_buffer");
	int nstore = 0, nrevoked = 0;
	char at[RFC3339_MAX];
	json_t *status;
	bool ok = true;

	if (tidy_flag(config, "tidy_cert_store"))
		nstore = pki_cert_tidy(v, m, false, before_s);
	if (tidy_flag(config, "tidy_revoked_certs"))
		nrevoked = pki_cert_tidy(v, m, true, before_s);
	if (tidy_flag(config, "tidy_expired_issuers"))
		tidy_expired_issuers(
		    v, m, now_s - tidy_seconds(config, "issuer_safety_buffer"));
	if (nrevoked)
		ok = pki_crl_rebuild(v, m, e);
	rfc3339_nano(now_ns, at);
	status = json_pack("{s:i, s:i, s:s, s:s, s:s, s:o}",
	    "cert_store_deleted_count", nstore, "revoked_cert_deleted_count",
	    nrevoked, "state", ok ? "Finished" : "Error", "time_started", at,
	    "time_finished", at, "error",
	    ok ? json_null() : json_string(e->text));
	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		json_object_set_new(status, zeros[i], json_integer(0));
	for (size_t i = 0; i < TIDY_FIELDS; i++)
		if (!tidy_fields[i].auto_only)
			json_object_set(status, tidy_fields[i].name,
			    json_object_get(config, tidy_fields[i].name));
	pki_config_put(v, m, "tidy", status);
	return ok;
}

/* ---- tidy ---- */

/* A pause as text into config, as Go prints it. */
static bool
tidy_read_pause(
    struct request *req, json_t *config, const char *prefix, struct error *e)
{
	const char *text = param_str(req, "pause_duration"), *problem;
	int64_t ns = 0;

	problem = duration_parse_why(req->arena, text, &ns);
	if (problem)
		return error_set(e, 400, "%s: %s", prefix, problem);
	if (ns < 0)
		return error_set(
		    e, 400, "received invalid, negative pause_duration");
	json_object_set_new(config, "pause_duration",
	    json_string(pki_go_duration(req->arena, ns)));
	return true;
}

static bool
tidy_read_manual(struct request *req, json_t *config, struct error *e)
{
	static const char *const buffers[] = { "safety_buffer",
		"issuer_safety_buffer", "revocation_queue_safety_buffer",
		"acme_account_safety_buffer" };

	for (size_t i = 0; i < TIDY_FIELDS; i++) {
		const char *name = tidy_fields[i].name;

		if (!tidy_fields[i].auto_only &&
		    tidy_fields[i].kind == TIDY_WHAT)
			json_object_set_new(
			    config, name, json_boolean(param_bool(req, name)));
	}
	if (param_bool(req, "tidy_revocation_list"))
		json_object_set_new(config, "tidy_revoked_certs", json_true());
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		int64_t s = param_duration(req, buffers[i]);

		if (s < 1)
			return error_set(
			    e, 400, "%s must be greater than zero", buffers[i]);
		json_object_set_new(config, buffers[i], json_integer(s));
	}
	return tidy_read_pause(req, config, "Error parsing pause_duration", e);
}

#define NO_METADATA "certificate metadata is only supported on Vault Enterprise"

static void
tidy_schedule(struct vault *v, const struct mount *m, const json_t *config)
{
	int64_t due_ns = 0, s = tidy_seconds(config, "interval_duration");

	/* Vault 1.19: whether it is time is asked once a minute. */
	if (tidy_flag(config, "enabled"))
		due_ns = time_after_s(vault_now(v), s < 60 ? 60 : s);
	pki_tidy_set_due(v, m, due_ns);
	if (due_ns)
		expirer_schedule(v, &pki_tidy_expirer, due_ns);
}

static void
tidy_set_last_auto(struct vault *v, const struct mount *m)
{
	pki_config_put(v, m, "auto-tidy-last",
	    json_pack("{s:o}", "time", jsontree_time(vault_now(v))));
}

/* Tidies at once with the parameters given. Answers 202, and warns as Vault
 * does, where it would run in the background. */
static enum handler_result
pki_tidy_write(struct request *req)
{
	json_t *config = json_object(), *automatic;
	struct error e = { 0 }, failed = { 0 };
	bool any, ok;

	ok = tidy_read_manual(req, config, &e);
	if (ok && tidy_flag(config, "tidy_cert_metadata"))
		ok = error_set(&e, 400, NO_METADATA);
	any = tidy_is_any_enabled(config);
	if (!ok) {
		json_decref(config);
		return fail_error(req, &e);
	}
	if (!tidy_run(req->vault, req->mount, config, &failed))
		log_msg(req->vault->log, LOG_ERROR, "secrets.pki",
		    "error running tidy: %s", failed.text);
	json_decref(config);
	automatic = tidy_load_auto(req->vault, req->mount);
	tidy_set_last_auto(req->vault, req->mount);
	tidy_schedule(req->vault, req->mount, automatic);
	json_decref(automatic);
	reply_warn(req, "%s",
	    any ? "Tidy operation successfully started. Any information from "
		  "the operation will be printed to Vault's server logs."
		: "Manual tidy requested but no tidy operations were set. "
		  "Enable at least one tidy operation to be run (" TIDY_ANY
		  ").");
	return reply_forced(req, 202, NULL);
}

static enum handler_result
pki_tidy_cancel(struct request *req)
{
	reply_warn(req,
	    "Tidy operation cannot be cancelled as none is currently running.");
	return reply_data(req, NULL);
}

/* Everything that Vault lists, with what the last tidy left. The counts of
 * certificates are shown when config/auto-tidy keeps them. */
static enum handler_result
pki_tidy_read_status(struct request *req)
{
	static const char *const nulls[] = { "acme_account_deleted_count",
		"acme_account_revoked_count", "acme_orders_deleted_count",
		"cert_metadata_deleted_count", "cert_store_deleted_count",
		"cmpv2_nonce_deleted_count", "cross_revoked_cert_deleted_count",
		"current_cert_store_count", "current_revoked_cert_count",
		"error", "message", "missing_issuer_cert_count",
		"revocation_queue_deleted_count", "revoked_cert_deleted_count",
		"time_finished", "time_started", "total_acme_account_count" };
	json_t *status = pki_config_load(req->vault, req->mount, "tidy");
	json_t *last = pki_config_load(
	    req->vault, req->mount, "auto-tidy-last");
	json_t *config = tidy_load_auto(req->vault, req->mount);
	json_t *data = json_pack("{s:s, s:s}", "state", "Inactive",
	    "internal_backend_uuid", req->mount->uuid);

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		json_object_set_new(data, nulls[i], json_null());
	for (size_t i = 0; i < TIDY_FIELDS; i++)
		if (!tidy_fields[i].auto_only)
			json_object_set_new(
			    data, tidy_fields[i].name, json_null());
	json_object_set(
	    data, "last_auto_tidy_finished", json_object_get(last, "time"));
	if (!json_object_get(last, "time"))
		json_object_set_new(data, "last_auto_tidy_finished",
		    jsontree_time(vault_now(req->vault)));
	if (tidy_flag(config, "maintain_stored_certificate_counts")) {
		json_object_set_new(data, "current_cert_store_count",
		    json_integer(
			pki_cert_count(req->vault, req->mount, false)));
		json_object_set_new(data, "current_revoked_cert_count",
		    json_integer(pki_cert_count(req->vault, req->mount, true)));
	}
	json_object_update(data, status);
	json_decref(status);
	json_decref(last);
	json_decref(config);
	return reply_data(req, data);
}

/* ---- config/auto-tidy ---- */

static json_t *
tidy_show(const struct request *req, json_t *config)
{
	for (size_t i = 0; i < TIDY_FIELDS; i++)
		if (!version_has(req->vault, tidy_fields[i].version))
			json_object_del(config, tidy_fields[i].name);
	return config;
}

static enum handler_result
pki_tidy_read_auto(struct request *req)
{
	return reply_data(
	    req, tidy_show(req, tidy_load_auto(req->vault, req->mount)));
}

static bool
tidy_read_seconds(
    struct request *req, json_t *config, const char *name, struct error *e)
{
	int64_t s = param_duration(req, name);

	json_object_set_new(config, name, json_integer(s));
	if (s >= 1 || strcmp(name, "interval_duration") == 0)
		return true;
	if (ends_with(name, "_backoff_duration"))
		return error_set(e, 400,
		    "%s must be at least 1 second: parsed: %s", name,
		    pki_go_duration(req->arena, duration_from_s(s)));
	/* Vault 1.19: the issuers' buffer is called by the other's name. */
	return error_set(e, 400,
	    "given %s must be at least one second; got: %lld",
	    strcmp(name, "issuer_safety_buffer") == 0 ? "safety_buffer" : name,
	    (long long)s);
}

static bool
tidy_check_backoff(struct request *req, const json_t *config, struct error *e)
{
	int64_t least = tidy_seconds(config, "min_startup_backoff_duration");
	int64_t most = tidy_seconds(config, "max_startup_backoff_duration");

	return least <= most ||
	    error_set(e, 400,
		"max_startup_backoff_duration %s must be greater or equal to "
		"min_startup_backoff_duration %s",
		pki_go_duration(req->arena, duration_from_s(most)),
		pki_go_duration(req->arena, duration_from_s(least)));
}

/* The fields in Vault's order, which is the table's. */
static bool
tidy_read_auto_field(struct request *req, json_t *config,
    const struct tidy_field *f, struct error *e)
{
	if (strcmp(f->name, "interval_duration") == 0 &&
	    !tidy_check_backoff(req, config, e))
		return false;
	if (!param_is_given(req, f->name))
		return true;
	switch (f->kind) {
	case TIDY_WHAT:
	case TIDY_FLAG:
		json_object_set_new(
		    config, f->name, json_boolean(param_bool(req, f->name)));
		return strcmp(f->name, "tidy_cert_metadata") != 0 ||
		    !param_bool(req, f->name) || error_set(e, 400, NO_METADATA);
	case TIDY_SECONDS:
		return tidy_read_seconds(req, config, f->name, e);
	case TIDY_PAUSE:
		return tidy_read_pause(
		    req, config, "unable to parse given pause_duration", e);
	}
	return true;
}

static bool
tidy_read_auto(struct request *req, json_t *config, struct error *e)
{
	for (size_t i = 0; i < TIDY_FIELDS; i++) {
		const struct tidy_field *f = &tidy_fields[i];

		/* Vault 1.19: this one is taken, but not kept. */
		if (f->unread)
			continue;
		if (strcmp(f->name, "maintain_stored_certificate_counts") ==
			0 &&
		    tidy_flag(config, "enabled") &&
		    !tidy_is_any_enabled(config))
			return error_set(e, 400,
			    "Auto-tidy enabled but no tidy operations were "
			    "requested. Enable at least one tidy operation to "
			    "be run (" TIDY_ANY ").");
		if (!tidy_read_auto_field(req, config, f, e))
			return false;
	}
	return tidy_flag(config, "maintain_stored_certificate_counts") ||
	    !tidy_flag(config, "publish_stored_certificate_count_metrics") ||
	    error_set(e, 400,
		"Can not publish a running storage metrics count to metrics "
		"without first maintaining that count.  Enable "
		"`maintain_stored_certificate_counts` to enable "
		"`publish_stored_certificate_count_metrics`.");
}

static enum handler_result
pki_tidy_write_auto(struct request *req)
{
	json_t *config = tidy_load_auto(req->vault, req->mount);
	bool was_enabled = tidy_flag(config, "enabled");
	struct error e = { 0 };

	if (!tidy_read_auto(req, config, &e)) {
		json_decref(config);
		return fail_error(req, &e);
	}
	pki_config_put(
	    req->vault, req->mount, "auto-tidy", json_incref(config));
	if (tidy_flag(config, "enabled") && !was_enabled)
		tidy_set_last_auto(req->vault, req->mount);
	tidy_schedule(req->vault, req->mount, config);
	return reply_data(req, tidy_show(req, config));
}

/* Tidies every mount whose time has come, each once. */
static int
pki_tidy_run_due(struct vault *v, int64_t now_ns)
{
	int64_t id;
	int n = 0;

	for (; (n == 0 || expirer_has_time(v)) &&
	     pki_tidy_due_mount(v, now_ns, &id);
	     n++) {
		struct mount *m = mount_by_id(v, id);
		struct error e = { 0 };
		json_t *config;

		if (!m) {
			pki_tidy_clear_due(v, id);
			continue;
		}
		config = tidy_load_auto(v, m);
		if (!tidy_run(v, m, config, &e))
			log_msg(v->log, LOG_ERROR, "secrets.pki",
			    "error running auto-tidy: %s", e.text);
		tidy_set_last_auto(v, m);
		tidy_schedule(v, m, config);
		json_decref(config);
	}
	return n;
}

const struct expirer pki_tidy_expirer = { "pki-tidy", pki_tidy_next_due_ns,
	pki_tidy_run_due, true };

/* ---- routes ---- */

#define TIDY_FLAG_PARAM(name)                 \
	{                                     \
		name, P_BOOL, NULL, "Tidy it" \
	}
#define TIDY_FLAG_SINCE(name)                                             \
	{                                                                 \
		name, P_VERSION(P_BOOL, VERSION_PKI_TIDY_METADATA), NULL, \
		    "Tidy it"                                             \
	}
#define TIDY_PARAMS                                                   \
	{ "acme_account_safety_buffer", P_SECONDS, "2592000",         \
		"How long an account without orders is kept" },       \
	    { "issuer_safety_buffer", P_SECONDS, "31536000",          \
		    "How long an ended issuer is kept" },             \
	    { "pause_duration", P_STRING, "\"0s\"",                   \
		    "Pause between certificates" },                   \
	    { "revocation_queue_safety_buffer", P_SECONDS, "172800",  \
		    "How long a request is kept" },                   \
	    { "safety_buffer", P_SECONDS, "259200",                   \
		    "How long an ended certificate is kept" },        \
	    TIDY_FLAG_PARAM("tidy_acme"),                             \
	    TIDY_FLAG_SINCE("tidy_cert_metadata"),                    \
	    TIDY_FLAG_PARAM("tidy_cert_store"),                       \
	    TIDY_FLAG_SINCE("tidy_cmpv2_nonce_store"),                \
	    TIDY_FLAG_PARAM("tidy_cross_cluster_revoked_certs"),      \
	    TIDY_FLAG_PARAM("tidy_expired_issuers"),                  \
	    TIDY_FLAG_PARAM("tidy_move_legacy_ca_bundle"),            \
	    TIDY_FLAG_PARAM("tidy_revocation_list"),                  \
	    TIDY_FLAG_PARAM("tidy_revocation_queue"),                 \
	    TIDY_FLAG_PARAM("tidy_revoked_cert_issuer_associations"), \
	    TIDY_FLAG_PARAM("tidy_revoked_certs")

static const struct param pki_tidy_params[] = { TIDY_PARAMS, PARAM_END };

static const struct param pki_tidy_auto_params[] = {
	TIDY_PARAMS,
	{ "enabled", P_BOOL, NULL, "Tidy by itself" },
	{ "interval_duration", P_SECONDS, "43200", "Time between tidies" },
	{ "maintain_stored_certificate_counts", P_BOOL, "false",
	    "Count the certificates" },
	{ "max_startup_backoff_duration",
	    P_VERSION(P_SECONDS, VERSION_PKI_TIDY_BACKOFF), "900",
	    "Longest delay after a start" },
	{ "min_startup_backoff_duration",
	    P_VERSION(P_SECONDS, VERSION_PKI_TIDY_BACKOFF), "300",
	    "Shortest delay after a start" },
	{ "publish_stored_certificate_count_metrics", P_BOOL, "false",
	    "Publish the counts" },
	PARAM_END,
};

#define AUTO "Modifies the current configuration for automatic tidy execution."

const struct route pki_tidy_routes[] = {
	{ OP_WRITE, "tidy", 0, pki_tidy_params, pki_tidy_write, NULL,
	    "Tidy up the backend by removing expired certificates, revocation "
	    "information, or both." },
	{ OP_WRITE, "tidy-cancel", 0, NULL, pki_tidy_cancel, NULL,
	    "Cancels a currently running tidy operation." },
	{ OP_READ, "tidy-status", 0, NULL, pki_tidy_read_status, NULL,
	    "Returns the status of the tidy operation." },
	{ OP_READ, "config/auto-tidy", 0, pki_tidy_auto_params,
	    pki_tidy_read_auto, NULL, AUTO },
	{ OP_WRITE, "config/auto-tidy", 0, pki_tidy_auto_params,
	    pki_tidy_write_auto, NULL, AUTO },
	ROUTE_END,
};
