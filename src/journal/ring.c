/*
 * The ring of entries and the ring of events: which entries there are, and how
 * many have been overwritten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/entry.h"

#define RING_FIRST 64

void *
journal_grow_ring(void *ring, int *n, int size, size_t element)
{
	int more = *n ? *n * 2 : RING_FIRST;
	char *grown;

	if (more > size)
		more = size;
	grown = xcalloc((size_t)more, element);
	if (*n)
		memcpy(grown, ring, (size_t)*n * element);
	free(ring);
	*n = more;
	return grown;
}

struct journal_slot *
journal_ring_slot(const struct journal *j, int64_t seq)
{
	return &j->slots[seq % j->size];
}

int64_t
journal_last(const struct journal *j)
{
	return j->last_seq;
}

int64_t
journal_oldest(const struct journal *j)
{
	int64_t oldest = j->last_seq - j->size + 1;

	return oldest > j->first_seq ? oldest : j->first_seq;
}

int64_t
journal_dropped(const struct journal *j)
{
	return journal_oldest(j) - j->first_seq;
}

int
journal_count_all(const struct journal *j)
{
	return (int)(j->last_seq - journal_oldest(j) + 1);
}

const struct journal_slot *
journal_slot(const struct journal *j, int64_t seq)
{
	const struct journal_slot *s;

	if (seq < journal_oldest(j) || seq > j->last_seq)
		return NULL;
	s = journal_ring_slot(j, seq);
	return s->seq == seq && (s->entry || s->info) ? s : NULL;
}

struct journal_mark
journal_mark_now(const struct journal *j)
{
	return (struct journal_mark){ .seq = j->last_seq,
		.nevents = j->nevents,
		.virtual_ns = clock_now(j->virtual_clock),
		.real_ns = clock_now(j->real_clock) };
}

void
journal_add_event(struct journal *j, const char *name)
{
	struct journal_event *m;

	if (j->nevents >= j->events_made && j->events_made < JOURNAL_EVENTS_MAX)
		j->events = journal_grow_ring(j->events, &j->events_made,
		    JOURNAL_EVENTS_MAX, sizeof(*j->events));
	m = &j->events[j->nevents++ % JOURNAL_EVENTS_MAX];
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->seq = j->last_seq;
	m->virtual_ns = clock_now(j->virtual_clock);
	m->real_ns = clock_now(j->real_clock);
}
