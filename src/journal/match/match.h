/*
 * Match: the condition that rules and journal queries share, and what is known
 * of a request that it is compared with. All is borrowed; what is not known is
 * NULL.
 *
 *   { "method": ["PUT"], "path": "auth/+/login", "token": {"policy": "app"} }
 */
#ifndef MV_JOURNAL_MATCH_MATCH_H
#define MV_JOURNAL_MATCH_MATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/header.h"
#include "base/json/schema.h"

struct request_info {
	const char *method; /* "GET"; NULL: only a connection is known */
	const char *path;   /* below /v1/, decoded: "secret/data/app" */
	const char *query;  /* raw, "" */
	const char *op;	    /* one of match_ops */
	const char *mount;  /* "secret/" */
	const char *mount_type;
	const char *mount_version; /* the option of that name; NULL: not kept */
	bool has_token;		   /* one was sent, valid or not */
	const char *token_id;	   /* as sent; NULL where it is not kept */
	const char *token_digest;  /* the journal's, where token_id is not */
	const char *accessor;
	const char *role;
	const char *auth_mount;	     /* "auth/approle/" */
	const char *const *policies; /* NULL-terminated or NULL */
	const char *namespace;
	const char *space;
	const char *client_ip;
	const char *node;
	bool node_active;
	/* NULL: not kept. name in any case. */
	const char *(*header)(const void *arg, const char *name);
	const void *header_arg;
	const struct header *headers; /* all of them; NULL: not at hand */
	int nheaders;
	struct slice body; /* p NULL: not kept */
	bool tls;
	bool reused;	 /* not the connection's first request */
	int64_t nth;	 /* of the connection's requests, from 1 */
	int64_t idle_ns; /* since its last answer, on the vault's clock */
	int64_t conn_id;
	bool journalled;    /* read from an entry: parts are not kept */
	int64_t open_conns; /* of a connection: how many are open with it */
};

/* "read", "write", "list", "delete", "login", "renew", "lookup", "revoke",
 * "seal-status", "health", "any"; NULL-terminated. */
extern const char *const match_operations[];

/* The one of match_operations that method and path (below /v1/) stand for. */
const char *match_operation_of(const char *method, const char *path, bool list);

struct match;

/* Reads a condition and keeps a reference to its tree; match_free ends it.
 * where is the object's name in errors ("match"). NULL and an error. A NULL or
 * empty object matches every request but health probes. */
struct match *match_parse(json_t *object, const char *where, struct error *c);
void match_free(struct match *m);
/* Why a request does not match: the first field that differs and its value. */
struct mismatch {
	char text[400];
};
/* Does it match? why may be NULL; it stays as it is when the request does. */
bool match_request(
    const struct match *m, const struct request_info *f, struct mismatch *why);
/* The same for queries, where an empty match takes health probes too. */
bool match_request_or_probe(
    const struct match *m, const struct request_info *f);
/* The tree it was made from; borrowed, NULL when there was none. */
const json_t *match_tree(const struct match *m);
/* The only path that it matches, with or without a slash at the end; borrowed.
 * NULL: there are others. */
const char *match_only_path(const struct match *m);
/* Does it name a field that is unknown before a request has come? */
bool match_needs_request(const struct match *m);
/* False and an error when it names what the journal does not keep: bodies,
 * parts of token ids. */
bool match_is_answerable(
    const struct match *m, const char *where, struct error *c);
extern const struct schema match_schema[], match_token_schema[],
    match_conn_schema[];

#endif
