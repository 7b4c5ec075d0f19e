/*
 * The disk in SQLite. What is small and asked for with each message (term,
 * vote, bounds of the log) is kept in memory, too.
 */
#include "cluster/log_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/capture.h"

enum {
	LOG_META_GET,
	LOG_META_PUT,
	LOG_BOUNDS,
	LOG_READ,
	LOG_APPEND,
	LOG_DROP,
	LOG_TRIM,
	LOG_CLEAR,
	LOG_IMAGE_GET,
	LOG_IMAGE_PUT,
	NSTATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE raft_log (idx INTEGER PRIMARY KEY, "
	"term INTEGER NOT NULL, type INTEGER NOT NULL, data BLOB NOT NULL);"
	"CREATE TABLE raft_meta (one INTEGER PRIMARY KEY CHECK (one = 1), "
	"term INTEGER NOT NULL, vote INTEGER NOT NULL, "
	"applied INTEGER NOT NULL, snapshot_index INTEGER NOT NULL, "
	"snapshot_term INTEGER NOT NULL, config_index INTEGER NOT NULL, "
	"config BLOB NOT NULL);"
	"CREATE TABLE raft_image (one INTEGER PRIMARY KEY CHECK (one = 1), "
	"bytes BLOB NOT NULL);",
	NULL
};

static const struct store_statement statements[NSTATEMENTS] = {
	[LOG_META_GET] = { "SELECT term, vote, applied, snapshot_index, "
			   "snapshot_term, config_index, config FROM raft_meta",
	    "", NULL },
	[LOG_META_PUT] = { "INSERT OR REPLACE INTO raft_meta "
			   "(one, term, vote, applied, snapshot_index, "
			   "snapshot_term, config_index, config) "
			   "VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
	    "iiiiiib", NULL },
	[LOG_BOUNDS] = { "SELECT ifnull(min(idx), 0), ifnull(max(idx), 0) "
			 "FROM raft_log",
	    "", NULL },
	[LOG_READ] = { "SELECT term, type, data FROM raft_log WHERE idx = ?",
	    "i", NULL },
	[LOG_APPEND] = { "INSERT INTO raft_log (idx, term, type, data) "
			 "VALUES (?, ?, ?, ?)",
	    "iiib", NULL },
	[LOG_DROP] = { "DELETE FROM raft_log WHERE idx = ?", "i", NULL },
	[LOG_TRIM] = { "DELETE FROM raft_log WHERE idx <= ?", "i", NULL },
	[LOG_CLEAR] = { "DELETE FROM raft_log", "", NULL },
	[LOG_IMAGE_GET] = { "SELECT bytes FROM raft_image", "", NULL },
	[LOG_IMAGE_PUT] = { "INSERT OR REPLACE INTO raft_image (one, bytes) "
			    "VALUES (1, ?)",
	    "b", NULL },
};

const struct store_part log_store_part = { "raft", migrations, statements,
	NSTATEMENTS, NULL };

struct log_store {
	struct store *store;
	struct cluster_disk disk;
	uint64_t term, vote, applied, first, last;
	struct cluster_snapshot snapshot; /* config is in config */
	struct buf config, data;	  /* data: of the last read */
};

static struct slice
log_slice(const struct buf *b)
{
	return (struct slice){ b->n ? b->p : "", b->n };
}

static void
log_put_meta(struct log_store *l)
{
	STORE_EXEC(l->store, &log_store_part, LOG_META_PUT, (int64_t)l->term,
	    (int64_t)l->vote, (int64_t)l->applied, (int64_t)l->snapshot.index,
	    (int64_t)l->snapshot.term, (int64_t)l->snapshot.config_index,
	    log_slice(&l->config));
}

static void
log_read_term(void *arg, uint64_t *term, uint64_t *vote)
{
	struct log_store *l = arg;

	*term = l->term;
	*vote = l->vote;
}

static void
log_write_term(void *arg, uint64_t term, uint64_t vote)
{
	struct log_store *l = arg;

	l->term = term;
	l->vote = vote;
	log_put_meta(l);
}

static void
log_bounds(void *arg, uint64_t *first, uint64_t *last)
{
	struct log_store *l = arg;

	*first = l->first;
	*last = l->last;
}

static bool
log_read(void *arg, uint64_t index, struct cluster_entry *e)
{
	struct log_store *l = arg;
	struct query *q;

	if (index < l->first || index > l->last || l->last == 0)
		return false;
	q = STORE_QUERY(l->store, &log_store_part, LOG_READ, (int64_t)index);
	if (!query_row(q))
		return false;
	e->term = (uint64_t)query_int(q, 0);
	e->type = (enum entry_type)query_int(q, 1);
	buf_clear(&l->data);
	buf_slice(&l->data, query_slice(q, 2));
	query_done(q);
	e->data = log_slice(&l->data);
	return true;
}

static void
log_append(void *arg, uint64_t index, const struct cluster_entry *e)
{
	struct log_store *l = arg;

	STORE_EXEC(l->store, &log_store_part, LOG_APPEND, (int64_t)index,
	    (int64_t)e->term, (int)e->type,
	    store_bytes(e->data.n ? e->data.p : "", e->data.n));
	if (l->last == 0)
		l->first = index;
	l->last = index;
}

static void
log_set_last(struct log_store *l, uint64_t last)
{
	l->last = last < l->first ? 0 : last;
	if (l->last == 0)
		l->first = 0;
}

static void
log_drop_last(void *arg, uint64_t index)
{
	struct log_store *l = arg;

	STORE_EXEC(l->store, &log_store_part, LOG_DROP, (int64_t)index);
	log_set_last(l, index - 1);
}

static void
log_trim(void *arg, uint64_t index)
{
	struct log_store *l = arg;

	STORE_EXEC(l->store, &log_store_part, LOG_TRIM, (int64_t)index);
	if (l->last != 0 && index >= l->first)
		l->first = index + 1;
	log_set_last(l, l->last);
}

static void
log_read_snapshot(void *arg, struct cluster_snapshot *s)
{
	struct log_store *l = arg;

	*s = l->snapshot;
	s->config = log_slice(&l->config);
}

static void
log_read_image(void *arg, struct slice *image)
{
	struct log_store *l = arg;
	struct query *q = STORE_QUERY(l->store, &log_store_part, LOG_IMAGE_GET);

	buf_clear(&l->data);
	if (query_row(q)) {
		buf_slice(&l->data, query_slice(q, 0));
		query_done(q);
	}
	*image = log_slice(&l->data);
}

static void
log_put_snapshot(
    struct log_store *l, const struct cluster_snapshot *s, struct slice image)
{
	struct buf config;

	buf_init(&config, SIZE_MAX / 2);
	buf_slice(&config, s->config); /* may be the one that is kept */
	buf_release(&l->config);
	l->config = config;
	l->snapshot = *s;
	log_put_meta(l);
	STORE_EXEC(l->store, &log_store_part, LOG_IMAGE_PUT, image);
}

/* What came after the snapshot is undone for as long as the image is made; rows
 * beyond applied are not in the state. */
static void
log_take_snapshot(void *arg, const struct cluster_snapshot *s)
{
	struct log_store *l = arg;
	struct slice *undone = NULL;
	size_t n = 0;
	struct buf image;
	struct cluster_entry e;

	for (uint64_t i = l->applied; i > s->index; i--) {
		if (!log_read(l, i, &e) || e.type != ENTRY_COMMAND)
			continue;
		undone = xrealloc(undone, (n + 1) * sizeof(*undone));
		undone[n].p = xmalloc(e.data.n + 1);
		memcpy((char *)undone[n].p, e.data.p, e.data.n);
		undone[n++].n = e.data.n;
	}
	buf_init(&image, SIZE_MAX / 2);
	if (!store_write_image(l->store, undone, n, &image))
		abort(); /* an own changeset that does not fit its state */
	log_put_snapshot(l, s, log_slice(&image));
	buf_release(&image);
	for (size_t i = 0; i < n; i++)
		free((char *)undone[i].p);
	free(undone);
}

static void
log_install(void *arg, const struct cluster_snapshot *s, struct slice image)
{
	struct log_store *l = arg;

	if (!store_read_image(l->store, image))
		abort(); /* another node's image that is none */
	STORE_EXEC(l->store, &log_store_part, LOG_CLEAR);
	l->first = l->last = 0;
	l->applied = s->index;
	log_put_snapshot(l, s, image);
}

void
log_store_clear(struct log_store *l)
{
	STORE_EXEC(l->store, &log_store_part, LOG_CLEAR);
	l->term = l->vote = l->applied = l->first = l->last = 0;
	memset(&l->snapshot, 0, sizeof(l->snapshot));
	buf_clear(&l->config);
	log_put_meta(l);
}

static uint64_t
log_applied(void *arg)
{
	return ((struct log_store *)arg)->applied;
}

static void
log_set_applied(void *arg, uint64_t index)
{
	struct log_store *l = arg;

	l->applied = index;
	log_put_meta(l);
}

static bool
log_apply(void *arg, uint64_t index, struct slice data)
{
	(void)index;
	return store_apply(((struct log_store *)arg)->store, data);
}

static bool
log_undo(void *arg, uint64_t index, struct slice data)
{
	(void)index;
	return store_undo(((struct log_store *)arg)->store, data);
}

static void
log_load(struct log_store *l)
{
	struct query *q = STORE_QUERY(l->store, &log_store_part, LOG_META_GET);

	if (query_row(q)) {
		l->term = (uint64_t)query_int(q, 0);
		l->vote = (uint64_t)query_int(q, 1);
		l->applied = (uint64_t)query_int(q, 2);
		l->snapshot.index = (uint64_t)query_int(q, 3);
		l->snapshot.term = (uint64_t)query_int(q, 4);
		l->snapshot.config_index = (uint64_t)query_int(q, 5);
		buf_slice(&l->config, query_slice(q, 6));
		query_done(q);
	}
	q = STORE_QUERY(l->store, &log_store_part, LOG_BOUNDS);
	if (query_row(q)) {
		l->first = (uint64_t)query_int(q, 0);
		l->last = (uint64_t)query_int(q, 1);
		query_done(q);
	}
}

struct log_store *
log_store_new(struct store *s)
{
	struct log_store *l = xcalloc(1, sizeof(*l));

	l->store = s;
	buf_init(&l->config, SIZE_MAX / 2);
	buf_init(&l->data, SIZE_MAX / 2);
	l->disk = (struct cluster_disk){ .arg = l,
		.read_term = log_read_term,
		.write_term = log_write_term,
		.bounds = log_bounds,
		.read = log_read,
		.append = log_append,
		.drop_last = log_drop_last,
		.trim = log_trim,
		.read_snapshot = log_read_snapshot,
		.read_image = log_read_image,
		.take_snapshot = log_take_snapshot,
		.install = log_install,
		.applied = log_applied,
		.set_applied = log_set_applied,
		.apply = log_apply,
		.undo = log_undo };
	log_load(l);
	if (!store_has_failed(s))
		return l;
	log_store_free(l);
	return NULL;
}

void
log_store_free(struct log_store *l)
{
	if (!l)
		return;
	buf_release(&l->config);
	buf_release(&l->data);
	free(l);
}

const struct cluster_disk *
log_store_disk(struct log_store *l)
{
	return &l->disk;
}
