/*
 * Vault 1.19's limits of custom_metadata, the same for keys of KV version 2 and
 * for aliases of entities.
 */
#include "api/custom_metadata.h"

#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/go_text.h"
#include "base/text.h"

#define CUSTOM_KEYS_MAX 64
#define CUSTOM_KEY_MAX 128
#define CUSTOM_VALUE_MAX 512
#define CUSTOM "custom_metadata validation failed: "

struct custom_metadata_problems {
	struct buf text;
	int n;
};

/* Takes over the text. */
static void
custom_metadata_add_problem(struct custom_metadata_problems *p, char *text)
{
	buf_str(&p->text, "\t* " CUSTOM);
	buf_str(&p->text, text);
	buf_char(&p->text, '\n');
	free(text);
	p->n++;
}

static bool
custom_metadata_is_printable(const char *s)
{
	size_t n = strlen(s);

	while (n > 0) {
		uint32_t code;
		size_t len = utf8_next(s, n, &code);

		if (!go_is_print(code))
			return false;
		s += len;
		n -= len;
	}
	return true;
}

static void
custom_metadata_check_pair(struct arena *a, struct custom_metadata_problems *p,
    const char *key, const char *value)
{
	size_t kn = strlen(key), vn = strlen(value);
	const char *quoted = go_quoted(a, key);

	if (kn == 0 || kn > CUSTOM_KEY_MAX)
		custom_metadata_add_problem(p,
		    xasprintf("length of key %s is %zu but must be 0 < "
			      "len(key) <= 128",
			quoted, kn));
	if (vn == 0 || vn > CUSTOM_VALUE_MAX)
		custom_metadata_add_problem(p,
		    xasprintf("length of value for key %s is %zu but must "
			      "be 0 < len(value) <= 512",
			quoted, vn));
	if (!custom_metadata_is_printable(key))
		custom_metadata_add_problem(p,
		    xasprintf("key %s (%s) contains unprintable characters",
			quoted, key));
	if (!custom_metadata_is_printable(value))
		custom_metadata_add_problem(p,
		    xasprintf(
			"value for key %s contains unprintable characters",
			quoted));
}

const char *
custom_metadata_value_str(struct request *req, struct slice v)
{
	switch (jsontext_kind(v)) {
	case '"':
		return jsontext_string(req->arena, v, NULL);
	case '0':
		return arena_strndup(req->arena, v.p, v.n);
	case 't':
		return "1";
	case 'f':
		return "0";
	case 'n':
		return "";
	}
	return NULL;
}

/* Refuses when there are problems; releases their text. */
static bool
custom_metadata_has_no_problems(
    struct request *req, int status, struct custom_metadata_problems *p)
{
	if (p->n)
		(void)fail(req, status, "%d error%s occurred:\n%s\n", p->n,
		    p->n == 1 ? "" : "s", p->text.p);
	buf_release(&p->text);
	return p->n == 0;
}

bool
custom_metadata_check(
    struct request *req, int status, struct slice object, bool patch)
{
	struct jsontext_member *m;
	struct custom_metadata_problems p = { .n = 0 };
	size_t n = jsontext_members(req->arena, object, &m);

	buf_init(&p.text, 0);
	if (n > CUSTOM_KEYS_MAX) {
		custom_metadata_add_problem(&p,
		    xasprintf("payload must contain at most 64 keys, provided "
			      "%zu",
			n));
		return custom_metadata_has_no_problems(req, status, &p);
	}
	for (size_t i = 0; i < n; i++) {
		const char *text = custom_metadata_value_str(req, m[i].value);

		if (!text) {
			buf_release(&p.text);
			return refuse(req, 400,
			    CUSTOM "'' expected type 'string', got "
				   "unconvertible type '%s', value: '%s'",
			    jsontext_go_type(m[i].value),
			    jsontext_go_print(req->arena, m[i].value));
		}
		if (!patch || jsontext_kind(m[i].value) != 'n')
			custom_metadata_check_pair(
			    req->arena, &p, m[i].key, text);
	}
	return custom_metadata_has_no_problems(req, status, &p);
}
