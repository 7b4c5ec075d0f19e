/*
 * What every kind of disk has in common.
 */
#include "cluster/disk.h"

uint64_t
disk_term_of(const struct cluster_disk *d, uint64_t index)
{
	struct cluster_snapshot s;
	struct cluster_entry e;

	if (index == 0)
		return 0;
	if (d->read(d->arg, index, &e))
		return e.term;
	d->read_snapshot(d->arg, &s);
	return s.index == index ? s.term : 0;
}

uint64_t
disk_last_index(const struct cluster_disk *d)
{
	struct cluster_snapshot s;
	uint64_t first, last;

	d->bounds(d->arg, &first, &last);
	if (last)
		return last;
	d->read_snapshot(d->arg, &s);
	return s.index;
}
