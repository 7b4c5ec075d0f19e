/*
 * The list of strings, in an arena and on the heap.
 */
#include "base/strs.h"

#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "tests/support/unit.h"

static void
fill(struct strs *l)
{
	static const char *const words[] = { "b", "", "a", "b", "c", "a", "b",
		"\xc3\xbc", "z", "y", NULL };

	for (int i = 0; words[i]; i++)
		strs_add(l, words[i]);
}

static void
check(struct strs *l)
{
	fill(l);
	ck_assert_uint_eq(l->n, 10);
	ck_assert_ptr_null(l->items[10]);
	ck_assert(strs_has(l, "c") && strs_has(l, ""));
	ck_assert(!strs_has(l, "d"));
	strs_sort_unique(l);
	ck_assert_uint_eq(l->n, 7);
	ck_assert_str_eq(l->items[0], "");
	ck_assert_str_eq(l->items[6], "\xc3\xbc");
	ck_assert_ptr_null(l->items[7]);
	strs_clear(l);
	ck_assert_uint_eq(l->n, 0);
	ck_assert_ptr_null(strs_array(l)[0]);
	strs_split(l, "", ',');
	ck_assert_uint_eq(l->n, 0);
	strs_split(l, ",x,", ',');
	ck_assert_uint_eq(l->n, 3);
	ck_assert_str_eq(l->items[1], "x");
	strs_release(l);
}

START_TEST(on_the_heap)
{
	struct strs l = { 0 };

	ck_assert(!strs_has(&l, ""));
	strs_sort_unique(&l);
	ck_assert_ptr_null(strs_array(&l)[0]);
	check(&l);
	ck_assert_ptr_null(l.items);
}
END_TEST

START_TEST(in_an_arena)
{
	struct arena *a = arena_new();
	struct strs l;

	strs_init(&l, a);
	check(&l);
	ck_assert_ptr_nonnull(l.items); /* release leaves the arena alone */
	arena_free(a);
}
END_TEST

START_TEST(to_and_from_json)
{
	struct strs l = { 0 }, back = { 0 };
	json_t *tree;
	struct buf text;

	fill(&l);
	strs_add(&l, "<\"\n");
	tree = jsontree_of_strs(&l);
	json_array_append_new(tree, json_integer(1)); /* is left out */
	jsontree_to_strs(tree, &back);
	ck_assert(strs_equal(&l, &back));
	strs_add(&back, "more");
	ck_assert(!strs_equal(&l, &back));
	json_decref(tree);
	strs_release(&back);
	buf_init(&text, 0);
	jsontext_put_strs(&text, &l);
	tree = json_loadb(text.p, text.n, 0, NULL);
	jsontree_to_strs(tree, &back);
	ck_assert(strs_equal(&l, &back));
	json_decref(tree);
	buf_release(&text);
	strs_release(&back);
	strs_release(&l);
	jsontree_to_strs(NULL, &l);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

UNIT_MAIN("strs", on_the_heap, in_an_arena, to_and_from_json)
