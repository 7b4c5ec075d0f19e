/*
 * vault login, and the methods that it knows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/token_helper.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/login.h"
#include "cli/vault/output/gotext.h"

/* A secret of the terminal; NULL with the reason. */
static const char *
login_ask(struct vault_run *run, const char *question, const char **why)
{
	const char *answer;

	fprintf(stderr, "%s", question);
	answer = ui_ask_hidden(run->arena, why);
	fputs("\n", stderr);
	return answer;
}

static bool
login_write(struct vault_run *run, const char *path, struct slice body,
    struct secret **out, const char **why)
{
	if (!logical_write(&run->client, "PUT", path, body, out, why))
		return false;
	if (!*out)
		*why = "empty response from credential provider";
	return *out != NULL;
}

/* The secret that a token's lookup stands for. */
static bool
login_of_lookup(struct vault_run *run, const struct secret *looked,
    struct secret **out, const char **why)
{
	struct secret *s = arena_zalloc(run->arena, sizeof(*s));
	struct slice data = looked->data, policies, identity, meta;
	const char *ttl;
	int64_t ns = 0;
	struct buf all;

	(void)why;
	s->request_id = s->lease_id = s->mount_type = "";
	s->has_auth = true;
	s->auth.token = part_text(run->arena, data, "id");
	s->auth.accessor = part_text(run->arena, data, "accessor");
	s->auth.entity_id = "";
	policies = part_get(data, "policies");
	identity = part_get(data, "identity_policies");
	s->auth.token_policies = jsontext_kind(policies) == '[' ? policies
								: SLICE_NONE;
	s->auth.identity_policies = jsontext_kind(identity) == '[' ? identity
								   : SLICE_NONE;
	buf_init(&all, 0);
	buf_char(&all, '[');
	if (s->auth.token_policies.p)
		buf_add(&all, policies.p + 1, policies.n - 2);
	if (s->auth.identity_policies.p && identity.n > 2) {
		buf_str(&all, all.n > 1 ? "," : "");
		buf_add(&all, identity.p + 1, identity.n - 2);
	}
	buf_char(&all, ']');
	s->auth.policies = (struct slice){
		arena_strndup(run->arena, all.p, all.n), all.n
	};
	buf_release(&all);
	meta = part_get(data, "meta");
	s->auth.metadata = jsontext_kind(meta) == '{' ? meta : SLICE_NONE;
	ttl = jsontext_go_print(run->arena, part_get(data, "ttl"));
	if (duration_parse(ttl, &ns))
		s->auth.lease_duration = ns / NSEC_PER_SEC;
	s->auth.renewable = part_bool(data, "renewable");
	*out = s;
	return true;
}

/* The method token: the token comes from token=, or is asked for, and is
 * looked up unless lookup=false. False and why. */
static bool
login_with_token(struct vault_run *run, const struct kvargs *config,
    struct secret **out, const char **why)
{
	const char *token = kvargs_text(config, "token");
	const char *lookup = kvargs_text(config, "lookup");
	struct secret *looked;
	bool look = true;

	if (lookup && !parse_bool_go(lookup, &look)) {
		*why = arena_printf(run->arena,
		    "Failed to parse \"lookup\" as boolean: "
		    "strconv.ParseBool: parsing %s: invalid syntax",
		    gotext_quote(run->arena, lookup));
		return false;
	}
	if (!token && vrun_is(run, "non-interactive")) {
		*why = "'token' not supplied and refusing to pull from stdin";
		return false;
	}
	if (!token) {
		token = login_ask(run, "Token (will be hidden): ", why);
		if (!token) {
			*why = strcmp(*why, "interrupted") == 0
			    ? "user interrupted"
			    : arena_printf(run->arena,
				  "An error occurred attempting to ask for a "
				  "token. The raw error message is shown "
				  "below, but usually this is because you "
				  "attempted to pipe a value into the command "
				  "or you are executing outside of a terminal "
				  "(tty). If you want to pipe the value, pass "
				  "\"-\" as the argument to read from stdin. "
				  "The raw error was: %s",
				  *why);
			return false;
		}
	}
	token = gotext_trim(run->arena, token);
	if (!*token) {
		*why = "a token must be passed to auth, please view the help "
		       "for more information";
		return false;
	}
	run->client.token = arena_strdup(run->arena, token);
	run->client.wrap = VCLIENT_WRAP_NEVER;
	if (!look) {
		looked = arena_zalloc(run->arena, sizeof(*looked));
		looked->data = vrun_one(run, "id", token);
		return login_of_lookup(run, looked, out, why);
	}
	if (!logical_ask(&run->client, "GET", "auth/token/lookup-self",
		SLICE_NONE, &looked, why)) {
		*why = arena_printf(
		    run->arena, "error looking up token: %s", *why);
		return false;
	}
	if (!looked) {
		*why = "empty response from lookup-self";
		return false;
	}
	return login_of_lookup(run, looked, out, why);
}

/* userpass, radius, okta: a name in the path and a password. */
static bool
login_with_password(struct vault_run *run, const struct kvargs *config,
    struct secret **out, const char **why)
{
	const char *username = kvargs_text(config, "username");
	const char *password = kvargs_text(config, "password");
	bool ldap = strcmp(kvargs_text(config, "method"), "ldap") == 0;

	if (ldap && !username) {
		username = getenv("LOGNAME");
		if (!username || !*username)
			username = getenv("USER");
		if (!username || !*username) {
			*why = "'username' not supplied and neither 'LOGNAME' "
			       "nor 'USER' env vars set";
			return false;
		}
	}
	if (ldap && !password)
		password = getenv("VAULT_LDAP_PASSWORD");
	if (!username || !*username) {
		*why = "'username' must be specified";
		return false;
	}
	if ((!password || !*password) && vrun_is(run, "non-interactive")) {
		*why = ldap ? "'password' not supplied and refusing to pull "
			      "from stdin"
			    : "'password' must be specified and refusing to "
			      "pull from stdin";
		return false;
	}
	if (!password || !*password)
		password = login_ask(run, "Password (will be hidden): ", why);
	if (!password)
		return false;
	return login_write(run,
	    arena_printf(run->arena, "auth/%s/login/%s",
		kvargs_text(config, "mount"), username),
	    vrun_one(run, "password", password), out, why);
}

static bool
login_with_certificate(struct vault_run *run, const struct kvargs *config,
    struct secret **out, const char **why)
{
	const char *name = kvargs_text(config, "name");

	return login_write(run,
	    arena_printf(
		run->arena, "auth/%s/login", kvargs_text(config, "mount")),
	    vrun_one(run, "name", name ? name : ""), out, why);
}

static bool
login_with_github(struct vault_run *run, const struct kvargs *config,
    struct secret **out, const char **why)
{
	const char *token = kvargs_text(config, "token");

	if (!token)
		token = getenv("VAULT_AUTH_GITHUB_TOKEN");
	if ((!token || !*token) && vrun_is(run, "non-interactive")) {
		*why = "'token' not supplied and refusing to pull from stdin";
		return false;
	}
	if (!token || !*token)
		token = login_ask(run,
		    "GitHub Personal Access Token (will be hidden): ", why);
	if (!token)
		return false;
	return login_write(run,
	    arena_printf(
		run->arena, "auth/%s/login", kvargs_text(config, "mount")),
	    vrun_one(run, "token", gotext_trim(run->arena, token)), out, why);
}

/* Methods whose proof the caller brings: all fields as they are. */
static bool
login_with_fields(struct vault_run *run, const struct kvargs *config,
    struct secret **out, const char **why)
{
	struct kvargs body;

	kvargs_init(&body, run->arena, true);
	body.any = true;
	for (int i = 0; i < config->n; i++)
		if (strcmp(config->members[i].key, "mount") != 0 &&
		    strcmp(config->members[i].key, "method") != 0)
			kvargs_put(&body, config->members[i].key,
			    config->members[i].value);
	return login_write(run,
	    arena_printf(
		run->arena, "auth/%s/login", kvargs_text(config, "mount")),
	    kvargs_json(&body), out, why);
}

struct login_method {
	const char *name;
	bool (*run)(struct vault_run *run, const struct kvargs *config,
	    struct secret **out, const char **why);
	const char *help;
};

static const struct login_method login_methods[] = {
	{ "alicloud", login_with_fields, "role=... and a signed request" },
	{ "aws", login_with_fields, "role=... and a signed request" },
	{ "cert", login_with_certificate,
	    "name=... chooses a role; -client-cert and -client-key prove it" },
	{ "cf", login_with_fields, "role=... and a signed request" },
	{ "gcp", login_with_fields, "role=... jwt=..." },
	{ "github", login_with_github, "token=..." },
	{ "kerberos", login_with_fields, "the fields of the login" },
	{ "ldap", login_with_password, "username=... password=..." },
	{ "oci", login_with_fields, "role=... and a signed request" },
	{ "oidc", login_with_fields, "role=... jwt=..." },
	{ "okta", login_with_password, "username=... password=..." },
	{ "pcf", login_with_fields, "role=... and a signed request" },
	{ "radius", login_with_password, "username=... password=..." },
	{ "token", login_with_token, "token=... lookup=true" },
	{ "userpass", login_with_password, "username=... password=..." },
	{ NULL, NULL, NULL },
};

static const struct login_method *
login_find(const char *name)
{
	for (const struct login_method *m = login_methods; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

bool
login_print_help(struct vault_run *run, const char *name)
{
	const struct login_method *m = login_find(name);

	if (!m)
		return false;
	ui_output(&run->ui,
	    "Usage: vault login -method=%s [CONFIG K=V...]\n\n"
	    "  Logs in with the %s method.\n\nConfiguration:\n\n  %s",
	    m->name, m->name, m->help);
	return true;
}

static void
login_warn_of_variable(struct vault_run *run)
{
	const char *token = getenv("VAULT_TOKEN");

	if (token && *token)
		ui_warn(&run->ui, "%s\n",
		    ui_wrap(run->arena,
			"WARNING! The VAULT_TOKEN environment variable is "
			"set! The value of this variable will take "
			"precedence; if this is unwanted please unset "
			"VAULT_TOKEN or update its value accordingly.",
			0));
}

/* The token of an answer; a wrapped one is opened when `unwrap`. */
static bool
login_extract(struct vault_run *run, struct secret **s, bool unwrap,
    bool *wrapped, const char **why)
{
	*wrapped = false;
	while (*s && !(*s)->has_auth && (*s)->has_wrap) {
		if (!*(*s)->wrap.wrapped_accessor) {
			*why = "wrapped response does not contain a token";
			return false;
		}
		if (!unwrap) {
			*wrapped = true;
			return true;
		}
		run->client.token = arena_strdup(run->arena, (*s)->wrap.token);
		if (!logical_unwrap(&run->client, "", s, why))
			return false;
	}
	*why = *s ? "no auth or wrapping info in response"
		  : "empty response from auth helper";
	return *s && (*s)->has_auth;
}

/* Keeps the token with the token helper. False, the error printed and the
 * status of the program in *status, when that failed. */
static bool
login_store(struct vault_run *run, const struct secret *s, int *status)
{
	const char *why;
	bool found;

	if (token_helper_store(run->arena, s->auth.token, &found, &why)) {
		login_warn_of_variable(run);
		return true;
	}
	if (!found) {
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			arena_printf(run->arena,
			    "Error initializing token helper. Please verify "
			    "that the token helper is available and properly "
			    "configured for your system. The error was: %s",
			    why),
			0));
		*status = VAULT_WRONG_USE;
		return false;
	}
	ui_error(&run->ui, "Error storing token: %s", why);
	ui_error(&run->ui, "%s\n",
	    ui_wrap(run->arena,
		"Authentication was successful, but the token was not "
		"persisted. The resulting token is shown below for your "
		"records.",
		0));
	(void)print_secret(run, s);
	*status = VAULT_FAILED;
	return false;
}

/* Keeps what a login gave, on wish, and prints it or one field of it. Returns
 * the status that the program ends with. */
static int
login_finish(
    struct vault_run *run, const struct secret *s, bool store, bool token_only)
{
	const char *field = token_only ? "token" : vrun_text(run, "field");
	int status;

	if (store) {
		if (!login_store(run, s, &status))
			return status;
	} else if (!token_only) {
		ui_warn(&run->ui, "%s\n",
		    ui_wrap(run->arena,
			"The token was not stored in token helper. Set the "
			"VAULT_TOKEN environment variable or pass the token "
			"below with each request to Vault.",
			0));
	}
	if (vrun_is(run, "no-print"))
		return VAULT_OK;
	if (*field)
		return print_field(run, s, field);
	if (vrun_has_table(run))
		ui_output(&run->ui, "%s\n",
		    ui_wrap(run->arena,
			"Success! You are now authenticated. The token "
			"information displayed below is already stored in the "
			"token helper. You do NOT need to run \"vault login\" "
			"again. Future Vault requests will automatically use "
			"this token.",
			0));
	return print_secret(run, s);
}

static bool
login_config(struct vault_run *run, const char *method, struct kvargs *config)
{
	const char *path = vrun_text(run, "path"), *why;
	char **args = run->args;

	/* "vault login TOKEN" is "vault login token=TOKEN". */
	if (strcmp(method, "token") == 0 && run->nargs && !strchr(args[0], '='))
		args[0] = arena_printf(run->arena, "token=%s", args[0]);
	kvargs_init(config, run->arena, vrun_is(run, "non-interactive"));
	if (!kvargs_parse(config, run->nargs, args, &why)) {
		ui_error(&run->ui, "Error parsing configuration: %s", why);
		return false;
	}
	if (!kvargs_find(config, "mount"))
		kvargs_put_text(config, "mount", *path ? path : method);
	kvargs_put_text(config, "method", method);
	return true;
}

/* `vault login [TOKEN | K=V...]`: logs in by -method and keeps the token with
 * the token helper. Returns the status that the program ends with. */
static int
login_run(struct vault_run *run)
{
	const char *method = gotext_sanitize_path(
	    run->arena, vrun_text(run, "method"));
	bool token_only = vrun_is(run, "token-only"), wrapped;
	bool store = !vrun_is(run, "no-store") && !token_only;
	const struct login_method *m;
	struct kvargs config;
	struct secret *s = NULL;
	const char *why = NULL;

	if (!store && vrun_is(run, "no-print")) {
		ui_error(&run->ui,
		    "-no-store and -no-print cannot be used together");
		return VAULT_WRONG_USE;
	}
	if (!*method)
		method = "token";
	m = login_find(method);
	if (!m) {
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			arena_printf(run->arena,
			    "Unknown auth method: %s. Use \"vault auth list\" "
			    "to see the complete list of auth methods. "
			    "Additionally, some auth methods are only "
			    "available via the HTTP API.",
			    method),
			0));
		return VAULT_WRONG_USE;
	}
	if (!login_config(run, method, &config))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (strcmp(method, "token") != 0)
		run->client.token = arena_strdup(run->arena, "");
	if (!m->run(run, &config, &s, &why)) {
		ui_error(&run->ui, "Error authenticating: %s", why);
		return VAULT_FAILED;
	}
	if (s && s->has_auth && s->auth.mfa.p) {
		login_warn_of_variable(run);
		ui_warn(&run->ui, "%s\n",
		    ui_wrap(run->arena,
			"A login request was issued that is subject to MFA "
			"validation. Please make sure to validate the login "
			"by sending another request to sys/mfa/validate "
			"endpoint.",
			0));
		return print_secret(run, s);
	}
	run->client.wrap = VCLIENT_WRAP_NEVER;
	if (!login_extract(run, &s, store, &wrapped, &why)) {
		ui_error(&run->ui, "Error extracting token: %s", why);
		return VAULT_FAILED;
	}
	if (wrapped)
		return token_only ? print_field(run, s, "wrapping_token")
				  : print_secret(run, s);
	return login_finish(run, s, store, token_only);
}

static const struct flag login_flags[] = {
	{ "method", FLAG_STRING, "The method to log in with.", "token", NULL,
	    NULL },
	{ "path", FLAG_STRING,
	    "Where the method is mounted, when it is not at its name.", NULL,
	    NULL, NULL },
	{ "no-store", FLAG_BOOL, "Do not keep the token on disk.", NULL, NULL,
	    NULL },
	{ "no-print", FLAG_BOOL, "Do not print the token.", NULL, NULL, NULL },
	{ "token-only", FLAG_BOOL, "Print the token alone and do not keep it.",
	    NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set login_sets[] = {
	{ "Command Options", login_flags },
	{ NULL, NULL },
};

const struct vault_command login_commands[] = {
	{ "login", login_run, VAULT_FIELD | VAULT_FORMAT, login_sets, "Log in",
	    "[options] [AUTH K=V...]",
	    "  Logs in with a method and keeps the token for the next "
	    "commands. Without\n  arguments it asks for a token." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
