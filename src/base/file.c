/*
 * Whole files.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

char *
file_read(const char *path, size_t max, size_t *n, struct error *e)
{
	FILE *f = fopen(path, "rb");
	char chunk[16384];
	struct buf text;
	size_t got;
	bool bad;

	if (!f) {
		error_set(e, 400, "%s: %s", path, strerror(errno));
		return NULL;
	}
	buf_init(&text, max);
	buf_str(&text, "");
	while (!text.over && (got = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, got);
	bad = ferror(f) != 0;
	if (bad || text.over)
		error_set(e, 400, "%s: %s", path,
		    bad ? strerror(errno) : "larger than allowed");
	fclose(f);
	if (n)
		*n = text.n;
	if (!text.over && !bad)
		return text.p;
	buf_release(&text);
	return NULL;
}

static bool
file_write_fd(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool
file_write(const char *path, const char *p, size_t n, struct error *e)
{
	char *fresh = xasprintf("%s.new.%ld", path, (long)getpid());
	bool ok = unlink(fresh) == 0 || errno == ENOENT;
	int fd = ok
	    ? open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600)
	    : -1;

	ok = fd >= 0 && file_write_fd(fd, p, n);

	if (fd >= 0 && close(fd) < 0)
		ok = false;
	ok = ok && rename(fresh, path) == 0;
	if (!ok) {
		error_set(e, 400, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(fresh);
	}
	free(fresh);
	return ok;
}
