/*
 * mockvault routes: every row of every table, as the pipeline enforces it.
 */
#include <stdio.h>

#include "api/engine.h"
#include "cli/commands.h"

static const struct {
	unsigned op;
	const char *name;
} ops[] = {
	{ OP_READ, "GET" },
	{ OP_LIST, "LIST" },
	{ OP_WRITE, "POST" },
	{ OP_PATCH, "PATCH" },
	{ OP_DELETE, "DELETE" },
	{ OP_HEAD, "HEAD" },
};

static const struct {
	unsigned flag;
	const char *name;
} flags[] = {
	{ R_UNAUTH, "no token" },
	{ R_SUDO, "sudo" },
	{ R_DEDICATED, "bare" },
	{ R_SEALED, "while sealed" },
	{ R_STANDBY, "on standby" },
	{ R_OPENED, "where configured" },
};

static void
print_row(const char *mount, const struct route *r)
{
	const char *comma = "";

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!(r->ops & ops[i].op))
			continue;
		printf("%s%s", comma, ops[i].name);
		comma = ",";
	}
	printf("\t%s%s\t", mount, r->path);
	comma = "";
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(r->flags & flags[i].flag))
			continue;
		printf("%s%s", comma, flags[i].name);
		comma = ", ";
	}
	printf("\t%s\n", r->help ? r->help : "");
}

static void
print_table(const char *mount, const struct route *table)
{
	for (; table && table->path; table++)
		print_row(mount, table);
}

int
routes_main(int argc, char *const *argv)
{
	char mount[80];

	(void)argc;
	(void)argv;
	for (int i = 0; system_tables[i]; i++)
		print_table("", system_tables[i]);
	for (int i = 0; engines[i]; i++) {
		snprintf(mount, sizeof(mount), "%s<%s%s%s>/",
		    engines[i]->table == MOUNT_AUTH ? "auth/" : "",
		    engines[i]->type,
		    engines[i]->option_version ? " v" : "",
		    engines[i]->option_version ? engines[i]->option_version
					       : "");
		for (int t = 0; engines[i]->tables[t]; t++)
			print_table(mount, engines[i]->tables[t]);
	}
	return 0;
}
