/*
 * Go's spelling of values: quoted texts, numbers, durations, times, paths.
 */
#include "cli/vault/output/gotext.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/parts.h"

static char *
gotext_take(struct arena *a, struct buf *b)
{
	char *text = arena_strndup(a, b->p ? b->p : "", b->n);

	buf_release(b);
	return text;
}

/* Adds a text as Go's %q prints it. */
static void
gotext_quote_into(struct buf *out, const char *s)
{
	static const char letters[] = "abtnvfr";
	size_t n = strlen(s);

	buf_char(out, '"');
	while (n) {
		uint32_t cp;
		size_t len = utf8_next(s, n, &cp);
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c >= 7 && c <= 13)
			buf_printf(out, "\\%c", letters[c - 7]);
		else if (c < 32 || c == 127)
			buf_printf(out, "\\x%02x", c);
		else if (c >= 128 && len == 1)
			buf_printf(out, "\\x%02x", c);
		else if (cp == 0x2028 || cp == 0x2029 || cp == 0xfeff ||
		    (cp >= 0x80 && cp < 0xa0))
			buf_printf(out, "\\u%04x", (unsigned)cp);
		else
			buf_add(out, s, len);
		s += len;
		n -= len;
	}
	buf_char(out, '"');
}

char *
gotext_quote(struct arena *a, const char *s)
{
	struct buf out;

	buf_init(&out, 0);
	gotext_quote_into(&out, s);
	return gotext_take(a, &out);
}

char *
gotext_quote_list(struct arena *a, struct slice list)
{
	struct slice *elements;
	struct buf out;
	size_t n;

	buf_init(&out, 0);
	buf_char(&out, '[');
	if (list.p && *list.p == '[') {
		n = part_elements(a, list, &elements);
		for (size_t i = 0; i < n; i++) {
			if (i)
				buf_char(&out, ' ');
			gotext_quote_into(
			    &out, jsontext_string(a, elements[i], NULL));
		}
	}
	buf_char(&out, ']');
	return gotext_take(a, &out);
}

/* Digits with base prefix as Go takes them; false when they are none. */
static bool
gotext_digits(const char *s, uint64_t *out, bool *range)
{
	unsigned base = 10;
	uint64_t v = 0;
	bool any = false;

	if (s[0] == '0' && s[1]) {
		char c = (char)tolower((unsigned char)s[1]);

		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		unsigned d = 99;

		if (isdigit(c))
			d = c - '0';
		else if (isalpha(c))
			d = (unsigned)tolower(c) - 'a' + 10;
		if (c == '_' && base != 10)
			continue;
		if (d >= base)
			return false;
		if (v > (UINT64_MAX - d) / base)
			*range = true;
		v = v * base + d;
		any = true;
	}
	*out = v;
	return any;
}

const char *
gotext_parse_uint(struct arena *a, const char *s, uint64_t *out)
{
	bool range = false;

	if (!gotext_digits(s, out, &range))
		return arena_printf(a,
		    "strconv.ParseUint: parsing %s: invalid syntax",
		    gotext_quote(a, s));
	if (range)
		return arena_printf(a,
		    "strconv.ParseUint: parsing %s: value out of range",
		    gotext_quote(a, s));
	return NULL;
}

const char *
gotext_parse_int(struct arena *a, const char *s, int64_t *out)
{
	bool negative = *s == '-', range = false;
	uint64_t v;

	if (!gotext_digits(s + (*s == '-' || *s == '+'), &v, &range))
		return arena_printf(a,
		    "strconv.ParseInt: parsing %s: invalid syntax",
		    gotext_quote(a, s));
	if (range || v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return arena_printf(a,
		    "strconv.ParseInt: parsing %s: value out of range",
		    gotext_quote(a, s));
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return NULL;
}

/* Why time.ParseDuration refuses the text. */
static const char *
gotext_duration_refusal(struct arena *a, const char *whole)
{
	static const char *const units[] = { "ns", "us", "µs", "μs", "ms", "s",
		"m", "h", NULL };
	const char *s = whole, *q = gotext_quote(a, whole);

	if (*s == '-' || *s == '+')
		s++;
	while (*s) {
		size_t digits = strspn(s, "0123456789"), more = 0, n;
		const char *unit;
		bool known = false;

		s += digits;
		if (*s == '.') {
			more = strspn(s + 1, "0123456789");
			s += 1 + more;
		}
		if (digits + more == 0)
			break;
		unit = s;
		n = strcspn(s, ".0123456789");
		if (n == 0)
			return arena_printf(
			    a, "time: missing unit in duration %s", q);
		for (int i = 0; units[i]; i++)
			known = known ||
			    (strlen(units[i]) == n &&
				memcmp(units[i], unit, n) == 0);
		if (!known)
			return arena_printf(a,
			    "time: unknown unit %s in duration %s",
			    gotext_quote(a, arena_strndup(a, unit, n)), q);
		s += n;
	}
	return arena_printf(a, "time: invalid duration %s", q);
}

const char *
gotext_parse_duration(struct arena *a, const char *s, int64_t *ns)
{
	size_t n = strlen(s);

	if (duration_parse(s, ns))
		return NULL;
	if (n && s[n - 1] == 'd')
		return arena_printf(a,
		    "strconv.ParseInt: parsing %s: invalid syntax",
		    gotext_quote(a, arena_strndup(a, s, n - 1)));
	return gotext_duration_refusal(a, s);
}

char *
gotext_duration(struct arena *a, int64_t ns)
{
	char text[DURATION_MAX];

	duration_format(ns, text);
	return arena_strdup(a, text);
}

char *
gotext_seconds(struct arena *a, int64_t seconds)
{
	char *text = gotext_duration(a, seconds * NSEC_PER_SEC), *zero;

	if (ends_with(text, "m0s"))
		text[strlen(text) - 2] = '\0';
	zero = strstr(text, "h0m");
	if (zero && zero > text)
		memmove(zero + 1, zero + 3, strlen(zero + 3) + 1);
	return text;
}

char *
gotext_time(struct arena *a, const char *rfc3339)
{
	size_t n = strlen(rfc3339);
	const char *zone;

	if (n < 20 || (rfc3339[10] != 'T' && rfc3339[10] != 't'))
		return arena_strdup(a, "0001-01-01 00:00:00 +0000 UTC");
	zone = rfc3339 + strcspn(rfc3339 + 19, "Zz+-") + 19;
	if (*zone == 'Z' || *zone == 'z')
		return arena_printf(a, "%.10s %.*s +0000 UTC", rfc3339,
		    (int)(zone - rfc3339 - 11), rfc3339 + 11);
	return arena_printf(a, "%.10s %.*s %.3s%.2s %.3s%.2s", rfc3339,
	    (int)(zone - rfc3339 - 11), rfc3339 + 11, zone, zone + 4, zone,
	    zone + 4);
}

char *
gotext_rfc822(struct arena *a, const char *rfc3339)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char utc[RFC3339_MAX];
	int64_t ns;
	int month;

	if (!rfc3339_parse(rfc3339, &ns))
		return arena_strdup(a, "01 Jan 01 00:00 UTC");
	rfc3339_s(ns, utc);
	month = (utc[5] - '0') * 10 + utc[6] - '0';
	return arena_printf(a, "%.2s %s %.2s %.5s UTC", utc + 8,
	    months[(month + 11) % 12], utc + 2, utc + 11);
}

char *
gotext_errno(struct arena *a, int number)
{
	char *text = arena_strdup(a, strerror(number));

	lower_ascii(text);
	return text;
}

/* The length of the white space at s, 0 for none (unicode.IsSpace). */
static size_t
gotext_space(const char *s, size_t n)
{
	uint32_t cp;
	size_t len;

	if (n == 0)
		return 0;
	len = utf8_next(s, n, &cp);
	if (cp == ' ' || (cp >= 9 && cp <= 13))
		return 1;
	if (len == 1)
		return 0;
	return cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
		(cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 ||
		cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000
	    ? len
	    : 0;
}

/* The length of the white space that ends s[0..n). */
static size_t
gotext_space_before(const char *s, size_t n)
{
	for (size_t len = 1; len <= 3 && len <= n; len++)
		if (gotext_space(s + n - len, len) == len)
			return len;
	return 0;
}

/* Cuts white space and then the bytes of `also` off both ends. */
static char *
gotext_strip(struct arena *a, const char *s, char also)
{
	size_t n = strlen(s), cut;

	while ((cut = gotext_space_before(s, n)) > 0)
		n -= cut;
	while ((cut = gotext_space(s, n)) > 0) {
		s += cut;
		n -= cut;
	}
	while (also && n && *s == also) {
		s++;
		n--;
	}
	while (also && n && s[n - 1] == also)
		n--;
	return arena_strndup(a, s, n);
}

char *
gotext_trim(struct arena *a, const char *s)
{
	return gotext_strip(a, s, 0);
}

char *
gotext_sanitize_path(struct arena *a, const char *s)
{
	return gotext_trim(a, gotext_strip(a, s, '/'));
}

char *
gotext_ensure_slash(struct arena *a, const char *s)
{
	char *text = gotext_trim(a, s);

	if (!*text || ends_with(text, "/"))
		return text;
	return arena_printf(a, "%s/", text);
}

char *
gotext_path_join(struct arena *a, const char *x, const char *y)
{
	char *joined;

	if (!*x && !*y)
		return arena_strdup(a, "");
	joined = arena_printf(a, "%s%s%s", x, *x && *y ? "/" : "", y);
	path_clean(joined);
	if (joined[0] && joined[1] && ends_with(joined, "/"))
		joined[strlen(joined) - 1] = '\0';
	return joined;
}
