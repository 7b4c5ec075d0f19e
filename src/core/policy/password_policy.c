/*
 * Rules of passwords: their table, their reading with Vault 1.19's refusals,
 * and the search for a password that keeps them. Candidates are drawn from all
 * allowed characters and thrown away until one fits, as Vault does.
 */
#include "core/policy/password_policy.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/hcl/hcl.h"

/* Vault: a byte picks the character, so no more than these can be told apart.
 */
#define CHARS_MAX 256
/* Keeps sums of what people write within bounds. */
#define NUMBER_MAX 1000000000

enum { GET, PUT, DELETE, NAMES, STATEMENTS };

static const char *const migrations[] = {
	"CREATE TABLE password_policy (name TEXT PRIMARY KEY, "
	"policy TEXT NOT NULL) WITHOUT ROWID;", /* as written */
	NULL,
};

static const struct store_statement statements[STATEMENTS] = {
	[GET] = { "SELECT policy FROM password_policy WHERE name = ?", "s",
	    NULL },
	[PUT] = { "INSERT OR REPLACE INTO password_policy (name, policy) "
		  "VALUES (?, ?)",
	    "ss", NULL },
	[DELETE] = { "DELETE FROM password_policy WHERE name = ?", "s", NULL },
	[NAMES] = { "SELECT name FROM password_policy ORDER BY name", "",
	    NULL },
};

const struct store_part password_policy_store = { "password_policy", migrations,
	statements, STATEMENTS, NULL };

/* ---- reading ---- */

struct password_policy_reader {
	struct arena *arena;
	struct password_rule *rules;
	int n, room;
	struct error *error;
};

#define DECODE "1 error(s) decoding:\n\n* "

static const char *
password_policy_hcl_type_name(const struct hcl_value *v)
{
	static const char *const names[] = {
		[HCL_OBJECT] = "[]map[string]interface {}",
		[HCL_LIST] = "[]interface {}",
		[HCL_STRING] = "string",
		[HCL_NUMBER] = "int",
		[HCL_BOOL] = "bool",
	};

	return names[v->kind];
}

/* A whole number of the policy; nothing in *out when the key is absent. */
static bool
password_policy_read_number(const struct hcl_value *object, const char *key,
    const char *context, int64_t *out, struct error *e)
{
	const struct hcl_item *item = hcl_find(object, key);
	long long n;

	if (!item)
		return true;
	if (item->value->kind != HCL_NUMBER)
		return error_set(e, 400,
		    "%s: " DECODE "'%s' expected type 'int', got unconvertible"
		    " type '%s', value: '%s'",
		    context, key, password_policy_hcl_type_name(item->value),
		    item->value->text ? item->value->text : "");
	n = strtoll(item->value->text, NULL, 0);
	*out = n > NUMBER_MAX ? NUMBER_MAX : n < -NUMBER_MAX ? -NUMBER_MAX : n;
	return true;
}

#define RULE_CONTEXT                                                      \
	"unable to parse rules: unable to parse rule charset: failed to " \
	"parse charset restriction"

static bool
password_policy_read_chars(struct password_policy_reader *r,
    struct password_rule *rule, const char *text)
{
	size_t n = strlen(text);
	uint32_t *chars = arena_alloc(r->arena, (n + 1) * sizeof(*chars));

	if (!utf8_valid(text, n))
		return error_set(r->error, 400,
		    RULE_CONTEXT ": " DECODE "error decoding 'charset': "
				 "invalid UTF8 string");
	rule->chars = chars;
	for (size_t i = 0; i < n; rule->nchars++)
		i += utf8_next(text + i, n - i, &chars[rule->nchars]);
	return true;
}

static struct password_rule *
password_policy_new_rule(struct password_policy_reader *r)
{
	if (r->n == r->room) {
		struct password_rule *more;

		r->room = r->room ? r->room * 2 : 8;
		more = arena_zalloc(r->arena, (size_t)r->room * sizeof(*more));
		if (r->n)
			memcpy(more, r->rules, (size_t)r->n * sizeof(*more));
		r->rules = more;
	}
	return &r->rules[r->n++];
}

static bool
password_policy_read_rule(struct password_policy_reader *r, const char *type,
    const struct hcl_value *body)
{
	const struct hcl_item *chars;
	struct password_rule *rule;

	if (body->kind == HCL_LIST && body->n > 0)
		body = &body->elements[0];
	if (body->kind != HCL_OBJECT)
		return error_set(r->error, 400,
		    "unable to parse rules: unable to get rule info: rule info "
		    "cannot be empty");
	if (strcmp(type, "charset") != 0)
		return error_set(r->error, 400,
		    "unable to parse rules: unable to parse rule %.100s: "
		    "unrecognized rule type %.100s",
		    type, type);
	rule = password_policy_new_rule(r);
	chars = hcl_find(body, "charset");
	if (chars && chars->value->kind != HCL_STRING)
		return error_set(r->error, 400,
		    RULE_CONTEXT ": " DECODE "'charset': source data must be "
				 "an array or slice, got %s",
		    password_policy_hcl_type_name(chars->value));
	return (!chars ||
		   password_policy_read_chars(r, rule, chars->value->text)) &&
	    password_policy_read_number(
		body, "min-chars", RULE_CONTEXT, &rule->min_chars, r->error);
}

/* A block has its type as label, JSON as the key of an object. */
static bool
password_policy_read_unlabelled(
    struct password_policy_reader *r, const struct hcl_value *v)
{
	if (v->kind != HCL_OBJECT)
		return error_set(r->error, 400,
		    "unable to retrieve rules: " DECODE "'[0]' expected a map, "
		    "got '%s'",
		    password_policy_hcl_type_name(v));
	if (v->n == 0)
		return error_set(r->error, 400,
		    "unable to parse rules: unable to get rule info: rule is "
		    "empty");
	return password_policy_read_rule(r, v->items[0].key, v->items[0].value);
}

static bool
password_policy_read_rules(
    struct password_policy_reader *r, const struct hcl_value *root)
{
	for (int i = 0; i < root->n; i++) {
		const struct hcl_item *item = &root->items[i];
		const struct hcl_value *v = item->value;

		if (strcmp(item->key, "rule") != 0)
			continue;
		if (item->label) {
			if (!password_policy_read_rule(r, item->label, v))
				return false;
		} else if (v->kind == HCL_LIST) {
			for (int j = 0; j < v->n; j++)
				if (!password_policy_read_unlabelled(
					r, &v->elements[j]))
					return false;
		} else if (!password_policy_read_unlabelled(r, v)) {
			return false;
		}
	}
	return true;
}

/* ---- checks ---- */

static int
password_compare_chars(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
password_policy_collect_chars(struct arena *a, struct password_policy *p)
{
	size_t total = 0, n = 0;
	uint32_t *all;

	for (int i = 0; i < p->nrules; i++)
		total += (size_t)p->rules[i].nchars;
	all = arena_alloc(a, (total + 1) * sizeof(*all));
	total = 0;
	for (int i = 0; i < p->nrules; i++)
		for (int j = 0; j < p->rules[i].nchars; j++)
			all[total++] = p->rules[i].chars[j];
	qsort(all, total, sizeof(*all), password_compare_chars);
	for (size_t i = 0; i < total; i++)
		if (n == 0 || all[n - 1] != all[i])
			all[n++] = all[i];
	p->chars = all;
	p->nchars = (int)n;
}

/* Go's unicode.IsPrint, but for what Unicode has not assigned. */
static bool
password_is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0, 0x1f },
		{ 0x7f, 0xa0 },
		{ 0xad, 0xad },
		{ 0x600, 0x605 },
		{ 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },
		{ 0x70f, 0x70f },
		{ 0x1680, 0x1680 },
		{ 0x180e, 0x180e },
		{ 0x2000, 0x200f },
		{ 0x2028, 0x202f },
		{ 0x205f, 0x206f },
		{ 0x3000, 0x3000 },
		{ 0xd800, 0xf8ff },
		{ 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff },
		{ 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}

static bool
password_policy_check(const struct password_policy *p, struct error *e)
{
	char length[120] = "";
	const char *chars = "";
	int64_t min_length = 0;

	for (int i = 0; i < p->nrules; i++)
		min_length += p->rules[i].min_chars;
	if (p->length <= 0)
		snprintf(length, sizeof(length), "\n\t* length must be > 0");
	else if (p->length < min_length)
		snprintf(length, sizeof(length),
		    "\n\t* specified rules require at least %lld characters "
		    "but %lld is specified",
		    (long long)min_length, (long long)p->length);
	if (p->nchars == 0)
		chars = "\n\t* no charset specified";
	for (int i = 0; i < p->nchars && !*chars; i++)
		if (!password_is_printable(p->chars[i]))
			chars = "\n\t* non-printable character in charset";
	if (!*length && !*chars)
		return true;
	return error_set(e, 400, "%s occurred:%s%s\n\n",
	    *length && *chars ? "2 errors" : "1 error", length, chars);
}

bool
password_policy_parse(struct arena *a, const char *text,
    struct password_policy *out, struct error *e)
{
	struct password_policy_reader r = { .arena = a, .error = e };
	struct hcl_error he;
	struct hcl_value *root = hcl_parse(a, text, strlen(text), &he);

	memset(out, 0, sizeof(*out));
	if (!root)
		return error_set(e, 400, "unable to decode: %s", he.full);
	if (!password_policy_read_number(root, "length",
		"failed to decode configuration", &out->length, e) ||
	    !password_policy_read_rules(&r, root))
		return false;
	out->rules = r.rules;
	out->nrules = r.n;
	password_policy_collect_chars(a, out);
	return password_policy_check(out, e);
}

/* ---- passwords ---- */

static bool
password_satisfies_rule(
    const struct password_rule *rule, const uint32_t *candidate, int64_t n)
{
	int64_t found = 0;

	for (int64_t i = 0; i < n && found < rule->min_chars; i++)
		for (int j = 0; j < rule->nchars; j++)
			if (rule->chars[j] == candidate[i]) {
				found++;
				break;
			}
	return found >= rule->min_chars;
}

static bool
password_draw_candidate(
    struct random *r, const struct password_policy *p, uint32_t *candidate)
{
	for (int64_t i = 0; i < p->length; i++)
		candidate[i] = p->chars[random_below(r, (uint64_t)p->nchars)];
	for (int i = 0; i < p->nrules; i++)
		if (!password_satisfies_rule(
			&p->rules[i], candidate, p->length))
			return false;
	return true;
}

static char *
password_utf8_string(const uint32_t *chars, int64_t n)
{
	char *text = xmalloc((size_t)n * 4 + 1), *to = text;

	for (int64_t i = 0; i < n; i++) {
		uint32_t c = chars[i];
		int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };

		*to++ = (char)(lead[more] | c >> (6 * more));
		while (more-- > 0)
			*to++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
	}
	*to = '\0';
	return text;
}

char *
password_generate(struct random *r, const struct password_policy *p, int *tries)
{
	uint32_t *candidate;
	size_t size = (size_t)p->length * sizeof(*candidate);
	char *made = NULL;

	if (p->nchars == 0 || p->nchars > CHARS_MAX || p->length <= 0)
		return NULL;
	candidate = xmalloc(size);
	while (!made && (*tries)-- > 0)
		if (password_draw_candidate(r, p, candidate))
			made = password_utf8_string(candidate, p->length);
	OPENSSL_cleanse(candidate, size);
	free(candidate);
	return made;
}

char *
password_generate_default(struct random *r)
{
	static const char alphabet[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz";
	char *made = xmalloc(20 + 1);
	bool digit, upper, lower, dash;

	do {
		digit = upper = lower = dash = false;
		for (int i = 0; i < 20;) {
			uint8_t bytes[20];
			int n = 20 - i;

			random_bytes(r, bytes, (size_t)n);
			for (int j = 0; j < n; j++)
				if (bytes[j] < 252) /* 4 times 63 */
					made[i++] = alphabet[bytes[j] % 63];
		}
		for (int i = 0; i < 20; i++) {
			dash |= made[i] == '-';
			digit |= made[i] >= '0' && made[i] <= '9';
			upper |= made[i] >= 'A' && made[i] <= 'Z';
			lower |= made[i] >= 'a' && made[i] <= 'z';
		}
	} while (!digit || !upper || !lower || !dash);
	made[20] = '\0';
	return made;
}

char *
password_generate_named(struct vault *v, const char *name, struct error *e)
{
	char *text = password_policy_get(v, name), *made = NULL;
	struct arena *a = arena_new();
	struct password_policy p;
	struct error why = { 0 };
	int tries = PASSWORD_TRIES;

	if (!text)
		error_set(e, 500, "no password policy found");
	else if (!password_policy_parse(a, text, &p, &why))
		error_set(
		    e, 500, "stored password policy is invalid: %s", why.text);
	else if (!(made = password_generate(v->random, &p, &tries)))
		error_set(e, 500, "timed out generating string");
	free(text);
	arena_free(a);
	return made;
}

void
password_free(char *password)
{
	if (password)
		OPENSSL_cleanse(password, strlen(password));
	free(password);
}

/* ---- the table ---- */

char *
password_policy_get(struct vault *v, const char *name)
{
	struct query *q = STORE_QUERY(
	    v->store, &password_policy_store, GET, name);
	char *text = query_row(q) ? xstrdup(query_text(q, 0)) : NULL;

	query_done(q);
	return text;
}

void
password_policy_put(struct vault *v, const char *name, const char *text)
{
	STORE_EXEC(v->store, &password_policy_store, PUT, name, text);
}

void
password_policy_delete(struct vault *v, const char *name)
{
	STORE_EXEC(v->store, &password_policy_store, DELETE, name);
}

void
password_policy_list(struct vault *v, struct strs *names)
{
	query_strs(STORE_QUERY(v->store, &password_policy_store, NAMES), names);
}
