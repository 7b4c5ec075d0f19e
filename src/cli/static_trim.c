/*
 * The static binary alone: what a library's tables name and nothing here asks
 * for. A definition of ours keeps the archive's object, and what that pulls in,
 * out of the file. Of SQLite, two full-text indices, the tree of rectangles and
 * the trigonometry (SQL's sin() and its kin answer NULL): a tenth of a megabyte
 * each. Of PCRE2, the compiler to machine code: a quarter. Of libcrypt, every
 * hash but bcrypt: a sixth. Of OpenSSL, the table of multiples of P-256: a
 * fifth; the old names of ciphers that nobody here uses, the faster ways of
 * P-224 and P-521 and of TLS 1.2 with CBC and many records at once: a quarter.
 * Of the compiler, what walks up a stack whose tables are left out. A library
 * that is built otherwise brings its own object as well, and the linker
 * (-z muldefs) takes what stands here.
 */
#include <math.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/http.h>
#include <stddef.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <nss.h>

/*
 * Names come from /etc/hosts and DNS, users from /etc/passwd: glibc has these
 * sources in itself. Another that /etc/nsswitch.conf names would be a shared
 * object of the machine's own glibc, loaded beside this one.
 */
__attribute__((constructor)) static void
static_name_sources(void)
{
	__nss_configure_lookup("hosts", "files dns");
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("group", "files");
	__nss_configure_lookup("services", "files");
	__nss_configure_lookup("protocols", "files");
}
#endif

struct sqlite3;

void sqlite3RegisterDateTimeFunctions(void);
int sqlite3Fts3Init(struct sqlite3 *db);
int sqlite3Fts5Init(struct sqlite3 *db);
int sqlite3RtreeInit(struct sqlite3 *db);

int
sqlite3Fts3Init(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

int
sqlite3Fts5Init(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

int
sqlite3RtreeInit(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

/* Our SQL has no times but numbers. */
void
sqlite3RegisterDateTimeFunctions(void)
{
}

#define NOT_HERE(name)              \
	double name(double x)       \
	{                           \
		(void)x;            \
		return (double)NAN; \
	}

NOT_HERE(acos)
NOT_HERE(acosh)
NOT_HERE(asin)
NOT_HERE(asinh)
NOT_HERE(atan)
NOT_HERE(atanh)
NOT_HERE(cosh)
NOT_HERE(sinh)
NOT_HERE(tan)
NOT_HERE(tanh)

double
atan2(double y, double x)
{
	(void)y;
	(void)x;
	return (double)NAN;
}

/*
 * PCRE2 asks these of every pattern, compiled to machine code or not. Patterns
 * here never are: their limits (journal/match) hold for the interpreter alone.
 */
int _pcre2_jit_check_exec_8(void *executable, unsigned options);
void _pcre2_jit_free_8(void *executable, void *memory);
void _pcre2_jit_free_rodata_8(void *current, void *allocator);
size_t _pcre2_jit_get_size_8(void *executable);
const char *_pcre2_jit_get_target_8(void);
int pcre2_jit_match_8(void);

int
_pcre2_jit_check_exec_8(void *executable, unsigned options)
{
	(void)executable;
	(void)options;
	return 0; /* there is no machine code: interpret */
}

void
_pcre2_jit_free_8(void *executable, void *memory)
{
	(void)executable;
	(void)memory;
}

void
_pcre2_jit_free_rodata_8(void *current, void *allocator)
{
	(void)current;
	(void)allocator;
}

size_t
_pcre2_jit_get_size_8(void *executable)
{
	(void)executable;
	return 0;
}

const char *
_pcre2_jit_get_target_8(void)
{
	return "";
}

int
pcre2_jit_match_8(void)
{
	return -45; /* PCRE2_ERROR_JIT_BADOPTION */
}

/*
 * The methods of libcrypt's table, which hands a hash to one by its prefix. One
 * that writes nothing leaves the token of a failure in the answer.
 */
#define METHOD_NOT_HERE(name)             \
	void _crypt_crypt_##name(void);   \
	void _crypt_gensalt_##name(void); \
	void _crypt_crypt_##name(void)    \
	{                                 \
	}                                 \
	void _crypt_gensalt_##name(void)  \
	{                                 \
	}

METHOD_NOT_HERE(bigcrypt_rn)
METHOD_NOT_HERE(bsdicrypt_rn)
METHOD_NOT_HERE(descrypt_rn)
METHOD_NOT_HERE(gost_yescrypt_rn)
METHOD_NOT_HERE(md5crypt_rn)
METHOD_NOT_HERE(nt_rn)
METHOD_NOT_HERE(scrypt_rn)
METHOD_NOT_HERE(sha1crypt_rn)
METHOD_NOT_HERE(sha256crypt_rn)
METHOD_NOT_HERE(sha512crypt_rn)
METHOD_NOT_HERE(sunmd5_rn)
METHOD_NOT_HERE(yescrypt_rn)

/*
 * P-256 has two implementations: the faster one has a table of 150 KB, the
 * other is some times slower, a tenth of a millisecond a signature.
 */
#ifndef OPENSSL_NO_EC_NISTP_64_GCC_128
const EC_METHOD *EC_GFp_nistz256_method(void);
void *EC_nistz256_pre_comp_dup(void *pre);
void EC_nistz256_pre_comp_free(void *pre);

const EC_METHOD *
EC_GFp_nistz256_method(void)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	return EC_GFp_nistp256_method();
#pragma GCC diagnostic pop
}

/* P-224 and P-521 as curves without a way of their own. */
#define CURVE_NOT_HERE(bits)                                \
	const EC_METHOD *EC_GFp_nistp##bits##_method(void); \
	const EC_METHOD *EC_GFp_nistp##bits##_method(void)  \
	{                                                   \
		return EC_GFp_mont_method();                \
	}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
CURVE_NOT_HERE(224)
CURVE_NOT_HERE(521)
#pragma GCC diagnostic pop

/* Of the methods that are not here. */
#define MULTIPLES_NOT_HERE(curve)                   \
	void *EC_##curve##_pre_comp_dup(void *pre); \
	void EC_##curve##_pre_comp_free(void *pre); \
	void *EC_##curve##_pre_comp_dup(void *pre)  \
	{                                           \
		return pre;                         \
	}                                           \
	void EC_##curve##_pre_comp_free(void *pre)  \
	{                                           \
		(void)pre;                          \
	}

MULTIPLES_NOT_HERE(nistz256)
MULTIPLES_NOT_HERE(nistp224)
MULTIPLES_NOT_HERE(nistp521)
#endif

/* Curves over binary fields: Vault knows none. */
#ifndef OPENSSL_NO_EC2M
const EC_METHOD *
EC_GF2m_simple_method(void)
{
	return NULL;
}
#endif

/* Hardware that OpenSSL reaches by an engine. */
#define ENGINE_NOT_HERE(name)                \
	void engine_load_##name##_int(void); \
	void engine_load_##name##_int(void)  \
	{                                    \
	}

ENGINE_NOT_HERE(afalg)
ENGINE_NOT_HERE(devcrypto)
ENGINE_NOT_HERE(dynamic)
ENGINE_NOT_HERE(openssl)
ENGINE_NOT_HERE(padlock)
ENGINE_NOT_HERE(rdrand)

/* Certificates and lists that OpenSSL would ask a server for. */
BIO *
OSSL_HTTP_get(const char *url, const char *proxy, const char *no_proxy,
    BIO *bio, BIO *rbio, OSSL_HTTP_bio_cb_t bio_update_fn, void *arg,
    int buf_size, const STACK_OF(CONF_VALUE) * headers,
    const char *expected_content_type, int expect_asn1, size_t max_resp_len,
    int timeout)
{
	(void)url;
	(void)proxy;
	(void)no_proxy;
	(void)bio;
	(void)rbio;
	(void)bio_update_fn;
	(void)arg;
	(void)buf_size;
	(void)headers;
	(void)expected_content_type;
	(void)expect_asn1;
	(void)max_resp_len;
	(void)timeout;
	return NULL;
}

/* TLS 1.2 with AES-CBC is two algorithms, not one that does both at once. */
#define CBC_HMAC_NOT_HERE(hash)                                    \
	int ossl_cipher_capable_aes_cbc_hmac_##hash(void);         \
	const void *ossl_prov_cipher_hw_aes_cbc_hmac_##hash(void); \
	int ossl_cipher_capable_aes_cbc_hmac_##hash(void)          \
	{                                                          \
		return 0;                                          \
	}                                                          \
	const void *ossl_prov_cipher_hw_aes_cbc_hmac_##hash(void)  \
	{                                                          \
		return NULL;                                       \
	}

CBC_HMAC_NOT_HERE(sha1)
CBC_HMAC_NOT_HERE(sha256)

/*
 * Ciphers by a name of before OpenSSL 3, which encrypted PEM files have: those
 * that the openssl program writes. The providers' ciphers are all there.
 */
void openssl_add_all_ciphers_int(void);

void
openssl_add_all_ciphers_int(void)
{
	if (!EVP_add_cipher(EVP_aes_128_cbc()) ||
	    !EVP_add_cipher(EVP_aes_192_cbc()) ||
	    !EVP_add_cipher(EVP_aes_256_cbc()) ||
	    !EVP_add_cipher(EVP_des_ede3_cbc()))
		abort(); /* out of memory */
}

/*
 * The way up a stack, for threads that are cancelled and for exceptions: there
 * are none, and scripts/static.ld leaves the tables out that it reads.
 */
#define UNWINDING_NOT_HERE(name) \
	int name(void);          \
	int name(void)           \
	{                        \
		abort();         \
	}

UNWINDING_NOT_HERE(_Unwind_ForcedUnwind)
UNWINDING_NOT_HERE(_Unwind_GetCFA)
UNWINDING_NOT_HERE(_Unwind_Resume)
UNWINDING_NOT_HERE(__gcc_personality_v0)
