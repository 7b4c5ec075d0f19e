/* Durations and times: what was printed reads back as what it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), out[DURATION_MAX];
	int64_t ns, again;

	memcpy(text, data, size);
	text[size] = '\0';
	if (duration_parse_go(text, &ns)) {
		duration_format(ns, out);
		if (!duration_parse_go(out, &again) || again != ns)
			abort();
	}
	(void)duration_parse(text, &ns);
	if (rfc3339_parse(text, &ns) && ns >= 0) {
		rfc3339_nano(ns, out);
		if (!rfc3339_parse(out, &again) || again != ns)
			abort();
	}
	free(text);
	return 0;
}
