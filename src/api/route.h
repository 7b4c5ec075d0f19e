/*
 * Routes: the contract of an endpoint. A route table is a resource or an
 * engine; the pipeline enforces every column.
 */
#ifndef MV_API_ROUTE_H
#define MV_API_ROUTE_H

#include "api/param.h"
#include "api/request.h"
#include "core/version.h"

enum route_flags {
	R_UNAUTH = 1 << 0,    /* no token asked for; a bad one is ignored */
	R_SUDO = 1 << 1,      /* sudo besides the operation's capability */
	R_DEDICATED = 1 << 2, /* own handler in Vault: bare JSON, own texts */
	R_WHILE_SEALED = 1 << 3, /* answers while sealed or not initialised */
	R_ON_STANDBY = 1 << 4,	 /* answers on a standby itself */
	R_INJECT = 1 << 5,	 /* data's keys at top level as well */
	R_LOGIN = 1 << 6, /* R_UNAUTH, and a login: lockout, entity, token */
	R_NO_FIELD_WARNINGS = 1 << 7, /* any field is data (kv v1, cubbyhole) */
	R_NO_WRAP = 1 << 8,	      /* the answer is never wrapped */
	R_OWN_STATE = 1 << 9,	      /* control: about a state of our own */
	/* A table that the listener's configuration opens. */
	R_IF_METRICS = REQUEST_OPEN_METRICS,
	R_IF_PPROF = REQUEST_OPEN_PPROF,
	R_IF_IN_FLIGHT = REQUEST_OPEN_IN_FLIGHT,
	R_IF_CONFIGURED = R_IF_METRICS | R_IF_PPROF | R_IF_IN_FLIGHT,
};

/* The row is there only in the versions of Vault where this holds. */
#define R_VERSION(change) ((unsigned)(change) << 16)
/* The change a row's flags name, or VERSION_ALWAYS. */
#define ROUTE_VERSION(flags) ((enum version_change)((flags) >> 16))

/*
 * Pattern, relative to the mount (or to /v1/ in the sys tables, where it starts
 * with "sys/"): literal text with captures
 *   {name}      one segment that Vault's GenericNameRegex takes:
 * \w(([\w-.]+)?\w)? {name:seg}  one non-empty segment {name:rest} everything,
 * may be empty      (?P<name>.*) {name:more} everything, not empty (?P<name>.+)
 *   {name:leaf} not empty and not ending in /
 *   {name:none} always empty: a part that Vault's pattern allows and this route
 *   lacks; a field of that name in the body counts as replaced by the path
 * and "/?" at the end for an optional slash.
 */
struct route {
	unsigned ops; /* mask of enum op */
	const char *path;
	unsigned flags;
	const struct param *params; /* ended by PARAM_END, or NULL */
	enum handler_result (*handler)(struct request *req);
	/* For writes: does the thing exist? NULL: always an update. */
	bool (*exists)(struct request *req);
	const char *help; /* one sentence for ?help=1 and openapi */
};

#define ROUTE_END                                  \
	{                                          \
		0, NULL, 0, NULL, NULL, NULL, NULL \
	}

/* Does path fit the pattern? Fills req->captures. */
bool route_match(struct request *req, const char *pattern, const char *path);
/*
 * The route for req->op and path, or NULL. Routes of one pattern stand
 * together; as in Vault's framework the first pattern that fits decides: when
 * it lacks the operation that is a 405, and *known (NULL before the call) is
 * its first route. *known stays NULL when no pattern fits: a 404.
 */
const struct route *route_find(struct request *req, const struct route *table,
    const char *path, const struct route **known);
/* The same in a list of tables, by the flags of each table's first route:
 * tables without all of `with`, or with one of `without`, are passed over. The
 * first table that has a pattern decides. */
const struct route *route_find_in(struct request *req,
    const struct route *const *tables, unsigned with, unsigned without,
    const char *path, const struct route **known);

#endif
