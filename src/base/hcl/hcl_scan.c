/*
 * Tokens of HCL1 and of its JSON form. The rules of where a fault is and of how
 * scanning goes on behind it are those of HashiCorp's library: clients see
 * both.
 */
#include "base/hcl/hcl_scan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define RUNE_EOF 0
#define RUNE_ERROR 0xfffd
#define RUNE_RESERVED 0xe123

void
hcl_scanner_init(struct hcl_scanner *s, const char *text, size_t n, bool json)
{
	memset(s, 0, sizeof(*s));
	s->start = s->p = text;
	s->end = text + n;
	s->json = json;
	s->place.line = 1;
}

/* ---- characters ---- */

/* The place of the last character, also when it was a newline. */
static struct hcl_place
hcl_scanner_place(const struct hcl_scanner *s)
{
	if (s->place.column > 0)
		return s->place;
	if (s->last_line_length > 0)
		return (
		    struct hcl_place){ s->place.line - 1, s->last_line_length };
	return (struct hcl_place){ 1, 1 };
}

static void hcl_scanner_fault(struct hcl_scanner *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
hcl_scanner_fault(struct hcl_scanner *s, const char *fmt, ...)
{
	va_list ap;

	s->fault_place = hcl_scanner_place(s);
	va_start(ap, fmt);
	vsnprintf(s->fault, sizeof(s->fault), fmt, ap);
	va_end(ap);
}

/* The next character; RUNE_EOF at the end, which counts as a column each time
 * it is read. */
static uint32_t
hcl_scanner_next(struct hcl_scanner *s)
{
	uint32_t code;
	size_t size;

	if (s->p >= s->end) {
		s->place.column++;
		s->last_size = 0;
		return RUNE_EOF;
	}
	size = utf8_next(s->p, (size_t)(s->end - s->p), &code);
	s->place_before = s->place;
	s->place.column++;
	s->last_size = size;
	s->p += size;
	if (size == 1 && (unsigned char)s->p[-1] >= 0x80) {
		hcl_scanner_fault(s, "illegal UTF-8 encoding");
		return RUNE_ERROR;
	}
	if (code == '\n') {
		s->place.line++;
		s->last_line_length = s->place.column;
		s->place.column = 0;
	}
	if (code == 0 && !s->json)
		hcl_scanner_fault(s, "unexpected null character (0x00)");
	if (code == RUNE_RESERVED && !s->json) {
		hcl_scanner_fault(
		    s, "unicode code point U+E123 reserved for internal use");
		return RUNE_ERROR;
	}
	return code;
}

static void
hcl_scanner_unread(struct hcl_scanner *s)
{
	s->p -= s->last_size;
	s->place = s->place_before;
}

static uint32_t
hcl_scanner_peek(const struct hcl_scanner *s)
{
	uint32_t code;

	if (s->p >= s->end)
		return RUNE_EOF;
	utf8_next(s->p, (size_t)(s->end - s->p), &code);
	return code;
}

static bool
is_hcl_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* Go's unicode.IsLetter, by blocks: signs, marks and emoji are none. */
static bool
is_hcl_letter(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} others[] = {
		{ 0x80, 0xa9 },
		{ 0xab, 0xb4 },
		{ 0xb6, 0xb9 },
		{ 0xbb, 0xbf },
		{ 0xd7, 0xd7 },
		{ 0xf7, 0xf7 },
		{ 0x300, 0x36f },
		{ 0x2000, 0x2070 },
		{ 0x2072, 0x207e },
		{ 0x2080, 0x208f },
		{ 0x20a0, 0x2101 },
		{ 0x2190, 0x2bff },
		{ 0x2e00, 0x2fff },
		{ 0x3000, 0x3004 },
		{ 0x3007, 0x3030 },
		{ 0xd800, 0xf8ff },
		{ 0xfe00, 0xfe6f },
		{ 0xfeff, 0xff20 },
		{ 0xfff0, 0xffff },
		{ 0x1d100, 0x1d3ff },
		{ 0x1f000, 0x1faff },
		{ 0xe0000, 0x10ffff },
	};

	if (c < 0x80)
		return isalpha((int)c) || c == '_';
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (c >= others[i].first && c <= others[i].last)
			return false;
	return true;
}

/* ---- tokens of several characters ---- */

/* Reads a comment, whose first character is c, to its end. */
static void
hcl_scan_comment(struct hcl_scanner *s, uint32_t c)
{
	uint32_t before;

	if (c == '#' || hcl_scanner_peek(s) != '*') {
		if (c == '/' && hcl_scanner_peek(s) != '/') {
			hcl_scanner_fault(s, "expected '/' for comment");
			return;
		}
		do
			c = hcl_scanner_next(s);
		while (c != '\n' && c != RUNE_EOF);
		if (c != RUNE_EOF)
			hcl_scanner_unread(s);
		return;
	}
	hcl_scanner_next(s);
	c = hcl_scanner_next(s);
	for (;;) {
		if (c == RUNE_EOF) {
			hcl_scanner_fault(s, "comment not terminated");
			return;
		}
		before = c;
		c = hcl_scanner_next(s);
		if (before == '*' && c == '/')
			return;
	}
}

/* Reads digits from c on; the character behind them is put back and returned.
 */
static uint32_t
hcl_scan_digits(struct hcl_scanner *s, uint32_t c)
{
	bool any = false;

	while (is_hcl_digit(c)) {
		c = hcl_scanner_next(s);
		any = true;
	}
	if (any && c != RUNE_EOF)
		hcl_scanner_unread(s);
	return c;
}

/* Behind an e. */
static void
hcl_scan_exponent(struct hcl_scanner *s)
{
	uint32_t c = hcl_scanner_next(s);

	if (c == '-' || c == '+')
		c = hcl_scanner_next(s);
	hcl_scan_digits(s, c);
}

/* Behind the digits of a number, the last character read being c. */
static enum hcl_token_type
hcl_scan_number_tail(struct hcl_scanner *s, uint32_t c, const char *fault)
{
	if (c == 'e' || c == 'E') {
		hcl_scan_exponent(s);
		return HCL_TOKEN_FLOAT;
	}
	if (c == '.') {
		c = hcl_scan_digits(s, hcl_scanner_peek(s));
		if (c == 'e' || c == 'E') {
			c = hcl_scanner_next(s);
			if (c == 'e' || c == 'E')
				hcl_scan_exponent(s);
		}
		return HCL_TOKEN_FLOAT;
	}
	if (fault)
		hcl_scanner_fault(s, "%s", fault);
	if (c != RUNE_EOF)
		hcl_scanner_unread(s);
	return HCL_TOKEN_NUMBER;
}

static enum hcl_token_type
hcl_scan_number(struct hcl_scanner *s, uint32_t c)
{
	const char *fault = NULL;
	bool any = false;

	if (c != '0') {
		hcl_scan_digits(s, c);
		return hcl_scan_number_tail(s, hcl_scanner_next(s), NULL);
	}
	c = hcl_scanner_next(s);
	if (c == 'x' || c == 'X') {
		do {
			c = hcl_scanner_next(s);
			any |= c < 0x80 && isxdigit((int)c);
		} while (c < 0x80 && isxdigit((int)c));
		if (!any)
			hcl_scanner_fault(s, "illegal hexadecimal number");
		if (c != RUNE_EOF)
			hcl_scanner_unread(s);
		return HCL_TOKEN_NUMBER;
	}
	while (is_hcl_digit(c)) {
		c = hcl_scanner_next(s);
		if (c == '8' || c == '9')
			fault = "illegal octal number";
	}
	return hcl_scan_number_tail(s, c, fault);
}

static enum hcl_token_type
hcl_scan_json_number(struct hcl_scanner *s, uint32_t c)
{
	const char *from = s->p;
	enum hcl_token_type type;

	hcl_scan_digits(s, c);
	type = hcl_scan_number_tail(s, hcl_scanner_next(s), NULL);
	if (type == HCL_TOKEN_NUMBER && c == '0' && s->p != from)
		hcl_scanner_fault(s, "numbers cannot start with 0");
	return type;
}

static unsigned
hcl_digit_value(uint32_t c)
{
	if (is_hcl_digit(c))
		return c - '0';
	if (c < 0x80 && isxdigit((int)c))
		return (unsigned)(tolower((int)c) - 'a' + 10);
	return 16;
}

static void
hcl_scan_escaped_digits(
    struct hcl_scanner *s, uint32_t c, unsigned base, int want)
{
	int n = want;

	while (n > 0 && hcl_digit_value(c) < base) {
		c = hcl_scanner_next(s);
		if (c == RUNE_EOF && !s->json)
			break;
		n--;
	}
	if (n > 0)
		hcl_scanner_fault(s, "illegal char escape");
	if (c != RUNE_EOF && (n != want || s->json))
		hcl_scanner_unread(s);
}

static void
hcl_scan_escape(struct hcl_scanner *s)
{
	uint32_t c = hcl_scanner_next(s);

	if (c && c < 0x80 && strchr("abfnrtv\\\"", (int)c))
		return;
	if (c >= '0' && c <= '7')
		hcl_scan_escaped_digits(s, c, 8, 3);
	else if (c == 'x')
		hcl_scan_escaped_digits(s, hcl_scanner_next(s), 16, 2);
	else if (c == 'u')
		hcl_scan_escaped_digits(s, hcl_scanner_next(s), 16, 4);
	else if (c == 'U')
		hcl_scan_escaped_digits(s, hcl_scanner_next(s), 16, 8);
	else
		hcl_scanner_fault(s, "illegal char escape");
}

/* Behind the opening quote. Within ${...} quotes and newlines do not count,
 * except in JSON. */
static void
hcl_scan_string(struct hcl_scanner *s)
{
	int braces = 0;

	for (;;) {
		uint32_t c = hcl_scanner_next(s);

		if ((c == '\n' && (braces == 0 || s->json)) || c == RUNE_EOF) {
			hcl_scanner_fault(s, "literal not terminated");
			return;
		}
		if (c == '"' && (braces == 0 || s->json))
			return;
		if (braces == 0 && c == '$' && hcl_scanner_peek(s) == '{') {
			braces++;
			hcl_scanner_next(s);
		} else if (braces > 0 && c == '{') {
			braces++;
		}
		if (braces > 0 && c == '}')
			braces--;
		if (c == '\\')
			hcl_scan_escape(s);
	}
}

/* Is a line the end of a heredoc: its mark, behind space, before \r? */
static bool
is_hcl_heredoc_end(
    const char *line, const char *end, const char *mark, size_t n)
{
	while (line < end && isspace((unsigned char)*line))
		line++;
	if ((size_t)(end - line) < n || memcmp(line, mark, n) != 0)
		return false;
	line += n;
	while (line < end && *line == '\r')
		line++;
	return line == end;
}

/* Behind the first '<'. */
static void
hcl_scan_heredoc(struct hcl_scanner *s)
{
	const char *mark, *line;
	size_t mark_size, least;
	uint32_t c;

	if (hcl_scanner_next(s) != '<') {
		hcl_scanner_fault(
		    s, "heredoc expected second '<', didn't see it");
		return;
	}
	mark = s->p;
	c = hcl_scanner_next(s);
	if (c == '-')
		c = hcl_scanner_next(s);
	while (is_hcl_letter(c) || is_hcl_digit(c))
		c = hcl_scanner_next(s);
	if (c == RUNE_EOF) {
		hcl_scanner_fault(s, "heredoc not terminated");
		return;
	}
	if (c == '\r' && hcl_scanner_peek(s) == '\n')
		c = hcl_scanner_next(s);
	if (c != '\n') {
		hcl_scanner_fault(s, "invalid characters in heredoc anchor");
		return;
	}
	mark_size = least = (size_t)(s->p - s->last_size - mark);
	if (mark_size == 0 || (mark_size == 1 && *mark == '-')) {
		hcl_scanner_fault(s, "zero-length heredoc anchor");
		return;
	}
	if (*mark == '-') {
		mark++;
		mark_size--;
	}
	line = s->p;
	for (;;) {
		c = hcl_scanner_next(s);
		if (c == '\n') {
			const char *end = s->p - 1;

			if ((size_t)(end - line) >= least &&
			    is_hcl_heredoc_end(line, end, mark, mark_size))
				return;
			line = s->p;
		}
		if (c == RUNE_EOF) {
			hcl_scanner_fault(s, "heredoc not terminated");
			return;
		}
	}
}

/* The first character being a letter; the rest of the word. */
static enum hcl_token_type
hcl_scan_word(struct hcl_scanner *s)
{
	const char *from = s->p - s->last_size;
	size_t n;
	uint32_t c;

	do
		c = hcl_scanner_next(s);
	while (is_hcl_letter(c) || is_hcl_digit(c) || c == '-' ||
	    (c == '.' && !s->json));
	if (c != RUNE_EOF)
		hcl_scanner_unread(s);
	n = (size_t)(s->p - from);
	if ((n == 4 && memcmp(from, "true", 4) == 0) ||
	    (n == 5 && memcmp(from, "false", 5) == 0))
		return HCL_TOKEN_BOOL;
	if (!s->json)
		return HCL_TOKEN_IDENT;
	if (n == 4 && memcmp(from, "null", 4) == 0)
		return HCL_TOKEN_NULL;
	hcl_scanner_fault(s, "illegal char");
	return HCL_TOKEN_ILLEGAL;
}

/* ---- one token ---- */

static const struct {
	char c;
	bool hcl, json;
	enum hcl_token_type type;
} hcl_signs[] = {
	{ '[', true, true, HCL_TOKEN_LBRACK },
	{ ']', true, true, HCL_TOKEN_RBRACK },
	{ '{', true, true, HCL_TOKEN_LBRACE },
	{ '}', true, true, HCL_TOKEN_RBRACE },
	{ ',', true, true, HCL_TOKEN_COMMA },
	{ ':', false, true, HCL_TOKEN_COLON },
	{ '=', true, false, HCL_TOKEN_ASSIGN },
	{ '+', true, false, HCL_TOKEN_ADD },
};

static enum hcl_token_type
hcl_scan_number_of_dialect(struct hcl_scanner *s, uint32_t c)
{
	return s->json ? hcl_scan_json_number(s, c) : hcl_scan_number(s, c);
}

/* The token that starts with c, which has been read. */
static enum hcl_token_type
hcl_scan_token(struct hcl_scanner *s, uint32_t c)
{
	if (is_hcl_letter(c))
		return hcl_scan_word(s);
	if (is_hcl_digit(c))
		return hcl_scan_number_of_dialect(s, c);
	for (size_t i = 0; i < sizeof(hcl_signs) / sizeof(hcl_signs[0]); i++)
		if ((uint32_t)hcl_signs[i].c == c &&
		    (s->json ? hcl_signs[i].json : hcl_signs[i].hcl))
			return hcl_signs[i].type;
	switch (c) {
	case RUNE_EOF:
		return HCL_TOKEN_EOF;
	case '"':
		hcl_scan_string(s);
		return HCL_TOKEN_STRING;
	case '.':
		if (!is_hcl_digit(hcl_scanner_peek(s)))
			return HCL_TOKEN_PERIOD;
		c = hcl_scan_digits(s, hcl_scanner_peek(s));
		if (c == 'e' || c == 'E')
			hcl_scan_exponent(s);
		return HCL_TOKEN_FLOAT;
	case '-':
		if (is_hcl_digit(hcl_scanner_peek(s)))
			return hcl_scan_number_of_dialect(
			    s, hcl_scanner_next(s));
		if (!s->json)
			return HCL_TOKEN_SUB;
		break;
	case '#':
	case '/':
		if (s->json)
			break;
		hcl_scan_comment(s, c);
		return HCL_TOKEN_COMMENT;
	case '<':
		if (s->json)
			break;
		hcl_scan_heredoc(s);
		return HCL_TOKEN_HEREDOC;
	}
	if (!s->json || c == '-')
		hcl_scanner_fault(s, "illegal char");
	else if (c == RUNE_ERROR)
		hcl_scanner_fault(s, "illegal char: \xef\xbf\xbd");
	else
		hcl_scanner_fault(s, "illegal char: %.*s", (int)s->last_size,
		    s->p - s->last_size);
	return HCL_TOKEN_ILLEGAL;
}

struct hcl_token
hcl_scan(struct hcl_scanner *s)
{
	struct hcl_token t;
	uint32_t c;

	do
		c = hcl_scanner_next(s);
	while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
	t.text = s->p - s->last_size;
	t.place = hcl_scanner_place(s);
	t.type = hcl_scan_token(s, c);
	t.n = (size_t)(s->p - t.text);
	return t;
}

const char *
hcl_token_name(enum hcl_token_type type)
{
	static const char *const names[] = {
		[HCL_TOKEN_ILLEGAL] = "ILLEGAL",
		[HCL_TOKEN_EOF] = "EOF",
		[HCL_TOKEN_COMMENT] = "COMMENT",
		[HCL_TOKEN_IDENT] = "IDENT",
		[HCL_TOKEN_NUMBER] = "NUMBER",
		[HCL_TOKEN_FLOAT] = "FLOAT",
		[HCL_TOKEN_BOOL] = "BOOL",
		[HCL_TOKEN_STRING] = "STRING",
		[HCL_TOKEN_HEREDOC] = "HEREDOC",
		[HCL_TOKEN_NULL] = "NULL",
		[HCL_TOKEN_LBRACK] = "LBRACK",
		[HCL_TOKEN_LBRACE] = "LBRACE",
		[HCL_TOKEN_COMMA] = "COMMA",
		[HCL_TOKEN_PERIOD] = "PERIOD",
		[HCL_TOKEN_RBRACK] = "RBRACK",
		[HCL_TOKEN_RBRACE] = "RBRACE",
		[HCL_TOKEN_ASSIGN] = "ASSIGN",
		[HCL_TOKEN_COLON] = "COLON",
		[HCL_TOKEN_ADD] = "ADD",
		[HCL_TOKEN_SUB] = "SUB",
	};

	return names[type];
}

/* ---- values of strings ---- */

static void
hcl_put_utf8(struct buf *out, unsigned long cp)
{
	char bytes[4];

	if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		cp = RUNE_ERROR;
	buf_add(out, bytes, utf8_put((uint32_t)cp, bytes));
}

/* The escape at p, behind its backslash; returns where it ends. */
static const char *
hcl_put_escape(struct buf *out, const char *p, const char *end)
{
	static const char from[] = "abfnrtv\\\"", to[] = "\a\b\f\n\r\t\v\\\"";
	const char *at = *p ? strchr(from, *p) : NULL;
	int digits = *p == 'x' ? 2 : *p == 'u' ? 4 : *p == 'U' ? 8 : 3;
	unsigned base = digits == 3 ? 8 : 16;
	bool is_byte = digits < 4;
	unsigned long code = 0;

	if (at) {
		buf_char(out, to[at - from]);
		return p + 1;
	}
	if (base == 16)
		p++;
	for (;
	     digits > 0 && p < end && hcl_digit_value((unsigned char)*p) < base;
	     digits--)
		code = code * base + hcl_digit_value((unsigned char)*p++);
	if (is_byte)
		buf_char(out, (char)code);
	else
		hcl_put_utf8(out, code);
	return p;
}

/* ${...}, which is kept as it is; returns where it ends. */
static const char *
hcl_put_interpolation(struct buf *out, const char *p, const char *end)
{
	int braces = 0;

	do {
		braces += *p == '{';
		braces -= *p == '}';
		buf_char(out, *p++);
	} while (p < end && (braces > 0 || p[-1] == '$'));
	return p;
}

static void
hcl_put_string(struct buf *out, const char *p, const char *end, bool json)
{
	while (p < end) {
		if (*p == '\\' && p + 1 < end)
			p = hcl_put_escape(out, p + 1, end);
		else if (!json && *p == '$' && p + 1 < end && p[1] == '{')
			p = hcl_put_interpolation(out, p, end);
		else
			buf_char(out, *p++);
	}
}

/*
 * The lines of an indented heredoc without the white space before the closing
 * mark; as they are when a line lacks it.
 */
static void
hcl_put_unindented(struct buf *out, const char *p, const char *end)
{
	const char *last = end, *line;
	size_t indent;
	bool all = true;

	while (last > p && last[-1] != '\n')
		last--;
	indent = (size_t)(end - last);
	for (line = p; line < last;) {
		const char *nl = memchr(line, '\n', (size_t)(last - line));

		all &= (size_t)(nl - line) >= indent &&
		    memcmp(line, last, indent) == 0;
		line = nl + 1;
	}
	if (!all) {
		buf_add(out, p, (size_t)(last - p));
		return;
	}
	for (line = p; line < last;) {
		const char *nl = memchr(line, '\n', (size_t)(last - line));

		buf_add(out, line + indent, (size_t)(nl + 1 - line) - indent);
		line = nl + 1;
	}
}

static void
hcl_put_heredoc(struct buf *out, const struct hcl_token *t)
{
	const char *nl = memchr(t->text, '\n', t->n);
	const char *end = t->text + t->n;
	bool indented = t->n > 2 && t->text[2] == '-';
	size_t mark;

	if (!nl)
		return;
	/* the mark and its newline stand at the end too */
	mark = (size_t)(nl - t->text) - 2 - indented + 1;
	if ((size_t)(end - nl - 1) < mark)
		return;
	end -= mark;
	if (indented)
		hcl_put_unindented(out, nl + 1, end);
	else
		buf_add(out, nl + 1, (size_t)(end - nl - 1));
}

const char *
hcl_token_string(struct arena *a, const struct hcl_token *t, bool json)
{
	const char *text;
	struct buf out;

	buf_init(&out, 0);
	buf_str(&out, "");
	if (t->type == HCL_TOKEN_HEREDOC)
		hcl_put_heredoc(&out, t);
	else if (t->n >= 2)
		hcl_put_string(&out, t->text + 1, t->text + t->n - 1, json);
	text = arena_strndup(a, out.n ? out.p : "", out.n);
	buf_release(&out);
	return text;
}
