/*
 * Fixtures: what a vault holds before its first answer, from JSON files. They
 * go in through the api, like everybody's requests.
 */
#ifndef MV_SERVER_FIXTURES_H
#define MV_SERVER_FIXTURES_H

#include "server/instance.h"

/*
 * Loads a file, or every *.json of a folder in the order of their names. false
 * with "FILE:LINE: KEY: what is wrong" in why; then nothing should be served.
 */
bool fixtures_load(struct instance *in, const char *path, char *why,
    size_t why_size);

#endif
