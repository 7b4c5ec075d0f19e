/* Password policies from bytes: refused with a reason, or they make passwords
 * of the length they ask for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/policy/password_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t
characters(const char *text)
{
	int64_t n = 0;
	uint32_t c;

	for (size_t i = 0, size = strlen(text); i < size; n++)
		i += utf8_next(text + i, size - i, &c);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct random *r = random_new_seeded(size);
	char *text = malloc(size + 1), *made;
	struct password_policy p;
	struct error e = { 0 };
	int tries = 20;

	memcpy(text, data, size);
	text[size] = '\0';
	if (!password_policy_parse(a, text, &p, &e)) {
		if (!e.text[0] || e.status != 400)
			abort();
	} else if (p.length <= 100) {
		made = password_generate(r, &p, &tries);
		if (made && characters(made) != p.length)
			abort();
		password_free(made);
	}
	free(text);
	random_free(r);
	arena_free(a);
	return 0;
}
