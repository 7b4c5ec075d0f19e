/*
 * Opens and closes entries.
 */
#include "journal/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/line_sink.h"
#include "base/mem.h"
#include "journal/entry.h"
#include "journal/match/token_digest.h"

struct journal *
journal_new(int size, struct clock *virtual_clock, struct clock *real_clock)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->size = size;
	j->virtual_clock = virtual_clock;
	j->real_clock = real_clock;
	j->first_seq = 1;
	j->digester = token_digester_new();
	return j;
}

void
journal_free(struct journal *j)
{
	if (!j)
		return;
	journal_cancel_waiters(j);
	for (int i = 0; i < j->nslots; i++)
		free(j->slots[i].entry);
	free(j->slots);
	free(j->events);
	free(j->unsettled);
	token_digester_free(j->digester);
	line_sink_free(j->file);
	free(j);
}

bool
journal_open_file(struct journal *j, const char *path, struct error *e)
{
	struct error why = { 0 };

	j->file = line_sink_open(path, &why);
	if (!j->file)
		error_set(
		    e, 400, "error opening journal %s: %s", path, why.text);
	return j->file != NULL;
}

static void
journal_write_line(struct journal *j, const struct journal_slot *s)
{
	json_t *show = entry_to_json(s);
	struct buf line;

	buf_init(&line, 0);
	jsontext_put_ordered(&line, show);
	json_decref(show);
	buf_char(&line, '\n');
	line_sink_write(j->file, line.p, line.n);
	buf_release(&line);
}

static void
journal_tell_listeners(
    struct journal *j, int64_t seq, const struct journal_close *c)
{
	for (struct journal_listener *l = j->listeners; l; l = l->next)
		if (l->when_settled == !c)
			l->fn(l->arg, seq, c);
}

/* It is sure now. */
static void
journal_tell(struct journal *j, struct journal_slot *s)
{
	s->unsettled = false;
	if (j->file)
		journal_write_line(j, s);
	journal_tell_listeners(j, s->seq, NULL);
	if (j->waiters)
		journal_tell_waiters(j, s);
}

int64_t
journal_open_entry(struct journal *j, const struct request_info *info,
    const char *tls, int64_t mono_ns)
{
	struct journal_slot *s;

	if (++j->last_seq >= j->nslots && j->nslots < j->size)
		j->slots = journal_grow_ring(
		    j->slots, &j->nslots, j->size, sizeof(*j->slots));
	s = journal_ring_slot(j, j->last_seq);
	if (s->seq >= j->first_seq && s->unsettled)
		journal_tell(j, s);
	if (s->seq >= j->first_seq) {
		/* the vault's clock may have been set back since */
		if (s->virtual_ns > j->dropped_virtual_ns)
			j->dropped_virtual_ns = s->virtual_ns;
		j->dropped_real_ns = s->real_ns;
		journal_waiters_lose(j, s);
	}
	free(s->entry);
	*s = (struct journal_slot){ .seq = j->last_seq,
		.virtual_ns = clock_at_mono(j->virtual_clock, mono_ns),
		.real_ns = clock_at_mono(j->real_clock, mono_ns),
		.info = info,
		.tls = tls };
	return j->last_seq;
}

static void
journal_put_unsettled(struct journal *j, int64_t seq)
{
	if (j->nunsettled == j->unsettled_cap) {
		j->unsettled_cap = j->unsettled_cap ? j->unsettled_cap * 2 : 64;
		j->unsettled = xrealloc(
		    j->unsettled, j->unsettled_cap * sizeof(*j->unsettled));
	}
	j->unsettled[j->nunsettled++] = seq;
}

void
journal_close_entry(
    struct journal *j, int64_t seq, const struct journal_close *c)
{
	struct journal_slot *s = journal_ring_slot(j, seq);

	if (s->seq != seq || s->entry || seq < j->first_seq)
		return;
	s->entry = entry_pack(j->digester, c->info, c, s->tls);
	s->entry->duration_ns = clock_now(j->real_clock) - s->real_ns;
	s->info = NULL;
	s->unsettled = c->is_unsure;
	journal_tell_listeners(j, seq, c);
	if (c->is_unsure)
		journal_put_unsettled(j, seq);
	else
		journal_tell(j, s);
}

/* Who is told may close entries that are unsure again: they come behind. */
void
journal_settle(struct journal *j, const char *error, int64_t bytes)
{
	for (size_t i = 0; i < j->nunsettled; i++) {
		int64_t seq = j->unsettled[i];
		struct journal_slot *s = journal_ring_slot(j, seq);

		if (s->seq != seq || !s->unsettled || seq < j->first_seq)
			continue;
		if (error)
			s->entry = entry_fail(s->entry, error, bytes);
		journal_tell(j, s);
	}
	j->nunsettled = 0;
}

/* An entry that is open now is not kept when it closes. */
void
journal_clear(struct journal *j)
{
	for (int i = 0; i < j->nslots; i++) {
		free(j->slots[i].entry);
		j->slots[i].entry = NULL;
		j->slots[i].info = NULL;
	}
	journal_waiters_lose_all(j);
	j->first_seq = j->last_seq + 1;
	j->nevents = 0;
	j->dropped_virtual_ns = j->dropped_real_ns = 0;
}

void
journal_add_listener(struct journal *j, struct journal_listener *l)
{
	struct journal_listener **at = &j->listeners;

	while (*at)
		at = &(*at)->next;
	l->next = NULL;
	*at = l;
}

void
journal_remove_listener(struct journal *j, struct journal_listener *l)
{
	struct journal_listener **at = &j->listeners;

	while (*at && *at != l)
		at = &(*at)->next;
	if (*at)
		*at = l->next;
}
