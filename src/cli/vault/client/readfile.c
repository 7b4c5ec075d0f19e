/*
 * Whole files for the vault command.
 */
#include "cli/vault/client/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/vault/output/gotext.h"

#define READFILE_MAX ((size_t)1 << 30)

char *
readfile_errno(
    struct arena *a, const char *path, size_t *n, int *number, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[16384], *text;
	struct buf all;
	ssize_t got;

	*number = 0;
	if (fd < 0) {
		*number = errno;
		*why = arena_printf(
		    a, "open %s: %s", path, gotext_errno(a, errno));
		return NULL;
	}
	buf_init(&all, READFILE_MAX);
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&all, chunk, (size_t)got);
	if (got < 0) {
		*number = errno;
		*why = arena_printf(
		    a, "read %s: %s", path, gotext_errno(a, errno));
	}
	close(fd);
	text = got < 0 ? NULL : arena_strndup(a, all.p ? all.p : "", all.n);
	if (n)
		*n = all.n;
	buf_release(&all);
	return text;
}

char *
readfile(struct arena *a, const char *path, size_t *n, const char **why)
{
	int number;

	return readfile_errno(a, path, n, &number, why);
}
