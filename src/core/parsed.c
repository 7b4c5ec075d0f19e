/*
 * The map behind parsed.h.
 */
#include "core/parsed.h"

#include <stdlib.h>

#include "base/map.h"

struct parsed {
	struct map *objects;
	bool touched; /* something was dropped in this request */
};

struct entry {
	void *object;
	void (*release)(void *object);
};

static void
entry_free(void *arg)
{
	struct entry *e = arg;

	if (!e)
		return;
	e->release(e->object);
	free(e);
}

struct parsed *
parsed_new(void)
{
	struct parsed *p = xcalloc(1, sizeof(*p));

	p->objects = map_new();
	return p;
}

void
parsed_free(struct parsed *p)
{
	map_free(p->objects, entry_free);
	free(p);
}

void *
parsed_get(const struct vault *v, const char *key)
{
	const struct entry *e = map_get(v->parsed->objects, key);

	return e ? e->object : NULL;
}

void
parsed_put(struct vault *v, const char *key, void *object,
    void (*release)(void *object))
{
	struct entry *e = xmalloc(sizeof(*e));

	e->object = object;
	e->release = release;
	entry_free(map_put(v->parsed->objects, key, e));
}

void
parsed_drop(struct vault *v, const char *key)
{
	v->parsed->touched = true;
	entry_free(map_take(v->parsed->objects, key));
}

void
parsed_forget(struct vault *v)
{
	map_clear(v->parsed->objects, entry_free);
}

void
parsed_settle(struct vault *v, bool kept)
{
	if (v->parsed->touched && !kept)
		parsed_forget(v);
	v->parsed->touched = false;
}
