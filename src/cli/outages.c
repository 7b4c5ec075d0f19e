/*
 * mockvault outages: the table of named outages as a page of Markdown.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "fault/fault.h"

/* A text on one line, as C writes it, in backquotes. */
static void
outages_print_code(const char *text)
{
	putchar('`');
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", stdout);
		else if (*text == '\t')
			fputs("\\t", stdout);
		else if (*text == '\r')
			fputs("\\r", stdout);
		else
			putchar(*text);
	}
	putchar('`');
}

static void
outages_print_value(const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	printf("`%s`", text);
	free(text);
}

static void
outages_print_param(const char *name, const json_t *p)
{
	const json_t *allowed = json_object_get(p, "allowed");
	const json_t *def = json_object_get(p, "default");

	printf(
	    "- `%s` (%s", name, json_string_value(json_object_get(p, "type")));
	if (json_is_true(json_object_get(p, "required")))
		printf(", required");
	else if (!json_is_null(def)) {
		printf(", default ");
		outages_print_value(def);
	}
	printf("): %s", json_string_value(json_object_get(p, "help")));
	for (size_t i = 0; i < json_array_size(allowed); i++)
		printf("%s`%s`", i ? ", " : ". One of ",
		    json_string_value(json_array_get(allowed, i)));
	printf(".\n");
}

static void
outages_print_outage(const json_t *o)
{
	const json_t *error_texts = json_object_get(o, "texts");
	const char *name;
	json_t *param;
	bool any = false;

	printf("\n## %s\n\nCatalogue: %s. %s\n\n",
	    json_string_value(json_object_get(o, "name")),
	    json_string_value(json_object_get(o, "number")),
	    json_string_value(json_object_get(o, "summary")));
	if (json_is_true(json_object_get(o, "needs_cluster"))) {
		printf("Needs a cluster of several nodes; one node answers "
		       "400.\n");
		return;
	}
	printf("    mockvault ctl outage %s\n",
	    json_string_value(json_object_get(o, "example")));
	json_object_foreach (json_object_get(o, "params"), name, param) {
		if (json_is_true(json_object_get(param, "common")))
			continue;
		if (!any)
			putchar('\n');
		any = true;
		outages_print_param(name, param);
	}
	if (json_array_size(error_texts))
		printf("\nTexts:\n\n");
	for (size_t i = 0; i < json_array_size(error_texts); i++) {
		printf("- ");
		outages_print_code(
		    json_string_value(json_array_get(error_texts, i)));
		putchar('\n');
	}
}

int
outages_main(int argc, char *const *argv)
{
	(void)argc;
	(void)argv;
	puts(
	    "# Outages\n\n"
	    "Printed from the table in `src/fault/outage/outage_table.c` by `mockvault "
	    "outages`; change the\ntable. Each is turned on by `mockvault ctl "
	    "outage NAME`, by `PUT /_mock/outages/NAME`\nwith `{\"params\": "
	    "{}, \"for\": \"30s\", \"match\": {}}`, or from the start by "
	    "`--fault\n'NAME,k=v,for=30s@PATH'`. A match narrows the rules of "
	    "an outage; health probes are\nspared unless it names `op` or "
	    "`path`.");
	for (int i = 0; outage_at(i); i++) {
		json_t *o = outage_show(outage_at(i));

		outages_print_outage(o);
		json_decref(o);
	}
	return 0;
}
