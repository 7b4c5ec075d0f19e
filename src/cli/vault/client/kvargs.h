/*
 * Arguments of the form key=value, key=@file, key=-, @file and - as one JSON
 * object.
 */
#ifndef MV_CLI_VAULT_CLIENT_KVARGS_H
#define MV_CLI_VAULT_CLIENT_KVARGS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"

/* Members in the order of their keys; values are clean JSON. */
struct kvargs {
	struct arena *arena;
	struct kvargs_member {
		char *key;
		struct slice value;
	} * members;
	int n;
	bool any; /* an argument was read: empty is {}, not null */
	bool stdin_used;
	bool stdin_closed; /* -non-interactive: standard input is empty */
};

/* An empty set of K=V in the arena. stdin_closed: "-" reads nothing. */
void kvargs_init(struct kvargs *k, struct arena *a, bool stdin_closed);
/* false with Go's text in *why. */
bool kvargs_parse(
    struct kvargs *k, int argc, char *const *argv, const char **why);
void kvargs_put(struct kvargs *k, const char *key, struct slice value);
void kvargs_put_text(struct kvargs *k, const char *key, const char *value);
const struct kvargs_member *kvargs_find(
    const struct kvargs *k, const char *key);
/* The value of a key as text: numbers and booleans as they would be written;
 * NULL when it is absent. */
const char *kvargs_text(const struct kvargs *k, const char *key);
/* The object, or null. */
struct slice kvargs_json(const struct kvargs *k);

#endif
