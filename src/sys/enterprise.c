/*
 * Paths of the enterprise edition. Vault 1.13 and later: the open edition knows
 * them and says whose they are, where unknown paths are unsupported.
 */
#include "api/reply.h"
#include "sys/route_tables.h"

static enum handler_result
enterprise_only(struct request *req)
{
	return fail(req, 404, "enterprise-only feature");
}

#define R OP_READ
#define L OP_LIST
#define W OP_WRITE
#define D OP_DELETE
#define P OP_PATCH
#define ONLY(ops, path)                                           \
	{                                                         \
		ops, "sys/" path, 0, NULL, enterprise_only, NULL, \
		    "Enterprise only"                             \
	}
#define REPLICATION(kind)                                             \
	ONLY(W, "replication/" kind "/primary/enable"),               \
	    ONLY(W, "replication/" kind "/primary/disable"),          \
	    ONLY(W, "replication/" kind "/primary/demote"),           \
	    ONLY(W, "replication/" kind "/primary/secondary-token"),  \
	    ONLY(W, "replication/" kind "/primary/revoke-secondary"), \
	    ONLY(W, "replication/" kind "/secondary/enable"),         \
	    ONLY(W, "replication/" kind "/secondary/disable"),        \
	    ONLY(W, "replication/" kind "/secondary/promote"),        \
	    ONLY(W, "replication/" kind "/secondary/update-primary")

const struct route sys_enterprise_routes[] = {
	ONLY(W, "control-group/authorize"),
	ONLY(W, "control-group/request"),
	ONLY(R | W | D, "config/control-group"),
	ONLY(R | W, "config/group-policy-application"),
	ONLY(R, "license/status"),
	ONLY(L, "managed-keys/{type}/?"),
	ONLY(R | W | D, "managed-keys/{type}/{name}"),
	ONLY(W, "managed-keys/{type}/{name}/test/sign"),
	ONLY(L, "mfa/method/?"),
	ONLY(R, "mfa/method/totp/{name}/generate"),
	ONLY(W, "mfa/method/totp/{name}/admin-generate"),
	ONLY(W, "mfa/method/totp/{name}/admin-destroy"),
	ONLY(R | W | D, "mfa/method/{type}/{name}"),
	ONLY(L, "namespaces/?"),
	ONLY(W, "namespaces/api-lock/lock"),
	ONLY(W, "namespaces/api-lock/lock/{path:more}"),
	ONLY(W, "namespaces/api-lock/unlock"),
	ONLY(W, "namespaces/api-lock/unlock/{path:more}"),
	ONLY(R | W | P | D, "namespaces/{path:more}"),
	ONLY(L, "policies/egp/?"),
	ONLY(R | W | D, "policies/egp/{name:more}"),
	ONLY(L, "policies/rgp/?"),
	ONLY(R | W | D, "policies/rgp/{name:more}"),
	ONLY(L, "quotas/lease-count/?"),
	ONLY(R | W | D, "quotas/lease-count/{name}"),
	REPLICATION("dr"),
	REPLICATION("performance"),
	ONLY(W, "replication/merkle-check"),
	ONLY(W, "replication/recover"),
	ONLY(W, "replication/reindex"),
	ONLY(R | W, "sealwrap/rewrap"),
	ONLY(L, "storage/raft/snapshot-auto/config/?"),
	ONLY(R | W | D, "storage/raft/snapshot-auto/config/{name}"),
	ONLY(R, "storage/raft/snapshot-auto/status/{name}"),
	ROUTE_END,
};
