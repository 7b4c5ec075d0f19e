/*
 * HCL1, or the same structure as JSON, to a tree with positions. Knows nothing
 * of Vault. It accepts and refuses what HashiCorp's library does (v1.0.1), with
 * its texts and positions.
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

/* A place in the text; line 0: none. Columns count characters from 1. */
struct hcl_place {
	int line, column;
};

struct hcl_key {
	const char *text;
	const char *written; /* with the quotes it may have */
	struct hcl_place place;
};

struct hcl_value;

/* `key "label" "label" { ... }` or `key = value`. */
struct hcl_item {
	const char *key;   /* that of keys[0] */
	const char *label; /* that of keys[1], or NULL */
	struct hcl_key *keys;
	int nkeys;
	int line;
	int assign_line; /* of its =; 0 for a block */
	struct hcl_value *value;
};

struct hcl_value {
	enum hcl_kind kind;
	bool is_float; /* a number with a fraction or an exponent */
	bool is_json;  /* of the root: the text was JSON */
	int line;
	struct hcl_place place;	    /* of its first character */
	const char *text;	    /* string and number; "true" or "false" */
	struct hcl_item *items;	    /* of an object */
	struct hcl_value *elements; /* of a list */
	int n;			    /* items or elements */
};

struct hcl_error {
	int line;
	int column;
	char text[200]; /* the reason, without the position */
	char full[240]; /* as the library prints it: "At 1:2: reason" */
};

/* The root object in the arena; NULL with the error filled in. */
struct hcl_value *hcl_parse(
    struct arena *a, const char *text, size_t n, struct hcl_error *e);

/*
 * Turns objects of objects, and lists of objects, into items with several keys,
 * as the library does with JSON: {"path": {"x": {}}} becomes `path "x" {}`.
 * Does nothing to a tree that was not JSON.
 */
void hcl_flatten(struct arena *a, struct hcl_value *root);

/* False with the error filled in when an attribute, `key = value`, comes twice
 * in an object. JSON has none. */
bool hcl_check_duplicates(
    struct arena *a, const struct hcl_value *root, struct hcl_error *e);

/* The first item of that key, or NULL. */
const struct hcl_item *hcl_find(
    const struct hcl_value *object, const char *key);

#endif
