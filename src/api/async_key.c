/*
 * RSA keys made on a worker thread. The thread has a generator of random bytes
 * of its own, since the vault's belongs to the loop.
 */
#include "api/async_key.h"

#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "core/crypto/keypair.h"
#include "core/mount/mount.h"
#include "core/seal/seal.h"
#include "core/worker.h"

struct async_key {
	struct worker_job job; /* first */
	struct request *req;
	int64_t mount_id;
	char *mount_uuid; /* the mount's */
	struct random *rng;
	int bits;
	EVP_PKEY *key;
};

static void
async_key_run(struct worker_job *job, int stop_fd)
{
	struct async_key *a = (struct async_key *)job;

	(void)stop_fd;
	a->key = keypair_rsa(a->rng, a->bits);
}

/* Time has passed: the mount may have gone, the vault may be sealed. */
static enum phase_result
async_key_resume_handler(struct request *req, struct async_key *a)
{
	req->mount = mount_by_id(req->vault, a->mount_id);
	if (req->mount && strcmp(req->mount->uuid, a->mount_uuid) != 0)
		req->mount = NULL;
	if (seal_is_sealed(req->vault))
		return phase_end(fail(req, 503, "Vault is sealed"));
	if (!req->mount)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route "
		    "entry not found.",
		    req->path));
	req->async_key = a;
	req->phase--; /* the handler's */
	return NEXT;
}

static void
async_key_done(struct worker_job *job)
{
	struct async_key *a = (struct async_key *)job;

	pipeline_continue(a->req, async_key_resume_handler(a->req, a));
	EVP_PKEY_free(a->key);
	random_free(a->rng);
	free(a->mount_uuid);
	free(a);
}

bool
async_key_prepare_rsa(struct request *req, int bits)
{
	struct vault *v = req->vault;
	struct async_key *a;

	if (req->async_key || (req->internal && !req->forwarded) ||
	    !v->worker || random_is_seeded(v->random))
		return true;
	a = xcalloc(1, sizeof(*a));
	a->job = (struct worker_job){
		.queue = "rsa", .run = async_key_run, .done = async_key_done
	};
	a->req = req;
	a->mount_id = req->mount->id;
	a->mount_uuid = xstrdup(req->mount->uuid);
	a->rng = random_new();
	a->bits = bits;
	req->reply.nwarnings = 0; /* they are said again */
	worker_submit(v, &a->job);
	return false;
}

EVP_PKEY *
async_key_take_rsa(struct request *req, int bits)
{
	struct async_key *a = req->async_key;
	EVP_PKEY *key = a && a->bits == bits ? a->key : NULL;

	if (key)
		a->key = NULL;
	return key;
}
