/*
 * Audit devices: where they write, and what they hide. A request is refused
 * when devices are enabled and none of them took its entry.
 */
#ifndef MV_CORE_MOUNT_AUDIT_H
#define MV_CORE_MOUNT_AUDIT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "core/vault.h"

/* The setting of audited headers: {name in lower case: {"hmac": bool}}. */
#define SETTING_AUDITED_HEADERS "audited-headers"

extern const struct store_part audit_store;

struct audit_sink;
struct audit_addresses;

struct audit_device {
	char *path; /* "file/" */
	char *type; /* "file", "syslog", "socket" */
	char *description;
	char *salt;	 /* key of its hashes */
	json_t *options; /* object of texts */
	bool local;
	bool log_raw; /* log_raw: hides nothing */
	bool hmac_accessor;
	struct audit_sink *sink;
};

/* The vault's devices, none before audits_load; the caller frees them. */
struct audits *audits_new(struct vault *v);
/* Closes them. NULL is allowed. */
void audits_free(struct audits *a);
/* Reads the table again and opens every device. */
void audits_load(struct vault *v);

/* In the order of their paths: how many, the i-th, and by "file/", or NULL.
 * They are the vault's. */
int audit_count(const struct vault *v);
struct audit_device *audit_at(const struct vault *v, int i);
struct audit_device *audit_find(const struct vault *v, const char *path);
/* What a new device is made of; texts are borrowed. */
struct audit_spec {
	const char *path; /* "file/" */
	const char *type;
	const char *description;
	json_t *options;
	bool local;
	const struct audit_addresses *known; /* of its name; NULL: none */
};
/* The name that must be looked up first; NULL: none. */
const char *audit_name_to_look_up(const struct audit_spec *spec);
/* Opens, tests and stores a device. Takes the options over. False with Vault's
 * text in e. */
bool audit_enable(
    struct vault *v, const struct audit_spec *spec, struct error *e);
void audit_disable(struct vault *v, const char *path);
/* Reopens files (SIGHUP: they may have been rotated). */
void audit_reopen(struct vault *v);
/* "hmac-sha256:" and 64 digits; out has AUDIT_HASH_MAX bytes. */
#define AUDIT_HASH_MAX 80
void audit_hash(const struct audit_device *d, const char *text, char *out);
/* One line; false when the device did not take it. */
bool audit_write(struct audit_device *d, const json_t *entry);

#endif
