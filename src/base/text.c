/*
 * Encodings, globs and path cleaning.
 */
#include "base/text.h"

#include <ctype.h>
#include <string.h>

static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_digits[] = "0123456789abcdef";

void
hex_encode(const void *p, size_t n, char *out)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex_digits[bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
hex_digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

long
hex_decode(const char *text, size_t n, void *out)
{
	uint8_t *b = out;

	if (n % 2)
		return -1;
	for (size_t i = 0; i < n; i += 2) {
		int hi = hex_digit_value(text[i]),
		    lo = hex_digit_value(text[i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		b[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return (long)(n / 2);
}

static void
base64_encode_with(
    struct buf *out, const uint8_t *p, size_t n, const char *alphabet, bool pad)
{
	while (n >= 3) {
		char some[256], *to = some;

		for (; n >= 3 && to < some + sizeof(some); p += 3, n -= 3) {
			*to++ = alphabet[p[0] >> 2];
			*to++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
			*to++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
			*to++ = alphabet[p[2] & 63];
		}
		buf_add(out, some, (size_t)(to - some));
	}
	if (n == 0)
		return;
	buf_char(out, alphabet[p[0] >> 2]);
	if (n == 1) {
		buf_char(out, alphabet[(p[0] & 3) << 4]);
	} else {
		buf_char(out, alphabet[(p[0] & 3) << 4 | p[1] >> 4]);
		buf_char(out, alphabet[(p[1] & 15) << 2]);
	}
	if (pad)
		buf_str(out, n == 1 ? "==" : "=");
}

void
base64_encode(struct buf *out, const void *p, size_t n)
{
	base64_encode_with(out, p, n, std_alphabet, true);
}

void
base64_encode_raw(struct buf *out, const void *p, size_t n)
{
	base64_encode_with(out, p, n, std_alphabet, false);
}

void
base64url_encode(struct buf *out, const void *p, size_t n)
{
	base64_encode_with(out, p, n, url_alphabet, false);
}

static int
base64_digit_value(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

static void
base64_flush(struct buf *out, uint32_t bits, int chars)
{
	char bytes[3] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };

	buf_add(out, bytes, (size_t)(chars - 1));
}

static size_t
base64_skip_breaks(const char *text, size_t n, size_t i)
{
	while (i < n && (text[i] == '\n' || text[i] == '\r'))
		i++;
	return i;
}

/*
 * What follows a group of 2 or 3 characters: its padding and nothing else. *at
 * is the offset that Go's decoder complains about.
 */
static bool
base64_is_padding_last(
    const char *text, size_t n, size_t i, int chars, size_t *bad)
{
	i = base64_skip_breaks(text, n, i + 1);
	if (chars == 2) {
		*bad = i < n ? i - 1 : n;
		if (i >= n || text[i] != '=')
			return false;
		i = base64_skip_breaks(text, n, i + 1);
	}
	*bad = i;
	return i == n;
}

/*
 * Decodes groups of four up to the end or the padding. Line breaks are passed
 * over, as Go's decoder does; so is its choice of the offset it blames: the
 * start of an unfinished group, the character that does not belong.
 */
static bool
base64_decode_with(struct buf *out, const char *text, size_t n,
    const char *alphabet, bool pad, size_t *bad)
{
	uint32_t bits = 0;
	int chars = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int v;

		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (text[i] == '=' && pad)
			break;
		v = base64_digit_value(text[i], alphabet);
		*bad = i;
		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (++chars == 4) {
			base64_flush(out, bits, 4);
			chars = 0;
			bits = 0;
		}
	}
	*bad = i < n ? i : n - (size_t)chars;
	if (chars == 0)
		return i == n;
	if (chars == 1 || (pad && i == n))
		return false;
	base64_flush(out, bits << (6 * (4 - chars)), chars);
	return !pad || base64_is_padding_last(text, n, i, chars, bad);
}

bool
base64_decode(struct buf *out, const char *text, size_t n, size_t *bad)
{
	size_t at = 0;
	bool ok = base64_decode_with(out, text, n, std_alphabet, true, &at);

	if (bad)
		*bad = at;
	return ok;
}

bool
base64url_decode(struct buf *out, const char *text, size_t n)
{
	size_t at = 0;

	while (n > 0 && text[n - 1] == '=')
		n--;
	return base64_decode_with(out, text, n, url_alphabet, false, &at);
}

void
uuid_format(const uint8_t bytes[16], char out[UUID_LEN + 1])
{
	static const uint8_t places[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21,
		24, 26, 28, 30, 32, 34 };

	for (int i = 0; i < 16; i++) {
		out[places[i]] = hex_digits[bytes[i] >> 4];
		out[places[i] + 1] = hex_digits[bytes[i] & 15];
	}
	out[8] = out[13] = out[18] = out[23] = '-';
	out[UUID_LEN] = '\0';
}

bool
starts_with(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

/* Eight bytes at a time: each of a word's is a letter when none has the top
 * bit, none is below the space and none is the last of ASCII. */
size_t
ascii_run(const char *s, size_t n)
{
	const uint64_t ones = 0x0101010101010101;
	size_t i = 0;
	uint64_t w;

	for (; i + sizeof(w) <= n; i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if ((w | (w - 0x20 * ones) | (w + ones)) & (0x80 * ones))
			break;
	}
	while (i < n && s[i] >= ' ' && s[i] < 0x7f)
		i++;
	return i;
}

bool
ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool
text_looks_like_token(struct slice text)
{
	static const char *const prefixes[] = { "hvs.", "hvb.", "hvr.", "s.",
		"b.", NULL };

	for (int i = 0; prefixes[i]; i++) {
		size_t n = strlen(prefixes[i]);

		if (text.n >= n + 20 && memcmp(text.p, prefixes[i], n) == 0 &&
		    !memchr(text.p, ' ', text.n))
			return true;
	}
	return false;
}

bool
parse_bool_go(const char *s, bool *value)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true",
		"True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false",
		"False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
			*value = strcmp(s, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

void
lower_ascii(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

char *
trim_space(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s;
}

size_t
utf8_next(const char *s, size_t n, uint32_t *cp)
{
	const uint8_t *b = (const uint8_t *)s;
	size_t len;
	uint32_t c, min_code;

	*cp = 0xfffd;
	if (b[0] < 0x80) {
		*cp = b[0];
		return 1;
	}
	if (b[0] >= 0xc2 && b[0] <= 0xdf) {
		len = 2;
		c = b[0] & 0x1f;
		min_code = 0x80;
	} else if ((b[0] & 0xf0) == 0xe0) {
		len = 3;
		c = b[0] & 0x0f;
		min_code = 0x800;
	} else if (b[0] >= 0xf0 && b[0] <= 0xf4) {
		len = 4;
		c = b[0] & 0x07;
		min_code = 0x10000;
	} else {
		return 1;
	}
	if (n < len)
		return 1;
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (b[i] & 0x3f);
	}
	if (c < min_code || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*cp = c;
	return len;
}

size_t
utf8_put(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool
utf8_valid(const char *s, size_t n)
{
	while (n > 0) {
		uint32_t cp;
		size_t len = utf8_next(s, n, &cp);

		if (len == 1 && (uint8_t)*s >= 0x80)
			return false;
		s += len;
		n -= len;
	}
	return true;
}

/* One path element at *in; returns its length and steps past its slashes. */
static size_t
path_next_element(const char **in, const char **element)
{
	const char *p = *in;
	size_t n;

	while (*p == '/')
		p++;
	*element = p;
	n = strcspn(p, "/");
	*in = p + n;
	return n;
}

void
path_clean(char *path)
{
	bool rooted = path[0] == '/';
	bool trailing = path[0] && path[strlen(path) - 1] == '/';
	const char *in = path, *element;
	char *out = path + rooted;
	size_t n;

	while ((n = path_next_element(&in, &element)) > 0) {
		if (n == 1 && element[0] == '.')
			continue;
		if (n == 2 && element[0] == '.' && element[1] == '.') {
			while (out > path + rooted && *--out != '/')
				;
			continue;
		}
		if (out > path + rooted)
			*out++ = '/';
		memmove(out, element, n);
		out += n;
	}
	if (trailing && out > path + rooted)
		*out++ = '/';
	*out = '\0';
}

bool
percent_decode(char *s, size_t *n, bool plus)
{
	const char *first = plus ? s : memchr(s, '%', *n);
	size_t out = first ? (size_t)(first - s) : *n;

	for (size_t i = out; i < *n; i++) {
		if (s[i] == '%') {
			if (i + 2 >= *n ||
			    hex_decode(s + i + 1, 2, s + out) < 0)
				return false;
			i += 2;
			out++;
		} else {
			s[out++] = s[i] == '+' && plus ? ' ' : s[i];
		}
	}
	*n = out;
	s[out] = '\0';
	return true;
}

int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
