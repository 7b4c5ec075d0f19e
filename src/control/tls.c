/*
 * The TLS that new connections meet: /_mock/tls, a face of the outage "tls".
 */
#include <string.h>

#include "control/control.h"

struct input {
	int cert, min, max;
	const char *alpn;
	bool require;
};

#define AT(field) offsetof(struct input, field)

/* The first is the listener's own. */
static const char *const certs[] = { "valid", "expired", "not-yet-valid",
	"wrong-host", "unknown-ca", "self-signed", NULL };
static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3", NULL };

const struct shape control_tls_shape[] = {
	{ "cert", SHAPE_WORD, AT(cert), certs },
	{ "min", SHAPE_WORD, AT(min), versions },
	{ "max", SHAPE_WORD, AT(max), versions },
	{ "alpn", SHAPE_TEXT, AT(alpn), NULL },
	{ "require_client_cert", SHAPE_FLAG, AT(require), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* Every field; null is what the listener is configured to do. */
static json_t *
in_force(const struct control *c)
{
	static const char *const named[] = { "min", "max", "alpn", NULL };
	static const char *const flags[] = { "require_client_cert", "stall",
		"plain", NULL };
	const json_t *params = outage_running(c->faults, "tls");
	const json_t *cert = json_object_get(params, "cert");
	json_t *show = json_object();

	json_object_set_new(show, "cert",
	    json_string(cert ? json_string_value(cert) : certs[0]));
	for (int i = 0; named[i]; i++) {
		json_t *value = json_object_get(params, named[i]);

		json_object_set_new(show, named[i],
		    value ? json_incref(value) : json_null());
	}
	for (int i = 0; flags[i]; i++)
		json_object_set_new(show, flags[i],
		    json_boolean(
			json_is_true(json_object_get(params, flags[i]))));
	return show;
}

static verdict
show(struct request *req)
{
	return control_reply(req, 200, in_force(control_of(req)));
}

/* The outage's params; {} when nothing differs from the listener's own. */
static json_t *
params_of(const struct input *in)
{
	json_t *params = json_object();

	if (in->cert > 0)
		json_object_set_new(params, "cert",
		    json_string(certs[in->cert]));
	if (in->min >= 0)
		json_object_set_new(params, "min",
		    json_string(versions[in->min]));
	if (in->max >= 0)
		json_object_set_new(params, "max",
		    json_string(versions[in->max]));
	if (in->alpn)
		json_object_set_new(params, "alpn", json_string(in->alpn));
	if (in->require)
		json_object_set_new(params, "require_client_cert",
		    json_true());
	return params;
}

static bool
change(struct faults *f, json_t *params, struct complaint *c)
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

static verdict
put(struct request *req)
{
	struct control *control = control_of(req);
	struct input in = { 0, -1, -1, NULL, false };
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c), *params;
	bool ok = body && shape_read(control_tls_shape, body, "", &in, &c);

	if (ok && in.max >= 0 && in.min > in.max)
		ok = complain(&c, "", "min", "is above max");
	if (ok) {
		params = params_of(&in);
		ok = change(control->faults, params, &c);
		json_decref(params);
	}
	json_decref(body);
	return ok ? control_reply(req, 200, in_force(control))
		  : control_fail(req, 400, &c);
}

const struct route control_tls_routes[] = {
	{ OP_READ, "tls", 0, NULL, show, NULL,
	    "What new connections meet; null: as configured" },
	{ OP_PUT, "tls", 0, NULL, put, NULL,
	    "Certificate, versions, ALPN and client certificates of new "
	    "connections; {} is what was configured" },
	ROUTE_END,
};
