/*
 * A file for each running server, so that `mockvault ctl` finds it: the folder
 * mockvault in $XDG_RUNTIME_DIR, or mockvault-UID in $TMPDIR or /tmp, and in it
 * PID.json. A server that cannot write one does without.
 */
#ifndef MV_SERVER_RUNTIME_FILE_H
#define MV_SERVER_RUNTIME_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct instance;

/* Writes this server's file; its path is host->runtime_file, "" on failure. */
void runtime_file_write(struct instance *in);
/* Removes it, if there is one. */
void runtime_file_remove(struct instance *in);

struct runtime_server {
	long pid;
	char admin_addr[220]; /* URL of its control API */
	char api_addr[220];   /* URL of its Vault */
};

/* Servers that run, by pid; what a dead one left is removed. At most max are
 * written to out; how many there are is returned. */
size_t runtime_files_read(struct runtime_server *out, size_t max);

#endif
