/*
 * Authority information access: the URLs that a certificate carries of its
 * issuer, its CRL and its OCSP servers. Checked as Vault does, read from
 * parameters, and filled in where they hold templates.
 */
#include <ctype.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

/* ---- one URL ---- */

#define URL_MIN 4
#define URL_MAX_CHARACTERS 2083

/* The text after "scheme:"; the text itself when it has no scheme, NULL when a
 * colon comes first. As Go's net/url reads it. */
static const char *
aia_url_skip_scheme(const char *text)
{
	const char *at = text;

	while (isalpha((unsigned char)*at) ||
	    (at > text && *at && strchr("0123456789+-.", *at)))
		at++;
	if (*at != ':')
		return text;
	return at > text ? at + 1 : NULL;
}

/* "user@host:port", n bytes: is the port a number and the host made of
 * characters that Go takes? *host is where the host begins. */
static bool
aia_url_is_authority_valid(const char *text, size_t n, const char **host)
{
	const char *end = text + n, *at = text;

	for (const char *p = text; p < end; p++)
		if (*p == '@')
			at = p + 1;
	*host = at;
	for (; at < end && *at != ':'; at++) {
		if (strchr(" #\\^`{|}%", *at))
			return false;
		if (*at == '[' && !(at = memchr(at, ']', (size_t)(end - at))))
			return false;
	}
	for (at += at < end; at < end; at++)
		if (!isdigit((unsigned char)*at))
			return false;
	return true;
}

static bool
aia_url_is_escaped_well(const char *path, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (path[i] == '%' &&
		    (i + 2 >= n || !isxdigit((unsigned char)path[i + 1]) ||
			!isxdigit((unsigned char)path[i + 2])))
			return false;
	return true;
}

/* Go's url.ParseRequestURI, and a host or a dot in the path. */
static bool
aia_url_parse(const char *text)
{
	const char *rest = aia_url_skip_scheme(text), *host = "";
	size_t n, host_n = 0;

	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	if (!rest)
		return false;
	if (*rest != '/')
		return rest != text;
	if (rest != text && rest[1] == '/') {
		n = strcspn(rest + 2, "/?");
		if (!aia_url_is_authority_valid(rest + 2, n, &host))
			return false;
		host_n = n - (size_t)(host - rest - 2);
		rest += 2 + n;
	}
	n = strcspn(rest, "?");
	if (!aia_url_is_escaped_well(rest, n) || (host_n && *host == '.'))
		return false;
	return host_n || n == 0 || memchr(rest, '.', n) != NULL;
}

bool
pki_is_url_valid(struct arena *a, const char *url)
{
	size_t n = strlen(url), characters = 0;

	for (size_t i = 0; i < n; i++)
		characters += ((unsigned char)url[i] & 0xc0) != 0x80;
	if (n < URL_MIN || characters >= URL_MAX_CHARACTERS || *url == '.' ||
	    strstr(url, "{{issuer_id}}") || strstr(url, "{{cluster_path}}") ||
	    strstr(url, "{{cluster_aia_path}}"))
		return false;
	if (strchr(url, ':') && !strstr(url, "://"))
		url = arena_printf(a, "http://%s", url);
	return aia_url_parse(url);
}

/* ---- lists of them ---- */

static const char *const aia_list_names[X509_URL_LISTS] = {
	[X509_URLS_ISSUING] = "issuing_certificates",
	[X509_URLS_CRL] = "crl_distribution_points",
	[X509_URLS_DELTA_CRL] = "delta_crl_distribution_points",
	[X509_URLS_OCSP] = "ocsp_servers",
};

bool
x509_urls_are_empty(const struct x509_urls *u)
{
	for (int i = 0; i < X509_URL_LISTS; i++)
		if (u->lists[i] && *u->lists[i])
			return false;
	return true;
}

void
pki_urls_show(json_t *data, const struct pki_urls *u)
{
	for (int i = 0; i < X509_URL_LISTS; i++)
		json_object_set_new(data, aia_list_names[i],
		    jsontree_strings(u->list.lists[i]));
}

bool
pki_urls_read(
    struct request *req, struct pki_urls *u, bool all, struct error *e)
{
	for (int i = 0; i < X509_URL_LISTS; i++) {
		if (all || param_is_given(req, aia_list_names[i]))
			u->list.lists[i] = param_strings(
			    req, aia_list_names[i], NULL);
		for (char **url = u->list.lists[i];
		     url && *url && !u->templating; url++)
			if (!pki_is_url_valid(req->arena, *url))
				return error_set(e, 400,
				    "invalid URL found in Authority "
				    "Information Access (AIA) parameter %s: %s",
				    aia_list_names[i], *url);
	}
	return true;
}

/* ---- templates ---- */

struct aia_variable {
	const char *name;
	const char *value;   /* "" when there is none */
	const char *missing; /* what Vault then says that it lacks */
};

#define AIA_VARIABLES 3

static char *
aia_url_replace(struct arena *a, char *text, const struct aia_variable *t)
{
	struct buf out;
	char *at;

	buf_init(&out, 0);
	for (; (at = strstr(text, t->name)); text = at + strlen(t->name)) {
		buf_add(&out, text, (size_t)(at - text));
		buf_str(&out, t->value);
	}
	buf_str(&out, text);
	return buf_take_to_arena(&out, a);
}

static bool
aia_url_fill(
    struct arena *a, const struct aia_variable *t, char **url, struct error *e)
{
	for (int k = 0; k < AIA_VARIABLES; k++)
		if (*t[k].value == '\0' && strstr(*url, t[k].name))
			return error_wrap(e, 500,
			    "unable to template AIA URLs as we lack %s",
			    t[k].missing);
	for (int k = 0; k < AIA_VARIABLES; k++)
		*url = aia_url_replace(a, *url, &t[k]);
	return true;
}

bool
pki_urls_fill(struct request *req, const struct pki_urls *u,
    const char *issuer_id, struct x509_urls *out, struct error *e)
{
	const struct pki_state *s = pki_state_get(req->vault, req->mount);
	const struct aia_variable all[AIA_VARIABLES] = {
		{ "{{cluster_path}}", s->cluster_path,
		    "local cluster address information (path)" },
		{ "{{cluster_aia_path}}", s->cluster_aia_path,
		    "local cluster address information (aia_path)" },
		{ "{{issuer_id}}", issuer_id,
		    "an issuer_id for this operation" },
	};

	*out = u->list;
	for (int i = 0; i < X509_URL_LISTS; i++) {
		char *const *from = u->list.lists[i];
		struct strs filled = strs_in(req->arena);

		for (size_t k = 0; from && from[k]; k++) {
			char *url = arena_strdup(req->arena, from[k]);

			if (u->templating &&
			    !aia_url_fill(req->arena, all, &url, e))
				return false;
			if (u->templating && !pki_is_url_valid(req->arena, url))
				return error_wrap(e, 500,
				    "error validating templated %s; invalid "
				    "URI: %s",
				    aia_list_names[i], url);
			strs_add(&filled, url);
		}
		out->lists[i] = strs_array(&filled);
	}
	return true;
}

void
pki_urls_warn(struct request *req, const struct pki_urls *u, const char *id)
{
	struct x509_urls filled;
	struct error why = { 0 };

	if (u->templating && !pki_urls_fill(req, u, id, &filled, &why))
		reply_warn(req,
		    "issuance may fail: %.800s\n\nConsider setting the "
		    "cluster-local address if it is not already set.",
		    why.text);
}
