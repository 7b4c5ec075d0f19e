/*
 * Where an audit device writes: a file, standard output, a socket, nowhere.
 */
#ifndef MV_CORE_MOUNT_AUDIT_SINK_H
#define MV_CORE_MOUNT_AUDIT_SINK_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "core/mount/audit_lookup.h"

struct audit_sink;

/* The "host:port" whose name must be looked up before the device can be tried;
 * NULL: none. */
const char *audit_sink_name_to_look_up(const char *type, const json_t *options);

/*
 * Opens what a device of this type writes to; folders of a file are made. The
 * options are judged as Vault does. known has the addresses of its name; NULL:
 * it is looked up, and what is written waits for that. NULL with Vault's text
 * in e.
 */
struct audit_sink *audit_sink_open(struct vault *v, const char *type,
    const json_t *options, const struct audit_addresses *known,
    struct error *e);
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
