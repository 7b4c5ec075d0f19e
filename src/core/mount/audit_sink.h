/*
 * Where an audit device writes: a file, standard output, a socket, nowhere.
 */
#ifndef MV_CORE_MOUNT_AUDIT_SINK_H
#define MV_CORE_MOUNT_AUDIT_SINK_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

struct audit_sink;

/*
 * Opens what a device of this type writes to; folders of a file are made. The
 * options are judged as Vault does. NULL with Vault's text in e.
 */
struct audit_sink *audit_sink_open(
    const char *type, const json_t *options, struct error *e);
/* NULL is allowed. */
void audit_sink_close(struct audit_sink *s);
/*
 * Writes one line; a file or socket that fails is opened again once. false
 * with Go's words in e when the line was not taken.
 */
bool audit_sink_write(struct audit_sink *s, struct slice line, struct error *e);
/* Closes a file or socket and opens it again. */
bool audit_sink_reopen(struct audit_sink *s);

#endif
