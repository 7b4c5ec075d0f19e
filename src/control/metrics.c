/*
 * /_mock/metrics in Prometheus' text form, about the mock itself; and the CA of
 * its certificates.
 */
#include <stdlib.h>

#include "control/control.h"
#include "core/state/snapshot.h"
#include "core/policy/acl.h"
#include "core/token/lease.h"
#include "core/seal/seal.h"

static void
control_metrics_put_head(
    struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP mockvault_%s %s\n# TYPE mockvault_%s %s\n",
	    name, help, name, type);
}

static void
control_metrics_put_gauge(
    struct buf *out, const char *name, const char *help, double value)
{
	control_metrics_put_head(out, name, "gauge", help);
	buf_printf(out, "mockvault_%s %.15g\n", name, value);
}

static void
control_metrics_put_requests(struct buf *out, const struct api *a)
{
	control_metrics_put_head(out, "requests_total", "counter",
	    "Requests to Vault's API, by the status of their answer.");
	for (int digit = 1; digit < 6; digit++)
		buf_printf(out,
		    "mockvault_requests_total{status=\"%dxx\"} %lld\n", digit,
		    (long long)api_answered_count(a, digit));
	buf_printf(out, "mockvault_requests_total{status=\"none\"} %lld\n",
	    (long long)api_answered_count(a, 0));
}

/* Prometheus' escapes in a label. */
static void
control_metrics_put_label(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		if (*text == '\n')
			buf_str(out, "\\n");
		else
			buf_char(out, *text);
	}
}

static void
control_metrics_put_rules(struct buf *out, json_t *rules, const char *name,
    const char *field, const char *help)
{
	json_t *rule;
	size_t i;

	control_metrics_put_head(out, name, "counter", help);
	json_array_foreach (rules, i, rule) {
		buf_printf(out, "mockvault_%s{rule=\"", name);
		control_metrics_put_label(
		    out, json_string_value(json_object_get(rule, "id")));
		buf_printf(out, "\"} %lld\n",
		    (long long)json_integer_value(
			json_object_get(rule, field)));
	}
}

static void
control_metrics_put_faults(struct buf *out, struct faults *f)
{
	json_t *shown = faults_show(f);
	json_t *rules = json_object_get(shown, "faults");

	control_metrics_put_gauge(out, "fault_rules", "Rules in force.",
	    (double)json_array_size(rules));
	control_metrics_put_rules(out, rules, "faults_matched_total", "matched",
	    "Requests and connections that a rule matched.");
	control_metrics_put_rules(out, rules, "faults_acted_total", "acted",
	    "How often a rule acted.");
	json_decref(shown);
}

static void
control_metrics_put_journal(struct buf *out, const struct journal *j)
{
	control_metrics_put_gauge(out, "journal_entries",
	    "Requests that the journal holds.", (double)journal_count_all(j));
	control_metrics_put_head(out, "journal_dropped_total", "counter",
	    "Requests that the journal has lost to newer ones.");
	buf_printf(out, "mockvault_journal_dropped_total %lld\n",
	    (long long)journal_dropped(j));
}

static void
control_metrics_put_vault(struct buf *out, struct vault *v)
{
	control_metrics_put_gauge(out, "clock_offset_seconds",
	    "How far the vault's clock is ahead of the machine's.",
	    (double)clock_get_offset(v->clock) / 1e9);
	control_metrics_put_gauge(out, "clock_frozen",
	    "1 while the vault's clock stands.", clock_frozen(v->clock));
	control_metrics_put_gauge(out, "clock_rate",
	    "Speed of the vault's clock.", clock_get_rate(v->clock));
	control_metrics_put_gauge(out, "ttl_scale", "What TTLs are divided by.",
	    v->ttl_scale > 1 ? v->ttl_scale : 1);
	control_metrics_put_gauge(
	    out, "sealed", "1 while the vault is sealed.", seal_is_sealed(v));
	control_metrics_put_gauge(
	    out, "leases", "Leases of secrets.", (double)lease_count(v));
	control_metrics_put_gauge(out, "policy_cache_bytes",
	    "Compiled rules of policies.", (double)acls_bytes(v));
	control_metrics_put_gauge(out, "storage_bytes", "Size of the database.",
	    (double)store_snapshot_size(v->store));
}

static enum handler_result
control_metrics_show(struct request *req)
{
	const struct control *c = control_of(req);
	struct buf out;
	enum handler_result v;

	buf_init(&out, SIZE_MAX / 2);
	control_metrics_put_gauge(&out, "uptime_seconds",
	    "Since the start, in real time.",
	    (double)(clock_now(c->real_clock) - c->started_ns) / 1e9);
	control_metrics_put_requests(&out, c->api);
	control_metrics_put_vault(&out, c->vault);
	if (c->faults)
		control_metrics_put_faults(&out, c->faults);
	if (c->journal)
		control_metrics_put_journal(&out, c->journal);
	v = reply_raw(req, 200, "text/plain; version=0.0.4; charset=utf-8",
	    (struct slice){ out.p, out.n });
	buf_release(&out);
	return v;
}

static enum handler_result
control_metrics_ca_pem(struct request *req)
{
	const struct control *c = control_of(req);
	struct error e = { 0 };
	char *pem = c->host.ca_pem ? c->host.ca_pem(c->host.arg) : NULL;
	enum handler_result v;

	if (!pem) {
		error_field(&e, "", "",
		    "no listener has a certificate "
		    "of ours; start with -dev-tls");
		return control_fail(req, 404, &e);
	}
	v = reply_raw(req, 200, "application/x-pem-file", slice_of(pem));
	free(pem);
	return v;
}

const struct route control_metrics_routes[] = {
	{ OP_READ, "metrics", 0, NULL, control_metrics_show, NULL,
	    "About the mock itself, for Prometheus" },
	{ OP_READ, "tls/ca.pem", 0, NULL, control_metrics_ca_pem, NULL,
	    "The CA of the listeners' certificates" },
	ROUTE_END,
};
