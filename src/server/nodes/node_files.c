/*
 * Names of files, and which of them is the newest.
 */
#include "server/nodes/node_files.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cluster/log_store.h"
#include "server/engines.h"
#include "server/nodes/nodes.h"
#include "store/capture.h"

#define NODE_FILE_MAX ((size_t)1 << 30)
#define NODE_PATH_MAX 1100

static bool
node_files_is_folder(const char *db)
{
	struct stat st;
	size_t n = strlen(db);

	return (n > 0 && db[n - 1] == '/') ||
	    (stat(db, &st) == 0 && S_ISDIR(st.st_mode));
}

bool
node_files_path(const char *db, const char *name, char *out, size_t size)
{
	size_t n = strlen(db);
	const char *slash = n > 0 && db[n - 1] == '/' ? "" : "/";
	int length = node_files_is_folder(db)
	    ? snprintf(out, size, "%s%s%s.db", db, slash, name)
	    : snprintf(out, size, "%s.%s", db, name);

	return length > 0 && (size_t)length < size;
}

/* How far a node has come: Raft's newer is the one with the higher term of its
 * last entry, then the longer log. */
struct node_place {
	uint64_t term, index;
};

/* What its log has and its state has not: a standby applies an entry once it
 * hears that it is everyone's, and that may have come to nothing. */
static bool
node_files_apply_log(const struct cluster_disk *d, uint64_t last)
{
	struct cluster_entry entry;

	for (uint64_t i = d->applied(d->arg) + 1; i <= last; i++) {
		if (!d->read(d->arg, i, &entry) || entry.type != ENTRY_COMMAND)
			continue;
		if (!d->apply(d->arg, i, entry.data))
			return false;
		d->set_applied(d->arg, i);
	}
	return true;
}

static bool
node_files_look_at(
    struct store *s, struct log_store *l, struct node_place *p, bool apply)
{
	const struct cluster_disk *d = log_store_disk(l);

	p->index = disk_last_index(d);
	p->term = disk_term_of(d, p->index);
	return !apply || (node_files_apply_log(d, p->index) && store_commit(s));
}

/* How far a file has come; with apply its state comes as far, too. */
static bool
node_files_read_place(
    const char *path, struct node_place *p, bool apply, struct error *e)
{
	const struct log log = { .level = LOG_ERROR };
	struct store *s = store_open(path, node_store_parts, &log, e);
	struct log_store *l;
	bool ok;

	if (!s)
		return false;
	l = store_capture(s, NULL, NULL) ? log_store_new(s) : NULL;
	ok = l && node_files_look_at(s, l, p, apply);
	log_store_free(l);
	store_close(s);
	return ok || error_set(e, 400, "%s: it cannot be read", path);
}

static bool
node_place_is_before(const struct node_place *a, const struct node_place *b)
{
	return a->term != b->term ? a->term < b->term : a->index < b->index;
}

/* The newest, "" when there is none yet. */
static bool
node_files_find_newest(const char *db, char *newest, struct error *e)
{
	struct node_place best = { 0, 0 };

	*newest = '\0';
	for (int i = 1; i <= NODES_MAX; i++) {
		struct node_place place = { 0, 0 };
		char path[NODE_PATH_MAX], name[16];

		snprintf(name, sizeof(name), "n%d", i);
		if (!node_files_path(db, name, path, sizeof(path)))
			return error_set(e, 400, "-db: the path is too long");
		if (access(path, F_OK) != 0)
			continue;
		if (!node_files_read_place(path, &place, false, e))
			return false;
		if (*newest && !node_place_is_before(&best, &place))
			continue;
		best = place;
		snprintf(newest, NODE_PATH_MAX, "%s", path);
	}
	return true;
}

/* Closed databases are one file each. */
static bool
node_files_copy(const char *from, const char *to, struct error *e)
{
	size_t n;
	char *bytes = file_read(from, NODE_FILE_MAX, &n, e);
	bool ok = bytes && file_write(to, bytes, n, e);

	free(bytes);
	return ok;
}

bool
node_files_prepare(const char *db, struct error *e)
{
	char newest[NODE_PATH_MAX], first[NODE_PATH_MAX];
	struct node_place place;
	struct stat st;

	if (stat(db, &st) == 0 && S_ISREG(st.st_mode))
		return error_set(e, 400,
		    "-db: %s is the database of one node; with -nodes each "
		    "has its own: name a folder, or a file that is not there",
		    db);
	if (node_files_is_folder(db) && mkdir(db, 0700) != 0 && errno != EEXIST)
		return error_set(e, 400, "-db: %s: %s", db, strerror(errno));
	if (!node_files_path(db, "n1", first, sizeof(first)) ||
	    !node_files_find_newest(db, newest, e))
		return *e->text
		    ? false
		    : error_set(e, 400, "-db: the path is too long");
	if (!*newest)
		return true;
	return node_files_read_place(newest, &place, true, e) &&
	    (strcmp(newest, first) == 0 || node_files_copy(newest, first, e));
}
