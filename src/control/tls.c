/*
 * The TLS that new connections meet: /_mock/tls, a face of the outage "tls".
 */
#include <string.h>

#include "control/control.h"

struct tls_settings {
	int cert, min, max;
	const char *alpn;
	bool require;
};

#define AT(field) offsetof(struct tls_settings, field)

/* The first is the listener's own. */
static const char *const tls_cert_names[] = { "valid", "expired",
	"not-yet-valid", "wrong-host", "unknown-ca", "self-signed", NULL };
static const char *const tls_version_names[] = { "1.0", "1.1", "1.2", "1.3",
	NULL };

const struct schema control_tls_schema[] = {
	{ "cert", FIELD_ENUM, AT(cert), tls_cert_names },
	{ "min", FIELD_ENUM, AT(min), tls_version_names },
	{ "max", FIELD_ENUM, AT(max), tls_version_names },
	{ "alpn", FIELD_STRING, AT(alpn), NULL },
	{ "require_client_cert", FIELD_BOOL, AT(require), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* Every field; null is what the listener is configured to do. */
static json_t *
control_tls_json(const struct control *c)
{
	static const char *const named[] = { "min", "max", "alpn", NULL };
	static const char *const flags[] = { "require_client_cert", "stall",
		"plain", NULL };
	const json_t *params = outage_active_params(c->faults, "tls");
	const json_t *cert = json_object_get(params, "cert");
	json_t *show = json_object();

	json_object_set_new(show, "cert",
	    json_string(cert ? json_string_value(cert) : tls_cert_names[0]));
	for (int i = 0; named[i]; i++) {
		json_t *value = json_object_get(params, named[i]);

		json_object_set_new(
		    show, named[i], value ? json_incref(value) : json_null());
	}
	for (int i = 0; flags[i]; i++)
		json_object_set_new(show, flags[i],
		    json_boolean(
			json_is_true(json_object_get(params, flags[i]))));
	return show;
}

static enum handler_result
control_tls_show(struct request *req)
{
	return control_reply(req, 200, control_tls_json(control_of(req)));
}

/* The outage's params; {} when nothing differs from the listener's own. */
static json_t *
control_tls_params(const struct tls_settings *in)
{
	json_t *params = json_object();

	if (in->cert > 0)
		json_object_set_new(
		    params, "cert", json_string(tls_cert_names[in->cert]));
	if (in->min >= 0)
		json_object_set_new(
		    params, "min", json_string(tls_version_names[in->min]));
	if (in->max >= 0)
		json_object_set_new(
		    params, "max", json_string(tls_version_names[in->max]));
	if (in->alpn)
		json_object_set_new(params, "alpn", json_string(in->alpn));
	if (in->require)
		json_object_set_new(params, "require_client_cert", json_true());
	return params;
}

static bool
control_tls_apply(struct faults *f, json_t *params, struct error *c)
{
	json_t *body, *answer;
	bool known;
	int status;

	if (json_object_size(params) == 0) {
		outage_stop(f, "tls", &known);
		return true;
	}
	body = json_pack("{s:O}", "params", params);
	answer = outage_start(f, "tls", body, &status, c);
	json_decref(body);
	json_decref(answer);
	return answer != NULL;
}

static enum handler_result
control_tls_put(struct request *req)
{
	struct control *control = control_of(req);
	struct tls_settings in = { 0, -1, -1, NULL, false };
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c), *params;
	bool ok = body && schema_read(control_tls_schema, body, "", &in, &c);

	if (ok && in.max >= 0 && in.min > in.max)
		ok = error_field(&c, "", "min", "is above max");
	if (ok) {
		params = control_tls_params(&in);
		ok = control_tls_apply(control->faults, params, &c);
		json_decref(params);
	}
	json_decref(body);
	return ok ? control_reply(req, 200, control_tls_json(control))
		  : control_fail(req, 400, &c);
}

const struct route control_tls_routes[] = {
	{ OP_READ, "tls", 0, NULL, control_tls_show, NULL,
	    "What new connections meet; null: as configured" },
	{ OP_PUT, "tls", 0, NULL, control_tls_put, NULL,
	    "Certificate, versions, ALPN and client certificates of new "
	    "connections; {} is what was configured" },
	ROUTE_END,
};
