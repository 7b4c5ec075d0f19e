/*
 * Values and functions of name templates; for name_template.c.
 */
#ifndef MV_SECRETS_DATABASE_USERNAME_FUNCTIONS_H
#define MV_SECRETS_DATABASE_USERNAME_FUNCTIONS_H

#include "secrets/database/username_template.h"

/* No name is longer, whatever a template says. */
#define NAME_MAX_BYTES ((size_t)64 << 10)

enum name_kind {
	NAME_STRING,
	NAME_INT,
	NAME_BOOL,
};

struct name_value {
	enum name_kind kind;
	const char *text;
	int64_t number; /* and the bool */
};

struct name_call {
	struct arena *arena;
	const struct name_data *data;
	const struct name_value *args;
	int n;
	char why[200]; /* set when it fails */
};

struct name_function {
	const char *name;
	/* A letter per argument: 's', 'i', 'v' (any); '*' more of the last. */
	const char *args;
	bool (*call)(struct name_call *c, struct name_value *out);
};

const struct name_function *name_function_find(const char *name, size_t n);
/* Go's name of a kind. */
const char *name_kind_text(enum name_kind kind);
/* As {{ }} prints it. */
const char *name_value_text(struct arena *a, const struct name_value *v);
bool name_value_true(const struct name_value *v);

#endif
