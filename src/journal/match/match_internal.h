/*
 * A match condition as it was read. match.c fills it in, match_evaluate.c
 * compares it with a request.
 */
#ifndef MV_JOURNAL_MATCH_MATCH_INTERNAL_H
#define MV_JOURNAL_MATCH_MATCH_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "journal/match/match.h"

struct match_token {
	const json_t *id;
	const json_t *accessor;
	const json_t *policy;
	const json_t *role;
	const json_t *auth_mount;
	const json_t *none;
};

struct match_conn {
	const json_t *tls;
	const json_t *reused;
	const json_t *nth;
	int64_t idle_ns; /* at least; 0: any */
};

struct match {
	json_t *tree; /* what the pointers below point into */
	const json_t *method;
	const json_t *path;
	const json_t *op;
	const json_t *mount;
	const json_t *token;
	const json_t *namespace;
	const json_t *space;
	const json_t *client_ip;
	const json_t *node;
	const json_t *header;
	const json_t *query;
	const json_t *body;
	const json_t *conn;
	const json_t * not ;
	struct match_token token_match;
	struct match_conn conn_match;
	struct match *negated;	   /* of not */
	struct strs token_digests; /* of token.id */
	pcre2_code *regex;	   /* of path, or NULL */
	pcre2_match_data *regex_data;
	pcre2_match_context *regex_limits;
};

/* The i-th of a string or a list of strings, from 0; NULL behind the last. */
const char *match_string_at(const json_t *strings, size_t i);

#endif
