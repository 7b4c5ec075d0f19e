/*
 * Encodings, globs and paths, against what Go's library answers.
 */
#include "base/idna.h"
#include "base/glob.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/unit.h"

START_TEST(hex)
{
	char out[9];
	uint8_t bytes[4];

	hex_encode("\x00\xab\xff\x10", 4, out);
	ck_assert_str_eq(out, "00abff10");
	ck_assert_int_eq(hex_decode("00ABff10", 8, bytes), 4);
	ck_assert_mem_eq(bytes, "\x00\xab\xff\x10", 4);
	ck_assert_int_eq(hex_decode("0", 1, bytes), -1);
	ck_assert_int_eq(hex_decode("0g", 2, bytes), -1);
	ck_assert_int_eq(hex_decode("", 0, bytes), 0);
}
END_TEST

START_TEST(base64_out)
{
	static const struct {
		const char *plain, *padded, *raw;
	} rows[] = { { "", "", "" }, { "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" }, { "foo", "Zm9v", "Zm9v" },
		{ "\xff\xfe\xfd", "//79", "//79" } };
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *p = rows[i].plain;

		buf_clear(&b);
		base64_encode(&b, p, strlen(p));
		ck_assert_str_eq(b.p ? b.p : "", rows[i].padded);
		buf_clear(&b);
		base64_encode_raw(&b, p, strlen(p));
		ck_assert_str_eq(b.p ? b.p : "", rows[i].raw);
	}
	buf_clear(&b);
	base64url_encode(&b, "\xff\xfe\xfd\xfc", 4);
	ck_assert_str_eq(b.p, "__79_A");
	buf_release(&b);
}
END_TEST

START_TEST(base64_in)
{
	static const struct {
		const char *text;
		bool ok;
		size_t bad; /* the offset in Go's CorruptInputError */
	} rows[] = { { "Zm9v", true, 0 }, { "Zg==", true, 0 },
		{ "Zm8=", true, 0 }, { "Zm\n9v\r\n", true, 0 }, { "", true, 0 },
		{ "Z", false, 0 }, { "Zg", false, 0 }, { "Zm9vZg=", false, 7 },
		{ "Zm9v!", false, 4 }, { "Zm9*", false, 3 }, { "=", false, 0 },
		{ "Zg==x", false, 4 }, { "Zm9v_-8=", false, 4 } };
	struct buf b;
	size_t bad;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		bad = 0;
		ck_assert_msg(base64_decode(&b, rows[i].text,
				  strlen(rows[i].text), &bad) == rows[i].ok,
		    "%s", rows[i].text);
		if (!rows[i].ok)
			ck_assert_msg(bad == rows[i].bad, "%s: %zu not %zu",
			    rows[i].text, bad, rows[i].bad);
	}
	buf_clear(&b);
	ck_assert(base64url_decode(&b, "__79_A", 6));
	ck_assert_mem_eq(b.p, "\xff\xfe\xfd\xfc", 4);
	ck_assert(!base64url_decode(&b, "//79", 4));
	buf_release(&b);
}
END_TEST

START_TEST(uuid)
{
	char out[UUID_LEN + 1];

	uuid_format((const uint8_t *)"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99"
				     "\xaa\xbb\xcc\xdd\xee\xff",
	    out);
	ck_assert_str_eq(out, "00112233-4455-6677-8899-aabbccddeeff");
}
END_TEST

START_TEST(prefixes)
{
	ck_assert(starts_with("abc", "ab"));
	ck_assert(starts_with("abc", ""));
	ck_assert(!starts_with("a", "ab"));
	ck_assert(ends_with("abc", "bc"));
	ck_assert(!ends_with("c", "bc"));
}
END_TEST

START_TEST(bools)
{
	bool v = false;

	ck_assert(parse_bool_go("T", &v) && v);
	ck_assert(parse_bool_go("0", &v) && !v);
	ck_assert(parse_bool_go("True", &v) && v);
	ck_assert(!parse_bool_go("yes", &v));
	ck_assert(!parse_bool_go("tRUE", &v));
	ck_assert(!parse_bool_go("", &v));
}
END_TEST

START_TEST(globs)
{
	ck_assert(glob_match("", ""));
	ck_assert(!glob_match("", "x"));
	ck_assert(glob_match("*", ""));
	ck_assert(glob_match("*", "anything"));
	ck_assert(glob_match("a*", "abc"));
	ck_assert(glob_match("*c", "abc"));
	ck_assert(glob_match("a*c", "abbbc"));
	ck_assert(glob_match("*b*", "abc"));
	ck_assert(!glob_match("a*d", "abc"));
	ck_assert(!glob_match("abc", "abcd"));
	ck_assert(glob_match("*ab", "aab"));
}
END_TEST

START_TEST(case_and_space)
{
	char upper[] = "AbC\xc3\x84Z", space[] = " \t a b \n", blank[] = "  ";

	lower_ascii(upper);
	ck_assert_str_eq(upper, "abc\xc3\x84z");
	ck_assert_str_eq(trim_space(space), "a b");
	ck_assert_str_eq(trim_space(blank), "");
}
END_TEST

START_TEST(utf8)
{
	static const uint32_t codes[] = { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff,
		0x10000, 0x10ffff };
	static const size_t lengths[] = { 1, 1, 2, 2, 3, 3, 4, 4 };
	char bytes[4];
	uint32_t cp;

	ck_assert(utf8_valid("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10));
	ck_assert(!utf8_valid("\xc3", 1));
	ck_assert(!utf8_valid("\xc0\x80", 2));	   /* overlong */
	ck_assert(!utf8_valid("\xed\xa0\x80", 3)); /* a surrogate */
	ck_assert(!utf8_valid("\xf4\x90\x80\x80", 4));
	ck_assert(utf8_valid("\xef\xbf\xbd", 3)); /* U+FFFD itself is fine */
	ck_assert_uint_eq(utf8_next("\xe2\x82\xac", 3, &cp), 3);
	ck_assert_uint_eq(cp, 0x20ac);
	ck_assert_uint_eq(utf8_next("\xe2\x82", 2, &cp), 1);
	ck_assert_uint_eq(cp, 0xfffd);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		size_t n = utf8_put(codes[i], bytes);

		ck_assert_uint_eq(n, lengths[i]);
		ck_assert_uint_eq(utf8_next(bytes, n, &cp), n);
		ck_assert_uint_eq(cp, codes[i]);
	}
}
END_TEST

START_TEST(paths)
{
	static const char *const rows[][2] = { { "/a//b", "/a/b" },
		{ "/a/./b/", "/a/b/" }, { "/a/../b", "/b" }, { "/..", "/" },
		{ "/../../a", "/a" }, { "a/b/..", "a" }, { "/a/..", "/" },
		{ "/", "/" }, { "", "" }, { "//", "/" },
		{ "/a/b/../../c/", "/c/" }, { "/...", "/..." },
		{ "/a/.b", "/a/.b" }, { "./a", "a" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *path = xstrdup(rows[i][0]);

		path_clean(path);
		ck_assert_str_eq(path, rows[i][1]);
		free(path);
	}
}
END_TEST

START_TEST(percent)
{
	static const struct {
		const char *in, *out;
		bool plus;
	} rows[] = { { "a%20b", "a b", false }, { "a+b", "a+b", false },
		{ "a+b", "a b", true }, { "%2F%2f", "//", false },
		{ "%25", "%", false }, { "", "", false } };
	static const char *const bad[] = { "%", "%2", "%zz", "a%2" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *s = xstrdup(rows[i].in);
		size_t n = strlen(s);

		ck_assert(percent_decode(s, &n, rows[i].plus));
		ck_assert_str_eq(s, rows[i].out);
		ck_assert_uint_eq(n, strlen(rows[i].out));
		free(s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *s = xstrdup(bad[i]);
		size_t n = strlen(s);

		ck_assert(!percent_decode(s, &n, false));
		free(s);
	}
}
END_TEST

START_TEST(idna)
{
	static const struct {
		const char *name, *ascii;
	} rows[] = { { "example.com", "example.com" },
		{ "b\xc3\xbc"
		  "cher.example.",
		    "xn--bcher-kva.example." },
		{ "*.\xc3\xbc", "*.xn--tda" }, { "\xc3\x9f", "xn--zca" },
		{ "\xe6\x97\xa5\xe6\x9c\xac.jp", "xn--wgv71a.jp" },
		{ "3\xe5\xb9\xb4"
		  "B\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94"
		  "\x9f",
		    "xn--3B-ww4c5e180e575a65lsy2b" },
		{ "\xf0\x9f\x98\x80", "xn--e28h" },
		{ "Not a host", "Not a host" } };
	static const char label64[] = "0123456789012345678901234567890123456789"
				      "012345678901234567890123.b";
	struct arena *a = arena_new();
	const char *why = NULL;
	char *name = arena_strdup(a, "x");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(
		    idna_to_ascii(a, rows[i].name, &why), rows[i].ascii);
	ck_assert_ptr_null(idna_to_ascii(a, "", &why));
	ck_assert_str_eq(why, "idna: invalid label \"\"");
	ck_assert_ptr_null(idna_to_ascii(a, "a..b", &why));
	ck_assert_str_eq(why, "idna: invalid label \"a..b\"");
	ck_assert_ptr_null(idna_to_ascii(a, label64, &why));
	ck_assert_uint_eq(strlen(why), strlen("idna: invalid label ") + 66);
	ck_assert_ptr_nonnull(idna_to_ascii(a, label64 + 1, &why));
	for (int i = 0; i < 126; i++)
		name = arena_printf(a, "%s.x", name);
	ck_assert_ptr_nonnull(idna_to_ascii(a, name, &why));
	ck_assert_ptr_nonnull(
	    idna_to_ascii(a, arena_printf(a, "%s.", name), &why));
	ck_assert_ptr_null(
	    idna_to_ascii(a, arena_printf(a, "%sx", name), &why));
	ck_assert_ptr_nonnull(idna_to_ascii(a, "\xff\xc3.\x80", &why));
	arena_free(a);
}
END_TEST

START_TEST(sorting)
{
	const char *list[] = { "b", "a/", "a" };

	qsort(list, 3, sizeof(list[0]), compare_strings);
	ck_assert_str_eq(list[0], "a");
	ck_assert_str_eq(list[2], "b");
}
END_TEST

START_TEST(printable_runs_end_at_the_first_other_byte)
{
	char text[40];

	for (size_t n = 0; n < sizeof(text); n++) {
		for (int c = 0; c < 256; c++)
			for (size_t at = 0; at < n; at++) {
				bool plain = c >= ' ' && c < 0x7f;

				memset(text, at % 2 ? ' ' : '~', sizeof(text));
				text[at] = (char)c;
				ck_assert_uint_eq(
				    ascii_run(text, n), plain ? n : at);
			}
	}
}
END_TEST

UNIT_MAIN("text", hex, base64_out, base64_in, uuid, prefixes, bools, globs,
    case_and_space, utf8, paths, percent, idna, sorting,
    printable_runs_end_at_the_first_other_byte)
