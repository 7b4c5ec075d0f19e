/*
 * vault print token, path-help, version, server.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "cli/commands.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"
#include "server/server.h"

static int
misc_run_print_token(struct vault_run *run)
{
	/* It has no flags of its own; the client wants those of all. */
	if (!vrun_client(run))
		return VAULT_FAILED;
	ui_output(&run->ui, "%s", run->client.token);
	return VAULT_OK;
}

/* `vault path-help PATH`. Returns the status that the program ends with. */
static int
misc_run_path_help(struct vault_run *run)
{
	const char *why = NULL;
	struct vrequest r;
	struct vreply reply;
	struct slice help, openapi;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	vrequest_init(
	    &r, "GET", gotext_sanitize_path(run->arena, run->args[0]));
	address_query_add(&r.query, "help", "1");
	if (!vclient_ask(&run->client, &r, &reply))
		why = reply.why;
	else
		(void)secret_clean(run->arena, reply.body, &help, &why);
	if (why && strstr(why, "Vault is sealed")) {
		ui_error(&run->ui,
		    "Error: Vault is sealed.\n\nThe \"path-help\" command "
		    "requires the Vault to be unsealed so that the mount\n"
		    "points of the secret engines are known.");
		return VAULT_FAILED;
	}
	if (why) {
		ui_error(&run->ui, "Error retrieving help: %s", why);
		return VAULT_FAILED;
	}
	if (strcmp(vrun_text(run, "format"), "json") != 0) {
		ui_output(&run->ui, "%s", part_text(run->arena, help, "help"));
		return VAULT_OK;
	}
	openapi = part_get(help, "openapi");
	ui_output(&run->ui, "%.*s", openapi.p ? (int)openapi.n : 4,
	    openapi.p ? openapi.p : "null");
	return VAULT_OK;
}

static int
misc_run_version(struct vault_run *run)
{
	return version_main(run->nargs, run->args);
}

static int
misc_run_server(struct vault_run *run)
{
	return server_main(run->nargs, run->args);
}

const struct vault_command misc_commands[] = {
	{ "print", NULL, 0, NULL, "Print what the client would use",
	    "<subcommand>", "  Prints what the client would use." },
	{ "print token", misc_run_print_token, VAULT_NO_FLAGS, NULL,
	    "Print the token of the client", "",
	    "  Prints the token that requests would carry." },
	{ "path-help", misc_run_path_help, VAULT_FORMAT, NULL,
	    "Print the server's help for a path", "[options] PATH",
	    "  Prints what the server says about a path." },
	{ "version", misc_run_version, VAULT_NO_FLAGS | VAULT_HIDDEN, NULL,
	    "Print the version", "", "  Prints the version." },
	{ "server", misc_run_server, VAULT_NO_FLAGS, NULL, "Start a server",
	    "[options]", "  Starts a server; see mockvault(1)." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
