/*
 * Reading fixtures: sections in a table, each member of a section a request or
 * two. Knows the format, not what Vault does with it.
 */
#include "server/fixtures.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/gotime.h"
#include "base/text.h"
#include "core/mount.h"
#include "server/generators.h"

#define FILE_MAX ((size_t)32 << 20)

struct loader {
	struct instance *in;
	const char *file;
	char *text;
	const char *section; /* for the message */
	const char *key;
	char *why;
	size_t why_size;
};

/* ---- messages ---- */

/* Line of the first `"key"` that follows `"section"` in the file. */
static int
line_of(const struct loader *l)
{
	char *quoted = xasprintf("\"%s\"", l->section);
	const char *at = strstr(l->text, quoted);
	int line = 1;

	free(quoted);
	if (at && l->key) {
		const char *in_section;

		quoted = xasprintf("\"%s\"", l->key);
		in_section = strstr(at, quoted);
		free(quoted);
		at = in_section ? in_section : at;
	}
	for (const char *p = l->text; at && p < at; p++)
		line += *p == '\n';
	return line;
}

static bool
complain(struct loader *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
complain(struct loader *l, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(l->why, l->why_size, "%s:%d: %s%s%s: %s", l->file, line_of(l),
	    l->section, l->key ? "." : "", l->key ? l->key : "", what);
	return false;
}

/* ---- requests ---- */

static void
answered(struct request *req, void *arg)
{
	(void)req;
	*(bool *)arg = true;
}

/* One request with the root token; an error's text goes into the message. */
static bool
send_request(struct loader *l, const char *method, const char *path, json_t *body)
{
	struct header token = { "X-Vault-Token", l->in->root_token };
	struct request *req = request_new(l->in->api);
	struct buf text;
	bool done = false, ok;

	buf_init(&text, 0);
	jtext_put(&text, body);
	json_decref(body);
	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = &token;
	req->nheaders = 1;
	req->body = (struct slice){ text.p, text.n };
	req->peer = "127.0.0.1";
	req->internal = true;
	api_handle(l->in->api, req, answered, &done);
	ok = done && req->reply.status < 300;
	if (!ok)
		complain(l, "%s", req->reply.error);
	request_free(req);
	buf_release(&text);
	return ok;
}

/* A path as it stands in a request line. */
static char *
escape_path(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) * 3 + 1), *to = out;

	for (; *path; path++) {
		if (strchr("%?# ", *path) || (unsigned char)*path < 0x20)
			to += sprintf(to, "%%%02X", (unsigned char)*path);
		else
			*to++ = *path;
	}
	*to = '\0';
	return out;
}

/* ---- generators ---- */

static json_t *expand(struct loader *l, json_t *value);

static json_t *
expand_object(struct loader *l, json_t *object)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		json_t *made = expand(l, value);

		if (!made) {
			json_decref(out);
			return NULL;
		}
		json_object_set_new(out, key, made);
	}
	return out;
}

static json_t *
expand(struct loader *l, json_t *value)
{
	char why[300];
	json_t *out, *made;
	size_t i;

	if (json_is_object(value))
		return expand_object(l, value);
	if (json_is_array(value)) {
		json_t *element;

		out = json_array();
		json_array_foreach (value, i, element) {
			made = expand(l, element);
			if (!made) {
				json_decref(out);
				return NULL;
			}
			json_array_append_new(out, made);
		}
		return out;
	}
	if (!json_is_string(value))
		return json_incref(value);
	made = generate(&l->in->vault, json_string_value(value), why,
	    sizeof(why));
	if (!made)
		complain(l, "%s", why);
	return made;
}

/* ---- sections ---- */

static bool
load_mount(struct loader *l, json_t *value)
{
	char name[300];
	size_t n = strlen(l->key);

	if (!json_is_object(value))
		return complain(l, "expected an object with \"type\"");
	if (n >= sizeof(name) - 1)
		return complain(l, "path too long");
	snprintf(name, sizeof(name), "%s%s", l->key,
	    n && l->key[n - 1] == '/' ? "" : "/");
	/* What development mode mounts anyway may be named again. */
	if (mount_find(&l->in->vault, MOUNT_SECRET, name))
		return true;
	return send_request(l, "POST", arena_printf(l->in->scratch, "sys/mounts/%s",
				   escape_path(l->in->scratch, l->key)),
	    json_incref(value));
}

static bool
load_auth(struct loader *l, json_t *value)
{
	if (!json_is_object(value))
		return complain(l, "expected an object with \"type\"");
	return send_request(l, "POST", arena_printf(l->in->scratch, "sys/auth/%s",
				   escape_path(l->in->scratch, l->key)),
	    json_incref(value));
}

static bool
write_secret(struct loader *l, const struct mount *m, json_t *data)
{
	const char *version = mount_option(m, "version");
	bool v2 = version && strcmp(version, "2") == 0;
	const char *rel = l->key + strlen(m->path);
	char *path = arena_printf(l->in->scratch, "%s%s%s", m->path,
	    v2 ? "data/" : "", escape_path(l->in->scratch, rel));
	json_t *made = expand(l, data);

	if (!made)
		return false;
	if (!json_is_object(made)) {
		json_decref(made);
		return complain(l, "a secret is an object");
	}
	return send_request(l, "POST", path,
	    v2 ? json_pack("{s:o}", "data", made) : made);
}

/* A list is a history: each element one version. */
static bool
load_secret(struct loader *l, json_t *value)
{
	const struct mount *m = mount_route(&l->in->vault, l->key);
	json_t *version;
	size_t i;

	if (!m || strcmp(m->type, "kv") != 0)
		return complain(l, "no kv mount serves this path");
	if (!json_is_array(value))
		return write_secret(l, m, value);
	json_array_foreach (value, i, version)
		if (!write_secret(l, m, version))
			return false;
	return true;
}

/* A connection or a role, at its path. Its {{name}}s are the database's, not
 * ours. */
static bool
load_database(struct loader *l, json_t *value)
{
	const struct mount *m = mount_route(&l->in->vault, l->key);

	if (!m || strcmp(m->type, "database") != 0)
		return complain(l, "no database mount serves this path");
	if (!json_is_object(value))
		return complain(l, "expected an object");
	return send_request(l, "POST", escape_path(l->in->scratch, l->key),
	    json_incref(value));
}

static bool
load_policy(struct loader *l, json_t *value)
{
	char *path = arena_printf(l->in->scratch, "sys/policies/acl/%s",
	    escape_path(l->in->scratch, l->key));

	if (!json_is_string(value) && !json_is_object(value))
		return complain(l, "expected the policy's text");
	if (json_is_object(value)) {
		struct buf text;
		json_t *string;

		buf_init(&text, 0);
		jtext_put(&text, value);
		string = json_stringn(text.p, text.n);
		buf_release(&text);
		return send_request(l, "PUT", path,
		    json_pack("{s:o}", "policy", string));
	}
	return send_request(l, "PUT", path, json_pack("{s:O}", "policy", value));
}

/* The API's refusal of a duration would not say which key it stood at. */
static bool
token_durations(struct loader *l, json_t *token)
{
	static const char *const keys[] = { "ttl", "period",
		"explicit_max_ttl" };
	int64_t ns;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text =
		    json_string_value(json_object_get(token, keys[i]));

		l->key = keys[i];
		if (text && !duration_parse(text, &ns))
			return complain(l, "this is no duration");
	}
	l->key = NULL;
	return true;
}

static bool
load_token(struct loader *l, json_t *token)
{
	static const char *const known[] = { "id", "policies", "ttl", "period",
		"display_name", "meta", "num_uses", "renewable",
		"no_default_policy", "explicit_max_ttl", "type" };
	const char *key;
	json_t *value, *body;

	if (!json_is_object(token))
		return complain(l, "expected an object with \"id\"");
	json_object_foreach (token, key, value) {
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= strcmp(known[i], key) == 0;
		l->key = key;
		if (!found)
			return complain(l, "unknown key");
	}
	if (!token_durations(l, token) || !(body = expand(l, token)))
		return false;
	json_object_set_new(body, "no_parent", json_true());
	return send_request(l, "POST", "auth/token/create", body);
}

static bool
each_member(struct loader *l, json_t *section,
    bool (*load)(struct loader *l, json_t *value))
{
	json_t *value;

	if (!json_is_object(section))
		return complain(l, "expected an object");
	json_object_foreach (section, l->key, value)
		if (!load(l, value))
			return false;
	return true;
}

static bool
load_mounts(struct loader *l, json_t *section)
{
	return each_member(l, section, load_mount);
}

static bool
load_auths(struct loader *l, json_t *section)
{
	return each_member(l, section, load_auth);
}

static bool
load_kv(struct loader *l, json_t *section)
{
	return each_member(l, section, load_secret);
}

static bool
load_databases(struct loader *l, json_t *section)
{
	return each_member(l, section, load_database);
}

static bool
load_policies(struct loader *l, json_t *section)
{
	return each_member(l, section, load_policy);
}

static bool
load_tokens(struct loader *l, json_t *section)
{
	json_t *token;
	size_t i;

	if (!json_is_array(section))
		return complain(l, "expected a list");
	json_array_foreach (section, i, token)
		if (!load_token(l, token))
			return false;
	return true;
}

/* In the order in which they are applied, whatever the file's. */
static const struct {
	const char *name;
	bool (*load)(struct loader *l, json_t *section);
} sections[] = {
	{ "mounts", load_mounts },
	{ "auth", load_auths },
	{ "policies", load_policies },
	{ "kv", load_kv },
	{ "database", load_databases },
	{ "tokens", load_tokens },
};

#define NSECTIONS (sizeof(sections) / sizeof(sections[0]))

static bool
known_sections(struct loader *l, json_t *root)
{
	json_t *value;

	json_object_foreach (root, l->section, value) {
		bool found = false;

		for (size_t i = 0; i < NSECTIONS; i++)
			found |= strcmp(sections[i].name, l->section) == 0;
		if (!found)
			return complain(l,
			    "unknown key; known are mounts, auth, policies, "
			    "kv, database, tokens");
	}
	return true;
}

static bool
load_text(struct loader *l)
{
	json_error_t error;
	json_t *root = json_loads(l->text, JSON_REJECT_DUPLICATES, &error);
	bool ok;

	if (!root) {
		snprintf(l->why, l->why_size, "%s:%d:%d: %s", l->file,
		    error.line, error.column, error.text);
		return false;
	}
	l->section = "";
	ok = json_is_object(root) ? known_sections(l, root)
				  : complain(l, "expected an object");
	for (size_t i = 0; ok && i < NSECTIONS; i++) {
		json_t *section = json_object_get(root, sections[i].name);

		l->section = sections[i].name;
		l->key = NULL;
		ok = !section || sections[i].load(l, section);
	}
	json_decref(root);
	return ok;
}

static char *
read_file(const char *path, char *why, size_t why_size)
{
	FILE *f = fopen(path, "rb");
	struct buf text;
	char chunk[16384];
	size_t n;

	if (!f) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return NULL;
	}
	buf_init(&text, FILE_MAX);
	buf_str(&text, "");
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	fclose(f);
	if (!text.over)
		return text.p;
	snprintf(why, why_size, "%s: larger than 32 MiB", path);
	buf_release(&text);
	return NULL;
}

static bool
load_file(struct instance *in, const char *path, char *why, size_t why_size)
{
	struct loader l = { .in = in,
		.file = path,
		.why = why,
		.why_size = why_size };
	bool ok;

	l.text = read_file(path, why, why_size);
	if (!l.text)
		return false;
	ok = load_text(&l);
	free(l.text);
	arena_clear(in->scratch);
	return ok;
}

static int
is_json(const struct dirent *d)
{
	return ends_with(d->d_name, ".json");
}

/* Not alphasort: that asks the locale. */
static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool
load_folder(struct instance *in, const char *path, char *why, size_t why_size)
{
	struct dirent **names;
	int n = scandir(path, &names, is_json, by_bytes);
	bool ok = n >= 0;

	if (n < 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	for (int i = 0; i < n; i++) {
		char *file = xasprintf("%s/%s", path, names[i]->d_name);

		ok = ok && load_file(in, file, why, why_size);
		free(file);
		free(names[i]);
	}
	free(names);
	return ok;
}

bool
fixtures_load(struct instance *in, const char *path, char *why,
    size_t why_size)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	return S_ISDIR(st.st_mode) ? load_folder(in, path, why, why_size)
				   : load_file(in, path, why, why_size);
}
