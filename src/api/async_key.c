/*
 * The job behind ahead.h. The thread has chance of its own: the vault's is the
 * loop's.
 */
#include "api/async_key.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "core/crypto/keypair.h"
#include "core/mount/mount.h"
#include "core/seal/seal.h"
#include "core/worker.h"

struct ahead {
	struct worker_job job; /* first */
	struct request *req;
	int64_t mount;
	char *uuid; /* the mount's */
	struct rng *rng;
	int bits;
	EVP_PKEY *key;
};

static void
run(struct worker_job *job, int stop_fd)
{
	struct ahead *a = (struct ahead *)job;

	(void)stop_fd;
	a->key = keypair_rsa(a->rng, a->bits);
}

/* Time has passed: the mount may have gone, the vault may be sealed. */
static verdict
again(struct request *req, struct ahead *a)
{
	req->mount = mount_by_id(req->vault, a->mount);
	if (req->mount && strcmp(req->mount->uuid, a->uuid) != 0)
		req->mount = NULL;
	if (seal_sealed(req->vault))
		return fail(req, 503, "Vault is sealed");
	if (!req->mount)
		return fail(req, 404, "no handler for route \"%s\". route "
				      "entry not found.", req->path);
	req->ahead = a;
	req->phase--; /* the handler's */
	return NULL;
}

static void
done(struct worker_job *job)
{
	struct ahead *a = (struct ahead *)job;

	pipeline_resume(a->req, again(a->req, a));
	EVP_PKEY_free(a->key);
	rng_free(a->rng);
	free(a->uuid);
	free(a);
}

verdict
rsa_ahead(struct request *req, int bits)
{
	struct vault *v = req->vault;
	struct ahead *a;

	if (req->ahead || req->internal || !v->worker || rng_seeded(v->rng))
		return NULL;
	a = xcalloc(1, sizeof(*a));
	a->job = (struct worker_job){ .lane = "rsa", .run = run,
		.done = done };
	a->req = req;
	a->mount = req->mount->id;
	a->uuid = xstrdup(req->mount->uuid);
	a->rng = rng_new();
	a->bits = bits;
	req->reply.nwarnings = 0; /* they are said again */
	worker_submit(v, &a->job);
	return reply_later(req);
}

EVP_PKEY *
rsa_taken(struct request *req, int bits)
{
	struct ahead *a = req->ahead;
	EVP_PKEY *key = a && a->bits == bits ? a->key : NULL;

	if (key)
		a->key = NULL;
	return key;
}
