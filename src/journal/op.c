/*
 * The op of a request: what it is for, by method and path.
 */
#include <string.h>

#include "base/text.h"
#include "journal/match.h"

const char *const match_ops[] = { "read", "write", "list", "delete", "login",
	"renew", "lookup", "revoke", "seal-status", "health", "any", NULL };

/* The first pattern that fits decides. */
static const struct {
	const char *path;
	const char *op;
	bool writes_only;
} special[] = {
	{ "sys/health", "health", false },
	{ "sys/seal-status", "seal-status", false },
	{ "auth/token/renew", "renew", false },
	{ "auth/token/renew-self", "renew", false },
	{ "auth/token/renew-accessor", "renew", false },
	{ "auth/token/renew/**", "renew", false },
	{ "sys/leases/renew", "renew", false },
	{ "sys/leases/renew/**", "renew", false },
	{ "sys/renew", "renew", false },
	{ "sys/renew/**", "renew", false },
	{ "auth/token/lookup", "lookup", false },
	{ "auth/token/lookup-self", "lookup", false },
	{ "auth/token/lookup-accessor", "lookup", false },
	{ "auth/token/lookup/**", "lookup", false },
	{ "sys/leases/lookup", "lookup", false },
	{ "sys/leases/lookup/**", "lookup", false },
	{ "auth/token/revoke", "revoke", false },
	{ "auth/token/revoke-*", "revoke", false },
	{ "auth/token/revoke/**", "revoke", false },
	{ "sys/leases/revoke", "revoke", false },
	{ "sys/leases/revoke*/**", "revoke", false },
	{ "sys/revoke*", "revoke", false },
	{ "sys/revoke*/**", "revoke", false },
	{ "auth/*/login", "login", true },
	{ "auth/*/login/**", "login", true },
	{ "auth/*/*/login", "login", true },
	{ "auth/*/*/login/**", "login", true },
};

static const struct {
	const char *method;
	const char *op;
} methods[] = {
	{ "GET", "read" },
	{ "HEAD", "read" },
	{ "LIST", "list" },
	{ "POST", "write" },
	{ "PUT", "write" },
	{ "PATCH", "write" },
	{ "DELETE", "delete" },
};

static bool
writes(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

const char *
match_op(const char *method, const char *path, bool list)
{
	if (starts_with(path, "sys/") || starts_with(path, "auth/"))
		for (size_t i = 0; i < sizeof(special) / sizeof(special[0]);
		     i++)
			if ((!special[i].writes_only || writes(method)) &&
			    match_path_glob(special[i].path, path))
				return special[i].op;
	if (list)
		return "list";
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].method, method) == 0)
			return methods[i].op;
	return "read";
}
