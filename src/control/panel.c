/*
 * The panel: a page that steers the server with the calls of this API, and the
 * inventory that it shows.
 */
#include "control/panel.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/control.h"

#define INVENTORY_LIMIT 200
#define INVENTORY_LIMIT_MAX 1000

/* Adds 'sha256-...' of what stands between the tags, as browsers reckon it. */
static bool
panel_put_hash(struct buf *out, const char *open, const char *close)
{
	const char *start = strstr(panel_page, open) + strlen(open);
	const char *end = strstr(start, close);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!EVP_Digest(
		start, (size_t)(end - start), digest, &n, EVP_sha256(), NULL))
		return false;
	buf_str(out, "'sha256-");
	base64_encode(out, digest, n);
	buf_str(out, "'");
	return true;
}

/* Nothing but the page's own script and style runs, and it speaks with this
 * server alone. */
static bool
panel_put_policy(struct buf *out)
{
	buf_str(out,
	    "default-src 'none'; connect-src 'self'; img-src data:; "
	    "base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'none'; script-src ");
	if (!panel_put_hash(out, "<script>", "</script>"))
		return false;
	buf_str(out, "; style-src ");
	return panel_put_hash(out, "<style>", "</style>");
}

static enum handler_result
control_panel_show(struct request *req)
{
	struct error e = { 0 };
	struct buf policy;
	bool ok;

	buf_init(&policy, 0);
	ok = panel_put_policy(&policy);
	reply_header(req, "Content-Security-Policy", policy.p);
	buf_release(&policy);
	if (!ok) {
		error_field(&e, "", "", "OpenSSL makes no digest");
		return control_fail(req, 500, &e);
	}
	reply_header(req, "X-Content-Type-Options", "nosniff");
	reply_header(req, "Referrer-Policy", "no-referrer");
	return reply_raw(
	    req, 200, "text/html; charset=utf-8", slice_of(panel_page));
}

struct inventory_query {
	int64_t limit;
};

const struct schema control_inventory_schema[] = {
	{ "limit", FIELD_INT, offsetof(struct inventory_query, limit), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static enum handler_result
control_inventory_show(struct request *req)
{
	const struct control *c = control_of(req);
	struct inventory_query in = { INVENTORY_LIMIT };
	struct error e = { 0 };
	json_t *query = control_read_query(req);
	bool ok = schema_read(control_inventory_schema, query, "", &in, &e);

	json_decref(query);
	if (ok && in.limit > INVENTORY_LIMIT_MAX)
		ok = error_field(
		    &e, "", "limit", "must be at most %d", INVENTORY_LIMIT_MAX);
	return ok
	    ? control_reply(req, 200, c->host.inventory(c->host.arg, in.limit))
	    : control_fail(req, 400, &e);
}

const struct route control_panel_routes[] = {
	{ OP_READ, "ui", R_UNAUTH, NULL, control_panel_show, NULL,
	    "The panel, a page for browsers" },
	{ OP_READ, "inventory", 0, NULL, control_inventory_show, NULL,
	    "Mounts, secrets, leases and tokens by names and times" },
	ROUTE_END,
};
