/*
 * A descriptor is asked whether it takes a piece before the piece is written:
 * it may be shared with other programs, so it stays as it is, blocking or not.
 */
#include "base/line_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

struct line_sink {
	int fd;
	bool is_owned;
	struct buf pending;
	size_t lost; /* lines since the last that was kept */
};

struct line_sink *
line_sink_on(int fd)
{
	struct line_sink *s = xcalloc(1, sizeof(*s));

	s->fd = fd;
	buf_init(&s->pending, 2 * LINE_SINK_PENDING_MAX);
	return s;
}

struct line_sink *
line_sink_open(const char *path, struct error *e)
{
	int fd = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	struct line_sink *s;

	if (fd < 0) {
		error_set(e, 400, "%s", strerror(errno));
		return NULL;
	}
	s = line_sink_on(fd);
	s->is_owned = true;
	return s;
}

/* A pipe that can be written takes PIPE_BUF bytes without waiting. */
static size_t
line_sink_write_piece(struct line_sink *s, const char *p, size_t n)
{
	struct pollfd ready = { .fd = s->fd, .events = POLLOUT };
	ssize_t done;

	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
		return ready.revents & (POLLERR | POLLHUP | POLLNVAL) ? n : 0;
	done = write(s->fd, p, n < PIPE_BUF ? n : PIPE_BUF);
	if (done >= 0)
		return (size_t)done;
	return errno == EAGAIN || errno == EINTR ? 0 : n; /* nobody has it */
}

static void
line_sink_flush(struct line_sink *s)
{
	size_t at = 0, done = 1;

	while (at < s->pending.n && done > 0) {
		done = line_sink_write_piece(
		    s, s->pending.p + at, s->pending.n - at);
		at += done;
	}
	if (at == 0)
		return;
	memmove(s->pending.p, s->pending.p + at, s->pending.n - at);
	s->pending.n -= at;
}

void
line_sink_write(struct line_sink *s, const char *p, size_t n)
{
	if (s->pending.n)
		line_sink_flush(s);
	if (s->pending.n + n > LINE_SINK_PENDING_MAX) {
		s->lost++;
		return;
	}
	if (s->lost)
		buf_printf(&s->pending,
		    "(%zu lines are lost: nobody read them in time)\n",
		    s->lost);
	s->lost = 0;
	buf_add(&s->pending, p, n);
	line_sink_flush(s);
}

void
line_sink_free(struct line_sink *s)
{
	if (!s)
		return;
	line_sink_flush(s);
	if (s->is_owned)
		close(s->fd);
	buf_release(&s->pending);
	free(s);
}
