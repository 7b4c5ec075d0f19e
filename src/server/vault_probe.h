/*
 * What journal_verify asks of the vault.
 */
#ifndef MV_SERVER_VAULT_PROBE_H
#define MV_SERVER_VAULT_PROBE_H

#include "core/vault.h"
#include "journal/journal.h"

/* Functions that read v, which must outlive them. */
struct journal_vault_probe vault_probe_make(struct vault *v);

#endif
