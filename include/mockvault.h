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
 * Any thread may call. While mv_run or mv_step serves in one thread, calls from
 * others are done there, between two passes of its loop, and return once they
 * are done; without it a call serves by itself, and others wait for it. mv_free
 * comes when no call is under way. mv_stop may be called by a signal handler,
 * too. Instances share nothing.
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

#define MV_SETTINGS_MAX 128

/* Zero is the default of every member. Texts are copied by mv_new. */
struct mv_options {
	const char *root_token; /* made up when NULL */
	const char *listen;	/* "127.0.0.1:0" when NULL; "none": no socket */
	const char *db;		/* SQLite file; in memory when NULL */
	const char *fixtures;	/* JSON file or folder */
	const char *vault_version; /* "1.19.5" when NULL */
	const char *seed;	   /* decimal number; random when NULL */
	int kv_v1;		   /* secret/ as KV version 1 */
	int tls; /* https; the certificate's CA is in mv_ca_file */
	/* Delays and durations of faults follow the vault's clock. While it is
	 * frozen, a delayed mv_request moves it on to the delay's end. */
	int faults_follow_clock;
	/* Of mv_set. */
	int nsettings;
	struct {
		const char *name, *value;
	} settings[MV_SETTINGS_MAX];
};

/*
 * Adds an option of `mockvault server` by its name, without dashes:
 * "ttl-scale", "100". A switch takes "true", or NULL; an option that may be
 * given again adds one each time. What is wrong with name or value is said by
 * mv_new. 0: there are MV_SETTINGS_MAX already.
 */
int mv_set(struct mv_options *options, const char *name, const char *value);

/* An unsealed development server; options may be NULL. NULL with the reason in
 * why, which may be NULL, too. */
struct mockvault *mv_new(
    const struct mv_options *options, char *why, size_t why_size);
void mv_free(struct mockvault *mv);

/* "http://127.0.0.1:43817"; "" without a socket. Lives as long as mv. */
const char *mv_address(const struct mockvault *mv);
const char *mv_root_token(const struct mockvault *mv);
/* The file with the CA's certificate, for VAULT_CACERT; "" without TLS. */
const char *mv_ca_file(const struct mockvault *mv);

/* Serves until mv_stop; returns at once when another thread serves. */
void mv_run(struct mockvault *mv);
/* Serves what is ready, waiting at most wait_ms for it (-1: no limit). */
void mv_step(struct mockvault *mv, int wait_ms);
void mv_stop(struct mockvault *mv);

/*
 * A request without a socket: method "GET", path "secret/data/x?version=1"
 * (below /v1/), token and body may be NULL. Returns the status; *answer is the
 * body, which lives until the next request or control call of the same thread.
 * 0: a fault let no answer through (a reset, or a minute of silence).
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

/*
 * The control API in one call each. 1: done. 0: not, with the reason in why,
 * which may be NULL: errors name what was wrong.
 */

/* Begins a named outage: "sealed", options as JSON, "{\"for\":\"30s\"}" or
 * NULL; and ends it, or all of them when name is NULL. */
int mv_outage(struct mockvault *mv, const char *name, const char *options,
    char *why, size_t why_size);
int mv_outage_end(
    struct mockvault *mv, const char *name, char *why, size_t why_size);
/* Does the journal bear the claim out? why has the sentence of its failure. */
int mv_verify(
    struct mockvault *mv, const char *claim, char *why, size_t why_size);
/* Keeps the state under a name; puts it back; goes back to the start, without
 * faults and with an empty journal. */
int mv_snapshot(
    struct mockvault *mv, const char *name, char *why, size_t why_size);
int mv_restore(
    struct mockvault *mv, const char *name, char *why, size_t why_size);
int mv_reset(struct mockvault *mv, char *why, size_t why_size);

/* The vault's clock: nanoseconds since 1970, frozen, moved on. mv_advance
 * settles what ends on the way and returns how many alarms rang. */
int64_t mv_now(struct mockvault *mv);
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
