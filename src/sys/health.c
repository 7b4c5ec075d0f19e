/*
 * sys/health: the one status that every balancer and compose file asks for.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/seal/seal.h"
#include "sys/redaction.h"
#include "sys/route_tables.h"

enum state {
	UNINITIALIZED,
	REMOVED,
	SEALED,
	HA_UNHEALTHY,
	DR_SECONDARY,
	PERF_STANDBY,
	STANDBY,
	ACTIVE,
};

/* Where `fine` is a flag of the query that makes it 200. */
static const struct {
	const char *override;
	int status;
	const char *fine;
} health_states[] = {
	[UNINITIALIZED] = { "uninitcode", 501, NULL },
	[REMOVED] = { "removedcode", 530, NULL },
	[SEALED] = { "sealedcode", 503, NULL },
	[HA_UNHEALTHY] = { "haunhealthycode", 474, NULL },
	[DR_SECONDARY] = { "drsecondarycode", 472, NULL },
	[PERF_STANDBY] = { "performancestandbycode", 473, "perfstandbyok" },
	[STANDBY] = { "standbycode", 429, "standbyok" },
	[ACTIVE] = { "activecode", 200, NULL },
};

static const enum state health_state_by_role[] = {
	[NODE_ACTIVE] = ACTIVE,
	[NODE_STANDBY] = STANDBY,
	[NODE_PERF_STANDBY] = PERF_STANDBY,
	[NODE_DR_SECONDARY] = DR_SECONDARY,
	[NODE_HA_UNHEALTHY] = HA_UNHEALTHY,
	[NODE_REMOVED] = REMOVED,
};

/* Vault 1.19 reads every one of these, whatever the state. */
static const char *const health_code_params[] = { "uninitcode", "removedcode",
	"sealedcode", "haunhealthycode", "drsecondarycode",
	"performancestandbycode", "standbycode", "activecode" };
static const char *const health_flag_params[] = { "standbyok",
	"perfstandbyok" };

static const char *
health_query_value(struct request *req, const char *name)
{
	for (size_t i = 0; i < req->nfields; i++) {
		struct slice *list, v = req->fields[i].value;

		if (strcmp(req->fields[i].key, name) != 0)
			continue;
		if (jsontext_kind(v) == '[') {
			jsontext_elements(req->arena, v, &list);
			v = list[0];
		}
		return jsontext_string(req->arena, v, NULL);
	}
	return NULL;
}

static bool
health_is_query_valid(struct request *req)
{
	bool flag;

	if (req->nfields == 0)
		return true;
	for (size_t i = 0;
	     i < sizeof(health_code_params) / sizeof(health_code_params[0]);
	     i++) {
		const char *text = health_query_value(
		    req, health_code_params[i]);
		char *end;

		if (text && (strtol(text, &end, 10), *end || end == text))
			return false;
	}
	for (size_t i = 0;
	     i < sizeof(health_flag_params) / sizeof(health_flag_params[0]);
	     i++) {
		const char *text = health_query_value(
		    req, health_flag_params[i]);

		if (text && *text && !parse_bool_go(text, &flag))
			return false;
	}
	return true;
}

/* Vault 1.19: not initialised, removed, sealed, then the kind of node. */
static enum state
health_state_get(const struct vault *v)
{
	if (!seal_is_initialized(v))
		return UNINITIALIZED;
	if (v->role == NODE_REMOVED && version_has(v, VERSION_HEALTH_HA))
		return REMOVED;
	if (seal_is_sealed(v))
		return SEALED;
	return v->role == NODE_HA_UNHEALTHY &&
		!version_has(v, VERSION_HEALTH_HA)
	    ? STANDBY
	    : health_state_by_role[v->role];
}

/* standbyok and perfstandbyok make such a node count as active. */
static int
health_status(struct request *req, enum state state)
{
	const char *fine = health_states[state].fine
	    ? health_query_value(req, health_states[state].fine)
	    : NULL;
	const char *code;
	bool ok = false;

	if (fine && parse_bool_go(fine, &ok) && ok)
		state = ACTIVE;
	code = health_query_value(req, health_states[state].override);
	return code ? atoi(code) : health_states[state].status;
}

#define HEARTBEAT_NS (5 * NSEC_PER_SEC) /* from one to the next */

/* Since the last heartbeat to the active node; overdue ones are at least two
 * late. */
static int64_t
health_heartbeat_age_ms(const struct vault *v, enum state state)
{
	int64_t now_ns = vault_now(v), age_ns = now_ns % HEARTBEAT_NS;

	if (v->standby.heartbeat_lost_ns)
		age_ns = now_ns - v->standby.heartbeat_lost_ns;
	if (state == HA_UNHEALTHY && age_ns < 2 * HEARTBEAT_NS)
		age_ns += 2 * HEARTBEAT_NS;
	return age_ns / 1000000;
}

/* What only standbys say of their line to the active node. Vault 1.19: with
 * none there are no such fields, and an age of 0 is left out. */
static void
health_put_standby(struct buf *out, const struct vault *v, enum state state)
{
	int64_t age_ms;

	if (state == REMOVED)
		jsontext_put_bool(out, "removed_from_cluster", true);
	if ((state != STANDBY && state != PERF_STANDBY &&
		state != HA_UNHEALTHY) ||
	    (v->standby.on && !v->standby.has_heartbeat))
		return;
	age_ms = health_heartbeat_age_ms(v, state);
	jsontext_put_bool(out, "ha_connection_healthy", state != HA_UNHEALTHY);
	if (age_ms > 0)
		jsontext_put_int(
		    out, "last_request_forwarding_heartbeat_ms", age_ms);
}

/* Balancers ask all the time, so keys that never change are not quoted anew. */
#define HEALTH_PUT_BOOL(out, key, value) \
	buf_str(out, (value) ? key "true" : key "false")

/* The fields in the order of Vault's struct. */
static void
health_put_body(struct request *req, struct buf *out, enum state state)
{
	const struct vault *v = req->vault;
	bool closed = !seal_is_initialized(v) || seal_is_sealed(v);
	bool enterprise = version_has(v, VERSION_HEALTH_ENTERPRISE);
	/* measured: a standby knows it of the active node alone */
	const char *mode = closed || v->standby.on ? "unknown" : "disabled";

	HEALTH_PUT_BOOL(out, "\"initialized\":", state != UNINITIALIZED);
	HEALTH_PUT_BOOL(out, ",\"sealed\":", closed);
	HEALTH_PUT_BOOL(
	    out, ",\"standby\":", state != ACTIVE && state != DR_SECONDARY);
	HEALTH_PUT_BOOL(
	    out, ",\"performance_standby\":", state == PERF_STANDBY);
	jsontext_put_str(out, "replication_performance_mode", mode);
	jsontext_put_str(out, "replication_dr_mode",
	    state == DR_SECONDARY ? "secondary" : mode);
	jsontext_put_int(out, "server_time_utc",
	    vault_client_time(v, req->started_ns) / NSEC_PER_SEC);
	jsontext_put_str(out, "version",
	    sys_is_redacted(req, REQUEST_REDACT_VERSION) ? ""
							 : v->config.version);
	if (enterprise)
		buf_str(out, ",\"enterprise\":false");
	if (!closed && !sys_is_redacted(req, REQUEST_REDACT_CLUSTER_NAME))
		jsontext_put_str(out, "cluster_name", v->cluster_name);
	if (!closed)
		jsontext_put_str(out, "cluster_id", v->cluster_id);
	if (enterprise)
		buf_str(out, ",\"echo_duration_ms\":0,\"clock_skew_ms\":0");
	if (version_has(v, VERSION_HEALTH_CANARY))
		buf_str(out, ",\"replication_primary_canary_age_ms\":0");
	if (version_has(v, VERSION_HEALTH_HA))
		health_put_standby(out, v, state);
}

/* Vault 1.19: answers while sealed and on standbys too; the status says which.
 */
static enum handler_result
health_read(struct request *req)
{
	struct buf *out = &req->reply.data;
	enum state state;

	if (!health_is_query_valid(req))
		return fail_empty(req, 400);
	state = health_state_get(req->vault);
	buf_clear(out);
	buf_char(out, '{');
	health_put_body(req, out, state);
	buf_char(out, '}');
	return reply_bare_written(req, health_status(req, state));
}

const struct route sys_health_routes[] = {
	{ OP_READ | OP_HEAD, "sys/health",
	    R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY, NULL,
	    health_read, NULL, "Health of this node" },
	ROUTE_END,
};
