/*
 * A policy's text as rules. Parsing and its exact refusals; no store, no
 * request.
 */
#ifndef MV_CORE_POLICY_POLICY_H
#define MV_CORE_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json/jsontext.h"
#include "base/mem.h"
#include "core/version.h"

/* allowed_parameters and the like: a name, and values in clean JSON. */
struct policy_param {
	const char *name; /* lower case */
	struct slice *values;
	int nvalues;
};

struct policy_rule {
	const char *path;      /* without leading '/' and without a final '*' */
	bool is_prefix;	       /* it ended in '*' */
	bool has_segments;     /* it has a '+' segment */
	bool is_templated;     /* it has {{...}} */
	unsigned capabilities; /* bits of enum capability */
	struct policy_param *allowed, *denied;
	int nallowed, ndenied;
	bool has_allowed, has_denied;
	struct strs required;
	int64_t min_wrap_ttl_s, max_wrap_ttl_s; /* seconds; 0: none */
};

struct policy {
	struct policy_rule *rules;
	int nrules;
};

/* All in the arena, by what holds in a version of Vault. False with 400 and
 * "failed to parse policy: ..." in e. */
bool policy_parse(struct arena *a, const struct version_set *changes,
    const char *text, struct policy *out, struct error *e);
/* Sets the path of a rule whose templates are filled in, and what its stars and
 * pluses make of it. */
void policy_rule_set_path(
    struct arena *a, struct policy_rule *r, const char *path);

#endif
