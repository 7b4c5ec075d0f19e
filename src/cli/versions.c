/*
 * mockvault versions: the table of differences between Vault's versions as a
 * page of Markdown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"
#include "server/engines.h"

/* Where a row begins or ends, whichever it has; `since` when both. */
static const char *
versions_row_place(const struct version_row *row)
{
	return row->since ? row->since : row->until;
}

static int
versions_compare_rows(const void *a, const void *b)
{
	const struct version_row *x = *(const struct version_row *const *)a;
	const struct version_row *y = *(const struct version_row *const *)b;
	int order = version_compare(
	    versions_row_place(x), versions_row_place(y));

	return order ? order : strcmp(x->what, y->what);
}

int
versions_main(int argc, char *const *argv)
{
	const struct version_row *rows[VERSION_COUNT];
	size_t n = 0;

	(void)argc;
	(void)argv;
	for (int i = VERSION_ALWAYS + 1; i < VERSION_COUNT; i++)
		rows[n++] = version_row((enum version_change)i);
	qsort(rows, n, sizeof(rows[0]), versions_compare_rows);
	printf(
	    "# Versions of Vault\n\n"
	    "Printed from the table in `src/core/version.h` by `mockvault "
	    "versions`; change the\ntable. `mockvault server --vault-version "
	    "X.Y.Z` (or `MOCKVAULT_VERSION`) claims a\nversion and answers as "
	    "it does: what holds from `since` on, and before `until`.\n"
	    "`mockvault routes --vault-version X.Y.Z` prints the endpoints of "
	    "a version, and what\nelse differs from %s, the version claimed "
	    "by default.\n\n"
	    "| since | until | what holds |\n|---|---|---|\n",
	    MOCKVAULT_VAULT_VERSION);
	for (size_t i = 0; i < n; i++) {
		printf("| %s | %s | ", rows[i]->since ? rows[i]->since : "",
		    rows[i]->until ? rows[i]->until : "");
		for (const char *p = rows[i]->what; *p; p++) {
			if (*p == '|')
				putchar('\\');
			putchar(*p);
		}
		printf(" |\n");
	}
	return 0;
}
