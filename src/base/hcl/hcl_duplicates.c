/*
 * Attributes that come twice in an object. The library's later versions refuse
 * them while they read; here the tree is walked in the order of its text.
 */
#include <stdio.h>
#include <string.h>

#include "base/go_text.h"
#include "base/hcl/hcl.h"

static bool hcl_check_object(
    struct arena *a, const struct hcl_value *v, struct hcl_error *e);

static bool
hcl_check_value(struct arena *a, const struct hcl_value *v, struct hcl_error *e)
{
	for (int i = 0; v->kind == HCL_LIST && i < v->n; i++)
		if (!hcl_check_value(a, &v->elements[i], e))
			return false;
	return v->kind != HCL_OBJECT || hcl_check_object(a, v, e);
}

/* Is the i-th attribute's name, as written, one of those before it? */
static bool
hcl_is_repeated(const struct hcl_value *v, int i)
{
	for (int k = 0; k < i; k++)
		if (v->items[k].assign_line &&
		    strcmp(v->items[k].keys[0].written,
			v->items[i].keys[0].written) == 0)
			return true;
	return false;
}

static bool
hcl_check_object(
    struct arena *a, const struct hcl_value *v, struct hcl_error *e)
{
	for (int i = 0; i < v->n; i++) {
		const struct hcl_key *key = &v->items[i].keys[0];

		if (!hcl_check_value(a, v->items[i].value, e))
			return false;
		if (!v->items[i].assign_line || !hcl_is_repeated(v, i))
			continue;
		e->line = key->place.line;
		e->column = key->place.column;
		snprintf(e->text, sizeof(e->text),
		    "The argument %s at %d:%d was already set. Each argument "
		    "can only be defined once",
		    go_quoted(a, key->written), e->line, e->column);
		snprintf(e->full, sizeof(e->full), "%s", e->text);
		return false;
	}
	return true;
}

bool
hcl_check_duplicates(
    struct arena *a, const struct hcl_value *root, struct hcl_error *e)
{
	return root->is_json || hcl_check_object(a, root, e);
}
