/* HCL and policies from bytes: a refusal names a line, and never a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/policy.h"
#include "base/hcl/hcl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = malloc(size + 1);
	struct hcl_error why = { 0 };
	struct version_set changes;
	struct policy policy;
	struct error e = { 0 };

	memcpy(text, data, size);
	text[size] = '\0';
	if (!hcl_parse(a, text, size, &why) && !why.text[0])
		abort();
	version_set_init(&changes, "2.1.0");
	(void)policy_parse(a, &changes, text, &policy, &e);
	free(text);
	arena_free(a);
	return 0;
}
