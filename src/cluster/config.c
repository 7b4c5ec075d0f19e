/*
 * Configurations, read from their bytes.
 */
#include "cluster/config.h"

#include <string.h>

static uint64_t
config_number(const char *p)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | (unsigned char)p[i];
	return value;
}

bool
config_node(struct slice config, uint64_t at, uint64_t *id,
    const char **address, enum cluster_role *role)
{
	const char *p = config.p, *end = config.p + config.n, *nul;

	if (config.n < 9 || p[0] != 1 || at >= config_number(p + 1))
		return false;
	p += 9;
	for (uint64_t i = 0;; i++) {
		nul = end - p > 8 ? memchr(p + 8, 0, (size_t)(end - p - 8))
				  : NULL;
		if (!nul || nul + 1 >= end)
			return false;
		if (i == at)
			break;
		p = nul + 2;
	}
	*id = config_number(p);
	*address = p + 8;
	*role = (enum cluster_role)(unsigned char)nul[1];
	return true;
}

enum cluster_role
config_role(struct slice config, uint64_t id)
{
	enum cluster_role role;
	const char *address;
	uint64_t one;

	for (uint64_t i = 0; config_node(config, i, &one, &address, &role); i++)
		if (one == id)
			return role;
	return ROLE_NONE;
}

int
config_voters(struct slice config)
{
	enum cluster_role role;
	const char *address;
	uint64_t one;
	int n = 0;

	for (uint64_t i = 0; config_node(config, i, &one, &address, &role); i++)
		n += role == ROLE_VOTER;
	return n;
}

bool
config_is_valid(struct slice config)
{
	enum cluster_role role;
	const char *address;
	uint64_t id, n = 0;
	int voters = 0;

	for (; config_node(config, n, &id, &address, &role); n++) {
		if (id == 0 || role > ROLE_SPARE)
			return false;
		voters += role == ROLE_VOTER;
	}
	return voters > 0 && n == config_number(config.p + 1);
}

struct slice
config_at(const struct cluster_disk *d, uint64_t index, uint64_t *found)
{
	struct cluster_snapshot s;
	struct cluster_entry e;
	uint64_t first, last;

	d->bounds(d->arg, &first, &last);
	if (index == 0 || index > last)
		index = last;
	for (uint64_t i = index; i >= first && i > 0; i--)
		if (d->read(d->arg, i, &e) && e.type == ENTRY_CHANGE) {
			*found = i;
			return e.data;
		}
	d->read_snapshot(d->arg, &s);
	*found = s.index ? s.config_index : 0;
	return s.index ? s.config : (struct slice){ NULL, 0 };
}
