/*
 * Versions of plugins, as requests name them.
 */
#ifndef MV_API_PLUGIN_VERSION_H
#define MV_API_PLUGIN_VERSION_H

#include "api/request.h"

/* "1.2" as "v1.2.0", in the arena; NULL: refused with a 400, since it is no
 * semantic version. */
const char *plugin_version_read(struct request *req, const char *text);

#endif
