/*
 * Sinks of audit devices. What cannot be written is tried once more on a sink
 * that was opened anew, as Vault does. Nothing here waits for a reader: what a
 * FIFO or a socket does not take yet is kept up to a limit, and beyond it the
 * device has failed.
 */
#include "core/mount/audit_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/mem.h"
#include "base/text.h"
#include "clock/clock.h"

#define AUDIT_PENDING_MAX ((size_t)1 << 20)
/* A connection that takes longer is waited for beside the loop. */
#define AUDIT_CONNECT_WAIT_MS 5

enum sink_kind { SINK_DISCARD, SINK_STDOUT, SINK_FILE, SINK_SOCKET };

struct audit_sink {
	enum sink_kind kind;
	int fd;			  /* -1: not open */
	char *address;		  /* file path, host:port or socket path */
	char *socket_type;	  /* "tcp", "udp", "unix" */
	int64_t write_timeout_ns; /* ns */
	mode_t mode;
	struct buf pending;    /* for a reader that is slower */
	int64_t connect_by_ns; /* monotonic; 0: it is connected */
	struct error failure;  /* why it could not be opened last */
	struct vault *vault;
	struct audit_addresses addresses;
	bool is_name;		     /* of a host that is looked up */
	bool was_looked_up;	     /* what waits is not kept any more */
	struct audit_lookup *lookup; /* under way; NULL: none */
};

/* The text of an option; NULL when it is not given. */

static const char *
audit_sink_option(const json_t *options, const char *name)
{
	return json_string_value(json_object_get(options, name));
}

/* Go's text of errno: the first letter is small. */
static const char *
audit_sink_errno_text(char out[128])
{
	snprintf(out, 128, "%s", strerror(errno));
	if (out[0] >= 'A' && out[0] <= 'Z')
		out[0] = (char)(out[0] + 32);
	return out;
}

/* Adds to the front of e's text. */
static bool
audit_sink_error_prefix(struct error *e, const char *prefix)
{
	char *text = xasprintf("%s: %s", prefix, e->text);

	*e = (struct error){ 0 };
	error_set(e, 400, "%s", text);
	free(text);
	return false;
}

/* ---- sockets ---- */

/* Is the connection there, or may it still come? false with errno. */
static bool
audit_sink_is_connecting(struct audit_sink *s, int wait_ms)
{
	struct pollfd ready = { .fd = s->fd, .events = POLLOUT };
	socklen_t n = sizeof(errno);
	int failed = 0;

	if (poll(&ready, 1, wait_ms) == 1) {
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &failed, &n) == 0 &&
		    failed == 0) {
			s->connect_by_ns = 0;
			return true;
		}
		errno = failed;
		return false;
	}
	if (clock_real_mono() < s->connect_by_ns)
		return true;
	errno = ETIMEDOUT;
	return false;
}

static int
audit_sink_connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

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

/* Sets s->fd, to -1 when no address takes the connection. */
static void
audit_sink_connect_inet(struct audit_sink *s, int type)
{
	int failed;

	for (int i = 0; i < s->addresses.n; i++) {
		const struct sockaddr *to =
		    (const struct sockaddr *)&s->addresses.list[i].to;

		s->fd = socket(
		    to->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (s->fd < 0)
			continue;
		if (connect(s->fd, to, s->addresses.list[i].size) == 0)
			break;
		s->connect_by_ns = time_after_ns(
		    clock_real_mono(), s->write_timeout_ns);
		if (errno == EINPROGRESS &&
		    audit_sink_is_connecting(s, AUDIT_CONNECT_WAIT_MS))
			break;
		failed = errno;
		close(s->fd);
		errno = failed;
		s->fd = -1;
	}
}

/* What Go's net.Dial says behind the network's name. number is 0 where no
 * system call failed. */
static const char *
audit_sink_dial_fault(
    const struct audit_sink *s, int number, char *out, size_t size)
{
	static const char *const networks[] = { "tcp", "tcp4", "tcp6", "udp",
		"udp4", "udp6", "unix" };
	const char *port = strrchr(s->address, ':');
	char reason[128];
	bool known = false;

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++)
		known |= strcmp(networks[i], s->socket_type) == 0;
	errno = number;
	if (!known)
		snprintf(out, size, ": unknown network %s", s->socket_type);
	else if (!port && strcmp(s->socket_type, "unix") != 0)
		snprintf(out, size, ": address %s: missing port in address",
		    s->address);
	else if (number)
		snprintf(out, size, " %s: connect: %s", s->address,
		    audit_sink_errno_text(reason));
	else
		snprintf(out, size, ": lookup %.*s: no such host",
		    port ? (int)(port - s->address) : 0, s->address);
	return out;
}

static bool
audit_sink_is_datagram(const struct audit_sink *s)
{
	return s->kind == SINK_SOCKET && starts_with(s->socket_type, "udp");
}

/* On failure s->failure has the text. */
static void
audit_sink_open_socket(struct audit_sink *s)
{
	char text[400];

	s->failure = (struct error){ 0 };
	s->fd = -1;
	s->connect_by_ns = 0;
	errno = 0;
	if (strcmp(s->socket_type, "unix") == 0)
		s->fd = audit_sink_connect_unix(s->address);
	else
		audit_sink_connect_inet(
		    s, audit_sink_is_datagram(s) ? SOCK_DGRAM : SOCK_STREAM);
	if (s->fd < 0)
		error_set(&s->failure, 400,
		    "error connecting to \"%s\" address \"%s\": dial %s%s",
		    s->socket_type, s->address, s->socket_type,
		    audit_sink_dial_fault(s, errno, text, sizeof(text)));
}

/* ---- the address of a name ---- */

static bool audit_sink_flush(struct audit_sink *s);

/* The first look at a name is waited for; later ones find out where it is now,
 * while writing goes on, or fails. */
static bool
audit_sink_waits_for_address(const struct audit_sink *s)
{
	return s->lookup && !s->was_looked_up;
}

/* What waited goes out now, or never. */
static void
audit_sink_on_looked_up(void *arg, const struct audit_addresses *found)
{
	struct audit_sink *s = arg;

	bool waited = audit_sink_waits_for_address(s);

	s->lookup = NULL;
	s->was_looked_up = true;
	if (found->n > 0)
		s->addresses = *found;
	if (!waited)
		return;
	audit_sink_open_socket(s);
	if (s->fd < 0 || !audit_sink_flush(s))
		buf_clear(&s->pending);
}

static void
audit_sink_look_up(struct audit_sink *s)
{
	if (s->is_name && !s->lookup)
		s->lookup = audit_lookup_start(
		    s->vault, s->address, audit_sink_on_looked_up, s);
}

const char *
audit_sink_name_to_look_up(const char *type, const json_t *options)
{
	const char *address = audit_sink_option(options, "address");
	const char *network = audit_sink_option(options, "socket_type");
	struct audit_addresses none;

	return strcmp(type, "socket") == 0 && address &&
		(!network || starts_with(network, "tcp") ||
		    starts_with(network, "udp")) &&
		audit_address_is_name(address, &none)
	    ? address
	    : NULL;
}

/* ---- opening ---- */

/* The folders above the file, as os.MkdirAll makes them. */
static bool
audit_sink_make_folders(struct audit_sink *s)
{
	char *path = xstrdup(s->address), text[128];
	bool ok = true;

	for (char *at = strchr(path + 1, '/'); ok && at;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		ok = mkdir(path, 0700 | s->mode) == 0 || errno == EEXIST;
		if (!ok)
			error_set(&s->failure, 400,
			    "unable to create file \"%s\": mkdir %s: %s",
			    s->address, path, audit_sink_errno_text(text));
		*at = '/';
	}
	free(path);
	return ok;
}

/* On failure s->failure has the text. Vault 1.19: an old file gets the mode
 * too; here only a plain file does. */
static void
audit_sink_open_file(struct audit_sink *s)
{
	struct stat st;
	char text[128];

	s->failure = (struct error){ 0 };
	s->fd = -1;
	if (!audit_sink_make_folders(s))
		return;
	s->fd = open(s->address,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, s->mode);
	if (s->fd < 0) {
		error_set(&s->failure, 400,
		    "unable to open file for sink \"%s\": open %s: %s",
		    s->address, s->address, audit_sink_errno_text(text));
		return;
	}
	if (s->mode && fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    fchmod(s->fd, s->mode) < 0) {
		error_set(&s->failure, 400,
		    "unable to change file permissions '%o' for sink \"%s\": "
		    "chmod %s: %s",
		    (unsigned)s->mode, s->address, s->address,
		    audit_sink_errno_text(text));
		close(s->fd);
		s->fd = -1;
	}
}

/* What every type of device understands. */
static bool
audit_sink_check_common_options(const json_t *options, struct error *e)
{
	static const char *const enterprise[] = { "exclude", "fallback",
		"filter" };
	static const char *const bools[] = { "hmac_accessor", "log_raw",
		"elide_list_responses" };
	const char *text = audit_sink_option(options, "format");
	bool value;

	for (size_t i = 0; i < 3; i++)
		if (audit_sink_option(options, enterprise[i]))
			return error_set(e, 400,
			    "enterprise-only options supplied: invalid "
			    "configuration");
	if (text && strcasecmp(text, "json") != 0 &&
	    strcasecmp(text, "jsonx") != 0)
		return error_set(e, 400,
		    "unable to create new audit backend: unsupported "
		    "\"format\": invalid configuration");
	for (size_t i = 0; i < 3; i++) {
		text = audit_sink_option(options, bools[i]);
		if (text && !parse_bool_go(text, &value))
			return error_set(e, 400,
			    "unable to create new audit backend: unable to "
			    "parse \"%s\": invalid configuration",
			    bools[i]);
	}
	return true;
}

/* The option mode, octal; 0 stands for the mode of the file that is there. */
static bool
audit_sink_read_mode(
    struct audit_sink *s, const json_t *options, struct error *e)
{
	const char *text = audit_sink_option(options, "mode");
	struct arena *a;
	const char *why;
	struct stat st;
	uint64_t mode;
	bool ok = true;

	s->mode = 0600;
	if (!text || *text == '\0')
		return true;
	a = arena_new();
	why = go_parse_uint_why(a, text, 8, &mode);
	if (why)
		ok = error_set(e, 400,
		    "unable to parse file mode: invalid parameter: %s", why);
	else if (mode == 0 && s->kind == SINK_FILE && stat(s->address, &st) < 0)
		ok = error_set(e, 400,
		    "unable to determine existing file mode: stat %s: %s",
		    s->address, audit_sink_errno_text(arena_alloc(a, 128)));
	else
		s->mode = mode ? (mode_t)mode & 07777 : 0;
	arena_free(a);
	return ok;
}

/* Reads file_path and mode, and opens the file. Vault 1.19: a device whose file
 * cannot be written is refused. */
static bool
audit_sink_read_file_options(
    struct audit_sink *s, const json_t *options, struct error *e)
{
	const char *path = audit_sink_option(options, "file_path");
	char *copy, *prefix;
	bool ok;

	if (!path)
		path = audit_sink_option(options, "path");
	if (!path)
		return error_set(
		    e, 400, "\"file_path\" is required: invalid configuration");
	copy = xstrdup(path);
	s->address = xstrdup(trim_space(copy));
	free(copy);
	if (*s->address == '\0')
		return error_set(
		    e, 400, "file path is required: invalid configuration");
	s->kind = strcasecmp(s->address, "discard") == 0 ? SINK_DISCARD
	    : strcasecmp(s->address, "stdout") == 0	 ? SINK_STDOUT
							 : SINK_FILE;
	ok = audit_sink_read_mode(s, options, e);
	if (ok && s->kind == SINK_FILE) {
		audit_sink_open_file(s);
		ok = s->fd >= 0;
		if (!ok)
			error_set(e, 400,
			    "sanity check failed; unable to open \"%s\" for "
			    "writing: %s",
			    s->address, s->failure.text);
	}
	if (!ok) {
		prefix = xasprintf(
		    "file sink creation failed for path \"%s\"", s->address);
		audit_sink_error_prefix(e, prefix);
		free(prefix);
	}
	return ok;
}

/* Reads address, socket_type and write_timeout; the socket is opened later. */
static bool
audit_sink_read_socket_options(
    struct audit_sink *s, const json_t *options, struct error *e)
{
	const char *address = audit_sink_option(options, "address");
	const char *timeout = audit_sink_option(options, "write_timeout");
	const char *type = audit_sink_option(options, "socket_type");
	struct arena *a = arena_new();
	const char *why = NULL;
	bool ok = true;

	address = address ? trim_space(arena_strdup(a, address)) : NULL;
	timeout = timeout ? trim_space(arena_strdup(a, timeout)) : "2s";
	why = duration_parse_why(
	    a, *timeout ? timeout : "2s", &s->write_timeout_ns);
	if (!address)
		ok = error_set(
		    e, 400, "\"address\" is required: invalid configuration");
	else if (*address == '\0')
		ok = error_set(e, 400,
		    "\"address\" cannot be empty: invalid configuration");
	else if (why)
		ok = error_set(e, 400,
		    "unable to parse max duration: invalid parameter: %s", why);
	if (ok) {
		type = type ? trim_space(arena_strdup(a, type)) : "";
		s->kind = SINK_SOCKET;
		s->address = xstrdup(address);
		s->socket_type = xstrdup(*type ? type : "tcp");
		s->is_name = audit_address_is_name(s->address, &s->addresses) &&
		    audit_sink_name_to_look_up("socket", options) != NULL;
	}
	arena_free(a);
	return ok;
}

static bool
audit_sink_check_syslog_options(const json_t *options, struct error *e)
{
	static const char *const facilities[] = { "KERN", "USER", "MAIL",
		"DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON",
		"AUTHPRIV", "FTP", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3",
		"LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7" };
	const char *given = audit_sink_option(options, "facility");
	char name[64] = "AUTH";

	if (given && *given)
		snprintf(name, sizeof(name), "%s", given);
	for (char *c = name; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 32);
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (strcmp(facilities[i], name) == 0)
			return true;
	return error_set(e, 400,
	    "error creating syslog sink node: error creating syslogger: "
	    "invalid syslog facility: %s",
	    name);
}

/* The addresses that are known, or those that will be. */
static void
audit_sink_set_addresses(
    struct audit_sink *s, const struct audit_addresses *known)
{
	if (s->is_name && known) {
		s->addresses = *known;
		s->was_looked_up = true;
	} else {
		audit_sink_look_up(s);
	}
}

struct audit_sink *
audit_sink_open(struct vault *v, const char *type, const json_t *options,
    const struct audit_addresses *known, struct error *e)
{
	struct audit_sink *s;
	bool ok = true;

	if (strcmp(type, "file") != 0 && strcmp(type, "socket") != 0 &&
	    strcmp(type, "syslog") != 0) {
		error_set(e, 400,
		    "unknown backend type: \"%s\": invalid configuration",
		    type);
		return NULL;
	}
	if (strcmp(type, "file") == 0 &&
	    !audit_sink_option(options, "file_path") &&
	    !audit_sink_option(options, "path")) {
		error_set(e, 400,
		    "unable to create new audit backend: \"file_path\" is "
		    "required: invalid configuration");
		return NULL;
	}
	if (!audit_sink_check_common_options(options, e))
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->vault = v;
	s->fd = -1;
	buf_init(&s->pending, SIZE_MAX);
	if (strcmp(type, "file") == 0)
		ok = audit_sink_read_file_options(s, options, e);
	else if (strcmp(type, "socket") == 0)
		ok = audit_sink_read_socket_options(s, options, e);
	else /* taken, and goes nowhere */
		ok = audit_sink_check_syslog_options(options, e);
	if (ok) {
		audit_sink_set_addresses(s, known);
		return s;
	}
	audit_sink_error_prefix(e, "unable to create new audit backend");
	audit_sink_close(s);
	return NULL;
}

void
audit_sink_close(struct audit_sink *s)
{
	if (!s)
		return;
	audit_lookup_cancel(s->lookup);
	if (s->fd >= 0)
		close(s->fd);
	free(s->address);
	free(s->socket_type);
	buf_release(&s->pending);
	free(s);
}

bool
audit_sink_reopen(struct audit_sink *s)
{
	if (s->kind != SINK_FILE && s->kind != SINK_SOCKET)
		return true;
	if (audit_sink_waits_for_address(s))
		return true;
	if (s->fd >= 0)
		close(s->fd);
	buf_clear(&s->pending); /* the rest of a line fits nowhere else */
	if (s->kind == SINK_FILE)
		audit_sink_open_file(s);
	else
		audit_sink_open_socket(s);
	if (s->fd < 0)
		audit_sink_look_up(s); /* it may be elsewhere now */
	return s->fd >= 0;
}

/* ---- writing ---- */

/* What the descriptor takes now: -1 with errno, EAGAIN for nothing. Standard
 * output is shared with others and stays as it is: it is asked first, and a
 * pipe that can be written takes PIPE_BUF bytes. */
static ssize_t
audit_sink_write_some(struct audit_sink *s, const char *p, size_t n)
{
	struct pollfd ready = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (s->kind == SINK_SOCKET)
		return send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (s->kind == SINK_FILE)
		return write(s->fd, p, n);
	if (poll(&ready, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	return write(STDOUT_FILENO, p, n < PIPE_BUF ? n : PIPE_BUF);
}

/* How much of what waits goes at once: of datagrams each line is one. */
static size_t
audit_sink_piece(const struct audit_sink *s, size_t at)
{
	const char *end = audit_sink_is_datagram(s)
	    ? memchr(s->pending.p + at, '\n', s->pending.n - at)
	    : NULL;

	return end ? (size_t)(end + 1 - s->pending.p) - at : s->pending.n - at;
}

/* Writes of what waits as much as is taken. false with errno. */
static bool
audit_sink_flush(struct audit_sink *s)
{
	size_t at = 0;
	ssize_t done = 0;

	if (s->connect_by_ns && !audit_sink_is_connecting(s, 0))
		return false;
	if (s->connect_by_ns)
		return true;
	while (at < s->pending.n) {
		done = audit_sink_write_some(
		    s, s->pending.p + at, audit_sink_piece(s, at));
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		at += (size_t)done;
	}
	if (at) {
		memmove(s->pending.p, s->pending.p + at, s->pending.n - at);
		s->pending.n -= at;
	}
	return s->pending.n == 0 || (done < 0 && errno == EAGAIN);
}

/* false with errno; ETIMEDOUT: too much waits for the reader already. */
static bool
audit_sink_take_line(struct audit_sink *s, struct slice line)
{
	if (audit_sink_is_datagram(s)) /* each line is one */
		return audit_sink_write_some(s, line.p, line.n) >= 0;
	if (s->pending.n && !audit_sink_flush(s))
		return false;
	if (s->pending.n && s->pending.n + line.n > AUDIT_PENDING_MAX) {
		errno = ETIMEDOUT;
		return false;
	}
	buf_slice(&s->pending, line);
	return audit_sink_flush(s);
}

/* Why the second attempt failed, too. */
static bool
audit_sink_write_failed(
    const struct audit_sink *s, bool opened, struct error *e)
{
	char text[128];

	if (errno == ETIMEDOUT)
		snprintf(text, sizeof(text), "i/o timeout");
	else
		audit_sink_errno_text(text);
	if (s->kind == SINK_SOCKET && opened)
		return error_set(e, 400,
		    "error writing to socket \"%s\": unable to write to "
		    "socket: write %s: %s",
		    s->address, s->socket_type, text);
	if (s->kind == SINK_SOCKET)
		return error_set(e, 400,
		    "error writing to socket \"%s\": 2 errors occurred:\n\t* "
		    "%s\n\t* %s\n\n",
		    s->address, s->failure.text, s->failure.text);
	if (s->kind == SINK_STDOUT)
		return error_set(e, 400, "error writing to stdout: %s", text);
	if (opened)
		return error_set(e, 400,
		    "error writing file for sink \"%s\": unable to re-write "
		    "to file for sink \"%s\": write %s: %s",
		    s->address, s->address, s->address, text);
	return error_set(e, 400,
	    "error writing file for sink \"%s\": unable to re-open "
	    "file for sink \"%s\": %s",
	    s->address, s->address, s->failure.text);
}

bool
audit_sink_write(struct audit_sink *s, struct slice line, struct error *e)
{
	bool opened = false;

	if (s->kind == SINK_DISCARD)
		return true;
	if (audit_sink_waits_for_address(s)) {
		errno = ETIMEDOUT;
		if (s->pending.n + line.n > AUDIT_PENDING_MAX)
			return audit_sink_write_failed(s, true, e);
		buf_slice(&s->pending, line);
		return true;
	}
	errno = 0;
	if ((s->kind == SINK_STDOUT || s->fd >= 0) &&
	    audit_sink_take_line(s, line))
		return true;
	if (errno == ETIMEDOUT && s->pending.n)
		return audit_sink_write_failed(s, true, e);
	if (s->kind != SINK_STDOUT) {
		opened = audit_sink_reopen(s);
		if (opened && audit_sink_take_line(s, line))
			return true;
	}
	return audit_sink_write_failed(s, opened, e);
}
