/*
 * Columns and JSON.
 */
#include "cli/vault/output/printer.h"

#include <stdarg.h>
#include <string.h>

#include "cli/vault/output/gotext.h"
#include "cli/vault/output/ui.h"

#define PRINTER_GLUE "    "
#define PRINTER_EMPTY "n/a"
#define PRINTER_MAX_COLUMNS 64

void
printer_rows_init(
    struct printer_rows *r, struct arena *a, const char *delimiter)
{
	memset(r, 0, sizeof(*r));
	r->arena = a;
	r->delimiter = delimiter;
}

static void
printer_add_row(struct printer_rows *r, int at, char *row)
{
	if (r->n == r->cap) {
		int cap = r->cap ? 2 * r->cap : 16;
		char **rows = arena_alloc(
		    r->arena, (size_t)cap * sizeof(*rows));

		if (r->n)
			memcpy(rows, r->rows, (size_t)r->n * sizeof(*rows));
		r->rows = rows;
		r->cap = cap;
	}
	memmove(r->rows + at + 1, r->rows + at,
	    (size_t)(r->n - at) * sizeof(*r->rows));
	r->rows[at] = row;
	r->n++;
}

void
printer_row(struct printer_rows *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printer_add_row(r, r->n, arena_vprintf(r->arena, fmt, ap));
	va_end(ap);
}

/* Cuts a row into trimmed cells. */
static int
printer_cells(const struct printer_rows *r, const char *row,
    char *cells[PRINTER_MAX_COLUMNS])
{
	size_t len = strlen(r->delimiter);
	int n = 0;

	while (n < PRINTER_MAX_COLUMNS) {
		const char *end = strstr(row, r->delimiter);
		char *cell = end && n < PRINTER_MAX_COLUMNS - 1
		    ? arena_strndup(r->arena, row, (size_t)(end - row))
		    : arena_strdup(r->arena, row);

		cell = gotext_trim(r->arena, cell);
		cells[n++] = *cell ? cell : PRINTER_EMPTY;
		if (!end)
			break;
		row = end + len;
	}
	return n;
}

char *
printer_columns(struct printer_rows *r)
{
	int widths[PRINTER_MAX_COLUMNS] = { 0 };
	char *cells[PRINTER_MAX_COLUMNS];
	struct buf out;
	char *text;

	for (int i = 0; i < r->n; i++) {
		int n = printer_cells(r, r->rows[i], cells);

		for (int c = 0; c < n; c++) {
			int w = ui_width(cells[c], strlen(cells[c]));

			if (w > widths[c])
				widths[c] = w;
		}
	}
	buf_init(&out, 0);
	for (int i = 0; i < r->n; i++) {
		int n = printer_cells(r, r->rows[i], cells);

		buf_str(&out, i ? "\n" : "");
		for (int c = 0; c < n; c++) {
			int w = ui_width(cells[c], strlen(cells[c]));

			buf_str(&out, cells[c]);
			if (c < n - 1)
				buf_printf(&out, "%*s" PRINTER_GLUE,
				    widths[c] - w, "");
		}
	}
	text = arena_strndup(r->arena, out.p ? out.p : "", out.n);
	buf_release(&out);
	return text;
}

char *
printer_table(struct printer_rows *r)
{
	char *cells[PRINTER_MAX_COLUMNS];
	struct buf line;
	int n;

	if (r->n == 0)
		return arena_strdup(r->arena, "");
	n = printer_cells(r, r->rows[0], cells);
	buf_init(&line, 0);
	for (int c = 0; c < n; c++) {
		buf_str(&line, c ? r->delimiter : "");
		for (size_t i = strlen(cells[c]); i; i--)
			buf_char(&line, '-');
	}
	printer_add_row(r, 1, arena_strndup(r->arena, line.p, line.n));
	buf_release(&line);
	return printer_columns(r);
}

static void
printer_json_line(struct buf *out, int depth)
{
	buf_printf(out, "\n%*s", 2 * depth, "");
}

char *
printer_json(struct arena *a, struct slice json)
{
	bool in_string = false;
	int depth = 0;
	struct buf out;
	char *text;

	buf_init(&out, 0);
	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (in_string) {
			buf_char(&out, c);
			if (c == '\\')
				buf_char(&out, json.p[++i]);
			in_string = c != '"';
			continue;
		}
		if ((c == '{' || c == '[') && i + 1 < json.n &&
		    (json.p[i + 1] == '}' || json.p[i + 1] == ']')) {
			buf_add(&out, json.p + i++, 2);
			continue;
		}
		if (c == '}' || c == ']')
			printer_json_line(&out, --depth);
		buf_char(&out, c);
		if (c == '{' || c == '[')
			printer_json_line(&out, ++depth);
		else if (c == ',')
			printer_json_line(&out, depth);
		else if (c == ':')
			buf_char(&out, ' ');
		in_string = c == '"';
	}
	text = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	return text;
}
