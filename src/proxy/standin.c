/*
 * A map from secrets to their stand-ins, and where they are put.
 */
#include "proxy/standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/map.h"
#include "base/mem.h"
#include "proxy/shape.h"

/* A shorter text is replaced only where it stands for a secret: it may occur
 * elsewhere by accident. */
#define STANDIN_KNOWN_MIN 8

struct standins {
	struct map *made;
	struct random *random;
	long count[SECRET_VALUE + 1];
};

struct standins *
standins_new(struct random *random)
{
	struct standins *s = xcalloc(1, sizeof(*s));

	s->made = map_new();
	s->random = random;
	return s;
}

void
standins_free(struct standins *s)
{
	if (!s)
		return;
	map_free(s->made, free);
	free(s);
}

/* The path that it was issued at stays: clients revoke by prefix. */
static char *
standin_make_lease(const char *secret, long nth)
{
	const char *slash = strrchr(secret, '/');

	return xasprintf("%.*sstandinlease%011ld",
	    slash ? (int)(slash - secret) + 1 : 0, secret, nth);
}

static char *
standin_make_value(struct standins *s, const char *secret)
{
	struct buf out;
	char *text;

	buf_init(&out, SIZE_MAX / 2);
	shape_text(&out, s->random, secret, strlen(secret));
	text = xstrdup(out.p ? out.p : "");
	buf_release(&out);
	return text;
}

static char *
standin_make(struct standins *s, enum secret_kind kind, const char *secret)
{
	long nth = ++s->count[kind];

	switch (kind) {
	case SECRET_TOKEN:
		return xasprintf("hvs.standintoken%012ld", nth);
	case SECRET_ACCESSOR:
		return xasprintf("standinaccessor%09ld", nth);
	case SECRET_ID:
		return xasprintf("57a9d109-0000-4000-8000-%012ld", nth);
	case SECRET_LEASE:
		return standin_make_lease(secret, nth);
	case SECRET_NONE:
	case SECRET_VALUE:
		break;
	}
	return standin_make_value(s, secret);
}

const char *
standin_for(struct standins *s, enum secret_kind kind, const char *secret)
{
	char *text = map_get(s->made, secret);

	if (!text) {
		text = standin_make(s, kind, secret);
		map_put(s->made, secret, text);
	}
	return text;
}

const char *
standin_known(const struct standins *s, const char *text)
{
	return strlen(text) >= STANDIN_KNOWN_MIN ? map_get(s->made, text)
						 : NULL;
}

/* ---- bodies ---- */

struct standin_body {
	struct standins *standins;
	const struct secret_context *context;
};

static void
standin_put_string(struct standin_body *b, enum secret_kind kind,
    struct slice raw, struct buf *out)
{
	json_t *tree = json_loadb(
	    raw.p, raw.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	const char *text = json_string_value(tree), *standin = NULL;

	if (text && kind != SECRET_NONE)
		standin = standin_for(b->standins, kind, text);
	else if (text)
		standin = standin_known(b->standins, text);
	if (standin)
		jsontext_quote_str(out, standin);
	else if (kind != SECRET_NONE) /* no text that can be read */
		buf_str(out, "\"\"");
	else
		buf_slice(out, raw);
	json_decref(tree);
}

static void
standin_put_scalar(void *arg, const struct json_place *place, struct slice raw,
    struct buf *out)
{
	struct standin_body *b = arg;
	enum secret_kind kind = secret_kind_of(b->context, place, raw);
	char *number;

	if (raw.p[0] == '"') {
		standin_put_string(b, kind, raw, out);
	} else if (kind == SECRET_NONE) {
		buf_slice(out, raw);
	} else {
		number = xstrndup(raw.p, raw.n);
		buf_str(out,
		    strpbrk(number, "eE")
			? "1"
			: standin_for(b->standins, kind, number));
		free(number);
	}
}

void
standins_put_body(struct standins *s, const struct secret_context *c,
    struct slice body, struct buf *out)
{
	struct standin_body b = { s, c };
	size_t before = out->n;

	if (json_rewrite(body.p, body.n, standin_put_scalar, &b, out))
		return;
	out->n = before;
	buf_slice(out, body);
}

/* ---- paths ---- */

void
standins_put_path(struct standins *s, const char *path, struct buf *out)
{
	for (;;) {
		const char *whole = standin_known(s, path), *standin;
		size_t n = strcspn(path, "/");
		char *segment;

		if (whole) { /* a lease's id to the end */
			buf_str(out, whole);
			return;
		}
		segment = xstrndup(path, n);
		standin = standin_known(s, segment);
		buf_str(out, standin ? standin : segment);
		free(segment);
		if (!path[n])
			return;
		buf_char(out, '/');
		path += n + 1;
	}
}
