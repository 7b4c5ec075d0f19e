/*
 * vault transit import, import-version: a key goes to the server wrapped twice.
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/pem.h"
#include "base/text.h"
#include "cli/vault/client/readfile.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"
#include "clock/random.h"

#define TRANSIT_AES_KEY 32
#define TRANSIT_FAILED 3

/* "transit/keys/NAME" as its mount, and the path to import to. */
static bool
transit_split_path(struct vault_run *run, const char *word, const char **mount,
    const char **path)
{
	const char *arg = run->args[0], *keys = NULL, *p = arg;

	while ((p = strstr(p, "/keys/")) != NULL)
		keys = p++;
	if (!keys || keys == arg || !keys[6] || strchr(keys + 6, '/')) {
		ui_error(&run->ui,
		    "expected transit path and key name in the "
		    "form :path:/keys/:name:");
		return false;
	}
	*mount = arena_strndup(run->arena, arg, (size_t)(keys - arg));
	*path = arena_printf(run->arena, "%s/%s", arg, word);
	return true;
}

/* The key to import; false after saying why there is none. */
static bool
transit_source(struct vault_run *run, struct buf *key)
{
	const char *text = run->args[1], *why;
	size_t bad;

	if (*text == '@') {
		text = readfile(run->arena, text + 1, NULL, &why);
		if (!text) {
			ui_error(&run->ui,
			    "error reading key material file: %s", why);
			return false;
		}
	}
	text = gotext_trim(run->arena, text);
	if (base64_decode(key, text, strlen(text), &bad))
		return true;
	ui_error(&run->ui,
	    "error base64 decoding source key material: illegal base64 data "
	    "at input byte %zu",
	    bad);
	return false;
}

static EVP_PKEY *
transit_wrapping_key(struct vault_run *run, const char *mount, const char **why)
{
	EVP_PKEY *key = NULL;
	struct secret *s;
	const char *pem;

	if (!logical_read(&run->client,
		arena_printf(run->arena, "%s/wrapping_key", mount), NULL, &s,
		why)) {
		*why = arena_printf(
		    run->arena, "error fetching wrapping key: %s", *why);
		return NULL;
	}
	if (!s) {
		*why = arena_printf(
		    run->arena, "no mount found at %s: %%!v(<nil>)", mount);
		return NULL;
	}
	pem = part_text(run->arena, s->data, "public_key");
	key = pem_public_key(pem);
	if (!key)
		*why = "error parsing wrapping key: no public key";
	return key;
}

/* AES key wrap with padding (RFC 5649). */
static bool
transit_wrap_key(
    const unsigned char *aes, const struct buf *key, struct buf *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *wrapped = xmalloc(key->n + 16);
	int n = 0, rest = 0;
	bool ok;

	if (ctx)
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = ctx &&
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_wrap_pad(), NULL, aes, NULL) ==
		1 &&
	    EVP_EncryptUpdate(
		ctx, wrapped, &n, (unsigned char *)key->p, (int)key->n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, wrapped + n, &rest) == 1;
	if (ok)
		buf_add(out, wrapped, (size_t)(n + rest));
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(wrapped, key->n + 16);
	free(wrapped);
	return ok;
}

static bool
transit_encrypt_key(EVP_PKEY *to, const unsigned char *aes, struct buf *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(to, NULL);
	unsigned char text[1024];
	size_t n = sizeof(text);
	bool ok;

	ok = ctx && EVP_PKEY_encrypt_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_encrypt(ctx, text, &n, aes, TRANSIT_AES_KEY) == 1;
	if (ok)
		buf_add(out, text, n);
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* Both ciphertexts in base64; "" after saying what failed. */
static char *
transit_wrap(struct vault_run *run, EVP_PKEY *to, const struct buf *key)
{
	unsigned char aes[TRANSIT_AES_KEY];
	struct random *rng = random_new();
	struct buf first, second, b64;
	char *text;

	random_bytes(rng, aes, sizeof(aes));
	random_free(rng);
	buf_init(&first, 0);
	buf_init(&second, 0);
	buf_init(&b64, 0);
	ui_output(&run->ui, "Wrapping source key with ephemeral key.");
	if (!transit_wrap_key(aes, key, &second)) {
		ui_error(&run->ui, "failure wrapping source key");
	} else {
		ui_output(
		    &run->ui, "Encrypting ephemeral key with wrapping key.");
		if (!transit_encrypt_key(to, aes, &first)) {
			ui_error(&run->ui, "failure encrypting wrapped key");
		} else {
			buf_add(&first, second.p, second.n);
			base64_encode(&b64, first.p, first.n);
		}
	}
	OPENSSL_cleanse(aes, sizeof(aes));
	text = arena_strndup(run->arena, b64.p ? b64.p : "", b64.n);
	buf_release(&first);
	buf_release(&second);
	buf_release(&b64);
	return text;
}

static int
transit_submit(struct vault_run *run, const char *path, const char *ciphertext)
{
	struct kvargs data;
	struct secret *s;
	const char *why;

	if (!vrun_data(run, 2, "Failed to parse extra K=V data", &data))
		return VAULT_WRONG_USE;
	kvargs_put_text(&data, "ciphertext", ciphertext);
	ui_output(&run->ui, "Submitting wrapped key.");
	if (!logical_write(
		&run->client, "PUT", path, kvargs_json(&data), &s, &why)) {
		ui_error(&run->ui, "failed to call import:%s", why);
		return TRANSIT_FAILED;
	}
	ui_output(&run->ui, "Success!");
	return VAULT_OK;
}

/* Wraps a key with the mount's wrapping key and sends it as an import. Returns
 * the status that the program ends with. */
static int
transit_send_key(struct vault_run *run, const char *word)
{
	const char *mount, *path, *why = "";
	struct buf key;
	EVP_PKEY *to;
	char *ciphertext = NULL;

	if (run->nargs < 2) {
		ui_error(&run->ui,
		    "Incorrect argument count (expected 2+, got %d). Wanted "
		    "PATH to import into and KEY material.",
		    run->nargs);
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!transit_split_path(run, word, &mount, &path))
		return VAULT_WRONG_USE;
	buf_init(&key, 0);
	if (!transit_source(run, &key)) {
		buf_release(&key);
		return VAULT_WRONG_USE;
	}
	ui_output(&run->ui, "Retrieving wrapping key.");
	to = transit_wrapping_key(run, mount, &why);
	if (to)
		ciphertext = transit_wrap(run, to, &key);
	else
		ui_error(&run->ui, "failed to fetch wrapping key: %s", why);
	EVP_PKEY_free(to);
	buf_release(&key);
	if (!ciphertext)
		return TRANSIT_FAILED;
	return *ciphertext ? transit_submit(run, path, ciphertext)
			   : VAULT_FAILED;
}

static int
transit_run_import(struct vault_run *run)
{
	return transit_send_key(run, "import");
}

static int
transit_run_import_version(struct vault_run *run)
{
	return transit_send_key(run, "import_version");
}

const struct vault_command transit_commands[] = {
	{ "transit", NULL, 0, NULL, "Work with the transit engine",
	    "<subcommand> [options] [args]",
	    "  Imports keys into the transit engine." },
	{ "transit import", transit_run_import, 0, NULL, "Import a key",
	    "PATH KEY [options...]",
	    "  Imports a key, given in base64 or as @file, under a new name." },
	{ "transit import-version", transit_run_import_version, 0, NULL,
	    "Import a version of a key", "PATH KEY [options...]",
	    "  Imports a key as a new version of one that was imported." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
