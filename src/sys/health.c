/*
 * sys/health: the one status that every balancer and compose file asks for.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/gotime.h"
#include "base/text.h"
#include "core/seal.h"
#include "sys/tables.h"

enum state {
	UNINITIALIZED,
	SEALED,
	ACTIVE,
};

static const struct {
	const char *override;
	int status;
} states[] = {
	[UNINITIALIZED] = { "uninitcode", 501 },
	[SEALED] = { "sealedcode", 503 },
	[ACTIVE] = { "activecode", 200 },
};

/* Vault 1.19 reads every one of these, whatever the state. */
static const char *const codes[] = { "uninitcode", "removedcode",
	"sealedcode", "haunhealthycode", "drsecondarycode",
	"performancestandbycode", "standbycode", "activecode" };
static const char *const flags[] = { "standbyok", "perfstandbyok" };

static const char *
query_value(struct request *req, const char *name)
{
	for (size_t i = 0; i < req->nfields; i++) {
		struct slice *list, v = req->fields[i].value;

		if (strcmp(req->fields[i].key, name) != 0)
			continue;
		if (jtext_kind(v) == '[') {
			jtext_elements(req->arena, v, &list);
			v = list[0];
		}
		return jtext_string(req->arena, v, NULL);
	}
	return NULL;
}

static bool
query_fits(struct request *req)
{
	bool flag;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const char *text = query_value(req, codes[i]);
		char *end;

		if (text && (strtol(text, &end, 10), *end || end == text))
			return false;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const char *text = query_value(req, flags[i]);

		if (text && *text && !parse_bool_go(text, &flag))
			return false;
	}
	return true;
}

static enum state
state_of(const struct vault *v)
{
	if (!seal_initialized(v))
		return UNINITIALIZED;
	return seal_sealed(v) ? SEALED : ACTIVE;
}

static verdict
health(struct request *req)
{
	const struct vault *v = req->vault;
	enum state state = state_of(v);
	bool active = state == ACTIVE;
	const char *mode = active ? "disabled" : "unknown";
	const char *code;
	int status = states[state].status;
	json_t *body;

	if (!query_fits(req))
		return fail_empty(req, 400);
	code = query_value(req, states[state].override);
	if (code)
		status = atoi(code);
	body = json_pack("{s:b, s:b, s:b, s:b, s:s, s:s, s:I, s:s, s:b}",
	    "initialized", state != UNINITIALIZED, "sealed", !active,
	    "standby", !active, "performance_standby", 0,
	    "replication_performance_mode", mode, "replication_dr_mode", mode,
	    "server_time_utc", 
	    (json_int_t)(vault_shown(v, req->started) / NSEC), "version",
	    v->config.version, "enterprise", 0);
	if (active) {
		json_object_set_new(body, "cluster_name",
		    json_string(v->cluster_name));
		json_object_set_new(body, "cluster_id",
		    json_string(v->cluster_id));
	}
	json_object_set_new(body, "echo_duration_ms", json_integer(0));
	json_object_set_new(body, "clock_skew_ms", json_integer(0));
	json_object_set_new(body, "replication_primary_canary_age_ms",
	    json_integer(0));
	return reply_bare(req, status, body);
}

const struct route sys_health_routes[] = {
	{ OP_READ | OP_HEAD, "sys/health",
	    R_DEDICATED | R_UNAUTH | R_SEALED | R_STANDBY, NULL, health, NULL,
	    "Health of this node" },
	ROUTE_END,
};
