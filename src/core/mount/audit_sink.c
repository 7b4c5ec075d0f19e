/*
 * Sinks of audit devices. A socket is written with a time limit, and connected
 * again once when that fails, as Vault does.
 */
#include "core/mount/audit_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/mem.h"

enum sink_kind { SINK_DISCARD, SINK_STDOUT, SINK_FILE, SINK_SOCKET };

struct audit_sink {
	enum sink_kind kind;
	int fd;			  /* -1: not open */
	char *address;		  /* file path, host:port or socket path */
	char *socket_type;	  /* "tcp", "udp", "unix" */
	int64_t write_timeout_ns; /* ns */
	int mode;
};

static const char *
audit_sink_option(const json_t *options, const char *name, const char *fallback)
{
	const char *text = json_string_value(json_object_get(options, name));

	return text && *text ? text : fallback;
}

/* ---- sockets ---- */

static void
audit_sink_set_timeout(int fd, int64_t ns)
{
	struct timeval t = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

static int
audit_sink_connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path)) {
		if (fd >= 0)
			close(fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
audit_sink_connect_inet(const char *address, int type, int64_t timeout_ns)
{
	char *host = xstrdup(address), *port = strrchr(host, ':');
	struct addrinfo hints = { .ai_socktype = type }, *list = NULL;
	int fd = -1;

	if (port)
		*port++ = '\0';
	if (port && getaddrinfo(host, port, &hints, &list) == 0)
		for (struct addrinfo *i = list; i && fd < 0; i = i->ai_next) {
			fd = socket(i->ai_family, type | SOCK_CLOEXEC, 0);
			if (fd < 0)
				continue;
			audit_sink_set_timeout(fd, timeout_ns);
			if (connect(fd, i->ai_addr, i->ai_addrlen) == 0)
				break;
			close(fd);
			fd = -1;
		}
	if (list)
		freeaddrinfo(list);
	free(host);
	return fd;
}

static void
audit_sink_open_socket(struct audit_sink *s)
{
	if (strcmp(s->socket_type, "unix") == 0)
		s->fd = audit_sink_connect_unix(s->address);
	else
		s->fd = audit_sink_connect_inet(s->address,
		    strcmp(s->socket_type, "udp") == 0 ? SOCK_DGRAM
						       : SOCK_STREAM,
		    s->write_timeout_ns);
	if (s->fd >= 0)
		audit_sink_set_timeout(s->fd, s->write_timeout_ns);
}

/* ---- opening ---- */

static void
audit_sink_open_file(struct audit_sink *s)
{
	s->fd = open(
	    s->address, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, s->mode);
}

static bool
audit_sink_read_file_options(
    struct audit_sink *s, const json_t *options, struct error *e)
{
	const char *path = audit_sink_option(
	    options, "file_path", audit_sink_option(options, "path", NULL));

	if (!path)
		return error_set(e, 400, "file_path is required");
	s->mode = (int)strtol(
	    audit_sink_option(options, "mode", "0600"), NULL, 8);
	if (strcmp(path, "discard") == 0)
		s->kind = SINK_DISCARD;
	else if (strcmp(path, "stdout") == 0)
		s->kind = SINK_STDOUT;
	else
		s->kind = SINK_FILE;
	s->address = xstrdup(path);
	if (s->kind != SINK_FILE)
		return true;
	audit_sink_open_file(s);
	return s->fd >= 0 ||
	    error_set(e, 400,
		"sanity check failed; unable to open \"%s\" for writing: %s",
		path, strerror(errno));
}

static bool
audit_sink_read_socket_options(
    struct audit_sink *s, const json_t *options, struct error *e)
{
	const char *address = audit_sink_option(options, "address", NULL);
	const char *timeout = audit_sink_option(options, "write_timeout", "2s");

	if (!address)
		return error_set(e, 400, "address is required");
	if (!duration_parse(timeout, &s->write_timeout_ns))
		return error_set(
		    e, 400, "time: invalid duration \"%s\"", timeout);
	s->kind = SINK_SOCKET;
	s->address = xstrdup(address);
	s->socket_type = xstrdup(
	    audit_sink_option(options, "socket_type", "tcp"));
	audit_sink_open_socket(s);
	return s->fd >= 0 ||
	    error_set(e, 400,
		"audit backend failed test message: dial %s %s: %s",
		s->socket_type, address, strerror(errno));
}

struct audit_sink *
audit_sink_open(const char *type, const json_t *options, struct error *e)
{
	struct audit_sink *s = xcalloc(1, sizeof(*s));
	bool ok = true;

	s->fd = -1;
	if (strcmp(type, "file") == 0)
		ok = audit_sink_read_file_options(s, options, e);
	else if (strcmp(type, "socket") == 0)
		ok = audit_sink_read_socket_options(s, options, e);
	else if (strcmp(type, "syslog") == 0)
		s->kind = SINK_DISCARD; /* taken, and goes nowhere */
	else
		ok = error_set(e, 400, "unknown backend type: \"%s\"", type);
	if (ok)
		return s;
	audit_sink_close(s);
	return NULL;
}

void
audit_sink_close(struct audit_sink *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->address);
	free(s->socket_type);
	free(s);
}

bool
audit_sink_reopen(struct audit_sink *s)
{
	if (s->kind != SINK_FILE && s->kind != SINK_SOCKET)
		return true;
	if (s->fd >= 0)
		close(s->fd);
	if (s->kind == SINK_FILE)
		audit_sink_open_file(s);
	else
		audit_sink_open_socket(s);
	return s->fd >= 0;
}

/* ---- writing ---- */

static bool
audit_sink_write_all(struct audit_sink *s, const char *p, size_t n)
{
	int fd = s->kind == SINK_STDOUT ? STDOUT_FILENO : s->fd;

	while (n > 0) {
		ssize_t done = s->kind == SINK_SOCKET
		    ? send(fd, p, n, MSG_NOSIGNAL)
		    : write(fd, p, n);

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
audit_sink_write(struct audit_sink *s, struct slice line)
{
	if (s->kind == SINK_DISCARD)
		return true;
	if (audit_sink_write_all(s, line.p, line.n))
		return true;
	return s->kind != SINK_STDOUT && audit_sink_reopen(s) &&
	    audit_sink_write_all(s, line.p, line.n);
}
