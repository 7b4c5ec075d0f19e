/*
 * schema-image: runs while mockvault is built. It makes the tables in memory,
 * as a start without an image does, and prints them as a C source:
 * schema_image.
 */
#include <stdio.h>
#include <stdlib.h>

#include "server/engines.h"
#include "store/store.h"

/* So many zeros end a run. */
#define ZEROS 16

/* The library asks for an image; here there is none yet. */
const struct store_image schema_image = { NULL, NULL, 0, 0 };

struct schema_run {
	size_t at, end;
};

/* Finds the next run of bytes from run->end on; false: there is none. */
static bool
schema_image_next_run(
    const unsigned char *bytes, size_t n, struct schema_run *run)
{
	size_t i = run->end;

	while (i < n && bytes[i] == 0)
		i++;
	if (i == n)
		return false;
	run->at = i;
	run->end = i;
	for (; i < n && i - run->end < ZEROS; i++)
		if (bytes[i] != 0)
			run->end = i + 1;
	return true;
}

static void
schema_image_print(const unsigned char *bytes, size_t n)
{
	struct schema_run run = { 0, 0 };
	size_t printed = 0;
	int nparts = 0;

	while (store_parts[nparts])
		nparts++;
	printf("/* Made by schema-image. */\n"
	       "#include \"server/engines.h\"\n"
	       "#include \"store/store.h\"\n\n"
	       "static const struct store_image_run runs[] = {\n");
	while (schema_image_next_run(bytes, n, &run))
		printf("\t{ %zu, %zu },\n", run.at, run.end - run.at);
	printf("\t{ 0, 0 },\n};\n\n"
	       "static const unsigned char bytes[] = {");
	run.end = 0;
	while (schema_image_next_run(bytes, n, &run))
		for (size_t i = run.at; i < run.end; i++)
			printf(
			    "%s%d,", printed++ % 16 ? " " : "\n\t", bytes[i]);
	printf("\n};\n\n"
	       "const struct store_image schema_image = { runs, bytes, %zu, "
	       "%d };\n",
	    n, nparts);
}

int
main(void)
{
	struct error e = { 0 };
	struct store *s = store_open(NULL, store_parts, NULL, &e);
	void *bytes = NULL;
	size_t n = 0;
	bool ok = s && store_snapshot(s, &bytes, &n);

	if (ok)
		schema_image_print(bytes, n);
	else
		fprintf(stderr, "schema-image: %s\n", e.text);
	store_free_bytes(bytes);
	store_close(s);
	return ok && fflush(stdout) == 0 ? 0 : 1;
}
