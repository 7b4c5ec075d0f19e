/*
 * YAML as the genuine command prints it: libyaml's emitter, driven by the rules
 * of go-yaml v2 for what may stand without quotes.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/output/printer.h"

struct yaml_out {
	yaml_emitter_t emitter;
	struct arena *arena;
	struct buf text;
	bool failed;
};

static int
yaml_write(void *arg, unsigned char *bytes, size_t n)
{
	struct yaml_out *y = arg;

	buf_add(&y->text, bytes, n);
	return 1;
}

static void
yaml_emit(struct yaml_out *y, yaml_event_t *event)
{
	if (!yaml_emitter_emit(&y->emitter, event))
		y->failed = true;
}

static bool
yaml_is_word(const char *s)
{
	static const char *const words[] = { "y", "Y", "yes", "Yes", "YES",
		"true", "True", "TRUE", "on", "On", "ON", "n", "N", "no", "No",
		"NO", "false", "False", "FALSE", "off", "Off", "OFF", "", "~",
		"null", "Null", "NULL", ".nan", ".NaN", ".NAN", ".inf", ".Inf",
		".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool
yaml_is_float(const char *s)
{
	size_t whole, part = 0, n;

	s += *s == '-' || *s == '+';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.') {
		part = strspn(s + 1, "0123456789");
		s += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		n = strspn(s, "0123456789");
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0';
}

/* What strconv.ParseInt reads with base 0. */
static bool
yaml_is_int(const char *s)
{
	const char *digits = "0123456789";

	s += *s == '-' || *s == '+';
	if (s[0] == '0' && s[1]) {
		char c = (char)tolower((unsigned char)s[1]);

		digits = c == 'x' ? "0123456789abcdefABCDEF"
		    : c == 'b'	  ? "01"
				  : "01234567";
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	return *s && strspn(s, digits) == strlen(s);
}

/* 1:20:30 is a number to the base of sixty in YAML 1.1. */
static bool
yaml_is_base60(const char *s)
{
	size_t n;

	s += *s == '-' || *s == '+';
	if (!isdigit((unsigned char)*s) || !strchr(s, ':'))
		return false;
	s += strspn(s, "0123456789_");
	while (*s == ':') {
		n = strspn(++s, "0123456789");
		if (n == 0 || n > 2 || (n == 2 && *s > '5'))
			return false;
		s += n;
	}
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789_");
	return *s == '\0';
}

/* Reads a number of one or two digits and moves behind it; -1: there is none.
 */
static int
yaml_read_two(const char **s)
{
	size_t n = strspn(*s, "0123456789");
	int value = n ? **s - '0' : -1;

	if (n > 1)
		value = 10 * value + (*s)[1] - '0';
	*s += n > 2 ? 2 : n;
	return value;
}

/* One of the forms of a time that go-yaml knows. */
static bool
yaml_is_time(const char *s)
{
	int month, day, hour, minute;
	double second;
	char *zone, sep;
	int64_t ns;

	if (strspn(s, "0123456789") != 4)
		return false;
	if (rfc3339_parse(s, &ns))
		return true;
	s += 4;
	month = *s == '-' ? (s++, yaml_read_two(&s)) : -1;
	day = *s == '-' ? (s++, yaml_read_two(&s)) : -1;
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	if (*s == '\0')
		return true;
	sep = *s++;
	hour = yaml_read_two(&s);
	minute = *s == ':' ? (s++, yaml_read_two(&s)) : -1;
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || *s != ':' ||
	    !isdigit((unsigned char)s[1]))
		return false;
	second = strtod(s + 1, &zone);
	if (second >= 60)
		return false;
	if (sep == ' ')
		return *zone == '\0';
	return (sep == 'T' || sep == 't') &&
	    (strcmp(zone, "Z") == 0 || *zone == '+' || *zone == '-');
}

/* Would the text be read as something else than a text? */
static bool
yaml_must_quote(const char *s)
{
	struct buf plain;
	bool number;

	if (yaml_is_word(s))
		return true;
	if (!isdigit((unsigned char)*s) && *s != '+' && *s != '-' && *s != '.')
		return false;
	if (yaml_is_time(s) || yaml_is_base60(s))
		return true;
	buf_init(&plain, 0);
	for (const char *p = s; *p; p++)
		if (*p != '_')
			buf_char(&plain, *p);
	number = plain.n && (yaml_is_int(plain.p) || yaml_is_float(plain.p));
	buf_release(&plain);
	return number;
}

static void
yaml_scalar(
    struct yaml_out *y, const char *text, size_t n, yaml_scalar_style_t style)
{
	yaml_event_t event;

	if (!yaml_scalar_event_initialize(&event, NULL, NULL,
		(const yaml_char_t *)text, (int)n, 1, 1, style)) {
		y->failed = true;
		return;
	}
	yaml_emit(y, &event);
}

static void
yaml_string(struct yaml_out *y, const char *s, size_t n)
{
	yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;

	if (memchr(s, '\n', n))
		style = YAML_LITERAL_SCALAR_STYLE;
	else if (yaml_must_quote(s))
		style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	yaml_scalar(y, s, n, style);
}

/* strconv.FormatFloat(v, 'g', -1, 64): an exponent from 1e+06 on. */
static char *
yaml_float(struct arena *a, double v)
{
	char text[40], *e;
	int exponent, digits = 1;

	while (digits < 17) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, v);
		if (strtod(text, NULL) == v)
			break;
		digits++;
	}
	snprintf(text, sizeof(text), "%.*e", digits - 1, v);
	e = strchr(text, 'e');
	exponent = atoi(e + 1);
	if (exponent < -4 || exponent >= 6)
		return arena_strdup(a, text);
	return arena_printf(a, "%.*f",
	    digits - 1 - exponent > 0 ? digits - 1 - exponent : 0, v);
}

static void
yaml_number(struct yaml_out *y, struct slice value)
{
	char *text = arena_strndup(y->arena, value.p, value.n);

	if (strcmp(text, "-0") == 0)
		text = arena_strdup(y->arena, "0");
	else if (strpbrk(text, ".eE") || value.n > 20 ||
	    (value.n == 20 && strcmp(text, "18446744073709551615") > 0))
		text = yaml_float(y->arena, strtod(text, NULL));
	yaml_scalar(y, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
}

/* go-yaml's order of keys: digits by their number, letters after the rest. */
static int
yaml_compare(const void *x, const void *y)
{
	const unsigned char *a =
	    (const unsigned char *)((const struct jsontext_member *)x)->key;
	const unsigned char *b =
	    (const unsigned char *)((const struct jsontext_member *)y)->key;
	size_t i = 0, ai, bi;
	bool digits = false, al, bl;
	long long an = 0, bn = 0;

	while (a[i] && a[i] == b[i])
		digits = isdigit(a[i++]);
	if (!a[i] || !b[i])
		return a[i] ? 1 : b[i] ? -1 : 0;
	al = isalpha(a[i]) || a[i] >= 0x80;
	bl = isalpha(b[i]) || b[i] >= 0x80;
	if (al && bl)
		return a[i] < b[i] ? -1 : 1;
	if (al || bl)
		return (digits ? al : bl) ? -1 : 1;
	if (a[i] == '0' || b[i] == '0')
		for (size_t j = i; j > 0 && isdigit(a[j - 1]); j--)
			if (a[j - 1] != '0') {
				an = bn = 1;
				break;
			}
	for (ai = i; isdigit(a[ai]) && ai < i + 17; ai++)
		an = an * 10 + a[ai] - '0';
	for (bi = i; isdigit(b[bi]) && bi < i + 17; bi++)
		bn = bn * 10 + b[bi] - '0';
	if (an != bn)
		return an < bn ? -1 : 1;
	if (ai != bi)
		return ai < bi ? -1 : 1;
	return a[i] < b[i] ? -1 : 1;
}

static void yaml_value(struct yaml_out *y, struct slice value);

static void
yaml_object(struct yaml_out *y, struct slice value)
{
	struct jsontext_member *members;
	size_t n = part_members(y->arena, value, &members);
	yaml_event_t event;

	if (n)
		qsort(members, n, sizeof(*members), yaml_compare);
	yaml_mapping_start_event_initialize(
	    &event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
	yaml_emit(y, &event);
	for (size_t i = 0; i < n; i++) {
		yaml_string(y, members[i].key, strlen(members[i].key));
		yaml_value(y, members[i].value);
	}
	yaml_mapping_end_event_initialize(&event);
	yaml_emit(y, &event);
}

static void
yaml_array(struct yaml_out *y, struct slice value)
{
	struct slice *elements;
	size_t n = part_elements(y->arena, value, &elements);
	yaml_event_t event;

	yaml_sequence_start_event_initialize(
	    &event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE);
	yaml_emit(y, &event);
	for (size_t i = 0; i < n; i++)
		yaml_value(y, elements[i]);
	yaml_sequence_end_event_initialize(&event);
	yaml_emit(y, &event);
}

static void
yaml_value(struct yaml_out *y, struct slice value)
{
	char *text;
	size_t n;

	if (y->failed)
		return;
	switch (jsontext_kind(value)) {
	case '{':
		yaml_object(y, value);
		return;
	case '[':
		yaml_array(y, value);
		return;
	case '"':
		text = jsontext_string(y->arena, value, &n);
		yaml_string(y, text, n);
		return;
	case '0':
		yaml_number(y, value);
		return;
	}
	yaml_scalar(y, value.p ? value.p : "null", value.p ? value.n : 4,
	    YAML_PLAIN_SCALAR_STYLE);
}

/*
 * A text that ends in one of Unicode's line breaks: libyaml indents the quote
 * behind it, go-yaml does not.
 */
static void
yaml_unindent_quotes(char *text)
{
	char *to = text;

	for (char *p = text; *p;) {
		bool ends = to - text >= 3 && (unsigned char)to[-3] == 0xe2 &&
		    (unsigned char)to[-2] == 0x80 &&
		    ((unsigned char)to[-1] & 0xfe) == 0xa8;
		size_t spaces = strspn(p, " ");

		if (ends && spaces && p[spaces] == '\'')
			p += spaces;
		*to++ = *p++;
	}
	*to = '\0';
}

char *
printer_yaml(struct arena *a, struct slice json)
{
	struct yaml_out y = { .arena = a };
	yaml_event_t event;
	char *text;

	buf_init(&y.text, 0);
	if (!yaml_emitter_initialize(&y.emitter))
		return arena_strdup(a, "");
	yaml_emitter_set_output(&y.emitter, yaml_write, &y);
	yaml_emitter_set_unicode(&y.emitter, 1);
	yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
	yaml_emit(&y, &event);
	yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
	yaml_emit(&y, &event);
	yaml_value(&y, json);
	yaml_document_end_event_initialize(&event, 1);
	yaml_emit(&y, &event);
	yaml_stream_end_event_initialize(&event);
	yaml_emit(&y, &event);
	yaml_emitter_delete(&y.emitter);
	text = arena_strndup(a, y.text.p ? y.text.p : "", y.text.n);
	yaml_unindent_quotes(text);
	buf_release(&y.text);
	return text;
}
