/*
 * Values and functions of name templates; for username_template.c.
 */
#ifndef MV_SECRETS_DATABASE_USERNAME_FUNCTIONS_H
#define MV_SECRETS_DATABASE_USERNAME_FUNCTIONS_H

#include "secrets/database/username_template.h"

/* No name is longer, whatever a template says. */
#define USERNAME_MAX_BYTES ((size_t)64 << 10)

enum username_kind {
	USERNAME_STRING,
	USERNAME_INT,
	USERNAME_BOOL,
};

struct username_value {
	enum username_kind kind;
	const char *string;
	int64_t number; /* and the bool */
};

struct username_call {
	struct arena *arena;
	const struct username_data *data;
	const struct username_value *args;
	int nargs;
	char why[200]; /* set when it fails */
};

struct username_function {
	const char *name;
	/* A letter per argument: 's', 'i', 'v' (any); '*' more of the last. */
	const char *args;
	bool (*call)(struct username_call *c, struct username_value *out);
};

/* The function of that name in templates of usernames, or NULL. */
const struct username_function *username_function_find(
    const char *name, size_t n);
/* Go's name of a kind. */
const char *username_kind_name(enum username_kind kind);
/* As {{ }} prints it. */
const char *username_value_string(
    struct arena *a, const struct username_value *v);
bool username_is_value_true(const struct username_value *v);

#endif
