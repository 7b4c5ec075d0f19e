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

/* What a version of Vault has and this server has not: it answers as for a
 * path or a type that is unknown. */
static const struct version_row versions_lacking[] = {
	{ "1.14.9 1.15.5 1.16.0", NULL,
	    "code_challenge_methods_supported of an OIDC provider: there is no "
	    "identity/oidc/provider" },
	{ NULL, "1.16.0", "sys/events/subscribe" },
	{ "1.17.0", NULL,
	    "max_ttl of ACME, and its accounts since 1.19: there "
	    "is no pki/acme" },
	{ "1.17.6 1.18.0", NULL,
	    "allow_empty_principals of SSH roles: there is no engine ssh" },
	{ "1.18.0", NULL, "self-managed static roles of databases" },
	{ "1.19.0", NULL, "sys/utilization-report" },
	{ "1.19.4", NULL,
	    "the exchange of keys X25519MLKEM768, unless OpenSSL has it" },
	{ "1.20.1", NULL,
	    "a code of TOTP is taken once: there is no engine totp, and no "
	    "identity/mfa" },
	{ "1.21.1", NULL, "sys/reporting/scan" },
	{ "2.0.0", NULL, "sys/billing" },
	{ "2.0.0", NULL, "transit's envelope encryption" },
	{ "2.0.5", NULL, "the formats pkcs12_bundle and jks_bundle of pki" },
	{ "2.1.0", NULL, "the mount agent-registry/" },
	{ "2.2.0", NULL, "transit/keys/NAME/algorithm" },
};

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

static void
versions_print_row(const struct version_row *row)
{
	printf("| %s | %s | ", row->since ? row->since : "",
	    row->until ? row->until : "");
	for (const char *p = row->what; *p; p++) {
		if (*p == '|')
			putchar('\\');
		putchar(*p);
	}
	printf(" |\n");
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
	for (size_t i = 0; i < n; i++)
		versions_print_row(rows[i]);
	printf(
	    "\nNot here in any version; a request is answered as for a path, "
	    "an engine or a field that\nis unknown:\n\n"
	    "| since | until | what Vault has |\n|---|---|---|\n");
	for (size_t i = 0;
	     i < sizeof(versions_lacking) / sizeof(versions_lacking[0]); i++)
		versions_print_row(&versions_lacking[i]);
	return 0;
}
