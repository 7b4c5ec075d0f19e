/*
 * Merge patches and subkeys on JSON text.
 */
#include "secrets/kv/merge_patch.h"

#include <string.h>

#include "tests/support/unit.h"

START_TEST(merging)
{
	static const struct {
		const char *document, *patch, *result;
	} rows[] = {
		{ "{}", "{}", "{}" },
		{ "{\"a\":1}", "{\"b\":2}", "{\"a\":1,\"b\":2}" },
		{ "{\"b\":1}", "{\"a\":2}", "{\"a\":2,\"b\":1}" },
		{ "{\"a\":1,\"b\":2}", "{\"a\":null}", "{\"b\":2}" },
		{ "{\"a\":1}", "{\"a\":null}", "{}" },
		{ "{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":null,\"z\":3}}",
		    "{\"a\":{\"x\":1,\"z\":3}}" },
		{ "{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}" },
		{ "{\"a\":1}", "{\"a\":{\"b\":null,\"c\":{\"d\":null}}}",
		    "{\"a\":{\"c\":{}}}" },
		{ "{}", "{\"l\":[null,{\"n\":null,\"m\":1}]}",
		    "{\"l\":[null,{\"m\":1}]}" },
		{ "{\"l\":{}}", "{\"l\":[{\"n\":null}]}",
		    "{\"l\":[{\"n\":null}]}" },
		{ "{\"n\":100000000000000000000,\"f\":1e400}", "{\"z\":7}",
		    "{\"n\":100000000000000000000,\"f\":1e400,\"z\":7}" },
		{ "{\"a\":null}", "{\"a\":{\"b\":null}}", "{\"a\":{}}" },
		{ "{\"a\\u0000b\":1}", "{\"a\":2}",
		    "{\"a\":2,\"a\\u0000b\":1}" },
		{ "{\"\\u003c\":1,\"a\":2}", "{\"\\u003c\":3}",
		    "{\"\\u003c\":3,\"a\":2}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct buf out;

		buf_init(&out, 0);
		merge_patch(a, &out, slice_of(rows[i].document),
		    slice_of(rows[i].patch));
		ck_assert_str_eq(out.p, rows[i].result);
		buf_release(&out);
		arena_free(a);
	}
}
END_TEST

START_TEST(subkeys)
{
	static const struct {
		const char *document;
		int64_t depth;
		const char *result;
	} rows[] = {
		{ "{}", 0, "{}" },
		{ "null", 0, "null" },
		{ "{\"a\":1,\"b\":{\"c\":[1],\"d\":{}},\"e\":1e999}", 0,
		    "{\"a\":null,\"b\":{\"c\":null,\"d\":null},\"e\":null}" },
		{ "{\"b\":{\"c\":{\"d\":1}}}", 1, "{\"b\":null}" },
		{ "{\"b\":{\"c\":{\"d\":1}}}", 2, "{\"b\":{\"c\":null}}" },
		{ "{\"b\":{\"c\":{\"d\":1}}}", -1, "{\"b\":null}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct buf out;

		buf_init(&out, 0);
		put_json_subkeys(
		    a, &out, slice_of(rows[i].document), rows[i].depth);
		ck_assert_str_eq(out.p, rows[i].result);
		buf_release(&out);
		arena_free(a);
	}
}
END_TEST

START_TEST(deep_documents)
{
	enum { DEPTH = 9000 };
	struct arena *a = arena_new();
	struct buf deep, out;

	buf_init(&deep, 0);
	buf_init(&out, 0);
	for (int i = 0; i < DEPTH; i++)
		buf_str(&deep, "{\"a\":");
	buf_str(&deep, "1");
	for (int i = 0; i < DEPTH; i++)
		buf_char(&deep, '}');
	merge_patch(a, &out, (struct slice){ deep.p, deep.n },
	    (struct slice){ deep.p, deep.n });
	ck_assert_str_eq(out.p, deep.p);
	buf_release(&deep);
	buf_release(&out);
	arena_free(a);
}
END_TEST

UNIT_MAIN("merge_patch", merging, subkeys, deep_documents)
