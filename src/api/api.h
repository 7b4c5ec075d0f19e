/*
 * The one way in: an api serves the requests of one vault.
 */
#ifndef MV_API_API_H
#define MV_API_API_H

#include <jansson.h>

#include "api/request.h"
#include "core/vault.h"

struct faults;
struct journal;

struct api;

struct engine;
struct route;

/* engines and system_tables (every route table outside mounts: sys and the
 * dedicated handlers) end with NULL and outlive the api. */
struct api *api_new(struct vault *v, const struct engine *const *engines,
    const struct route *const *system_tables);
void api_free(struct api *a);
struct vault *api_vault(struct api *a);
/* Registers engines, lease hooks and expirers with the vault. */
void api_attach(struct api *a);

/* From now on requests from outside are journalled and may meet faults.
 * strict: no header of ours on their answers. Either may be NULL. */
void api_set_observers(
    struct api *a, struct journal *j, struct faults *f, bool strict);
/* How rules, the journal and events name the main instance. */
#define SPACE_MAIN "default"
/* The name that rules and the journal know it by; SPACE_MAIN at first.
 * Borrowed. */
void api_set_space(struct api *a, const char *name);
/* How many requests from outside have been answered, by the first digit of the
 * status (0: by nothing); the control API's own do not count. */
int64_t api_answered_count(const struct api *a, int digit);
struct journal *api_journal(struct api *a);
struct faults *api_faults(struct api *a);
/* serve answers every request whose path starts with /_mock: on the admin
 * listener always, on the others when on_main. ctx is its own. */
void api_set_control(struct api *a,
    enum handler_result (*serve)(struct request *req), void *ctx, bool on_main);
void *api_control_ctx(struct api *a);
/* serve answers every request of clients in this vault's place, once the rules
 * have been asked. ctx is its own. */
void api_set_upstream(struct api *a,
    enum handler_result (*serve)(struct request *req), void *ctx);
void *api_upstream_ctx(struct api *a);
/* forward answers what a standby would pass on to the active node; ctx is its
 * own. */
void api_set_forward(struct api *a,
    enum handler_result (*forward)(struct request *req), void *ctx);
void *api_forward_ctx(struct api *a);
/* Which vault the control API works on: that of the node that leads. */
void api_set_control_vault(struct api *a, struct vault *v);
/* Also journals here and meets those faults; the rules know its requests. */
void api_share_observers(struct api *a, struct api *with);
/* No longer; before a is freed. */
void api_part_observers(struct api *a, struct api *with);

/* Answers that wait until what they say is everyone's in a cluster: the store
 * has committed; go with those that may; the lead is lost; the node has
 * ended. */
void api_on_committed(struct api *a);
void api_release_held(struct api *a);
void api_fail_held(struct api *a);
void api_drop_held(struct api *a);
/* Adds the header that names the rule which acted, if one did: before an answer
 * is passed on piece by piece. */
void api_announce_rule(struct request *req);

/* What is known of a request that is not handled: for explain. */
struct request_info;
const struct request_info *api_request_info(struct request *req);

/* Does anybody ask how many connections are open? */
bool api_counts_conns(const struct api *a);
/* A connection was accepted, the nth; open says how many are with it. False
 * when it is to be served as usual. */
struct conn_faults;
bool api_conn_faults(struct api *a, const char *peer, bool tls, int64_t nth,
    int64_t open, struct conn_faults *out);

/*
 * Runs the request. done is called exactly once, perhaps before this returns,
 * with req->reply encoded. The database's commit is the loop's: an answer that
 * came from outside must not leave before store_commit.
 */
void api_handle(
    struct api *a, struct request *req, request_done done, void *arg);
/* Does this answer hold only if the store commits? Asked inside of done. */
bool api_response_needs_commit(const struct request *req);
/*
 * A request to Vault's API from inside the program: below /v1/, from
 * 127.0.0.1, with this token (NULL: none). request_free ends it; body must
 * live as long.
 */
struct request *request_new_inside(struct api *a, const char *method,
    const char *path, const char *token, struct slice body);

/* What such a request was answered; api_answer_release. */
struct api_answer {
	int status;	  /* 503 when no answer came at once */
	json_t *body;	  /* NULL: none, or not JSON */
	char error[1024]; /* the first error's text, cut off; "" for none */
};

/* Runs one at once, with no journal entry and no fault. Returns the status. */
int api_call(struct api *a, const char *method, const char *path,
    const char *token, struct slice body, struct api_answer *answer);
void api_answer_release(struct api_answer *answer);

/* Calls fn for each request to Vault's API that has no answer yet, the newest
 * first. */
void api_each_in_flight(const struct api *a,
    void (*fn)(const struct request *req, void *arg), void *arg);
/* A handler that returned PENDING has its result now. Called once. */
void pipeline_resume(struct request *req, enum handler_result v);
/* For req->fault.cancel, once all is let go: the client of a request that is
 * PENDING has gone, and nobody reads its 499. */
void pipeline_abandon(struct request *req);
/* The client of a request that was handed over is gone. What only waits is
 * dropped: done is called at once, and nothing took effect. */
void api_client_gone(struct request *req);

#endif
