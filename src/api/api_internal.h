/*
 * What the files of api/ share among themselves; nobody else includes it.
 */
#ifndef MV_API_API_INTERNAL_H
#define MV_API_API_INTERNAL_H

#include <assert.h>

#include "api/api.h"
#include "api/reply.h"
#include "api/route.h"

#define REQUEST_POOL_MAX 64
#define REQUEST_POOL_BYTES_MAX ((size_t)256 << 10)

struct api {
	struct vault *vault;
	const char *space;			  /* its name, "default" */
	const struct engine *const *engines;	  /* ended by NULL */
	const struct route *const *system_tables; /* ended by NULL */
	struct journal *journal;
	struct faults *faults;
	bool no_own_headers; /* no headers of ours */
	struct delayed_request
	    *delayed; /* requests that wait because of a fault */
	enum handler_result (*control)(struct request *req);
	void *control_ctx;
	bool control_on_main;
	enum handler_result (*upstream)(struct request *req); /* or NULL */
	void *upstream_ctx;
	enum handler_result (*forward)(struct request *req); /* or NULL */
	void *forward_ctx;
	struct vault *control_vault;
	struct api *next_observed; /* the next with the same faults */
	struct held_answer *held, **held_end; /* phases/commit.c */
	int64_t answered_by_class[6]; /* by the first digit of the status; 0:
					 none */
	struct request *pool;	      /* chained by `owner` */
	int npool;
	struct request *in_flight; /* handed over, not yet answered */
	const struct pipeline *pipeline;
};

/* Joins and leaves the list of requests under way. */
void request_in_flight_add(struct request *req);
void request_in_flight_remove(struct request *req);
void requests_free_pool(struct api *api);

/* What a phase returns. */
enum phase_result {
	NEXT, /* the next phase runs */
	STOP, /* the reply is complete */
	WAIT, /* it comes later: pipeline_continue or pipeline_resume */
};

#define PHASE_USED __attribute__((warn_unused_result))

/* The end of the phases by what a handler, or a maker of a reply, returned. */
static inline enum phase_result
phase_end(enum handler_result result)
{
	assert(result == HANDLED || result == PENDING);
	return result == PENDING ? WAIT : STOP;
}

/* The phases in their order, and what comes behind the last one. */
struct phase {
	const char *name;
	enum phase_result (*run)(struct request *req);
};

struct pipeline {
	const struct phase *phases;
	size_t nphases;
	/* Finishes the reply and hands it to req->done. */
	void (*finish)(struct request *req);
	/* Its last steps: faults, journal, and away. */
	void (*send)(struct request *req);
};

extern const struct pipeline api_pipeline;

/* Goes on behind the phase that returned WAIT. */
void pipeline_continue(struct request *req, enum phase_result result);
/* Around a wait: mounts may be loaded anew, or go, meanwhile. */
void pipeline_note_mount(struct request *req);
void pipeline_find_mount_again(struct request *req);

/* pipeline.c's phases, by file. */

/* fault.c: rules before the operation, and on the answer. */
enum phase_result phase_fault(struct request *req) PHASE_USED;
void fault_apply_to_reply(struct request *req);
void fault_done(struct request *req);
struct rule;
void fault_rule_removed(void *arg, struct rule *rule);
/* Lets go what its `hold` keeps waiting; how many. */
int64_t fault_rule_released(void *arg, struct rule *rule);
/* The rule that acted, or NULL. */
const char *fault_rule_id(const struct request *req);

/* request_info.c: what is known of a request, whatever phase it is in. */
struct request_info;
void request_info_from_line(struct request *req, struct request_info *info);
struct request_info *request_info_get(struct request *req);

/* journal.c */
enum phase_result phase_journal(struct request *req) PHASE_USED;
void journal_response(struct request *req);

/* query.c */
struct request_pair {
	char *key;
	char *value;
};
/* "a=1&b=2" cut up and decoded, into the arena; returns how many. Go's net/url:
 * a pair with a broken escape is left out. */
size_t request_split_pairs(struct request *req, const char *text, size_t len,
    struct request_pair **out);
/* The first value of a key, "" when there is none. */
const char *request_first_value(
    const struct request_pair *pairs, size_t n, const char *key);
/* The same of the query, decoded. */
const char *request_query_value(struct request *req, const char *key);

/* request_parse.c: path, query, operation, headers, body. */
char *request_origin_form(char *target);
enum phase_result phase_target(struct request *req) PHASE_USED;
enum phase_result phase_method(struct request *req) PHASE_USED;
enum phase_result phase_headers(struct request *req) PHASE_USED;
enum phase_result phase_body(struct request *req) PHASE_USED;
enum phase_result phase_policy_override(struct request *req) PHASE_USED;

/* authorize.c: who may. */
/* The token as sent, "" for none. */
const char *request_token(struct request *req);
enum phase_result phase_token_header(struct request *req) PHASE_USED;
enum phase_result phase_token_namespace(struct request *req) PHASE_USED;
enum phase_result phase_token(struct request *req) PHASE_USED;
enum phase_result phase_wrapping_token(struct request *req) PHASE_USED;
enum phase_result phase_rights(struct request *req) PHASE_USED;

/* audit.c: entries before the handler, and after it. */
enum phase_result phase_audit(struct request *req) PHASE_USED;
void audit_response(struct request *req);

/* sealed_or_standby.c */
enum phase_result phase_sealed(struct request *req) PHASE_USED;
enum phase_result phase_standby(struct request *req) PHASE_USED;

/* routing.c: the mount and the route of a path; what has none is refused. */
enum phase_result phase_dedicated(struct request *req) PHASE_USED;
enum phase_result phase_trailing_slash(struct request *req) PHASE_USED;
enum phase_result phase_route(struct request *req) PHASE_USED;
enum phase_result phase_lookup(struct request *req) PHASE_USED;
enum phase_result phase_tainted(struct request *req) PHASE_USED;

/* wrapping.c: X-Vault-Wrap-TTL, and the answer goes under a wrapping token. */
enum phase_result phase_wrap_header(struct request *req) PHASE_USED;
void wrap_response(struct request *req);

/* commit.c: an answer of a node that leads a cluster. */
bool commit_must_wait(const struct request *req);
/* The pipeline's send comes later. */
void commit_hold(struct request *req);

/* lockout.c: NULL when the login may go on. */
enum phase_result lockout_check(struct request *req) PHASE_USED;

/* quota.c: rate limits; one comparison while there is no rule. */
enum phase_result phase_quota(struct request *req) PHASE_USED;

/* body_limits.c */
enum phase_result phase_body_limits(struct request *req) PHASE_USED;

/* clean_path.c: paths that are not clean. */
enum phase_result phase_clean_path(struct request *req) PHASE_USED;
/* Go's http.Redirect: Location and, for a GET, a small page. phrase is the
 * status in words. */
enum handler_result redirect_reply(
    struct request *req, int status, const char *phrase, const char *url);

/* ui.c: the answer to an address of the web UI, or a redirect to it. */
enum handler_result ui_reply(struct request *req, const char *path);

/* cors.c */
enum phase_result phase_cors(struct request *req) PHASE_USED;

/* metrics.c: a request to Vault's API has its answer. */
void metrics_count_request(struct request *req);

/* help.c */
enum phase_result phase_help(struct request *req) PHASE_USED;

#endif
