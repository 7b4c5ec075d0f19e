/*
 * The maps behind parsed.h: one for each mount that has something, by its id.
 */
#include "core/mount/object_cache.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"

struct entry {
	void *object;
	void (*release)(void *object);
	struct entry *next;
};

struct parsed {
	struct map *mounts;
	struct map *last; /* that of last_mount, or NULL: who asks asks again */
	int64_t last_mount;
	size_t n;
	struct entry *gone; /* released when the request ends */
	bool touched; /* something was dropped in this request */
};

struct parsed *
parsed_new(void)
{
	struct parsed *p = xcalloc(1, sizeof(*p));

	p->mounts = map_new();
	return p;
}

/* ---- the end of objects ---- */

static void
let_go(struct parsed *p, struct entry *e)
{
	if (!e)
		return;
	e->next = p->gone;
	p->gone = e;
	p->n--;
}

static void
let_one_go(const char *name, void *entry, void *p)
{
	(void)name;
	let_go(p, entry);
}

static void
let_all_go(struct parsed *p, struct map *objects)
{
	map_each(objects, let_one_go, p);
	map_free(objects, NULL);
}

static void
let_mount_go(const char *id, void *objects, void *p)
{
	(void)id;
	let_all_go(p, objects);
}

static void
forget(struct parsed *p)
{
	map_each(p->mounts, let_mount_go, p);
	map_clear(p->mounts, NULL);
	p->last = NULL;
}

static void
release_gone(struct parsed *p)
{
	struct entry *e;

	while ((e = p->gone)) {
		p->gone = e->next;
		e->release(e->object);
		free(e);
	}
}

void
parsed_free(struct parsed *p)
{
	forget(p);
	release_gone(p);
	map_free(p->mounts, NULL);
	free(p);
}

/* ---- objects ---- */

static void
key_of(int64_t mount, char out[24])
{
	snprintf(out, 24, "%lld", (long long)mount);
}

static struct map *
objects_of(const struct vault *v, int64_t mount)
{
	struct parsed *p = v->parsed;
	char key[24];

	if (p->last && p->last_mount == mount)
		return p->last;
	key_of(mount, key);
	p->last = map_get(p->mounts, key);
	p->last_mount = mount;
	return p->last;
}

void *
parsed_get(const struct vault *v, int64_t mount, const char *name)
{
	struct map *objects = objects_of(v, mount);
	const struct entry *e = objects ? map_get(objects, name) : NULL;

	return e ? e->object : NULL;
}

void
parsed_put(struct vault *v, int64_t mount, const char *name,
    void *object, void (*release)(void *object))
{
	struct map *objects = objects_of(v, mount);
	struct entry *e = xmalloc(sizeof(*e));
	char key[24];

	if (!objects) {
		objects = map_new();
		key_of(mount, key);
		map_put(v->parsed->mounts, key, objects);
	}
	*e = (struct entry){ object, release, NULL };
	v->parsed->n++;
	let_go(v->parsed, map_put(objects, name, e));
}

void
parsed_drop(struct vault *v, int64_t mount, const char *name)
{
	struct map *objects = objects_of(v, mount);

	v->parsed->touched = true;
	if (objects)
		let_go(v->parsed, map_take(objects, name));
}

void
parsed_drop_mount(struct vault *v, int64_t mount)
{
	struct map *objects;
	char key[24];

	key_of(mount, key);
	v->parsed->touched = true;
	v->parsed->last = NULL;
	objects = map_take(v->parsed->mounts, key);
	if (objects)
		let_all_go(v->parsed, objects);
}

void
parsed_forget(struct vault *v)
{
	forget(v->parsed);
}

/* After a drop, what was parsed since then may show writes that are undone. */
void
parsed_settle(struct vault *v, bool kept)
{
	struct parsed *p = v->parsed;

	if ((p->touched && !kept) || p->n > PARSED_MOST)
		forget(p);
	p->touched = false;
	release_gone(p);
}
