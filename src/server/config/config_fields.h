/*
 * The fields at the top of a configuration file and those of telemetry, as the
 * readers of whole files see them: all at once.
 */
#ifndef MV_SERVER_CONFIG_FIELDS_H
#define MV_SERVER_CONFIG_FIELDS_H

#include "server/config/config_value.h"

/* Everything empty. */
void config_fields_init(struct config_file *c);
/* Adds the fields that a later file gave. */
void config_fields_merge(struct config_file *to, struct config_file *from);

/* Types of the server's own fields; its addresses are read. */
bool config_decode_server(
    struct config_loader *l, const struct hcl_value *root);
/* Types of the shared fields, those within telemetry included. */
bool config_decode_shared(
    struct config_loader *l, const struct hcl_value *root);
bool config_parse_shared(struct config_loader *l, const struct hcl_value *root);
bool config_parse_server(struct config_loader *l, const struct hcl_value *root);
bool config_read_telemetry(
    struct config_loader *l, const struct hcl_value *root);
/* Keeps a warning for what nobody knows; not for the files of a folder: Vault
 * 1.19 loses them when it merges. */
void config_warn_of_root(struct config_loader *l, const struct hcl_value *root);

/* Puts every field under its name, as sys/config/state/sanitized has it. */
void config_fields_show(json_t *data, const struct config_file *c);
void config_telemetry_show(json_t *data, const struct config_telemetry *t);

#endif
