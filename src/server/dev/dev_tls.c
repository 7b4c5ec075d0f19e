/*
 * The files of -dev-tls: CN "Vault Dev CA" for ten years, a leaf for a year
 * with the machine's usual names. EC P-256 keys.
 */
#include "server/dev/dev_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/duration.h"
#include "core/crypto/keypair.h"
#include "server/instance.h"
#include "core/crypto/certificate.h"

#define YEAR_S ((int64_t)365 * 86400)
#define NAMES_MAX (OPTION_LIST_MAX + 8)

static bool
dev_tls_write_file(
    const char *path, const char *text, mode_t mode, struct error *e)
{
	int fd;
	bool ok;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (!ok)
		error_set(e, 400, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
dev_tls_choose_dir(struct instance *in, struct dev_tls *t, struct error *e)
{
	const char *given = in->options->dev_tls_cert_dir;
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (given) {
		snprintf(t->dir, sizeof(t->dir), "%s", given);
		if (stat(given, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
		return error_set(
		    e, 400, "-dev-tls-cert-dir %s is not a directory", given);
	}
	snprintf(t->dir, sizeof(t->dir), "%s/vault-tlsXXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	t->is_own_dir = mkdtemp(t->dir) != NULL;
	if (!t->is_own_dir)
		error_set(e, 400, "%s: %s", t->dir, strerror(errno));
	return t->is_own_dir;
}

static void
dev_tls_leaf_names(
    struct instance *in, const char *host, const char **dns, const char **ip)
{
	static const char *const usual[] = { "localhost", "localhost4",
		"localhost6", "localhost.localdomain" };
	const struct option_list *more = &in->options->dev_tls_san;
	int n = 0, nip = 0;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		dns[n++] = usual[i];
	if (*host)
		dns[n++] = host;
	ip[nip++] = "127.0.0.1";
	for (int i = 0; i < more->n; i++) {
		const char *san = more->items[i];

		if (strspn(san, "0123456789.") == strlen(san) ||
		    strchr(san, ':'))
			ip[nip++] = san;
		else
			dns[n++] = san;
	}
	dns[n] = NULL;
	ip[nip] = NULL;
}

static bool
dev_tls_refuse(struct error *e)
{
	return error_set(
	    e, 500, "OpenSSL cannot make the certificates of -dev-tls");
}

static bool
dev_tls_write_all(
    struct dev_tls *t, X509 *ca, X509 *leaf, EVP_PKEY *key, struct error *e)
{
	char *ca_pem = certificate_pem(ca);
	char *cert_pem = certificate_pem(leaf);
	char *key_pem = keypair_private_pem(key);
	bool ok = ca_pem && cert_pem && key_pem
	    ? dev_tls_write_file(t->ca_path, ca_pem, 0444, e) &&
		dev_tls_write_file(t->cert_path, cert_pem, 0400, e) &&
		dev_tls_write_file(t->key_path, key_pem, 0400, e)
	    : dev_tls_refuse(e);

	free(ca_pem);
	free(cert_pem);
	free(key_pem);
	return ok;
}

bool
dev_tls_create(struct instance *in, struct dev_tls *t, struct error *e)
{
	const char *dns[NAMES_MAX], *ip[NAMES_MAX];
	struct random *r = in->vault.random;
	int64_t now_s = clock_real_wall() /
	    NSEC_PER_SEC; /* the clients' time */
	struct certificate_spec ca_request = { .common_name = "Vault Dev CA",
		.is_ca = true,
		.not_before_s = now_s - 60,
		.not_after_s = now_s + 10 * YEAR_S };
	struct certificate_spec leaf_request = { .dns_names = dns,
		.ip_addresses = ip,
		.not_before_s = now_s - 60,
		.not_after_s = now_s + YEAR_S };
	EVP_PKEY *key;
	X509 *leaf = NULL;
	char host[256] = "";
	bool ok;

	if (!dev_tls_choose_dir(in, t, e))
		return false;
	snprintf(t->ca_path, sizeof(t->ca_path), "%s/vault-ca.pem", t->dir);
	snprintf(
	    t->cert_path, sizeof(t->cert_path), "%s/vault-cert.pem", t->dir);
	snprintf(t->key_path, sizeof(t->key_path), "%s/vault-key.pem", t->dir);
	gethostname(host, sizeof(host) - 1);
	dev_tls_leaf_names(in, host, dns, ip);
	leaf_request.common_name = *host ? host : "localhost";
	t->ca_key = keypair_ec(r, "prime256v1");
	key = keypair_ec(r, "prime256v1");
	if (t->ca_key && key)
		t->ca_cert = certificate_new(
		    r, &ca_request, t->ca_key, NULL, NULL);
	if (t->ca_cert)
		leaf = certificate_new(
		    r, &leaf_request, key, t->ca_cert, t->ca_key);
	ok = leaf ? dev_tls_write_all(t, t->ca_cert, leaf, key, e)
		  : dev_tls_refuse(e);
	X509_free(leaf);
	EVP_PKEY_free(key);
	return ok;
}

void
dev_tls_remove(struct dev_tls *t)
{
	X509_free(t->ca_cert);
	EVP_PKEY_free(t->ca_key);
	t->ca_cert = NULL;
	t->ca_key = NULL;
	if (!t->dir[0])
		return;
	unlink(t->ca_path);
	unlink(t->cert_path);
	unlink(t->key_path);
	if (t->is_own_dir)
		rmdir(t->dir);
}
