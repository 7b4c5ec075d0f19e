/*
 * The kinds of values that the vault command's flags have.
 */
#include "cli/vault/output/goflag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "cli/vault/commands/pgp_file.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/ui.h"

void
goflags_init(struct goflags *f, struct arena *a)
{
	memset(f, 0, sizeof(*f));
	f->arena = a;
}

static void
goflag_append(struct goflags *f, struct goflag_value *v, const char *text)
{
	char **list = arena_alloc(f->arena, (size_t)(v->n + 1) * sizeof(*list));

	if (v->n)
		memcpy(list, v->list, (size_t)v->n * sizeof(*list));
	list[v->n++] = gotext_trim(f->arena, text);
	v->list = list;
}

/* The last of two equal keys counts; pairs stay sorted by key. */
static void
goflag_put_pair(
    struct goflags *f, struct goflag_value *v, char *key, char *value)
{
	struct goflag_pair *pairs;
	int at = 0;

	while (at < v->n && strcmp(v->pairs[at].key, key) < 0)
		at++;
	if (at < v->n && strcmp(v->pairs[at].key, key) == 0) {
		v->pairs[at].value = value;
		return;
	}
	pairs = arena_alloc(f->arena, (size_t)(v->n + 1) * sizeof(*pairs));
	for (int i = 0; i < v->n; i++)
		pairs[i + (i >= at)] = v->pairs[i];
	pairs[at] = (struct goflag_pair){ key, value };
	v->pairs = pairs;
	v->n++;
}

static const char *
goflag_set_bool(struct goflags *f, struct goflag_value *v, const char *text)
{
	bool b;

	if (!parse_bool_go(text, &b))
		return arena_printf(f->arena,
		    "strconv.ParseBool: parsing %s: invalid syntax",
		    gotext_quote(f->arena, text));
	v->number = b;
	return NULL;
}

static const char *
goflag_set_pair(struct goflags *f, struct goflag_value *v, const char *text)
{
	const char *eq = strchr(text, '=');

	if (!eq)
		return arena_printf(f->arena, "missing = in KV pair: %s",
		    gotext_quote(f->arena, text));
	goflag_put_pair(f, v,
	    arena_strndup(f->arena, text, (size_t)(eq - text)),
	    arena_strdup(f->arena, eq + 1));
	return NULL;
}

static const char *
goflag_set_keys(struct goflags *f, struct goflag_value *v, const char *text)
{
	char *copy = arena_strdup(f->arena, text), *rest = copy, *name;

	if (v->n)
		return "can only be specified once";
	while ((name = strsep(&rest, ",")) != NULL) {
		const char *why;
		char *key = pgp_file_read(
		    f->arena, gotext_trim(f->arena, name), &why);

		if (!key)
			return why;
		goflag_append(f, v, key);
	}
	return NULL;
}

/* NULL, or why the value is refused. */
static const char *
goflag_assign(struct goflags *f, struct goflag_value *v, const char *text)
{
	const char *why = NULL;
	uint64_t u;

	switch (v->flag->kind) {
	case FLAG_STRING:
		v->text = arena_strdup(f->arena, text);
		return NULL;
	case FLAG_BOOL:
	case FLAG_MAYBE_BOOL:
		return goflag_set_bool(f, v, text);
	case FLAG_INT:
		return gotext_parse_int(f->arena, text, &v->number);
	case FLAG_UINT:
		why = gotext_parse_uint(f->arena, text, &u);
		if (!why)
			v->number = (int64_t)u;
		return why;
	case FLAG_DURATION:
		return gotext_parse_duration(f->arena,
		    strcmp(text, "system") == 0 ? "-1" : text, &v->number);
	case FLAG_LIST:
		goflag_append(f, v, text);
		return NULL;
	case FLAG_MAP:
		return goflag_set_pair(f, v, text);
	case FLAG_KEY:
		v->text = pgp_file_read(f->arena, text, &why);
		return v->text ? NULL : why;
	case FLAG_KEYS:
		return goflag_set_keys(f, v, text);
	}
	return NULL;
}

/* A variable that does not parse is as good as none. */
static void
goflag_preset(struct goflags *f, struct goflag_value *v)
{
	const char *env = v->flag->env ? getenv(v->flag->env) : NULL;
	char *copy, *part;

	v->text = arena_strdup(f->arena, "");
	if (v->flag->preset)
		(void)goflag_assign(f, v, v->flag->preset);
	if (!env)
		return;
	if (v->flag->kind != FLAG_LIST) {
		(void)goflag_assign(f, v, env);
		return;
	}
	copy = arena_strdup(f->arena, env);
	while ((part = strsep(&copy, ",")) != NULL)
		goflag_append(f, v, part);
}

void
goflags_add(struct goflags *f, const struct goflag_set *set)
{
	struct goflag_value *values;
	int more = 0;

	if (f->nsets == GOFLAG_MAX_SETS)
		return;
	f->sets[f->nsets++] = set;
	while (set->flags[more].name)
		more++;
	values = arena_zalloc(
	    f->arena, (size_t)(f->nvalues + more) * sizeof(*values));
	if (f->nvalues)
		memcpy(values, f->values, (size_t)f->nvalues * sizeof(*values));
	f->values = values;
	for (int i = 0; i < more; i++) {
		values[f->nvalues].flag = &set->flags[i];
		goflag_preset(f, &values[f->nvalues++]);
	}
}

static struct goflag_value *
goflag_lookup(const struct goflags *f, const char *name)
{
	for (int i = 0; i < f->nvalues; i++) {
		const struct flag *flag = f->values[i].flag;

		if (strcmp(flag->name, name) == 0 ||
		    (flag->alias && strcmp(flag->alias, name) == 0))
			return &f->values[i];
	}
	return NULL;
}

static const char *
goflag_on_flag(void *arg, const struct flag *flag, const char *text)
{
	struct goflags *f = arg;
	struct goflag_value *v = goflag_lookup(f, flag->name);

	v->given = true;
	return goflag_assign(f, v, text);
}

bool
goflags_parse(struct goflags *f, int argc, char *const *argv, const char **why)
{
	const struct flag *tables[GOFLAG_MAX_SETS + 1] = { NULL };
	struct flag_reader reader = {
		.arena = f->arena,
		.tables = tables,
		.assign = goflag_on_flag,
		.arg = f,
	};
	struct error e = { 0 };
	bool ok;

	for (int i = 0; i < f->nsets; i++)
		tables[i] = f->sets[i]->flags;
	f->args = arena_zalloc(f->arena, ((size_t)argc + 1) * sizeof(*f->args));
	ok = flags_read(&reader, argc, argv, f->args, &f->nargs, &e);
	f->help = reader.help;
	*why = ok ? NULL : arena_strdup(f->arena, e.text);
	error_release(&e);
	return ok;
}

const struct goflag_value *
goflag_find(const struct goflags *f, const char *name)
{
	static const struct goflag_value none = { .text = NULL };
	const struct goflag_value *v = goflag_lookup(f, name);

	return v ? v : &none;
}

bool
goflag_exists(const struct goflags *f, const char *name)
{
	return goflag_lookup(f, name) != NULL;
}

const char *
goflag_text(const struct goflags *f, const char *name)
{
	const char *text = goflag_find(f, name)->text;

	return text ? text : "";
}

int64_t
goflag_number(const struct goflags *f, const char *name)
{
	return goflag_find(f, name)->number;
}

bool
goflag_is(const struct goflags *f, const char *name)
{
	return goflag_find(f, name)->number != 0;
}

bool
goflag_given(const struct goflags *f, const char *name)
{
	return goflag_find(f, name)->given;
}

static const char *
goflag_example(enum flag_kind kind)
{
	switch (kind) {
	case FLAG_STRING:
	case FLAG_LIST:
		return "string";
	case FLAG_BOOL:
		return NULL;
	case FLAG_MAYBE_BOOL:
		return "*bool";
	case FLAG_INT:
		return "int";
	case FLAG_UINT:
		return "uint";
	case FLAG_DURATION:
		return "duration";
	case FLAG_MAP:
		return "key=value";
	case FLAG_KEY:
		return "keybase:user";
	case FLAG_KEYS:
		return "keybase:user1, keybase:user2, ...";
	}
	return NULL;
}

static int
goflag_compare(const void *x, const void *y)
{
	const struct flag *const *a = x, *const *b = y;

	return strcmp((*a)->name, (*b)->name);
}

static void
goflag_describe(
    const struct goflags *f, const struct flag *flag, struct buf *out)
{
	const char *example = goflag_example(flag->kind);
	struct buf usage;

	buf_printf(out, "  -%s", flag->name);
	if (example)
		buf_printf(out, "=<%s>", example);
	buf_init(&usage, 0);
	buf_str(&usage, flag->usage);
	if (flag->preset && flag->kind != FLAG_BOOL &&
	    strcmp(flag->preset, "(not set)") != 0 &&
	    strcmp(flag->preset, "-1") != 0)
		buf_printf(&usage, " The default is %s.", flag->preset);
	if (flag->env)
		buf_printf(&usage, " The variable %s sets it too.", flag->env);
	buf_printf(out, "\n%s\n\n", ui_wrap(f->arena, usage.p, 6));
	buf_release(&usage);
}

void
goflags_help(const struct goflags *f, struct buf *out)
{
	for (int i = 0; i < f->nsets; i++) {
		const struct flag *flags = f->sets[i]->flags;
		const struct flag **sorted;
		size_t n = 0, shown = 0;

		while (flags[n].name)
			n++;
		sorted = arena_alloc(f->arena, (n + 1) * sizeof(*sorted));
		for (size_t k = 0; k < n; k++)
			if (flags[k].usage)
				sorted[shown++] = &flags[k];
		qsort(sorted, shown, sizeof(*sorted), goflag_compare);
		buf_printf(out, "%s:\n\n", f->sets[i]->title);
		for (size_t k = 0; k < shown; k++)
			goflag_describe(f, sorted[k], out);
	}
	while (out->n && out->p[out->n - 1] == '\n')
		out->p[--out->n] = '\0';
}
