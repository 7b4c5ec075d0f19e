/*
 * Columns: widths from the widest cell, two blanks between.
 */
#include "cli/columns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/mem.h"

#define COLUMNS_MAX 12

/* Writes a value in one line: texts bare, times to the millisecond, lists with
 * commas, the rest as JSON. */
static void
columns_put_value(struct buf *out, const json_t *value, bool nested)
{
	size_t i;
	json_t *item;

	char time_text[RFC3339_MAX];
	int64_t ns;

	if (json_is_string(value)) {
		const char *text = json_string_value(value);

		if (rfc3339_parse(text, &ns))
			rfc3339_ms(ns, time_text);
		buf_str(out, rfc3339_parse(text, &ns) ? time_text : text);
	} else if (json_is_real(value)) {
		jsontext_float(out, json_real_value(value));
	} else if (json_is_null(value) || !value) {
		buf_char(out, '-');
	} else if (json_is_array(value) && !nested) {
		json_array_foreach (value, i, item) {
			if (i > 0)
				buf_str(out, ", ");
			columns_put_value(out, item, true);
		}
		if (json_array_size(value) == 0)
			buf_char(out, '-');
	} else {
		jsontext_put_ordered(out, value);
	}
}

char *
column_value_text(const json_t *value)
{
	struct buf out;

	buf_init(&out, 0);
	columns_put_value(&out, value, false);
	buf_char(&out, '\0');
	for (size_t i = 0; i + 1 < out.n; i++)
		if ((unsigned char)out.p[i] < ' ' || out.p[i] == 0x7f)
			out.p[i] = '?';
	return out.p;
}

static const json_t *
columns_find_member(const json_t *object, const char *key)
{
	char name[64];
	size_t n = strcspn(key, ".");

	snprintf(name, sizeof(name), "%.*s", (int)n, key);
	object = json_object_get(object, name);
	return key[n] && object ? columns_find_member(object, key + n + 1)
				: object;
}

/* In characters, as a terminal counts most of them. */
static int
columns_text_width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void
columns_put_cell(FILE *out, const char *text, int cell_width, bool last)
{
	fputs(text, out);
	if (last)
		fputc('\n', out);
	else
		fprintf(
		    out, "%*s", cell_width - columns_text_width(text) + 2, "");
}

static int
columns_read_titles(const struct column *columns, const char **text,
    int *widths, enum columns_mode mode)
{
	int n = 0;

	for (; columns[n].title; n++) {
		text[n] = columns[n].title;
		widths[n] = columns_text_width(text[n]);
		if (mode != COLUMNS_TABLE && columns[n].min_width > widths[n])
			widths[n] = columns[n].min_width;
	}
	return n;
}

static void
columns_print_line(
    FILE *out, const char *const *cells, const int *widths, int n)
{
	for (int i = 0; i < n; i++)
		columns_put_cell(out, cells[i], widths[i], i == n - 1);
}

void
columns_print(FILE *out, const struct column *columns, const json_t *list,
    enum columns_mode mode)
{
	const char *header[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	int n = columns_read_titles(columns, header, widths, mode);
	size_t rows = json_array_size(list);
	char **cells = xcalloc(rows * (size_t)n + 1, sizeof(*cells));

	for (size_t r = 0; r < rows; r++)
		for (int i = 0; i < n; i++) {
			char *cell = column_value_text(columns_find_member(
			    json_array_get(list, r), columns[i].key));

			cells[r * (size_t)n + (size_t)i] = cell;
			if (columns_text_width(cell) > widths[i])
				widths[i] = columns_text_width(cell);
		}
	if (mode == COLUMNS_TABLE && rows == 0)
		fputs("none\n", out);
	else if (mode != COLUMNS_STREAM)
		columns_print_line(out, header, widths, n);
	for (size_t r = 0; r < rows; r++)
		columns_print_line(
		    out, (const char *const *)cells + r * (size_t)n, widths, n);
	for (size_t i = 0; i < rows * (size_t)n; i++)
		free(cells[i]);
	free(cells);
}

void
columns_print_object(FILE *out, const json_t *object)
{
	const char *key;
	json_t *value;
	int key_width = 0;

	json_object_foreach ((json_t *)object, key, value)
		if (columns_text_width(key) > key_width)
			key_width = columns_text_width(key);
	json_object_foreach ((json_t *)object, key, value) {
		char *text = column_value_text(value);

		columns_put_cell(out, key, key_width, false);
		columns_put_cell(out, text, 0, true);
		free(text);
	}
}
