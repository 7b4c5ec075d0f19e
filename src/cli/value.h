/*
 * What people write on a command line, as the JSON that the control API takes.
 * Each maker returns NULL with the reason in e.
 */
#ifndef MV_CLI_VALUE_H
#define MV_CLI_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* JSON itself, "@file", or "-" for standard input. */
json_t *value_json(const char *text, struct error *e);
/* A match: JSON or @file, "PUT auth/+/login", or a path glob alone. */
json_t *value_match(const char *text, struct error *e);
/* "min=1,max=3,jitter" as an object: numbers and true/false by their looks,
 * a name alone is true, nothing behind = leaves the name out. */
json_t *value_pairs(const char *text, struct error *e);
/* A list cut at commas that stand in no JSON; each item through make. */
json_t *value_list(const char *text,
    json_t *(*parse)(const char *text, struct error *e), struct error *e);
/* The text itself, for value_list. */
json_t *value_string(const char *text, struct error *e);
/* A whole number. */
json_t *value_number(const char *text, struct error *e);
/* A seq or an instant. */
json_t *value_since(const char *text, struct error *e);
/* "503" or "200,204"; a number or a list of them. */
json_t *value_status(const char *text, struct error *e);
/* "90d", "1d12h", "1h30m" as the server reads it; the caller frees it. NULL
 * when it is no duration with a unit. */
char *value_duration(const char *text);
/* All of a file, or of standard input for "-"; the caller frees it. */
char *value_file(const char *path, size_t *n, struct error *e);

#endif
