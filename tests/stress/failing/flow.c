/* The steps, a client for them, and what must hold after each. */
#include "tests/stress/failing/flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/host.h"
#include "server/instance.h"
#include "server/listeners.h"
#include "tests/stress/failing/failing.h"

/* A step that takes longer hangs. */
#define TIMEOUT_S 20

struct step {
	const char *method;
	const char *path;  /* {name} is a value of an earlier answer */
	const char *token; /* "": none */
	const char *body;
	int status;
	const char *want;	/* what such an answer holds */
	const char *keep;	/* "key": its text in the answer is kept */
	const char *probe;	/* what is read to see whether it was done */
	const char *probe_body; /* NULL: the probe is a GET */
	const char *shows;	/* the probe's answer holds it when it was */
	bool undoes;		/* the other way round: when it was not */
};

#define KEYS "secret/data/platform/iam/jwt-keys"
#define ROLE "auth/approle/role/platform-iam"
#define POLICY                                                           \
	"{\"policy\":\"path \\\"secret/data/platform/iam/*\\\" "         \
	"{ capabilities = [\\\"read\\\"] } "                             \
	"path \\\"database/creds/platform-db-role\\\" { capabilities = " \
	"[\\\"read\\\"] }\"}"
#define CAS(n, key)                                                      \
	"{\"options\":{\"cas\":" #n "},\"data\":{\"private_key\":\"" key \
	"\",\"public_key\":\"public of " key "\"}}"

static const struct step steps[] = {
	{ "GET", "sys/health", "", NULL, 200, "\"sealed\":false" },
	{ "GET", "sys/seal-status", "", NULL, 200, "\"sealed\":false" },
	{ "POST", KEYS, "root", CAS(0, "first"), 200, "\"version\":1", NULL,
	    KEYS "?version=1", NULL, "public of first" },
	{ "POST", KEYS, "root", CAS(1, "second"), 200, "\"version\":2", NULL,
	    KEYS "?version=2", NULL, "public of second" },
	{ "GET", KEYS, "root", NULL, 200, "public of second" },
	{ "GET", KEYS "?version=1", "root", NULL, 200, "public of first" },
	{ "GET", "secret/metadata/platform/iam/jwt-keys", "root", NULL, 200,
	    "\"current_version\":2" },
	{ "POST", "secret/data/platform/iam/mfa-key", "root",
	    "{\"data\":{\"key\":\"mfa\"}}", 200, "\"version\":", NULL,
	    "secret/data/platform/iam/mfa-key", NULL, "\"mfa\"" },
	{ "LIST", "secret/metadata/platform/iam", "root", NULL, 200,
	    "jwt-keys" },
	{ "PUT", "sys/policies/acl/platform-iam", "root", POLICY, 204, "", NULL,
	    "sys/policies/acl/platform-iam", NULL, "platform-db-role" },
	{ "POST", "sys/auth/approle", "root", "{\"type\":\"approle\"}", 204, "",
	    NULL, "sys/auth", NULL, "\"approle/\"" },
	{ "POST", ROLE, "root",
	    "{\"token_policies\":\"platform-iam\",\"token_ttl\":\"1h\","
	    "\"token_max_ttl\":\"4h\"}",
	    204, "", NULL, ROLE, NULL, "platform-iam" },
	{ "GET", ROLE "/role-id", "root", NULL, 200, "", "role_id" },
	{ "POST", ROLE "/secret-id", "root", "{}", 200, "", "secret_id",
	    ROLE "/secret-id/lookup", "{\"secret_id\":\"{secret_id}\"}",
	    "\"secret_id_accessor\"" },
	{ "POST", "auth/approle/login", "",
	    "{\"role_id\":\"{role_id}\",\"secret_id\":\"{secret_id}\"}", 200,
	    "platform-iam", "client_token", "auth/token/lookup",
	    "{\"token\":\"{client_token}\"}", "platform-iam" },
	{ "GET", KEYS, "{client_token}", NULL, 200, "public of second" },
	{ "POST", KEYS, "{client_token}", CAS(2, "third"), 403,
	    "permission denied" },
	{ "POST", "auth/token/renew-self", "{client_token}", "{}", 200,
	    "platform-iam" },
	{ "POST", "sys/mounts/database", "root", "{\"type\":\"database\"}", 204,
	    "", NULL, "sys/mounts", NULL, "\"database/\"" },
	{ "POST", "database/config/platform", "root",
	    "{\"plugin_name\":\"postgresql-database-plugin\",\"connection_url\""
	    ":\"postgresql://{{username}}:{{password}}@db/\",\"allowed_roles\":"
	    "\"*\",\"username\":\"u\",\"password\":\"p\"}",
	    0, "", NULL, "database/config/platform", NULL, "allowed_roles" },
	{ "POST", "database/roles/platform-db-role", "root",
	    "{\"db_name\":\"platform\",\"default_ttl\":\"1h\","
	    "\"creation_statements\":\"CREATE ROLE \\\"{{name}}\\\";\"}",
	    0, "", NULL, "database/roles/platform-db-role", NULL,
	    "CREATE ROLE" },
	{ "GET", "database/creds/platform-db-role", "{client_token}", NULL, 200,
	    "\"username\"", "lease_id", "sys/leases/lookup",
	    "{\"lease_id\":\"{lease_id}\"}", "expire_time" },
	{ "PUT", "sys/leases/renew", "root", "{\"lease_id\":\"{lease_id}\"}",
	    200, "lease_duration" },
	{ "PUT", "sys/leases/revoke", "root", "{\"lease_id\":\"{lease_id}\"}",
	    204, "", NULL, "sys/leases/lookup", "{\"lease_id\":\"{lease_id}\"}",
	    "expire_time", true },
	{ "POST", "sys/mounts/pki", "root", "{\"type\":\"pki\"}", 204, "", NULL,
	    "sys/mounts", NULL, "\"pki/\"" },
	{ "POST", "pki/root/generate/internal", "root",
	    "{\"common_name\":\"root\",\"key_type\":\"ec\",\"ttl\":\"100h\"}",
	    200, "BEGIN CERTIFICATE", NULL, "pki/cert/ca", NULL,
	    "BEGIN CERTIFICATE" },
	{ "POST", "pki/roles/web", "root",
	    "{\"allowed_domains\":\"example.com\",\"allow_subdomains\":true,"
	    "\"key_type\":\"ec\",\"ttl\":\"1h\"}",
	    0, "", NULL, "pki/roles/web", NULL, "example.com" },
	{ "POST", "pki/issue/web", "root",
	    "{\"common_name\":\"a.example.com\"}", 200, "BEGIN CERTIFICATE",
	    "serial_number", "pki/cert/{serial_number}", NULL,
	    "BEGIN CERTIFICATE" },
	{ "POST", "pki/revoke", "root",
	    "{\"serial_number\":\"{serial_number}\"}", 200, "revocation_time",
	    NULL, "pki/cert/{serial_number}", NULL, "\"revocation_time\":0,",
	    true },
	{ "GET", "pki/crl/pem", "", NULL, 200, "BEGIN X509 CRL" },
	{ "DELETE", "secret/data/platform/iam/mfa-key", "root", NULL, 204, "",
	    NULL, "secret/data/platform/iam/mfa-key", NULL, "\"mfa\"", true },
	{ "GET", "sys/health", "", NULL, 200, "\"standby\":false" },
};

#define NSTEPS ((int)(sizeof(steps) / sizeof(steps[0])))

struct flow {
	struct options options;
	struct host host;
	struct instance in;
	struct flow_progress *p;
	bool open; /* the host is there */
	bool made; /* so is the instance */
	int fd;	   /* -1: no connection */
	SSL_CTX *tls;
	SSL *ssl;
	char answer[65536];
	size_t n;
};

const char *
flow_step_name(int step)
{
	static char name[200];

	if (step < 0 || step >= NSTEPS)
		return "end";
	snprintf(
	    name, sizeof(name), "%s %s", steps[step].method, steps[step].path);
	return name;
}

__attribute__((format(printf, 2, 3))) static bool
flow_wrong(struct flow *f, const char *format, ...)
{
	va_list ap;
	size_t n = strlen(f->p->why);

	va_start(ap, format);
	vsnprintf(f->p->why + n, sizeof(f->p->why) - n, format, ap);
	va_end(ap);
	return false;
}

/* ---- texts ---- */

static int
flow_value_index(const char *name, size_t n)
{
	int at = 0;

	for (int i = 0; i < NSTEPS; i++) {
		if (!steps[i].keep)
			continue;
		if (strlen(steps[i].keep) == n &&
		    memcmp(steps[i].keep, name, n) == 0)
			return at;
		at++;
	}
	return -1;
}

/* {name} becomes that value; "{{" and what names no value stay. */
static void
flow_fill(const struct flow *f, const char *text, char *out, size_t size)
{
	size_t n = 0;

	while (*text && n + 1 < size) {
		size_t name = *text == '{' ? strcspn(text + 1, "}{\"") : 0;
		int i = name && text[1 + name] == '}'
		    ? flow_value_index(text + 1, name)
		    : -1;

		if (i < 0) {
			out[n++] = *text++;
			continue;
		}
		n += (size_t)snprintf(out + n, size - n, "%s", f->p->values[i]);
		text += name + 2;
	}
	out[n < size ? n : size - 1] = '\0';
}

static void
flow_keep(struct flow *f, const char *key)
{
	int i = flow_value_index(key, strlen(key));
	char name[64];
	const char *at;

	snprintf(name, sizeof(name), "\"%s\":\"", key);
	at = strstr(f->answer, name);
	if (!at)
		return;
	at += strlen(name);
	snprintf(f->p->values[i], sizeof(f->p->values[i]), "%.*s",
	    (int)strcspn(at, "\""), at);
}

/* ---- the instance ---- */

static bool
flow_try_open(struct flow *f, struct error *e)
{
	bool ok;

	memset(&f->in, 0, sizeof(f->in));
	failing->on = true;
	ok = host_init(&f->host, &f->options, e);
	f->open = true;
	f->made = ok;
	ok = ok && instance_init(&f->in, &f->host, &f->options, e) &&
	    listeners_open(&f->in, e);
	failing->on = false;
	return ok;
}

static void
flow_close(struct flow *f, bool counted)
{
	if (!f->open)
		return;
	failing->on = counted;
	if (f->made) {
		instance_stop_jobs(&f->in);
		listeners_close(&f->in);
		instance_release(&f->in);
	}
	host_release(&f->host);
	failing->on = false;
	f->open = false;
}

/* A start that fails says why, and leaves what a second one can use. */
static bool
flow_open(struct flow *f)
{
	struct error e = { 0 };

	if (flow_try_open(f, &e))
		return true;
	if (!e.text[0])
		return flow_wrong(f, "the start failed without a word");
	if (!failing->hit)
		return flow_wrong(f, "the start failed: %s", e.text);
	flow_close(f, true);
	e = (struct error){ 0 };
	if (flow_try_open(f, &e))
		return true;
	return flow_wrong(f, "the second start failed: %s", e.text);
}

static void
flow_pass(struct flow *f)
{
	failing->on = true;
	host_pass(&f->host, 2000000);
	failing->on = false;
}

/* ---- the client ---- */

static void
flow_disconnect(struct flow *f)
{
	if (f->ssl)
		SSL_free(f->ssl);
	f->ssl = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static bool
flow_connect(struct flow *f)
{
	struct listener_address at;
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (f->fd >= 0)
		return true;
	if (!listener_get_address(&f->in, 0, &at))
		return flow_wrong(f, "no listener");
	to.sin_port = htons((uint16_t)atoi(strrchr(at.address, ':') + 1));
	f->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(f->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return flow_wrong(f, "connect: %s", strerror(errno));
	fcntl(f->fd, F_SETFL, O_NONBLOCK);
	if (f->options.dev_tls) {
		f->ssl = SSL_new(f->tls);
		SSL_set_fd(f->ssl, f->fd);
		SSL_set_connect_state(f->ssl);
	}
	return true;
}

/* Bytes moved; 0: not now; -1: the connection ended. */
static ssize_t
flow_move(struct flow *f, bool out, char *p, size_t n)
{
	ssize_t done;

	if (f->ssl) {
		int got = out ? SSL_write(f->ssl, p, (int)n)
			      : SSL_read(f->ssl, p, (int)n);
		int why = got > 0 ? 0 : SSL_get_error(f->ssl, got);

		return got > 0 ? got
		    : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE
		    ? 0
		    : -1;
	}
	done = out ? send(f->fd, p, n, MSG_NOSIGNAL) : recv(f->fd, p, n, 0);
	if (done < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return done > 0 ? done : -1;
}

/* Its status once the answer is whole, else 0. */
static int
flow_answer_status(struct flow *f)
{
	const char *body = strstr(f->answer, "\r\n\r\n");
	const char *length = strcasestr(f->answer, "\r\nContent-Length:");
	int status;

	if (!body || sscanf(f->answer, "HTTP/1.1 %d", &status) != 1)
		return 0;
	if (status != 204 && !length)
		return 0;
	if (length && strlen(body + 4) < (size_t)atol(length + 17))
		return 0;
	return status;
}

/* Sends a request; its answer's status, 0 when the connection ended without
 * one, -1 when nothing comes. */
static int
flow_exchange(struct flow *f, char *request)
{
	size_t left = strlen(request);
	time_t end = time(NULL) + TIMEOUT_S;

	f->n = 0;
	f->answer[0] = '\0';
	while (time(NULL) < end) {
		ssize_t moved = left ? flow_move(f, true, request, left) : 0;
		int status;

		if (moved >= 0) {
			request += moved;
			left -= (size_t)moved;
			flow_pass(f);
			moved = flow_move(f, false, f->answer + f->n,
			    sizeof(f->answer) - 1 - f->n);
		}
		if (moved < 0) {
			flow_disconnect(f);
			return 0;
		}
		f->n += (size_t)moved;
		f->answer[f->n] = '\0';
		if ((status = flow_answer_status(f)))
			return status;
	}
	return -1;
}

static int
flow_ask(struct flow *f, const char *method, const char *path,
    const char *token, const char *body)
{
	char url[2000], secret[1100], text[4000], request[9000];

	flow_fill(f, path, url, sizeof(url));
	flow_fill(f, token, secret, sizeof(secret));
	flow_fill(f, body ? body : "", text, sizeof(text));
	snprintf(request, sizeof(request),
	    "%s /v1/%s HTTP/1.1\r\nHost: x\r\n%s%s%sContent-Length: %zu\r\n"
	    "\r\n%s",
	    method, url, *secret ? "X-Vault-Token: " : "", secret,
	    *secret ? "\r\n" : "", strlen(text), text);
	if (!flow_connect(f))
		return -1;
	return flow_exchange(f, request);
}

/* ---- the steps ---- */

/* 1: the step's effect is there, 0: it is not, -1: nobody says. */
static int
flow_probe(struct flow *f, const struct step *s)
{
	int status = 0;

	for (int i = 0; i < 3 && !status; i++)
		status = flow_ask(f, s->probe_body ? "PUT" : "GET", s->probe,
		    "root", s->probe_body);
	if (status <= 0)
		return -1;
	/* As a token or a lease that is not there is told. */
	if (status >= 500)
		return -1;
	return (status / 100 == 2 && strstr(f->answer, s->shows)) != s->undoes;
}

static bool
flow_is_expected(const struct step *s, int status)
{
	return s->status ? status == s->status : status / 100 == 2;
}

/* True when the step is acknowledged; *again when it may be tried once more. */
static bool
flow_attempt(struct flow *f, const struct step *s, bool *lost, bool *again)
{
	const struct failing_call *before = failing->hit;
	int status = flow_ask(f, s->method, s->path, s->token, s->body);
	int there;

	*again = false;
	if (flow_is_expected(s, status)) {
		if (!strstr(f->answer, s->want))
			return flow_wrong(f, "wrong %d: %s", status, f->answer);
		if (s->keep)
			flow_keep(f, s->keep);
		return true;
	}
	if (status < 0)
		return flow_wrong(f, "no answer in %d s", TIMEOUT_S);
	if (status == 0) {
		if (before || !failing->hit)
			return flow_wrong(f, "the connection ended");
		*lost = *again = true;
		return false;
	}
	if (!failing->hit)
		return flow_wrong(f, "%d: %.600s", status, f->answer);
	/* Its first attempt may have been done, though nobody heard. */
	if (*lost && s->probe)
		return flow_probe(f, s) == 1 ||
		    flow_wrong(f, "%d after a lost answer", status);
	if (before)
		return flow_wrong(f, "a later call failed: %.600s", f->answer);
	if (status / 100 == 2)
		return flow_wrong(f, "wrong %d: %.600s", status, f->answer);
	if (s->probe && !s->keep) {
		char said[600];

		snprintf(said, sizeof(said), "%.500s", f->answer);
		there = flow_probe(f, s);
		if (there)
			return flow_wrong(f, "refused, but %s: %s / %s",
			    there < 0 ? "not readable" : "done", said,
			    f->answer);
	}
	*again = true;
	return false;
}

static bool
flow_step(struct flow *f, int number)
{
	bool lost = false, again;

	for (int i = 0; i < 2; i++) {
		if (flow_attempt(f, &steps[number], &lost, &again)) {
			f->p->acknowledged[number] = true;
			return true;
		}
		if (!again)
			return false;
	}
	return flow_wrong(f, "failed twice");
}

/* Is a later step there to undo this one? */
static bool
flow_is_undone(int number)
{
	for (int i = number + 1; i < NSTEPS; i++)
		if (steps[i].undoes && steps[i].probe && steps[number].probe &&
		    strcmp(steps[i].probe, steps[number].probe) == 0 &&
		    strcmp(steps[i].shows, steps[number].shows) == 0)
			return true;
	return false;
}

/* What a new instance finds; before the end of a flow, the step under way may
 * have been done or not. */
static bool
flow_check_steps(struct flow *f, int under_way)
{
	for (int i = 0; i < NSTEPS; i++) {
		const struct step *s = &steps[i];
		bool want = f->p->acknowledged[i];
		int there;

		if (!s->probe || i == under_way || flow_is_undone(i) ||
		    (!want && (s->keep || s->undoes)))
			continue;
		there = flow_probe(f, s);
		if (there != want)
			return flow_wrong(f,
			    "%s was %sacknowledged, but after a new start: "
			    "%.600s",
			    flow_step_name(i), want ? "" : "not ", f->answer);
	}
	return true;
}

static void
flow_init(struct flow *f, const char *db, bool tls, struct flow_progress *p)
{
	memset(f, 0, sizeof(*f));
	options_defaults(&f->options);
	f->options.dev = true;
	f->options.dev_no_store_token = true;
	f->options.dev_root_token_id = "root";
	f->options.dev_listen_address = "127.0.0.1:0";
	f->options.dev_tls = tls;
	f->options.admin_addr = "none";
	f->options.log_level = "error";
	f->options.db_path = db;
	f->options.seed = "11";
	f->p = p;
	f->fd = -1;
	if (tls)
		f->tls = SSL_CTX_new(TLS_client_method());
}

static void
flow_end(struct flow *f)
{
	flow_disconnect(f);
	flow_close(f, false);
	SSL_CTX_free(f->tls);
}

static bool
flow_reopened(const char *db, struct flow_progress *p, int under_way)
{
	static struct flow f;
	bool ok;

	flow_init(&f, db, false, p);
	failing->target = 0;
	ok = flow_open(&f) && flow_check_steps(&f, under_way);
	flow_end(&f);
	return ok;
}

bool
flow_run(const char *db, bool tls, struct flow_progress *p)
{
	static struct flow f;
	bool ok;

	flow_init(&f, db, tls, p);
	p->step = -1;
	ok = flow_open(&f);
	for (p->step = 0; ok && p->step < NSTEPS; p->step++)
		if (!flow_step(&f, p->step)) {
			ok = false;
			break;
		}
	flow_disconnect(&f);
	flow_close(&f, true);
	flow_end(&f);
	return ok && flow_reopened(db, p, -1);
}

bool
flow_check(const char *db, struct flow_progress *p)
{
	return flow_reopened(db, p, p->step);
}
