/*
 * What the files of api/ share among themselves; nobody else includes it.
 */
#ifndef MV_API_API_INTERNAL_H
#define MV_API_API_INTERNAL_H

#include "api/api.h"
#include "api/reply.h"
#include "api/route.h"

#define SPARE_REQUESTS 64
#define SPARE_BYTES ((size_t)256 << 10)

struct api {
	struct vault *vault;
	struct journal *journal;
	struct faults *faults;
	bool strict; /* no headers of ours */
	struct parked *parked; /* requests that wait because of a fault */
	verdict (*control)(struct request *req);
	void *control_ctx;
	bool control_on_main;
	int64_t answered[6]; /* by the first digit of the status; 0: none */
	struct request *spare; /* chained by `owner` */
	int nspare;
	struct request *flight; /* handed over, not yet answered */
};

struct verdict {
	const char *name;
};

extern const struct verdict verdict_done;
extern const struct verdict verdict_later;

/* Joins and leaves the list of requests under way. */
void request_depart(struct request *req);
void request_land(struct request *req);
void requests_drop_spare(struct api *api);

/* pipeline.c's phases, by file. NULL: go on. */

/* fault.c: rules before the operation, and on the answer. */
verdict phase_fault(struct request *req);
void fault_answer(struct request *req);
void fault_done(struct request *req);
struct rule;
void fault_rule_removed(void *arg, struct rule *rule);
/* The rule that acted, or NULL. */
const char *fault_rule_id(const struct request *req);

/* facts.c: what is known of a request, whatever phase it is in. */
struct facts;
void facts_of_line(struct request *req, struct facts *f);
struct facts *facts_of_request(struct request *req);

/* journal.c */
verdict phase_journal(struct request *req);
void journal_answer(struct request *req);

/* target.c: the request line and what hangs on it. */
char *origin_form(char *target);
verdict phase_target(struct request *req);
verdict phase_method(struct request *req);
verdict phase_headers(struct request *req);
verdict phase_wrap_header(struct request *req);
verdict phase_body(struct request *req);

/* access.c: who may. */
/* The token as sent, "" for none. */
const char *request_token(struct request *req);
verdict phase_token(struct request *req);
verdict phase_wrapping_token(struct request *req);
verdict phase_rights(struct request *req);

/* audit.c: entries before the handler, and after it. */
verdict phase_audit(struct request *req);
void audit_answer(struct request *req);

/* wrapping.c: the answer goes under a wrapping token. */
void wrap_answer(struct request *req);

/* lockout.c: NULL when the login may go on. */
verdict lockout_check(struct request *req);

/* quota.c: rate limits; one comparison while there is no rule. */
verdict phase_quota(struct request *req);

/* cors.c */
verdict phase_cors(struct request *req);

/* metrics.c: a request to Vault's API has its answer. */
void metrics_request(struct request *req);

/* help.c */
verdict phase_help(struct request *req);

#endif
