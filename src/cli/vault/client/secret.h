/*
 * The answers of Vault's API as the client sees them.
 */
#ifndef MV_CLI_VAULT_CLIENT_SECRET_H
#define MV_CLI_VAULT_CLIENT_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/client/vclient.h"

/* Slices are clean JSON; p NULL is null or absent. */
struct secret_auth {
	const char *token;
	const char *accessor;
	struct slice policies;
	struct slice token_policies;
	struct slice identity_policies;
	struct slice metadata;
	bool orphan;
	const char *entity_id;
	int64_t lease_duration;
	bool renewable;
	struct slice mfa;
};

struct secret_wrap {
	const char *token;
	const char *accessor;
	int64_t ttl;
	const char *creation_time;
	const char *creation_path;
	const char *wrapped_accessor;
};

struct secret {
	const char *request_id;
	const char *lease_id;
	int64_t lease_duration;
	bool renewable;
	struct slice data;
	struct slice warnings;
	bool has_auth;
	struct secret_auth auth;
	bool has_wrap;
	struct secret_wrap wrap;
	const char *mount_type;
};

/*
 * An answer's body. *out is NULL when it is empty, or nothing but errors; false
 * with Go's text when it is no secret.
 */
bool secret_parse(
    struct arena *a, struct slice body, struct secret **out, const char **why);
/* The first JSON value of a body, cleaned; false with Go's text. */
bool secret_clean(
    struct arena *a, struct slice body, struct slice *out, const char **why);
/* As encoding/json writes the struct. */
struct slice secret_to_json(struct arena *a, const struct secret *s);
/* How many members data has. */
size_t secret_data_count(struct arena *a, const struct secret *s);
/* How many warnings there are. */
size_t secret_warning_count(struct arena *a, const struct secret *s);
/* data.keys, or p NULL when it is no list. */
struct slice secret_keys(const struct secret *s);

/*
 * What api.Logical does. The secret may be there with an error as well (a 404
 * that carries warnings or data); false with the error's text in *why.
 */
bool logical_read(struct vclient *c, const char *path, const char *query,
    struct secret **out, const char **why);
bool logical_list(
    struct vclient *c, const char *path, struct secret **out, const char **why);
bool logical_write(struct vclient *c, const char *method, const char *path,
    struct slice body, struct secret **out, const char **why);
bool logical_patch(struct vclient *c, const char *path, struct slice body,
    struct secret **out, const char **why, int *status);
bool logical_delete(struct vclient *c, const char *path, const char *query,
    struct secret **out, const char **why);
bool logical_unwrap(struct vclient *c, const char *token, struct secret **out,
    const char **why);
/* A request whose answer is read as a secret, without the rule for 404. */
bool logical_ask(struct vclient *c, const char *method, const char *path,
    struct slice body, struct secret **out, const char **why);

#endif
