/*
 * One vault with all that it needs: store, clock, api, rules, journal, and
 * listeners, where it has its own. Made in one order and ended in its reverse.
 * A host (server/host.h) turns the loop for one or for many.
 */
#ifndef MV_SERVER_INSTANCE_H
#define MV_SERVER_INSTANCE_H

#include <event2/event.h>

#include "api/api.h"
#include "core/vault.h"
#include "http/http.h"
#include "proxy/proxy.h"
#include "proxy/replay.h"
#include "server/config/config_file.h"
#include "server/dev/dev_tls.h"
#include "server/host.h"
#include "server/options.h"

#define LISTENERS_MAX 16

struct vault_snapshot;
struct init_scripts;
struct space;

struct instance {
	struct host *host;
	struct instance *next_in_host, *next_awake;
	bool awake; /* something may be due or uncommitted: host->awake */
	struct event *alarm_event; /* wakes it for its clock's next alarm */
	const struct options *options;
	/* The first node of its cluster, whose clock, rules, journal and
	 * control API it shares; itself, where it has its own. */
	struct instance *first;
	const char *listen_address; /* NULL: that of the options */
	const char *node_name;	    /* "n1"; NULL: no node of a cluster */
	const char *own_config; /* its file, where each node has one; or NULL */
	struct line_sink *own_log; /* the log_file of that; NULL: none */
	struct log log;
	struct vault vault;
	uint64_t seed;	  /* of faults; the given one, or a random one */
	int journal_size; /* 0: none */
	struct journal *journal;
	struct faults *faults;
	struct scenarios *scenarios;
	struct control *control;
	uint64_t fixture_fingerprints[OPTION_LIST_MAX],
	    scenario_fingerprint; /* reload.c */
	struct vault_snapshot
	    *start_snapshot;	/* the state once fixtures were loaded */
	int64_t start_clock_ns; /* the clock then, if it stood: frozen */
	struct api *api;
	struct http_server *http;   /* NULL: it has no listeners; a space's is
				       that of its original */
	struct http_tenant *tenant; /* of a space; else NULL */
	struct space *space;	    /* server/spaces.h; NULL: it is none */
	const struct instance *original; /* of a copy: it lives longer */
	struct proxy *proxy;		 /* NULL: there is no upstream */
	struct replay *replay;		 /* NULL: there is no recording */
	struct http_listener *listeners[LISTENERS_MAX];
	bool listener_tls[LISTENERS_MAX];
	struct http_listener *admin_listener; /* NULL: none */
	int nlisteners;
	struct dev_tls dev_tls;		/* -dev-tls */
	struct config_file config_file; /* -config */
	json_t *sanitized;		/* what is shown of it */
	char db_path[1100];
	char api_addr[300];
	char cluster_addr[300];
	char root_token[256];  /* development mode */
	char unseal_key[64];   /* base64, development mode */
	char dev_ca_path[300]; /* -dev-tls: the CA's file, else "" */
	struct init_scripts *init_scripts; /* NULL: none were asked for */
	struct arena *startup_arena;	   /* cleared with each fixture */
	struct arena *config_arena;	   /* texts of the configuration */
	struct buf storage_refusal; /* the 500 of a write that was not kept */
	int64_t retry_ns; /* real: what is due waits until then; 0: never */
	int64_t failed_commits;
	bool memory_stale; /* a write has failed, and reading after it too */
};

/*
 * Everything but listeners; it is among the host's instances from now on. In
 * development mode the vault is initialised and unsealed when this returns.
 * false with the reason in e.
 */
bool instance_init(struct instance *in, struct host *h, const struct options *o,
    struct error *e);
/* One more node beside the first, not initialised; its name outlives it. */
bool instance_init_node(struct instance *in, struct host *h,
    const struct options *o, struct instance *first, const char *name,
    struct error *e);
/* The same with a file of its own, which names it. */
bool instance_init_configured(struct instance *in, struct host *h,
    const struct options *o, struct instance *first, const char *config,
    struct error *e);
/* Puts another store in the place of its own: what its file has, or an empty
 * one in memory. All that was in memory is forgotten. False with the reason in
 * e: it is the empty one. */
bool instance_change_store(struct instance *in, bool file, struct error *e);
/* Opens by itself, where the seal can, and what is due is awaited. */
void instance_wake_up(struct instance *in);
/* Has it raft storage and a node_id, so that it may be one node of a cluster of
 * processes? */
bool instance_is_raft_node(const struct instance *in);
/* What a reset goes back to is the state of now. */
bool instance_take_start_snapshot(struct instance *in, struct error *e);
/* A copy of what is of one configuration, with the state of image, which may
 * have come from a third instance. It is zeroed but for its space, and not
 * among the host's instances, whose listeners serve it. */
bool instance_init_copy(struct instance *in, const struct instance *original,
    const struct options *o, struct vault_snapshot *image, struct error *e);
/* Also after an instance_init that failed. */
void instance_release(struct instance *in);
/* Writes the state to --export-on-exit, when that is set. */
bool instance_export(struct instance *in, struct error *e);
/* It is not among the host's instances any more. */
void instance_leave_host(struct instance *in);
/* Jobs off the loop end now; their requests are answered. While the connections
 * are still there. */
void instance_stop_jobs(struct instance *in);

/* Commits. False: the store has not kept what was written since the last
 * commit; answers that need it are a 500, memory is loaded anew. The body of
 * that 500 is in storage_refusal. */
bool instance_commit(struct instance *in);

/* Whose vault has the state: the node that leads, else the instance itself. */
static inline struct instance *
instance_active(struct instance *in)
{
	return in->host->leader ? in->host->leader : in;
}

/* Not while nobody leads several nodes. */
static inline bool
instance_can_write(const struct instance *in)
{
	return !in->first->node_name || !in->host->settle || in->host->leader;
}

/* ---- for the host's pass ---- */

/* The pass under way ends with its alarms and its commit. It wakes by itself
 * when its store is used and when its clock or an alarm of it is moved. */
void instance_wake(struct instance *in);
/* Until its clock's next alarm. Whoever calls it has taken it off the list. */
void instance_sleep(struct instance *in);
/* Fires the alarms that are due. */
void instance_run_due(struct instance *in);
/* Rounded up, so that what is waited for is due then. */
void instance_timeval(struct timeval *tv, int64_t wait_ns);

#endif
