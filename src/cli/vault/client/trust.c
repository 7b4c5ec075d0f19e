/*
 * TLS: certificate authorities, client certificates, and the verification of
 * servers in Go's order and words.
 */
#include "cli/vault/client/trust.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

#include "base/pem.h"
#include "base/text.h"
#include "cli/vault/client/readfile.h"
#include "cli/vault/output/gotext.h"

/* Every certificate of a PEM text; false when there is none. */
static bool
trust_add_pem(X509_STORE *store, const char *pem, size_t n)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)n);
	X509 *cert;
	bool any = false;

	while (bio && (cert = pem_next_certificate(bio))) {
		any |= X509_STORE_add_cert(store, cert) == 1;
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	return any;
}

/* Adds the certificates of every file in a folder and in those below it. NULL,
 * or why one cannot be used, in the arena. */
static const char *
trust_add_folder(struct arena *a, X509_STORE *store, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	const char *why = NULL;

	if (!dir)
		return arena_printf(
		    a, "lstat %s: %s", path, gotext_errno(a, errno));
	while (!why && (entry = readdir(dir)) != NULL) {
		char *file = arena_printf(a, "%s/%s", path, entry->d_name);
		struct stat st;
		char *pem;
		size_t n;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 || stat(file, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			why = trust_add_folder(a, store, file);
			continue;
		}
		pem = readfile(a, file, &n, &why);
		if (!pem)
			why = arena_printf(
			    a, "Error loading file from CAPath: %s", why);
		else if (!trust_add_pem(store, pem, n))
			why = arena_printf(a,
			    "Error loading CA Path: Couldn't parse PEM in: %s",
			    file);
	}
	closedir(dir);
	return why;
}

/* The CAs that a server is judged by: a file, PEM text, or a folder. NULL, or
 * in Go's words why they cannot be used. */
static const char *
trust_add_authorities(struct trust *t, const struct trust_options *o)
{
	X509_STORE *store = X509_STORE_new();
	const char *why = NULL;
	char *pem;
	size_t n;

	if (!store)
		return "out of memory";
	if (*o->ca_cert) {
		pem = readfile(t->arena, o->ca_cert, &n, &why);
		if (!pem)
			why = arena_printf(
			    t->arena, "Error loading CA File: %s", why);
		else if (!trust_add_pem(store, pem, n))
			why = arena_printf(t->arena,
			    "Error loading CA File: Couldn't parse PEM in: %s",
			    o->ca_cert);
	} else if (*o->ca_bytes) {
		if (!trust_add_pem(store, o->ca_bytes, strlen(o->ca_bytes)))
			why = "Error appending CA: Couldn't parse PEM";
	} else {
		why = trust_add_folder(t->arena, store, o->ca_path);
	}
	if (why)
		X509_STORE_free(store);
	else
		SSL_CTX_set_cert_store(t->context, store);
	return why;
}

static const char *
trust_add_client(struct trust *t, const struct trust_options *o)
{
	const char *why;

	if (!*o->client_cert || !*o->client_key)
		return "both client cert and client key must be provided";
	if (!readfile(t->arena, o->client_cert, NULL, &why) ||
	    !readfile(t->arena, o->client_key, NULL, &why))
		return why;
	ERR_clear_error();
	pem_ask_nobody(t->context);
	if (SSL_CTX_use_certificate_chain_file(t->context, o->client_cert) != 1)
		return "tls: failed to find any PEM data in certificate input";
	if (SSL_CTX_use_PrivateKey_file(
		t->context, o->client_key, SSL_FILETYPE_PEM) != 1) {
		if (ERR_GET_REASON(ERR_peek_last_error()) ==
		    X509_R_KEY_VALUES_MISMATCH)
			return "tls: private key does not match public key";
		return "tls: failed to find any PEM data in key input";
	}
	return NULL;
}

/* The names of a certificate that a host could have, as Go lists them. */
static char *
trust_names(struct arena *a, X509 *cert, int type)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(
	    cert, NID_subject_alt_name, NULL, NULL);
	struct buf out;
	char *text;

	buf_init(&out, 0);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char ip[64];
		const unsigned char *p;
		int n;

		if (name->type != type)
			continue;
		p = ASN1_STRING_get0_data(type == GEN_DNS
			? (ASN1_STRING *)name->d.dNSName
			: (ASN1_STRING *)name->d.iPAddress);
		n = ASN1_STRING_length(type == GEN_DNS
			? (ASN1_STRING *)name->d.dNSName
			: (ASN1_STRING *)name->d.iPAddress);
		buf_str(&out, out.n ? ", " : "");
		if (type == GEN_DNS)
			buf_add(&out, p, (size_t)n);
		else if (inet_ntop(
			     n == 4 ? AF_INET : AF_INET6, p, ip, sizeof(ip)))
			buf_str(&out, ip);
	}
	GENERAL_NAMES_free(names);
	text = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	return text;
}

/* NULL, or why the certificate is not the host's. */
static const char *
trust_check_host(struct arena *a, X509 *cert, const char *host)
{
	struct in6_addr in6;
	bool ip = inet_pton(AF_INET, host, &in6) == 1 ||
	    inet_pton(AF_INET6, host, &in6) == 1;
	char *names;

	if (ip && X509_check_ip_asc(cert, host, 0) == 1)
		return NULL;
	if (!ip &&
	    X509_check_host(
		cert, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1)
		return NULL;
	names = trust_names(a, cert, ip ? GEN_IPADD : GEN_DNS);
	if (*names)
		return arena_printf(a,
		    "x509: certificate is valid for %s, not %s", names, host);
	if (ip)
		return arena_printf(a,
		    "x509: cannot validate certificate for %s because it "
		    "doesn't contain any IP SANs",
		    host);
	if (!*trust_names(a, cert, GEN_IPADD))
		return "x509: certificate relies on legacy Common Name field, "
		       "use SANs instead";
	return arena_printf(a,
	    "x509: certificate is not valid for any names, but wanted to "
	    "match %s",
	    host);
}

static char *
trust_time(struct arena *a, const ASN1_TIME *when)
{
	struct tm tm;

	if (!when || ASN1_TIME_to_tm(when, &tm) != 1)
		return arena_strdup(a, "?");
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

/* NULL, or why the certificate's time is not now. */
static const char *
trust_check_time(struct arena *a, X509 *cert)
{
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	const ASN1_TIME *limit = NULL;
	const char *how = "after", *why = NULL;

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
		limit = X509_get0_notAfter(cert);
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
		limit = X509_get0_notBefore(cert);
		how = "before";
	}
	if (limit)
		why = arena_printf(a,
		    "x509: certificate has expired or is not yet valid: "
		    "current time %s is %s %s",
		    trust_time(a, now), how, trust_time(a, limit));
	ASN1_TIME_free(now);
	return why;
}

static const char *
trust_chain_refusal(struct arena *a, X509_STORE_CTX *ctx)
{
	int error = X509_STORE_CTX_get_error(ctx);
	X509 *at = X509_STORE_CTX_get_current_cert(ctx);

	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return at ? trust_check_time(a, at) : NULL;
	case X509_V_ERR_INVALID_PURPOSE:
		return "x509: certificate specifies an incompatible key usage";
	case X509_V_ERR_INVALID_CA:
		return "x509: invalid signature: parent certificate cannot "
		       "sign this kind of certificate";
	}
	return "x509: certificate signed by unknown authority";
}

/* In the place of OpenSSL's own verification: time, host, chain. As in Go, each
 * certificate given is an anchor, the server's own among them. */
static int
trust_verify(X509_STORE_CTX *ctx, void *arg)
{
	const struct trust *t = arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct trust_check *check = SSL_get_app_data(ssl);
	X509 *cert = X509_STORE_CTX_get0_cert(ctx);
	const char *why;

	if (t->insecure)
		return 1;
	why = trust_check_time(check->arena, cert);
	if (!why)
		why = trust_check_host(check->arena, cert, check->host);
	if (!why &&
	    (X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx),
		 X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
		X509_verify_cert(ctx) != 1))
		why = trust_chain_refusal(check->arena, ctx);
	if (!why)
		return 1;
	check->why = why;
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

bool
trust_configure(
    struct trust *t, const struct trust_options *o, const char **why)
{
	*why = NULL;
	if (!t->context) {
		t->context = SSL_CTX_new(TLS_client_method());
		if (!t->context ||
		    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) !=
			1 ||
		    SSL_CTX_set_default_verify_paths(t->context) != 1) {
			*why = "out of memory";
			return false;
		}
		t->server_name = "";
		SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_cert_verify_callback(t->context, trust_verify, t);
	}
	if (*o->client_cert || *o->client_key)
		*why = trust_add_client(t, o);
	if (!*why && (*o->ca_cert || *o->ca_path || *o->ca_bytes))
		*why = trust_add_authorities(t, o);
	if (*why)
		return false;
	t->insecure = t->insecure || o->insecure;
	if (*o->server_name)
		t->server_name = o->server_name;
	return true;
}

void
trust_release(struct trust *t)
{
	SSL_CTX_free(t->context);
	t->context = NULL;
}

SSL *
trust_connect(
    const struct trust *t, const char *host, struct trust_check *check)
{
	const char *name = *t->server_name ? t->server_name : host;
	SSL *ssl = SSL_new(t->context);
	struct in6_addr in6;

	if (!ssl)
		return NULL;
	check->host = name;
	if (SSL_set_app_data(ssl, check) == 1 &&
	    (inet_pton(AF_INET, name, &in6) == 1 ||
		inet_pton(AF_INET6, name, &in6) == 1 ||
		SSL_set_tlsext_host_name(ssl, name) == 1))
		return ssl;
	SSL_free(ssl);
	return NULL;
}

const char *
trust_refusal(
    struct arena *a, const struct trust_check *check, unsigned long error)
{
	static const struct {
		int alert;
		const char *text;
	} alerts[] = {
		{ 10, "unexpected message" },
		{ 20, "bad record MAC" },
		{ 22, "record overflow" },
		{ 40, "handshake failure" },
		{ 42, "bad certificate" },
		{ 43, "unsupported certificate" },
		{ 44, "revoked certificate" },
		{ 45, "expired certificate" },
		{ 46, "unknown certificate" },
		{ 47, "illegal parameter" },
		{ 48, "unknown certificate authority" },
		{ 49, "access denied" },
		{ 50, "error decoding message" },
		{ 51, "error decrypting message" },
		{ 70, "protocol version not supported" },
		{ 71, "insufficient security level" },
		{ 80, "internal error" },
		{ 112, "unrecognized name" },
		{ 116, "certificate required" },
		{ 120, "no application protocol" },
	};
	int reason = ERR_GET_REASON(error);

	if (check->why)
		return arena_printf(
		    a, "tls: failed to verify certificate: %s", check->why);
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return "EOF";
	if (reason == SSL_R_WRONG_VERSION_NUMBER ||
	    reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST)
		return "http: server gave HTTP response to HTTPS client";
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (reason == SSL_AD_REASON_OFFSET + alerts[i].alert)
			return arena_printf(
			    a, "remote error: tls: %s", alerts[i].text);
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return "EOF";
	return "tls: first record does not look like a TLS handshake";
}
