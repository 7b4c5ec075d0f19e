/*
 * sys/storage/raft/snapshot: the state as a file, out and in.
 */
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/reply.h"
#include "base/duration.h"
#include "core/seal/seal.h"
#include "core/state/cluster_view.h"
#include "core/state/export.h"
#include "core/state/import.h"
#include "store/store.h"
#include "core/state/raft_archive.h"
#include "sys/raft/raft.h"
#include "sys/route_tables.h"

/* ---- out ---- */

/* A file that a thread writes. */
struct raft_snapshot {
	struct request *req; /* NULL: its client has gone */
	struct arena *arena; /* of the texts in meta */
	struct raft_meta meta;
	uint8_t key[RAFT_KEY_SIZE];
	struct buf file;
	bool failed, no_memory;
	bool is_starting, is_done;
};

static void
raft_snapshot_free(struct raft_snapshot *x)
{
	OPENSSL_cleanse(x->key, sizeof(x->key));
	buf_release(&x->file);
	arena_free(x->arena);
	free(x);
}

/* On the thread: the document becomes a file. */
static void
raft_snapshot_write_file(void *arg, struct buf *document)
{
	struct raft_snapshot *x = arg;

	x->failed = !raft_archive_write(&x->file, &x->meta,
	    (struct slice){ document->p, document->n }, x->key);
	OPENSSL_cleanse(document->p, document->n);
	buf_release(document);
}

static enum handler_result
raft_snapshot_answer(struct raft_snapshot *x)
{
	struct request *req = x->req;
	enum handler_result result;

	if (x->no_memory || x->file.over) {
		result = fail(req, 503, REPLY_NO_MEMORY);
	} else if (x->failed) {
		result = fail_wrapped(
		    req, 500, "failed to write snapshot file");
	} else {
		reply_header(req, "Content-Disposition", "attachment");
		result = reply_raw(req, 200, "application/gzip",
		    (struct slice){ x->file.p, x->file.n });
	}
	raft_snapshot_free(x);
	return result;
}

static void
raft_snapshot_on_file(void *arg, struct buf *document)
{
	struct raft_snapshot *x = arg;
	struct request *req = x->req;

	x->no_memory = document->over;
	x->is_done = true;
	if (x->is_starting)
		return;
	if (!req) {
		raft_snapshot_free(x);
		return;
	}
	req->fault.cancel = NULL;
	pipeline_resume(req, raft_snapshot_answer(x));
}

static void
raft_snapshot_cancel(struct request *req)
{
	struct raft_snapshot *x = req->fault.cancel_arg;

	x->req = NULL;
	pipeline_abandon(req);
}

static struct raft_snapshot *
raft_snapshot_new(struct request *req)
{
	struct vault *v = req->vault;
	struct raft_snapshot *x = xcalloc(1, sizeof(*x));

	x->req = req;
	x->arena = arena_new();
	x->meta = (struct raft_meta){
		.index = store_change_count(v->store),
		.term = 3,
		.node_id = arena_strdup(x->arena, sys_raft_node_id(req)),
		.address = arena_strdup(x->arena, sys_raft_cluster_host(req)),
		.time_s = clock_now(v->clock) / NSEC_PER_SEC,
	};
	memcpy(x->key, seal_root_key(v), sizeof(x->key));
	buf_init_fallible(&x->file, SIZE_MAX / 2);
	return x;
}

/* From inside, nobody waits for an answer. */
static bool
raft_snapshot_may_wait(const struct request *req)
{
	return !req->internal || req->forwarded;
}

/* The state as an archive of raft's: gzip, sums sealed by the root key. */
static enum handler_result
raft_snapshot_read(struct request *req)
{
	struct raft_snapshot *x;
	struct export_order order = { raft_snapshot_write_file,
		raft_snapshot_on_file, NULL };
	struct buf document;
	bool ok;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	order.arg = x = raft_snapshot_new(req);
	if (!raft_snapshot_may_wait(req)) {
		buf_init(&document, SIZE_MAX / 2);
		vault_export(req->vault, &document);
		raft_snapshot_write_file(x, &document);
		return raft_snapshot_answer(x);
	}
	x->is_starting = true;
	ok = vault_export_start(req->vault, &order);
	x->is_starting = false;
	if (!ok) /* else it is the thread's to say */
		x->failed = true;
	if (!ok || x->is_done)
		return raft_snapshot_answer(x);
	req->fault.cancel_arg = x;
	req->fault.cancel = raft_snapshot_cancel;
	return PENDING;
}

/* ---- in ---- */

/* A file that a thread reads, where it lies. */
struct raft_restore {
	struct request *req; /* NULL: its client has gone */
	struct slice file;
	struct buf taken; /* its bytes, once its client has gone */
	uint8_t key[RAFT_KEY_SIZE];
	bool force;
	bool is_running; /* a thread may be at it */
	bool is_read;	 /* it holds a document */
	struct error error;
	bool is_starting, is_done;
};

static void
raft_restore_free(struct raft_restore *x)
{
	OPENSSL_cleanse(x->key, sizeof(x->key));
	buf_release(&x->taken);
	error_release(&x->error);
	free(x);
}

static void
raft_restore_start(void *arg)
{
	struct raft_restore *x = arg;

	x->is_running = true;
}

/*
 * On the thread. By force the sums may be sealed by other keys; a vault whose
 * keys these are not is sealed then.
 */
static json_t *
raft_restore_read(void *arg, struct error *unused)
{
	struct raft_restore *x = arg;
	struct raft_archive archive;
	struct buf text;
	json_t *document = NULL;
	bool ok, is_ours = false;

	(void)unused;
	if (!x->file.p)
		return NULL;
	buf_init(&text, SIZE_MAX / 2);
	ok = raft_archive_open(&archive, x->file, &x->error);
	if (ok) {
		is_ours = raft_archive_is_sealed_by(&archive, x->key);
		ok = (is_ours || x->force) &&
		    raft_archive_check(&archive, &x->error);
	}
	if (ok && raft_archive_document(&archive, &text))
		document = json_loadb(
		    text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	raft_archive_release(&archive);
	buf_release(&text);
	x->is_read = json_is_object(document);
	if (x->is_read && !is_ours)
		json_object_set_new(
		    document, "seal", json_pack("{s:b}", "sealed", 1));
	if (x->is_read)
		return document;
	json_decref(document);
	if (ok)
		error_set(&x->error, 500,
		    "failed to read snapshot file: its state is not one of "
		    "mockvault's");
	return NULL;
}

static enum handler_result
raft_restore_refuse(struct request *req, const struct error *e)
{
	if (e->status)
		return fail_wrapped(req, 500, "%s", e->text);
	return fail(req, 400,
	    "could not verify hash file, possibly the snapshot is using a "
	    "different set of unseal keys; use the snapshot-force API to "
	    "bypass this check");
}

/* Vault 1.19: the answer goes out first, the state is replaced behind it. */
static enum handler_result
raft_restore_answer(
    struct raft_restore *x, struct import_state *m, const struct error *e)
{
	struct request *req = x->req;
	struct vault *v = req->vault;

	if (!x->is_read)
		return raft_restore_refuse(req, &x->error);
	if (seal_is_sealed(v))
		return fail(req, 503, "Vault is sealed");
	if (v->cluster && !v->cluster->serves(v->cluster->arg))
		return fail_wrapped(req, 500,
		    "failed to write: leadership lost while committing log");
	if (e->status == 503)
		return fail(req, 503, "%s", e->text);
	if (m)
		vault_import_put_soon(v, m);
	else
		vault_import_log_error(v, e);
	return reply_none(req);
}

static void
raft_restore_done(void *arg, struct import_state *m, struct error *e)
{
	struct raft_restore *x = arg;
	struct request *req = x->req;
	enum handler_result result;

	if (!req) {
		raft_restore_free(x);
		return;
	}
	req->fault.cancel = NULL;
	result = raft_restore_answer(x, m, e);
	x->is_done = true;
	if (x->is_starting)
		return;
	pipeline_resume(req, result);
	raft_restore_free(x);
}

/* The client has gone: what it sent does not come into force. */
static void
raft_restore_cancel(struct request *req)
{
	struct raft_restore *x = req->fault.cancel_arg;

	if (x->is_running)
		request_take_body(req, &x->taken);
	else
		x->file = (struct slice){ NULL, 0 };
	x->req = NULL;
	pipeline_abandon(req);
}

static enum handler_result
raft_snapshot_install(struct request *req, bool force)
{
	struct raft_restore *x;
	struct import_order order = { raft_restore_start, raft_restore_read,
		NULL, raft_restore_done, NULL, !raft_snapshot_may_wait(req) };

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	order.arg = x = xcalloc(1, sizeof(*x));
	x->req = req;
	x->file = req->body.p ? req->body : SLICE("");
	x->force = force;
	buf_init(&x->taken, 0);
	memcpy(x->key, seal_root_key(req->vault), sizeof(x->key));
	x->is_starting = true;
	vault_import_start(req->vault, &order);
	x->is_starting = false;
	if (x->is_done) {
		raft_restore_free(x);
		return HANDLED;
	}
	if (req->body_buf) {
		req->fault.cancel_arg = x;
		req->fault.cancel = raft_restore_cancel;
	}
	return PENDING;
}

static enum handler_result
raft_snapshot_write(struct request *req)
{
	return raft_snapshot_install(req, false);
}

static enum handler_result
raft_snapshot_force(struct request *req)
{
	return raft_snapshot_install(req, true);
}

#define SNAPSHOT "sys/storage/raft/snapshot"

const struct route sys_raft_snapshot_routes[] = {
	{ OP_READ, SNAPSHOT, R_NO_WRAP, NULL, raft_snapshot_read, NULL,
	    "Returns a snapshot of the current state of vault" },
	{ OP_WRITE, SNAPSHOT, 0, NULL, raft_snapshot_write, NULL,
	    "Installs the provided snapshot, returning the cluster to the "
	    "state defined in it" },
	{ OP_WRITE, SNAPSHOT "-force", 0, NULL, raft_snapshot_force, NULL,
	    "Installs the provided snapshot, whatever keys it was taken "
	    "with" },
	ROUTE_END,
};
