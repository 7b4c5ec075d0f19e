/*
 * HCL1, or the same structure as JSON, to a tree with line numbers. Knows
 * nothing of Vault.
 *
 * An object is a list of items in the order of the text; a key may come more
 * than once, and that is for the reader to merge or to refuse.
 */
#ifndef MV_BASE_HCL_HCL_H
#define MV_BASE_HCL_HCL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

enum hcl_kind {
	HCL_OBJECT,
	HCL_LIST,
	HCL_STRING,
	HCL_NUMBER, /* text as written */
	HCL_BOOL,
};

struct hcl_value;

/* `key "label" "label" { ... }` or `key = value`. */
struct hcl_item {
	const char *key;
	const char *label; /* the first label, or NULL */
	int line;
	int assign_line; /* of its =; 0 for a block */
	struct hcl_value *value;
};

struct hcl_value {
	enum hcl_kind kind;
	int line;
	const char *text;	    /* string and number; "true" or "false" */
	struct hcl_item *items;	    /* of an object */
	struct hcl_value *elements; /* of a list */
	int n;			    /* items or elements */
};

struct hcl_error {
	int line;
	int column;
	char text[200]; /* HCL's reason, without the position */
};

/* The root object in the arena; NULL with the error filled in. */
struct hcl_value *hcl_parse(
    struct arena *a, const char *text, size_t n, struct hcl_error *e);

/* The first item of that key, or NULL. */
const struct hcl_item *hcl_find(
    const struct hcl_value *object, const char *key);

#endif
