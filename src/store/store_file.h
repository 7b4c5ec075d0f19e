/*
 * The database's file beside SQLite: made for its owner alone, used by one
 * server at a time, missed when it is gone. SQLite's own locks stay free, so
 * that others can read the database while the server runs.
 */
#ifndef MV_STORE_STORE_FILE_H
#define MV_STORE_STORE_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"

struct store_file;

/*
 * Makes the file when it is not there and takes PATH.lock, which holds the
 * number of the process. NULL: another server has it, or the lock cannot be
 * made; e says which. Call it before SQLite opens the file: closing any
 * descriptor of that file would end SQLite's locks.
 */
struct store_file *store_file_claim(
    const char *path, const struct log *log, struct error *e);
/* Remembers which file SQLite has opened. */
void store_file_opened(struct store_file *f);
/* Its path, and whether it is still the file that was opened. */
const char *store_file_path(const struct store_file *f);
bool store_file_is_there(const struct store_file *f);
/* A file that is deleted lives on until it is closed: all seems well, and is
 * lost then. It is said once. */
void store_file_check(struct store_file *f, const struct log *log);
/* After SQLite has closed the file. NULL is allowed. */
void store_file_release(struct store_file *f);

#endif
