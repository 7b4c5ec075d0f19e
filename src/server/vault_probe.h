/*
 * The vault as a witness for journal_verify.
 */
#ifndef MV_SERVER_VAULT_PROBE_H
#define MV_SERVER_VAULT_PROBE_H

#include "core/vault.h"
#include "journal/journal.h"

struct journal_vault_probe vault_probe_make(struct vault *v);

#endif
