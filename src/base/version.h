/*
 * What this program says it is.
 */
#ifndef MV_BASE_VERSION_H
#define MV_BASE_VERSION_H

#define MOCKVAULT_VAULT_VERSION "1.19.5"
#define MOCKVAULT_BUILD_DATE "2025-05-29T09:17:06Z"

#endif
