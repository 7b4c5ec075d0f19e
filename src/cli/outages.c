/*
 * mockvault outages: the table of named outages as a page of Markdown.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "fault/fault.h"

static const char outages_introduction[] =
    "# Outages\n\n"
    "Printed from the table in `src/fault/outage/outage_table.c` by "
    "`mockvault outages`; change the\ntable. Each is turned on by `mockvault "
    "ctl outage NAME`, by `PUT /_mock/outages/NAME`\nwith `{\"params\": {}, "
    "\"for\": \"30s\", \"match\": {}}`, or from the start by `--fault\n"
    "'NAME,k=v,for=30s@PATH'`. A match narrows the rules of an outage; health "
    "probes are\nspared unless it names `op` or `path`. An outage of the "
    "whole node takes a match of `node` alone.\n\n"
    "Each time is a run with an id, `slow.1`, or the one that `id` gives it. "
    "The same outage\nwith another match stands beside the first; with the "
    "same match it takes its place.\n`DELETE /_mock/outages/slow.1` ends the "
    "one, `.../slow` all of them. `mockvault ctl outage\nlist --active` and "
    "`runs` in `GET /_mock/outages` show what is on.\n\n"
    "Outages may stand together and end in any order, by `for`, by hand, by a "
    "reset, with a\nscenario: each gives back what it changed itself. The "
    "node is sealed until the last that\nseals it is over; the newest says "
    "what kind of standby it is; clock skews add up. What\nkept the state "
    "aside (`amnesia`, `uninitialized`) brings it back, without what ended\n"
    "meanwhile. Unsealing with keys ends what sealed it; restoring a snapshot "
    "ends what kept\na state aside. Snapshots and exports hold the state "
    "without what outages changed in it.\nWhat is final in Vault (a revoked "
    "token) is done at once and leaves no run.\n\n"
    "`for` and `after` are real time, or with `\"clock\": \"virtual\"` "
    "(`--virtual`) the\nvault's clock, which `mockvault ctl clock +10m` "
    "moves. An outage that would change\nnothing now, such as `tls` without "
    "TLS, is a 409, and `mockvault ctl` exits with 1.\n\n"
    "Outages that are made of rules also take `times`, `skip`, `every`, "
    "`probability` and\n`seed`, with the meaning of [rules](rules.md).\n";

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
outages_print_param(const char *name, const json_t *p)
{
	const json_t *allowed = json_object_get(p, "allowed");
	const json_t *def = json_object_get(p, "default");

	printf(
	    "- `%s` (%s", name, json_string_value(json_object_get(p, "type")));
	if (json_is_true(json_object_get(p, "required")))
		printf(", required");
	else if (!json_is_null(def)) {
		char *text = json_dumps(def, JSON_ENCODE_ANY);

		printf(", default `%s`", text);
		free(text);
	}
	printf("): %s", json_string_value(json_object_get(p, "help")));
	for (size_t i = 0; i < json_array_size(allowed); i++)
		printf("%s`%s`", i ? ", " : ". One of ",
		    json_string_value(json_array_get(allowed, i)));
	printf(".\n");
}

/* Prints the section of one outage in docs/outages.md. */
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
	if (json_is_true(json_object_get(o, "needs_cluster")))
		printf("Needs several nodes (`-nodes=3`); one node answers "
		       "400.\n\n");
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
	if (json_is_string(json_object_get(o, "on_nodes")))
		printf("\nWith several nodes: %s\n",
		    json_string_value(json_object_get(o, "on_nodes")));
	if (json_array_size(error_texts))
		printf("\nTexts:\n\n");
	for (size_t i = 0; i < json_array_size(error_texts); i++) {
		printf("- ");
		outages_print_code(
		    json_string_value(json_array_get(error_texts, i)));
		putchar('\n');
	}
}

/* Is row one of the numbers of "2, 3"? */
static bool
outages_covers_row(const json_t *o, int row)
{
	const char *at = json_string_value(json_object_get(o, "number"));
	char *end;

	for (; *at; at = *end ? end + 1 : end)
		if (strtol(at, &end, 10) == row)
			return true;
	return false;
}

#define CATALOGUE_ROWS 60

/* What of the catalogue of real outages is exact, and how the rest is not. */
static void
outages_print_fidelity(void)
{
	json_t *all = json_array();
	json_t *o;
	size_t i;

	for (int n = 0; outage_at(n); n++)
		json_array_append_new(all, outage_show(outage_at(n)));
	puts("\n## How near to Vault\n\nWith several nodes "
	     "([cluster.md](cluster.md)) what needs them is real: the last "
	     "column. `approximated`\nin the answer of one that is on says "
	     "that it is so here.\n\n"
	     "| row | outage | one node | several |\n|---|---|---|---|");
	for (int row = 1; row <= CATALOGUE_ROWS; row++)
		json_array_foreach (all, i, o) {
			const char *how = json_string_value(
			    json_object_get(o, "how"));
			bool real = json_is_string(
			    json_object_get(o, "on_nodes"));

			if (outages_covers_row(o, row))
				printf("| %d | `%s` | %s%s%s | %s |\n", row,
				    json_string_value(
					json_object_get(o, "name")),
				    json_string_value(
					json_object_get(o, "fidelity")),
				    how ? ": " : "", how ? how : "",
				    real ? "real" : "");
		}
	json_decref(all);
}

int
outages_main(int argc, char *const *argv)
{
	(void)argc;
	(void)argv;
	fputs(outages_introduction, stdout);
	outages_print_fidelity();
	for (int i = 0; outage_at(i); i++) {
		json_t *o = outage_show(outage_at(i));

		outages_print_outage(o);
		json_decref(o);
	}
	return 0;
}
