/*
 * mockvault routes: every row of every table, as the pipeline enforces it.
 */
#include <stdio.h>

#include "server/engines.h"
#include "cli/commands.h"

static const struct {
	unsigned op;
	const char *name;
} route_op_names[] = {
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
} route_flag_names[] = {
	{ R_UNAUTH, "no token" },
	{ R_SUDO, "sudo" },
	{ R_DEDICATED, "bare" },
	{ R_WHILE_SEALED, "while sealed" },
	{ R_ON_STANDBY, "on standby" },
	{ R_IF_CONFIGURED, "where configured" },
};

static void
routes_print_route(const char *mount, const struct route *r)
{
	const char *comma = "";

	for (size_t i = 0;
	     i < sizeof(route_op_names) / sizeof(route_op_names[0]); i++) {
		if (!(r->ops & route_op_names[i].op))
			continue;
		printf("%s%s", comma, route_op_names[i].name);
		comma = ",";
	}
	printf("\t%s%s\t", mount, r->path);
	comma = "";
	for (size_t i = 0;
	     i < sizeof(route_flag_names) / sizeof(route_flag_names[0]); i++) {
		if (!(r->flags & route_flag_names[i].flag))
			continue;
		printf("%s%s", comma, route_flag_names[i].name);
		comma = ", ";
	}
	printf("\t%s\n", r->help ? r->help : "");
}

static void
routes_print_table(const char *mount, const struct route *table)
{
	for (; table && table->path; table++)
		routes_print_route(mount, table);
}

int
routes_main(int argc, char *const *argv)
{
	char mount[80];

	(void)argc;
	(void)argv;
	for (int i = 0; system_tables[i]; i++)
		routes_print_table("", system_tables[i]);
	for (int i = 0; engines[i]; i++) {
		snprintf(mount, sizeof(mount), "%s<%s%s%s>/",
		    engines[i]->table == MOUNT_AUTH ? "auth/" : "",
		    engines[i]->type, engines[i]->option_version ? " v" : "",
		    engines[i]->option_version ? engines[i]->option_version
					       : "");
		for (int t = 0; engines[i]->tables[t]; t++)
			routes_print_table(mount, engines[i]->tables[t]);
	}
	return 0;
}
