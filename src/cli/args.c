/*
 * What was given, in its order. Knows no command.
 */
#include "cli/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* Switches that are switched off are as if they had not been there. */
static const char *
args_on_flag(void *arg, const struct flag *flag, const char *text)
{
	struct args *a = arg;

	if (flag_is_switch(flag)) {
		bool on;

		if (!parse_bool_go(text, &on))
			return "it takes no value";
		if (!on)
			return NULL;
	}
	a->flags[a->nflags++] = (struct args_flag){ flag, text };
	return NULL;
}

/* The tables that there are, of two. */
static void
args_list_tables(const struct args *a, const struct flag *tables[3])
{
	int n = 0;

	for (int t = 0; t < 2; t++)
		if (a->tables[t])
			tables[n++] = a->tables[t];
	tables[n] = NULL;
}

int
args_count_leading(const struct args *a, int argc, char *const *argv)
{
	const struct flag *tables[3];
	const struct flag_reader reader = { .tables = tables,
		.anywhere = true };

	args_list_tables(a, tables);
	return flags_count_leading(&reader, argc, argv);
}

bool
args_parse(struct args *a, int argc, char *const *argv, struct error *e)
{
	const struct flag *tables[3];
	struct arena *arena = arena_new();
	struct flag_reader reader = {
		.arena = arena,
		.tables = tables,
		.anywhere = true,
		.assign = args_on_flag,
		.arg = a,
	};
	bool ok;

	args_list_tables(a, tables);
	a->flags = xcalloc((size_t)argc + 1, sizeof(*a->flags));
	a->positionals = xcalloc((size_t)argc + 1, sizeof(*a->positionals));
	a->nflags = 0;
	ok = flags_read(
	    &reader, argc, argv, a->positionals, &a->npositionals, e);
	arena_free(arena);
	return ok;
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
args_help(FILE *out, const struct flag *table)
{
	char left[60];

	for (; table && table->name && table->usage; table++) {
		snprintf(left, sizeof(left), "--%s%s%s", table->name,
		    table->value ? " " : "", table->value ? table->value : "");
		fprintf(out, "      %-26s %s\n", left, table->usage);
	}
}
