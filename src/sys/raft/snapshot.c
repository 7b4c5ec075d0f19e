/*
 * sys/storage/raft/snapshot: the state as a file, out and in.
 */
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>

#include "api/reply.h"
#include "base/duration.h"
#include "core/seal/seal.h"
#include "core/state/export.h"
#include "store/store.h"
#include "core/state/raft_archive.h"
#include "sys/raft/raft.h"
#include "sys/route_tables.h"

/* The state as an archive of raft's: gzip, sums sealed by the root key. */
static enum handler_result
raft_snapshot_read(struct request *req)
{
	struct vault *v = req->vault;
	struct raft_meta meta = {
		.index = store_change_count(v->store),
		.term = 3,
		.node_id = sys_raft_node_id(req),
		.address = sys_raft_cluster_host(req),
		.time_s = clock_now(v->clock) / NSEC_PER_SEC,
	};
	enum handler_result result;
	struct buf document, file;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	buf_init(&document, SIZE_MAX / 2);
	buf_init(&file, SIZE_MAX / 2);
	vault_export(v, &document);
	if (raft_archive_write(&file, &meta,
		(struct slice){ document.p, document.n }, seal_root_key(v))) {
		reply_header(req, "Content-Disposition", "attachment");
		result = reply_raw(req, 200, "application/gzip",
		    (struct slice){ file.p, file.n });
	} else {
		result = fail_wrapped(
		    req, 500, "failed to write snapshot file");
	}
	OPENSSL_cleanse(document.p, document.n);
	buf_release(&document);
	buf_release(&file);
	return result;
}

/*
 * Vault 1.19: the answer goes out first, the state is replaced behind it. By
 * force the sums may be sealed by other keys; a vault whose keys these are not
 * is sealed then.
 */
static enum handler_result
raft_snapshot_install(struct request *req, bool force)
{
	struct raft_archive archive;
	struct error e = { 0 };
	struct buf text;
	json_t *document = NULL;
	bool ok, is_ours = false;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	buf_init(&text, SIZE_MAX / 2);
	ok = raft_archive_open(&archive, req->body, &e);
	if (ok) {
		is_ours = raft_archive_is_sealed_by(
		    &archive, seal_root_key(req->vault));
		ok = (is_ours || force) && raft_archive_check(&archive, &e);
	}
	if (ok && raft_archive_document(&archive, &text))
		document = json_loadb(
		    text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	raft_archive_release(&archive);
	buf_release(&text);
	if (json_is_object(document)) {
		/* The keys of another cluster do not open this one: it is
		 * sealed. */
		if (!is_ours)
			json_object_set_new(
			    document, "seal", json_pack("{s:b}", "sealed", 1));
		vault_import_soon(req->vault, document);
		return reply_none(req);
	}
	json_decref(document);
	if (ok)
		error_set(&e, 500,
		    "failed to read snapshot file: its state is not one of "
		    "mockvault's");
	if (e.status)
		fail_wrapped(req, 500, "%s", e.text);
	else
		fail(req, 400,
		    "could not verify hash file, possibly the snapshot is "
		    "using a different set of unseal keys; use the "
		    "snapshot-force API to bypass this check");
	error_release(&e);
	return HANDLED;
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
