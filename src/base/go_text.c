/*
 * Texts as Go's standard library reads and prints them.
 */
#include "base/go_text.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

bool
go_is_print(uint32_t code_point)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0, 0x1f },
		{ 0x7f, 0xa0 },
		{ 0xad, 0xad },
		{ 0x600, 0x605 },
		{ 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },
		{ 0x70f, 0x70f },
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

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code_point >= hidden[i].first &&
		    code_point <= hidden[i].last)
			return false;
	return true;
}

void
go_quote(struct buf *out, const char *s, size_t n)
{
	static const char from[] = "\a\b\f\n\r\t\v\\\"";
	static const char to[] = "abfnrtv\\\"";

	buf_char(out, '"');
	while (n > 0) {
		unsigned char first = (unsigned char)*s;
		const char *escape = first ? strchr(from, first) : NULL;
		uint32_t code;
		size_t len = utf8_next(s, n, &code);

		if (escape)
			buf_printf(out, "\\%c", to[escape - from]);
		else if (first < 0x20 || first == 0x7f ||
		    (first >= 0x80 && len == 1))
			buf_printf(out, "\\x%02x", first);
		else if (go_is_print(code))
			buf_add(out, s, len);
		else
			buf_printf(
			    out, code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
		s += len;
		n -= len;
	}
	buf_char(out, '"');
}

char *
go_quoted(struct arena *a, const char *s)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	go_quote(&out, s, strlen(s));
	text = arena_strndup(a, out.p, out.n);
	buf_release(&out);
	return text;
}

/* Value of a digit in bases up to 16; 99 for anything else. */
static unsigned
go_digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return (unsigned)(c - '0');
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 99;
}

enum go_int_result
go_parse_int(const char *s, int base, int64_t *out)
{
	bool negative = *s == '-', prefixed = false, underscores = base == 0;
	uint64_t limit, value = 0;
	char last = '\0';

	if (*s == '-' || *s == '+')
		s++;
	if (base == 0) {
		base = 10;
		if (*s == '0' && s[1]) {
			char kind = (char)tolower((unsigned char)s[1]);

			base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
			s += kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1;
			prefixed = true;
		}
	}
	if (*s == '\0')
		return GO_INT_SYNTAX;
	for (; *s; last = *s++) {
		unsigned digit = go_digit_value(*s);

		if (*s == '_') {
			/* only behind a digit or the prefix, before a digit */
			if (!underscores || (!last && !prefixed) ||
			    last == '_' || go_digit_value(s[1]) > 15)
				return GO_INT_SYNTAX;
			continue;
		}
		if (digit >= (unsigned)base)
			return GO_INT_SYNTAX;
		if (value > (UINT64_MAX - digit) / (unsigned)base)
			return GO_INT_RANGE;
		value = value * (unsigned)base + digit;
	}
	limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	if (value > limit)
		return GO_INT_RANGE;
	*out = negative ? (int64_t)(~value + 1) : (int64_t)value;
	return GO_INT_OK;
}
