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

#include "base/file.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/state/snapshot.h"
#include "core/mount/mount.h"
#include "core/seal/seal.h"
#include "core/token/token.h"
#include "server/generators.h"

#define FILE_MAX ((size_t)32 << 20)

struct loader {
	struct instance *in;
	const char *token; /* with every right */
	const char *file; /* NULL: JSON that came in a request */
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
	if (l->file)
		snprintf(l->why, l->why_size, "%s:%d: ", l->file, line_of(l));
	else
		*l->why = '\0';
	snprintf(l->why + strlen(l->why), l->why_size - strlen(l->why),
	    "%s%s%s: %s", l->section, l->key ? "." : "",
	    l->key ? l->key : "", what);
	return false;
}

/* ---- requests ---- */

static void
answered(struct request *req, void *arg)
{
	json_t **answer = arg;

	if (req->reply.body.n)
		*answer = json_loadb(req->reply.body.p, req->reply.body.n, 0,
		    NULL);
}

/* One request; its status. *answer is a tree or NULL; why has 1024 bytes. */
static int
ask(struct loader *l, const char *method, const char *path, struct slice body,
    json_t **answer, char *why)
{
	struct header token = { "X-Vault-Token", l->token };
	struct request *req = request_new(l->in->api);
	int status;

	*answer = NULL;
	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = &token;
	req->nheaders = 1;
	req->body = body;
	req->peer = "127.0.0.1";
	req->internal = true;
	api_handle(l->in->api, req, answered, answer);
	status = req->reply.status;
	snprintf(why, 1024, "%s", req->reply.error);
	request_free(req);
	return status;
}

/* A write; an error's text goes into the message. */
static bool
send_request(struct loader *l, const char *method, const char *path,
    json_t *body)
{
	json_t *answer;
	char why[1024];
	struct buf text;
	bool ok;

	buf_init(&text, 0);
	jtext_put(&text, body);
	json_decref(body);
	ok = ask(l, method, path, (struct slice){ text.p, text.n }, &answer,
	    why) < 300;
	json_decref(answer);
	buf_release(&text);
	return ok || complain(l, "%s", why);
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

/* "kv" and "kv/" name the same mount; name is what the table has, path what a
 * request says. */
static bool
mount_names(struct loader *l, const char *table, char **name, char **path)
{
	size_t n = strlen(l->key);

	while (n && l->key[n - 1] == '/')
		n--;
	if (!n || n > 300)
		return complain(l, "this is no path of a mount");
	*name = arena_printf(l->in->scratch, "%.*s/", (int)n, l->key);
	*path = arena_printf(l->in->scratch, "sys/%s/%s", table,
	    escape_path(l->in->scratch,
		arena_strndup(l->in->scratch, l->key, n)));
	return true;
}

static bool
load_mount(struct loader *l, json_t *value)
{
	char *name, *path;

	if (!json_is_object(value))
		return complain(l, "expected an object with \"type\"");
	if (!mount_names(l, "mounts", &name, &path))
		return false;
	/* What development mode mounts anyway may be named again. */
	return mount_find(&l->in->vault, MOUNT_SECRET, name) ||
	    send_request(l, "POST", path, json_incref(value));
}

static bool
load_auth(struct loader *l, json_t *value)
{
	const struct mount *m;
	const char *type;
	char *name, *path;

	if (!json_is_object(value))
		return complain(l, "expected an object with \"type\"");
	if (!mount_names(l, "auth", &name, &path))
		return false;
	m = mount_find(&l->in->vault, MOUNT_AUTH, name);
	type = json_string_value(json_object_get(value, "type"));
	return (m && type && strcmp(m->type, type) == 0) ||
	    send_request(l, "POST", path, json_incref(value));
}

static bool
versioned(const struct mount *m)
{
	const char *version = mount_option(m, "version");

	return version && strcmp(version, "2") == 0;
}

static char *
secret_path(struct loader *l, const struct mount *m)
{
	return arena_printf(l->in->scratch, "%s%s%s", m->path,
	    versioned(m) ? "data/" : "",
	    escape_path(l->in->scratch, l->key + strlen(m->path)));
}

/* Takes made over. */
static bool
write_secret(struct loader *l, const struct mount *m, json_t *made)
{
	if (!json_is_object(made)) {
		json_decref(made);
		return complain(l, "a secret is an object");
	}
	return send_request(l, "POST", secret_path(l, m),
	    versioned(m) ? json_pack("{s:o}", "data", made) : made);
}

/* Is the last of the versions what is there, and are there as many? */
static bool
secret_there(struct loader *l, const struct mount *m, const json_t *versions)
{
	size_t n = json_array_size(versions);
	json_t *answer, *data, *meta;
	char why[1024];
	bool there;

	if (!versioned(m) || !n)
		return false;
	ask(l, "GET", secret_path(l, m), SLICE(""), &answer, why);
	data = json_object_get(answer, "data");
	meta = json_object_get(data, "metadata");
	there = json_equal(json_object_get(data, "data"),
		    json_array_get(versions, n - 1)) &&
	    json_integer_value(json_object_get(meta, "version")) ==
		(json_int_t)n;
	json_decref(answer);
	return there;
}

/* A list is a history: each element one version. What is there already, to the
 * last version, is not written again. */
static bool
load_secret(struct loader *l, json_t *value)
{
	const struct mount *m = mount_route(&l->in->vault, l->key);
	json_t *made, *versions, *version;
	bool ok = true;
	size_t i;

	if (!m || strcmp(m->type, "kv") != 0)
		return complain(l, "no kv mount serves this path");
	made = expand(l, value);
	if (!made)
		return false;
	versions = json_is_array(made) ? made : json_pack("[o]", made);
	if (!secret_there(l, m, versions))
		json_array_foreach(versions, i, version)
			ok = ok && write_secret(l, m, json_incref(version));
	json_decref(versions);
	return ok;
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
token_there(struct loader *l, const json_t *body)
{
	const char *id = json_string_value(json_object_get(body, "id"));
	struct token *t = id ? token_lookup(&l->in->vault, id) : NULL;

	token_put(t);
	return t != NULL;
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
	if (token_there(l, body)) {
		json_decref(body);
		return true;
	}
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

const char *const fixtures_sections[] = { "mounts", "auth", "policies", "kv",
	"database", "tokens", NULL };

_Static_assert(sizeof(fixtures_sections) / sizeof(char *) == NSECTIONS + 1,
    "each section is told");

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
load_sections(struct loader *l, json_t *root)
{
	bool ok;

	l->section = "";
	l->key = NULL;
	ok = json_is_object(root) ? known_sections(l, root)
				  : complain(l, "expected an object");
	for (size_t i = 0; ok && i < NSECTIONS; i++) {
		json_t *section = json_object_get(root, sections[i].name);

		l->section = sections[i].name;
		l->key = NULL;
		ok = !section || sections[i].load(l, section);
	}
	return ok;
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
	ok = load_sections(l, root);
	json_decref(root);
	return ok;
}

struct reading {
	struct instance *in;
	const char *token;
	uint64_t mark;
	char *why;
	size_t why_size;
};

static bool
load_file(struct reading *r, const char *path)
{
	struct loader l = { .in = r->in,
		.token = r->token,
		.file = path,
		.why = r->why,
		.why_size = r->why_size };
	bool ok;

	l.text = file_read(path, FILE_MAX, NULL, r->why, r->why_size);
	if (!l.text)
		return false;
	ok = load_text(&l);
	free(l.text);
	arena_clear(r->in->scratch);
	return ok;
}

/* FNV-1a of name and text. */
static bool
mark_file(struct reading *r, const char *path)
{
	char *text = file_read(path, FILE_MAX, NULL, r->why, r->why_size);
	const char *parts[] = { path, text };

	if (!text)
		return false;
	for (int i = 0; i < 2; i++)
		for (const char *p = parts[i]; *p; p++)
			r->mark = (r->mark ^ (uint8_t)*p) * 0x100000001b3;
	free(text);
	return true;
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
complain_of(struct reading *r, const char *path)
{
	snprintf(r->why, r->why_size, "%s: %s", path, strerror(errno));
	return false;
}

static bool
each_in_folder(struct reading *r, const char *path,
    bool (*fn)(struct reading *r, const char *path))
{
	struct dirent **names;
	int n = scandir(path, &names, is_json, by_bytes);
	bool ok = n >= 0;

	if (n < 0)
		return complain_of(r, path);
	for (int i = 0; i < n; i++) {
		char *file = xasprintf("%s/%s", path, names[i]->d_name);

		ok = ok && fn(r, file);
		free(file);
		free(names[i]);
	}
	free(names);
	return ok;
}

/* The file, or every *.json of the folder in the order of their names. */
static bool
each_file(struct reading *r, const char *path,
    bool (*fn)(struct reading *r, const char *path))
{
	struct stat st;

	if (stat(path, &st) < 0)
		return complain_of(r, path);
	return S_ISDIR(st.st_mode) ? each_in_folder(r, path, fn)
				   : fn(r, path);
}

bool
fixtures_load(struct instance *in, const char *path, char *why,
    size_t why_size)
{
	struct reading r = { in, in->root_token, 0, why, why_size };

	return each_file(&r, path, load_file);
}

#define ENV_KV "MOCKVAULT_KV_"

extern char **environ;

/* By the number behind the prefix. */
static int
by_number(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	long i = strtol(*x + strlen(ENV_KV), NULL, 10);
	long k = strtol(*y + strlen(ENV_KV), NULL, 10);

	return i != k ? (i > k) - (i < k) : strcmp(*x, *y);
}

/* "MOCKVAULT_KV_1=secret/app={...}" */
static bool
load_variable(struct instance *in, const char *variable, char *why,
    size_t why_size)
{
	struct loader l = { .in = in, .token = in->root_token, .why = why,
		.why_size = why_size };
	const char *path = strchr(variable, '=') + 1;
	const char *eq = strchr(path, '=');
	int n = (int)(path - variable) - 1;
	json_t *value = eq ? json_loads(eq + 1, 0, NULL) : NULL;
	char what[500] = "";
	bool ok;

	if (!json_is_object(value)) {
		snprintf(why, why_size, "%.*s: wanted PATH={JSON}, as in "
		    "secret/app={\"k\":\"v\"}", n, variable);
		json_decref(value);
		return false;
	}
	l.why = what;
	l.why_size = sizeof(what);
	value = json_pack("{s:{s%:o}}", "kv", path, (size_t)(eq - path),
	    value);
	ok = load_sections(&l, value);
	json_decref(value);
	arena_clear(in->scratch);
	if (!ok)
		snprintf(why, why_size, "%.*s: %s", n, variable, what);
	return ok;
}

bool
fixtures_environment(struct instance *in, char *why, size_t why_size)
{
	const char **list = xcalloc(1, sizeof(*list));
	size_t n = 0;
	bool ok = true;

	for (char **e = environ; *e; e++) {
		if (!starts_with(*e, ENV_KV) || !strchr(*e, '='))
			continue;
		list = xrealloc(list, (n + 1) * sizeof(*list));
		list[n++] = *e;
	}
	qsort(list, n, sizeof(*list), by_number);
	for (size_t i = 0; ok && i < n; i++)
		ok = load_variable(in, list[i], why, why_size);
	free(list);
	return ok;
}

uint64_t
fixtures_mark(const char *path)
{
	char why[400];
	struct reading r = { NULL, NULL, 0xcbf29ce484222325, why,
		sizeof(why) };

	return each_file(&r, path, mark_file) ? r.mark : 0;
}

/* ---- while the vault runs ---- */

/* A root token of the moment. */
static bool
lend_root(struct instance *in, char *root, char *why, size_t why_size)
{
	struct error e = { 0 };

	if (seal_sealed(&in->vault))
		snprintf(why, why_size, "a sealed vault takes no fixtures");
	else if (seal_root_token(&in->vault, root, &e))
		return true;
	else
		snprintf(why, why_size, "%s", e.text);
	return false;
}

static void
take_back(struct instance *in, const char *root)
{
	struct token *t = token_lookup(&in->vault, root);

	if (t)
		token_revoke(&in->vault, t);
	token_put(t);
	arena_clear(in->scratch);
}

static bool
apply(struct instance *in, json_t *fixtures, char *why, size_t why_size)
{
	struct loader l = { .in = in, .why = why, .why_size = why_size };
	char root[64];
	bool ok;

	if (!lend_root(in, root, why, why_size))
		return false;
	l.token = root;
	ok = load_sections(&l, fixtures);
	take_back(in, root);
	return ok;
}

bool
fixtures_again(struct instance *in, const char *path, char *why,
    size_t why_size)
{
	char root[64];
	struct reading r = { in, root, 0, why, why_size };
	bool ok;

	if (!lend_root(in, root, why, why_size))
		return false;
	ok = each_file(&r, path, load_file);
	take_back(in, root);
	return ok;
}

bool
fixtures_apply(struct instance *in, json_t *fixtures, char *why,
    size_t why_size)
{
	struct image *before;
	bool ok;

	before = image_take(&in->vault);
	if (!before) {
		snprintf(why, why_size, "the state cannot be read out");
		return false;
	}
	ok = apply(in, fixtures, why, why_size);
	if (!ok)
		image_restore(&in->vault, before);
	image_free(before);
	return ok;
}
