/*
 * mockvault routes: every row of every table, as the pipeline enforces it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "server/engines.h"
#include "server/claimed_version.h"
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
routes_print_table(
    const char *mount, const struct route *table, const struct version_set *set)
{
	for (; table && table->path; table++)
		if (version_set_has(set, ROUTE_VERSION(table->flags)))
			routes_print_route(mount, table);
}

static void
routes_print_all(const struct version_set *set)
{
	char mount[80];

	for (int i = 0; system_tables[i]; i++)
		routes_print_table("", system_tables[i], set);
	for (int i = 0; engines[i]; i++) {
		snprintf(mount, sizeof(mount), "%s<%s%s%s>/",
		    engines[i]->table == MOUNT_AUTH ? "auth/" : "",
		    engines[i]->type, engines[i]->option_version ? " v" : "",
		    engines[i]->option_version ? engines[i]->option_version
					       : "");
		for (int t = 0; engines[i]->tables[t]; t++)
			routes_print_table(mount, engines[i]->tables[t], set);
	}
}

/* What a version does otherwise than the one this program claims to be. */
static void
routes_print_changes(const char *version, const struct version_set *set)
{
	struct version_set own;

	version_set_init(&own, MOCKVAULT_VAULT_VERSION);
	for (int i = VERSION_ALWAYS + 1; i < VERSION_COUNT; i++) {
		const struct version_row *row = version_row(
		    (enum version_change)i);
		bool then = version_set_has(set, (enum version_change)i);

		if (then == version_set_has(&own, (enum version_change)i))
			continue;
		printf("%s\t%s%s%s%s\t%s\n", then ? "+" : "-",
		    row->since ? "since " : "", row->since ? row->since : "",
		    row->until ? " until " : "", row->until ? row->until : "",
		    row->what);
	}
	printf("(+ holds in %s and not in %s; - the other way round)\n",
	    version, MOCKVAULT_VAULT_VERSION);
}

/*
 * mockvault routes: every row. mockvault routes --vault-version X: the rows of
 * that version, then what else differs from the version claimed by default.
 */
int
routes_main(int argc, char *const *argv)
{
	const char *version = claimed_version();
	struct version_set set;

	for (int i = 0; i < argc; i++) {
		const char *flag = argv[i];

		flag += starts_with(flag, "--") ? 2 : *flag == '-';
		if (flag == argv[i] || !starts_with(flag, "vault-version") ||
		    (flag[13] != '=' && (flag[13] || i + 1 == argc))) {
			fprintf(stderr,
			    "usage: mockvault routes [--vault-version X.Y.Z]\n");
			return 1;
		}
		version = flag[13] ? flag + 14 : argv[++i];
	}
	if (!version_is_valid(version)) {
		fprintf(stderr,
		    "invalid value \"%s\" for flag -vault-version: expected "
		    "X.Y.Z\n",
		    version);
		return 1;
	}
	version_set_init(&set, version);
	routes_print_all(&set);
	if (strcmp(version, MOCKVAULT_VAULT_VERSION) != 0) {
		putchar('\n');
		routes_print_changes(version, &set);
	}
	return 0;
}
