/*
 * The functions that name templates may call: Vault's own, and Go's that deal
 * with texts and truth.
 */
#include "secrets/database/username_functions.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/digest.h"

static bool username_function_error(struct username_call *c, const char *fmt,
    ...) __attribute__((format(printf, 2, 3)));

static bool
username_function_error(struct username_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool
username_return_string(struct username_value *out, const char *text)
{
	*out = (struct username_value){ .kind = USERNAME_STRING,
		.string = text };
	return true;
}

static bool
username_return_bool(struct username_value *out, bool value)
{
	*out = (struct username_value){ .kind = USERNAME_BOOL,
		.number = value };
	return true;
}

const char *
username_kind_name(enum username_kind kind)
{
	static const char *const names[] = { "string", "int", "bool" };

	return names[kind];
}

const char *
username_value_string(struct arena *a, const struct username_value *v)
{
	if (v->kind == USERNAME_STRING)
		return v->string;
	if (v->kind == USERNAME_BOOL)
		return v->number ? "true" : "false";
	return arena_printf(a, "%lld", (long long)v->number);
}

bool
username_is_value_true(const struct username_value *v)
{
	return v->kind == USERNAME_STRING ? *v->string != '\0' : v->number != 0;
}

/* The text of a finished buffer, in the arena; what was too long is refused. */
static bool
username_return_buf(
    struct username_call *c, struct username_value *out, struct buf *b)
{
	bool ok = !b->over;

	if (ok)
		username_return_string(
		    out, arena_strndup(c->arena, b->p ? b->p : "", b->n));
	buf_release(b);
	return ok || username_function_error(c, "name too long");
}

/* ---- Vault's ---- */

static bool
username_fn_random(struct username_call *c, struct username_value *out)
{
	int64_t n = c->args[0].number;
	char *text;

	if (n < 0 || n > (int64_t)USERNAME_MAX_BYTES)
		return username_function_error(c, "length out of range");
	text = arena_alloc(c->arena, (size_t)n + 1);
	random_base62(c->data->random, text, (size_t)n);
	return username_return_string(out, text);
}

static bool
username_fn_truncate(struct username_call *c, struct username_value *out)
{
	int64_t max = c->args[0].number;
	const char *text = c->args[1].string;

	if (max <= 0)
		return username_function_error(
		    c, "max length must be > 0 but was %lld", (long long)max);
	if ((int64_t)strlen(text) > max)
		text = arena_strndup(c->arena, text, (size_t)max);
	return username_return_string(out, text);
}

static char *
username_sha256_hex(struct arena *a, const char *text)
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	char *hex = arena_alloc(a, 2 * sizeof(digest) + 1);

	digest_sha256(text, strlen(text), digest);
	hex_encode(digest, sizeof(digest), hex);
	return hex;
}

static bool
username_fn_truncate_sha256(struct username_call *c, struct username_value *out)
{
	int64_t max = c->args[0].number;
	const char *text = c->args[1].string;

	if (max <= 8)
		return username_function_error(
		    c, "max length must be > 8 but was %lld", (long long)max);
	if ((int64_t)strlen(text) > max)
		text = arena_printf(c->arena, "%.*s%.8s", (int)(max - 8), text,
		    username_sha256_hex(c->arena, text + max - 8));
	return username_return_string(out, text);
}

static bool
username_fn_uppercase(struct username_call *c, struct username_value *out)
{
	char *text = arena_strdup(c->arena, c->args[0].string);

	for (char *p = text; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return username_return_string(out, text);
}

static bool
username_fn_lowercase(struct username_call *c, struct username_value *out)
{
	char *text = arena_strdup(c->arena, c->args[0].string);

	lower_ascii(text);
	return username_return_string(out, text);
}

static bool
username_fn_replace(struct username_call *c, struct username_value *out)
{
	const char *find = c->args[0].string, *with = c->args[1].string;
	const char *text = c->args[2].string;
	size_t skip = strlen(find);
	struct buf b;

	buf_init(&b, USERNAME_MAX_BYTES);
	while (*text) {
		bool hit = strncmp(text, find, skip) == 0;

		if (hit)
			buf_str(&b, with);
		if (!hit || skip == 0)
			buf_char(&b, *text++);
		else
			text += skip;
	}
	if (skip == 0)
		buf_str(&b, with);
	return username_return_buf(c, out, &b);
}

static bool
username_fn_sha256(struct username_call *c, struct username_value *out)
{
	return username_return_string(
	    out, username_sha256_hex(c->arena, c->args[0].string));
}

static bool
username_fn_base64(struct username_call *c, struct username_value *out)
{
	struct buf b;

	buf_init(&b, USERNAME_MAX_BYTES);
	base64_encode(&b, c->args[0].string, strlen(c->args[0].string));
	return username_return_buf(c, out, &b);
}

static bool
username_fn_unix_time(struct username_call *c, struct username_value *out)
{
	return username_return_string(out,
	    arena_printf(
		c->arena, "%lld", (long long)(c->data->now_ns / NSEC_PER_SEC)));
}

static bool
username_fn_unix_time_millis(
    struct username_call *c, struct username_value *out)
{
	return username_return_string(out,
	    arena_printf(
		c->arena, "%lld", (long long)(c->data->now_ns / 1000000)));
}

/* Go's reference time, piece by piece; the longest that fits comes first. */
static const struct {
	const char *go, *posix;
} username_time_layout[] = {
	{ "January", "%B" },
	{ "Jan", "%b" },
	{ "Monday", "%A" },
	{ "Mon", "%a" },
	{ "MST", "UTC" },
	{ "2006", "%Y" },
	{ "Z07:00", "Z" },
	{ "Z0700", "Z" },
	{ "-07:00", "+00:00" },
	{ "-0700", "+0000" },
	{ "-07", "+00" },
	{ "002", "%j" },
	{ "01", "%m" },
	{ "02", "%d" },
	{ "03", "%I" },
	{ "04", "%M" },
	{ "05", "%S" },
	{ "06", "%y" },
	{ "15", "%H" },
	{ "PM", "%p" },
	{ "pm", "%P" },
	{ "_2", "%e" },
	{ "1", "%-m" },
	{ "2", "%-d" },
	{ "3", "%-I" },
	{ "4", "%-M" },
	{ "5", "%-S" },
};

/* ".000": as many digits of the second's fraction. */
static size_t
username_put_time_fraction(struct buf *b, const char *text, int64_t now_ns)
{
	size_t digits = strspn(text + 1, "0");
	char all[24];

	if (digits == 0 || digits > 9 ||
	    isdigit((unsigned char)text[1 + digits]))
		return 0;
	snprintf(
	    all, sizeof(all), "%09lld", (long long)(now_ns % NSEC_PER_SEC));
	buf_char(b, *text);
	buf_add(b, all, digits);
	return digits + 1;
}

static size_t
username_put_time_piece(
    struct buf *b, const char *text, const struct tm *tm, int64_t now_ns)
{
	size_t used = *text == '.' || *text == ','
	    ? username_put_time_fraction(b, text, now_ns)
	    : 0;

	for (size_t i = 0; !used &&
	     i < sizeof(username_time_layout) / sizeof(username_time_layout[0]);
	     i++) {
		char piece[40];

		if (!starts_with(text, username_time_layout[i].go))
			continue;
		used = strlen(username_time_layout[i].go);
		strftime(
		    piece, sizeof(piece), username_time_layout[i].posix, tm);
		buf_str(b, piece);
	}
	if (used)
		return used;
	buf_char(b, *text);
	return 1;
}

static bool
username_fn_timestamp(struct username_call *c, struct username_value *out)
{
	time_t seconds = (time_t)(c->data->now_ns / NSEC_PER_SEC);
	struct tm tm;
	struct buf b;

	gmtime_r(&seconds, &tm);
	buf_init(&b, USERNAME_MAX_BYTES);
	for (const char *p = c->args[0].string; *p;)
		p += username_put_time_piece(&b, p, &tm, c->data->now_ns);
	return username_return_buf(c, out, &b);
}

static bool
username_fn_uuid(struct username_call *c, struct username_value *out)
{
	char *text = arena_alloc(c->arena, UUID_LEN + 1);

	random_uuid(c->data->random, text);
	return username_return_string(out, text);
}

/* ---- Go's ---- */

struct printf_verb {
	char flags[8];
	int width, precision; /* -1: not given */
	char letter;
};

static const char *
username_read_verb(const char *p, struct printf_verb *v)
{
	size_t n = strspn(p, "-+# 0");

	v->width = v->precision = -1;
	snprintf(v->flags, sizeof(v->flags), "%.*s", (int)(n > 7 ? 7 : n), p);
	p += n;
	if (isdigit((unsigned char)*p))
		v->width = (int)strtol(p, (char **)&p, 10);
	if (*p == '.') {
		v->precision = 0;
		p++;
		if (isdigit((unsigned char)*p))
			v->precision = (int)strtol(p, (char **)&p, 10);
	}
	v->letter = *p;
	return *p ? p + 1 : p;
}

static void
username_put_padded(
    struct buf *b, const struct printf_verb *v, const char *text)
{
	int n = (int)strlen(text);
	bool left = strchr(v->flags, '-') != NULL;
	int pad = v->width > n && v->width <= (int)USERNAME_MAX_BYTES
	    ? v->width - n
	    : 0;
	char pad_char = !left && strchr(v->flags, '0') ? '0' : ' ';

	for (int i = 0; !left && i < pad; i++)
		buf_char(b, pad_char);
	buf_str(b, text);
	for (int i = 0; left && i < pad; i++)
		buf_char(b, ' ');
}

static const char *
username_format_hex(struct arena *a, const struct username_value *v, bool upper)
{
	size_t n = v->kind == USERNAME_STRING ? strlen(v->string) : 0;
	char *hex = arena_alloc(a, 2 * n + 24);

	if (v->kind == USERNAME_STRING)
		hex_encode(v->string, n, hex);
	else
		snprintf(hex, 24, "%llx", (unsigned long long)v->number);
	for (char *p = hex; upper && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return hex;
}

/* NULL: the verb does not fit the value. */
static const char *
username_format_verb(struct arena *a, const struct printf_verb *v,
    const struct username_value *x)
{
	const char *text;

	switch (v->letter) {
	case 's':
	case 'v':
		if (v->letter == 's' && x->kind != USERNAME_STRING)
			return NULL;
		text = username_value_string(a, x);
		if (x->kind == USERNAME_STRING && v->precision >= 0 &&
		    (int)strlen(text) > v->precision)
			text = arena_strndup(a, text, (size_t)v->precision);
		return text;
	case 'd':
		return x->kind == USERNAME_INT ? username_value_string(a, x)
					       : NULL;
	case 't':
		return x->kind == USERNAME_BOOL ? username_value_string(a, x)
						: NULL;
	case 'q':
		return x->kind == USERNAME_STRING
		    ? arena_printf(a, "\"%s\"", x->string)
		    : NULL;
	case 'x':
	case 'X':
		return x->kind == USERNAME_BOOL
		    ? NULL
		    : username_format_hex(a, x, v->letter == 'X');
	default:
		return NULL;
	}
}

static void
username_put_verb(struct username_call *c, struct buf *b,
    const struct printf_verb *v, int *next)
{
	const struct username_value *x;
	const char *text;

	if (v->letter == '%') {
		buf_char(b, '%');
		return;
	}
	if (!v->letter) {
		buf_str(b, "%!(NOVERB)");
		return;
	}
	if (*next >= c->nargs) {
		buf_printf(b, "%%!%c(MISSING)", v->letter);
		return;
	}
	x = &c->args[(*next)++];
	text = username_format_verb(c->arena, v, x);
	if (text)
		username_put_padded(b, v, text);
	else
		buf_printf(b, "%%!%c(%s=%s)", v->letter,
		    username_kind_name(x->kind),
		    username_value_string(c->arena, x));
}

static bool
username_fn_printf(struct username_call *c, struct username_value *out)
{
	const char *p = c->args[0].string;
	struct buf b;
	int next = 1;

	buf_init(&b, USERNAME_MAX_BYTES);
	while (*p) {
		struct printf_verb v;

		if (*p != '%') {
			buf_char(&b, *p++);
			continue;
		}
		p = username_read_verb(p + 1, &v);
		username_put_verb(c, &b, &v, &next);
	}
	if (next < c->nargs) {
		buf_str(&b, "%!(EXTRA ");
		for (int i = next; i < c->nargs; i++)
			buf_printf(&b, "%s%s=%s", i > next ? ", " : "",
			    username_kind_name(c->args[i].kind),
			    username_value_string(c->arena, &c->args[i]));
		buf_char(&b, ')');
	}
	return username_return_buf(c, out, &b);
}

/* Go's Sprint: a space between two operands that are both no strings. */
static bool
username_fn_print(struct username_call *c, struct username_value *out)
{
	struct buf b;

	buf_init(&b, USERNAME_MAX_BYTES);
	for (int i = 0; i < c->nargs; i++) {
		if (i > 0 && c->args[i].kind != USERNAME_STRING &&
		    c->args[i - 1].kind != USERNAME_STRING)
			buf_char(&b, ' ');
		buf_str(&b, username_value_string(c->arena, &c->args[i]));
	}
	return username_return_buf(c, out, &b);
}

static bool
username_fn_println(struct username_call *c, struct username_value *out)
{
	struct buf b;

	buf_init(&b, USERNAME_MAX_BYTES);
	for (int i = 0; i < c->nargs; i++)
		buf_printf(&b, "%s%s", i ? " " : "",
		    username_value_string(c->arena, &c->args[i]));
	buf_char(&b, '\n');
	return username_return_buf(c, out, &b);
}

static bool
username_fn_len(struct username_call *c, struct username_value *out)
{
	*out = (struct username_value){ .kind = USERNAME_INT,
		.number = (int64_t)strlen(c->args[0].string) };
	return true;
}

static bool
username_fn_slice(struct username_call *c, struct username_value *out)
{
	const char *text = c->args[0].string;
	int64_t n = (int64_t)strlen(text), from = 0, to = n;

	if (c->nargs > 3)
		return username_function_error(
		    c, "cannot 3-index slice a string");
	if (c->nargs > 1)
		from = c->args[1].number;
	if (c->nargs > 2)
		to = c->args[2].number;
	if (from < 0 || from > n)
		return username_function_error(
		    c, "index out of range: %lld", (long long)from);
	if (to < 0 || to > n)
		return username_function_error(
		    c, "index out of range: %lld", (long long)to);
	if (from > to)
		return username_function_error(c,
		    "invalid slice index: %lld > %lld", (long long)from,
		    (long long)to);
	return username_return_string(
	    out, arena_strndup(c->arena, text + from, (size_t)(to - from)));
}

static bool
username_is_same_kind(struct username_call *c, int i)
{
	return c->args[0].kind == c->args[i].kind ||
	    username_function_error(c, "incompatible types for comparison");
}

static int
username_compare_values(
    const struct username_value *a, const struct username_value *b)
{
	if (a->kind == USERNAME_STRING)
		return strcmp(a->string, b->string);
	return a->number < b->number ? -1 : a->number > b->number;
}

static bool
username_fn_eq(struct username_call *c, struct username_value *out)
{
	for (int i = 1; i < c->nargs; i++) {
		if (!username_is_same_kind(c, i))
			return false;
		if (username_compare_values(&c->args[0], &c->args[i]) == 0)
			return username_return_bool(out, true);
	}
	return username_return_bool(out, false);
}

static bool
username_fn_ne(struct username_call *c, struct username_value *out)
{
	return username_is_same_kind(c, 1) &&
	    username_return_bool(
		out, username_compare_values(&c->args[0], &c->args[1]) != 0);
}

static bool
username_fn_lt(struct username_call *c, struct username_value *out)
{
	return username_is_same_kind(c, 1) &&
	    username_return_bool(
		out, username_compare_values(&c->args[0], &c->args[1]) < 0);
}

static bool
username_fn_gt(struct username_call *c, struct username_value *out)
{
	return username_is_same_kind(c, 1) &&
	    username_return_bool(
		out, username_compare_values(&c->args[0], &c->args[1]) > 0);
}

static bool
username_fn_le(struct username_call *c, struct username_value *out)
{
	return username_is_same_kind(c, 1) &&
	    username_return_bool(
		out, username_compare_values(&c->args[0], &c->args[1]) <= 0);
}

static bool
username_fn_ge(struct username_call *c, struct username_value *out)
{
	return username_is_same_kind(c, 1) &&
	    username_return_bool(
		out, username_compare_values(&c->args[0], &c->args[1]) >= 0);
}

static bool
username_fn_and(struct username_call *c, struct username_value *out)
{
	int i = 0;

	while (i + 1 < c->nargs && username_is_value_true(&c->args[i]))
		i++;
	*out = c->args[i];
	return true;
}

static bool
username_fn_or(struct username_call *c, struct username_value *out)
{
	int i = 0;

	while (i + 1 < c->nargs && !username_is_value_true(&c->args[i]))
		i++;
	*out = c->args[i];
	return true;
}

static bool
username_fn_not(struct username_call *c, struct username_value *out)
{
	return username_return_bool(out, !username_is_value_true(&c->args[0]));
}

static const struct username_function username_functions[] = {
	{ "random", "i", username_fn_random },
	{ "truncate", "is", username_fn_truncate },
	{ "truncate_sha256", "is", username_fn_truncate_sha256 },
	{ "uppercase", "s", username_fn_uppercase },
	{ "lowercase", "s", username_fn_lowercase },
	{ "replace", "sss", username_fn_replace },
	{ "sha256", "s", username_fn_sha256 },
	{ "base64", "s", username_fn_base64 },
	{ "unix_time", "", username_fn_unix_time },
	{ "unix_time_millis", "", username_fn_unix_time_millis },
	{ "timestamp", "s", username_fn_timestamp },
	{ "uuid", "", username_fn_uuid },
	{ "printf", "sv*", username_fn_printf },
	{ "print", "v*", username_fn_print },
	{ "println", "v*", username_fn_println },
	{ "len", "s", username_fn_len },
	{ "slice", "si*", username_fn_slice },
	{ "eq", "vvv*", username_fn_eq },
	{ "ne", "vv", username_fn_ne },
	{ "lt", "vv", username_fn_lt },
	{ "le", "vv", username_fn_le },
	{ "gt", "vv", username_fn_gt },
	{ "ge", "vv", username_fn_ge },
	{ "and", "vv*", username_fn_and },
	{ "or", "vv*", username_fn_or },
	{ "not", "v", username_fn_not },
};

const struct username_function *
username_function_find(const char *name, size_t n)
{
	for (size_t i = 0;
	     i < sizeof(username_functions) / sizeof(username_functions[0]);
	     i++)
		if (strlen(username_functions[i].name) == n &&
		    memcmp(username_functions[i].name, name, n) == 0)
			return &username_functions[i];
	return NULL;
}
