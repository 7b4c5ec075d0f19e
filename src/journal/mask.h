/*
 * What a journal shows of a request: no token, wherever its client put it. The
 * entries in memory keep what came, so that claims about secrets can be judged.
 */
#ifndef MV_JOURNAL_MASK_H
#define MV_JOURNAL_MASK_H

#include "base/buf.h"

/* Adds a text, with "****" in the place of each token of Vault's form. */
void mask_text(struct buf *out, const char *text);
/* The same for a path below /v1/; the token that Vault's old addresses have as
 * their last part is masked whatever its form. */
void mask_path(struct buf *out, const char *path);
/* The same for a query; the value of "token" is masked whatever its form. */
void mask_query(struct buf *out, const char *query);

#endif
