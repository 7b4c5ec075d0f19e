/*
 * Templates of user names: the part of Go's template language that such names
 * use (fields, pipelines, printf, if), with Vault's functions. A template is
 * read once and run as often as names are wanted.
 */
#ifndef MV_SECRETS_DATABASE_USERNAME_TEMPLATE_H
#define MV_SECRETS_DATABASE_USERNAME_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "clock/random.h"

struct username_template;

/* What a name is made of. */
struct username_data {
	const char *display_name;
	const char *role_name;
	struct random *random;
	int64_t now_ns; /* ns */
};

/* In the arena; NULL with "unable to parse template: ..." in e. */
const struct username_template *username_template_parse(
    struct arena *a, const char *text, struct error *e);
/* In the arena; NULL with "unable to apply template: ..." in e. */
char *username_template_render(struct arena *a,
    const struct username_template *t, const struct username_data *data,
    struct error *e);

#endif
