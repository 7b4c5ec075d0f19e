/*
 * vault operator rekey.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/command.h"
#include "cli/vault/commands/generate_root.h"
#include "cli/vault/commands/shares.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"

/* Which keys are meant, and where the API keeps their rekeying. */
struct rekey_target {
	bool recovery;
	const char *base; /* "sys/rekey" */
	const char *backup;
};

static bool
rekey_find_target(struct vault_run *run, struct rekey_target *t)
{
	const char *target = gotext_trim(run->arena, vrun_text(run, "target"));

	t->recovery = strcasecmp(target, "recovery") == 0 ||
	    strcasecmp(target, "hsm") == 0;
	if (!t->recovery && strcasecmp(target, "barrier") != 0) {
		ui_error(
		    &run->ui, "Unknown target: %s", vrun_text(run, "target"));
		return false;
	}
	t->base = t->recovery ? "sys/rekey-recovery-key" : "sys/rekey";
	t->backup = t->recovery ? "sys/rekey/recovery-key-backup"
				: "sys/rekey/backup";
	return true;
}

static const char *
rekey_path(
    struct vault_run *run, const struct rekey_target *t, const char *word)
{
	return arena_printf(run->arena, "%s/%s", t->base, word);
}

static bool
rekey_ask(struct vault_run *run, const char *method, const char *path,
    struct slice body, struct slice *out, const char **why)
{
	struct vreply reply;

	if (!vclient_do(&run->client, method, path, body, &reply)) {
		*why = reply.why;
		return false;
	}
	return secret_clean(run->arena, reply.body, out, why);
}

static void
rekey_put_list(struct buf *b, const char *key, struct slice from)
{
	struct slice v = part_get(from, key);

	fields_raw(b, key, jsontext_kind(v) == '[' ? v : SLICE("null"));
}

static struct slice
rekey_status_json(struct arena *a, struct slice s, bool verify)
{
	static const char *const numbers[] = { "t", "n", "progress",
		"required" };
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "nonce", part_text(a, s, "nonce"));
	fields_bool(&b, "started", part_bool(s, "started"));
	for (int i = 0; i < (verify ? 3 : 4); i++)
		fields_int(&b, numbers[i], part_int(a, s, numbers[i]));
	if (!verify) {
		rekey_put_list(&b, "pgp_fingerprints", s);
		fields_bool(&b, "backup", part_bool(s, "backup"));
		fields_bool(&b, "verification_required",
		    part_bool(s, "verification_required"));
		fields_text(&b, "verification_nonce",
		    part_text(a, s, "verification_nonce"));
	}
	buf_char(&b, '}');
	return fields_take(a, &b);
}

/* Adds the rows of a rekey's status: nonce, progress, shares, threshold, PGP.
 */
static void
rekey_status_rows(struct arena *a, struct printer_rows *rows, struct slice s)
{
	long long progress = part_int(a, s, "progress");
	long long required = part_int(a, s, "required");
	const char *nonce = part_text(a, s, "verification_nonce");
	struct slice prints = part_get(s, "pgp_fingerprints");

	printer_row(rows, "Nonce | %s", part_text(a, s, "nonce"));
	printer_row(
	    rows, "Started | %s", part_bool(s, "started") ? "true" : "false");
	if (part_bool(s, "started")) {
		printer_row(rows, "Rekey Progress | %lld/%lld%s", progress,
		    required,
		    progress == required ? " (verification in progress)" : "");
		printer_row(
		    rows, "New Shares | %lld", (long long)part_int(a, s, "n"));
		printer_row(rows, "New Threshold | %lld",
		    (long long)part_int(a, s, "t"));
		printer_row(rows, "Verification Required | %s",
		    part_bool(s, "verification_required") ? "true" : "false");
		if (*nonce)
			printer_row(rows, "Verification Nonce | %s", nonce);
	}
	if (jsontext_kind(prints) == '[' && prints.n > 2) {
		printer_row(rows, "PGP Fingerprints | %s",
		    jsontext_go_print(a, prints));
		printer_row(rows, "Backup | %s",
		    part_bool(s, "backup") ? "true" : "false");
	}
}

static void
rekey_verify_rows(struct arena *a, struct printer_rows *rows, struct slice s)
{
	long long t = part_int(a, s, "t");

	printer_row(
	    rows, "Started | %s", part_bool(s, "started") ? "true" : "false");
	printer_row(rows, "New Shares | %lld", (long long)part_int(a, s, "n"));
	printer_row(rows, "New Threshold | %lld", t);
	printer_row(rows, "Verification Nonce | %s", part_text(a, s, "nonce"));
	printer_row(rows, "Verification Progress | %lld/%lld",
	    (long long)part_int(a, s, "progress"), t);
}

static int
rekey_print_status(struct vault_run *run, struct slice s, bool verify)
{
	struct printer_rows rows;

	if (!vrun_has_table(run))
		return print_struct(
		    run, rekey_status_json(run->arena, s, verify));
	printer_rows_init(&rows, run->arena, "|");
	printer_row(&rows, "Key | Value");
	if (verify)
		rekey_verify_rows(run->arena, &rows, s);
	else
		rekey_status_rows(run->arena, &rows, s);
	ui_output(&run->ui, "%s", printer_table(&rows));
	return VAULT_OK;
}

static int
rekey_status(struct vault_run *run, const struct rekey_target *t, bool verify)
{
	struct slice s;
	const char *why;

	if (!rekey_ask(run, "GET",
		rekey_path(run, t, verify ? "verify" : "init"), SLICE_NONE, &s,
		&why)) {
		ui_error(&run->ui, "Error reading rekey status: %s", why);
		return VAULT_FAILED;
	}
	return rekey_print_status(run, s, verify);
}

/* Warns that the new shares can be lost: without PGP keys, or without a backup
 * of what they encrypt. */
static void
rekey_warn_of_loss(struct vault_run *run, const struct rekey_target *t)
{
	int keys = goflag_find(&run->flags, "pgp-keys")->n;
	const char *which = t->recovery ? "recovery" : "unseal", *text = NULL;

	if (!vrun_has_table(run))
		return;
	if (keys == 0)
		text = arena_printf(run->arena,
		    "WARNING! If you lose the keys after they are returned, "
		    "there is no recovery. Consider canceling this operation "
		    "and re-initializing with the -pgp-keys flag to protect "
		    "the returned %s keys along with -backup to allow "
		    "recovery of the encrypted keys in case of emergency. You "
		    "can delete the stored keys later using the -delete flag.",
		    which);
	else if (!vrun_is(run, "backup"))
		text = arena_printf(run->arena,
		    "WARNING! You are using PGP keys for encrypted the "
		    "resulting %s keys, but you did not enable the option to "
		    "backup the keys to Vault's core. If you lose the "
		    "encrypted keys after they are returned, you will not be "
		    "able to recover them. Consider canceling this operation "
		    "and re-running with -backup to allow recovery of the "
		    "encrypted unseal keys in case of emergency. You can "
		    "delete the stored keys later using the -delete flag.",
		    which);
	if (!text)
		return;
	ui_warn(&run->ui, "%s", ui_wrap(run->arena, text, 0));
	ui_output(&run->ui, "%s", "");
}

static int
rekey_init(struct vault_run *run, const struct rekey_target *t)
{
	struct slice s;
	const char *why;
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_int(
	    &b, "secret_shares", goflag_number(&run->flags, "key-shares"));
	fields_int(&b, "secret_threshold",
	    goflag_number(&run->flags, "key-threshold"));
	fields_int(&b, "stored_shares", 0);
	fields_list(&b, "pgp_keys", goflag_find(&run->flags, "pgp-keys"));
	fields_bool(&b, "Backup", vrun_is(run, "backup"));
	fields_bool(&b, "require_verification", vrun_is(run, "verify"));
	buf_char(&b, '}');
	if (!rekey_ask(run, "PUT", rekey_path(run, t, "init"),
		fields_take(run->arena, &b), &s, &why)) {
		ui_error(&run->ui, "Error initializing rekey: %s", why);
		return VAULT_FAILED;
	}
	rekey_warn_of_loss(run, t);
	return rekey_print_status(run, s, false);
}

static int
rekey_run_cancel(struct vault_run *run, const struct rekey_target *t)
{
	struct vreply reply;

	if (!vclient_do(&run->client, "DELETE",
		rekey_path(run, t, vrun_is(run, "verify") ? "verify" : "init"),
		SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error canceling rekey: %s", reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Canceled rekeying (if it was started)");
	return VAULT_OK;
}

static struct slice
rekey_keys_json(struct arena *a, struct slice s)
{
	const char *nonce = part_text(a, s, "verification_nonce");
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "nonce", part_text(a, s, "nonce"));
	fields_bool(&b, "complete", part_bool(s, "complete"));
	rekey_put_list(&b, "keys", s);
	rekey_put_list(&b, "keys_base64", s);
	rekey_put_list(&b, "pgp_fingerprints", s);
	fields_bool(&b, "backup", part_bool(s, "backup"));
	fields_bool(
	    &b, "verification_required", part_bool(s, "verification_required"));
	if (*nonce)
		fields_text(&b, "verification_nonce", nonce);
	buf_char(&b, '}');
	return fields_take(a, &b);
}

/* Prints the new shares, beside their fingerprints when they are encrypted. */
static void
rekey_print_keys(struct vault_run *run, struct slice s)
{
	struct slice *keys, *b64, *prints, list;
	size_t n, m, p;

	list = part_get(s, "keys");
	n = part_elements(run->arena, list, &keys);
	list = part_get(s, "keys_base64");
	m = list.p ? part_elements(run->arena, list, &b64) : 0;
	list = part_get(s, "pgp_fingerprints");
	p = list.p ? part_elements(run->arena, list, &prints) : 0;
	for (size_t i = 0; i < n; i++) {
		const char *key = jsontext_go_print(
		    run->arena, m == n ? b64[i] : keys[i]);

		if (i < p)
			ui_output(&run->ui,
			    "Key %zu fingerprint: %s; value: %s", i + 1,
			    jsontext_go_print(run->arena, prints[i]), key);
		else
			ui_output(&run->ui, "Key %zu: %s", i + 1, key);
	}
	ui_output(&run->ui, "%s", "");
	ui_output(
	    &run->ui, "Operation nonce: %s", part_text(run->arena, s, "nonce"));
	if (p && part_bool(s, "backup")) {
		ui_output(&run->ui, "%s", "");
		ui_output(&run->ui, "%s",
		    ui_wrap(run->arena,
			"The encrypted unseal keys are backed up to "
			"\"core/unseal-keys-backup\" in the storage backend. "
			"Remove these keys at any time using \"vault operator "
			"rekey -backup-delete\". Vault does not automatically "
			"remove these keys.",
			0));
	}
}

/* The new keys count only when they have been given once. */
static int
rekey_print_unverified(struct vault_run *run, const struct rekey_target *t,
    long long n, long long threshold)
{
	ui_output(&run->ui, "%s",
	    ui_wrap(run->arena,
		t->recovery
		    ? arena_printf(run->arena,
			  "Vault has created a new recovery key, split into "
			  "%lld key shares and a key threshold of %lld. These "
			  "will not be active until after verification is "
			  "complete. Please securely distribute the key "
			  "shares printed above.",
			  n, threshold)
		    : arena_printf(run->arena,
			  "Vault has created a new unseal key, split into "
			  "%lld key shares and a key threshold of %lld. These "
			  "will not be active until after verification is "
			  "complete. Please securely distribute the key "
			  "shares printed above. When Vault is re-sealed, "
			  "restarted, or stopped, you must supply at least "
			  "%lld of these keys to unseal it before it can "
			  "start servicing requests.",
			  n, threshold, threshold),
		0));
	ui_output(&run->ui, "%s", "");
	ui_warn(&run->ui, "%s",
	    ui_wrap(run->arena,
		arena_printf(run->arena,
		    "Again, these key shares are _not_ valid until "
		    "verification is performed. Do not lose or discard your "
		    "current key shares until after verification is complete "
		    "or you will be unable to %s Vault. If you cancel the "
		    "rekey process or seal Vault before verification is "
		    "complete the new shares will be discarded and the "
		    "current shares will remain valid.",
		    t->recovery ? "authenticate with" : "unseal"),
		0));
	ui_output(&run->ui, "%s", "");
	ui_warn(&run->ui,
	    "The current verification status, including initial "
	    "nonce, is shown below.");
	ui_output(&run->ui, "%s", "");
	return rekey_status(run, t, true);
}

/* Prints the new shares, and what is to be done with them. Returns the status
 * that the program ends with. */
static int
rekey_print_done(struct vault_run *run, const struct rekey_target *t,
    struct slice status, struct slice s)
{
	long long n = part_int(run->arena, status, "n");
	long long threshold = part_int(run->arena, status, "t");

	if (!vrun_has_table(run))
		return print_struct(run, rekey_keys_json(run->arena, s));
	ui_output(&run->ui, "%s", "");
	rekey_print_keys(run, s);
	ui_output(&run->ui, "%s", "");
	if (part_bool(status, "verification_required"))
		return rekey_print_unverified(run, t, n, threshold);
	ui_output(&run->ui, "%s",
	    ui_wrap(run->arena,
		t->recovery
		    ? arena_printf(run->arena,
			  "Vault recovery keys rekeyed with %lld key shares "
			  "and a key threshold of %lld. Please securely "
			  "distribute the key shares printed above.",
			  n, threshold)
		    : arena_printf(run->arena,
			  "Vault unseal keys rekeyed with %lld key shares and "
			  "a key threshold of %lld. Please securely "
			  "distribute the key shares printed above. When "
			  "Vault is re-sealed, restarted, or stopped, you "
			  "must supply at least %lld of these keys to unseal "
			  "it before it can start servicing requests.",
			  n, threshold, threshold),
		0));
	return VAULT_OK;
}

/* Sends one share, from the arguments or the terminal. Returns the status that
 * the program ends with. */
static int
rekey_provide(struct vault_run *run, const struct rekey_target *t)
{
	bool verify = vrun_is(run, "verify");
	const char *key, *nonce, *why;
	struct slice status, s;
	struct kvargs body;

	if (!rekey_ask(run, "GET",
		rekey_path(run, t, verify ? "verify" : "init"), SLICE_NONE,
		&status, &why)) {
		ui_error(&run->ui, "Error getting rekey status: %s", why);
		return VAULT_FAILED;
	}
	if (!part_bool(status, "started")) {
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			"No rekey is in progress. Start a rekey process by "
			"running \"vault operator rekey -init\".",
			0));
		return VAULT_WRONG_USE;
	}
	if (!share_read(run, "Rekey operation nonce",
		t->recovery ? "Recovery" : "Unseal",
		part_text(run->arena, status, "nonce"), &key, &nonce))
		return VAULT_WRONG_USE;
	kvargs_init(&body, run->arena, true);
	kvargs_put_text(&body, "key", key);
	kvargs_put_text(&body, "nonce", nonce);
	if (!rekey_ask(run, "PUT",
		rekey_path(run, t, verify ? "verify" : "update"),
		kvargs_json(&body), &s, &why)) {
		ui_error(&run->ui, "Error posting unseal key: %s", why);
		return VAULT_FAILED;
	}
	if (!part_bool(s, "complete"))
		return rekey_status(run, t, verify);
	if (!verify)
		return rekey_print_done(run, t, status, s);
	ui_output(&run->ui, "%s",
	    ui_wrap(run->arena,
		"Rekey verification successful. The rekey operation is "
		"complete and the new keys are now active.",
		0));
	return VAULT_OK;
}

static int
rekey_backup_retrieve(struct vault_run *run, const struct rekey_target *t)
{
	struct secret *s;
	struct kvargs data;
	struct slice keys, b64;
	const char *why;

	if (!logical_ask(
		&run->client, "GET", t->backup, SLICE_NONE, &s, &why) ||
	    !s || !s->data.p) {
		ui_error(&run->ui, "Error retrieving rekey stored keys: %s",
		    why ? why : "data from server response is empty");
		return VAULT_FAILED;
	}
	keys = part_get(s->data, "keys");
	b64 = part_get(s->data, "keys_base64");
	kvargs_init(&data, run->arena, true);
	kvargs_put_text(
	    &data, "Nonce", part_text(run->arena, s->data, "nonce"));
	kvargs_put(&data, "Keys", keys.p ? keys : SLICE("{}"));
	kvargs_put(&data, "KeysB64", b64.p ? b64 : SLICE("{}"));
	memset(s, 0, sizeof(*s));
	s->request_id = s->lease_id = s->mount_type = "";
	s->data = kvargs_json(&data);
	return print_secret(run, s);
}

static int
rekey_backup_delete(struct vault_run *run, const struct rekey_target *t)
{
	struct vreply reply;

	if (!vclient_do(
		&run->client, "DELETE", t->backup, SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error deleting rekey stored keys: %s",
		    reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Delete stored keys (if they existed)");
	return VAULT_OK;
}

static int
rekey_run(struct vault_run *run)
{
	struct rekey_target t;

	if (!vrun_expect(run, 0, 1, "0-1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (!rekey_find_target(run, &t))
		return VAULT_WRONG_USE;
	if (vrun_is(run, "backup-delete"))
		return rekey_backup_delete(run, &t);
	if (vrun_is(run, "backup-retrieve"))
		return rekey_backup_retrieve(run, &t);
	if (vrun_is(run, "cancel"))
		return rekey_run_cancel(run, &t);
	if (vrun_is(run, "init"))
		return rekey_init(run, &t);
	if (vrun_is(run, "status"))
		return rekey_status(run, &t, vrun_is(run, "verify"));
	return rekey_provide(run, &t);
}

static const struct flag rekey_flags[] = {
	{ "init", FLAG_BOOL, "Start to rekey.", NULL, NULL, NULL },
	{ "cancel", FLAG_BOOL, "Forget the rekeying and its shares.", NULL,
	    NULL, NULL },
	{ "status", FLAG_BOOL, "Print how far it is.", NULL, NULL, NULL },
	{ "key-shares", FLAG_INT, "Into how many shares the key is split.", "5",
	    NULL, "n" },
	{ "key-threshold", FLAG_INT, "How many of them unseal.", "3", NULL,
	    "t" },
	{ "nonce", FLAG_STRING, "The nonce of the rekeying.", NULL, NULL,
	    NULL },
	{ "target", FLAG_STRING, "\"barrier\" or \"recovery\".", "barrier",
	    NULL, NULL },
	{ "verify", FLAG_BOOL,
	    "The new keys must be given once before they count; or this is "
	    "one of them.",
	    NULL, NULL, NULL },
	{ "pgp-keys", FLAG_KEYS,
	    "Files with PGP keys, parted by commas, that the shares are "
	    "encrypted for.",
	    NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct flag rekey_backup_flags[] = {
	{ "backup", FLAG_BOOL, "Keep the encrypted keys in the storage.", NULL,
	    NULL, NULL },
	{ "backup-delete", FLAG_BOOL, "Delete those that are kept.", NULL, NULL,
	    NULL },
	{ "backup-retrieve", FLAG_BOOL, "Print those that are kept.", NULL,
	    NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set rekey_sets[] = {
	{ "Common Options", rekey_flags },
	{ "Backup Options", rekey_backup_flags },
	{ NULL, NULL },
};

const struct vault_command rekey_commands[] = {
	{ "operator rekey", rekey_run, VAULT_FORMAT, rekey_sets,
	    "Replace the keys that unseal", "[options] [KEY]",
	    "  Starts to make new keys, or gives one of the old ones." },
	{ "operator generate-root", generate_root_run, VAULT_FORMAT,
	    generate_root_sets, "Make a new root token",
	    "[options] -init [-otp=...] [-pgp-key=...]",
	    "  vault operator generate-root [options] [-nonce=... KEY]\n"
	    "  vault operator generate-root [options] -decode=... -otp=...\n"
	    "  vault operator generate-root [options] -generate-otp\n"
	    "  vault operator generate-root [options] -status\n"
	    "  vault operator generate-root [options] -cancel\n\n"
	    "  Makes a root token with shares of the key, in steps: start, "
	    "shares, decode." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
