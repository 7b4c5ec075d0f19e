/*
 * One thing asked of a database: which connection, what is done to which user,
 * with which statements. By default nobody is asked: the statements are noted,
 * and a connection that points to port 1 or below .invalid counts as down. In
 * live mode PostgreSQL is asked, off the loop.
 */
#ifndef MV_SECRETS_DATABASE_CALL_H
#define MV_SECRETS_DATABASE_CALL_H

#include "api/request.h"
#include "base/error.h"
#include "core/mount/mount.h"
#include "core/worker.h"
#include "secrets/database/statements.h"
#include "secrets/database/database_store.h"

enum db_operation {
	DB_VERIFY,
	DB_CREATE,
	DB_RENEW,
	DB_REVOKE,
	DB_ROTATE,
	DB_ROTATE_ROOT,
};

struct db_call;

typedef enum handler_result (*db_call_reply_fn)(
    struct request *req, struct db_call *call);

/* Texts are malloc'ed; those with secrets are wiped with it. */
struct db_call {
	struct worker_job job; /* first */
	struct vault *vault;
	int64_t mount;
	char *mount_path, *mount_uuid;
	char *connection;
	char *request_id; /* its id; "" for the clock's doing */
	const struct db_plugin *plugin;
	enum db_operation operation;
	char *user;
	char *secret; /* the password or private key in play, or NULL */
	struct db_statements redacted;	 /* secrets hidden */
	struct db_statements statements; /* as they are sent; live only */
	bool default_revoke; /* the plugin finds out itself what to undo */
	bool live;
	/* Live: the URL with its credentials, and what to hide in errors. */
	char *url;
	char *password;
	/* How it ended: Vault's text without the operation's words before. */
	struct error error;
	void (*done)(struct db_call *call);
	void *arg;	     /* done's own */
	struct request *req; /* db_call_run_for_request's own */
	db_call_reply_fn reply;
};

/* What a call is made of; borrowed until db_call_new returns. */
struct db_call_spec {
	struct vault *vault;
	const struct mount *mount;
	const struct request *req; /* NULL: the clock's doing */
	const struct db_connection *connection;
	enum db_operation operation;
	char *const *commands;	 /* NULL-terminated or NULL */
	struct db_values values; /* what stands in the commands' places */
};

/* A call on a connection, stored or about to be (DB_VERIFY). The caller owns
 * it, until db_call_run takes it. */
struct db_call *db_call_new(const struct db_call_spec *spec);
/* The same for a handler: the vault, mount and id are the request's. */
struct db_call *db_call_new_for_request(const struct request *req,
    const struct db_connection *c, enum db_operation operation,
    char *const *commands, struct db_values values);
void db_call_free(struct db_call *call);
/* Does it have to wait for a database? */
bool db_call_is_async(const struct db_call *call);
/*
 * Carries it out. When it waits, done is called on the loop later and frees the
 * call; otherwise call->error stands when this returns.
 */
void db_call_run(
    struct db_call *call, void (*done)(struct db_call *call), void *arg);
/* The same for a handler: next gives the handler result, now or later, and must
 * not keep the call. */
enum handler_result db_call_run_for_request(
    struct request *req, struct db_call *call, db_call_reply_fn next);

/* By enum db_operation. */
struct db_operation_texts {
	const char *name; /* as the log of statements has it */
	enum db_use use;
	/* Vault 1.19: the words before a refusal, when there is no connection
	 * and when a statement fails, and those behind it. */
	const char *connect, *statement, *end;
};
extern const struct db_operation_texts db_operations[];

/* The call ends with an error: why in the words of its operation. An error that
 * stands already is kept. */
void db_call_connect_failed(struct db_call *call, const char *why);
void db_call_statement_failed(struct db_call *call, const char *why);

/* Host, port, user and database of a connection's URL, in the arena. */
struct db_address {
	const char *host, *port, *user, *database;
};
void db_address_read(
    struct arena *a, const struct db_connection *c, struct db_address *out);
/* The URL with username and password in their places; malloc'ed, secret. */
char *db_connection_url(const struct db_connection *c);

/* postgres.c: runs a call; on a thread. */
void db_postgres_run(struct worker_job *job, int stop_fd);
/* Was it built with libpq, and is that there? */
bool db_postgres_available(void);

#endif
