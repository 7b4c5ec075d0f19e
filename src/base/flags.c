/*
 * Reading flags by table.
 */
#include "base/flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/go_text.h"

bool
flag_is_switch(const struct flag *flag)
{
	return flag->kind == FLAG_BOOL || flag->kind == FLAG_MAYBE_BOOL;
}

static bool
flag_has_name(const char *candidate, const char *name, size_t n)
{
	return candidate && strlen(candidate) == n &&
	    memcmp(candidate, name, n) == 0;
}

const struct flag *
flags_find(const struct flag *const *tables, const char *name, size_t n)
{
	for (; *tables; tables++)
		for (const struct flag *f = *tables; f->name; f++)
			if (flag_has_name(f->name, name, n) ||
			    flag_has_name(f->alias, name, n))
				return f;
	return NULL;
}

/* "-" is a word everywhere: standard input. */
static bool
flags_is_flag(const struct flag_reader *r, const char *arg)
{
	if (arg[0] != '-' || arg[1] == '\0')
		return false;
	return !r->anywhere ||
	    !((arg[1] >= '0' && arg[1] <= '9') || arg[1] == '.');
}

/* One flag at argv[*at]; moves *at behind it and its value. */
static bool
flags_read_one(struct flag_reader *r, int argc, char *const *argv, int *at,
    struct error *e)
{
	const char *word = argv[*at], *name = word + 1 + (word[1] == '-');
	size_t n = *name ? 1 + strcspn(name + 1, "=") : 0;
	const char *value = n && name[n] == '=' ? name + n + 1 : NULL;
	const struct flag *flag;
	const char *why, *called;

	(*at)++;
	if (n == 0 || *name == '-' || *name == '=')
		return error_set(e, 400, "bad flag syntax: %s", word);
	called = arena_strndup(r->arena, name, n);
	flag = flags_find(r->tables, name, n);
	if (!flag) {
		r->help = strcmp(called, "h") == 0 ||
		    strcmp(called, "help") == 0;
		return r->help
		    ? error_set(e, 400, "flag: help requested")
		    : error_set(
			  e, 400, "flag provided but not defined: -%s", called);
	}
	if (flag_is_switch(flag)) {
		why = r->assign(r->arg, flag, value ? value : "true");
		return !why ||
		    error_set(e, 400, "invalid boolean value %s for -%s: %s",
			go_quoted(r->arena, value), called, why);
	}
	if (!value && *at < argc)
		value = argv[(*at)++];
	if (!value)
		return error_set(e, 400, "flag needs an argument: -%s", called);
	why = r->assign(r->arg, flag, value);
	return !why ||
	    error_set(e, 400, "invalid value %s for flag -%s: %s",
		go_quoted(r->arena, value), called, why);
}

bool
flags_read(struct flag_reader *r, int argc, char *const *argv, char **words,
    int *nwords, struct error *e)
{
	bool flags_allowed = true, ok = true;
	int at = 0;

	*nwords = 0;
	while (ok && at < argc) {
		if (flags_allowed && strcmp(argv[at], "--") == 0) {
			flags_allowed = false;
			at++;
		} else if (flags_allowed && flags_is_flag(r, argv[at])) {
			ok = flags_read_one(r, argc, argv, &at, e);
		} else {
			flags_allowed = flags_allowed && r->anywhere;
			words[(*nwords)++] = argv[at++];
		}
	}
	while (at < argc)
		words[(*nwords)++] = argv[at++];
	return ok;
}

int
flags_count_leading(const struct flag_reader *r, int argc, char *const *argv)
{
	int n = 0;

	while (n < argc && flags_is_flag(r, argv[n])) {
		const char *name = argv[n] + 1 + (argv[n][1] == '-');
		size_t len = strcspn(name, "=");
		const struct flag *f = flags_find(r->tables, name, len);
		bool alone = f && (flag_is_switch(f) || name[len]);

		if (!f || (!alone && n + 1 >= argc))
			return n;
		n += alone ? 1 : 2;
	}
	return n;
}

bool
flags_read_environment(
    struct flag_reader *r, const struct flag *table, struct error *e)
{
	for (; table->name; table++) {
		const char *text = table->env ? getenv(table->env) : NULL;

		if (text && *text && r->assign(r->arg, table, text))
			return error_set(e, 400, "invalid value \"%s\" for %s",
			    text, table->env);
	}
	return true;
}
