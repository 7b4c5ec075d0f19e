/*
 * Columns: widths from the widest cell, two blanks between.
 */
#include "cli/columns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/json_text.h"
#include "base/mem.h"

#define COLUMNS_MAX 12

static void
put_value(struct buf *out, const json_t *value, bool nested)
{
	size_t i;
	json_t *item;

	char instant[RFC3339_MAX];
	int64_t ns;

	if (json_is_string(value)) {
		const char *text = json_string_value(value);

		if (rfc3339_parse(text, &ns))
			rfc3339_ms(ns, instant);
		buf_str(out, rfc3339_parse(text, &ns) ? instant : text);
	} else if (json_is_real(value)) {
		jtext_float(out, json_real_value(value));
	} else if (json_is_null(value) || !value) {
		buf_char(out, '-');
	} else if (json_is_array(value) && !nested) {
		json_array_foreach (value, i, item) {
			if (i > 0)
				buf_str(out, ", ");
			put_value(out, item, true);
		}
		if (json_array_size(value) == 0)
			buf_char(out, '-');
	} else {
		jtext_put_ordered(out, value);
	}
}

char *
value_text(const json_t *value)
{
	struct buf out;

	buf_init(&out, 0);
	put_value(&out, value, false);
	buf_char(&out, '\0');
	for (size_t i = 0; i + 1 < out.n; i++)
		if ((unsigned char)out.p[i] < ' ' || out.p[i] == 0x7f)
			out.p[i] = '?';
	return out.p;
}

static const json_t *
find(const json_t *object, const char *key)
{
	char name[64];
	size_t n = strcspn(key, ".");

	snprintf(name, sizeof(name), "%.*s", (int)n, key);
	object = json_object_get(object, name);
	return key[n] && object ? find(object, key + n + 1) : object;
}

/* In characters, as a terminal counts most of them. */
static int
width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
put_cell(FILE *out, const char *text, int room, bool last)
{
	fputs(text, out);
	if (last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", room - width(text) + 2, "");
}

static int
titles(const struct column *columns, const char **text, int *room,
    enum columns_how how)
{
	int n = 0;

	for (; columns[n].title; n++) {
		text[n] = columns[n].title;
		room[n] = width(text[n]);
		if (how != COLUMNS_TABLE && columns[n].least > room[n])
			room[n] = columns[n].least;
	}
	return n;
}

static void
print_line(FILE *out, const char *const *cells, const int *room, int n)
{
	for (int i = 0; i < n; i++)
		put_cell(out, cells[i], room[i], i == n - 1);
}

void
columns_print(FILE *out, const struct column *columns, const json_t *list,
    enum columns_how how)
{
	const char *head[COLUMNS_MAX];
	int room[COLUMNS_MAX];
	int n = titles(columns, head, room, how);
	size_t rows = json_array_size(list);
	char **cells = xcalloc(rows * (size_t)n + 1, sizeof(*cells));

	for (size_t r = 0; r < rows; r++)
		for (int i = 0; i < n; i++) {
			char *cell = value_text(find(json_array_get(list, r),
			    columns[i].key));

			cells[r * (size_t)n + (size_t)i] = cell;
			if (width(cell) > room[i])
				room[i] = width(cell);
		}
	if (how == COLUMNS_TABLE && rows == 0)
		fputs("none\n", out);
	else if (how != COLUMNS_STREAM)
		print_line(out, head, room, n);
	for (size_t r = 0; r < rows; r++)
		print_line(out, (const char *const *)cells + r * (size_t)n,
		    room, n);
	for (size_t i = 0; i < rows * (size_t)n; i++)
		free(cells[i]);
	free(cells);
}

void
object_print(FILE *out, const json_t *object)
{
	const char *key;
	json_t *value;
	int room = 0;

	json_object_foreach ((json_t *)object, key, value)
		if (width(key) > room)
			room = width(key);
	json_object_foreach ((json_t *)object, key, value) {
		char *text = value_text(value);

		put_cell(out, key, room, false);
		put_cell(out, text, 0, true);
		free(text);
	}
}
