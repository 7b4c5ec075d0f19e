/*
 * A request as a curl line, or as the policy that would allow it.
 */
#include "cli/vault/client/show_request.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static void
show_quoted(struct buf *out, const char *option, const char *p, size_t n)
{
	buf_printf(out, "%s '", option);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\'')
			buf_str(out, "'\"'\"'");
		else
			buf_char(out, p[i]);
	}
	buf_str(out, "' ");
}

static void
show_option(struct buf *out, const char *option, const char *value)
{
	if (value && *value)
		show_quoted(out, option, value, strlen(value));
}

static void
show_curl(struct vclient *c, const char *method, const struct address *url,
    const struct headers *h, struct slice body, struct buf *out)
{
	buf_str(out, "curl ");
	if (c->trust.insecure)
		buf_str(out, "--insecure ");
	if (strcmp(method, "GET") != 0)
		buf_printf(out, "-X %s ", method);
	show_option(out, "--cacert", c->tls.ca_cert);
	show_option(out, "--capath", c->tls.ca_path);
	show_option(out, "--cert", c->tls.client_cert);
	show_option(out, "--key", c->tls.client_key);
	for (int i = 0; i < h->n; i++) {
		bool token = strcasecmp(h->list[i].name, "X-Vault-Token") == 0;

		buf_printf(out, "-H \"%s: %s\" ", h->list[i].name,
		    token ? "$(vault print token)" : h->list[i].value);
	}
	if (body.p && body.n)
		show_quoted(out, "-d", body.p, body.n);
	buf_str(out, address_url(c->arena, url));
}

/* Paths whose use needs sudo; "*" is a rest that is not empty, "+" one word. */
static bool
show_needs_sudo(const char *path)
{
	static const char *const paths[] = { "auth/token/accessors",
		"auth/token/accessors/", "pki/root",
		"pki/root/sign-self-issued", "sys/audit", "sys/audit/*",
		"sys/auth/*", "sys/auth/*/tune",
		"sys/config/auditing/request-headers",
		"sys/config/auditing/request-headers/*", "sys/config/cors",
		"sys/config/ui/headers", "sys/config/ui/headers/",
		"sys/config/ui/headers/*", "sys/internal/inspect/router/*",
		"sys/internal/counters/activity/export", "sys/leases",
		"sys/leases/lookup", "sys/leases/lookup/",
		"sys/leases/lookup/*", "sys/leases/revoke-force/*",
		"sys/leases/revoke-prefix/*", "sys/plugins/catalog/*",
		"sys/raw", "sys/raw/*", "sys/remount", "sys/revoke-force/*",
		"sys/revoke-prefix/*", "sys/rotate" };
	size_t n;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		n = strlen(paths[i]);
		if (strcmp(paths[i], path) == 0)
			return true;
		if (paths[i][n - 1] == '*' &&
		    strncmp(paths[i], path, n - 1) == 0 && path[n - 1])
			return true;
	}
	return false;
}

static void
show_policy(const char *method, const struct address *url, struct buf *out)
{
	const char *path = url->path, *capabilities = "\"create\", \"update\"";

	if (starts_with(path, "/v1"))
		path += 3;
	while (*path == '/')
		path++;
	if (url->query && strstr(url->query, "list=true"))
		capabilities = "\"list\"";
	else if (strcmp(method, "GET") == 0)
		capabilities = "\"read\"";
	else if (strcmp(method, "DELETE") == 0)
		capabilities = "\"delete\"";
	else if (strcmp(method, "PATCH") == 0)
		capabilities = "\"patch\"";
	buf_printf(out, "path \"%s\" {\n  capabilities = [%s%s]\n}", path,
	    capabilities, show_needs_sudo(path) ? ", \"sudo\"" : "");
}

const char *
request_show(struct vclient *c, const char *method, const struct address *url,
    const struct headers *h, struct slice body)
{
	struct buf out;
	bool curl = c->curl;

	buf_init(&out, 0);
	if (curl)
		show_curl(c, method, url, h, body, &out);
	else
		show_policy(method, url, &out);
	c->shown = arena_strndup(c->arena, out.p, out.n);
	buf_release(&out);
	return curl ? "output a string, please" : "output a policy, please";
}
