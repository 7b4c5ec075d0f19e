/*
 * Secrets: every path of a KV mount, its newest version, with generated values
 * of the same shape.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/import/import.h"
#include "proxy/shape.h"

/* Lists of paths that are still to be read. */
struct import_queue {
	char **paths;
	size_t n, cap;
};

static void
import_queue_push(struct import_queue *q, char *path)
{
	if (q->n == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 64;
		q->paths = xrealloc(q->paths, q->cap * sizeof(*q->paths));
	}
	q->paths[q->n++] = path;
}

/* ---- values ---- */

static json_t *
import_shape_string(struct importer *im, const json_t *value)
{
	struct buf out;
	json_t *made;

	buf_init(&out, SIZE_MAX / 2);
	shape_text(&out, im->random, json_string_value(value),
	    json_string_length(value));
	made = json_stringn(out.p ? out.p : "", out.n);
	buf_release(&out);
	return made;
}

/* As many digits. */
static json_t *
import_shape_number(struct importer *im, const json_t *value)
{
	json_int_t n = json_integer_value(value), least = 1;

	if (json_is_real(value))
		return json_real((double)random_below(im->random, 1000) / 8);
	while (least <= n / 10)
		least *= 10;
	if (n <= 0)
		return json_integer(n);
	return json_integer(
	    least + (json_int_t)random_below(im->random, (uint64_t)least * 9));
}

/* A tree that is not deeper than jansson reads. */
static json_t *
import_shape_value(struct importer *im, json_t *value)
{
	json_t *made, *inner;
	const char *key;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		made = json_object();
		json_object_foreach (value, key, inner)
			json_object_set_new(
			    made, key, import_shape_value(im, inner));
		return made;
	case JSON_ARRAY:
		made = json_array();
		json_array_foreach (value, i, inner)
			json_array_append_new(
			    made, import_shape_value(im, inner));
		return made;
	case JSON_STRING:
		return import_shape_string(im, value);
	case JSON_INTEGER:
	case JSON_REAL:
		return import_shape_number(im, value);
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		break;
	}
	return json_incref(value);
}

/* ---- secrets ---- */

/* Fixtures would take "{{...}}" for a generator. */
static bool
import_has_braces(const json_t *secret)
{
	char *text = json_dumps(secret, JSON_COMPACT);
	bool found = text && strstr(text, "{{");

	free(text);
	return found;
}

static void
import_add_secret(struct importer *im, const char *mount, const char *name,
    bool versioned, json_t *secret)
{
	json_t *made = im->with_values ? json_incref(secret)
				       : import_shape_value(im, secret);

	if (!import_has_braces(made))
		json_object_set_new(import_section(im, "kv"),
		    arena_printf(im->arena, "%s%s", mount, name), made);
	else if (versioned)
		import_add_write(im,
		    arena_printf(im->arena, "%sdata/%s", mount, name),
		    json_pack("{s:o}", "data", made));
	else
		import_add_write(
		    im, arena_printf(im->arena, "%s%s", mount, name), made);
	im->secrets++;
}

/* What was set for one secret, where it is not the default. */
static void
import_kv_metadata(struct importer *im, const char *mount, const char *name)
{
	static const char *const keys[] = { "max_versions", "cas_required",
		"delete_version_after", "custom_metadata", NULL };
	char *path = arena_printf(im->arena, "%smetadata/%s", mount, name);
	json_t *data = import_read(im, "GET", path, NULL);
	json_t *picked = import_pick(data, keys);

	if (json_integer_value(json_object_get(picked, "max_versions")) == 0)
		json_object_del(picked, "max_versions");
	if (!json_is_true(json_object_get(picked, "cas_required")))
		json_object_del(picked, "cas_required");
	if (json_is_string(json_object_get(picked, "delete_version_after")) &&
	    strcmp(json_string_value(
		       json_object_get(picked, "delete_version_after")),
		"0s") == 0)
		json_object_del(picked, "delete_version_after");
	if (json_object_size(picked) > 0)
		import_add_write(im, path, json_incref(picked));
	json_decref(picked);
	json_decref(data);
}

static void
import_kv_secret(
    struct importer *im, const char *mount, const char *name, bool versioned)
{
	char *path = arena_printf(
	    im->arena, "%s%s%s", mount, versioned ? "data/" : "", name);
	int status;
	json_t *data = import_read(im, "GET", path, &status);
	json_t *secret = versioned ? json_object_get(data, "data") : data;

	if (json_is_object(secret))
		import_add_secret(im, mount, name, versioned, secret);
	else if (status == 404)
		import_skip(im, "%s: its newest version is deleted", path);
	else if (status && status != 403)
		import_skip(im, "%s: answered with status %d", path, status);
	if (versioned)
		import_kv_metadata(im, mount, name);
	json_decref(data);
}

static void
import_kv_config(struct importer *im, const char *mount)
{
	static const char *const keys[] = { "max_versions", "cas_required",
		"delete_version_after", NULL };
	char *path = arena_printf(im->arena, "%sconfig", mount);
	json_t *data = import_read(im, "GET", path, NULL);
	json_t *picked = import_pick(data, keys);

	if (json_integer_value(json_object_get(picked, "max_versions")) > 0 ||
	    json_is_true(json_object_get(picked, "cas_required")))
		import_add_write(im, path, json_incref(picked));
	json_decref(picked);
	json_decref(data);
}

void
import_kv(struct importer *im, const char *mount, bool versioned)
{
	struct import_queue q = { 0 };
	long before = im->secrets;

	import_queue_push(&q, arena_strdup(im->arena, ""));
	while (q.n > 0 && !im->failure) {
		const char *folder = q.paths[--q.n];
		json_t *names = import_list(im,
		    arena_printf(im->arena, "%s%s%s", mount,
			versioned ? "metadata/" : "", folder));
		json_t *name;
		size_t i;

		json_array_foreach (names, i, name) {
			char *whole = arena_printf(
			    im->arena, "%s%s", folder, json_string_value(name));

			if (ends_with(whole, "/"))
				import_queue_push(&q, whole);
			else if (im->secrets - before < IMPORT_SECRETS_MAX &&
			    !im->failure)
				import_kv_secret(im, mount, whole, versioned);
		}
		json_decref(names);
	}
	free(q.paths);
	if (im->secrets - before >= IMPORT_SECRETS_MAX)
		import_skip(im, "%s: secrets beyond the first %d", mount,
		    IMPORT_SECRETS_MAX);
	if (versioned)
		import_kv_config(im, mount);
}
