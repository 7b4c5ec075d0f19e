/*
 * Messages, colours, wrapping, and questions on the terminal.
 */
#include "cli/vault/output/ui.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

#define UI_WIDTH 78

enum ui_colour {
	UI_PLAIN = 0,
	UI_RED = 91,
	UI_YELLOW = 93,
};

static void
ui_say(struct ui *ui, FILE *out, enum ui_colour colour, const char *fmt,
    va_list ap)
{
	if (ui->held && out == stderr) {
		char *text;

		if (vasprintf(&text, fmt, ap) < 0)
			return;
		buf_str(ui->held, text);
		buf_char(ui->held, '\n');
		free(text);
		return;
	}
	fflush(stdout);
	if (ui->colour)
		fprintf(out, "\033[%dm", colour);
	vfprintf(out, fmt, ap);
	fputs(ui->colour ? "\033[0m\n" : "\n", out);
}

void
ui_output(struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_say(ui, stdout, UI_PLAIN, fmt, ap);
	va_end(ap);
}

void
ui_warn(struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_say(ui, stderr, UI_YELLOW, fmt, ap);
	va_end(ap);
}

void
ui_error(struct ui *ui, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ui_say(ui, stderr, UI_RED, fmt, ap);
	va_end(ap);
}

void
ui_raw(struct ui *ui, const char *text, size_t n)
{
	if (ui->terminal) {
		ui_output(ui, "%.*s", (int)n, text);
		return;
	}
	fwrite(text, 1, n, stdout);
}

int
ui_width(const char *text, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

bool
ui_format_named(const char *name, enum ui_format *out)
{
	static const struct {
		const char *name;
		enum ui_format format;
	} formats[] = {
		{ "table", UI_TABLE },
		{ "json", UI_JSON },
		{ "yaml", UI_YAML },
		{ "yml", UI_YAML },
		{ "pretty", UI_PRETTY },
		{ "raw", UI_RAW },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcasecmp(name, formats[i].name) == 0) {
			*out = formats[i].format;
			return true;
		}
	return false;
}

/* What a line costs that is wider than it may be. */
#define UI_TOO_WIDE ((int64_t)100000)

struct ui_word {
	const char *p;
	size_t n;
	int width; /* in characters */
};

/* Splits at blanks; runs of them give empty words, as kr/text has it. */
static int
ui_words(struct arena *a, const char *text, struct ui_word **out)
{
	char *copy = trim_space(arena_strdup(a, text));
	size_t n = strlen(copy), at = 0;
	struct ui_word *words = arena_alloc(a, (n + 2) * sizeof(*words));
	int count = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && copy[i] != ' ' && copy[i] != '\n')
			continue;
		words[count].p = copy + at;
		words[count].n = i - at;
		words[count++].width = ui_width(copy + at, i - at);
		at = i + 1;
	}
	*out = words;
	return count;
}

char *
ui_wrap(struct arena *a, const char *text, int pad)
{
	struct ui_word *words;
	int n = ui_words(a, text, &words), limit = UI_WIDTH - pad;
	int64_t *cost = arena_zalloc(a, (size_t)(n + 1) * sizeof(*cost));
	int *next = arena_zalloc(a, (size_t)(n + 1) * sizeof(*next));
	int rest = -1;
	struct buf out;
	char *line;

	/* From the end: the cheapest way to set the words i..n-1. */
	for (int i = n - 1; i >= 0; i--) {
		int width = words[i].width;

		rest += 1 + width;
		if (rest <= limit || i == n - 1) {
			next[i] = n;
			continue;
		}
		cost[i] = INT32_MAX;
		for (int j = i + 1; j < n; j++) {
			int64_t d = limit - width, c = d * d + cost[j];

			if (d < 0)
				c += UI_TOO_WIDE;
			if (c < cost[i]) {
				cost[i] = c;
				next[i] = j;
			}
			width += 1 + words[j].width;
		}
	}
	buf_init(&out, 0);
	for (int i = 0; i < n; i = next[i]) {
		if (i)
			buf_char(&out, '\n');
		buf_printf(&out, "%*s", pad, "");
		for (int j = i; j < next[i]; j++) {
			if (j > i)
				buf_char(&out, ' ');
			buf_add(&out, words[j].p, words[j].n);
		}
	}
	line = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	return line;
}

#define UI_INTERRUPT 3
#define UI_END_OF_FILE 4
#define UI_KILL_LINE 21
#define UI_BACKSPACE 8
#define UI_DELETE 127

/* Reads keys up to the end of a line; NULL, or why there is none. */
static const char *
ui_read_keys(struct buf *line)
{
	ssize_t n;
	char c;

	for (;;) {
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || (c == UI_END_OF_FILE && line->n == 0))
			return line->n ? NULL : "EOF";
		if (c == '\n' || c == '\r')
			return NULL;
		if (c == UI_INTERRUPT)
			return "interrupted";
		if (c == UI_KILL_LINE)
			line->n = 0;
		else if (c != UI_BACKSPACE && c != UI_DELETE)
			buf_char(line, c);
		else if (line->n)
			line->n--;
	}
}

/* As the genuine command, every key is read as it is pressed: an interrupt
 * ends it at once, and the terminal is as before. */
char *
ui_ask_hidden(struct arena *a, const char **why)
{
	struct termios was, hidden;
	struct buf line;
	char *text;

	if (tcgetattr(STDIN_FILENO, &was) != 0) {
		*why = "file descriptor 0 is not a terminal";
		return NULL;
	}
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG | ICANON);
	hidden.c_cc[VMIN] = 1;
	hidden.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &hidden) != 0) {
		*why = strerror(errno);
		return NULL;
	}
	buf_init(&line, 0);
	*why = ui_read_keys(&line);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &was);
	text = *why ? NULL : arena_strndup(a, line.p ? line.p : "", line.n);
	buf_release(&line);
	return text;
}

char *
ui_read_stdin(struct arena *a, bool closed, size_t *n)
{
	struct buf all;
	char chunk[4096], *text;
	size_t got;

	buf_init(&all, 0);
	while (!closed && (got = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		buf_add(&all, chunk, got);
	text = arena_strndup(a, all.p ? all.p : "", all.n);
	if (n)
		*n = all.n;
	buf_release(&all);
	return text;
}
