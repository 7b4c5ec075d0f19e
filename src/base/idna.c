/*
 * Punycode (RFC 3492), label by label.
 */
#include "base/idna.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/go_text.h"
#include "base/text.h"

#define IDNA_LABEL_MAX 63
#define IDNA_NAME_MAX 253

/* RFC 3492, 5. */
enum {
	PUNY_BASE = 36,
	PUNY_TMIN = 1,
	PUNY_TMAX = 26,
	PUNY_SKEW = 38,
	PUNY_DAMP = 700,
	PUNY_BIAS = 72,
	PUNY_FIRST = 128,
};

static bool
idna_is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] >= PUNY_FIRST)
			return false;
	return true;
}

static uint32_t
puny_adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta /= first ? PUNY_DAMP : 2;
	delta += delta / points;
	for (; delta > (PUNY_BASE - PUNY_TMIN) * PUNY_TMAX / 2; k += PUNY_BASE)
		delta /= PUNY_BASE - PUNY_TMIN;
	return k + (PUNY_BASE - PUNY_TMIN + 1) * delta / (delta + PUNY_SKEW);
}

/* A number in digits whose weights grow with the bias. */
static void
puny_put_number(struct buf *out, uint32_t number, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (uint32_t k = PUNY_BASE;; k += PUNY_BASE) {
		uint32_t t = k <= bias	    ? PUNY_TMIN
		    : k >= bias + PUNY_TMAX ? PUNY_TMAX
					    : k - bias;

		if (number < t)
			break;
		buf_char(out, digits[t + (number - t) % (PUNY_BASE - t)]);
		number = (number - t) / (PUNY_BASE - t);
	}
	buf_char(out, digits[number]);
}

/* The points of a label, malloc'ed; what is no UTF-8 is the point that stands
 * for it. */
static uint32_t *
puny_read_points(const char *s, size_t n, uint32_t *count)
{
	uint32_t *points = xmalloc((n + 1) * sizeof(*points));

	for (*count = 0; n;) {
		uint32_t point = 0xfffd;
		size_t used = utf8_next(s, n, &point);

		if (used == 0) {
			point = 0xfffd;
			used = 1;
		}
		points[(*count)++] = point;
		s += used;
		n -= used;
	}
	return points;
}

static uint32_t
puny_least_from(const uint32_t *points, uint32_t count, uint32_t from)
{
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < count; i++)
		if (points[i] >= from && points[i] < least)
			least = points[i];
	return least;
}

/* RFC 3492, 6.3. A label of more than 63 points is refused by its length, so
 * the numbers stay small. */
static void
puny_encode(struct buf *out, const uint32_t *points, uint32_t count)
{
	uint32_t basic = 0, done, at = PUNY_FIRST, delta = 0, bias = PUNY_BIAS;

	for (uint32_t i = 0; i < count; i++)
		if (points[i] < PUNY_FIRST) {
			buf_char(out, (char)points[i]);
			basic++;
		}
	if (basic)
		buf_char(out, '-');
	for (done = basic; done < count; delta++, at++) {
		uint32_t next = puny_least_from(points, count, at);

		delta += (next - at) * (done + 1);
		at = next;
		for (uint32_t i = 0; i < count; i++) {
			delta += points[i] < at;
			if (points[i] != at)
				continue;
			puny_put_number(out, delta, bias);
			bias = puny_adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
}

static void
idna_add_label(struct buf *out, const char *label, size_t n)
{
	uint32_t *points, count;

	if (idna_is_ascii(label, n) || n > 4 * IDNA_LABEL_MAX) {
		buf_add(out, label, n);
		return;
	}
	points = puny_read_points(label, n, &count);
	buf_str(out, "xn--");
	puny_encode(out, points, count);
	free(points);
}

static const char *
idna_refuse(struct arena *a, const char **why, const char *label)
{
	*why = arena_printf(a, "idna: invalid label %s", go_quoted(a, label));
	return NULL;
}

const char *
idna_to_ascii(struct arena *a, const char *name, const char **why)
{
	const char *label = name, *out, *refused = NULL;
	struct buf text;

	buf_init(&text, 0);
	for (size_t n; *label; label += n + (label[n] == '.')) {
		size_t before = text.n;

		n = strcspn(label, ".");
		if (n == 0)
			refused = name;
		idna_add_label(&text, label, n);
		if (!refused && text.n - before > IDNA_LABEL_MAX)
			refused = arena_strndup(
			    a, text.p + before, text.n - before);
		if (label[n] == '.')
			buf_char(&text, '.');
	}
	out = arena_strndup(a, text.p ? text.p : "", text.n);
	buf_release(&text);
	if (!refused &&
	    (*out == '\0' ||
		strlen(out) > (size_t)IDNA_NAME_MAX + ends_with(out, ".")))
		refused = out;
	return refused ? idna_refuse(a, why, refused) : out;
}
