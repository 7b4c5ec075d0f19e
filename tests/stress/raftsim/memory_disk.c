/*
 * A disk in memory; its state is a chain of hashes, one for each command, so
 * that it says what was applied, and in which order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/stress/raftsim/sim.h"

struct memory_entry {
	uint64_t term;
	enum entry_type type;
	char *data;
	size_t n;
};

struct memory_link {
	uint64_t index, hash;
};

struct memory_state {
	uint64_t term, vote, applied;
	uint64_t first; /* of the rows */
	struct memory_entry *rows;
	size_t nrows;
	struct cluster_snapshot snapshot; /* config is ours */
	struct memory_link image;
	struct memory_link *chain; /* one or more, the first is the base */
	size_t nchain;
};

struct memory_disk {
	struct sim_disk base;
	struct memory_state now, before;
};

static struct slice
memory_copy(struct slice s)
{
	char *p = xmalloc(s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct slice){ p, s.n };
}

static void
memory_state_free(struct memory_state *s)
{
	for (size_t i = 0; i < s->nrows; i++)
		free(s->rows[i].data);
	free(s->rows);
	free(s->chain);
	free((char *)s->snapshot.config.p);
	memset(s, 0, sizeof(*s));
}

static void
memory_state_copy(struct memory_state *to, const struct memory_state *from)
{
	*to = *from;
	to->rows = xcalloc(from->nrows + 1, sizeof(*to->rows));
	for (size_t i = 0; i < from->nrows; i++) {
		to->rows[i] = from->rows[i];
		to->rows[i].data = (char *)memory_copy(
		    (struct slice){ from->rows[i].data, from->rows[i].n })
				       .p;
	}
	to->chain = xcalloc(from->nchain + 1, sizeof(*to->chain));
	memcpy(to->chain, from->chain, from->nchain * sizeof(*to->chain));
	to->snapshot.config = memory_copy(from->snapshot.config);
}

static struct memory_state *
memory_of(void *arg)
{
	return &((struct memory_disk *)arg)->now;
}

static void
memory_read_term(void *arg, uint64_t *term, uint64_t *vote)
{
	*term = memory_of(arg)->term;
	*vote = memory_of(arg)->vote;
}

static void
memory_write_term(void *arg, uint64_t term, uint64_t vote)
{
	memory_of(arg)->term = term;
	memory_of(arg)->vote = vote;
}

static void
memory_bounds(void *arg, uint64_t *first, uint64_t *last)
{
	struct memory_state *s = memory_of(arg);

	*first = s->nrows ? s->first : 0;
	*last = s->nrows ? s->first + s->nrows - 1 : 0;
}

static bool
memory_read(void *arg, uint64_t index, struct cluster_entry *e)
{
	struct memory_state *s = memory_of(arg);
	const struct memory_entry *row;

	if (s->nrows == 0 || index < s->first || index >= s->first + s->nrows)
		return false;
	row = &s->rows[index - s->first];
	*e = (struct cluster_entry){ row->term, row->type,
		{ row->data, row->n } };
	return true;
}

static void
memory_append(void *arg, uint64_t index, const struct cluster_entry *e)
{
	struct memory_state *s = memory_of(arg);

	if (s->nrows == 0)
		s->first = index;
	if (index != s->first + s->nrows)
		abort();
	s->rows = xrealloc(s->rows, (s->nrows + 1) * sizeof(*s->rows));
	s->rows[s->nrows++] = (struct memory_entry){ e->term, e->type,
		(char *)memory_copy(e->data).p, e->data.n };
}

static void
memory_drop_last(void *arg, uint64_t index)
{
	struct memory_state *s = memory_of(arg);

	if (s->nrows == 0 || index != s->first + s->nrows - 1)
		abort();
	free(s->rows[--s->nrows].data);
}

static void
memory_trim(void *arg, uint64_t index)
{
	struct memory_state *s = memory_of(arg);
	size_t n = 0;

	while (n < s->nrows && s->first + n <= index)
		free(s->rows[n++].data);
	if (n < s->nrows)
		memmove(
		    s->rows, s->rows + n, (s->nrows - n) * sizeof(*s->rows));
	s->nrows -= n;
	s->first += n;
}

static void
memory_read_snapshot(void *arg, struct cluster_snapshot *out)
{
	*out = memory_of(arg)->snapshot;
}

static void
memory_read_image(void *arg, struct slice *image)
{
	*image = (struct slice){ (char *)&memory_of(arg)->image,
		sizeof(struct memory_link) };
}

static void
memory_set_snapshot(
    struct memory_state *s, const struct cluster_snapshot *snapshot)
{
	struct slice config = memory_copy(snapshot->config);

	free((char *)s->snapshot.config.p);
	s->snapshot = *snapshot;
	s->snapshot.config = config;
}

static void
memory_take_snapshot(void *arg, const struct cluster_snapshot *snapshot)
{
	struct memory_state *s = memory_of(arg);
	size_t at = s->nchain - 1;

	while (at > 0 && s->chain[at].index > snapshot->index)
		at--;
	s->image = s->chain[at];
	memory_set_snapshot(s, snapshot);
}

static void
memory_install(
    void *arg, const struct cluster_snapshot *snapshot, struct slice image)
{
	struct memory_state *s = memory_of(arg);

	memory_set_snapshot(s, snapshot);
	if (image.n != sizeof(s->image))
		abort();
	memcpy(&s->image, image.p, image.n);
	memory_trim(arg, UINT64_MAX - 1);
	s->nrows = 0;
	s->chain[0] = s->image;
	s->nchain = 1;
	s->applied = snapshot->index;
}

static uint64_t
memory_applied(void *arg)
{
	return memory_of(arg)->applied;
}

static void
memory_set_applied(void *arg, uint64_t index)
{
	memory_of(arg)->applied = index;
}

static bool
memory_apply(void *arg, uint64_t index, struct slice data)
{
	struct memory_state *s = memory_of(arg);
	uint64_t hash = s->chain[s->nchain - 1].hash ^ index * 0x9e3779b97f4a7;

	for (size_t i = 0; i < data.n; i++)
		hash = (hash ^ (unsigned char)data.p[i]) * 0x100000001b3;
	s->chain = xrealloc(s->chain, (s->nchain + 1) * sizeof(*s->chain));
	s->chain[s->nchain++] = (struct memory_link){ index, hash };
	return true;
}

static bool
memory_undo(void *arg, uint64_t index, struct slice data)
{
	struct memory_state *s = memory_of(arg);

	(void)data;
	return s->nchain > 1 && s->chain[--s->nchain].index == index;
}

static void
memory_begin(struct sim_disk *d, bool may_crash)
{
	struct memory_disk *m = (struct memory_disk *)d;

	if (may_crash)
		memory_state_copy(&m->before, &m->now);
}

static void
memory_end(struct sim_disk *d, bool keep)
{
	struct memory_disk *m = (struct memory_disk *)d;

	if (keep) {
		memory_state_free(&m->before);
		return;
	}
	memory_state_free(&m->now);
	m->now = m->before;
	memset(&m->before, 0, sizeof(m->before));
}

static void
memory_execute(
    struct sim_disk *d, uint64_t index, uint64_t write, struct buf *out)
{
	buf_add(out, &write, sizeof(write));
	if (index)
		memory_apply(d, index, (struct slice){ out->p, out->n });
}

static uint64_t
memory_hash(struct sim_disk *d)
{
	struct memory_state *s = memory_of(d);

	return s->chain[s->nchain - 1].hash;
}

static uint64_t
memory_write_of(struct slice data)
{
	uint64_t write;

	memcpy(&write, data.p, sizeof(write));
	return write;
}

static void
memory_free(struct sim_disk *d)
{
	struct memory_disk *m = (struct memory_disk *)d;

	memory_state_free(&m->now);
	memory_state_free(&m->before);
	free(m);
}

struct sim_disk *
memory_disk_new(void)
{
	struct memory_disk *m = xcalloc(1, sizeof(*m));

	m->base = (struct sim_disk){
		.table = { m, memory_read_term, memory_write_term,
		    memory_bounds, memory_read, memory_append, memory_drop_last,
		    memory_trim, memory_read_snapshot, memory_read_image,
		    memory_take_snapshot, memory_install, memory_applied,
		    memory_set_applied, memory_apply, memory_undo },
		.begin = memory_begin,
		.end = memory_end,
		.execute = memory_execute,
		.state = memory_hash,
		.write_of = memory_write_of,
		.free = memory_free
	};
	m->now.chain = xcalloc(1, sizeof(*m->now.chain));
	m->now.nchain = 1;
	return &m->base;
}
