/*
 * Reading flags by table. Knows no command.
 */
#include "cli/flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* "-90s" is a word, "-" too: standard input. */
static bool
args_is_flag(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0' &&
	    !(arg[1] >= '0' && arg[1] <= '9') && arg[1] != '.';
}

static const struct flag *
flags_find(const struct args *a, const char *name, size_t n)
{
	for (int t = 0; t < 2; t++)
		for (const struct flag *f = a->tables[t]; f && f->name; f++)
			if (strlen(f->name) == n &&
			    memcmp(f->name, name, n) == 0)
				return f;
	return NULL;
}

static bool
args_read_flag(
    struct args *a, int argc, char *const *argv, int *i, struct error *e)
{
	const char *arg = argv[*i] + (starts_with(argv[*i], "--") ? 2 : 1);
	size_t n = strcspn(arg, "=");
	const struct flag *f = flags_find(a, arg, n);
	const char *value = arg[n] ? arg + n + 1 : NULL;

	if (!f)
		return error_set(e, 400, "no flag -%.*s here", (int)n, arg);
	if (!f->value_name && value)
		return error_set(e, 400, "flag -%s takes no value", f->name);
	if (f->value_name && !value && *i + 1 >= argc)
		return error_set(e, 400, "flag -%s needs a value: %s", f->name,
		    f->value_name);
	if (f->value_name && !value)
		value = argv[++*i];
	a->flags[a->nflags++] = (struct args_flag){ f, value };
	return true;
}

bool
args_parse(struct args *a, int argc, char *const *argv, struct error *e)
{
	bool flags_allowed = true;

	a->flags = xcalloc((size_t)argc + 1, sizeof(*a->flags));
	a->positionals = xcalloc((size_t)argc + 1, sizeof(*a->positionals));
	a->nflags = a->npositionals = 0;
	for (int i = 0; i < argc; i++) {
		if (flags_allowed && strcmp(argv[i], "--") == 0)
			flags_allowed = false;
		else if (!flags_allowed || !args_is_flag(argv[i]))
			a->positionals[a->npositionals++] = argv[i];
		else if (!args_read_flag(a, argc, argv, &i, e))
			return false;
	}
	return true;
}

int
args_count_leading(const struct args *a, int argc, char *const *argv)
{
	int n = 0;

	while (n < argc && args_is_flag(argv[n])) {
		const char *name = argv[n] +
		    (starts_with(argv[n], "--") ? 2 : 1);
		size_t len = strcspn(name, "=");
		const struct flag *f = flags_find(a, name, len);

		if (!f || (f->value_name && !name[len] && n + 1 >= argc))
			return n;
		n += f->value_name && !name[len] ? 2 : 1;
	}
	return n;
}

void
args_release(struct args *a)
{
	free(a->flags);
	free(a->positionals);
	a->flags = NULL;
	a->positionals = NULL;
}

const char *
args_nth(const struct args *a, const char *name, int n)
{
	for (int i = 0; i < a->nflags; i++)
		if (strcmp(a->flags[i].flag->name, name) == 0 && n-- == 0)
			return a->flags[i].value ? a->flags[i].value : "";
	return NULL;
}

const char *
args_value(const struct args *a, const char *name)
{
	for (int i = a->nflags - 1; i >= 0; i--)
		if (strcmp(a->flags[i].flag->name, name) == 0)
			return a->flags[i].value ? a->flags[i].value : "";
	return NULL;
}

bool
args_has(const struct args *a, const char *name)
{
	return args_value(a, name) != NULL;
}

const char *
args_positional(const struct args *a, int n)
{
	return n < a->npositionals ? a->positionals[n] : NULL;
}

void
flags_help(FILE *out, const struct flag *table)
{
	char left[60];

	for (; table && table->name && table->help; table++) {
		snprintf(left, sizeof(left), "--%s%s%s", table->name,
		    table->value_name ? " " : "",
		    table->value_name ? table->value_name : "");
		fprintf(out, "      %-26s %s\n", left, table->help);
	}
}
