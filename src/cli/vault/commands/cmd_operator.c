/*
 * vault operator init, unseal, seal, rotate, key-status, step-down, members.
 */
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/seal_status.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

/* A JSON answer that is no secret; false with the error's text. */
static bool
operator_ask(struct vault_run *run, const char *method, const char *path,
    struct slice body, struct slice *out, const char **why)
{
	struct vreply reply;

	if (!vclient_do(&run->client, method, path, body, &reply)) {
		*why = reply.why;
		return false;
	}
	return secret_clean(run->arena, reply.body, out, why);
}

static int
operator_init_status(struct vault_run *run)
{
	struct slice answer;
	const char *why;
	bool is;

	if (!operator_ask(run, "GET", "sys/init", SLICE_NONE, &answer, &why)) {
		ui_error(&run->ui, "Error checking init status: %s", why);
		return VAULT_WRONG_USE;
	}
	is = part_bool(answer, "initialized");
	if (vrun_has_table(run))
		ui_output(&run->ui, "Vault is %sinitialized", is ? "" : "not ");
	else
		(void)print_struct(run,
		    is ? SLICE("{\"Initialized\":true}")
		       : SLICE("{\"Initialized\":false}"));
	return is ? VAULT_OK : VAULT_FAILED;
}

struct operator_shares {
	int64_t shares;
	int64_t threshold;
	int64_t recovery_shares;
	int64_t recovery_threshold;
};

static struct slice
operator_init_body(struct vault_run *run, const struct operator_shares *n)
{
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_int(&b, "secret_shares", n->shares);
	fields_int(&b, "secret_threshold", n->threshold);
	fields_int(&b, "stored_shares", 0);
	fields_list(&b, "pgp_keys", goflag_find(&run->flags, "pgp-keys"));
	fields_int(&b, "recovery_shares", n->recovery_shares);
	fields_int(&b, "recovery_threshold", n->recovery_threshold);
	fields_list(&b, "recovery_pgp_keys",
	    goflag_find(&run->flags, "recovery-pgp-keys"));
	fields_text(
	    &b, "root_token_pgp_key", vrun_text(run, "root-token-pgp-key"));
	buf_char(&b, '}');
	return fields_take(run->arena, &b);
}

/* A list that is there, else an empty one. */
static struct slice
operator_list(struct slice answer, const char *key)
{
	struct slice v = part_get(answer, key);

	return jsontext_kind(v) == '[' ? v : SLICE("[]");
}

static int
operator_init_json(
    struct vault_run *run, struct slice answer, const struct operator_shares *n)
{
	bool keys = operator_list(answer, "keys").n > 2;
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_raw(&b, "unseal_keys_b64", operator_list(answer, "keys_base64"));
	fields_raw(&b, "unseal_keys_hex", operator_list(answer, "keys"));
	fields_int(&b, "unseal_shares", keys ? n->shares : 1);
	fields_int(&b, "unseal_threshold", keys ? n->threshold : 1);
	fields_raw(&b, "recovery_keys_b64",
	    operator_list(answer, "recovery_keys_base64"));
	fields_raw(
	    &b, "recovery_keys_hex", operator_list(answer, "recovery_keys"));
	fields_int(&b, "recovery_keys_shares", n->recovery_shares);
	fields_int(&b, "recovery_keys_threshold", n->recovery_threshold);
	fields_text(
	    &b, "root_token", part_text(run->arena, answer, "root_token"));
	buf_char(&b, '}');
	return print_struct(run, fields_take(run->arena, &b));
}

/* "Unseal Key 1: ..."; how many there are. */
static size_t
operator_print_keys(struct vault_run *run, struct slice answer,
    const char *title, const char *hex, const char *b64)
{
	struct slice *plain, *encoded;
	size_t n, m;

	n = part_elements(run->arena, operator_list(answer, hex), &plain);
	m = part_elements(run->arena, operator_list(answer, b64), &encoded);
	for (size_t i = 0; i < n; i++)
		ui_output(&run->ui, "%s Key %zu: %s", title, i + 1,
		    jsontext_go_print(
			run->arena, m == n ? encoded[i] : plain[i]));
	return n;
}

static void
operator_say(struct vault_run *run, const char *text)
{
	ui_output(&run->ui, "%s", "");
	ui_output(&run->ui, "%s", ui_wrap(run->arena, text, 0));
}

/* Prints shares and root token of an init as Vault's table of lines. */
static int
operator_init_print(
    struct vault_run *run, struct slice answer, const struct operator_shares *n)
{
	size_t keys = operator_print_keys(
	    run, answer, "Unseal", "keys", "keys_base64");
	size_t recovery = operator_print_keys(
	    run, answer, "Recovery", "recovery_keys", "recovery_keys_base64");

	ui_output(&run->ui, "%s", "");
	ui_output(&run->ui, "Initial Root Token: %s",
	    part_text(run->arena, answer, "root_token"));
	if (keys == 0) {
		ui_output(&run->ui, "%s", "");
		ui_output(&run->ui, "Success! Vault is initialized");
	} else {
		operator_say(run,
		    arena_printf(run->arena,
			"Vault initialized with %lld key shares and a key "
			"threshold of %lld. Please securely distribute the "
			"key shares printed above. When the Vault is "
			"re-sealed, restarted, or stopped, you must supply at "
			"least %lld of these keys to unseal it before it can "
			"start servicing requests.",
			(long long)n->shares, (long long)n->threshold,
			(long long)n->threshold));
		operator_say(run,
		    arena_printf(run->arena,
			"Vault does not store the generated root key. Without "
			"at least %lld keys to reconstruct the root key, "
			"Vault will remain permanently sealed!",
			(long long)n->threshold));
		operator_say(run,
		    "It is possible to generate new unseal keys, provided you "
		    "have a quorum of existing unseal keys shares. See "
		    "\"vault operator rekey\" for more information.");
	}
	if (recovery)
		operator_say(run,
		    arena_printf(run->arena,
			"Recovery key initialized with %lld key shares and a "
			"key threshold of %lld. Please securely distribute "
			"the key shares printed above.",
			(long long)n->recovery_shares,
			(long long)n->recovery_threshold));
	return VAULT_OK;
}

static void
operator_default_shares(
    struct vault_run *run, bool recovery, struct operator_shares *n)
{
	n->shares = goflag_number(&run->flags, "key-shares");
	n->threshold = goflag_number(&run->flags, "key-threshold");
	n->recovery_shares = goflag_number(&run->flags, "recovery-shares");
	n->recovery_threshold = goflag_number(
	    &run->flags, "recovery-threshold");
	if (recovery && !n->recovery_shares)
		n->recovery_shares = 5;
	if (recovery && !n->recovery_threshold)
		n->recovery_threshold = 3;
	if (!recovery && !n->shares)
		n->shares = 5;
	if (!recovery && !n->threshold)
		n->threshold = 3;
}

/* `vault operator init`, with -status only whether it was done. Returns the
 * status that the program ends with. */
static int
operator_run_init(struct vault_run *run)
{
	struct operator_shares n;
	struct slice seal, answer;
	bool curl, policy, ok;
	const char *why;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (goflag_number(&run->flags, "stored-shares") >= 0)
		ui_warn(&run->ui,
		    "-stored-shares has no effect and will be "
		    "removed in Vault 1.3.\n");
	if (vrun_is(run, "consul-auto")) {
		ui_error(&run->ui, "Consul is not asked by this command");
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	curl = run->client.curl;
	policy = run->client.policy;
	run->client.curl = run->client.policy = false;
	ok = operator_ask(
	    run, "GET", "sys/seal-status", SLICE_NONE, &seal, &why);
	run->client.curl = curl;
	run->client.policy = policy;
	if (!ok) {
		ui_error(&run->ui, "%s", why);
		return VAULT_FAILED;
	}
	operator_default_shares(run, part_bool(seal, "recovery_seal"), &n);
	if (vrun_is(run, "status"))
		return operator_init_status(run);
	if (!operator_ask(run, "PUT", "sys/init", operator_init_body(run, &n),
		&answer, &why)) {
		ui_error(&run->ui, "Error initializing: %s", why);
		return VAULT_FAILED;
	}
	return vrun_has_table(run) ? operator_init_print(run, answer, &n)
				   : operator_init_json(run, answer, &n);
}

/* The unseal key of the terminal; NULL after saying why there is none. */
static const char *
operator_ask_key(struct vault_run *run)
{
	const char *key, *why;

	if (vrun_is(run, "non-interactive")) {
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			"Refusing to read from stdin with -non-interactive "
			"specified; specify unseal key as an argument to this "
			"command",
			0));
		return NULL;
	}
	printf("Unseal Key (will be hidden): ");
	fflush(stdout);
	key = ui_ask_hidden(run->arena, &why);
	printf("\n");
	if (key)
		return gotext_trim(run->arena, key);
	ui_error(&run->ui, "%s",
	    ui_wrap(run->arena,
		arena_printf(run->arena,
		    "An error occurred attempting to ask for an unseal key. "
		    "The raw error message is shown below, but usually this "
		    "is because you attempted to pipe a value into the unseal "
		    "command or you are executing outside of a terminal "
		    "(tty). You should run the unseal command from a terminal "
		    "for maximum security. If this is not an option, the "
		    "unseal key can be provided as the first argument to the "
		    "unseal command. The raw error was:\n\n%s",
		    why),
		0));
	return NULL;
}

/* `vault operator unseal [KEY]`; without a key it is read from the terminal.
 * Returns the status that the program ends with. */
static int
operator_run_unseal(struct vault_run *run)
{
	const char *key = "", *why;
	struct slice status;
	struct buf b;

	if (!vrun_expect(run, 0, 1, "1"))
		return VAULT_WRONG_USE;
	if (run->nargs)
		key = gotext_trim(run->arena, run->args[0]);
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (vrun_is(run, "reset")) {
		if (!operator_ask(run, "PUT", "sys/unseal",
			SLICE("{\"reset\":true}"), &status, &why)) {
			ui_error(&run->ui, "Error resetting unseal process: %s",
			    why);
			return VAULT_FAILED;
		}
		return seal_status_print(run, status);
	}
	if (!*key)
		key = operator_ask_key(run);
	if (!key)
		return VAULT_WRONG_USE;
	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "key", key);
	fields_bool(&b, "reset", false);
	fields_bool(&b, "migrate", vrun_is(run, "migrate"));
	buf_char(&b, '}');
	if (!operator_ask(run, "PUT", "sys/unseal", fields_take(run->arena, &b),
		&status, &why)) {
		ui_error(&run->ui, "Error unsealing: %s", why);
		return VAULT_FAILED;
	}
	return seal_status_print(run, status);
}

static int
operator_run_seal(struct vault_run *run)
{
	struct vreply reply;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!vclient_do(&run->client, "PUT", "sys/seal", SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error sealing: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Vault is sealed.");
	return VAULT_OK;
}

/* Prints term, install time and number of encryptions of the key. Returns the
 * status that the program ends with. */
static int
operator_print_key_status(struct vault_run *run, bool rotated)
{
	const char *why, *since;
	struct printer_rows rows;
	struct secret *s;
	struct buf b;

	if (logical_ask(
		&run->client, "GET", "sys/key-status", SLICE_NONE, &s, &why)) {
		if (!s || !s->data.p)
			why = "data from server response is empty";
		else if (!part_get(s->data, "term").p)
			why = "term not found in response";
		else if (!part_get(s->data, "install_time").p)
			why = "install_time not found in response";
	}
	if (why) {
		ui_error(&run->ui, "Error reading key status: %s", why);
		return VAULT_FAILED;
	}
	since = part_text(run->arena, s->data, "install_time");
	if (!vrun_has_table(run)) {
		buf_init(&b, 0);
		buf_char(&b, '{');
		fields_raw(&b, "term", part_get(s->data, "term"));
		fields_text(&b, "install_time", since);
		fields_int(&b, "encryptions",
		    part_int(run->arena, s->data, "encryptions"));
		buf_char(&b, '}');
		return print_struct(run, fields_take(run->arena, &b));
	}
	if (rotated) {
		ui_output(&run->ui, "Success! Rotated key");
		ui_output(&run->ui, "%s", "");
	}
	printer_rows_init(&rows, run->arena, "|");
	printer_row(&rows, "Key Term | %lld",
	    (long long)part_int(run->arena, s->data, "term"));
	printer_row(
	    &rows, "Install Time | %s", gotext_rfc822(run->arena, since));
	printer_row(&rows, "Encryption Count | %lld",
	    (long long)part_int(run->arena, s->data, "encryptions"));
	ui_output(&run->ui, "%s", printer_columns(&rows));
	return VAULT_OK;
}

static int
operator_run_key_status(struct vault_run *run)
{
	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	return operator_print_key_status(run, false);
}

static int
operator_run_rotate(struct vault_run *run)
{
	struct vreply reply;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!vclient_do(
		&run->client, "POST", "sys/rotate", SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error rotating key: %s", reply.why);
		return VAULT_FAILED;
	}
	return operator_print_key_status(run, true);
}

static int
operator_run_step_down(struct vault_run *run)
{
	struct vreply reply;

	if (!vrun_expect(run, 0, 0, "0"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!vclient_do(
		&run->client, "PUT", "sys/step-down", SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error stepping down: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Stepped down: %s",
	    address_url(run->arena, &run->client.address));
	return VAULT_OK;
}

/* One node in the order of the client's struct. What only later versions have
 * is there when the server sends it. */
static void
operator_put_member(struct arena *a, struct buf *b, struct slice node)
{
	static const char *const numbers[] = { "echo_duration_ms",
		"clock_skew_ms" };
	static const char *const given[] = { "upgrade_version",
		"redundancy_zone" };
	struct slice echo = part_get(node, "last_echo");

	buf_char(b, '{');
	fields_text(b, "hostname", part_text(a, node, "hostname"));
	fields_text(b, "api_address", part_text(a, node, "api_address"));
	fields_text(
	    b, "cluster_address", part_text(a, node, "cluster_address"));
	fields_bool(b, "active_node", part_bool(node, "active_node"));
	fields_raw(b, "last_echo", echo.p ? echo : SLICE("null"));
	for (int i = 0; i < 2; i++)
		if (part_int(a, node, numbers[i]))
			fields_int(
			    b, numbers[i], part_int(a, node, numbers[i]));
	fields_text(b, "version", part_text(a, node, "version"));
	for (int i = 0; i < 2; i++)
		if (*part_text(a, node, given[i]))
			fields_text(b, given[i], part_text(a, node, given[i]));
	buf_char(b, '}');
}

/* A time to the second. */
static const char *
operator_second(struct arena *a, const char *time)
{
	size_t n = strcspn(time, ".");

	if (!time[n])
		return time;
	return arena_printf(a, "%.*s%s", (int)n, time,
	    time + n + 1 + strspn(time + n + 1, "0123456789"));
}

/* `vault operator members`: the nodes of the cluster as a table. Returns the
 * status that the program ends with. */
static int
operator_run_members(struct vault_run *run)
{
	struct arena *a = run->arena;
	struct slice answer, *nodes, list;
	struct printer_rows rows;
	const char *why;
	struct buf b;
	size_t n;

	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!operator_ask(
		run, "GET", "sys/ha-status", SLICE_NONE, &answer, &why)) {
		ui_error(&run->ui, "%s", why);
		return VAULT_FAILED;
	}
	list = part_get(answer, "nodes");
	if (!list.p)
		list = part_get(answer, "Nodes");
	n = jsontext_kind(list) == '[' ? part_elements(a, list, &nodes) : 0;
	if (!vrun_has_table(run)) {
		buf_init(&b, 0);
		buf_str(&b, list.p ? "{\"Nodes\":[" : "{\"Nodes\":null");
		for (size_t i = 0; i < n; i++) {
			buf_str(&b, i ? "," : "");
			operator_put_member(a, &b, nodes[i]);
		}
		buf_str(&b, list.p ? "]}" : "}");
		return print_struct(run, fields_take(a, &b));
	}
	printer_rows_init(&rows, a, "|");
	printer_row(&rows,
	    "Host Name | API Address | Cluster Address | Active "
	    "Node | Version | Upgrade Version | Redundancy Zone "
	    "| Last Echo");
	for (size_t i = 0; i < n; i++)
		printer_row(&rows, "%s | %s | %s | %s | %s | %s | %s | %s",
		    part_text(a, nodes[i], "hostname"),
		    part_text(a, nodes[i], "api_address"),
		    part_text(a, nodes[i], "cluster_address"),
		    part_bool(nodes[i], "active_node") ? "true" : "false",
		    part_text(a, nodes[i], "version"),
		    part_text(a, nodes[i], "upgrade_version"),
		    part_text(a, nodes[i], "redundancy_zone"),
		    operator_second(a, part_text(a, nodes[i], "last_echo")));
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

#define OPERATOR_END                            \
	{                                       \
		NULL, 0, NULL, NULL, NULL, NULL \
	}

static const struct flag operator_init_flags[] = {
	{ "status", FLAG_BOOL,
	    "Print whether the server is initialized; 2 when it is not.", NULL,
	    NULL, NULL },
	{ "key-shares", FLAG_INT, "Into how many shares the key is split.",
	    NULL, NULL, "n" },
	{ "key-threshold", FLAG_INT, "How many of them unseal.", NULL, NULL,
	    "t" },
	{ "pgp-keys", FLAG_KEYS,
	    "Files with PGP keys, parted by commas, that the shares are "
	    "encrypted for.",
	    NULL, NULL, NULL },
	{ "root-token-pgp-key", FLAG_KEY,
	    "A file with the PGP key that the root token is encrypted for.",
	    NULL, NULL, NULL },
	{ "stored-shares", FLAG_INT, "It has no effect.", "-1", NULL, NULL },
	OPERATOR_END,
};
static const struct flag operator_consul_flags[] = {
	{ "consul-auto", FLAG_BOOL, "Find the server in Consul.", NULL, NULL,
	    NULL },
	{ "consul-service", FLAG_STRING, "The service's name in Consul.",
	    "vault", NULL, NULL },
	OPERATOR_END,
};
static const struct flag operator_auto_flags[] = {
	{ "recovery-shares", FLAG_INT,
	    "Into how many shares the recovery key is split.", NULL, NULL,
	    NULL },
	{ "recovery-threshold", FLAG_INT, "How many of them are needed.", NULL,
	    NULL, NULL },
	{ "recovery-pgp-keys", FLAG_KEYS,
	    "Files with PGP keys that the recovery shares are encrypted for.",
	    NULL, NULL, NULL },
	OPERATOR_END,
};
static const struct flag operator_unseal_flags[] = {
	{ "reset", FLAG_BOOL, "Forget the shares given so far.", NULL, NULL,
	    NULL },
	{ "migrate", FLAG_BOOL, "The share is for a migration to another seal.",
	    NULL, NULL, NULL },
	OPERATOR_END,
};
static const struct goflag_set operator_init_sets[] = {
	{ "Common Options", operator_init_flags },
	{ "Consul Options", operator_consul_flags },
	{ "Auto Unseal Options", operator_auto_flags },
	{ NULL, NULL },
};
static const struct goflag_set operator_unseal_sets[] = {
	{ "Command Options", operator_unseal_flags },
	{ NULL, NULL },
};

const struct vault_command operator_commands[] = {
	{ "operator", NULL, 0, NULL, "Do an operator's work",
	    "<subcommand> [options] [args]",
	    "  Initializes, unseals, seals and maintains servers." },
	{ "operator init", operator_run_init, VAULT_FORMAT, operator_init_sets,
	    "Initialize a server", "[options]",
	    "  Initializes a server and prints its keys and its root token." },
	{ "operator unseal", operator_run_unseal, VAULT_FORMAT,
	    operator_unseal_sets, "Give a share of the key", "[options] [KEY]",
	    "  Gives the server one share of its key; without an argument it "
	    "asks." },
	{ "operator seal", operator_run_seal, 0, NULL, "Seal the server",
	    "[options]", "  Seals the server." },
	{ "operator rotate", operator_run_rotate, VAULT_FORMAT, NULL,
	    "Rotate the key that data is encrypted with", "[options]",
	    "  Installs a new key; what is there stays readable." },
	{ "operator key-status", operator_run_key_status, VAULT_FORMAT, NULL,
	    "Show the key that data is encrypted with", "[options]",
	    "  Shows the term of the key and when it was installed." },
	{ "operator step-down", operator_run_step_down, 0, NULL,
	    "Make the leader give up", "[options]",
	    "  The leader gives up, and another node is elected." },
	{ "operator members", operator_run_members, VAULT_FORMAT, NULL,
	    "List the nodes of the cluster", "",
	    "  Lists the nodes that the leader knows." },
	{ "operator diagnose", NULL, VAULT_ABSENT, NULL, "", NULL, NULL },
	{ "operator import", NULL, VAULT_ABSENT, NULL, "", NULL, NULL },
	{ "operator migrate", NULL, VAULT_ABSENT, NULL, "", NULL, NULL },
	{ "operator usage", NULL, VAULT_ABSENT, NULL, "", NULL, NULL },
	{ "operator utilization", NULL, VAULT_ABSENT, NULL, "", NULL, NULL },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
