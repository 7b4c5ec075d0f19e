/*
 * Data on the command line.
 */
#include "cli/vault/client/kvargs.h"

#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/client/readfile.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/ui.h"

void
kvargs_init(struct kvargs *k, struct arena *a, bool stdin_closed)
{
	memset(k, 0, sizeof(*k));
	k->arena = a;
	k->stdin_closed = stdin_closed;
}

static struct slice
kvargs_take(struct kvargs *k, struct buf *b)
{
	struct slice s = { arena_strndup(k->arena, b->p ? b->p : "", b->n),
		b->n };

	buf_release(b);
	return s;
}

void
kvargs_put(struct kvargs *k, const char *key, struct slice value)
{
	struct kvargs_member *members;
	int at = 0;

	k->any = true;
	while (at < k->n && strcmp(k->members[at].key, key) < 0)
		at++;
	if (at < k->n && strcmp(k->members[at].key, key) == 0) {
		k->members[at].value = value;
		return;
	}
	members = arena_alloc(k->arena, (size_t)(k->n + 1) * sizeof(*members));
	for (int i = 0; i < k->n; i++)
		members[i + (i >= at)] = k->members[i];
	members[at].key = arena_strdup(k->arena, key);
	members[at].value = value;
	k->members = members;
	k->n++;
}

static struct slice
kvargs_quote(struct kvargs *k, const char *text, size_t n)
{
	struct buf b;

	buf_init(&b, 0);
	jsontext_quote(&b, text, n);
	return kvargs_take(k, &b);
}

void
kvargs_put_text(struct kvargs *k, const char *key, const char *value)
{
	kvargs_put(k, key, kvargs_quote(k, value, strlen(value)));
}

const struct kvargs_member *
kvargs_find(const struct kvargs *k, const char *key)
{
	for (int i = 0; i < k->n; i++)
		if (strcmp(k->members[i].key, key) == 0)
			return &k->members[i];
	return NULL;
}

const char *
kvargs_text(const struct kvargs *k, const char *key)
{
	const struct kvargs_member *m = kvargs_find(k, key);

	if (!m)
		return NULL;
	if (jsontext_kind(m->value) == 't')
		return "1";
	if (jsontext_kind(m->value) == 'f')
		return "0";
	return jsontext_go_print(k->arena, m->value);
}

/* A key that comes again becomes a list. */
static void
kvargs_add(struct kvargs *k, const char *key, struct slice value)
{
	const struct kvargs_member *m = kvargs_find(k, key);
	struct buf list;

	if (!m) {
		kvargs_put(k, key, value);
		return;
	}
	buf_init(&list, 0);
	buf_char(&list, '[');
	if (jsontext_kind(m->value) == '[')
		buf_add(&list, m->value.p + 1, m->value.n - 2);
	else
		buf_slice(&list, m->value);
	buf_str(&list, list.n > 1 ? "," : "");
	buf_slice(&list, value);
	buf_char(&list, ']');
	kvargs_put(k, key, kvargs_take(k, &list));
}

/* Members of a JSON object, put over those that are there. */
static const char *
kvargs_add_json(struct kvargs *k, const char *text, size_t n)
{
	struct jsontext_member *members;
	struct slice clean;
	struct error e = { 0 };
	size_t count;
	struct buf b;
	static const char *const kinds[] = { "array", "string", "number",
		"bool" };
	const char *kind;

	buf_init(&b, 0);
	if (jsontext_clean(&b, text, n, JSONTEXT_DIGITS, &e) < 0) {
		buf_release(&b);
		return arena_strdup(k->arena, e.text);
	}
	clean = kvargs_take(k, &b);
	switch (jsontext_kind(clean)) {
	case '{':
		break;
	case 'n':
		return NULL;
	default:
		kind = *clean.p == '['			 ? kinds[0]
		    : *clean.p == '"'			 ? kinds[1]
		    : *clean.p == 't' || *clean.p == 'f' ? kinds[3]
							 : kinds[2];
		return arena_printf(k->arena,
		    "json: cannot unmarshal %s into Go value of type "
		    "map[string]interface {}",
		    kind);
	}
	k->any = true;
	count = part_members(k->arena, clean, &members);
	for (size_t i = 0; i < count; i++)
		kvargs_put(k, members[i].key, members[i].value);
	return NULL;
}

static const char *
kvargs_stdin(struct kvargs *k, char **text, size_t *n)
{
	if (k->stdin_used)
		return "stdin already consumed";
	k->stdin_used = true;
	*text = ui_read_stdin(k->arena, k->stdin_closed, n);
	return NULL;
}

/* NULL, or why the argument is refused. */
static const char *
kvargs_one(struct kvargs *k, const char *arg)
{
	const char *eq = strchr(arg, '='), *why = NULL;
	char *text = NULL, *key;
	size_t n = 0;

	if (!*arg)
		return NULL;
	k->any = true;
	if (!eq && strcmp(arg, "-") == 0) {
		why = kvargs_stdin(k, &text, &n);
		return why ? why : kvargs_add_json(k, text, n);
	}
	if (!eq && *arg == '@') {
		text = readfile(k->arena, arg + 1, &n, &why);
		return text ? kvargs_add_json(k, text, n) : why;
	}
	if (!eq)
		return "format must be key=value";
	key = arena_strndup(k->arena, arg, (size_t)(eq - arg));
	eq++;
	if (*eq == '@') {
		text = readfile(k->arena, eq + 1, &n, &why);
		if (!text)
			return arena_printf(
			    k->arena, "error reading file: %s", why);
	} else if (strcmp(eq, "-") == 0) {
		why = kvargs_stdin(k, &text, &n);
		if (why)
			return why;
	} else {
		eq += eq[0] == '\\' && eq[1] == '@';
		text = arena_strdup(k->arena, eq);
		n = strlen(text);
	}
	kvargs_add(k, key, kvargs_quote(k, text, n));
	return NULL;
}

bool
kvargs_parse(struct kvargs *k, int argc, char *const *argv, const char **why)
{
	for (int i = 0; i < argc; i++) {
		*why = kvargs_one(k, argv[i]);
		if (*why) {
			*why = arena_printf(k->arena,
			    "invalid key/value pair %s: %s",
			    gotext_quote(k->arena, argv[i]), *why);
			return false;
		}
	}
	return true;
}

struct slice
kvargs_json(const struct kvargs *k)
{
	struct kvargs copy = *k;
	struct buf b;

	if (!k->any)
		return SLICE("null");
	buf_init(&b, 0);
	buf_char(&b, '{');
	for (int i = 0; i < k->n; i++) {
		buf_str(&b, i ? "," : "");
		jsontext_quote_str(&b, k->members[i].key);
		buf_char(&b, ':');
		buf_slice(&b, k->members[i].value);
	}
	buf_char(&b, '}');
	return kvargs_take(&copy, &b);
}
