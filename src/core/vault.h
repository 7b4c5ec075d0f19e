/*
 * One vault: what its parts share. Everything in core/ takes a struct vault and
 * knows no HTTP. The instance (server/) sets store, clock, random, log and
 * configuration, and owns it.
 */
#ifndef MV_CORE_VAULT_H
#define MV_CORE_VAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"
#include "clock/clock.h"
#include "clock/random.h"
#include "core/version.h"

/* 768h: the system's default and maximum lease, in seconds. */
#define VAULT_SYSTEM_TTL_S 2764800

struct acls;
struct cluster_joining;
struct cluster_view;
struct lease_hooks;
struct lease_pending_list;
struct mounts;
struct unmounts;
struct object_cache;
struct quotas;
struct metrics;
struct seal;
struct seal_hooks;
struct expirers;
struct import_pending;
struct tokens;
struct audits;
struct statement_log;
struct worker;
struct challenges;

#define VAULT_LOCKOUTS_MAX 4

/* user_lockout of the configuration for one type of auth method, or "all"; -1
 * stands for what it does not say, times are in seconds. */
struct lockout_defaults {
	const char *type;
	int64_t lockout_threshold;
	int64_t lockout_duration;
	int64_t lockout_counter_reset;
	bool disable_lockout;
};

/* What the configuration says; texts are borrowed from the instance. */
struct vault_config {
	const char *version;	    /* "1.19.5" */
	struct version_set changes; /* what holds in that version */
	const char *storage_type;   /* "inmem", "file", "raft" */
	const char *api_addr;	    /* "" when not configured */
	const char *cluster_addr;
	const char *cluster_name;    /* "" to make one */
	const char *node_id;	     /* raft */
	int64_t default_lease_ttl_s; /* seconds */
	int64_t max_lease_ttl_s;
	bool dev;
	bool ha_enabled; /* raft: ha_enabled in sys/leader */
	bool dev_kv_v1;
	bool dev_no_kv;
	bool raw_storage_endpoint;
	bool ui;		      /* the web UI's addresses are served */
	bool no_prometheus;	      /* sys/metrics speaks JSON alone */
	bool unauthenticated_metrics; /* sys/metrics asks for no token */
	bool disable_user_lockout;
	const struct lockout_defaults *lockouts;
	int nlockouts;
	bool introspection_endpoint;
	bool disable_printable_check;
	const char *seal_type; /* "shamir", or a cloud's: auto-unseal */
	bool kms_unreachable;  /* the cloud of an auto-unseal is away */
	bool open_rekey;       /* enable_unauthenticated_access of 2.0 */
	bool open_generate_root;
	bool audit_prefixing;	  /* allow_audit_log_prefixing */
	bool deny_template_slash; /* deny_slash_in_templated_paths */
	bool database_execute;	  /* database/ really runs its statements */
	const json_t *sanitized;  /* sys/config/state/sanitized */
};

/* What kind of node this one is in a cluster, as sys/health tells it. */
enum node_role {
	NODE_ACTIVE,
	NODE_STANDBY,
	NODE_PERF_STANDBY,
	NODE_DR_SECONDARY,
	NODE_HA_UNHEALTHY, /* a standby that cannot reach the active node */
	NODE_REMOVED,
};

/* How a node that does not lead looks. */
struct standby {
	bool on;
	bool forwards;	    /* what it is asked is answered all the same */
	bool no_forwarding; /* it must not forward: 503 instead of 500 */
	bool leader_is_gone;
	bool enters; /* joins, and has no state yet: it counts as sealed */
	/* "http://10.0.0.2:8200", "" when it knows no active node; {{host}} in
	 * it stands for the Host header. */
	char leader_address[300];
	/* What that node says of its cluster port; "" when it says nothing. */
	char leader_cluster_address[300];
	bool has_heartbeat;	   /* there is a line to the active node */
	int64_t heartbeat_lost_ns; /* ns: when that went; 0: it is fine */
};

struct vault {
	struct store *store;
	struct clock *clock;
	struct random *random;
	struct log *log;
	struct vault_config config;
	char cluster_name[64];
	char cluster_id[37];
	int64_t active_since_ns; /* ns: the last unseal */
	int64_t skew_ns; /* ns: how wrong the instants are that clients see */
	int64_t outage_skew_ns; /* ns: the part of it that outages made */
	double ttl_scale;	/* what is granted is divided by it; 0 is 1 */
	enum node_role role;
	struct standby standby;

	struct seal *seal;		   /* core/seal/seal.h */
	struct rekey *rekey;		   /* core/seal/rekey.h */
	struct challenges *challenges;	   /* core/seal/challenge.h */
	struct rootgen *rootgen;	   /* core/seal/generate_root.h */
	struct mounts *mounts;		   /* core/mount/mount.h */
	struct unmounts *unmounts;	   /* core/mount/unmount.h */
	struct tokens *tokens;		   /* core/token/token.h */
	struct acls *acls;		   /* core/policy/acl.h */
	struct identity *identity;	   /* core/token/identity.h */
	struct expirers *expirers;	   /* core/expirer.h */
	struct audits *audits;		   /* core/mount/audit.h */
	struct object_cache *object_cache; /* core/mount/object_cache.h */
	struct quotas *quotas;		   /* core/mount/quota.h */
	struct metrics *metrics;	   /* core/mount/metrics.h */

	const struct seal_hooks *seal_hooks; /* core/seal/seal.h */
	/* Set by api/, which knows the engines; see api/engine.h. */
	void *api;
	const struct lease_hooks *lease_hooks; /* core/token/lease.h */
	struct lease_pending_list
	    *lease_pending; /* core/token/lease.h; NULL: none yet */
	/* Of secrets/database, which sets both; NULL: none yet. */
	struct statement_log *statement_log;
	void (*statement_log_free)(struct vault *v);
	/* Of core/state/import_job.c, which sets both; NULL: none yet. */
	struct import_pending *import_pending;
	void (*import_pending_free)(struct vault *v);
	struct worker *worker; /* core/worker.h; NULL: no threads */
	/* core/state/cluster_view.h; NULL: it stands alone. */
	const struct cluster_view *cluster;
	const struct cluster_joining *joining; /* cluster_joining.h; or NULL */
};

/* Makes the parts and reads their state from the store; store, clock, random,
 * log and config are set before, and stay the caller's. */
void vault_init(struct vault *v);
/* Frees the parts. */
void vault_release(struct vault *v);
/* Drops every cache and reads the tables again, after a restore of the store
 * or an unseal. */
void vault_reload(struct vault *v);
/* After a commit that failed: memory is what the store has. False: the store
 * cannot be read either, and has failed again. */
bool vault_follow_store(struct vault *v);

/* Does a row of core/version.h hold in the version that this Vault claims? */
static inline bool
version_has(const struct vault *v, enum version_change change)
{
	return version_set_has(&v->config.changes, change);
}

/* This node's name: the configured sys_raft_node_id, or "n1". */
static inline const char *
vault_node_name(const struct vault *v)
{
	return *v->config.node_id ? v->config.node_id : "n1";
}

/* Nanoseconds since 1970, on the vault's clock. */
static inline int64_t
vault_now(const struct vault *v)
{
	return clock_now(v->clock);
}

/* An instant as clients are shown it. */
int64_t vault_client_time(const struct vault *v, int64_t time_ns);

/*
 * ctl_clock_ttl_scale: TTLs in seconds are reckoned as Vault does, in full, and
 * divided where they are granted (and so reported), to at least 1. What comes
 * back into the reckoning is multiplied.
 */
int64_t vault_scale_ttl(const struct vault *v, int64_t ttl_s);
int64_t vault_unscale_ttl(const struct vault *v, int64_t granted_s);
/* A client's increment: many repeat the TTL that they were granted. */
int64_t vault_unscale_increment(
    const struct vault *v, int64_t increment_s, int64_t granted_s);

#endif
