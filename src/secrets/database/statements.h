/*
 * From a role's statements to what a database is sent: taken apart, values in
 * place of their {{names}}.
 */
#ifndef MV_SECRETS_DATABASE_STATEMENTS_H
#define MV_SECRETS_DATABASE_STATEMENTS_H

#include "base/mem.h"
#include "secrets/database/plugins.h"

/* What stands for {{name}} and {{username}}, {{password}}, {{expiration}},
 * {{public_key}}; NULL stays as written. */
struct db_values {
	const char *name;
	const char *password;
	const char *expiration;
	const char *public_key;
};

/* Texts with secrets in them: wiped by db_statements_free. */
struct db_statements {
	char **strs;
	int n;
};

#define DB_HIDDEN "****"

enum db_use {
	DB_USE_CREATE,
	DB_USE_RENEW,
	DB_USE_REVOKE,
	DB_USE_ROTATE,
};

/*
 * The commands of a role (NULL-terminated, may be empty: then the plugin's own)
 * with their values. hide: the password reads ****. n is 0 when there is
 * nothing to run.
 */
void db_statements_render(const struct db_plugin *p, enum db_use use,
    char *const *commands, const struct db_values *values, bool hide,
    struct db_statements *out);
void db_statements_free(struct db_statements *s);
/* Wipes, then frees. Safe on NULL. */
void db_secret_wipe_free(char *text);

#endif
