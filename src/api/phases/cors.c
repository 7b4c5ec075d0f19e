/*
 * CORS (Vault 1.19: http/cors.go): judged before anything else, also while
 * sealed; a preflight ends here.
 */
#include "api/phases/cors.h"

#include <string.h>

#include "api/api_internal.h"
#include "api/reply.h"
#include "core/setting.h"

#define METHODS "DELETE,GET,OPTIONS,PATCH,POST,PUT,LIST"
#define METHODS_BEFORE_PATCH "DELETE,GET,OPTIONS,POST,PUT,LIST"

char *const cors_headers[] = {
	"Content-Type",
	"X-Requested-With",
	"X-Vault-AWS-IAM-Server-ID",
	"X-Vault-MFA",
	"X-Vault-No-Request-Forwarding",
	"X-Vault-Wrap-Format",
	"X-Vault-Wrap-TTL",
	"X-Vault-Policy-Override",
	"Authorization",
	"X-Vault-Token",
	NULL,
};

static bool
cors_is_origin_allowed(const json_t *cors, const char *origin)
{
	json_t *list = json_object_get(cors, "allowed_origins"), *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(json_string_value(one), "*") == 0 ||
		    strcmp(json_string_value(one), origin) == 0)
			return true;
	return false;
}

static bool
cors_is_method_allowed(const struct request *req, const char *method)
{
	static const char *const methods[] = { "DELETE", "GET", "OPTIONS",
		"PATCH", "POST", "PUT", "LIST" };

	if (method && strcmp(method, "PATCH") == 0 &&
	    !version_has(req->vault, VERSION_CORS_PATCH))
		return false;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (method && strcmp(method, methods[i]) == 0)
			return true;
	return false;
}

static char *
cors_allowed_headers(struct request *req, const json_t *cors)
{
	json_t *own = json_object_get(cors, "allowed_headers"), *one;
	struct strs out = strs_in(req->arena);
	size_t i;

	for (char *const *h = cors_headers; *h; h++)
		strs_add(&out, *h);
	json_array_foreach (own, i, one)
		strs_add(&out, json_string_value(one));
	return strs_join(req->arena, strs_array(&out), ",");
}

static enum phase_result
cors_check(struct request *req, const json_t *cors, const char *origin)
{
	bool preflight = strcmp(req->method, "OPTIONS") == 0;

	if (!cors_is_origin_allowed(cors, origin))
		return phase_end(fail(req, 403, "origin not allowed"));
	if (preflight &&
	    !cors_is_method_allowed(
		req, request_header(req, "Access-Control-Request-Method")))
		return phase_end(fail_no_body(req, 405));
	reply_header(req, "Access-Control-Allow-Origin", origin);
	reply_header(req, "Vary", "Origin");
	if (!preflight)
		return NEXT;
	reply_header(req, "Access-Control-Allow-Methods",
	    version_has(req->vault, VERSION_CORS_PATCH) ? METHODS
							: METHODS_BEFORE_PATCH);
	reply_header(req, "Access-Control-Allow-Headers",
	    cors_allowed_headers(req, cors));
	reply_header(req, "Access-Control-Max-Age", "300");
	return phase_end(reply_raw(req, 200, "", SLICE("")));
}

enum phase_result
phase_cors(struct request *req)
{
	const char *origin = request_header(req, "Origin");
	json_t *cors;
	enum phase_result v;

	if (!origin || !*origin)
		return NEXT;
	cors = setting_get(req->vault, SETTING_CORS);
	v = cors ? cors_check(req, cors, origin) : NEXT;
	json_decref(cors);
	return v;
}
