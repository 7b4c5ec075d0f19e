/*
 * Where an audit device writes: a file, standard output, a socket, nowhere.
 */
#ifndef MV_CORE_MOUNT_AUDIT_SINK_H
#define MV_CORE_MOUNT_AUDIT_SINK_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

struct audit_sink;

/* NULL with Vault's text in e. */
struct audit_sink *audit_sink_open(
    const char *type, const json_t *options, struct error *e);
void audit_sink_close(struct audit_sink *s);
bool audit_sink_write(struct audit_sink *s, struct slice line);
bool audit_sink_reopen(struct audit_sink *s);

#endif
