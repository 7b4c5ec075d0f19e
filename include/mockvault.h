/*
 * mockvault as a library: a Vault inside a test program.
 *
 *     char why[256];
 *     struct mockvault *mv = mv_new(&(struct mv_options){
 *         .root_token = "root", .listen = "127.0.0.1:0" }, why, sizeof(why));
 *     setenv("VAULT_ADDR", mv_address(mv), 1);
 *     ... mv_step(mv, 100) in your loop, or mv_run(mv) on a thread of its own
 *     mv_free(mv);
 *
 * One instance, one thread: calls on the same instance must not overlap, but
 * for mv_stop, which any thread and any signal handler may call. Instances
 * share nothing.
 */
#ifndef MOCKVAULT_H
#define MOCKVAULT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct mockvault;

/* Zero is the default of every member. */
struct mv_options {
	const char *root_token; /* made up when NULL */
	const char *listen;	/* "127.0.0.1:0" when NULL; "none": no socket */
	const char *db;		/* SQLite file; in memory when NULL */
	const char *fixtures;	/* JSON file or folder */
	const char *vault_version; /* "1.19.5" when NULL */
	const char *seed;	   /* decimal number; random when NULL */
	int kv_v1;		   /* secret/ as KV version 1 */
};

/* An unsealed development server. NULL with the reason in why. */
struct mockvault *mv_new(
    const struct mv_options *options, char *why, size_t why_size);
void mv_free(struct mockvault *mv);

/* "http://127.0.0.1:43817"; "" without a socket. Lives as long as mv. */
const char *mv_address(const struct mockvault *mv);
const char *mv_root_token(const struct mockvault *mv);

/* Serves until mv_stop. */
void mv_run(struct mockvault *mv);
/* Serves what is ready, waiting at most wait_ms for it (-1: no limit). */
void mv_step(struct mockvault *mv, int wait_ms);
void mv_stop(struct mockvault *mv);

/*
 * A request without a socket: method "GET", path "secret/data/x?version=1"
 * (below /v1/), token and body may be NULL. Returns the status; *answer is the
 * body, which lives until the next call on mv. 0: a fault let no answer through
 * (a reset, or a minute of silence).
 */
int mv_request(struct mockvault *mv, const char *method, const char *path,
    const char *token, const char *body, const char **answer);

/*
 * A call of the control API: path "outages/sealed" (below /_mock/), body JSON
 * or NULL. As mv_request.
 *
 *     mv_control(mv, "PUT", "outages/sealed", "{\"for\":\"30s\"}", NULL);
 */
int mv_control(struct mockvault *mv, const char *method, const char *path,
    const char *body, const char **answer);

/* The vault's clock: nanoseconds since 1970, frozen, moved on. mv_advance
 * settles what ends on the way and returns how many alarms rang. */
int64_t mv_now(const struct mockvault *mv);
void mv_freeze(struct mockvault *mv);
void mv_unfreeze(struct mockvault *mv);
int mv_advance(struct mockvault *mv, int64_t nanoseconds);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
