/*
 * The tree of a JSON text in the form that HCL's own syntax gives.
 */
#include <string.h>

#include "base/hcl/hcl.h"

/* Items in the order of the text, as a list that grows. */
struct hcl_item_list {
	struct arena *arena;
	struct hcl_item *items;
	int n, room;
};

static void
hcl_item_list_add(struct hcl_item_list *l, const struct hcl_item *item)
{
	if (l->n == l->room) {
		struct hcl_item *more;

		l->room = l->room ? l->room * 2 : 8;
		more = arena_alloc(l->arena, (size_t)l->room * sizeof(*more));
		if (l->n)
			memcpy(more, l->items, (size_t)l->n * sizeof(*more));
		l->items = more;
	}
	l->items[l->n++] = *item;
}

static bool
is_hcl_all_objects(const struct hcl_value *v)
{
	if (v->n == 0 || (v->kind != HCL_OBJECT && v->kind != HCL_LIST))
		return false;
	for (int i = 0; i < v->n; i++) {
		const struct hcl_value *part = v->kind == HCL_LIST
		    ? &v->elements[i]
		    : v->items[i].value;

		if (part->kind != HCL_OBJECT)
			return false;
	}
	return true;
}

/* The item for the i-th part of a value that is all objects. */
static struct hcl_item
hcl_flatten_part(struct arena *a, const struct hcl_item *whole, int i)
{
	struct hcl_item item = *whole;
	const struct hcl_item *part;

	if (whole->value->kind == HCL_LIST) {
		item.value = &whole->value->elements[i];
		return item;
	}
	part = &whole->value->items[i];
	item.nkeys = whole->nkeys + part->nkeys;
	item.keys = arena_alloc(a, (size_t)item.nkeys * sizeof(*item.keys));
	memcpy(
	    item.keys, whole->keys, (size_t)whole->nkeys * sizeof(*item.keys));
	memcpy(item.keys + whole->nkeys, part->keys,
	    (size_t)part->nkeys * sizeof(*item.keys));
	item.key = item.keys[0].text;
	item.label = item.nkeys > 1 ? item.keys[1].text : NULL;
	item.value = part->value;
	return item;
}

/* Adds what an item comes to. The depth of the tree is limited by its reader.
 */
static void
hcl_flatten_item(struct hcl_item_list *out, const struct hcl_item *item)
{
	if (!is_hcl_all_objects(item->value)) {
		hcl_item_list_add(out, item);
		return;
	}
	for (int i = 0; i < item->value->n; i++) {
		struct hcl_item part = hcl_flatten_part(out->arena, item, i);

		hcl_flatten_item(out, &part);
	}
}

static void
hcl_flatten_object(struct arena *a, struct hcl_value *object)
{
	struct hcl_item_list out = { .arena = a };

	if (object->kind == HCL_LIST)
		for (int i = 0; i < object->n; i++)
			hcl_flatten_object(a, &object->elements[i]);
	if (object->kind != HCL_OBJECT)
		return;
	for (int i = 0; i < object->n; i++)
		hcl_flatten_item(&out, &object->items[i]);
	object->items = out.items;
	object->n = out.n;
	for (int i = 0; i < object->n; i++)
		hcl_flatten_object(a, object->items[i].value);
}

void
hcl_flatten(struct arena *a, struct hcl_value *root)
{
	if (root->is_json)
		hcl_flatten_object(a, root);
}
