/*
 * Data on the command line.
 */
#include "cli/vault/client/kvargs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/unit.h"

START_TEST(pairs_become_an_object)
{
	char *argv[] = { "b=x=y", "a=", "", "l=1", "l=2", "l=3",
		"at=\\@literal", "q=\"<", NULL };
	struct arena *a = arena_new();
	struct kvargs k;
	const char *why;

	kvargs_init(&k, a, true);
	ck_assert_str_eq(kvargs_json(&k).p, "null");
	ck_assert(kvargs_parse(&k, 8, argv, &why));
	ck_assert_str_eq(kvargs_json(&k).p,
	    "{\"a\":\"\",\"at\":\"@literal\",\"b\":\"x=y\",\"l\":[\"1\","
	    "\"2\",\"3\"],\"q\":\"\\\"\\u003c\"}");
	arena_free(a);
}
END_TEST

START_TEST(files_are_read)
{
	char path[] = "/tmp/cli_kvargs_XXXXXX", text[100], whole[100];
	char *argv[] = { whole, text, NULL };
	struct arena *a = arena_new();
	int fd = mkstemp(path);
	struct kvargs k;
	const char *why;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "{\"n\":1.50}\n", 11), 11);
	close(fd);
	snprintf(whole, sizeof(whole), "@%s", path);
	snprintf(text, sizeof(text), "t=@%s", path);
	kvargs_init(&k, a, true);
	ck_assert(kvargs_parse(&k, 2, argv, &why));
	ck_assert_str_eq(
	    kvargs_json(&k).p, "{\"n\":1.50,\"t\":\"{\\\"n\\\":1.50}\\n\"}");
	unlink(path);
	arena_free(a);
}
END_TEST

START_TEST(refusals_are_go_s)
{
	static const char *const rows[][2] = {
		{ "novalue",
		    "invalid key/value pair \"novalue\": format must "
		    "be key=value" },
		{ "@absent",
		    "invalid key/value pair \"@absent\": open "
		    "absent: no such file or directory" },
		{ "k=@absent",
		    "invalid key/value pair \"k=@absent\": error "
		    "reading file: open absent: no such file or "
		    "directory" },
		{ "-", "invalid key/value pair \"-\": EOF" },
	};
	struct arena *a = arena_new();
	struct kvargs k;
	const char *why;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[] = { arena_strdup(a, rows[i][0]), NULL };

		kvargs_init(&k, a, true);
		ck_assert(!kvargs_parse(&k, 1, argv, &why));
		ck_assert_str_eq(why, rows[i][1]);
	}
	arena_free(a);
}
END_TEST

UNIT_MAIN(
    "cli_kvargs", pairs_become_an_object, files_are_read, refusals_are_go_s)
