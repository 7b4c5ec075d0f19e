/*
 * The one way in: an api serves the requests of one vault.
 */
#ifndef MV_API_API_H
#define MV_API_API_H

#include "api/request.h"
#include "core/vault.h"

/* The rooms above the pipeline's middle hang in here; NULL when absent. Both
 * may answer themselves (a verdict) or let the request pass (NULL). */
struct api_hooks {
	verdict (*before)(struct request *req, void *arg);
	verdict (*after)(struct request *req, void *arg);
	void *arg;
};

struct api;

struct api *api_new(struct vault *v);
void api_free(struct api *a);
struct vault *api_vault(struct api *a);
/* Wires engines, lease hooks and sweeps into the vault. */
void api_attach(struct api *a);

void api_hooks_journal(struct api *a, const struct api_hooks *hooks);
void api_hooks_fault(struct api *a, const struct api_hooks *hooks);

/*
 * Runs the request. done is called exactly once, perhaps before this returns,
 * with req->reply encoded. The database's commit is the loop's: an answer that
 * came from outside must not leave before store_commit.
 */
void api_handle(struct api *a, struct request *req, request_done done,
    void *arg);
/* Calls fn for each request that has no answer yet, the newest first. */
void api_in_flight(const struct api *a,
    void (*fn)(const struct request *req, void *arg), void *arg);
/* A handler that returned reply_later has its verdict now. */
void pipeline_resume(struct request *req, verdict v);

#endif
