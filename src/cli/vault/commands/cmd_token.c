/*
 * vault token create, lookup, renew, revoke, capabilities.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"

static const char *
token_duration(struct vault_run *run, const char *flag)
{
	return gotext_duration(run->arena, goflag_number(&run->flags, flag));
}

static void
token_put_list(
    struct vault_run *run, struct buf *b, const char *key, const char *flag)
{
	const struct goflag_value *v = goflag_find(&run->flags, flag);

	if (v->n && v->list)
		fields_list(b, key, v);
	else if (v->n)
		fields_map(b, key, v);
}

static struct slice
token_create_body(struct vault_run *run)
{
	const char *type = vrun_text(run, "type");
	bool batch = strcmp(type, "batch") == 0;
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	if (*vrun_text(run, "id"))
		fields_text(&b, "id", vrun_text(run, "id"));
	token_put_list(run, &b, "policies", "policy");
	token_put_list(run, &b, "meta", "metadata");
	fields_text(&b, "ttl", token_duration(run, "ttl"));
	fields_text(
	    &b, "explicit_max_ttl", token_duration(run, "explicit-max-ttl"));
	fields_text(&b, "period", token_duration(run, "period"));
	if (vrun_is(run, "orphan"))
		fields_bool(&b, "no_parent", true);
	if (vrun_is(run, "no-default-policy"))
		fields_bool(&b, "no_default_policy", true);
	fields_text(&b, "display_name", vrun_text(run, "display-name"));
	fields_int(&b, "num_uses", goflag_number(&run->flags, "use-limit"));
	fields_bool(&b, "renewable", vrun_is(run, "renewable") && !batch);
	fields_text(&b, "type", type);
	fields_text(&b, "entity_alias", vrun_text(run, "entity-alias"));
	buf_char(&b, '}');
	return fields_take(run->arena, &b);
}

static int
token_run_create(struct vault_run *run)
{
	const char *role = vrun_text(run, "role"), *why;
	struct secret *s;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!logical_ask(&run->client, "POST",
		arena_printf(run->arena, "auth/token/create%s%s",
		    *role ? "/" : "", role),
		token_create_body(run), &s, &why)) {
		ui_error(&run->ui, "Error creating token: %s", why);
		return VAULT_FAILED;
	}
	return print_result(run, s);
}

/* `vault token lookup [TOKEN]`, with -accessor by accessor. Returns the status
 * that the program ends with. */
static int
token_run_lookup(struct vault_run *run)
{
	bool accessor = vrun_is(run, "accessor");
	const char *token = "", *why;
	struct secret *s;
	bool ok;

	if (accessor && run->nargs < 1) {
		ui_error(&run->ui,
		    "Not enough arguments with -accessor (expected 1, got %d)",
		    run->nargs);
		return VAULT_WRONG_USE;
	}
	if (accessor && run->nargs > 1) {
		ui_error(&run->ui,
		    "Too many arguments with -accessor (expected 1, got %d)",
		    run->nargs);
		return VAULT_WRONG_USE;
	}
	if (!vrun_expect(run, 0, 1, "0-1"))
		return VAULT_WRONG_USE;
	if (run->nargs)
		token = gotext_trim(run->arena, run->args[0]);
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!*token)
		ok = logical_ask(&run->client, "GET", "auth/token/lookup-self",
		    SLICE_NONE, &s, &why);
	else if (accessor)
		ok = logical_ask(&run->client, "POST",
		    "auth/token/lookup-accessor",
		    vrun_one(run, "accessor", token), &s, &why);
	else
		ok = logical_ask(&run->client, "POST", "auth/token/lookup",
		    vrun_one(run, "token", token), &s, &why);
	if (!ok) {
		ui_error(&run->ui, "Error looking up token: %s", why);
		return VAULT_FAILED;
	}
	return print_secret(run, s);
}

/* How long the token of a renewal lives now. */
static int64_t
token_renewed_seconds(const struct secret *s)
{
	return s && s->has_auth ? s->auth.lease_duration : 0;
}

/* `vault token renew [TOKEN]`, with -accessor by accessor. Returns the status
 * that the program ends with. */
static int
token_run_renew(struct vault_run *run)
{
	int64_t increment = goflag_number(&run->flags, "increment") /
	    NSEC_PER_SEC;
	const char *token = "", *path = "auth/token/renew-self", *why;
	const char *method = "PUT";
	struct kvargs body;
	struct secret *s;
	int status;

	if (!vrun_expect(run, 0, 1, "1"))
		return VAULT_WRONG_USE;
	if (run->nargs)
		token = gotext_trim(run->arena, run->args[0]);
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (increment < 1)
		increment = 0;
	kvargs_init(&body, run->arena, true);
	kvargs_put(&body, "increment",
	    slice_of(arena_printf(run->arena, "%lld", (long long)increment)));
	if (*token && vrun_is(run, "accessor")) {
		path = "auth/token/renew-accessor";
		method = "POST";
		kvargs_put_text(&body, "accessor", token);
	} else if (*token) {
		path = "auth/token/renew";
		kvargs_put_text(&body, "token", token);
	}
	if (!logical_ask(
		&run->client, method, path, kvargs_json(&body), &s, &why)) {
		ui_error(&run->ui, "Error renewing token: %s", why);
		return VAULT_FAILED;
	}
	status = print_secret(run, s);
	if (vrun_is(run, "fail-if-not-fulfilled") &&
	    token_renewed_seconds(s) < increment) {
		ui_output(&run->ui,
		    "Token renewal completed with capped duration, failing "
		    "the command because of --fail-if-not-fulfilled");
		return VAULT_WRONG_USE;
	}
	return status;
}

/* NULL, or why the flags do not go together. */
static const char *
token_check_revoke(struct vault_run *run)
{
	const char *mode = vrun_text(run, "mode");
	bool self = vrun_is(run, "self"), accessor = vrun_is(run, "accessor");

	if (*mode && strcmp(mode, "orphan") != 0 && strcmp(mode, "path") != 0)
		return arena_printf(run->arena, "Invalid mode: %s", mode);
	if (self && run->nargs > 0)
		return arena_printf(run->arena,
		    "Too many arguments with -self (expected 0, got %d)",
		    run->nargs);
	if (!self && run->nargs > 1)
		return arena_printf(run->arena,
		    "Too many arguments (expected 1 or -self, got %d)",
		    run->nargs);
	if (!self && run->nargs < 1)
		return arena_printf(run->arena,
		    "Not enough arguments (expected 1 or -self, got %d)",
		    run->nargs);
	if (self && accessor)
		return "Cannot use -self with -accessor!";
	if (self && *mode)
		return "Cannot use -self with -mode!";
	if (accessor && *mode)
		return arena_printf(
		    run->arena, "Cannot use -accessor with -mode=%s!", mode);
	return NULL;
}

/* `vault token revoke`: -self, a token, or by accessor; -mode=orphan keeps its
 * children, -mode=path revokes what a prefix made. Returns the status that the
 * program ends with. */
static int
token_run_revoke(struct vault_run *run)
{
	const char *why = token_check_revoke(run), *mode, *token;
	struct vclient *c = &run->client;
	struct vreply reply;
	bool ok;

	if (why) {
		ui_error(&run->ui, "%s", why);
		return VAULT_WRONG_USE;
	}
	mode = vrun_text(run, "mode");
	token = run->nargs ? gotext_trim(run->arena, run->args[0]) : "";
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (vrun_is(run, "self"))
		ok = vclient_do(
		    c, "PUT", "auth/token/revoke-self", SLICE_NONE, &reply);
	else if (vrun_is(run, "accessor"))
		ok = vclient_do(c, "POST", "auth/token/revoke-accessor",
		    vrun_one(run, "accessor", token), &reply);
	else if (strcmp(mode, "orphan") == 0)
		ok = vclient_do(c, "PUT", "auth/token/revoke-orphan",
		    vrun_one(run, "token", token), &reply);
	else if (strcmp(mode, "path") == 0)
		ok = vclient_do(c, "PUT",
		    arena_printf(
			run->arena, "sys/leases/revoke-prefix/%s", token),
		    SLICE_NONE, &reply);
	else
		ok = vclient_do(c, "PUT", "auth/token/revoke",
		    vrun_one(run, "token", token), &reply);
	if (!ok) {
		ui_error(&run->ui, "Error revoking token: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Revoked token (if it existed)");
	return VAULT_OK;
}

static int
token_compare(const void *x, const void *y)
{
	const char *const *a = x, *const *b = y;

	return strcmp(*a, *b);
}

static int
token_print_capabilities(struct vault_run *run, struct slice list)
{
	struct slice *elements;
	size_t n = list.p ? part_elements(run->arena, list, &elements) : 0;
	const char **words;
	struct buf line;

	if (n == 0) {
		ui_error(&run->ui, "No capabilities found");
		return VAULT_WRONG_USE;
	}
	if (!vrun_has_table(run))
		return print_struct(run, list);
	words = arena_alloc(run->arena, n * sizeof(*words));
	for (size_t i = 0; i < n; i++)
		words[i] = jsontext_go_print(run->arena, elements[i]);
	qsort(words, n, sizeof(*words), token_compare);
	buf_init(&line, 0);
	for (size_t i = 0; i < n; i++)
		buf_printf(&line, "%s%s", i ? ", " : "", words[i]);
	ui_output(&run->ui, "%s", line.p);
	buf_release(&line);
	return VAULT_OK;
}

/* `vault token capabilities [TOKEN] PATH`. Returns the status that the program
 * ends with. */
static int
token_run_capabilities(struct vault_run *run)
{
	bool accessor = vrun_is(run, "accessor");
	const char *token, *path, *where = "sys/capabilities", *why;
	struct slice list;
	struct kvargs body;
	struct secret *s;

	if (accessor && run->nargs != 2) {
		ui_error(&run->ui,
		    "%s arguments with -accessor (expected 2, got %d)",
		    run->nargs < 2 ? "Not enough" : "Too many", run->nargs);
		return VAULT_WRONG_USE;
	}
	if (!vrun_expect(run, 1, 2, "1-2"))
		return VAULT_WRONG_USE;
	path = run->args[run->nargs - 1];
	if (!vrun_client(run))
		return VAULT_FAILED;
	token = run->nargs == 2 ? run->args[0] : run->client.token;
	if (accessor)
		where = "sys/capabilities-accessor";
	else if (strcmp(token, run->client.token) == 0)
		where = "sys/capabilities-self";
	kvargs_init(&body, run->arena, true);
	kvargs_put_text(&body, accessor ? "accessor" : "token", token);
	kvargs_put_text(&body, "path", path);
	if (!logical_ask(
		&run->client, "POST", where, kvargs_json(&body), &s, &why) ||
	    !s || !s->data.p) {
		ui_error(&run->ui, "Error listing capabilities: %s",
		    why ? why : "data from server response is empty");
		return VAULT_FAILED;
	}
	list = part_get(s->data, path);
	if (jsontext_kind(list) != '[')
		list = part_get(s->data, "capabilities");
	return token_print_capabilities(
	    run, jsontext_kind(list) == '[' ? list : SLICE_NONE);
}

#define TOKEN_END                               \
	{                                       \
		NULL, 0, NULL, NULL, NULL, NULL \
	}

static const struct flag token_create_flags[] = {
	{ "id", FLAG_STRING, "The token's own value.", NULL, NULL, NULL },
	{ "display-name", FLAG_STRING, "A name to know the token by.", NULL,
	    NULL, NULL },
	{ "ttl", FLAG_DURATION, "How long the token lives at first.", NULL,
	    NULL, NULL },
	{ "explicit-max-ttl", FLAG_DURATION,
	    "How long it can live, whatever is renewed.", NULL, NULL, NULL },
	{ "period", FLAG_DURATION,
	    "Renewed within this time, the token lives for ever.", NULL, NULL,
	    NULL },
	{ "renewable", FLAG_BOOL, "Can the token be renewed?", "true", NULL,
	    NULL },
	{ "orphan", FLAG_BOOL, "The token has no parent.", NULL, NULL, NULL },
	{ "no-default-policy", FLAG_BOOL,
	    "The token does not have the policy \"default\".", NULL, NULL,
	    NULL },
	{ "use-limit", FLAG_INT, "How often the token can be used.", NULL, NULL,
	    NULL },
	{ "role", FLAG_STRING, "The role to create the token with.", NULL, NULL,
	    NULL },
	{ "type", FLAG_STRING, "\"service\" or \"batch\".", "service", NULL,
	    NULL },
	{ "metadata", FLAG_MAP,
	    "A key=value for the audit log; may come again.", NULL, NULL,
	    NULL },
	{ "policy", FLAG_LIST, "A policy of the token; may come again.", NULL,
	    NULL, NULL },
	{ "entity-alias", FLAG_STRING,
	    "The alias of the token's entity; needs -role.", NULL, NULL, NULL },
	TOKEN_END,
};
#define TOKEN_ACCESSOR                                                       \
	{                                                                    \
		"accessor", FLAG_BOOL, "The argument is an accessor.", NULL, \
		    NULL, NULL                                               \
	}
static const struct flag token_accessor_flags[] = { TOKEN_ACCESSOR, TOKEN_END };
static const struct flag token_renew_flags[] = {
	TOKEN_ACCESSOR,
	{ "increment", FLAG_DURATION, "How much longer the token is to live.",
	    NULL, NULL, "i" },
	{ "fail-if-not-fulfilled", FLAG_BOOL,
	    "End with 1 when the token lives shorter than asked for.", NULL,
	    NULL, NULL },
	TOKEN_END,
};
static const struct flag token_revoke_flags[] = {
	TOKEN_ACCESSOR,
	{ "self", FLAG_BOOL, "Revoke the client's own token.", NULL, NULL,
	    NULL },
	{ "mode", FLAG_STRING,
	    "\"orphan\" keeps the token's children; \"path\" revokes all "
	    "tokens made at the path.",
	    NULL, NULL, NULL },
	TOKEN_END,
};
static const struct goflag_set token_create_sets[] = {
	{ "Command Options", token_create_flags },
	{ NULL, NULL },
};
static const struct goflag_set token_accessor_sets[] = {
	{ "Command Options", token_accessor_flags },
	{ NULL, NULL },
};
static const struct goflag_set token_renew_sets[] = {
	{ "Command Options", token_renew_flags },
	{ NULL, NULL },
};
static const struct goflag_set token_revoke_sets[] = {
	{ "Command Options", token_revoke_flags },
	{ NULL, NULL },
};

const struct vault_command token_commands[] = {
	{ "token", NULL, 0, NULL, "Work with tokens",
	    "<subcommand> [options] [args]",
	    "  Creates, shows, renews and revokes tokens." },
	{ "token create", token_run_create, VAULT_FIELD | VAULT_FORMAT,
	    token_create_sets, "Create a token", "[options]",
	    "  Creates a token, a child of the client's own." },
	{ "token lookup", token_run_lookup, VAULT_FORMAT, token_accessor_sets,
	    "Show what is known of a token", "[options] [TOKEN | ACCESSOR]",
	    "  Shows the token, or the client's own without one." },
	{ "token renew", token_run_renew, VAULT_FORMAT, token_renew_sets,
	    "Renew a token", "[options] [TOKEN]",
	    "  Renews the token, or the client's own without one." },
	{ "token revoke", token_run_revoke, 0, token_revoke_sets,
	    "Revoke a token and its children", "[options] [TOKEN | ACCESSOR]",
	    "  Revokes a token and what was made with it." },
	{ "token capabilities", token_run_capabilities, VAULT_FORMAT,
	    token_accessor_sets, "Print what a token may do at a path",
	    "[options] [TOKEN | ACCESSOR] PATH",
	    "  Prints the capabilities of the token, or of the client's own." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
