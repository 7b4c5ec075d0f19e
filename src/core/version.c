/*
 * The table of differences between Vault's versions, see core/version.h.
 */
#include "core/version.h"

#include <stdlib.h>
#include <string.h>

#include "core/vault.h"

static const struct version_row version_rows[VERSION_COUNT] = {
#define VERSION_ROW(name, since, until, what) \
	[VERSION_##name] = { since, until, what },
	VERSION_ROWS(VERSION_ROW)
#undef VERSION_ROW
};

bool
version_is_valid(const char *text)
{
	int dots = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '.' && p > text && p[-1] != '.' && p[1])
			dots++;
		else if (*p < '0' || *p > '9')
			return false;
	}
	return dots == 2;
}

int
version_compare(const char *a, const char *b)
{
	char *end_a, *end_b;

	for (int part = 0; part < 3; part++) {
		long x = strtol(a, &end_a, 10), y = strtol(b, &end_b, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a = end_a + (*end_a == '.');
		b = end_b + (*end_b == '.');
	}
	return 0;
}

static bool
version_is_of_line(const char *version, const char *patch)
{
	const char *dot = strchr(strchr(patch, '.') + 1, '.');
	size_t n = (size_t)(dot + 1 - patch);

	return strncmp(version, patch, n) == 0;
}

/* Does version come at or after `since`? Of several versions each but the last
 * stands for its own line X.Y alone. */
static bool
version_is_since(const char *version, const char *since)
{
	const char *space;

	for (; since; since = space ? space + 1 : NULL) {
		space = strchr(since, ' ');
		if (version_compare(version, since) >= 0 &&
		    (!space || version_is_of_line(version, since)))
			return true;
	}
	return false;
}

void
version_set_init(struct version_set *set, const char *version)
{
	memset(set, 0, sizeof(*set));
	for (int i = 0; i < VERSION_COUNT; i++) {
		const struct version_row *row = &version_rows[i];

		if (row->since && !version_is_since(version, row->since))
			continue;
		if (row->until && version_compare(version, row->until) >= 0)
			continue;
		set->bits[i / 64] |= (uint64_t)1 << i % 64;
	}
}

void
version_set_drop(struct version_set *set, enum version_change change)
{
	set->bits[change / 64] &= ~((uint64_t)1 << change % 64);
}

const struct version_row *
version_row(enum version_change change)
{
	return &version_rows[change];
}
