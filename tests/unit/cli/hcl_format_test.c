/*
 * HCL as HCL's printer writes it.
 */
#include "cli/vault/output/hcl_format.h"

#include <string.h>

#include "tests/support/unit.h"

START_TEST(texts_are_formatted)
{
	static const char *const rows[][2] = {
		{ "path \"secret/*\" {capabilities=[\"read\",\n  \"list\"]}\n"
		  "  path \"sys/health\"\n{ policy = \"read\"  }\n",
		    "path \"secret/*\" {\n  capabilities = [\n    \"read\",\n"
		    "    \"list\",\n  ]\n}\n\npath \"sys/health\" {\n"
		    "  policy = \"read\"\n}\n" },
		{ "path \"secret\" {\n  capabilities  =      [\"create\",    "
		  "\"update\",\"delete\"]\n}",
		    "path \"secret\" {\n  capabilities = [\"create\", "
		    "\"update\", \"delete\"]\n}\n" },
		{ "# a comment\npath \"a\" { # trailing\ncapabilities = [ "
		  "\"create\" , \"update\" ]\nallowed_parameters = { \"x\" = "
		  "[\"1\",\"2\"]\n\"*\"=[] }\n}\n",
		    "# a comment\npath \"a\" {\n  capabilities = [\n"
		    "    \"create\", # trailing\n    \"update\",\n  ]\n\n"
		    "  allowed_parameters = {\n    \"x\" = [\"1\", \"2\"]\n"
		    "    \"*\" = []\n  }\n}\n" },
		{ "a = 1\nlonger = 2\n", "a = 1\n\nlonger = 2\n" },
		{ "x {\na = 1\nlonger = \"2\" # why\n}\n",
		    "x {\n  a      = 1\n  longer = \"2\" # why\n}\n" },
		{ "a \"b\" {}\n", "a \"b\" {}\n" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_str_eq(
		    hcl_format(a, rows[i][0], strlen(rows[i][0])), rows[i][1]);
		ck_assert_str_eq(
		    hcl_format(a, rows[i][1], strlen(rows[i][1])), rows[i][1]);
	}
	arena_free(a);
}
END_TEST

START_TEST(broken_texts_end)
{
	static const char *const rows[] = { "a {", "a = [", "a = ", "a = [1",
		"{", "]", "a = <<X\nfoo", "a = \"x", "/* x" };
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		(void)hcl_format(a, rows[i], strlen(rows[i]));
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_hcl_format", texts_are_formatted, broken_texts_end)
