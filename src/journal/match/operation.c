/*
 * The operation that a request stands for, by its method and path.
 */
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/glob.h"
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
			if (*special_operations[i].glob == *path &&
			    (writes || !special_operations[i].writes) &&
			    strcmp(method, "LIST") != 0 &&
			    glob_match_path_loose(
				special_operations[i].glob, path))
				return special_operations[i].op;
	for (size_t i = 0;
	     i < sizeof(operations_by_method) / sizeof(operations_by_method[0]);
	     i++)
		if (strcmp(operations_by_method[i].method, method) == 0)
			return operations_by_method[i].op;
	return "read";
}
