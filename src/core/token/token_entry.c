/*
 * A token as a struct: drafts, references, its texts and policies, what it
 * shows. Knows neither cache nor SQL but the columns of its row.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/token/token.h"

static const struct row_column token_columns[] = { ROW_COLUMNS(
    TOKEN_ROW, struct token) };
const struct row token_row = ROW(token_columns);

/* Texts of a token are its own, though nobody else may write to them. */
static void
token_free_text(const char *text)
{
	free((void *)(uintptr_t)text);
}

void
token_take_field(const char **field, char *text)
{
	token_free_text(*field);
	*field = text;
}

void
token_set_field(const char **field, const char *value)
{
	token_take_field(field, value ? xstrdup(value) : NULL);
}

struct token *
token_draft(void)
{
	struct token *t = xcalloc(1, sizeof(*t));

	t->refs = 1;
	t->id = xstrdup("");
	t->client_token = xstrdup("");
	t->accessor = xstrdup("");
	t->parent_id = xstrdup("");
	strs_array(&t->policies);
	t->path = xstrdup("");
	t->display_name = xstrdup("");
	t->role = xstrdup("");
	t->entity_id = xstrdup("");
	t->lease_id = xstrdup("");
	return t;
}

struct token *
token_ref(struct token *t)
{
	t->refs++;
	return t;
}

void
token_unref(struct token *t)
{
	if (!t || --t->refs > 0)
		return;
	token_free_text(t->client_token);
	row_release(&token_row, t);
	free(t);
}

/* Adds the cleaned policies to an empty list. */
static void
token_clean_policies_into(
    struct strs *out, char *const *policies, bool add_default)
{
	bool root = false;

	for (; policies && *policies; policies++) {
		char *copy = xstrdup(*policies);
		char *name = trim_space(copy);

		lower_ascii(name);
		root |= strcmp(name, "root") == 0;
		if (*name)
			strs_add(out, name);
		free(copy);
	}
	if (add_default)
		strs_add(out, "default");
	/* Vault 1.19: root takes the place of all others. */
	if (root) {
		strs_clear(out);
		strs_add(out, "root");
	}
	strs_sort_unique(out);
	strs_array(out);
}

char **
policies_clean_copy(
    struct arena *a, char *const *list, bool add_default, int *count)
{
	struct strs clean;

	strs_init(&clean, a);
	token_clean_policies_into(&clean, list, add_default);
	if (count)
		*count = (int)clean.n;
	return clean.items;
}

void
token_set_policies(struct token *t, char *const *policies)
{
	struct strs clean = { 0 };

	token_clean_policies_into(&clean, policies, false);
	strs_release(&t->policies);
	t->policies = clean;
}

void
token_set_one_policy(struct token *t, const char *name)
{
	strs_clear(&t->policies);
	strs_add(&t->policies, name);
}

bool
token_has_policy(const struct token *t, const char *name)
{
	return strs_has(&t->policies, name);
}

bool
token_is_root(const struct token *t)
{
	return token_has_policy(t, "root");
}

void
token_set_cidrs(struct token *t, char *const *cidrs)
{
	strs_clear(&t->bound_cidrs);
	strs_add_all(&t->bound_cidrs, cidrs);
}
