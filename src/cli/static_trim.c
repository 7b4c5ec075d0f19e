/*
 * The static binary alone: what a library's tables name and nothing here asks
 * for. A definition of ours keeps the archive's object, and what that pulls in,
 * out of the file. Of SQLite, two full-text indices, the tree of rectangles and
 * the trigonometry (SQL's sin() and its kin answer NULL): a tenth of a megabyte
 * each. Of PCRE2, the compiler to machine code: a quarter. Of libcrypt, every
 * hash but bcrypt: a sixth. Of OpenSSL, the table of multiples of P-256: a
 * fifth. A library that is built otherwise brings its own object as well, and
 * the linker (-z muldefs) takes what stands here.
 */
#include <math.h>
#include <openssl/ec.h>
#include <stddef.h>
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

/* Of the method that is not here. */
void *
EC_nistz256_pre_comp_dup(void *pre)
{
	return pre;
}

void
EC_nistz256_pre_comp_free(void *pre)
{
	(void)pre;
}
#endif
