/*
 * AppRole in the store: roles and their secret ids, by mount.
 */
#ifndef MV_AUTH_APPROLE_APPROLE_STORE_H
#define MV_AUTH_APPROLE_APPROLE_STORE_H

#include "auth/token_params.h"
#include "core/mount/mount.h"
#include "core/expirer.h"

struct approle {
	char *name; /* lower case */
	char *role_id;
	bool bind_secret_id;
	bool local_secret_ids;
	char **secret_id_bound_cidrs; /* NULL-terminated, NULL when unset */
	int64_t secret_id_num_uses;   /* 0: no limit */
	int64_t secret_id_ttl_s;      /* s, 0: for ever */
	struct token_params token;
};

struct approle_secret {
	char *role; /* its role's name */
	char *secret_id;
	char *accessor;
	int64_t num_uses;		/* left; 0: no limit */
	int64_t ttl_s;			/* s, 0: for ever */
	int64_t created_ns, updated_ns; /* ns */
	int64_t expires_ns;		/* ns, 0: never */
	json_t *metadata; /* object of strings; approle_secret_release */
	char **cidr_list;
	char **token_bound_cidrs;
};

extern const struct store_part approle_store;
/* Secret ids end by themselves. */
extern const struct expirer approle_secret_expirer;

/* All texts go into the arena. NULL: there is none. */
struct approle *approle_load(
    struct vault *v, struct arena *a, const struct mount *m, const char *name);
/* By its role id; it stays until the request ends. */
const struct approle *approle_by_id(
    struct vault *v, const struct mount *m, const char *role_id);
/* Writes a new role or a changed one. */
void approle_save(
    struct vault *v, const struct mount *m, const struct approle *r);
/* With its secret ids. */
void approle_remove(struct vault *v, const struct mount *m, const char *name);
/* Every role of the mount, in order; returns the count. */
void approle_role_names(
    struct vault *v, const struct mount *m, struct strs *names);
/* Removes all roles and secret ids of a mount. */
bool approle_on_unmount(struct vault *v, struct mount *m);

/* Secret ids: false when there is none; else out is filled, with its texts in
 * the arena, and approle_secret_release ends it. */
bool approle_secret_load(struct vault *v, struct arena *a,
    const struct mount *m, const char *role, const char *secret_id,
    struct approle_secret *out);
/* Of whatever role of the mount. */
bool approle_secret_by_accessor(struct vault *v, struct arena *a,
    const struct mount *m, const char *accessor, struct approle_secret *out);
/* Gives the metadata back. */
void approle_secret_release(struct approle_secret *s);
/* Writes a new or a changed one. */
void approle_secret_save(struct vault *v, const struct mount *m,
    const char *role, const struct approle_secret *s);
/* Removes one; nothing happens when there is none. */
void approle_secret_remove(struct vault *v, const struct mount *m,
    const char *role, const char *secret_id);
/* Accessors of a role's secret ids, sorted; returns how many. */
void approle_secret_accessors(struct vault *v, const struct mount *m,
    const char *role, struct strs *accessors);

#endif
