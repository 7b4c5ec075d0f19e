/*
 * Statements of database roles, as Vault's plugins handle them: a list may be
 * one text with semicolons, a JSON array, or either in base64.
 */
#include "secrets/database/statements.h"

#include <ctype.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

void
db_secret_wipe_free(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

void
db_statements_free(struct db_statements *s)
{
	for (int i = 0; i < s->n; i++)
		db_secret_wipe_free(s->strs[i]);
	free(s->strs);
	*s = (struct db_statements){ 0 };
}

/* ---- values ---- */

struct placeholder {
	const char *name;
	const char *value;
};

static const struct placeholder *
db_statements_find_placeholder(
    const struct placeholder *places, const char *text, size_t *used)
{
	for (; places->name; places++) {
		size_t n = strlen(places->name);

		if (places->value && strncmp(text + 2, places->name, n) == 0 &&
		    starts_with(text + 2 + n, "}}")) {
			*used = n + 4;
			return places;
		}
	}
	return NULL;
}

static void
db_statements_add(struct db_statements *out, const char *text, size_t n,
    const struct placeholder *places)
{
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "");
	for (const char *p = text, *end = text + n; p < end;) {
		size_t used = 0;
		const struct placeholder *at = starts_with(p, "{{")
		    ? db_statements_find_placeholder(places, p, &used)
		    : NULL;
		const char *next;

		if (at) {
			buf_str(&b, at->value);
			p += used;
			continue;
		}
		next = memchr(p + 1, '{', (size_t)(end - p - 1));
		buf_add(&b, p, (size_t)((next ? next : end) - p));
		p = next ? next : end;
	}
	out->strs = xrealloc(
	    out->strs, (size_t)(out->n + 1) * sizeof(*out->strs));
	out->strs[out->n++] = xstrndup(b.p, b.n);
	OPENSSL_cleanse(b.p, b.n);
	buf_release(&b);
}

/* ---- taking apart ---- */

static void
db_statements_add_trimmed(struct db_statements *out, const char *text, size_t n,
    const struct placeholder *places)
{
	while (n && isspace((unsigned char)*text)) {
		text++;
		n--;
	}
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (n)
		db_statements_add(out, text, n, places);
}

static bool
db_statements_add_json_array(struct db_statements *out, const char *text,
    const struct placeholder *places)
{
	json_t *list = json_loads(text, 0, NULL), *one;
	bool all_strings = json_is_array(list);
	size_t i;

	json_array_foreach (list, i, one)
		all_strings = all_strings && json_is_string(one);
	if (all_strings)
		json_array_foreach (list, i, one)
			db_statements_add_trimmed(out, json_string_value(one),
			    json_string_length(one), places);
	json_decref(list);
	return all_strings;
}

static void
db_statements_add_split(struct db_statements *out, const char *text,
    const struct placeholder *places)
{
	if (db_statements_add_json_array(out, text, places))
		return;
	while (*text) {
		size_t n = strcspn(text, ";");

		db_statements_add_trimmed(out, text, n, places);
		text += n + (text[n] == ';');
	}
}

/* Vault: a list may come in base64. */
static void
db_statements_add_decoded(struct db_statements *out, const char *text,
    const struct placeholder *places)
{
	struct buf plain;

	buf_init(&plain, 0);
	if (base64_decode(&plain, text, strlen(text), NULL) && plain.n &&
	    utf8_valid(plain.p, plain.n))
		db_statements_add_split(out, plain.p, places);
	else
		db_statements_add_split(out, text, places);
	buf_release(&plain);
}

/* The word END outside quotes: a block, whose semicolons are its own. */
static bool
db_statements_is_block(const char *text)
{
	char before = ' ';

	for (const char *p = text; *p; before = *p++) {
		if (*p == '"' || *p == '\'') {
			const char *end = strchr(p + 1, *p);

			p = end ? end : p;
		} else if (strncmp(p, "END", 3) == 0 &&
		    !isalnum((unsigned char)before) && before != '_' &&
		    !isalnum((unsigned char)p[3]) && p[3] != '_') {
			return true;
		}
	}
	return false;
}

static void
db_statements_add_creation(const struct db_plugin *p, struct db_statements *out,
    const char *command, struct placeholder *places,
    struct placeholder *statement)
{
	statement->value = command;
	if (p->split == DB_SPLIT_NONE && p->create_format)
		db_statements_add(
		    out, p->create_format, strlen(p->create_format), places);
	else if (p->split == DB_SPLIT_NONE ||
	    (p->split == DB_SPLIT_POSTGRES && db_statements_is_block(command)))
		db_statements_add_trimmed(
		    out, command, strlen(command), places);
	else
		db_statements_add_decoded(out, command, places);
	statement->value = NULL;
}

void
db_statements_render(const struct db_plugin *p, enum db_use use,
    char *const *commands, const struct db_values *values, bool hide,
    struct db_statements *out)
{
	const char *own[] = { p->create, p->renew, p->revoke, p->rotate };
	struct placeholder places[] = {
		{ "name", values->name },
		{ "username", values->name },
		{ "password",
		    hide && values->password ? DB_HIDDEN : values->password },
		{ "expiration", values->expiration },
		{ "public_key", values->public_key },
		{ "statement", NULL },
		{ NULL, NULL },
	};

	*out = (struct db_statements){ 0 };
	if (!commands || !commands[0]) {
		if (own[use])
			db_statements_add_split(out, own[use], places);
		return;
	}
	for (; *commands; commands++)
		if (use == DB_USE_CREATE)
			db_statements_add_creation(
			    p, out, *commands, places, &places[5]);
		else if (p->split == DB_SPLIT_NONE)
			db_statements_add_trimmed(
			    out, *commands, strlen(*commands), places);
		else
			db_statements_add_decoded(out, *commands, places);
}
