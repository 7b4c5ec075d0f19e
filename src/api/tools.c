/*
 * Random bytes and hashes, as sys/tools and transit/ answer them.
 */
#include "api/tools.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/go_text.h"
#include "base/text.h"

#define RANDOM_MAX (128 * 1024)

const struct param tools_random_params[] = {
	{ "bytes", P_INT, "32", "How many" },
	{ "format", P_STRING, "\"base64\"", "base64 or hex" },
	{ "source", P_STRING, "\"platform\"", "platform, seal or all" },
	{ "urlbytes", P_PATH_STRING, NULL, "How many, in the path" },
	PARAM_END,
};

const struct param tools_hash_params[] = {
	{ "algorithm", P_STRING, "\"sha2-256\"", "The hash function" },
	{ "format", P_STRING, "\"hex\"", "base64 or hex" },
	{ "input", P_STRING, NULL, "What to hash, in base64" },
	{ "urlalgorithm", P_PATH_STRING, NULL,
	    "The hash function, in the path" },
	PARAM_END,
};

static enum handler_result
tools_reply_bytes(
    struct request *req, const char *key, const void *bytes, size_t n, bool hex)
{
	struct buf text;
	json_t *data;

	buf_init(&text, 0);
	if (hex) {
		char *out = arena_alloc(req->arena, 2 * n + 1);

		hex_encode(bytes, n, out);
		buf_str(&text, out);
	} else {
		base64_encode(&text, bytes, n);
	}
	data = json_pack("{s:s}", key, text.p);
	buf_release(&text);
	return reply_data(req, data);
}

static bool
tools_is_source(const char *text)
{
	return strcmp(text, "platform") == 0 || strcmp(text, "seal") == 0 ||
	    strcmp(text, "all") == 0;
}

/* "random/16", "random/all" or "random/all/16". */
static bool
tools_read_count(struct request *req, const char **source, int64_t *count)
{
	const char *first = param_capture(req, "source");
	const char *second = param_capture(req, "urlbytes");
	const char *digits = *second ? second : first, *error;

	*source = "platform";
	*count = param_int(req, "bytes");
	if (*first == '\0')
		return true;
	if (*second || tools_is_source(first))
		*source = first;
	if (!*second && tools_is_source(first))
		return true;
	error = go_parse_atoi_why(req->arena, digits, count);
	if (!error)
		return true;
	return refuse(req, 400, "error parsing url-set byte count: %s", error);
}

enum handler_result
tools_random(struct request *req)
{
	const char *format = param_str(req, "format"), *source;
	int64_t n;
	void *bytes;

	if (!tools_read_count(req, &source, &n))
		return HANDLED;
	if (n < 1)
		return fail(req, 400, "\"bytes\" cannot be less than 1");
	if (n > RANDOM_MAX)
		return fail(
		    req, 400, "\"bytes\" should be less than %d", RANDOM_MAX);
	if (strcmp(format, "hex") != 0 && strcmp(format, "base64") != 0)
		return fail(req, 400,
		    "unsupported encoding format \"%s\"; "
		    "must be \"hex\" or \"base64\"",
		    format);
	if (!tools_is_source(source))
		return fail(req, 400,
		    "unsupported entropy source \"%s\"; must be \"platform\" "
		    "or \"seal\", or \"all\"",
		    source);
	bytes = arena_alloc(req->arena, (size_t)n);
	random_bytes(req->vault->random, bytes, (size_t)n);
	return tools_reply_bytes(
	    req, "random_bytes", bytes, (size_t)n, strcmp(format, "hex") == 0);
}

static const EVP_MD *
tools_digest(const char *name)
{
	static const char *const names[][2] = {
		{ "sha2-224", "SHA224" },
		{ "sha2-256", "SHA256" },
		{ "sha2-384", "SHA384" },
		{ "sha2-512", "SHA512" },
		{ "sha3-224", "SHA3-224" },
		{ "sha3-256", "SHA3-256" },
		{ "sha3-384", "SHA3-384" },
		{ "sha3-512", "SHA3-512" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], name) == 0)
			return EVP_get_digestbyname(names[i][1]);
	return NULL;
}

/* sys/tools/hash and transit/hash: base64 in, the digest in hex or base64 out.
 * The input is judged first, then format, then algorithm, as Vault does. */
enum handler_result
tools_hash(struct request *req)
{
	const char *name = param_capture(req, "urlalgorithm");
	const char *input = param_str(req, "input");
	const char *format = param_str(req, "format");
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const EVP_MD *md;
	struct buf plain;
	size_t bad;
	bool fine, hashed = false;

	if (*name == '\0')
		name = param_str(req, "algorithm");
	buf_init(&plain, 0);
	fine = base64_decode(&plain, input, strlen(input), &bad);
	md = tools_digest(name);
	if (fine && md)
		hashed = EVP_Digest(plain.n ? plain.p : "", plain.n, sum, &n,
			     md, NULL) == 1;
	buf_release(&plain);
	if (!fine)
		return fail(req, 400,
		    "unable to decode input as base64: illegal base64 data at "
		    "input byte %zu",
		    bad);
	if (strcmp(format, "hex") != 0 && strcmp(format, "base64") != 0)
		return fail(req, 400,
		    "unsupported encoding format %s; must "
		    "be \"hex\" or \"base64\"",
		    format);
	if (!md)
		return fail(req, 400, "unsupported algorithm %s", name);
	if (!hashed)
		return fail(req, 500, "failed to hash the input");
	return tools_reply_bytes(
	    req, "sum", sum, n, strcmp(format, "hex") == 0);
}
