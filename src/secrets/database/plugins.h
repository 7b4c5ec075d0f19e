/*
 * The database plugins of this build: what they call users, and what they run
 * when a role says nothing.
 */
#ifndef MV_SECRETS_DATABASE_PLUGINS_H
#define MV_SECRETS_DATABASE_PLUGINS_H

#include <stdbool.h>

/* How creation statements are taken apart. */
enum db_split {
	DB_SPLIT_SQL,	   /* at semicolons */
	DB_SPLIT_POSTGRES, /* the same, unless there is an END */
	DB_SPLIT_NONE,	   /* each is one document */
};

struct db_plugin {
	const char *name;    /* "postgresql-database-plugin" */
	const char *version; /* "v0.13.0+builtin"; NULL: as in the tree */
	const char *username_template;
	enum db_split split;
	/* A document is told as this, with it as {{statement}}; NULL: as is. */
	const char *create_format;
	const char *create; /* without creation statements; NULL: refused */
	/* NULL: nothing is run. */
	const char *renew, *rotate, *revoke;
	const char
	    *required_detail; /* a detail that may not be empty, or NULL */
	bool has_rsa_keys;    /* gives out private keys as well */
	bool has_live_mode;   /* can be run for real */
};

/* In order of name, ended by one without a name. */
extern const struct db_plugin db_plugins[];

/* The plugin of that name, or NULL. */
const struct db_plugin *db_plugin_find(const char *name);
/* The same of a connection that is kept: a state that was edited, or is a later
 * program's, may name another one, which then can make nobody. */
const struct db_plugin *db_plugin_of_kept(const char *name);

#endif
