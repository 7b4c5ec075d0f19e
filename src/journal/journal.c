/*
 * The ring of entries, the events beside them.
 */
#include "journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/json_text.h"
#include "base/mem.h"
#include "journal/entry.h"

struct journal *
journal_new(int size, struct clock *virt, struct clock *real)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->size = size;
	j->slots = xcalloc((size_t)size, sizeof(*j->slots));
	j->virt = virt;
	j->real = real;
	j->first = 1;
	return j;
}

void
journal_free(struct journal *j)
{
	if (!j)
		return;
	waits_free(j);
	for (int i = 0; i < j->size; i++)
		free(j->slots[i].entry);
	free(j->slots);
	if (j->file)
		fclose(j->file);
	free(j);
}

bool
journal_file(struct journal *j, const char *path, char *why, size_t why_size)
{
	j->file = fopen(path, "a");
	if (!j->file)
		snprintf(why, why_size, "error opening journal %s: %s", path,
		    strerror(errno));
	return j->file != NULL;
}

static struct slot *
slot_of(const struct journal *j, int64_t seq)
{
	return &j->slots[seq % j->size];
}

int64_t
journal_open(struct journal *j, const struct facts *facts, const char *tls,
    int64_t mono)
{
	struct slot *s = slot_of(j, ++j->last);

	free(s->entry);
	*s = (struct slot){ .seq = j->last, .virt = clock_at(j->virt, mono),
		.real = clock_at(j->real, mono), .facts = facts, .tls = tls };
	return j->last;
}

static void
write_line(struct journal *j, const struct slot *s)
{
	json_t *show = entry_show(s);
	struct buf line;

	buf_init(&line, 0);
	jtext_put_ordered(&line, show);
	json_decref(show);
	fprintf(j->file, "%s\n", line.p);
	fflush(j->file);
	buf_release(&line);
}

void
journal_close_entry(struct journal *j, int64_t seq,
    const struct journal_close *c)
{
	struct slot *s = slot_of(j, seq);

	if (s->seq != seq || s->entry || seq < j->first)
		return;
	s->entry = entry_pack(c->facts, c, s->tls);
	s->entry->took = clock_now(j->real) - s->real;
	s->facts = NULL;
	if (j->file)
		write_line(j, s);
	if (j->on_close)
		j->on_close(j->on_close_arg, seq, c);
	if (j->waits)
		waits_look(j);
}

void
journal_on_close(struct journal *j,
    void (*fn)(void *arg, int64_t seq, const struct journal_close *c),
    void *arg)
{
	j->on_close = fn;
	j->on_close_arg = arg;
}

int64_t
journal_last(const struct journal *j)
{
	return j->last;
}

int64_t
journal_oldest(const struct journal *j)
{
	int64_t oldest = j->last - j->size + 1;

	return oldest > j->first ? oldest : j->first;
}

int64_t
journal_dropped(const struct journal *j)
{
	return journal_oldest(j) - j->first;
}

int
journal_count_all(const struct journal *j)
{
	return (int)(j->last - journal_oldest(j) + 1);
}

const struct slot *
journal_slot(const struct journal *j, int64_t seq)
{
	const struct slot *s;

	if (seq < journal_oldest(j) || seq > j->last)
		return NULL;
	s = slot_of(j, seq);
	return s->seq == seq && (s->entry || s->facts) ? s : NULL;
}

/* Entries that are still open close into nothing. */
void
journal_clear(struct journal *j)
{
	for (int i = 0; i < j->size; i++) {
		free(j->slots[i].entry);
		j->slots[i].entry = NULL;
		j->slots[i].facts = NULL;
	}
	j->first = j->last + 1;
	j->nmarks = 0;
}

/* ---- events ---- */

void
journal_event(struct journal *j, const char *name)
{
	struct journal_mark *m = &j->marks[j->nmarks++ % EVENTS_MAX];

	snprintf(m->name, sizeof(m->name), "%s", name);
	m->seq = j->last;
	m->virt = clock_now(j->virt);
	m->real = clock_now(j->real);
}
