/*
 * The "config" object of a request that enables a mount, and the optional
 * settings that it shares with tune.
 */
#ifndef MV_SYS_MOUNTS_MOUNT_CONFIG_H
#define MV_SYS_MOUNTS_MOUNT_CONFIG_H

#include "api/request.h"
#include "core/mount/mount.h"

/* Texts live in the request's arena; "" stands for what was not given. */
struct mount_config {
	const char *default_lease_ttl, *max_lease_ttl;
	const char *listing_visibility;
	const char *token_type;
	const char *plugin_name, *plugin_version;
	const char *identity_token_key;
	bool force_no_cache;
	bool trim_request_trailing_slashes;
	int64_t default_ttl_s, max_ttl_s; /* of the two texts; 0: none */
	json_t *lists; /* the lists that are not empty, by name; owned */
};

/*
 * Reads the object with Go's strict decoding: a value of another type is
 * refused. what is "mount" or "auth", for the text. On failure it has answered
 * and returns false. The caller calls mount_config_release in both cases.
 */
bool mount_config_decode(struct request *req, struct slice object,
    const char *what, struct mount_config *out);
void mount_config_release(struct mount_config *c);

/* Is text one of "", "hidden" and "unauth"? Answers and returns false if not.
 */
bool mount_config_check_visibility(struct request *req, const char *text);
/* Sets m->token_type; answers and returns false for an unknown type. */
bool mount_config_set_token_type(
    struct request *req, struct mount *m, const char *type);
/* Sets an optional key of m's config; an empty value takes it away. Takes
 * value over. */
void mount_config_set_extra(struct mount *m, const char *key, json_t *value);

/*
 * Checks plugin_version of a mount of this type as Vault does: a semantic
 * version, put into *out with its "v"; "" when it is the built-in one. Answers
 * and returns false when it is no version.
 */
bool mount_config_read_version(struct request *req, const char *text,
    const struct mount *m, const char **out);

#endif
