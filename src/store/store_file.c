/*
 * The file of a database: who may read it, who uses it, whether it is there.
 */
#include "store/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct store_file {
	char *path, *lock_path;
	int lock_fd;	  /* -1: the file system knows no locks */
	struct stat file; /* as it was opened; st_ino 0: said to be gone */
};

/* A lock that was taken just when its last owner deleted it is none. */
#define STORE_FILE_LOCK_TRIES 20

/* A database is made for its owner alone; SQLite gives its journal the same
 * mode. What is there stays as it is. */
static void
store_file_make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
}

static bool
store_file_is_same(int fd, const char *path)
{
	struct stat opened, there;

	return fstat(fd, &opened) == 0 && stat(path, &there) == 0 &&
	    opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

/* Who has the lock wrote the number of his process into it. */
static bool
store_file_refuse(const struct store_file *f, int fd, struct error *e)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	return error_set(e, 400,
	    "%s: another mockvault uses this database (process %s, lock %s)",
	    f->path, *pid ? pid : "unknown", f->lock_path);
}

static void
store_file_write_pid(int fd)
{
	char pid[32];
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) == n)
		return;
	/* The number is for people; the lock holds without it. */
}

/* One try: false with e set, or with *again. */
static bool
store_file_try_lock(
    struct store_file *f, const struct log *log, bool *again, struct error *e)
{
	int fd = open(f->lock_path,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0)
		return error_set(
		    e, 400, "%s: %s", f->lock_path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		bool taken = errno == EWOULDBLOCK;

		if (taken)
			store_file_refuse(f, fd, e);
		else
			log_msg(log, LOG_WARN, "store",
			    "%s cannot be locked (%s): nothing keeps a second "
			    "server from this database",
			    f->lock_path, strerror(errno));
		close(fd);
		return !taken;
	}
	if (!store_file_is_same(fd, f->lock_path)) {
		close(fd);
		*again = true;
		return false;
	}
	store_file_write_pid(fd);
	f->lock_fd = fd;
	return true;
}

struct store_file *
store_file_claim(const char *path, const struct log *log, struct error *e)
{
	struct store_file *f = xcalloc(1, sizeof(*f));
	bool ok = false, again = true;

	f->path = xstrdup(path);
	f->lock_path = xasprintf("%s.lock", path);
	f->lock_fd = -1;
	for (int i = 0; again && i < STORE_FILE_LOCK_TRIES; i++) {
		again = false;
		ok = store_file_try_lock(f, log, &again, e);
	}
	if (again)
		error_set(e, 400, "%s: the lock does not stay", f->lock_path);
	if (!ok) {
		store_file_release(f);
		return NULL;
	}
	store_file_make_private(path);
	return f;
}

void
store_file_opened(struct store_file *f)
{
	if (stat(f->path, &f->file) != 0)
		f->file.st_ino = 0;
}

bool
store_file_is_there(const struct store_file *f)
{
	struct stat now;

	return f->file.st_ino != 0 && stat(f->path, &now) == 0 &&
	    now.st_ino == f->file.st_ino && now.st_dev == f->file.st_dev;
}

void
store_file_check(struct store_file *f, const struct log *log)
{
	if (f->file.st_ino == 0 || store_file_is_there(f))
		return;
	f->file.st_ino = 0;
	log_msg(log, LOG_ERROR, "store",
	    "the database %s was deleted or replaced while it is in use: what "
	    "is written from now on is lost when the server ends",
	    f->path);
}

const char *
store_file_path(const struct store_file *f)
{
	return f->path;
}

/* The lock is deleted while it is held: who waits for it looks again. */
void
store_file_release(struct store_file *f)
{
	if (!f)
		return;
	if (f->lock_fd >= 0) {
		if (store_file_is_same(f->lock_fd, f->lock_path))
			unlink(f->lock_path);
		close(f->lock_fd);
	}
	free(f->lock_path);
	free(f->path);
	free(f);
}
