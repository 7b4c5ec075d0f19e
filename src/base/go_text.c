/*
 * Go's text conversions with Go's error texts.
 */
#include "base/go_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static const char *const go_int_reasons[] = {
	[GO_INT_SYNTAX] = "invalid syntax",
	[GO_INT_RANGE] = "value out of range",
};

/* Controls, spaces other than ' ', formats, surrogates and private use. */
bool
go_is_print(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x0000, 0x001f },
		{ 0x007f, 0x00a0 },
		{ 0x00ad, 0x00ad },
		{ 0x0378, 0x0379 },
		{ 0x0600, 0x0605 },
		{ 0x061c, 0x061c },
		{ 0x06dd, 0x06dd },
		{ 0x070f, 0x070f },
		{ 0x1680, 0x1680 },
		{ 0x180e, 0x180e },
		{ 0x2000, 0x200f },
		{ 0x2028, 0x202f },
		{ 0x205f, 0x206f },
		{ 0x3000, 0x3000 },
		{ 0xd800, 0xf8ff },
		{ 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff },
		{ 0xe0000, 0xe00ff },
		{ 0xe01f0, 0x10ffff },
	};

	if (code >= ' ' && code < 0x7f)
		return true;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return false;
	return true;
}

/* One character, already known to need more than itself. */
static void
go_quote_hidden(struct buf *out, uint32_t code)
{
	static const char letters[] = "abtnvfr"; /* 7 to 13, as below */

	if (code >= 7 && code <= 13)
		buf_printf(out, "\\%c", letters[code - 7]);
	else if (code < ' ' || code == 0x7f)
		buf_printf(out, "\\x%02x", (unsigned)code);
	else if (code < 0x10000)
		buf_printf(out, "\\u%04x", (unsigned)code);
	else
		buf_printf(out, "\\U%08x", (unsigned)code);
}

void
go_quote(struct buf *out, const char *s, size_t n)
{
	buf_char(out, '"');
	while (n > 0) {
		uint32_t code;
		size_t len = utf8_next(s, n, &code);

		if (len == 1 && (unsigned char)*s >= 0x80) {
			buf_printf(out, "\\x%02x", (unsigned char)*s);
		} else if (*s == '"' || *s == '\\') {
			buf_char(out, '\\');
			buf_char(out, *s);
		} else if (go_is_print(code)) {
			buf_add(out, s, len);
		} else {
			go_quote_hidden(out, code);
		}
		s += len;
		n -= len;
	}
	buf_char(out, '"');
}

/* The buffer's text, moved to the arena. */
static char *
go_take_text(struct arena *a, struct buf *b)
{
	char *text = arena_strndup(a, b->p ? b->p : "", b->n);

	buf_release(b);
	return text;
}

char *
go_quoted(struct arena *a, const char *s)
{
	struct buf out;

	buf_init(&out, 0);
	go_quote(&out, s, strlen(s));
	return go_take_text(a, &out);
}

char *
go_quoted_list(struct arena *a, char *const *list)
{
	struct buf out;

	buf_init(&out, 0);
	buf_char(&out, '[');
	for (int i = 0; list && list[i]; i++) {
		if (i)
			buf_char(&out, ' ');
		go_quote(&out, list[i], strlen(list[i]));
	}
	buf_char(&out, ']');
	return go_take_text(a, &out);
}

/* NULL for GO_INT_OK. */
static const char *
go_number_error(struct arena *a, const char *function, const char *text,
    enum go_int_result result)
{
	if (result == GO_INT_OK)
		return NULL;
	return arena_printf(a, "strconv.%s: parsing %s: %s", function,
	    go_quoted(a, text), go_int_reasons[result]);
}

/* Underscores stand between digits, or between a base prefix and a digit. */
static bool
go_underscores_ok(const char *s)
{
	char before = '^'; /* '0' digit or prefix, '_' underscore, '!' other */
	bool hex = false;

	s += *s == '-' || *s == '+';
	if (s[0] == '0' && s[1] && strchr("bBoOxX", s[1])) {
		hex = s[1] == 'x' || s[1] == 'X';
		before = '0';
		s += 2;
	}
	for (; *s; s++) {
		if (isdigit((unsigned char)*s) ||
		    (hex && isxdigit((unsigned char)*s))) {
			before = '0';
		} else if (*s == '_') {
			if (before != '0')
				return false;
			before = '_';
		} else {
			if (before == '_')
				return false;
			before = '!';
		}
	}
	return before != '_';
}

/* Steps past a base prefix; returns the base that holds behind it. */
static int
go_read_base(const char **s)
{
	const char *p = *s;

	if (p[0] != '0')
		return 10;
	*s = p + 2;
	if (p[1] && p[2] && (p[1] == 'b' || p[1] == 'B'))
		return 2;
	if (p[1] && p[2] && (p[1] == 'o' || p[1] == 'O'))
		return 8;
	if (p[1] && p[2] && (p[1] == 'x' || p[1] == 'X'))
		return 16;
	*s = p + 1;
	return 8;
}

/* Digits without a sign. */
static enum go_int_result
go_read_digits(const char *text, int base, uint64_t *out)
{
	const char *s = text;
	bool any_base = base == 0, underscores = false;

	*out = 0;
	if (*s == '\0')
		return GO_INT_SYNTAX;
	if (any_base)
		base = go_read_base(&s);
	for (; *s; s++) {
		int digit = 99;

		if (*s == '_' && any_base) {
			underscores = true;
			continue;
		}
		if (isdigit((unsigned char)*s))
			digit = *s - '0';
		else if (isalpha((unsigned char)*s))
			digit = (*s | 0x20) - 'a' + 10;
		if (digit >= base)
			return GO_INT_SYNTAX;
		if (__builtin_mul_overflow(*out, (uint64_t)base, out) ||
		    __builtin_add_overflow(*out, (uint64_t)digit, out))
			return GO_INT_RANGE;
	}
	return underscores && !go_underscores_ok(text) ? GO_INT_SYNTAX
						       : GO_INT_OK;
}

enum go_int_result
go_parse_int(const char *text, int base, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t u;
	enum go_int_result result = go_read_digits(
	    text + (*text == '-' || *text == '+'), base, &u);

	if (result == GO_INT_OK && u > (uint64_t)INT64_MAX + negative)
		result = GO_INT_RANGE;
	if (result == GO_INT_OK)
		*out = negative ? (int64_t)(0 - u) : (int64_t)u;
	return result;
}

const char *
go_parse_int_why(struct arena *a, const char *text, int base, int64_t *out)
{
	return go_number_error(
	    a, "ParseInt", text, go_parse_int(text, base, out));
}

const char *
go_parse_atoi_why(struct arena *a, const char *text, int64_t *out)
{
	return go_number_error(a, "Atoi", text, go_parse_int(text, 10, out));
}

const char *
go_parse_uint_why(struct arena *a, const char *text, int base, uint64_t *out)
{
	return go_number_error(
	    a, "ParseUint", text, go_read_digits(text, base, out));
}

const char *
go_parse_bool_why(struct arena *a, const char *text, bool *out)
{
	return go_number_error(a, "ParseBool", text,
	    parse_bool_go(text, out) ? GO_INT_OK : GO_INT_SYNTAX);
}

/* What strtod takes beyond Go's syntax is refused; underscores are cut out. */
static enum go_int_result
go_read_float(struct arena *a, const char *text, double *out)
{
	char *copy = arena_strdup(a, text), *to = copy, *end;
	const char *s = text + (*text == '-' || *text == '+');
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (strcasecmp(s, "inf") == 0 || strcasecmp(s, "infinity") == 0 ||
	    strcasecmp(s, "nan") == 0) {
		*out = strtod(text, NULL);
		return GO_INT_OK;
	}
	if (!isxdigit((unsigned char)*s) && *s != '.')
		return GO_INT_SYNTAX;
	/* A hexadecimal one must have its exponent. */
	if (!go_underscores_ok(text) || (hex && !strpbrk(s, "pP")))
		return GO_INT_SYNTAX;
	for (const char *from = text; *from; from++)
		if (*from != '_')
			*to++ = *from;
	*to = '\0';
	errno = 0;
	*out = strtod(copy, &end);
	if (end == copy || *end)
		return GO_INT_SYNTAX;
	return isinf(*out) ? GO_INT_RANGE : GO_INT_OK;
}

const char *
go_parse_float_why(struct arena *a, const char *text, double *out)
{
	return go_number_error(
	    a, "ParseFloat", text, go_read_float(a, text, out));
}

char *
go_errno_text(struct arena *a, int number)
{
	char *text = arena_strdup(a, strerror(number));

	if (*text >= 'A' && *text <= 'Z')
		*text = (char)(*text + 32);
	return text;
}
