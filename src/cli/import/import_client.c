/*
 * Asks the Vault, and keeps what is found.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/import/import.h"

#define IMPORT_DEADLINE_MS 60000

void
import_skip(struct importer *im, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(im->skipped, json_string(text));
}

/* The whole answer as a tree, or NULL. */
static json_t *
import_ask(
    struct importer *im, const char *method, const char *path, int *status)
{
	struct exchange x = { .arena = arena_new(),
		.method = method,
		.url = im->address,
		.headers = &im->headers,
		.trust = &im->trust,
		.deadline_ms = IMPORT_DEADLINE_MS };
	json_t *answer = NULL;

	x.url.path = arena_printf(x.arena, "/v1/%s", path);
	x.url.raw_path = x.url.query = NULL;
	*status = 0;
	if (exchange_run(&x)) {
		*status = x.status;
		answer = json_loadb(x.reply_body.p ? x.reply_body.p : "",
		    x.reply_body.n, 0, NULL);
	} else {
		im->failure = arena_strdup(im->arena, x.why);
	}
	buf_release(&x.reply_body);
	arena_free(x.arena);
	return answer;
}

json_t *
import_read(
    struct importer *im, const char *method, const char *path, int *status)
{
	json_t *answer, *data = NULL;
	int got = 0;

	if (!im->failure) {
		answer = import_ask(im, method, path, &got);
		data = json_incref(json_object_get(answer, "data"));
		json_decref(answer);
	}
	if (status)
		*status = got;
	if (got == 403)
		import_skip(im, "%s: the token may not read it", path);
	else if (got >= 400 && got != 404 && !status)
		import_skip(im, "%s: answered with status %d", path, got);
	if (got == 200 && json_is_object(data))
		return data;
	json_decref(data);
	return NULL;
}

json_t *
import_list(struct importer *im, const char *path)
{
	json_t *data = import_read(im, "LIST", path, NULL);
	json_t *keys = json_incref(json_object_get(data, "keys"));

	json_decref(data);
	return json_is_array(keys) ? keys : json_array();
}

json_t *
import_section(struct importer *im, const char *name)
{
	json_t *section = json_object_get(im->document, name);

	if (!section) {
		section = json_object();
		json_object_set_new(im->document, name, section);
	}
	return section;
}

void
import_add_write(struct importer *im, const char *path, json_t *body)
{
	json_object_set_new(import_section(im, "writes"), path, body);
}

static bool
import_is_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	    (json_is_string(value) && json_string_length(value) == 0) ||
	    (json_is_array(value) && json_array_size(value) == 0) ||
	    (json_is_object(value) && json_object_size(value) == 0);
}

json_t *
import_pick(const json_t *from, const char *const *keys)
{
	json_t *picked = json_object();

	for (int i = 0; keys[i]; i++) {
		json_t *value = json_object_get(from, keys[i]);

		if (!import_is_empty(value))
			json_object_set(picked, keys[i], value);
	}
	return picked;
}
