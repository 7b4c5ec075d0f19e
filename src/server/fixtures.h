/*
 * Fixtures: what a vault holds before its first answer, from JSON files. They
 * go in through the api, like everybody's requests.
 */
#ifndef MV_SERVER_FIXTURES_H
#define MV_SERVER_FIXTURES_H

#include <jansson.h>

#include "server/instance.h"

/*
 * Loads a file, or every *.json of a folder in the order of their names. false
 * with "FILE:LINE: KEY: what is wrong" in why; then nothing should be served.
 */
bool fixtures_load(struct instance *in, const char *path, char *why,
    size_t why_size);

/* The same from JSON at hand, while the vault runs: what is there already stays
 * as it is; on failure ("SECTION.KEY: what is wrong") nothing has changed. */
bool fixtures_apply(struct instance *in, json_t *fixtures, char *why,
    size_t why_size);

/* MOCKVAULT_KV_1='secret/app={"k":"v"}', in the order of their numbers. */
bool fixtures_environment(struct instance *in, char *why, size_t why_size);

/* A file or folder again, while the vault runs; on failure some of it is done. */
bool fixtures_again(struct instance *in, const char *path, char *why,
    size_t why_size);
/* Another number when the text of a file or folder is another; 0: unreadable. */
uint64_t fixtures_mark(const char *path);
/* The keys that a file may have. */
extern const char *const fixtures_sections[];

#endif
