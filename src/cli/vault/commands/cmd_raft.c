/*
 * vault operator raft.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/client/readfile.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/autopilot.h"
#include "cli/vault/commands/raft_inspect.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

/* `vault operator raft list-peers`. Returns the status that the program ends
 * with. */
static int
raft_run_list_peers(struct vault_run *run)
{
	const char *token = vrun_text(run, "dr-token"), *why;
	const char *path = "sys/storage/raft/configuration";
	struct printer_rows rows;
	struct slice servers, *list;
	struct secret *s;
	size_t n;
	bool ok;

	if (!vrun_client(run))
		return VAULT_FAILED;
	if (*token)
		ok = logical_write(&run->client, "PUT", path,
		    vrun_one(run, "dr_operation_token", token), &s, &why);
	else
		ok = logical_read(&run->client, path, NULL, &s, &why);
	if (!ok) {
		ui_error(&run->ui,
		    "Error reading the raft cluster configuration: %s", why);
		return VAULT_FAILED;
	}
	if (!s) {
		ui_error(&run->ui, "No raft cluster configuration found");
		return VAULT_FAILED;
	}
	if (!vrun_has_table(run))
		return print_secret(run, s);
	servers = part_get(part_get(s->data, "config"), "servers");
	n = jsontext_kind(servers) == '['
	    ? part_elements(run->arena, servers, &list)
	    : 0;
	printer_rows_init(&rows, run->arena, "|");
	printer_row(&rows, "Node | Address | State | Voter");
	for (size_t i = 0; i < n; i++)
		printer_row(&rows, "%s | %s | %s | %s",
		    part_text(run->arena, list[i], "node_id"),
		    part_text(run->arena, list[i], "address"),
		    part_bool(list[i], "leader") ? "leader" : "follower",
		    part_bool(list[i], "voter") ? "true" : "false");
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

/* A flag's text, or what is in the file behind "@". */
static const char *
raft_flag_file(struct vault_run *run, const char *flag, const char *what)
{
	const char *text = vrun_text(run, flag), *why;

	if (*text != '@')
		return text;
	text = readfile(run->arena, text + 1, NULL, &why);
	if (!text)
		ui_error(&run->ui,
		    "Failed to parse leader %s: error reading "
		    "file: %s",
		    what, why);
	return text;
}

/* The body of a join from the flags. False when a flag cannot be read; the
 * error is printed. */
static bool
raft_join_body(struct vault_run *run, const char *leader, struct slice *out)
{
	const char *ca = raft_flag_file(
	    run, "leader-ca-cert", "CA certificate");
	const char *cert = ca
	    ? raft_flag_file(run, "leader-client-cert", "client certificate")
	    : NULL;
	const char *key = cert
	    ? raft_flag_file(run, "leader-client-key", "client key")
	    : NULL;
	const char *scheme = vrun_text(run, "auto-join-scheme");
	bool provider = strstr(leader, "provider=") != NULL;
	struct address address;
	struct buf b;

	if (!key)
		return false;
	if (*scheme && strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0) {
		ui_error(&run->ui,
		    "invalid scheme %s; must either be http or https",
		    gotext_quote(run->arena, scheme));
		return false;
	}
	if (!provider && strchr(leader, '[') &&
	    !address_parse(run->arena, leader, &address))
		leader = address_url(run->arena, &address);
	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "auto_join", provider ? leader : "");
	fields_text(&b, "auto_join_scheme", provider ? scheme : "");
	fields_int(&b, "auto_join_port",
	    provider ? goflag_number(&run->flags, "auto-join-port") : 0);
	fields_text(&b, "leader_api_addr", provider ? "" : leader);
	fields_text(&b, "leader_ca_cert", ca);
	fields_text(&b, "leader_client_cert", cert);
	fields_text(&b, "leader_client_key", key);
	fields_bool(&b, "retry", vrun_is(run, "retry"));
	fields_bool(&b, "non_voter", vrun_is(run, "non-voter"));
	buf_char(&b, '}');
	*out = fields_take(run->arena, &b);
	return true;
}

/* `vault operator raft join [ADDRESS]`. Returns the status that the program
 * ends with. */
static int
raft_run_join(struct vault_run *run)
{
	const char *leader = "", *why;
	struct printer_rows rows;
	struct slice body, answer;
	struct vreply reply;
	bool joined;

	if (!vrun_expect(run, 0, 1, "0-1"))
		return VAULT_WRONG_USE;
	if (run->nargs)
		leader = gotext_trim(run->arena, run->args[0]);
	if (!raft_join_body(run, leader, &body))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	why = vclient_do(
		  &run->client, "POST", "sys/storage/raft/join", body, &reply)
	    ? NULL
	    : reply.why;
	if (!why)
		(void)secret_clean(run->arena, reply.body, &answer, &why);
	if (why) {
		ui_error(&run->ui,
		    "Error joining the node to the Raft cluster: %s", why);
		return VAULT_FAILED;
	}
	joined = part_bool(answer, "joined");
	if (!vrun_has_table(run))
		return print_struct(run,
		    joined ? SLICE("{\"joined\":true}")
			   : SLICE("{\"joined\":false}"));
	printer_rows_init(&rows, run->arena, "|");
	printer_row(&rows, "Key | Value");
	printer_row(&rows, "Joined | %s", joined ? "true" : "false");
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

static int
raft_run_remove_peer(struct vault_run *run)
{
	const char *id, *why;
	struct kvargs body;
	struct secret *s;

	if (!vrun_expect_exactly(run, 1))
		return VAULT_WRONG_USE;
	id = gotext_trim(run->arena, run->args[0]);
	if (!*id) {
		ui_error(&run->ui, "Server id is required");
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	kvargs_init(&body, run->arena, true);
	kvargs_put_text(&body, "server_id", id);
	kvargs_put_text(
	    &body, "dr_operation_token", vrun_text(run, "dr-token"));
	if (!logical_write(&run->client, "PUT", "sys/storage/raft/remove-peer",
		kvargs_json(&body), &s, &why)) {
		ui_error(&run->ui,
		    "Error removing the peer from raft cluster: %s", why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Peer removed successfully!");
	return VAULT_OK;
}

/* A snapshot's request: once, and as long as it takes. */
static bool
raft_transfer(struct vault_run *run, const char *method, const char *path,
    struct slice body, struct vreply *reply)
{
	struct vrequest r;

	run->client.timeout_ms = -1;
	vrequest_init(&r, method, path);
	r.body = body;
	r.once = true;
	return vclient_ask(&run->client, &r, reply);
}

static const char *
raft_write_file(struct arena *a, const char *path, struct slice bytes)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	const char *why = NULL;
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		return arena_printf(
		    a, "open %s: %s", path, gotext_errno(a, errno));
	while (!why && done < bytes.n) {
		n = write(fd, bytes.p + done, bytes.n - done);
		if (n < 0)
			why = arena_printf(
			    a, "write %s: %s", path, gotext_errno(a, errno));
		else
			done += (size_t)n;
	}
	if (close(fd) != 0 && !why)
		why = arena_printf(
		    a, "close %s: %s", path, gotext_errno(a, errno));
	return why;
}

static int
raft_run_snapshot_save(struct vault_run *run)
{
	struct vreply reply;
	const char *path, *why;

	if (!vrun_expect_exactly(run, 1))
		return VAULT_WRONG_USE;
	path = gotext_trim(run->arena, run->args[0]);
	if (!*path) {
		ui_error(&run->ui, "Output file name is required");
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	why = raft_transfer(
		  run, "GET", "sys/storage/raft/snapshot", SLICE_NONE, &reply)
	    ? raft_write_file(run->arena, path, reply.body)
	    : reply.why;
	if (!why && reply.body.n == 0)
		why = "incomplete snapshot, unable to read SHA256SUMS.sealed "
		      "file";
	if (why) {
		ui_error(&run->ui, "Error taking the snapshot: %s", why);
		return VAULT_FAILED;
	}
	return VAULT_OK;
}

/* `vault operator raft snapshot restore FILE`, with -force past another
 * cluster's keys. Returns the status that the program ends with. */
static int
raft_run_snapshot_restore(struct vault_run *run)
{
	struct vreply reply;
	const char *path, *why;
	char *bytes;
	size_t n;

	if (!vrun_expect_exactly(run, 1))
		return VAULT_WRONG_USE;
	path = gotext_trim(run->arena, run->args[0]);
	if (!*path) {
		ui_error(&run->ui, "Snapshot file name is required");
		return VAULT_WRONG_USE;
	}
	bytes = readfile(run->arena, path, &n, &why);
	if (!bytes) {
		ui_error(&run->ui, "Error opening policy file: %s", why);
		return VAULT_FAILED;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!raft_transfer(run, "POST",
		vrun_is(run, "force") ? "sys/storage/raft/snapshot-force"
				      : "sys/storage/raft/snapshot",
		(struct slice){ bytes, n }, &reply)) {
		ui_error(
		    &run->ui, "Error installing the snapshot: %s", reply.why);
		return VAULT_FAILED;
	}
	return VAULT_OK;
}

#define RAFT_END                                \
	{                                       \
		NULL, 0, NULL, NULL, NULL, NULL \
	}
#define RAFT_DR_TOKEN                                                          \
	{                                                                      \
		"dr-token", FLAG_STRING,                                       \
		    "The token for operations on a DR secondary.", NULL, NULL, \
		    NULL                                                       \
	}

static const struct flag raft_dr_flags[] = { RAFT_DR_TOKEN, RAFT_END };
static const struct flag raft_join_flags[] = {
	{ "auto-join-scheme", FLAG_STRING,
	    "The scheme of addresses that were discovered.", "https", NULL,
	    NULL },
	{ "auto-join-port", FLAG_UINT,
	    "The port of addresses that were discovered.", "8200", NULL, NULL },
	{ "leader-ca-cert", FLAG_STRING,
	    "The authority of the leader's certificate, or @file.", NULL, NULL,
	    NULL },
	{ "leader-client-cert", FLAG_STRING,
	    "The certificate to show to the leader, or @file.", NULL, NULL,
	    NULL },
	{ "leader-client-key", FLAG_STRING, "Its key, or @file.", NULL, NULL,
	    NULL },
	{ "retry", FLAG_BOOL, "Try until it joins.", NULL, NULL, NULL },
	{ "non-voter", FLAG_BOOL, "The node has no vote.", NULL, NULL, NULL },
	RAFT_END,
};
static const struct flag raft_restore_flags[] = {
	{ "force", FLAG_BOOL,
	    "Do not check that the snapshot is of the same keys.", NULL, NULL,
	    NULL },
	RAFT_END,
};
static const struct flag raft_config_flags[] = {
	{ "cleanup-dead-servers", FLAG_MAYBE_BOOL,
	    "Are dead nodes taken off the list?", NULL, NULL, NULL },
	{ "last-contact-threshold", FLAG_DURATION,
	    "How long a node may be silent and count as healthy.", NULL, NULL,
	    NULL },
	{ "dead-server-last-contact-threshold", FLAG_DURATION,
	    "How long a node may be silent and count as alive.", NULL, NULL,
	    NULL },
	{ "max-trailing-logs", FLAG_UINT,
	    "How many entries a healthy node may be behind.", NULL, NULL,
	    NULL },
	{ "min-quorum", FLAG_UINT,
	    "How many nodes there must be before dead ones are taken off.",
	    NULL, NULL, NULL },
	{ "server-stabilization-time", FLAG_DURATION,
	    "How long a new node must be healthy before it votes.", NULL, NULL,
	    NULL },
	{ "disable-upgrade-migration", FLAG_MAYBE_BOOL,
	    "Are nodes of a new version kept from taking over?", NULL, NULL,
	    NULL },
	RAFT_DR_TOKEN,
	RAFT_END,
};
static const struct flag raft_inspect_flags[] = {
	{ "depth", FLAG_INT,
	    "Count keys by this many parts of their beginning; 0: by the whole "
	    "key.",
	    "2", NULL, NULL },
	{ "details", FLAG_BOOL, "Count the keys of the state.", "true", NULL,
	    NULL },
	{ "filter", FLAG_STRING, "Only keys that begin so.", NULL, NULL, NULL },
	RAFT_END,
};
static const struct goflag_set raft_dr_sets[] = {
	{ "Command Options", raft_dr_flags },
	{ NULL, NULL },
};
static const struct goflag_set raft_join_sets[] = {
	{ "Command Options", raft_join_flags },
	{ NULL, NULL },
};
static const struct goflag_set raft_restore_sets[] = {
	{ "Command Options", raft_restore_flags },
	{ NULL, NULL },
};
static const struct goflag_set raft_inspect_sets[] = {
	{ "Command Options", raft_inspect_flags },
	{ NULL, NULL },
};
static const struct goflag_set raft_config_sets[] = {
	{ "Common Options", raft_config_flags },
	{ NULL, NULL },
};

const struct vault_command raft_commands[] = {
	{ "operator raft", NULL, 0, NULL, "Work with the Raft cluster",
	    "<subcommand> [options] [args]",
	    "  Joins, lists and removes nodes, and saves their state." },
	{ "operator raft list-peers", raft_run_list_peers, VAULT_FORMAT,
	    raft_dr_sets, "List the nodes", "",
	    "  Lists the nodes that have a part in the cluster." },
	{ "operator raft join", raft_run_join, VAULT_FORMAT, raft_join_sets,
	    "Join a cluster",
	    "[options] <leader-api-addr|auto-join-configuration>",
	    "  Makes the server a node of the leader's cluster." },
	{ "operator raft remove-peer", raft_run_remove_peer, VAULT_FORMAT,
	    raft_dr_sets, "Remove a node", "<server_id>",
	    "  Removes a node from the cluster." },
	{ "operator raft snapshot", NULL, 0, NULL, "Save and restore the state",
	    "<subcommand> [options] [args]",
	    "  Saves the state of the cluster, and restores it." },
	{ "operator raft snapshot save", raft_run_snapshot_save, VAULT_FORMAT,
	    NULL, "Save the state in a file", "<snapshot_file>",
	    "  Saves the state of the cluster in a file." },
	{ "operator raft snapshot inspect", raft_run_snapshot_inspect,
	    VAULT_FORMAT, raft_inspect_sets, "Show what a snapshot holds",
	    "<snapshot_file>",
	    "  Shows what the file of a snapshot holds; it asks no server." },
	{ "operator raft snapshot restore", raft_run_snapshot_restore,
	    VAULT_FORMAT, raft_restore_sets, "Restore the state from a file",
	    "<snapshot_file>",
	    "  Puts what is in the file in the place of the state." },
	{ "operator raft autopilot", NULL, 0, NULL,
	    "This command is accessed by using one of the subcommands below.",
	    NULL,
	    "This command is accessed by using one of the subcommands "
	    "below." },
	{ "operator raft autopilot state", autopilot_run_state, VAULT_FORMAT,
	    raft_dr_sets, "Show how autopilot sees the nodes", "",
	    "  Shows the health of the cluster and its nodes." },
	{ "operator raft autopilot get-config", autopilot_run_get_config,
	    VAULT_FORMAT, raft_dr_sets, "Show autopilot's settings", "",
	    "  Shows the settings." },
	{ "operator raft autopilot set-config", autopilot_run_set_config,
	    VAULT_FORMAT, raft_config_sets, "Change autopilot's settings",
	    "[options]", "  Changes what is given and keeps the rest." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
