/*
 * A disk in SQLite, as a node has it: three statements a write, whose changeset
 * is the command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cluster/log_store.h"
#include "store/capture.h"
#include "store/store.h"
#include "tests/stress/raftsim/sim.h"

enum { WRITE_ADD, KEY_PUT, VERSION_ADD, VERSION_PRUNE, NSTATEMENTS };

static const struct store_statement statements[] = {
	[WRITE_ADD] = { "INSERT INTO made (id) VALUES (?)", "i", NULL },
	[KEY_PUT] = { "INSERT INTO key (name, version) VALUES (?, 1) "
		      "ON CONFLICT (name) DO UPDATE SET version = version + 1",
	    "i", NULL },
	[VERSION_ADD] = { "INSERT INTO version (name, number, text) "
			  "SELECT name, version, ?2 FROM key WHERE name = ?1",
	    "is", NULL },
	[VERSION_PRUNE] = { "DELETE FROM version WHERE name = ?1 AND number < "
			    "(SELECT version - 3 FROM key WHERE name = ?1)",
	    "i", NULL },
};

static const char *const migrations[] = {
	"CREATE TABLE made (id INTEGER PRIMARY KEY);"
	"CREATE TABLE key (name INTEGER PRIMARY KEY, version INTEGER);"
	"CREATE TABLE version (name INTEGER NOT NULL, number INTEGER NOT NULL, "
	"text TEXT, PRIMARY KEY (name, number)) WITHOUT ROWID;",
	NULL
};

static const struct store_part part = { "sim", migrations, statements,
	NSTATEMENTS, NULL };
static const struct store_part *const parts[] = { &part, &log_store_part,
	NULL };

struct sqlite_disk {
	struct sim_disk base;
	struct store *store;
	struct log_store *log;
};

static struct sqlite_disk *
sqlite_of(struct sim_disk *d)
{
	return (struct sqlite_disk *)d;
}

/* A pass is a request, which can be undone. */
static void
sqlite_begin(struct sim_disk *d, bool may_crash)
{
	(void)may_crash;
	store_request_begin(sqlite_of(d)->store);
}

static void
sqlite_load(struct sqlite_disk *q)
{
	log_store_free(q->log);
	q->log = log_store_new(q->store);
	if (!q->log)
		abort();
	q->base.table = *log_store_disk(q->log);
}

static void
sqlite_end(struct sim_disk *d, bool keep)
{
	struct sqlite_disk *q = sqlite_of(d);

	store_request_end(q->store, keep);
	if (!store_commit(q->store))
		abort();
	if (!keep)
		sqlite_load(q);
}

static void
sqlite_execute(
    struct sim_disk *d, uint64_t index, uint64_t write, struct buf *out)
{
	struct store *s = sqlite_of(d)->store;
	int64_t name = (int64_t)(write * 7919 % 20);
	char text[40];

	(void)index;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)write * write);
	STORE_EXEC(s, &part, WRITE_ADD, (int64_t)write);
	STORE_EXEC(s, &part, KEY_PUT, name);
	STORE_EXEC(s, &part, VERSION_ADD, name, text);
	STORE_EXEC(s, &part, VERSION_PRUNE, name);
	store_take_changes(s, out);
}

static uint64_t
sqlite_state(struct sim_disk *d)
{
	struct sqlite_disk *q = sqlite_of(d);
	uint64_t hash = 0xcbf29ce484222325;
	struct buf image;

	buf_init(&image, 0);
	if (!store_write_image(q->store, NULL, 0, &image) ||
	    !store_commit(q->store))
		abort();
	for (size_t i = 0; i < image.n; i++)
		hash = (hash ^ (unsigned char)image.p[i]) * 0x100000001b3;
	buf_release(&image);
	return hash;
}

/* The first change is the row of the write, whose new rowid is its number: see
 * store/changes.h. */
static uint64_t
sqlite_write_of(struct slice data)
{
	size_t at = 4 + 1 + 1 + strlen("made") + 8;
	uint64_t write = 0;

	for (size_t i = at; i < at + 8 && i < data.n; i++)
		write = write << 8 | (unsigned char)data.p[i];
	return write;
}

static void
sqlite_free(struct sim_disk *d)
{
	struct sqlite_disk *q = sqlite_of(d);

	log_store_free(q->log);
	store_close(q->store);
	free(q);
}

struct sim_disk *
sqlite_disk_new(void)
{
	struct sqlite_disk *q = xcalloc(1, sizeof(*q));
	struct error e = { 0 };

	q->base = (struct sim_disk){ .begin = sqlite_begin,
		.end = sqlite_end,
		.execute = sqlite_execute,
		.state = sqlite_state,
		.write_of = sqlite_write_of,
		.free = sqlite_free };
	q->store = store_open(NULL, parts, NULL, &e);
	if (!q->store || !store_capture(q->store, NULL, NULL))
		abort();
	sqlite_load(q);
	return &q->base;
}
