/*
 * --exit-with-parent and --exit-on-stdin-eof. The parent is watched by a file
 * descriptor of its process, not by a signal of the kernel's: that one comes
 * already when the thread ends that started us.
 */
#include "server/process/lifeline.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/instance.h"

/* Where the kernel has no descriptor of a process, it is asked this often. */
#define PARENT_POLL_MS 200

struct lifeline {
	struct instance *in;
	struct event *parent_event, *stdin_event;
	pid_t parent;
	int parent_fd; /* -1: none */
};

static void
lifeline_stop(struct lifeline *l, const char *why)
{
	if (!l->in->host->stopping)
		log_msg(
		    &l->in->log, LOG_INFO, "mockvault", "stopping: %s", why);
	l->in->host->stopping = true;
}

static void
lifeline_on_parent(evutil_socket_t fd, short what, void *arg)
{
	struct lifeline *l = arg;

	(void)what;
	if (fd >= 0 || getppid() != l->parent)
		lifeline_stop(l, "the process that started this one has ended");
}

/* What comes is not for us. */
static void
lifeline_on_stdin(evutil_socket_t fd, short what, void *arg)
{
	char chunk[4096];
	ssize_t n;

	(void)what;
	do
		n = read(fd, chunk, sizeof(chunk));
	while (n > 0);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		lifeline_stop(arg, "standard input has ended");
}

static void
lifeline_watch_parent(struct lifeline *l)
{
	struct timeval poll = { 0, PARENT_POLL_MS * 1000 };

	l->parent = getppid();
#ifdef SYS_pidfd_open
	l->parent_fd = (int)syscall(SYS_pidfd_open, l->parent, 0);
#endif
	l->parent_event = event_new(l->in->host->base, l->parent_fd,
	    EV_PERSIST | (l->parent_fd >= 0 ? EV_READ : 0), lifeline_on_parent,
	    l);
	if (event_add(l->parent_event, l->parent_fd >= 0 ? NULL : &poll) == 0)
		return;
	event_free(l->parent_event);
	close(l->parent_fd);
	l->parent_fd = -1;
	l->parent_event = event_new(
	    l->in->host->base, -1, EV_PERSIST, lifeline_on_parent, l);
	if (event_add(l->parent_event, &poll) != 0)
		mem_exhausted(); /* a timer needs nothing else */
}

/* A file, and /dev/null, cannot be waited for: they end at once. */
static void
lifeline_watch_stdin(struct lifeline *l)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags >= 0 && fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) != 0)
		log_msg(&l->in->log, LOG_WARN, "core",
		    "standard input may block: %s", strerror(errno));
	l->stdin_event = event_new(l->in->host->base, STDIN_FILENO,
	    EV_READ | EV_PERSIST, lifeline_on_stdin, l);
	if (event_add(l->stdin_event, NULL) != 0)
		lifeline_on_stdin(STDIN_FILENO, EV_READ, l);
}

bool
lifeline_new(struct instance *in, struct lifeline **out, struct error *e)
{
	const struct options *o = in->options;
	struct lifeline *l;

	*out = NULL;
	if (o->exit_with_parent && getppid() == 0)
		return error_set(
		    e, 400, "-exit-with-parent: this process has no parent");
	if (!o->exit_with_parent && !o->exit_on_stdin_eof)
		return true;
	l = xcalloc(1, sizeof(*l));
	l->in = in;
	l->parent_fd = -1;
	if (o->exit_with_parent)
		lifeline_watch_parent(l);
	if (o->exit_on_stdin_eof)
		lifeline_watch_stdin(l);
	*out = l;
	return true;
}

void
lifeline_free(struct lifeline *l)
{
	if (!l)
		return;
	if (l->parent_event)
		event_free(l->parent_event);
	if (l->stdin_event)
		event_free(l->stdin_event);
	if (l->parent_fd >= 0)
		close(l->parent_fd);
	free(l);
}
