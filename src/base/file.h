/*
 * Whole files, read and written.
 */
#ifndef MV_BASE_FILE_H
#define MV_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The file with a NUL behind it (malloc'ed), its length in *n unless NULL.
 * NULL with "PATH: reason" in why, also when it is longer than max. */
char *file_read(
    const char *path, size_t max, size_t *n, char *why, size_t why_size);
/* Puts a file in the place of path at once, readable by its owner alone. */
bool file_write(
    const char *path, const char *p, size_t n, char *why, size_t why_size);

#endif
