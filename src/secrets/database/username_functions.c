/*
 * The functions that name templates may call: Vault's own, and Go's that deal
 * with texts and truth.
 */
#include "secrets/database/username_functions.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/text.h"

static bool
refuse(struct name_call *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse(struct name_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool
give(struct name_value *out, const char *text)
{
	*out = (struct name_value){ .kind = NAME_STRING, .text = text };
	return true;
}

static bool
give_bool(struct name_value *out, bool value)
{
	*out = (struct name_value){ .kind = NAME_BOOL, .number = value };
	return true;
}

const char *
name_kind_text(enum name_kind kind)
{
	static const char *const names[] = { "string", "int", "bool" };

	return names[kind];
}

const char *
name_value_text(struct arena *a, const struct name_value *v)
{
	if (v->kind == NAME_STRING)
		return v->text;
	if (v->kind == NAME_BOOL)
		return v->number ? "true" : "false";
	return arena_printf(a, "%lld", (long long)v->number);
}

bool
name_value_true(const struct name_value *v)
{
	return v->kind == NAME_STRING ? *v->text != '\0' : v->number != 0;
}

/* The text of a finished buffer, in the arena; what was too long is refused. */
static bool
give_buf(struct name_call *c, struct name_value *out, struct buf *b)
{
	bool ok = !b->over;

	if (ok)
		give(out, arena_strndup(c->arena, b->p ? b->p : "", b->n));
	buf_release(b);
	return ok || refuse(c, "name too long");
}

/* ---- Vault's ---- */

static bool
random_text(struct name_call *c, struct name_value *out)
{
	int64_t n = c->args[0].number;
	char *text;

	if (n < 0 || n > (int64_t)NAME_MAX_BYTES)
		return refuse(c, "length out of range");
	text = arena_alloc(c->arena, (size_t)n + 1);
	rng_base62(c->data->rng, text, (size_t)n);
	return give(out, text);
}

static bool
truncate_text(struct name_call *c, struct name_value *out)
{
	int64_t max = c->args[0].number;
	const char *text = c->args[1].text;

	if (max <= 0)
		return refuse(c, "max length must be > 0 but was %lld",
		    (long long)max);
	if ((int64_t)strlen(text) > max)
		text = arena_strndup(c->arena, text, (size_t)max);
	return give(out, text);
}

static char *
sha256_hex(struct arena *a, const char *text)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char *hex = arena_alloc(a, 2 * sizeof(digest) + 1);

	SHA256((const unsigned char *)text, strlen(text), digest);
	hex_encode(digest, sizeof(digest), hex);
	return hex;
}

static bool
truncate_sha256(struct name_call *c, struct name_value *out)
{
	int64_t max = c->args[0].number;
	const char *text = c->args[1].text;

	if (max <= 8)
		return refuse(c, "max length must be > 8 but was %lld",
		    (long long)max);
	if ((int64_t)strlen(text) > max)
		text = arena_printf(c->arena, "%.*s%.8s", (int)(max - 8),
		    text, sha256_hex(c->arena, text + max - 8));
	return give(out, text);
}

static bool
uppercase(struct name_call *c, struct name_value *out)
{
	char *text = arena_strdup(c->arena, c->args[0].text);

	for (char *p = text; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return give(out, text);
}

static bool
lowercase(struct name_call *c, struct name_value *out)
{
	char *text = arena_strdup(c->arena, c->args[0].text);

	lower_ascii(text);
	return give(out, text);
}

static bool
replace(struct name_call *c, struct name_value *out)
{
	const char *find = c->args[0].text, *with = c->args[1].text;
	const char *text = c->args[2].text;
	size_t skip = strlen(find);
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
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
	return give_buf(c, out, &b);
}

static bool
sha256(struct name_call *c, struct name_value *out)
{
	return give(out, sha256_hex(c->arena, c->args[0].text));
}

static bool
base64(struct name_call *c, struct name_value *out)
{
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
	base64_encode(&b, c->args[0].text, strlen(c->args[0].text));
	return give_buf(c, out, &b);
}

static bool
unix_time(struct name_call *c, struct name_value *out)
{
	return give(out, arena_printf(c->arena, "%lld",
			     (long long)(c->data->now / NSEC)));
}

static bool
unix_time_millis(struct name_call *c, struct name_value *out)
{
	return give(out, arena_printf(c->arena, "%lld",
			     (long long)(c->data->now / 1000000)));
}

/* Go's reference instant, piece by piece; the longest that fits comes first. */
static const struct {
	const char *go, *posix;
} layout[] = {
	{ "January", "%B" }, { "Jan", "%b" }, { "Monday", "%A" },
	{ "Mon", "%a" }, { "MST", "UTC" }, { "2006", "%Y" },
	{ "Z07:00", "Z" }, { "Z0700", "Z" }, { "-07:00", "+00:00" },
	{ "-0700", "+0000" }, { "-07", "+00" }, { "002", "%j" },
	{ "01", "%m" }, { "02", "%d" }, { "03", "%I" }, { "04", "%M" },
	{ "05", "%S" }, { "06", "%y" }, { "15", "%H" }, { "PM", "%p" },
	{ "pm", "%P" }, { "_2", "%e" }, { "1", "%-m" }, { "2", "%-d" },
	{ "3", "%-I" }, { "4", "%-M" }, { "5", "%-S" },
};

/* ".000": as many digits of the second's fraction. */
static size_t
put_fraction(struct buf *b, const char *text, int64_t now)
{
	size_t digits = strspn(text + 1, "0");
	char all[24];

	if (digits == 0 || digits > 9 || isdigit((unsigned char)
		text[1 + digits]))
		return 0;
	snprintf(all, sizeof(all), "%09lld", (long long)(now % NSEC));
	buf_char(b, *text);
	buf_add(b, all, digits);
	return digits + 1;
}

static size_t
put_piece(struct buf *b, const char *text, const struct tm *tm, int64_t now)
{
	size_t used = *text == '.' || *text == ','
	    ? put_fraction(b, text, now) : 0;

	for (size_t i = 0; !used && i < sizeof(layout) / sizeof(layout[0]);
	     i++) {
		char piece[40];

		if (!starts_with(text, layout[i].go))
			continue;
		used = strlen(layout[i].go);
		strftime(piece, sizeof(piece), layout[i].posix, tm);
		buf_str(b, piece);
	}
	if (used)
		return used;
	buf_char(b, *text);
	return 1;
}

static bool
timestamp(struct name_call *c, struct name_value *out)
{
	time_t seconds = (time_t)(c->data->now / NSEC);
	struct tm tm;
	struct buf b;

	gmtime_r(&seconds, &tm);
	buf_init(&b, NAME_MAX_BYTES);
	for (const char *p = c->args[0].text; *p;)
		p += put_piece(&b, p, &tm, c->data->now);
	return give_buf(c, out, &b);
}

static bool
uuid(struct name_call *c, struct name_value *out)
{
	char *text = arena_alloc(c->arena, UUID_LEN + 1);

	rng_uuid(c->data->rng, text);
	return give(out, text);
}

/* ---- Go's ---- */

struct verb {
	char flags[8];
	int width, precision; /* -1: not given */
	char letter;
};

static const char *
read_verb(const char *p, struct verb *v)
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
put_padded(struct buf *b, const struct verb *v, const char *text)
{
	int n = (int)strlen(text);
	bool left = strchr(v->flags, '-') != NULL;
	int pad = v->width > n && v->width <= (int)NAME_MAX_BYTES
	    ? v->width - n : 0;
	char with = !left && strchr(v->flags, '0') ? '0' : ' ';

	for (int i = 0; !left && i < pad; i++)
		buf_char(b, with);
	buf_str(b, text);
	for (int i = 0; left && i < pad; i++)
		buf_char(b, ' ');
}

static const char *
hex_text(struct arena *a, const struct name_value *v, bool upper)
{
	size_t n = v->kind == NAME_STRING ? strlen(v->text) : 0;
	char *hex = arena_alloc(a, 2 * n + 24);

	if (v->kind == NAME_STRING)
		hex_encode(v->text, n, hex);
	else
		snprintf(hex, 24, "%llx", (unsigned long long)v->number);
	for (char *p = hex; upper && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return hex;
}

/* NULL: the verb does not fit the value. */
static const char *
verb_text(struct arena *a, const struct verb *v, const struct name_value *x)
{
	const char *text;

	switch (v->letter) {
	case 's':
	case 'v':
		if (v->letter == 's' && x->kind != NAME_STRING)
			return NULL;
		text = name_value_text(a, x);
		if (x->kind == NAME_STRING && v->precision >= 0 &&
		    (int)strlen(text) > v->precision)
			text = arena_strndup(a, text, (size_t)v->precision);
		return text;
	case 'd':
		return x->kind == NAME_INT ? name_value_text(a, x) : NULL;
	case 't':
		return x->kind == NAME_BOOL ? name_value_text(a, x) : NULL;
	case 'q':
		return x->kind == NAME_STRING
		    ? arena_printf(a, "\"%s\"", x->text) : NULL;
	case 'x':
	case 'X':
		return x->kind == NAME_BOOL ? NULL
					    : hex_text(a, x, v->letter == 'X');
	default:
		return NULL;
	}
}

static void
put_verb(struct name_call *c, struct buf *b, const struct verb *v, int *next)
{
	const struct name_value *x;
	const char *text;

	if (v->letter == '%') {
		buf_char(b, '%');
		return;
	}
	if (!v->letter) {
		buf_str(b, "%!(NOVERB)");
		return;
	}
	if (*next >= c->n) {
		buf_printf(b, "%%!%c(MISSING)", v->letter);
		return;
	}
	x = &c->args[(*next)++];
	text = verb_text(c->arena, v, x);
	if (text)
		put_padded(b, v, text);
	else
		buf_printf(b, "%%!%c(%s=%s)", v->letter,
		    name_kind_text(x->kind), name_value_text(c->arena, x));
}

static bool
print_formatted(struct name_call *c, struct name_value *out)
{
	const char *p = c->args[0].text;
	struct buf b;
	int next = 1;

	buf_init(&b, NAME_MAX_BYTES);
	while (*p) {
		struct verb v;

		if (*p != '%') {
			buf_char(&b, *p++);
			continue;
		}
		p = read_verb(p + 1, &v);
		put_verb(c, &b, &v, &next);
	}
	if (next < c->n) {
		buf_str(&b, "%!(EXTRA ");
		for (int i = next; i < c->n; i++)
			buf_printf(&b, "%s%s=%s", i > next ? ", " : "",
			    name_kind_text(c->args[i].kind),
			    name_value_text(c->arena, &c->args[i]));
		buf_char(&b, ')');
	}
	return give_buf(c, out, &b);
}

/* Go's Sprint: a space between two operands that are both no strings. */
static bool
print_plain(struct name_call *c, struct name_value *out)
{
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
	for (int i = 0; i < c->n; i++) {
		if (i > 0 && c->args[i].kind != NAME_STRING &&
		    c->args[i - 1].kind != NAME_STRING)
			buf_char(&b, ' ');
		buf_str(&b, name_value_text(c->arena, &c->args[i]));
	}
	return give_buf(c, out, &b);
}

static bool
print_line(struct name_call *c, struct name_value *out)
{
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
	for (int i = 0; i < c->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "",
		    name_value_text(c->arena, &c->args[i]));
	buf_char(&b, '\n');
	return give_buf(c, out, &b);
}

static bool
length(struct name_call *c, struct name_value *out)
{
	*out = (struct name_value){ .kind = NAME_INT,
		.number = (int64_t)strlen(c->args[0].text) };
	return true;
}

static bool
slice(struct name_call *c, struct name_value *out)
{
	const char *text = c->args[0].text;
	int64_t n = (int64_t)strlen(text), from = 0, to = n;

	if (c->n > 3)
		return refuse(c, "cannot 3-index slice a string");
	if (c->n > 1)
		from = c->args[1].number;
	if (c->n > 2)
		to = c->args[2].number;
	if (from < 0 || from > n)
		return refuse(c, "index out of range: %lld", (long long)from);
	if (to < 0 || to > n)
		return refuse(c, "index out of range: %lld", (long long)to);
	if (from > to)
		return refuse(c, "invalid slice index: %lld > %lld",
		    (long long)from, (long long)to);
	return give(out, arena_strndup(c->arena, text + from,
			     (size_t)(to - from)));
}

static bool
both_kinds(struct name_call *c, int i)
{
	return c->args[0].kind == c->args[i].kind ||
	    refuse(c, "incompatible types for comparison");
}

static int
order(const struct name_value *a, const struct name_value *b)
{
	if (a->kind == NAME_STRING)
		return strcmp(a->text, b->text);
	return a->number < b->number ? -1 : a->number > b->number;
}

static bool
equal(struct name_call *c, struct name_value *out)
{
	for (int i = 1; i < c->n; i++) {
		if (!both_kinds(c, i))
			return false;
		if (order(&c->args[0], &c->args[i]) == 0)
			return give_bool(out, true);
	}
	return give_bool(out, false);
}

static bool
unequal(struct name_call *c, struct name_value *out)
{
	return both_kinds(c, 1) &&
	    give_bool(out, order(&c->args[0], &c->args[1]) != 0);
}

static bool
less(struct name_call *c, struct name_value *out)
{
	return both_kinds(c, 1) &&
	    give_bool(out, order(&c->args[0], &c->args[1]) < 0);
}

static bool
greater(struct name_call *c, struct name_value *out)
{
	return both_kinds(c, 1) &&
	    give_bool(out, order(&c->args[0], &c->args[1]) > 0);
}

static bool
less_or_equal(struct name_call *c, struct name_value *out)
{
	return both_kinds(c, 1) &&
	    give_bool(out, order(&c->args[0], &c->args[1]) <= 0);
}

static bool
greater_or_equal(struct name_call *c, struct name_value *out)
{
	return both_kinds(c, 1) &&
	    give_bool(out, order(&c->args[0], &c->args[1]) >= 0);
}

static bool
and(struct name_call *c, struct name_value *out)
{
	int i = 0;

	while (i + 1 < c->n && name_value_true(&c->args[i]))
		i++;
	*out = c->args[i];
	return true;
}

static bool
or(struct name_call *c, struct name_value *out)
{
	int i = 0;

	while (i + 1 < c->n && !name_value_true(&c->args[i]))
		i++;
	*out = c->args[i];
	return true;
}

static bool
not(struct name_call *c, struct name_value *out)
{
	return give_bool(out, !name_value_true(&c->args[0]));
}

static const struct name_function functions[] = {
	{ "random", "i", random_text },
	{ "truncate", "is", truncate_text },
	{ "truncate_sha256", "is", truncate_sha256 },
	{ "uppercase", "s", uppercase },
	{ "lowercase", "s", lowercase },
	{ "replace", "sss", replace },
	{ "sha256", "s", sha256 },
	{ "base64", "s", base64 },
	{ "unix_time", "", unix_time },
	{ "unix_time_millis", "", unix_time_millis },
	{ "timestamp", "s", timestamp },
	{ "uuid", "", uuid },
	{ "printf", "sv*", print_formatted },
	{ "print", "v*", print_plain },
	{ "println", "v*", print_line },
	{ "len", "s", length },
	{ "slice", "si*", slice },
	{ "eq", "vvv*", equal },
	{ "ne", "vv", unequal },
	{ "lt", "vv", less },
	{ "le", "vv", less_or_equal },
	{ "gt", "vv", greater },
	{ "ge", "vv", greater_or_equal },
	{ "and", "vv*", and },
	{ "or", "vv*", or },
	{ "not", "v", not },
};

const struct name_function *
name_function_find(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strlen(functions[i].name) == n &&
		    memcmp(functions[i].name, name, n) == 0)
			return &functions[i];
	return NULL;
}
