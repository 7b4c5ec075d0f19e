/*
 * Key pairs: of every size and curve that is asked for, repeated by a seed, and
 * none where OpenSSL has none. Certificates of them.
 */
#include "core/crypto/keypair.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/certificate.h"
#include "tests/support/unit.h"

static EVP_PKEY *
rsa(uint64_t seed, int bits)
{
	struct random *r = random_new_seeded(seed);
	EVP_PKEY *key = keypair_rsa(r, bits);

	random_free(r);
	return key;
}

static EVP_PKEY *
curve(uint64_t seed, const char *name)
{
	struct random *r = random_new_seeded(seed);
	EVP_PKEY *key = keypair_ec(r, name);

	random_free(r);
	return key;
}

static void
check_is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	ck_assert_int_eq(EVP_PKEY_check(ctx), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* Primes longer than any that Vault makes but for RSA 8192, which takes long:
 * 4112 bits are two primes of 257 bytes. */
START_TEST(rsa_of_any_size)
{
	static const int sizes[] = { 512, 1024, 2048, 4112 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EVP_PKEY *key = rsa(3, sizes[i]);

		ck_assert_ptr_nonnull(key);
		ck_assert_int_eq(EVP_PKEY_get_bits(key), sizes[i]);
		check_is_sound(key);
		EVP_PKEY_free(key);
	}
	ck_assert_ptr_null(rsa(3, 0));
}
END_TEST

START_TEST(a_seed_repeats_a_key)
{
	EVP_PKEY *one = rsa(5, 1024), *two = rsa(5, 1024), *other;

	ck_assert_int_eq(EVP_PKEY_eq(one, two), 1);
	other = rsa(6, 1024);
	ck_assert_int_ne(EVP_PKEY_eq(one, other), 1);
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
	EVP_PKEY_free(other);
	one = curve(5, "prime256v1");
	two = curve(5, "prime256v1");
	ck_assert_int_eq(EVP_PKEY_eq(one, two), 1);
	EVP_PKEY_free(one);
	EVP_PKEY_free(two);
}
END_TEST

/* sect571r1 has longer coordinates than P-521. */
START_TEST(curves)
{
	static const char *const names[] = { "secp224r1", "prime256v1",
		"secp384r1", "secp521r1", "sect571r1" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		EVP_PKEY *key = curve(i, names[i]);

		ck_assert_ptr_nonnull(key);
		check_is_sound(key);
		EVP_PKEY_free(key);
	}
	ck_assert_ptr_null(curve(1, "no such curve"));
	ck_assert_ptr_null(keypair_ec_from_numbers(
	    "no such curve", BN_value_one(), NULL, NULL));
}
END_TEST

START_TEST(numbers_that_are_no_key)
{
	BIGNUM *zero = BN_new(), *two = BN_new(), *nine = BN_new();
	BIGNUM *three = BN_new(), *five = BN_new();

	BN_set_word(two, 2);
	BN_set_word(three, 3);
	BN_set_word(five, 5);
	BN_set_word(nine, 9);
	ck_assert_ptr_null(
	    keypair_ec_from_numbers("prime256v1", NULL, two, nine));
	ck_assert_ptr_null(
	    keypair_ec_from_numbers("prime256v1", zero, NULL, NULL));
	ck_assert_ptr_null(
	    keypair_ec_from_numbers("prime256v1", NULL, NULL, NULL));
	ck_assert_ptr_null(keypair_rsa_from_numbers(two, three, NULL, NULL));
	ck_assert_ptr_null(keypair_rsa_from_numbers(nine, two, NULL, NULL));
	ck_assert_ptr_null(keypair_rsa_from_numbers(nine, five, three, five));
	ck_assert_ptr_null(
	    keypair_rsa_from_numbers(nine, five, nine, BN_value_one()));
	BN_free(zero);
	BN_free(two);
	BN_free(three);
	BN_free(five);
	BN_free(nine);
}
END_TEST

START_TEST(pem)
{
	EVP_PKEY *key = curve(1, "prime256v1");
	char *private = keypair_private_pem(key);
	char *public = keypair_public_pem(key);

	ck_assert_ptr_nonnull(strstr(private, "BEGIN EC PRIVATE KEY"));
	ck_assert_ptr_nonnull(strstr(public, "BEGIN PUBLIC KEY"));
	ck_assert_ptr_null(keypair_private_pem(NULL));
	ck_assert_ptr_null(keypair_public_pem(NULL));
	free(private);
	free(public);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(certificates)
{
	static const char *const names[] = { "localhost", NULL };
	static const char *const wrong[] = { "no address", NULL };
	struct random *r = random_new_seeded(9);
	struct certificate_spec spec = { "x", names, NULL, false, 0, 1000 };
	EVP_PKEY *key = keypair_ec(r, "prime256v1");
	X509 *cert = certificate_new(r, &spec, key, NULL, NULL);
	char *text = certificate_pem(cert);

	ck_assert_int_eq(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
	ck_assert_ptr_nonnull(strstr(text, "BEGIN CERTIFICATE"));
	spec.ip_addresses = wrong;
	ck_assert_ptr_null(certificate_new(r, &spec, key, NULL, NULL));
	ck_assert_ptr_null(certificate_new(r, &spec, NULL, NULL, NULL));
	ck_assert_ptr_null(certificate_pem(NULL));
	free(text);
	X509_free(cert);
	EVP_PKEY_free(key);
	random_free(r);
}
END_TEST

UNIT_MAIN("keypair", rsa_of_any_size, a_seed_repeats_a_key, curves,
    numbers_that_are_no_key, pem, certificates)
