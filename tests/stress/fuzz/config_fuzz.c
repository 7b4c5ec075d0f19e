/* Configuration files and addresses that are templates: what is taken can be
 * shown, what is refused says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/config/config_file.h"
#include "server/config/sockaddr_template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vault v;
	struct arena *a = arena_new();
	char *text = malloc(size + 1);
	const char *why = NULL;
	struct config_file c;
	struct error e = { 0 };

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	version_set_init(&v.config.changes, "1.19.5");
	if (!sockaddr_template(a, text, &why) && !why)
		abort();
	config_file_init(&c);
	if (config_file_load_text(&c, &v, a, text, &e))
		json_decref(config_file_sanitized(&c));
	else if (!e.text[0])
		abort();
	config_file_release(&c);
	error_release(&e);
	free(text);
	arena_free(a);
	return 0;
}
