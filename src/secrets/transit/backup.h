/*
 * A transit key as Vault's backup: base64 of keysutil's KeyData in JSON, taken
 * from and given to a genuine Vault alike.
 */
#ifndef MV_SECRETS_TRANSIT_BACKUP_H
#define MV_SECRETS_TRANSIT_BACKUP_H

#include "secrets/transit/key.h"

/* Adds the backup to out. */
void transit_backup_write(const struct transit_key *k, struct buf *out);
/* NULL: e has the reason. The name is the backup's own. */
struct transit_key *transit_backup_read(const char *text, struct error *e);

#endif
