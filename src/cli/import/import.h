/*
 * What the parts of mockvault import share: the Vault that is read, the
 * fixtures that are made of it, and what could not be copied. For the files of
 * this folder.
 */
#ifndef MV_CLI_IMPORT_IMPORT_H
#define MV_CLI_IMPORT_IMPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/flags.h"
#include "cli/vault/client/transport.h"
#include "clock/random.h"

/* One KV mount is read no further. */
#define IMPORT_SECRETS_MAX 10000

struct importer {
	struct arena *arena; /* of the whole run */
	struct address address;
	struct trust trust;
	struct headers headers;
	struct random *random;
	bool with_values;
	json_t *document; /* the fixtures */
	json_t *skipped;  /* a list of sentences */
	json_t *entities; /* names by id, for groups */
	json_t *groups;
	long secrets;
	const char *failure; /* the Vault cannot be asked any more; NULL: it can
			      */
};

/* import_client.c */
/* The data of an answer, the caller's; NULL: there is none, which is noted when
 * it is for want of rights, or by *status (may be NULL). path is below /v1/,
 * as people write it. */
json_t *import_read(
    struct importer *im, const char *method, const char *path, int *status);
/* The names of a list, the caller's; empty when there are none. */
json_t *import_list(struct importer *im, const char *path);
/* Notes what could not be copied. */
void import_skip(struct importer *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The object of a section, made when it is first asked for; borrowed. */
json_t *import_section(struct importer *im, const char *name);
/* Adds a write of body, which is taken over, to a path. */
void import_add_write(struct importer *im, const char *path, json_t *body);
/* What an object holds under the keys, but null, "" and empty lists and
 * objects; the caller's. keys ends with NULL. */
json_t *import_pick(const json_t *from, const char *const *keys);

/* Each reads one kind of thing. */
void import_mounts(struct importer *im);
void import_policies(struct importer *im);
void import_token_roles(struct importer *im);
void import_identity(struct importer *im);
void import_quotas(struct importer *im);
/* Of one mount; path ends with a slash, that of an auth method begins with
 * "auth/". */
void import_kv(struct importer *im, const char *path, bool versioned);
void import_pki(struct importer *im, const char *path);
void import_transit(struct importer *im, const char *path);
void import_database(struct importer *im, const char *path);
void import_approle(struct importer *im, const char *path);
void import_userpass(struct importer *im, const char *path);

/* Of the command, to a NULL name. */
extern const struct flag import_flags[];
/* mockvault import. */
int import_main(int argc, char *const *argv);

#endif
