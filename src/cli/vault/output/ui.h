/*
 * What the vault command says: results to standard output, warnings and errors
 * to standard error, each wrapped in colours when it speaks to a terminal.
 */
#ifndef MV_CLI_VAULT_OUTPUT_UI_H
#define MV_CLI_VAULT_OUTPUT_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"

enum ui_format {
	UI_TABLE,
	UI_JSON,
	UI_YAML,
	UI_PRETTY,
	UI_RAW,
};

struct ui {
	enum ui_format format;
	bool detailed;
	bool colour;   /* escape sequences around every message */
	bool terminal; /* standard output is one: -field ends with a newline */
	struct buf *held; /* takes warnings and errors while it is set */
};

/* Each prints one message and a newline. */
void ui_output(struct ui *ui, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void ui_warn(struct ui *ui, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void ui_error(struct ui *ui, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same without a newline unless it goes to a terminal. */
void ui_raw(struct ui *ui, const char *text, size_t n);

/* "table", "json", "yaml", "yml", "pretty", "raw"; false for others. */
bool ui_format_named(const char *name, enum ui_format *out);

/* How many characters n bytes of UTF-8 are. */
int ui_width(const char *text, size_t n);

/*
 * Lines of at most 78 - pad columns, each behind pad spaces, evened out as the
 * genuine command does it (kr/text: the square of what is left free is least).
 */
char *ui_wrap(struct arena *a, const char *text, int pad);

/*
 * A line from the terminal with echo off. NULL with the reason in *why when
 * standard input is none or the line was interrupted.
 */
char *ui_ask_hidden(struct arena *a, const char **why);
/* All of standard input; empty when `closed`. */
char *ui_read_stdin(struct arena *a, bool closed, size_t *n);

#endif
