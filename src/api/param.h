/*
 * Parameters: what a route accepts, with which type, and how a handler reads
 * it. Vault's framework fields: weak conversion, defaults, "given" apart from
 * zero.
 */
#ifndef MV_API_PARAM_H
#define MV_API_PARAM_H

#include "api/request.h"
#include "base/error.h"
#include "core/version.h"

enum param_type {
	P_STRING,
	P_PATH_STRING, /* an optional part of Vault's pattern gives it: empty
			  when the path lacks it, whatever the body says */
	P_LOWER,       /* string, lower-cased (TypeLowerCaseString) */
	P_INT,
	P_BOOL,
	P_SECONDS,	   /* duration, not negative; value in seconds */
	P_SIGNED_DURATION, /* duration that may be negative; value in ns */
	P_STRINGS,	   /* list of strings; one string is a list of one */
	P_COMMA_STRINGS,   /* the same, and "a,b" is two */
	P_COMMA_INTS,
	P_MAP,	 /* object; read with param_raw */
	P_PAIRS, /* object of strings, or a list of k=v */
	P_ANY,
	P_HEADER,
	P_TIME,
	P_FLOAT,
};

/* A field that Vault knows only in the versions where a row holds; elsewhere it
 * is unknown, and a handler that reads it finds the default. */
#define P_VERSION(type, change) ((enum param_type)((type) | (int)(change) << 8))
/* The type without the row, and the row: VERSION_ALWAYS when none is named. */
#define PARAM_TYPE(type) ((enum param_type)((type)&0xff))
#define PARAM_VERSION(type) ((enum version_change)((type) >> 8))

struct param {
	const char *name;
	enum param_type type; /* or P_VERSION(type, change) */
	const char
	    *default_json; /* JSON text of the default; NULL: the type's zero */
	const char *help;
};

#define PARAM_END                       \
	{                               \
		NULL, P_ANY, NULL, NULL \
	}

struct param_value {
	bool given;
	struct slice raw; /* clean JSON as sent */
	union {
		char *text;
		int64_t number;
		double real;
		bool flag;
		struct {
			char **items;
			int n;
		} list;
		struct {
			int64_t *items;
			int n;
		} ints;
	} u;
};

/*
 * Converts every field of req->route's table, once. Returns NULL, or the text
 * of the first fault by name: `error converting input for field "F": reason`,
 * which belongs to a 400 and lives in the arena.
 */
const char *params_convert(struct request *req);
/* Drops from data what the table knows only in other versions of Vault. */
void params_trim(
    const struct vault *v, const struct param *table, json_t *data);
/*
 * The framework's warnings on unknown and replaced fields, once, at the end.
 * Vault 1.19: an answer with a forced status has been encoded before, it lacks
 * them; what the core warns of comes after them.
 */
void params_warn(struct request *req);
/* Will params_warn have something to say? */
bool params_have_warnings(const struct request *req);

/*
 * Reading, in a handler. A name that the route does not list is a programming
 * error and aborts. Captures of the pattern are parameters too: param_str.
 * Texts live as long as the request.
 */
bool param_is_given(const struct request *req, const char *name);
/* The text of a parameter, borrowed until the request ends; "" when it was not
 * given. */
const char *param_str(const struct request *req, const char *name); /* "" */
int64_t param_int(const struct request *req, const char *name);
bool param_bool(const struct request *req, const char *name);
double param_float(const struct request *req, const char *name);
/* P_SECONDS: seconds; P_SIGNED_DURATION: nanoseconds. */
int64_t param_duration(const struct request *req, const char *name);
/* NULL-terminated; *n may be NULL. Never NULL itself. */
char **param_strings(const struct request *req, const char *name, int *n);
int64_t *param_ints(const struct request *req, const char *name, int *n);
/* Clean JSON as sent; p NULL when not given. */
struct slice param_raw(const struct request *req, const char *name);
/* A tree of it, owned by the caller; NULL when not given. P_PAIRS gives an
 * object of strings. */
json_t *param_json_tree(const struct request *req, const char *name);
/* The converted value itself, to adjust before others read it. */
struct param_value *param_value_of(const struct request *req, const char *name);
/* A capture of the path pattern; "" when the pattern lacks it. */
const char *param_capture(const struct request *req, const char *name);

#endif
