/*
 * Addresses in a configuration that are worked out when the server starts: the
 * templates of go-sockaddr, such as {{ GetPrivateIP }}.
 */
#ifndef MV_SERVER_SOCKADDR_TEMPLATE_H
#define MV_SERVER_SOCKADDR_TEMPLATE_H

#include "base/mem.h"

/*
 * The text with each {{ ... }} replaced, in the arena. Sources are
 * GetAllInterfaces, GetDefaultInterfaces, GetPrivateInterfaces,
 * GetPublicInterfaces and the ...IP, ...IPs forms with GetInterfaceIP; filters
 * are include, exclude, sort, limit, offset, unique, attr and join. NULL with
 * *why for what cannot be read, or gives more than one address.
 */
const char *sockaddr_template(
    struct arena *a, const char *text, const char **why);

#endif
