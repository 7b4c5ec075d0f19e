/* Name templates from bytes: refused in words, or a name comes out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "secrets/database/username_template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct random *r = random_new_seeded(1);
	struct username_data who = { "token", "role", r, 1741169472345000000 };
	char *text = malloc(size + 1);
	const struct username_template *t;
	struct error e = { 0 };

	memcpy(text, data, size);
	text[size] = '\0';
	t = username_template_parse(a, text, &e);
	if (!t != (e.status != 0))
		abort();
	if (t && !username_template_render(a, t, &who, &e) && !e.text[0])
		abort();
	free(text);
	random_free(r);
	arena_free(a);
	return 0;
}
