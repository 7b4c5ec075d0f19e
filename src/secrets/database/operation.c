/*
 * What can be asked of a database: the name of each operation, and Vault's
 * words when it is refused.
 */
#include "secrets/database/call.h"

const struct db_operation_texts db_operations[] = {
	[DB_VERIFY] = { "verify", DB_USE_CREATE,
	    "error verifying connection: ", "", "" },
	[DB_CREATE] = { "create", DB_USE_CREATE,
	    "unable to start transaction: ", "failed to execute query: ", "" },
	[DB_RENEW] = { "renew", DB_USE_RENEW, "1 error occurred:\n\t* ",
	    "1 error occurred:\n\t* ", "\n\n" },
	[DB_REVOKE] = { "revoke", DB_USE_REVOKE, "", "", "" },
	[DB_ROTATE] = { "rotate", DB_USE_ROTATE,
	    "1 error occurred:\n\t* user does not appear to exist: ",
	    "1 error occurred:\n\t* failed to execute query: ", "\n\n" },
	[DB_ROTATE_ROOT] = { "rotate-root", DB_USE_ROTATE,
	    "1 error occurred:\n\t* user does not appear to exist: ",
	    "1 error occurred:\n\t* failed to execute query: ", "\n\n" },
};

static void
db_call_set_error(struct db_call *call, const char *before, const char *why)
{
	if (!call->error.status)
		error_wrap(&call->error, 500, "%s%s%s", before, why,
		    db_operations[call->operation].end);
}

void
db_call_connect_failed(struct db_call *call, const char *why)
{
	db_call_set_error(call, db_operations[call->operation].connect, why);
}

void
db_call_statement_failed(struct db_call *call, const char *why)
{
	db_call_set_error(call, db_operations[call->operation].statement, why);
}
