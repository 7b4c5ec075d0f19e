/*
 * What a request is for, by method and path; and whose token it carries.
 */
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "journal/match/match.h"

const char *const match_operations[] = { "read", "write", "list", "delete",
	"login", "renew", "lookup", "revoke", "seal-status", "health", "any",
	NULL };

static const struct {
	const char *glob;
	const char *op;
	bool writes; /* POST and PUT alone */
} special_operations[] = {
	{ "sys/health", "health", false },
	{ "sys/seal-status", "seal-status", false },
	{ "auth/token/renew*", "renew", true },
	{ "auth/token/renew/**", "renew", true },
	{ "auth/token/lookup*", "lookup", false },
	{ "auth/token/lookup/**", "lookup", false },
	{ "auth/token/revoke*", "revoke", true },
	{ "auth/token/revoke/**", "revoke", true },
	{ "auth/token/revoke-orphan/**", "revoke", true },
	{ "sys/leases/renew", "renew", true },
	{ "sys/leases/renew/**", "renew", true },
	{ "sys/renew", "renew", true },
	{ "sys/renew/**", "renew", true },
	{ "sys/leases/lookup", "lookup", true },
	{ "sys/leases/revoke*", "revoke", true },
	{ "sys/leases/revoke*/**", "revoke", true },
	{ "sys/revoke*", "revoke", true },
	{ "sys/revoke*/**", "revoke", true },
	{ "auth/*/login", "login", true },
	{ "auth/*/login/**", "login", true },
};

static const struct {
	const char *method;
	const char *op;
} operations_by_method[] = {
	{ "LIST", "list" },
	{ "POST", "write" },
	{ "PUT", "write" },
	{ "PATCH", "write" },
	{ "DELETE", "delete" },
};

const char *
match_operation_of(const char *method, const char *path, bool list)
{
	bool writes = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;

	if (list)
		return "list";
	if (starts_with(path, "sys/") || starts_with(path, "auth/"))
		for (size_t i = 0; i <
		     sizeof(special_operations) / sizeof(special_operations[0]);
		     i++)
			if ((writes || !special_operations[i].writes) &&
			    strcmp(method, "LIST") != 0 &&
			    match_path_like(special_operations[i].glob, path))
				return special_operations[i].op;
	for (size_t i = 0;
	     i < sizeof(operations_by_method) / sizeof(operations_by_method[0]);
	     i++)
		if (strcmp(operations_by_method[i].method, method) == 0)
			return operations_by_method[i].op;
	return "read";
}

/* ---- digests ---- */

static inline uint64_t
siphash_rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void
siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = siphash_rotate(v[1], 13) ^ v[0];
	v[0] = siphash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = siphash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = siphash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = siphash_rotate(v[1], 17) ^ v[2];
	v[2] = siphash_rotate(v[2], 32);
}

/* SipHash-2-4 under a salt of our own. It is taken of each request's token, so
 * it must be quick; 64 bits of a token's 142 cannot lead back to it. */
void
match_token_digest(const char *token, char out[17])
{
	const uint64_t k0 = 0x6d6f636b7661756cU, k1 = 0x746a6f75726e616cU;
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU,
		k0 ^ 0x6c7967656e657261U, k1 ^ 0x7465646279746573U };
	size_t n = strlen(token), at = 0;
	uint8_t bytes[8];
	uint64_t h;

	for (bool last = false; !last; at += 8) {
		uint64_t word = 0, part = 0;

		last = n - at < 8;
		if (last)
			word = (uint64_t)n << 56;
		memcpy(&part, token + at, last ? n - at : 8);
		word |= le64toh(part);
		v[3] ^= word;
		siphash_round(v);
		siphash_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		siphash_round(v);
	h = v[0] ^ v[1] ^ v[2] ^ v[3];
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(h >> (8 * i));
	hex_encode(bytes, sizeof(bytes), out);
}
