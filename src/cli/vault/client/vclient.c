/*
 * The client: its settings from flags and environment.
 */
#include "cli/vault/client/vclient.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "server/claimed_version.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/client/token_helper.h"
#include "cli/vault/output/gotext.h"

#define VCLIENT_ADDRESS "https://127.0.0.1:8200"
#define VCLIENT_TIMEOUT_MS 60000
#define VCLIENT_NOT_SET "(not set)"

static const char *
vclient_env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* Vault writes one slash at the end and none in front; "root" is none. */
static char *
vclient_namespace(struct arena *a, const char *name)
{
	while (*name == '/')
		name++;
	if (!*name || strcmp(name, "root") == 0 || strcmp(name, "root/") == 0)
		return arena_strdup(a, "");
	return arena_printf(a, "%s%s", name, ends_with(name, "/") ? "" : "/");
}

void
vclient_set_namespace(struct vclient *c, const char *name)
{
	headers_delete(&c->headers, "X-Vault-Namespace");
	if (*name)
		headers_add(c->arena, &c->headers, "X-Vault-Namespace", name);
}

static const char *
vclient_env_bool(struct vclient *c, const char *name, bool *out)
{
	const char *value = vclient_env(name);

	if (*value && !parse_bool_go(value, out))
		return arena_printf(c->arena, "could not parse %s", name);
	return NULL;
}

static const char *
vclient_check_rate(void)
{
	const char *value = vclient_env("VAULT_RATE_LIMIT");
	char *end;

	if (!*value)
		return NULL;
	(void)strtod(value, &end);
	if (end == value || (*end && *end != ':'))
		return "VAULT_RATE_LIMIT was provided but incorrectly "
		       "formatted";
	return NULL;
}

/* NULL, or why the environment is refused. */
static const char *
vclient_read_environment(struct vclient *c)
{
	const char *retries = vclient_env("VAULT_MAX_RETRIES");
	const char *timeout = vclient_env("VAULT_CLIENT_TIMEOUT");
	bool insecure = false, lookup = false;
	const char *why = NULL;
	int64_t ns = 0;

	c->timeout_ms = VCLIENT_TIMEOUT_MS;
	if (*retries)
		why = gotext_parse_uint(c->arena, retries, &c->max_retries);
	if (!why)
		why = vclient_check_rate();
	if (!why && *timeout && gotext_parse_duration(c->arena, timeout, &ns))
		why = "could not parse \"VAULT_CLIENT_TIMEOUT\"";
	if (ns)
		c->timeout_ms = ns / (NSEC_PER_SEC / 1000);
	if (!why)
		why = vclient_env_bool(c, "VAULT_SKIP_VERIFY", &insecure);
	if (!why)
		why = vclient_env_bool(c, "VAULT_SRV_LOOKUP", &lookup);
	if (!why)
		why = vclient_env_bool(
		    c, "VAULT_DISABLE_REDIRECTS", &c->disable_redirects);
	if (why)
		return why;
	c->tls = (struct trust_options){
		.ca_cert = vclient_env("VAULT_CACERT"),
		.ca_bytes = vclient_env("VAULT_CACERT_BYTES"),
		.ca_path = vclient_env("VAULT_CAPATH"),
		.client_cert = vclient_env("VAULT_CLIENT_CERT"),
		.client_key = vclient_env("VAULT_CLIENT_KEY"),
		.server_name = vclient_env("VAULT_TLS_SERVER_NAME"),
		.insecure = insecure,
	};
	return trust_configure(&c->trust, &c->tls, &why) ? NULL : why;
}

/* NULL, or why the flags are refused. */
static const char *
vclient_read_tls_flags(struct vclient *c)
{
	const char *why;
	struct trust_options o = {
		.ca_cert = goflag_text(c->flags, "ca-cert"),
		.ca_bytes = "",
		.ca_path = goflag_text(c->flags, "ca-path"),
		.client_cert = goflag_text(c->flags, "client-cert"),
		.client_key = goflag_text(c->flags, "client-key"),
		.server_name = goflag_text(c->flags, "tls-server-name"),
		.insecure = goflag_is(c->flags, "tls-skip-verify"),
	};

	if (!*o.ca_cert && !*o.ca_path && !*o.client_cert && !*o.client_key &&
	    !*o.server_name && !o.insecure)
		return NULL;
	if (!trust_configure(&c->trust, &o, &why))
		return why;
	c->tls = o;
	return NULL;
}

/* The proxy that Go's transport would take for the address. */
static const char *
vclient_find_proxy(struct vclient *c)
{
	const char *proxy = vclient_env("VAULT_PROXY_ADDR");
	const char *none = vclient_env("NO_PROXY"), *why;
	char *host = address_hostname(c->arena, &c->address), *item, *list;
	bool tls = strcmp(c->address.scheme, "https") == 0;

	if (!*proxy)
		proxy = vclient_env("VAULT_HTTP_PROXY");
	if (!*proxy) {
		proxy = vclient_env(tls ? "HTTPS_PROXY" : "HTTP_PROXY");
		if (!*proxy)
			proxy = vclient_env(tls ? "https_proxy" : "http_proxy");
		if (!*none)
			none = vclient_env("no_proxy");
		if (!*proxy || strcmp(host, "localhost") == 0 ||
		    starts_with(host, "127.") || strcmp(host, "::1") == 0)
			return NULL;
		list = arena_strdup(c->arena, none);
		while ((item = strsep(&list, ",")) != NULL) {
			item = trim_space(item);
			item += *item == '.';
			if (*item &&
			    (strcmp(item, "*") == 0 || ends_with(host, item)))
				return NULL;
		}
	}
	if (!strstr(proxy, "://"))
		proxy = arena_printf(c->arena, "http://%s", proxy);
	why = address_parse(c->arena, proxy, &c->proxy);
	c->has_proxy = !why && !c->address.socket;
	return why;
}

static bool
vclient_is_ours(const char *header)
{
	return starts_with(header, "X-Vault-");
}

static const char *
vclient_refuse_headers(struct vclient *c, const char *names)
{
	return arena_printf(c->arena,
	    "failed to setup Headers[%s]: Header starting by 'X-Vault-' are "
	    "for internal usage only",
	    names);
}

/* VAULT_HEADERS: a JSON object of texts. */
static const char *
vclient_read_env_headers(struct vclient *c)
{
	const char *text = vclient_env("VAULT_HEADERS"), *refused = "";
	struct jsontext_member *members;
	struct slice clean;
	struct buf b;
	size_t n;
	bool ok;

	if (!*text || !claimed_version_has(VERSION_CLI_HEADERS))
		return NULL;
	buf_init(&b, 0);
	ok = jsontext_clean(&b, text, strlen(text), JSONTEXT_DIGITS, NULL) >
		0 &&
	    *b.p == '{';
	clean = (struct slice){ arena_strndup(c->arena, b.p ? b.p : "", b.n),
		b.n };
	buf_release(&b);
	if (!ok)
		return "could not unmarshal environment-supplied headers";
	n = part_members(c->arena, clean, &members);
	for (size_t i = 0; i < n; i++) {
		if (vclient_is_ours(members[i].key)) {
			refused = arena_printf(c->arena, "%s%s%s", refused,
			    *refused ? ", " : "", members[i].key);
			continue;
		}
		if (jsontext_kind(members[i].value) != '"')
			return "environment-supplied headers include "
			       "non-string values";
		headers_add(c->arena, &c->headers, members[i].key,
		    jsontext_string(c->arena, members[i].value, NULL));
	}
	return *refused ? vclient_refuse_headers(c, refused) : NULL;
}

static const char *
vclient_read_header_flags(struct vclient *c)
{
	const struct goflag_value *v = goflag_find(c->flags, "header");
	const char *refused = "";

	for (int i = 0; i < v->n; i++) {
		if (vclient_is_ours(v->pairs[i].key))
			refused = arena_printf(c->arena, "%s%s%s", refused,
			    *refused ? ", " : "", v->pairs[i].key);
		else
			headers_add(c->arena, &c->headers, v->pairs[i].key,
			    v->pairs[i].value);
	}
	return *refused ? vclient_refuse_headers(c, refused) : NULL;
}

static const char *
vclient_read_address(struct vclient *c, struct ui *ui)
{
	const char *address = goflag_text(c->flags, "address");
	const char *agent = goflag_text(c->flags, "agent-address"), *why;

	if (!getenv("VAULT_ADDR") && !goflag_given(c->flags, "address") &&
	    !*agent && !goflag_is(c->flags, "non-interactive") &&
	    isatty(STDIN_FILENO) &&
	    claimed_version_has(VERSION_CLI_ADDRESS_WARNING))
		ui_warn(ui,
		    "WARNING! VAULT_ADDR and -address unset. Defaulting to "
		    "%s.",
		    VCLIENT_ADDRESS);
	if (*agent)
		address = agent;
	why = address_parse(
	    c->arena, *address ? address : VCLIENT_ADDRESS, &c->address);
	if (!why)
		why = vclient_find_proxy(c);
	if (why)
		return why;
	c->address.query = NULL;
	headers_add(c->arena, &c->headers, "X-Vault-Request", "true");
	vclient_set_namespace(c, vclient_env("VAULT_NAMESPACE"));
	return vclient_read_env_headers(c);
}

static const char *
vclient_read_namespace_flags(struct vclient *c)
{
	const char *name = goflag_text(c->flags, "namespace");
	const char *ns = goflag_text(c->flags, "ns");

	if (strcmp(ns, VCLIENT_NOT_SET) != 0)
		name = ns;
	if (goflag_exists(c->flags, "namespace") &&
	    strcmp(name, VCLIENT_NOT_SET) != 0)
		vclient_set_namespace(c, vclient_namespace(c->arena, name));
	return vclient_read_header_flags(c);
}

bool
vclient_init(struct vclient *c, struct arena *a, struct ui *ui,
    const struct goflags *flags, const char **why)
{
	const struct goflag_value *mfa;

	memset(c, 0, sizeof(*c));
	c->arena = a;
	c->flags = flags;
	c->trust.arena = a;
	*why = vclient_read_environment(c);
	if (*why)
		*why = arena_printf(a, "failed to read environment: %s", *why);
	if (!*why && (*why = vclient_read_tls_flags(c)) != NULL)
		*why = arena_printf(a, "failed to setup TLS config: %s", *why);
	if (!*why && (*why = vclient_read_address(c, ui)) != NULL)
		*why = arena_printf(a, "failed to create client: %s", *why);
	if (*why)
		return false;
	c->token = arena_strdup(a, vclient_env("VAULT_TOKEN"));
	if (!*c->token && !token_helper_get(a, &c->token, why))
		return false;
	mfa = goflag_find(flags, "mfa");
	c->mfa = mfa->list;
	c->nmfa = mfa->n;
	c->policy_override = goflag_is(flags, "policy-override");
	c->curl = goflag_is(flags, "output-curl-string");
	c->policy = goflag_is(flags, "output-policy");
	c->disable_redirects = c->disable_redirects ||
	    goflag_is(flags, "disable-redirects");
	*why = vclient_read_namespace_flags(c);
	return !*why;
}

void
vclient_release(struct vclient *c)
{
	trust_release(&c->trust);
}
