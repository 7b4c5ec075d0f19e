/*
 * Mounts that are going: a table of their ids, and who waits for which.
 */
#include "core/mount/unmount.h"

#include <stdlib.h>

#include "base/mem.h"

/* The first steps, within the request, may take so much processor time. */
#define UNMOUNT_FIRST_NS ((int64_t)2000000)

enum {
	UNMOUNT_PUT,
	UNMOUNT_DELETE,
	UNMOUNT_FIRST,
	UNMOUNT_HAS,
	UNMOUNT_ALL,
	UNMOUNT_STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE mount_ending (id INTEGER PRIMARY KEY)",
	NULL,
};

static const struct store_statement statements[] = {
	[UNMOUNT_PUT] = { "INSERT OR IGNORE INTO mount_ending (id) VALUES (?)",
	    "i", NULL },
	[UNMOUNT_DELETE] = { "DELETE FROM mount_ending WHERE id = ?", "i",
	    NULL },
	[UNMOUNT_FIRST] = { "SELECT id FROM mount_ending ORDER BY id LIMIT 1",
	    "", NULL },
	[UNMOUNT_HAS] = { "SELECT count(*) FROM mount_ending WHERE id = ?", "i",
	    NULL },
	[UNMOUNT_ALL] = { "SELECT id FROM mount_ending", "", NULL },
};

const struct store_part unmount_store = { "mount_ending", migrations,
	statements, UNMOUNT_STATEMENTS, NULL };

struct unmount_waiter {
	struct unmount_waiter *next;
	int64_t mount_id;
	void (*fn)(void *arg);
	void *arg;
};

struct unmounts {
	bool (*step)(struct vault *v, struct mount *m);
	bool any; /* maybe there is a row */
	struct unmount_waiter *waiters;
};

struct unmounts *
unmounts_new(void)
{
	return xcalloc(1, sizeof(struct unmounts));
}

void
unmounts_free(struct unmounts *u)
{
	while (u && u->waiters) {
		struct unmount_waiter *w = u->waiters;

		u->waiters = w->next;
		free(w);
	}
	free(u);
}

void
unmounts_on_step(
    struct vault *v, bool (*step)(struct vault *v, struct mount *m))
{
	v->unmounts->step = step;
}

void
unmounts_load(struct vault *v)
{
	struct query *q = STORE_QUERY(v->store, &unmount_store, UNMOUNT_ALL);

	v->unmounts->any = false;
	while (query_row(q)) {
		struct mount *m = mount_by_id(v, query_int(q, 0));

		v->unmounts->any = true;
		if (m)
			m->tainted = true;
	}
}

bool
unmount_is_under_way(struct vault *v, int64_t mount_id)
{
	return v->unmounts->any &&
	    query_single_int(STORE_QUERY(
		v->store, &unmount_store, UNMOUNT_HAS, mount_id)) > 0;
}

bool
unmount_begin(struct vault *v, struct mount *m, bool in_one)
{
	int64_t end_ns = clock_real_cpu() + UNMOUNT_FIRST_NS, id = m->id;

	m->tainted = true;
	while (v->unmounts->step(v, m) && !store_has_failed(v->store)) {
		if (in_one || clock_real_cpu() < end_ns)
			continue;
		STORE_EXEC(v->store, &unmount_store, UNMOUNT_PUT, id);
		v->unmounts->any = true;
		expirer_schedule(v, &unmount_expirer, vault_now(v));
		return false;
	}
	mount_remove(v, m);
	if (v->unmounts->any)
		STORE_EXEC(v->store, &unmount_store, UNMOUNT_DELETE, id);
	return true;
}

void
unmount_wait(
    struct vault *v, int64_t mount_id, void (*fn)(void *arg), void *arg)
{
	struct unmount_waiter *w = xcalloc(1, sizeof(*w));

	w->mount_id = mount_id;
	w->fn = fn;
	w->arg = arg;
	w->next = v->unmounts->waiters;
	v->unmounts->waiters = w;
}

static int64_t
unmount_next_due(struct vault *v)
{
	return v->unmounts->any || v->unmounts->waiters ? vault_now(v) : 0;
}

/* A step of the first one; false when there is none. */
static bool
unmount_run(struct vault *v)
{
	int64_t id = query_single_int(
	    STORE_QUERY(v->store, &unmount_store, UNMOUNT_FIRST));
	struct mount *m = mount_by_id(v, id);

	if (!id) {
		v->unmounts->any = store_has_failed(v->store);
		return false;
	}
	if (m && v->unmounts->step(v, m))
		return true;
	if (m)
		mount_remove(v, m);
	STORE_EXEC(v->store, &unmount_store, UNMOUNT_DELETE, id);
	return true;
}

/* One whose mount is not going any more, out of the list; or NULL. */
static struct unmount_waiter *
unmount_take_ready(struct vault *v)
{
	for (struct unmount_waiter **at = &v->unmounts->waiters; *at;
	     at = &(*at)->next) {
		struct unmount_waiter *w = *at;

		if (unmount_is_under_way(v, w->mount_id))
			continue;
		*at = w->next;
		return w;
	}
	return NULL;
}

static int
unmount_run_due(struct vault *v, int64_t now_ns)
{
	struct unmount_waiter *w;
	int n = 0;

	(void)now_ns;
	while (v->unmounts->any && (n == 0 || expirer_has_time(v)) &&
	    unmount_run(v))
		n++;
	while (!store_has_failed(v->store) && (w = unmount_take_ready(v))) {
		w->fn(w->arg);
		free(w);
	}
	return n;
}

const struct expirer unmount_expirer = { "unmount", unmount_next_due,
	unmount_run_due, false };
