/*
 * The table of audit devices.
 */
#include "core/mount/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/digest.h"
#include "core/mount/audit_sink.h"

enum { ALL, PUT, DELETE, STATEMENTS };

static const char *const migrations[] = {
	"CREATE TABLE audit ("
	"path TEXT PRIMARY KEY, "
	"type TEXT NOT NULL, "
	"description TEXT NOT NULL, "
	"salt TEXT NOT NULL, "
	"options TEXT NOT NULL, " /* JSON */
	"local INTEGER NOT NULL) WITHOUT ROWID;",
	NULL,
};

static const struct store_statement statements[STATEMENTS] = {
	[ALL] = { "SELECT path, type, description, salt, options, local FROM "
		  "audit ORDER BY path",
	    "", NULL },
	[PUT] = { "INSERT INTO audit (path, type, description, salt, options, "
		  "local) VALUES (?, ?, ?, ?, ?, ?)",
	    "sssssi", NULL },
	[DELETE] = { "DELETE FROM audit WHERE path = ?", "s", NULL },
};

const struct store_part audit_store = { "audit", migrations, statements,
	STATEMENTS, NULL };

struct audits {
	struct audit_device **list; /* in order of path */
	int n;
};

static void
audit_device_free(struct audit_device *d)
{
	audit_sink_close(d->sink);
	free(d->path);
	free(d->type);
	free(d->description);
	free(d->salt);
	json_decref(d->options);
	free(d);
}

static void
audit_clear_devices(struct audits *a)
{
	for (int i = 0; i < a->n; i++)
		audit_device_free(a->list[i]);
	free(a->list);
	a->list = NULL;
	a->n = 0;
}

struct audits *
audits_new(struct vault *v)
{
	(void)v;
	return xcalloc(1, sizeof(struct audits));
}

void
audits_free(struct audits *a)
{
	if (!a)
		return;
	audit_clear_devices(a);
	free(a);
}

static bool
audit_bool_option(const json_t *options, const char *name, bool fallback)
{
	const char *text = json_string_value(json_object_get(options, name));
	bool value;

	return text && parse_bool_go(text, &value) ? value : fallback;
}

static struct audit_device *
audit_device_new(const struct audit_spec *spec, const char *salt)
{
	struct audit_device *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(spec->path);
	d->type = xstrdup(spec->type);
	d->description = xstrdup(spec->description);
	d->salt = xstrdup(salt);
	d->options = spec->options;
	d->local = spec->local;
	d->log_raw = audit_bool_option(d->options, "log_raw", false);
	d->hmac_accessor = audit_bool_option(d->options, "hmac_accessor", true);
	return d;
}

static bool
audit_write_line(struct audit_device *d, const json_t *entry, struct error *e)
{
	const char *prefix = json_string_value(
	    json_object_get(d->options, "prefix"));
	struct buf line;
	bool ok;

	buf_init(&line, 0);
	if (prefix)
		buf_str(&line, prefix);
	jsontext_put(&line, entry);
	buf_char(&line, '\n');
	ok = audit_sink_write(d->sink, (struct slice){ line.p, line.n }, e);
	buf_release(&line);
	return ok;
}

static void
audit_insert_sorted(struct audits *a, struct audit_device *d)
{
	int at = a->n;

	a->list = xrealloc(a->list, (size_t)(a->n + 1) * sizeof(*a->list));
	while (at > 0 && strcmp(a->list[at - 1]->path, d->path) > 0) {
		a->list[at] = a->list[at - 1];
		at--;
	}
	a->list[at] = d;
	a->n++;
}

void
audits_load(struct vault *v)
{
	struct query *q;

	audit_clear_devices(v->audits);
	q = STORE_QUERY(v->store, &audit_store, ALL);
	while (query_row(q)) {
		struct error e = { 0 };
		struct audit_device *d = audit_device_new(
		    &(struct audit_spec){ query_text(q, 0), query_text(q, 1),
			query_text(q, 2), jsontext_to_tree(query_slice(q, 4)),
			query_int(q, 5) != 0, NULL },
		    query_text(q, 3));

		d->sink = audit_sink_open(v, d->type, d->options, NULL, &e);
		audit_insert_sorted(v->audits, d);
	}
}

int
audit_count(const struct vault *v)
{
	return v->audits->n;
}

struct audit_device *
audit_at(const struct vault *v, int i)
{
	return v->audits->list[i];
}

struct audit_device *
audit_find(const struct vault *v, const char *path)
{
	for (int i = 0; i < v->audits->n; i++)
		if (strcmp(v->audits->list[i]->path, path) == 0)
			return v->audits->list[i];
	return NULL;
}

/* Vault 1.19: neither path may begin with the other, and two files are one
 * when their options say so, "discard" too. */
static bool
audit_check_free(const struct vault *v, const char *path, const char *type,
    const json_t *options, struct error *e)
{
	const char *file = json_string_value(
	    json_object_get(options, "file_path"));

	for (int i = 0; i < v->audits->n; i++) {
		const struct audit_device *d = v->audits->list[i];
		const char *other = json_string_value(
		    json_object_get(d->options, "file_path"));

		if (starts_with(d->path, path) || starts_with(path, d->path))
			return error_set(e, 400,
			    "path already in use: invalid configuration");
		if (version_has(v, VERSION_AUDIT_FILE_ONCE) && file && other &&
		    strcmp(type, "file") == 0 && strcmp(d->type, "file") == 0 &&
		    strcmp(file, other) == 0)
			return error_set(e, 400,
			    "file_path already in use: invalid configuration");
	}
	return true;
}

/* Vault 1.20.1: a prefix could make a file a program. */
static bool
audit_check_file_options(const struct vault *v, const char *type,
    const json_t *options, struct error *e)
{
	const char *prefix = json_string_value(
	    json_object_get(options, "prefix"));
	const char *mode = json_string_value(json_object_get(options, "mode"));

	if (!version_has(v, VERSION_AUDIT_PREFIX) || strcmp(type, "file") != 0)
		return true;
	if (prefix && *prefix && !v->config.audit_prefixing)
		return error_set(e, 400,
		    "audit prefixing is not enabled in configuration, audit "
		    "prefixing may not be configured for file sinks");
	if (mode && strtoul(mode, NULL, 8) & 0111)
		return error_set(e, 400,
		    "unable to create new audit backend: file mode may not be "
		    "executable: %s",
		    mode);
	return true;
}

/* The entry that Vault writes to a device before it enables it. */
static bool
audit_test_device(struct vault *v, struct audit_device *d, struct error *e)
{
	const char *skip = json_string_value(
	    json_object_get(d->options, "skip_test"));
	char id[UUID_LEN + 1], time[RFC3339_MAX];
	struct error why = { 0 };
	json_t *entry;
	bool ok;

	if (skip && strcmp(skip, "true") == 0)
		return true;
	random_uuid(v->random, id);
	rfc3339_nano(clock_now(v->clock), time);
	entry = json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:s, s:s, s:{s:s}}}",
	    "type", "request", "time", time, "auth", "token_type", "default",
	    "request", "id", id, "operation", "update", "path",
	    "sys/audit/test", "namespace", "id", "root");
	ok = audit_write_line(d, entry, &why);
	json_decref(entry);
	return ok ||
	    error_set(
		e, 400, "audit backend failed test message: %s", why.text);
}

/* Versions before 1.16 said less around the same reasons. */
static void
audit_shorten_text(const struct vault *v, struct error *e)
{
	static const char *const parts[] = {
		"unable to create new audit backend: ",
		": invalid configuration",
		"error creating syslog sink node: ",
		"error creating syslogger: ",
		"unable to parse file mode: invalid parameter: ",
		"unable to parse max duration: invalid parameter: ",
	};
	static const char *const files[] = {
		"file sink creation failed for path \"",
		"unable to create file \"",
	};
	char *at;

	if (version_has(v, VERSION_AUDIT_CONFIGURATION_TEXT))
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		while ((at = strstr(e->text, parts[i])) != NULL)
			memmove(at, at + strlen(parts[i]),
			    strlen(at + strlen(parts[i])) + 1);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *end;

		at = strstr(e->text, files[i]);
		end = at ? strstr(at + strlen(files[i]), "\": ") : NULL;
		if (end)
			memmove(at, end + 3, strlen(end + 3) + 1);
	}
	if (*e->text == '"' && (at = strstr(e->text, "\" is required"))) {
		memmove(at, at + 1, strlen(at));
		memmove(e->text, e->text + 1, strlen(e->text));
	}
}

const char *
audit_name_to_look_up(const struct audit_spec *spec)
{
	return audit_sink_name_to_look_up(spec->type, spec->options);
}

bool
audit_enable(struct vault *v, const struct audit_spec *spec, struct error *e)
{
	struct audit_sink *sink;
	struct audit_device *d;
	char salt[UUID_LEN + 1];
	struct buf text;

	sink = audit_check_file_options(v, spec->type, spec->options, e) &&
		audit_check_free(v, spec->path, spec->type, spec->options, e)
	    ? audit_sink_open(v, spec->type, spec->options, spec->known, e)
	    : NULL;
	if (!sink) {
		audit_shorten_text(v, e);
		json_decref(spec->options);
		return false;
	}
	random_uuid(v->random, salt);
	d = audit_device_new(spec, salt);
	d->sink = sink;
	if (!audit_test_device(v, d, e)) {
		audit_device_free(d);
		return false;
	}
	audit_insert_sorted(v->audits, d);
	buf_init(&text, 0);
	jsontext_put(&text, spec->options);
	STORE_EXEC(v->store, &audit_store, PUT, spec->path, spec->type,
	    spec->description, salt, text.p, (int64_t)spec->local);
	buf_release(&text);
	return true;
}

void
audit_disable(struct vault *v, const char *path)
{
	struct audits *a = v->audits;
	int at = 0;

	while (at < a->n && strcmp(a->list[at]->path, path) != 0)
		at++;
	if (at == a->n)
		return;
	audit_device_free(a->list[at]);
	a->n--;
	memmove(a->list + at, a->list + at + 1,
	    (size_t)(a->n - at) * sizeof(*a->list));
	STORE_EXEC(v->store, &audit_store, DELETE, path);
}

void
audit_reopen(struct vault *v)
{
	for (int i = 0; i < v->audits->n; i++)
		if (v->audits->list[i]->sink)
			audit_sink_reopen(v->audits->list[i]->sink);
}

void
audit_hash(const struct audit_device *d, const char *text, char *out)
{
	uint8_t sum[DIGEST_SHA256_SIZE];

	digest_hmac_sha256(d->salt, strlen(d->salt), text, strlen(text), sum);
	memcpy(out, "hmac-sha256:", 12);
	hex_encode(sum, sizeof(sum), out + 12);
}

bool
audit_write(struct audit_device *d, const json_t *entry)
{
	struct error e = { 0 };

	return d->sink && audit_write_line(d, entry, &e);
}
