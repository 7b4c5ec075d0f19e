/*
 * How a node becomes one of a cluster: it asks a leader for a challenge, which
 * only the unseal keys open, and once it is unsealed it answers it; then the
 * leader tells it all that a member knows. Vault 1.19's own way, over its API.
 */
#ifndef MV_CLUSTER_JOIN_H
#define MV_CLUSTER_JOIN_H

#include <event2/event.h>

#include "base/buf.h"
#include "base/log.h"
#include "clock/clock.h"
#include "cluster/net/http_client.h"

struct join;

#define JOIN_CHALLENGE_PATH "/v1/sys/storage/raft/bootstrap/challenge"
#define JOIN_ANSWER_PATH "/v1/sys/storage/raft/bootstrap/answer"
/* Vault 1.19: what is tried again is tried after 2 s, then after twice as long
 * as the last time, up to 16 s; Vault 1.14: always after 2 s. */
#define JOIN_RETRY_NS ((int64_t)2 * 1000000000)
#define JOIN_RETRY_MAX_NS ((int64_t)16 * 1000000000)
#define JOIN_TIMEOUT_NS ((int64_t)10 * 1000000000)

enum join_state {
	JOIN_IDLE,
	JOIN_ASKS,    /* for a challenge */
	JOIN_WAITS,   /* for join_answer */
	JOIN_ANSWERS, /* the challenge */
	JOIN_PAUSES,  /* until it tries again */
};

/* A leader that may be there, and what its TLS needs. */
struct join_leader {
	const char *api_addr;
	struct http_client_tls tls;
};

struct join_options {
	struct event_base *base;
	struct clock *clock;
	const struct log *log;
	const char *node_id, *cluster_addr; /* this node's; outlive it */
	bool waits_longer;		    /* each time it tries again */
	void *arg;
	/* A challenge: base64 text, and the seal's configuration as JSON text.
	 * False: it cannot be used. */
	bool (*on_challenge)(
	    void *arg, const char *challenge, const char *seal_config);
	/* Of all leaders none gave one, and nothing is tried again. */
	void (*on_failed)(void *arg, const char *why);
	/* The answer was right: what the leader says, JSON text. */
	void (*on_joined)(void *arg, struct slice data);
};

/* The functions may call all of these but join_free. */
struct join *join_new(const struct join_options *o);
/* NULL is allowed. */
void join_free(struct join *j);
enum join_state join_state_of(const struct join *j);

/* Asks the leaders in turn; texts are copied. What went on before ends. */
void join_start(
    struct join *j, const struct join_leader *leaders, size_t n, bool retry);
/* The challenge, opened, and which tables the node's state has; while it waits.
 * When it is not taken, a new challenge is asked for. */
void join_answer(struct join *j, struct slice answer, const char *schema);
void join_stop(struct join *j);

#endif
