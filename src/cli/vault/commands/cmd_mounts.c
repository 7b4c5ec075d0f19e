/*
 * vault secrets and vault auth.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/login.h"
#include "cli/vault/commands/mounts.h"
#include "cli/vault/output/gotext.h"

static const struct mount_kind mounts_secrets = { false, "sys/mounts",
	"sys/mounts/", "secrets engine" };
static const struct mount_kind mounts_auth = { true, "sys/auth",
	"sys/mounts/auth/", "auth method" };

static int
secrets_run_enable(struct vault_run *run)
{
	return mounts_ask_enable(run, &mounts_secrets);
}

static int
secrets_run_tune(struct vault_run *run)
{
	return mounts_tune(run, &mounts_secrets);
}

static int
secrets_run_disable(struct vault_run *run)
{
	return mounts_ask_disable(run, &mounts_secrets);
}

static int
secrets_run_move(struct vault_run *run)
{
	return mounts_move(run, &mounts_secrets);
}

static int
secrets_run_list(struct vault_run *run)
{
	return mounts_ask_list(run, &mounts_secrets);
}

static int
auth_run_enable(struct vault_run *run)
{
	return mounts_ask_enable(run, &mounts_auth);
}

static int
auth_run_tune(struct vault_run *run)
{
	return mounts_tune(run, &mounts_auth);
}

static int
auth_run_disable(struct vault_run *run)
{
	return mounts_ask_disable(run, &mounts_auth);
}

static int
auth_run_move(struct vault_run *run)
{
	return mounts_move(run, &mounts_auth);
}

static int
auth_run_list(struct vault_run *run)
{
	return mounts_ask_list(run, &mounts_auth);
}

/* `vault auth help TYPE|PATH`: the help of a method's login. Returns the
 * status that the program ends with. */
static int
auth_run_help(struct vault_run *run)
{
	const char *type, *path;
	struct slice mounts, mount;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	type = gotext_trim(run->arena, run->args[0]);
	if (login_print_help(run, type))
		return VAULT_OK;
	if (!mounts_ask_read(
		run, "sys/auth", "Error listing auth methods", &mounts))
		return VAULT_FAILED;
	path = gotext_ensure_slash(
	    run->arena, gotext_sanitize_path(run->arena, run->args[0]));
	mount = part_get(mounts, path);
	if (!mount.p) {
		ui_warn(&run->ui,
		    "No auth method available on the server at %s",
		    gotext_quote(run->arena, path));
		return VAULT_WRONG_USE;
	}
	if (login_print_help(run, part_text(run->arena, mount, "type")))
		return VAULT_OK;
	ui_warn(&run->ui, "%s",
	    ui_wrap(run->arena,
		arena_printf(run->arena,
		    "No method-specific CLI handler available for auth method "
		    "%s",
		    gotext_quote(run->arena, type)),
		0));
	return VAULT_FAILED;
}

#define MOUNTS_FLAG(name, kind, usage)              \
	{                                           \
		name, kind, usage, NULL, NULL, NULL \
	}
#define MOUNTS_END                              \
	{                                       \
		NULL, 0, NULL, NULL, NULL, NULL \
	}
#define MOUNTS_BOTH                                                           \
	MOUNTS_FLAG("description", FLAG_STRING, "What it is for."),           \
	    MOUNTS_FLAG("default-lease-ttl", FLAG_DURATION,                   \
		"How long leases live at first."),                            \
	    MOUNTS_FLAG(                                                      \
		"max-lease-ttl", FLAG_DURATION, "How long leases can live."), \
	    MOUNTS_FLAG("audit-non-hmac-request-keys", FLAG_LIST,             \
		"A key of requests that audit logs show in clear; may come "  \
		"again."),                                                    \
	    MOUNTS_FLAG("audit-non-hmac-response-keys", FLAG_LIST,            \
		"A key of answers that audit logs show in clear; may come "   \
		"again."),                                                    \
	    MOUNTS_FLAG("listing-visibility", FLAG_STRING,                    \
		"Is the mount shown to who has no token?"),                   \
	    MOUNTS_FLAG("passthrough-request-headers", FLAG_LIST,             \
		"A header of requests that the plugin sees; may come "        \
		"again."),                                                    \
	    MOUNTS_FLAG("allowed-response-headers", FLAG_LIST,                \
		"A header that the plugin may send; may come again."),        \
	    MOUNTS_FLAG("options", FLAG_MAP,                                  \
		"A key=value for the plugin; may come again."),               \
	    MOUNTS_FLAG("version", FLAG_INT,                                  \
		"The version of the plugin, where it has several."),          \
	    MOUNTS_FLAG("plugin-version", FLAG_STRING,                        \
		"The semantic version of the plugin."),                       \
	    MOUNTS_FLAG("identity-token-key", FLAG_STRING,                    \
		"The key that signs the plugin's identity tokens."),          \
	    MOUNTS_FLAG("trim-request-trailing-slashes", FLAG_MAYBE_BOOL,     \
		"Are slashes at the end of request paths cut?")
#define MOUNTS_SECRETS                                                     \
	MOUNTS_FLAG("allowed-managed-keys", FLAG_LIST,                     \
	    "A managed key that the engine may use; may come again."),     \
	    MOUNTS_FLAG("delegated-auth-accessors", FLAG_LIST,             \
		"The accessor of an auth method that the engine may ask; " \
		"may come again.")
#define MOUNTS_NEW                                                    \
	MOUNTS_FLAG("path", FLAG_STRING,                              \
	    "Where it is mounted; the type's name without it."),      \
	    MOUNTS_FLAG("plugin-name", FLAG_STRING,                   \
		"The plugin, when the type is \"plugin\"."),          \
	    MOUNTS_FLAG("local", FLAG_BOOL, "It is not replicated."), \
	    MOUNTS_FLAG("seal-wrap", FLAG_BOOL,                       \
		"Its critical values are wrapped by the seal."),      \
	    MOUNTS_FLAG("external-entropy-access", FLAG_BOOL,         \
		"It may use an external source of randomness.")
#define MOUNTS_AUTH                            \
	MOUNTS_FLAG("token-type", FLAG_STRING, \
	    "The type of the tokens that it makes.")

static const struct flag secrets_enable_flags[] = {
	MOUNTS_BOTH,
	MOUNTS_SECRETS,
	MOUNTS_NEW,
	MOUNTS_FLAG(
	    "force-no-cache", FLAG_BOOL, "Its storage is never cached."),
	MOUNTS_END,
};
static const struct flag secrets_tune_flags[] = { MOUNTS_BOTH, MOUNTS_SECRETS,
	MOUNTS_END };
static const struct flag auth_enable_flags[] = { MOUNTS_BOTH, MOUNTS_NEW,
	MOUNTS_AUTH, MOUNTS_END };
static const struct flag auth_tune_flags[] = {
	MOUNTS_BOTH,
	MOUNTS_AUTH,
	MOUNTS_FLAG("user-lockout-threshold", FLAG_UINT,
	    "After how many failures a user is locked out."),
	MOUNTS_FLAG("user-lockout-duration", FLAG_DURATION, "For how long."),
	MOUNTS_FLAG("user-lockout-counter-reset-duration", FLAG_DURATION,
	    "After how long the failures are forgotten."),
	MOUNTS_FLAG("user-lockout-disable", FLAG_BOOL, "Nobody is locked out."),
	MOUNTS_END,
};
static const struct flag mounts_list_flags[] = {
	MOUNTS_FLAG("detailed", FLAG_BOOL, "Print every setting."),
	MOUNTS_END,
};

#define MOUNTS_SETS(name)                                \
	static const struct goflag_set name##_sets[] = { \
		{ "Command Options", name##_flags },     \
		{ NULL, NULL },                          \
	}
MOUNTS_SETS(secrets_enable);
MOUNTS_SETS(secrets_tune);
MOUNTS_SETS(auth_enable);
MOUNTS_SETS(auth_tune);
MOUNTS_SETS(mounts_list);

const struct vault_command secrets_commands[] = {
	{ "secrets", NULL, 0, NULL, "Work with secrets engines",
	    "<subcommand> [options] [args]",
	    "  Enables, lists, tunes, moves and disables secrets engines." },
	{ "secrets enable", secrets_run_enable, 0, secrets_enable_sets,
	    "Enable a secrets engine", "[options] TYPE",
	    "  Enables an engine of the type at the path of that name, or at "
	    "that of the\n  -path option." },
	{ "secrets list", secrets_run_list, VAULT_FORMAT, mounts_list_sets,
	    "List secrets engines", "[options]",
	    "  Lists the engines and where they are mounted." },
	{ "secrets tune", secrets_run_tune, 0, secrets_tune_sets,
	    "Change settings of an engine", "[options] PATH",
	    "  Changes what is given and keeps the rest." },
	{ "secrets move", secrets_run_move, 0, NULL,
	    "Move an engine to another path", "[options] SOURCE DESTINATION",
	    "  Moves an engine and waits until it is done. Its leases are "
	    "revoked." },
	{ "secrets disable", secrets_run_disable, 0, NULL, "Disable an engine",
	    "[options] PATH",
	    "  Disables an engine, revokes its leases and removes its data." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};

const struct vault_command auth_commands[] = {
	{ "auth", NULL, 0, NULL, "Work with auth methods",
	    "<subcommand> [options] [args]",
	    "  Enables, lists, tunes, moves and disables auth methods." },
	{ "auth enable", auth_run_enable, 0, auth_enable_sets,
	    "Enable an auth method", "[options] TYPE",
	    "  Enables a method of the type below auth/." },
	{ "auth list", auth_run_list, VAULT_FORMAT, mounts_list_sets,
	    "List auth methods", "[options]",
	    "  Lists the methods and where they are mounted." },
	{ "auth tune", auth_run_tune, 0, auth_tune_sets,
	    "Change settings of a method", "[options] PATH",
	    "  Changes what is given and keeps the rest." },
	{ "auth move", auth_run_move, 0, NULL, "Move a method to another path",
	    "[options] SOURCE DESTINATION",
	    "  Moves a method and waits until it is done. Its tokens are "
	    "revoked." },
	{ "auth disable", auth_run_disable, 0, NULL, "Disable a method",
	    "[options] PATH",
	    "  Disables a method and revokes the tokens that it made." },
	{ "auth help", auth_run_help, 0, NULL,
	    "Print how to log in with a method", "[options] TYPE | PATH",
	    "  Prints which fields \"vault login\" takes for a method." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
