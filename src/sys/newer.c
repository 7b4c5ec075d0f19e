/*
 * Small paths that came after Vault 1.15: sys/well-known, seal-backend-status,
 * activation-flags. Each names the row of core/version that has it.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/json/jsontree.h"
#include "core/seal/seal.h"
#include "core/setting.h"
#include "sys/route_tables.h"

#define ACTIVATION_SETTING "activation-flags"
#define DEDUPLICATION "force-identity-deduplication"

/* No engine here registers a label: the list is empty, and a label unknown. */
static enum handler_result
well_known_list(struct request *req)
{
	return req->op == OP_LIST ? reply_none(req)
				  : reply_data(req, json_object());
}

static enum handler_result
well_known_read(struct request *req)
{
	return reply_none(req);
}

static enum handler_result
seal_backend_status_read(struct request *req)
{
	return reply_bare(req, 200,
	    json_pack("{s:b, s:[{s:s, s:b}], s:b}", "healthy", 1, "backends",
		"name", seal_type(req->vault), "healthy", 1, "fully_wrapped",
		1));
}

static enum handler_result
activation_flags_read(struct request *req)
{
	json_t *names = setting_get(req->vault, ACTIVATION_SETTING);

	return reply_data(
	    req, json_pack("{s:o}", "activated", names ? names : json_array()));
}

/* Once activated it stays so. */
static enum handler_result
activation_flags_activate(struct request *req)
{
	setting_put(
	    req->vault, ACTIVATION_SETTING, json_pack("[s]", DEDUPLICATION));
	return activation_flags_read(req);
}

static const struct param well_known_params[] = {
	{ "label", P_STRING, NULL, "A registered label" },
	PARAM_END,
};

const struct route sys_seal_backend_status_routes[] = {
	{ OP_READ, "sys/seal-backend-status",
	    R_DEDICATED | R_UNAUTH | R_ON_STANDBY |
		R_VERSION(VERSION_SEAL_BACKEND_STATUS),
	    NULL, seal_backend_status_read, NULL, "Health of the seals" },
	ROUTE_END,
};

const struct route sys_newer_routes[] = {
	{ OP_READ | OP_LIST, "sys/well-known/?", R_VERSION(VERSION_WELL_KNOWN),
	    NULL, well_known_list, NULL, "Labels below .well-known" },
	{ OP_READ, "sys/well-known/{label:more}", R_VERSION(VERSION_WELL_KNOWN),
	    well_known_params, well_known_read, NULL,
	    "The mount behind a label" },
	{ OP_READ, "sys/activation-flags", R_VERSION(VERSION_ACTIVATION_FLAGS),
	    NULL, activation_flags_read, NULL,
	    "Features that were activated once" },
	{ OP_WRITE, "sys/activation-flags/" DEDUPLICATION "/activate",
	    R_VERSION(VERSION_ACTIVATION_FLAGS), NULL,
	    activation_flags_activate, NULL, "Activate a feature" },
	ROUTE_END,
};
