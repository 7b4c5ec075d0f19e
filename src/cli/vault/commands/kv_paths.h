/*
 * Which mount a path of the KV engine lies in, which version it has, and where
 * the API keeps the parts of version 2.
 */
#ifndef MV_CLI_VAULT_COMMANDS_KV_PATHS_H
#define MV_CLI_VAULT_COMMANDS_KV_PATHS_H

#include <stdbool.h>

#include "cli/vault/command.h"

struct kv_place {
	const char *mount;   /* as the server names it, with a slash */
	const char *partial; /* the path below /v1/ without the engine's word */
	bool v2;
	bool by_flag; /* -mount was given */
};

/*
 * Asks the server about the path in `arg` and -mount. false after saying why
 * not. `keep_end`: a slash at the end stays, as "kv get" has it.
 */
bool kv_locate(struct vault_run *run, const char *arg, bool keep_end,
    struct kv_place *out);
/* The path with "data", "metadata", "delete" ... in its place. */
char *kv_api_path(
    struct vault_run *run, const struct kv_place *place, const char *word);
/* The path where version 1 keeps it, or version 2's data. */
char *kv_data_path(
    struct vault_run *run, const struct kv_place *place, const char *word);
/* A read that tells an absent value (*out NULL) from an error. */
bool kv_read(struct vault_run *run, const char *path, int64_t version,
    struct secret **out, const char **why);
/* "== Secret Path ==" and the path. */
void kv_print_path(struct vault_run *run, const char *path, const char *title);
/* "======= Metadata =======" as wide as the table below it. */
void kv_print_title(
    struct vault_run *run, const char *title, struct slice data);
char *kv_title(struct vault_run *run, const char *title, struct slice data);
/* -versions of a command as {"versions": [...]}. */
struct slice kv_versions(struct vault_run *run);

#endif
