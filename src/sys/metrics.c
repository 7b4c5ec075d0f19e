/*
 * sys/metrics: what was counted and what there is, by Vault's names, as JSON
 * in the shape of its in-memory sink or in Prometheus' text. Counts are totals
 * since the start; names carry no host name, as with disable_hostname.
 */
#include "core/mount/metrics.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/engine.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/map.h"
#include "core/policy/acl.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/mount/lockout.h"
#include "core/mount/quota.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "sys/route_tables.h"

#define LABELS_MAX 6

enum kind {
	GAUGE,
	COUNTER,
	SAMPLE,
};

struct metric {
	struct metric *next;
	enum kind kind;
	const char *name; /* "vault.core.unsealed" */
	struct {
		const char *name;
		const char *value;
	} labels[LABELS_MAX];
	int nlabels;
	double value; /* gauge or counter */
	struct metric_sample sample;
};

/* The metrics in order of their making; all of it in the arena. */
struct metrics_page {
	struct request *req;
	struct vault *v;
	struct arena *arena;
	struct metric *first, **last;
	double elapsed_s; /* since the start */
};

static struct metric *
sys_metrics_add(
    struct metrics_page *p, enum kind kind, const char *name, double value)
{
	struct metric *m = arena_zalloc(p->arena, sizeof(*m));

	m->kind = kind;
	m->name = name;
	m->value = value;
	*p->last = m;
	p->last = &m->next;
	return m;
}

/* Both are copied. */
static void
sys_metrics_label(struct metrics_page *p, struct metric *m, const char *name,
    const char *value)
{
	m->labels[m->nlabels].name = name;
	m->labels[m->nlabels++].value = arena_strdup(p->arena, value);
}

static struct metric *
sys_metrics_gauge(struct metrics_page *p, const char *name, double value)
{
	return sys_metrics_add(p, GAUGE, name, value);
}

/* With the labels that most of Vault's gauges have. */
static struct metric *
sys_metrics_cluster_gauge(
    struct metrics_page *p, const char *name, double value)
{
	struct metric *m = sys_metrics_gauge(p, name, value);

	sys_metrics_label(p, m, "cluster", p->v->cluster_name);
	return m;
}

static struct metric *
sys_metrics_root_gauge(struct metrics_page *p, const char *name, double value)
{
	struct metric *m = sys_metrics_cluster_gauge(p, name, value);

	sys_metrics_label(p, m, "namespace", "root");
	return m;
}

/* ---- gauges ---- */

static void
sys_metrics_count_in_flight(const struct request *req, void *arg)
{
	(void)req;
	++*(int *)arg;
}

static void
sys_metrics_core_gauges(struct metrics_page *p)
{
	bool sealed = seal_is_sealed(p->v);
	int flight = 0;

	sys_metrics_cluster_gauge(p, "vault.core.unsealed", !sealed);
	sys_metrics_cluster_gauge(p, "vault.core.active", !sealed);
	api_each_in_flight(p->req->api, sys_metrics_count_in_flight, &flight);
	sys_metrics_gauge(p, "vault.core.in_flight_requests", flight);
}

static void
sys_metrics_runtime_gauges(struct metrics_page *p)
{
	double used = 0, all = 0;

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 info = mallinfo2();

	used = (double)info.uordblks + (double)info.hblkhd;
	all = (double)info.arena + (double)info.hblkhd;
#endif
	sys_metrics_gauge(p, "vault.runtime.alloc_bytes", used);
	sys_metrics_gauge(p, "vault.runtime.free_count", 0);
	sys_metrics_gauge(p, "vault.runtime.heap_objects", 0);
	sys_metrics_gauge(p, "vault.runtime.malloc_count", 0);
	sys_metrics_gauge(p, "vault.runtime.num_goroutines", 1);
	sys_metrics_gauge(p, "vault.runtime.sys_bytes", all);
	sys_metrics_gauge(p, "vault.runtime.total_gc_pause_ns", 0);
	sys_metrics_gauge(p, "vault.runtime.total_gc_runs", 0);
}

static void
sys_metrics_mount_gauges(struct metrics_page *p)
{
	static const struct {
		enum mount_table table;
		const char *type;
	} tables[] = { { MOUNT_AUTH, "auth" }, { MOUNT_SECRET, "logical" } };

	for (int t = 0; t < 2; t++) {
		int n[2] = { 0, 0 };

		for (int i = 0; i < mount_count(p->v, tables[t].table); i++)
			n[mount_at(p->v, tables[t].table, i)->local]++;
		for (int local = 0; local < 2; local++) {
			struct metric *m = sys_metrics_cluster_gauge(
			    p, "vault.core.mount_table.num_entries", n[local]);

			sys_metrics_label(
			    p, m, "local", local ? "true" : "false");
			sys_metrics_label(p, m, "type", tables[t].type);
		}
	}
}

static void
sys_metrics_secret_gauges(struct metrics_page *p)
{
	for (int i = 0; i < mount_count(p->v, MOUNT_SECRET); i++) {
		struct mount *m = mount_at(p->v, MOUNT_SECRET, i);
		const struct engine *e = m->engine;

		if (e && e->secret_count)
			sys_metrics_label(p,
			    sys_metrics_root_gauge(p, "vault.secret.kv.count",
				(double)e->secret_count(p->v, m)),
			    "mount_point", m->path);
	}
}

/* Adds to the gauge with this value of its label, or makes it. */
static void
sys_metrics_tally(struct metrics_page *p, const char *name, const char *key,
    const char *text, int64_t n)
{
	for (struct metric *m = p->first; m; m = m->next)
		if (strcmp(m->name, name) == 0 &&
		    strcmp(m->labels[m->nlabels - 1].value, text) == 0) {
			m->value += (double)n;
			return;
		}
	sys_metrics_label(
	    p, sys_metrics_root_gauge(p, name, (double)n), key, text);
}

static void
sys_metrics_tally_policy(const char *key, int64_t n, void *arg)
{
	sys_metrics_tally(arg, "vault.token.count.by_policy", "policy", key, n);
}

static void
sys_metrics_tally_mount(const char *key, int64_t n, void *arg)
{
	struct metrics_page *p = arg;
	const struct mount *m = mount_by_id(p->v, strtoll(key, NULL, 10));

	sys_metrics_tally(p, "vault.token.count.by_auth", "auth_method",
	    m ? m->type : "token", n);
}

static void
sys_metrics_tally_ttl(const char *key, int64_t n, void *arg)
{
	sys_metrics_tally(arg, "vault.token.count.by_ttl", "creation_ttl",
	    metric_ttl_bucket(strtoll(key, NULL, 10)), n);
}

static void
sys_metrics_sum(const char *key, int64_t n, void *arg)
{
	(void)key;
	*(double *)arg += (double)n;
}

static void
sys_metrics_token_gauges(struct metrics_page *p)
{
	double tokens = 0, leased = 0;
	struct strs irrevocable = { 0 };

	lease_list_irrevocable(p->v, &irrevocable);
	token_count_by(p->v, TOKENS_BY_TTL, sys_metrics_sum, &tokens);
	token_count_by(p->v, TOKENS_WITH_LEASE, sys_metrics_sum, &leased);
	sys_metrics_gauge(
	    p, "vault.expire.num_irrevocable_leases", (double)irrevocable.n);
	strs_release(&irrevocable);
	sys_metrics_gauge(
	    p, "vault.expire.num_leases", leased + (double)lease_count(p->v));
	sys_metrics_root_gauge(p, "vault.token.count", tokens);
	token_count_by(p->v, TOKENS_BY_MOUNT, sys_metrics_tally_mount, p);
	token_count_by(p->v, TOKENS_BY_POLICY, sys_metrics_tally_policy, p);
	token_count_by(p->v, TOKENS_BY_TTL, sys_metrics_tally_ttl, p);
}

static void
sys_metrics_other_gauges(struct metrics_page *p)
{
	json_t *entities = identity_list(p->v, IDENTITY_ENTITY);
	json_t *locked = lockout_list(p->v);
	double n = (double)json_array_size(entities);

	sys_metrics_gauge(
	    p, "vault.core.locked_users", (double)json_array_size(locked));
	sys_metrics_root_gauge(p, "vault.identity.entity.count", n);
	sys_metrics_gauge(p, "vault.identity.num_entities", n);
	json_decref(entities);
	json_decref(locked);
}

/* ---- counters and samples ---- */

static void
sys_metrics_status_counters(struct metrics_page *p)
{
	for (int i = 100; i < METRIC_STATUSES; i++) {
		struct metric *m;
		double n = (double)p->v->metrics->statuses[i];

		if (n == 0)
			continue;
		m = sys_metrics_add(
		    p, COUNTER, "vault.core.response_status_code", n);
		sys_metrics_label(
		    p, m, "code", arena_printf(p->arena, "%d", i));
		sys_metrics_label(
		    p, m, "type", arena_printf(p->arena, "%dxx", i / 100));
	}
}

static void
sys_metrics_token_creation(const char *key, void *value, void *arg)
{
	static const char *const names[] = { "auth_method", "creation_ttl",
		"mount_point", "token_type" };
	struct metrics_page *p = arg;
	struct metric *m = sys_metrics_add(
	    p, COUNTER, "vault.token.creation", (double)*(uint64_t *)value);
	char *copy = arena_strdup(p->arena, key), *save = NULL;

	sys_metrics_label(p, m, "cluster", p->v->cluster_name);
	sys_metrics_label(p, m, "namespace", "root");
	for (int i = 0; i < 4; i++) {
		char *part = strtok_r(i ? NULL : copy, "\n", &save);

		sys_metrics_label(p, m, names[i], part ? part : "");
	}
}

static void
sys_metrics_counters(struct metrics_page *p)
{
	const struct metrics *m = p->v->metrics;

	sys_metrics_add(p, COUNTER, "vault.audit.log_request_failure",
	    (double)m->audit_failures[0]);
	sys_metrics_add(p, COUNTER, "vault.audit.log_response_failure",
	    (double)m->audit_failures[1]);
	sys_metrics_status_counters(p);
	for (int i = 0; i < quota_count(p->v); i++)
		sys_metrics_label(p,
		    sys_metrics_add(p, COUNTER,
			"vault.quota.rate_limit.violation",
			(double)quota_refused(p->v, i)),
		    "name", quota_at(p->v, i)->name);
	map_each(m->tokens_created, sys_metrics_token_creation, p);
}

static void
sys_metrics_route_samples(struct metrics_page *p, const struct mount *m)
{
	static const char *const ops[METRIC_OPS] = { "read", "list", "create",
		"update", "delete", "patch", "other" };
	char *path = arena_strdup(p->arena, m->path);

	for (char *c = path; *c; c++)
		*c = *c == '/' ? '-' : *c;
	for (int i = 0; i < METRIC_OPS; i++)
		if (m->metrics->ops[i])
			sys_metrics_add(p, SAMPLE,
			    arena_printf(
				p->arena, "vault.route.%s.%s", ops[i], path),
			    0)
			    ->sample = *m->metrics->ops[i];
}

static void
sys_metrics_samples(struct metrics_page *p)
{
	static const char *const names[METRIC_KINDS] = {
		[METRIC_REQUEST] = "vault.core.handle_request",
		[METRIC_LOGIN] = "vault.core.handle_login_request",
		[METRIC_AUDIT_REQUEST] = "vault.audit.log_request",
		[METRIC_AUDIT_RESPONSE] = "vault.audit.log_response",
	};

	for (int i = 0; i < METRIC_KINDS; i++)
		sys_metrics_add(p, SAMPLE, names[i], 0)->sample =
		    p->v->metrics->kinds[i];
	for (int t = MOUNT_SECRET; t <= MOUNT_AUTH; t++)
		for (int i = 0; i < mount_count(p->v, t); i++)
			sys_metrics_route_samples(p, mount_at(p->v, t, i));
}

static void
sys_metrics_gather(struct metrics_page *p)
{
	sys_metrics_core_gauges(p);
	if (!seal_is_sealed(p->v)) {
		sys_metrics_mount_gauges(p);
		sys_metrics_other_gauges(p);
		sys_metrics_token_gauges(p);
		sys_metrics_secret_gauges(p);
	}
	sys_metrics_runtime_gauges(p);
	sys_metrics_counters(p);
	sys_metrics_samples(p);
}

/* ---- JSON ---- */

static void
sys_metrics_json_number(struct buf *out, const char *key, double v)
{
	jsontext_put_key(out, key);
	jsontext_float(out, v);
}

static void
sys_metrics_json_labels(struct buf *out, const struct metric *m)
{
	jsontext_put_key(out, "Labels");
	buf_char(out, '{');
	for (int i = 0; i < m->nlabels; i++) {
		if (i)
			buf_char(out, ',');
		jsontext_quote_str(out, m->labels[i].name);
		buf_char(out, ':');
		jsontext_quote_str(out, m->labels[i].value);
	}
	buf_str(out, "}}");
}

/* A counter is a sample of ones. */
static void
sys_metrics_json_sums(
    struct buf *out, const struct metrics_page *p, const struct metric *m)
{
	const struct metric_sample *s = &m->sample;
	bool counter = m->kind == COUNTER;
	double n = counter ? m->value : (double)s->count;
	double sum = counter ? m->value : s->sum_ms;

	sys_metrics_json_number(out, "Count", n);
	sys_metrics_json_number(out, "Rate", sum / p->elapsed_s);
	sys_metrics_json_number(out, "Sum", sum);
	sys_metrics_json_number(out, "Min", counter ? 1 : s->min_ms);
	sys_metrics_json_number(out, "Max", counter ? 1 : s->max_ms);
	sys_metrics_json_number(out, "Mean", n > 0 ? sum / n : 0);
	sys_metrics_json_number(out, "Stddev", counter ? 0 : metric_stddev(s));
}

/* What never happened is not there. */
static bool
sys_metrics_is_empty(const struct metric *m)
{
	return (m->kind == COUNTER && m->value == 0) ||
	    (m->kind == SAMPLE && m->sample.count == 0);
}

static void
sys_metrics_json_section(struct buf *out, const struct metrics_page *p,
    enum kind kind, const char *name)
{
	const char *comma = "";

	jsontext_put_key(out, name);
	buf_char(out, '[');
	for (const struct metric *m = p->first; m; m = m->next) {
		if (m->kind != kind || sys_metrics_is_empty(m))
			continue;
		buf_str(out, comma);
		buf_char(out, '{');
		jsontext_put_str(out, "Name", m->name);
		if (kind == GAUGE)
			sys_metrics_json_number(out, "Value", m->value);
		else
			sys_metrics_json_sums(out, p, m);
		sys_metrics_json_labels(out, m);
		comma = ",";
	}
	buf_char(out, ']');
}

/* The start of an interval of ten seconds, as Go prints a time. */
static void
sys_metrics_timestamp(struct buf *out, int64_t now_ns)
{
	char text[RFC3339_MAX];

	rfc3339_s(now_ns - now_ns % (10 * NSEC_PER_SEC), text);
	buf_printf(
	    out, "{\"Timestamp\":\"%.10s %.8s +0000 UTC\"", text, text + 11);
}

static void
sys_metrics_write_json(struct buf *out, const struct metrics_page *p)
{
	sys_metrics_timestamp(out, vault_client_time(p->v, p->req->started_ns));
	sys_metrics_json_section(out, p, GAUGE, "Gauges");
	buf_str(out, ",\"Points\":[]");
	sys_metrics_json_section(out, p, COUNTER, "Counters");
	sys_metrics_json_section(out, p, SAMPLE, "Samples");
	buf_char(out, '}');
}

/* ---- Prometheus ---- */

static char *
sys_metrics_family(struct metrics_page *p, const struct metric *m)
{
	char *name = arena_strdup(p->arena, m->name);

	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:",
			*c))
			*c = '_';
	return name;
}

static void
sys_metrics_put_value(struct buf *out, double v)
{
	if (isnan(v))
		buf_str(out, "NaN");
	else
		jsontext_float(out, v);
	buf_char(out, '\n');
}

static void
sys_metrics_series(struct buf *out, const struct metric *m, const char *name,
    const char *quantile)
{
	const char *before = "{";

	buf_str(out, name);
	for (int i = 0; i < m->nlabels; i++) {
		buf_printf(out, "%s%s=\"", before, m->labels[i].name);
		for (const char *c = m->labels[i].value; *c; c++) {
			if (*c == '\n')
				buf_str(out, "\\n");
			else
				buf_printf(out, "%s%c",
				    *c == '"' || *c == '\\' ? "\\" : "", *c);
		}
		buf_char(out, '"');
		before = ",";
	}
	if (quantile)
		buf_printf(out, "%squantile=\"%s\"", before, quantile);
	buf_str(out, m->nlabels || quantile ? "} " : " ");
}

static void
sys_metrics_summary(struct buf *out, struct metrics_page *p,
    const struct metric *m, const char *name)
{
	static const struct {
		const char *text;
		double q;
	} quantiles[] = { { "0.5", 0.5 }, { "0.9", 0.9 }, { "0.99", 0.99 } };

	for (size_t i = 0; i < 3; i++) {
		sys_metrics_series(out, m, name, quantiles[i].text);
		sys_metrics_put_value(
		    out, metric_quantile(&m->sample, quantiles[i].q));
	}
	sys_metrics_series(
	    out, m, arena_printf(p->arena, "%s_sum", name), NULL);
	sys_metrics_put_value(out, m->sample.sum_ms);
	sys_metrics_series(
	    out, m, arena_printf(p->arena, "%s_count", name), NULL);
	sys_metrics_put_value(out, (double)m->sample.count);
}

/* Routes of "a-b/" and "a/b/" have one name: they are one summary. */
static void
sys_metrics_merge_families(struct metrics_page *p)
{
	for (struct metric *m = p->first; m; m = m->next) {
		const char *name;

		if (m->kind != SAMPLE)
			continue;
		name = sys_metrics_family(p, m);
		for (struct metric **at = &m->next; *at;) {
			struct metric *other = *at;

			if (strcmp(sys_metrics_family(p, other), name) == 0) {
				metric_merge(&m->sample, &other->sample);
				*at = other->next;
			} else {
				at = &other->next;
			}
		}
	}
}

static void
sys_metrics_write_prometheus(struct buf *out, struct metrics_page *p)
{
	static const char *const types[] = { "gauge", "counter", "summary" };
	const char *last = "";

	sys_metrics_merge_families(p);
	for (const struct metric *m = p->first; m; m = m->next) {
		char *name = sys_metrics_family(p, m);

		if (sys_metrics_is_empty(m))
			continue;
		if (strcmp(name, last) != 0)
			buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name,
			    name, name, types[m->kind]);
		last = name;
		if (m->kind == SAMPLE) {
			sys_metrics_summary(out, p, m, name);
			continue;
		}
		sys_metrics_series(out, m, name, NULL);
		sys_metrics_put_value(out, m->value);
	}
}

/* ---- the endpoint ---- */

/* Vault 1.19: `format`, or what Prometheus says that it accepts. */
static const char *
sys_metrics_format(struct request *req)
{
	const char *accept = request_header(req, "Accept");

	for (size_t i = 0; i < req->nfields; i++)
		if (strcmp(req->fields[i].key, "format") == 0 &&
		    jsontext_kind(req->fields[i].value) == '"') {
			const char *text = jsontext_string(
			    req->arena, req->fields[i].value, NULL);

			if (*text)
				return text;
		}
	return accept &&
		(strstr(accept, "application/openmetrics-text") ||
		    strstr(accept, "prometheus"))
	    ? "prometheus"
	    : "";
}

static enum handler_result
sys_metrics_reply(struct request *req, const char *type, struct buf *text)
{
	enum handler_result v = reply_raw(
	    req, 200, type, (struct slice){ text->p, text->n });

	buf_release(text);
	return v;
}

/* As JSON, or in Prometheus' text with ?format=prometheus. */
static enum handler_result
sys_metrics_read(struct request *req)
{
	const char *format = sys_metrics_format(req);
	struct vault *v = req->vault;
	struct metrics_page p = { .req = req, .v = v, .arena = req->arena };
	struct buf out;

	if (*format && strcmp(format, "prometheus") != 0) {
		char *text = arena_printf(req->arena,
		    "metric response format \"%s\" unknown", format);

		return reply_raw(req, 400, "text/plain", slice_of(text));
	}
	if (*format && v->config.no_prometheus)
		return reply_raw(
		    req, 400, "text/plain", SLICE("prometheus is not enabled"));
	p.last = &p.first;
	p.elapsed_s = (double)(req->started_ns - v->metrics->since_ns) / 1e9;
	if (p.elapsed_s < 10)
		p.elapsed_s = 10;
	sys_metrics_gather(&p);
	buf_init(&out, 0);
	if (*format == '\0') {
		sys_metrics_write_json(&out, &p);
		return sys_metrics_reply(req, NULL, &out);
	}
	sys_metrics_write_prometheus(&out, &p);
	return sys_metrics_reply(
	    req, "text/plain; version=0.0.4; charset=utf-8", &out);
}

static const struct param params[] = {
	{ "format", P_STRING, NULL, "prometheus, or nothing for JSON" },
	PARAM_END,
};

#define OPEN \
	(R_DEDICATED | R_IF_METRICS | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_metrics_open_routes[] = {
	{ OP_READ, "sys/metrics", OPEN, params, sys_metrics_read, NULL,
	    "Metrics, where the configuration asks for no token" },
	ROUTE_END,
};

const struct route sys_metrics_routes[] = {
	{ OP_READ, "sys/metrics", 0, params, sys_metrics_read, NULL,
	    "Metrics" },
	ROUTE_END,
};
