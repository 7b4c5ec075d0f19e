/*
 * What this program says it is: its own version, and the Vault it stands for.
 */
#ifndef MV_BASE_VERSION_H
#define MV_BASE_VERSION_H

#define MOCKVAULT_OWN_VERSION "0.1.0"
#define MOCKVAULT_VAULT_VERSION "1.19.5"
#define MOCKVAULT_BUILD_DATE "2025-05-29T09:17:06Z"
/* Forty hex digits, as `vault version` prints; not a commit of anything. */
#define MOCKVAULT_SHA "6d6f636b7661756c740000000000000000000000"

#endif
