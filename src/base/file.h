/*
 * Whole files, read and written.
 */
#ifndef MV_BASE_FILE_H
#define MV_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The file with a NUL behind it (malloc'ed), its length in *n unless NULL.
 * NULL with the error "PATH: reason", also when it is longer than max. */
char *file_read(const char *path, size_t max, size_t *n, struct error *e);
/* Puts a file in the place of path at once, readable by its owner alone. */
bool file_write(const char *path, const char *p, size_t n, struct error *e);

#endif
