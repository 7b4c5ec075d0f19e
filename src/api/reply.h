/*
 * The makers of an answer. A handler ends with exactly one of them.
 *
 *   return reply_data(req, json_pack("{s:s}", "key", value));
 *   return fail(req, 400, "missing %s", field);
 */
#ifndef MV_API_REPLY_H
#define MV_API_REPLY_H

#include <jansson.h>

#include "api/request.h"
#include "base/error.h"
#include "core/token/token.h"

/* Nothing to say: 204 for writes and deletes, 404 {"errors":[]} for reads. */
enum handler_result reply_none(struct request *req);
/* 200 with data in the envelope; keys come out sorted. Takes data over. NULL is
 * a response without data (`"data":null`). */
enum handler_result reply_data(struct request *req, json_t *data);
/* The same from clean JSON text, spliced: nothing is parsed. */
enum handler_result reply_text(struct request *req, struct slice data);
/* As reply_text for text the handler wrote into req->reply.data itself. */
enum handler_result reply_written(struct request *req);
/* Forced status: envelope without newline, reply_mount_type "" (KV v2's 404
 * with a body, tidy's 202). Takes data over. */
enum handler_result reply_forced(struct request *req, int status, json_t *data);
/* A tidy that has begun: 202 and Vault's warning. */
enum handler_result reply_tidy(struct request *req);
/* The same as reply_forced for data that stands in req->reply.data already. */
enum handler_result reply_forced_written(struct request *req, int status);
/* data {"keys":[...]}; without keys 404 {"errors":[]}. keys may be NULL; they
 * are copied. */
enum handler_result reply_keys(struct request *req, const struct strs *keys);
/* A bare object (dedicated handlers), keys in the order given. Takes it over.
 */
enum handler_result reply_bare(struct request *req, int status, json_t *object);
/* The same for an object that stands in req->reply.data already. */
enum handler_result reply_bare_written(struct request *req, int status);
/* Bytes as they are; NULL content type for none given. */
enum handler_result reply_raw(struct request *req, int status,
    const char *content_type, struct slice body);
/* Another server's answer, its body as in req->reply.data; upstream lives as
 * long as the request. */
enum handler_result reply_from_upstream(
    struct request *req, int status, const struct reply_upstream *upstream);
/* An auth block (token create, renew, login). auth is copied. */
enum handler_result reply_auth(
    struct request *req, const struct reply_auth *auth);
/* 200 with data and a lease: leases_id_param, renewable, lease_duration. */
enum handler_result reply_leased(struct request *req, const char *lease_id,
    int64_t ttl_s, bool renewable, json_t *data);
struct wrapped;
/* A wrap_info_json block and nothing else (core/token/wrap.h). */
enum handler_result reply_wrapped(struct request *req, const struct wrapped *w);
/* The handler answers later: it keeps req and calls pipeline_resume once. */

/* A time in ns as answers show it; null for 0. */
json_t *reply_time_json(const struct request *req, int64_t ns);

/* Adds to the answer's `warnings`. */
void reply_warn(struct request *req, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds a header to the answer; texts are copied. */
void reply_header(struct request *req, const char *name, const char *value);

/* `"warnings":[]` where Vault answers so, rather than null. */
void reply_empty_warnings(struct request *req);

/* {"errors":["text"]} */
enum handler_result fail(struct request *req, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same from a helper that checks: writes the answer and returns false. */
bool refuse(struct request *req, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A bare Go error: on an authenticated path the text comes in a multierror,
 * "1 error occurred:\n\t* text\n\n"; on a login path it is plain. */
enum handler_result fail_wrapped(struct request *req, int status,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same from a helper that checks: writes the answer and returns false. */
bool refuse_wrapped(struct request *req, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* {"errors":[]} */
enum handler_result fail_empty(struct request *req, int status);
/* No body at all. */
enum handler_result fail_no_body(struct request *req, int status);
/* What a core function reported. */
enum handler_result fail_error(struct request *req, const struct error *e);
/* The same from a helper that checks: writes the answer and returns false. */
bool refuse_error(struct request *req, const struct error *e);

/* Texts that several folders answer with. */
enum handler_result fail_unsupported_path(struct request *req);
enum handler_result fail_unsupported_operation(struct request *req);
enum handler_result fail_denied(struct request *req); /* the ACL's refusal */
enum handler_result fail_sealed(struct request *req);
/* The address of the active node that a standby names, "" for none; in the
 * arena. */
const char *standby_leader_address(struct request *req);
/* What a standby answers that does not pass the request on. */
enum handler_result standby_reply(struct request *req);
/* A token that is unknown, expired, used up or revoked. */
enum handler_result fail_invalid_token(struct request *req);

/* Why an answer that is larger than its buffer, or than memory, is a 503. */
#define REPLY_NO_MEMORY "there is no memory for an answer of this size"

/* Writes reply.body from the rest: envelope, error text, bare object. */
void reply_encode(struct request *req);

#endif
