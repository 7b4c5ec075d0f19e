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

#define YEAR ((int64_t)365 * 86400)
#define NAMES_MAX (OPTION_LIST_MAX + 8)

static bool
write_file(const char *path, const char *text, mode_t mode, char *why,
    size_t why_size)
{
	int fd;
	bool ok;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (!ok)
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
choose_dir(struct instance *in, struct dev_tls *t, char *why, size_t why_size)
{
	const char *given = in->options->dev_tls_cert_dir;
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (given) {
		snprintf(t->dir, sizeof(t->dir), "%s", given);
		if (stat(given, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
		snprintf(why, why_size,
		    "-dev-tls-cert-dir %s is not a directory", given);
		return false;
	}
	snprintf(t->dir, sizeof(t->dir), "%s/vault-tlsXXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	t->own_dir = mkdtemp(t->dir) != NULL;
	if (!t->own_dir)
		snprintf(why, why_size, "%s: %s", t->dir, strerror(errno));
	return t->own_dir;
}

static void
set_paths(struct dev_tls *t)
{
	snprintf(t->ca, sizeof(t->ca), "%s/vault-ca.pem", t->dir);
	snprintf(t->cert, sizeof(t->cert), "%s/vault-cert.pem", t->dir);
	snprintf(t->key, sizeof(t->key), "%s/vault-key.pem", t->dir);
}

static void
leaf_names(struct instance *in, const char *host, const char **dns,
    const char **ip)
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
write_all(struct dev_tls *t, X509 *ca, X509 *leaf, EVP_PKEY *key, char *why,
    size_t why_size)
{
	char *ca_pem = keygen_cert_pem(ca);
	char *cert_pem = keygen_cert_pem(leaf);
	char *key_pem = keypair_private_pem(key);
	bool ok = write_file(t->ca, ca_pem, 0444, why, why_size) &&
	    write_file(t->cert, cert_pem, 0400, why, why_size) &&
	    write_file(t->key, key_pem, 0400, why, why_size);

	free(ca_pem);
	free(cert_pem);
	free(key_pem);
	return ok;
}

bool
dev_tls_create(struct instance *in, struct dev_tls *t, char *why,
    size_t why_size)
{
	const char *dns[NAMES_MAX], *ip[NAMES_MAX];
	struct rng *r = in->vault.rng;
	int64_t now = clock_real_wall() / NSEC; /* the clients' time */
	struct cert_request ca_what = { .common_name = "Vault Dev CA",
		.ca = true,
		.not_before = now - 60,
		.not_after = now + 10 * YEAR };
	struct cert_request what = { .dns = dns,
		.ip = ip,
		.not_before = now - 60,
		.not_after = now + YEAR };
	EVP_PKEY *ca_key, *key;
	X509 *ca, *leaf;
	char host[256] = "";
	bool ok;

	if (!choose_dir(in, t, why, why_size))
		return false;
	set_paths(t);
	gethostname(host, sizeof(host) - 1);
	leaf_names(in, host, dns, ip);
	what.common_name = *host ? host : "localhost";
	ca_key = keypair_ec(r, "prime256v1");
	key = keypair_ec(r, "prime256v1");
	ca = keygen_cert(r, &ca_what, ca_key, NULL, NULL);
	leaf = keygen_cert(r, &what, key, ca, ca_key);
	ok = write_all(t, ca, leaf, key, why, why_size);
	t->issuer = ca;
	t->issuer_key = ca_key;
	X509_free(leaf);
	EVP_PKEY_free(key);
	return ok;
}

void
dev_tls_remove(struct dev_tls *t)
{
	X509_free(t->issuer);
	EVP_PKEY_free(t->issuer_key);
	t->issuer = NULL;
	t->issuer_key = NULL;
	if (!t->dir[0])
		return;
	unlink(t->ca);
	unlink(t->cert);
	unlink(t->key);
	if (t->own_dir)
		rmdir(t->dir);
}
