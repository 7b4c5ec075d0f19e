/*
 * /_mock/metrics in Prometheus' text form, about the mock itself; and the CA of
 * its certificates.
 */
#include <stdlib.h>

#include "control/document.h"
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

/* ---- rules: there may be many ---- */

struct metrics_page {
	struct control *control;
	int at; /* of metrics_rule_counters */
	bool begun;
	struct rule_place place;
};

static const struct {
	const char *name, *help;
	int64_t (*value)(const struct rule *r);
} metrics_rule_counters[] = {
	{ "faults_matched_total",
	    "Requests and connections that a rule matched.", rule_matched },
	{ "faults_acted_total", "How often a rule acted.", rule_acted },
};

#define METRICS_RULE_COUNTERS \
	(int)(sizeof(metrics_rule_counters) / sizeof(metrics_rule_counters[0]))
#define METRICS_RULE_STEP 64

/* Some of a counter's rules; false when there are no more counters. */
static bool
control_metrics_put_rules(struct metrics_page *p, struct buf *out)
{
	const struct faults *f = p->control->faults;

	if (!f || p->at == METRICS_RULE_COUNTERS)
		return false;
	if (p->place.at == 0)
		control_metrics_put_head(out, metrics_rule_counters[p->at].name,
		    "counter", metrics_rule_counters[p->at].help);
	for (int i = 0; i < METRICS_RULE_STEP; i++) {
		const struct rule *r = faults_next(f, &p->place);

		if (!r) {
			p->place = (struct rule_place){ 0 };
			p->at++;
			return true;
		}
		buf_printf(out, "mockvault_%s{rule=\"",
		    metrics_rule_counters[p->at].name);
		control_metrics_put_label(out, rule_id(r));
		buf_printf(out, "\"} %lld\n",
		    (long long)metrics_rule_counters[p->at].value(r));
	}
	return true;
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

static bool
control_metrics_piece(void *arg, struct buf *out)
{
	struct metrics_page *p = arg;
	const struct control *c = p->control;

	if (!p->begun) {
		p->begun = true;
		control_metrics_put_gauge(out, "uptime_seconds",
		    "Since the start, in real time.",
		    (double)(clock_now(c->real_clock) - c->started_ns) / 1e9);
		control_metrics_put_requests(out, c->api);
		control_metrics_put_vault(out, c->vault);
		if (c->faults)
			control_metrics_put_gauge(out, "fault_rules",
			    "Rules in force.", (double)faults_count(c->faults));
	}
	if (control_metrics_put_rules(p, out))
		return true;
	if (c->journal)
		control_metrics_put_journal(out, c->journal);
	return false;
}

static enum handler_result
control_metrics_show(struct request *req)
{
	struct metrics_page *p = arena_zalloc(req->arena, sizeof(*p));

	p->control = control_of(req);
	return control_reply_pieces(req,
	    "text/plain; version=0.0.4; charset=utf-8", control_metrics_piece,
	    p);
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
