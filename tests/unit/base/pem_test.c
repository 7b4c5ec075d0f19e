/*
 * PEM that is encrypted: nobody is asked for a pass phrase.
 */
#include "base/pem.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ui.h>
#include <string.h>

#include "tests/support/unit.h"

static int asked;

static int
count(UI *ui)
{
	(void)ui;
	asked++;
	return 0;
}

static char *
encrypted(const EVP_PKEY *key)
{
	static char text[2000];
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(bio, key,
			     EVP_aes_128_cbc(), "word", 4, NULL, NULL),
	    1);
	n = BIO_read(bio, text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	BIO_free(bio);
	return text;
}

/* The old kind of encryption fits any block. */
static const char *
with_headers(const char *label)
{
	static char text[500];

	snprintf(text, sizeof(text),
	    "-----BEGIN %s-----\nProc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
	    "AAAAAAAAAAAAAAAAAAAAAA==\n-----END %s-----\n",
	    label, label);
	return text;
}

START_TEST(nobody_is_asked)
{
	UI_METHOD *method = UI_create_method("counts");
	EVP_PKEY *key = EVP_EC_gen("P-256");

	ck_assert_int_eq(UI_method_set_opener(method, count), 0);
	UI_set_default_method(method);
	ck_assert_ptr_null(pem_private_key(encrypted(key)));
	ck_assert_ptr_null(pem_private_key(with_headers("EC PRIVATE KEY")));
	ck_assert_ptr_null(pem_public_key(with_headers("PUBLIC KEY")));
	ck_assert_ptr_null(pem_certificate(with_headers("CERTIFICATE")));
	ck_assert_ptr_null(pem_crl(with_headers("X509 CRL")));
	ck_assert_int_eq(asked, 0);
	UI_set_default_method(UI_OpenSSL());
	UI_destroy_method(method);
	EVP_PKEY_free(key);
	ERR_clear_error();
}
END_TEST

UNIT_MAIN("pem", nobody_is_asked)
