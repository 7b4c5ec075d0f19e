/*
 * Name templates: Vault's functions, Go's language, and Go's words for what it
 * refuses.
 */
#include "secrets/database/username_template.h"

#include <string.h>

#include "base/duration.h"
#include "tests/support/unit.h"

/* The name, or the refusal; seeded, at 2025-03-05T10:11:12.345Z. */
static char *
name(struct arena *a, const char *text)
{
	struct error e = { 0 };
	struct random *r = random_new_seeded(1);
	struct username_data data = { "token-alice", "platform-db-role", r,
		INT64_C(1741169472345) * 1000000 };
	const struct username_template *t = username_template_parse(
	    a, text, &e);
	char *made = t ? username_template_render(a, t, &data, &e) : NULL;

	ck_assert(made || e.status == 400);
	random_free(r);
	return made ? made : arena_strdup(a, e.text);
}

static void
compare(const char *const (*cases)[2])
{
	struct arena *a = arena_new();

	for (int i = 0; cases[i][0]; i++)
		ck_assert_str_eq(name(a, cases[i][0]), cases[i][1]);
	arena_free(a);
}

START_TEST(functions)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" },
		{ "{{.DisplayName}}/{{ .RoleName }}",
		    "token-alice/platform-db-role" },
		{ "{{ .DisplayName | truncate 8 }}", "token-al" },
		{ "{{ truncate 8 .DisplayName | uppercase }}", "TOKEN-AL" },
		{ "{{ .RoleName | replace \"-\" \"_\" | lowercase }}",
		    "platform_db_role" },
		{ "{{ `A` | sha256 | truncate 8 }}", "559aead0" },
		{ "{{ .DisplayName | base64 }}", "dG9rZW4tYWxpY2U=" },
		{ "{{ .RoleName | truncate_sha256 10 }}", "pl100687b9" },
		{ "{{ unix_time }} {{ unix_time_millis }}",
		    "1741169472 1741169472345" },
		{ "{{ timestamp \"2006-01-02T15:04:05.000Z07:00 Mon Jan _2\" }}",
		    "2025-03-05T10:11:12.345Z Wed Mar  5" },
		{ "{{ random 5 | len }} {{ uuid | len }}", "5 36" },
		{ "{{ printf \"%s-%05d|%-4s|%4s|%x|%q|%%\" .RoleName 42 "
		  "\"ab\" \"cd\" \"hi\" \"q\" }}",
		    "platform-db-role-00042|ab  |  cd|6869|\"q\"|%" },
		{ "{{ printf \"%d %s\" \"x\" 5 }}",
		    "%!d(string=x) %!s(int=5)" },
		{ "{{ printf \"%s\" }}", "%!s(MISSING)" },
		{ "{{ printf \"a\" 1 }}", "a%!(EXTRA int=1)" },
		{ "{{ slice .RoleName 0 8 }}", "platform" },
		{ NULL, NULL },
	};

	compare(cases);
}
END_TEST

START_TEST(language)
{
	static const char *const cases[][2] = {
		{ "a {{- /* no */ -}} b", "ab" },
		{ "a  {{- \"x\" -}}  b", "axb" },
		{ "{{ if eq .RoleName \"x\" \"platform-db-role\" }}y"
		  "{{ else }}n{{ end }}",
		    "y" },
		{ "{{if .Missing}}{{end}}",
		    "unable to apply template: "
		    "template: template:1:5: executing \"template\" at "
		    "<.Missing>: can't evaluate field Missing in type "
		    "dbplugin.UsernameMetadata" },
		{ "{{ if false }}a{{ else if gt 2 1 }}b{{ else }}c{{ end }}d",
		    "bd" },
		{ "{{ or \"\" .DisplayName | truncate 5 }}", "token" },
		{ "{{ (printf \"%s\" (.RoleName | truncate 4)) | uppercase }}",
		    "PLAT" },
		{ NULL, NULL },
	};

	compare(cases);
}
END_TEST

#define PARSE "unable to parse template: template: template:1: "
#define APPLY(at, what)                                      \
	"unable to apply template: template: template:1:" at \
	": executing \"template\" at " what

START_TEST(refusals)
{
	static const char *const cases[][2] = {
		{ "{{ foo }}", PARSE "function \"foo\" not defined" },
		{ "{{ .DisplayName", PARSE "unclosed action" },
		{ "{{ }}", PARSE "missing value for command" },
		{ "{{ .RoleName | }}", PARSE "missing value for command" },
		{ "{{ \"x }}", PARSE "unterminated quoted string" },
		{ "{{ (.RoleName }}", PARSE "unclosed left paren" },
		{ "{{ .RoleName) }}", PARSE "unexpected right paren" },
		{ "{{ end }}", PARSE "unexpected {{end}}" },
		{ "{{ if true }}", PARSE "unexpected EOF" },
		{ "{{ 1x }}", PARSE "bad number syntax: \"1x\"" },
		{ "{{ truncate 0 .RoleName }}",
		    APPLY("3",
			"<truncate 0 .RoleName>: error calling truncate: max "
			"length must be > 0 but was 0") },
		{ "{{ .RoleName | truncate }}",
		    APPLY("15",
			"<truncate>: wrong number of args for truncate: want 2 "
			"got 1") },
		{ "{{ truncate \"x\" .RoleName }}",
		    APPLY("12", "<\"x\">: expected integer; found \"x\"") },
		{ "{{ 5 | uppercase }}",
		    APPLY("7",
			"<uppercase>: wrong type for value; expected string; got "
			"int") },
		{ "{{ random 100000000 }}",
		    APPLY("3",
			"<random 100000000>: error calling random: length out of "
			"range") },
		{ NULL, NULL },
	};

	compare(cases);
}
END_TEST

UNIT_MAIN("name_template", functions, language, refusals)
