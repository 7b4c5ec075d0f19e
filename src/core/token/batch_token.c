/*
 * Batch tokens: their entry as a protobuf message, written and read.
 */
#include "core/token/batch_token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"

/* Field numbers of Vault's TokenEntry. */
enum {
	BATCH_PARENT = 3,
	BATCH_POLICIES = 4,
	BATCH_PATH = 5,
	BATCH_META = 6,
	BATCH_DISPLAY_NAME = 7,
	BATCH_CREATION_TIME = 9, /* s since 1970 */
	BATCH_TTL = 10,		 /* ns */
	BATCH_ROLE = 12,
	BATCH_ENTITY_ID = 14,
	BATCH_BOUND_CIDRS = 15,
	BATCH_NAMESPACE_ID = 16,
	BATCH_TYPE = 18,
};

enum {
	WIRE_VARINT = 0,
	WIRE_BYTES = 2,
};

/* ---- writing ---- */

static void
batch_put_varint(struct buf *b, uint64_t n)
{
	while (n >= 0x80) {
		buf_char(b, (char)(n | 0x80));
		n >>= 7;
	}
	buf_char(b, (char)n);
}

static void
batch_put_int(struct buf *b, int field, uint64_t n)
{
	batch_put_varint(b, (uint64_t)field << 3 | WIRE_VARINT);
	batch_put_varint(b, n);
}

static void
batch_put_text(struct buf *b, int field, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n == 0)
		return;
	batch_put_varint(b, (uint64_t)field << 3 | WIRE_BYTES);
	batch_put_varint(b, n);
	buf_add(b, text, n);
}

static void
batch_put_list(struct buf *b, int field, char *const *list)
{
	for (; list && *list; list++)
		batch_put_text(b, field, *list);
}

/* A protobuf map: a message of key and value for each pair. */
static void
batch_put_meta(struct buf *b, const char *meta)
{
	json_t *object = json_loads(meta ? meta : "{}", 0, NULL), *value;
	const char *key;

	json_object_foreach (object, key, value) {
		struct buf pair;

		buf_init(&pair, 0);
		batch_put_text(&pair, 1, key);
		batch_put_text(&pair, 2, json_string_value(value));
		batch_put_varint(b, BATCH_META << 3 | WIRE_BYTES);
		batch_put_varint(b, pair.n);
		buf_add(b, pair.p, pair.n);
		buf_release(&pair);
	}
	json_decref(object);
}

char *
batch_token_encode(struct random *random, const uint8_t key[TOKEN_KEY_LEN],
    const struct token *t)
{
	struct buf entry;
	char *text;

	buf_init(&entry, 0);
	batch_put_text(&entry, BATCH_PARENT, t->parent_id);
	batch_put_list(&entry, BATCH_POLICIES, t->policies.items);
	batch_put_text(&entry, BATCH_PATH, t->path);
	batch_put_meta(&entry, t->meta);
	batch_put_text(&entry, BATCH_DISPLAY_NAME, t->display_name);
	batch_put_int(&entry, BATCH_CREATION_TIME,
	    (uint64_t)(t->created_ns / NSEC_PER_SEC));
	batch_put_int(&entry, BATCH_TTL, (uint64_t)duration_from_s(t->ttl_s));
	batch_put_text(&entry, BATCH_ROLE, t->role);
	batch_put_text(&entry, BATCH_ENTITY_ID, t->entity_id);
	batch_put_list(&entry, BATCH_BOUND_CIDRS, t->bound_cidrs.items);
	batch_put_text(&entry, BATCH_NAMESPACE_ID, "root");
	batch_put_int(&entry, BATCH_TYPE, 2);
	text = token_format_encrypt(random, key, entry.p, entry.n);
	buf_release(&entry);
	return text;
}

/* ---- reading ---- */

struct batch_reader {
	const uint8_t *p, *end;
};

struct batch_field {
	int number;
	uint64_t n;	/* of WIRE_VARINT */
	struct slice s; /* of WIRE_BYTES */
};

static bool
batch_read_varint(struct batch_reader *r, uint64_t *n)
{
	*n = 0;
	for (unsigned shift = 0; r->p < r->end && shift < 64; shift += 7) {
		uint8_t byte = *r->p++;

		*n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* The next field; false at the end or at what is no message. */
static bool
batch_read_field(struct batch_reader *r, struct batch_field *f)
{
	uint64_t tag;

	memset(f, 0, sizeof(*f));
	if (!batch_read_varint(r, &tag) || !batch_read_varint(r, &f->n))
		return false;
	f->number = (int)(tag >> 3 & 0xff);
	if ((tag & 7) == WIRE_VARINT)
		return true;
	if ((tag & 7) != WIRE_BYTES || f->n > (uint64_t)(r->end - r->p))
		return false;
	f->s = (struct slice){ (const char *)r->p, (size_t)f->n };
	r->p += f->n;
	return true;
}

static void
batch_read_text(const char **member, struct slice s)
{
	char *text = xstrndup(s.p, s.n);

	token_set_field(member, text);
	free(text);
}

static void
batch_read_meta(json_t *meta, struct slice s)
{
	struct batch_reader r = { (const uint8_t *)s.p,
		(const uint8_t *)s.p + s.n };
	struct slice key = { "", 0 }, value = { "", 0 };
	struct batch_field f;
	char *name;

	while (batch_read_field(&r, &f))
		*(f.number == 1 ? &key : &value) = f.s;
	name = xstrndup(key.p, key.n);
	json_object_set_new(meta, name, json_stringn(value.p, value.n));
	free(name);
}

/* Sets the member that a field of the entry stands for; others are skipped. */
static void
batch_read_member(struct token *t, json_t *meta, const struct batch_field *f)
{
	switch (f->number) {
	case BATCH_PARENT:
		batch_read_text(&t->parent_id, f->s);
		break;
	case BATCH_POLICIES:
		strs_add_n(&t->policies, f->s.p, f->s.n);
		break;
	case BATCH_PATH:
		batch_read_text(&t->path, f->s);
		break;
	case BATCH_META:
		batch_read_meta(meta, f->s);
		break;
	case BATCH_DISPLAY_NAME:
		batch_read_text(&t->display_name, f->s);
		break;
	case BATCH_CREATION_TIME:
		t->created_ns = (int64_t)f->n * NSEC_PER_SEC;
		break;
	case BATCH_TTL:
		t->ttl_s = (int64_t)f->n / NSEC_PER_SEC;
		break;
	case BATCH_ROLE:
		batch_read_text(&t->role, f->s);
		break;
	case BATCH_ENTITY_ID:
		batch_read_text(&t->entity_id, f->s);
		break;
	case BATCH_BOUND_CIDRS:
		strs_add_n(&t->bound_cidrs, f->s.p, f->s.n);
		break;
	}
}

/* Reads the entry; the times of a batch token are whole seconds. */
static struct token *
batch_read_entry(const char *text, const struct buf *entry)
{
	struct batch_reader r = { (const uint8_t *)entry->p,
		(const uint8_t *)entry->p + entry->n };
	struct token *t = token_draft();
	json_t *meta = json_object();
	struct batch_field f;

	while (batch_read_field(&r, &f))
		batch_read_member(t, meta, &f);
	if (json_object_size(meta))
		t->meta = json_dumps(meta, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(meta);
	token_set_field(&t->id, text);
	token_set_field(&t->client_token, text);
	t->granted_s = t->ttl_s;
	t->issued_ns = t->created_ns;
	t->expires_ns = time_after_s(t->created_ns, t->ttl_s);
	t->is_orphan = *t->parent_id == '\0';
	t->type = TOKEN_BATCH;
	return t;
}

/* Where Go's base64.RawURLEncoding stops, or -1. */
static long
batch_bad_base64(const char *text)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
			    "yz0123456789-_",
			text[n]))
			return (long)n;
	return n % 4 == 1 ? (long)n - 1 : -1;
}

struct token *
batch_token_decode(
    const uint8_t key[TOKEN_KEY_LEN], const char *text, struct error *e)
{
	/* A text behind a second dot would name a namespace. */
	const char *entry_text = strchr(text, '.') + 1;
	char *plain = xstrndup(
	    text, strcspn(entry_text, ".") + (size_t)(entry_text - text));
	long bad = batch_bad_base64(plain + (entry_text - text));
	struct token *t = NULL;
	struct buf entry;

	if (bad >= 0) {
		error_set(e, 400, "illegal base64 data at input byte %ld", bad);
		free(plain);
		return NULL;
	}
	buf_init(&entry, 0);
	if (token_format_decrypt(key, plain, &entry))
		t = batch_read_entry(text, &entry);
	buf_release(&entry);
	free(plain);
	return t;
}
