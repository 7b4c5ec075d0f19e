/*
 * vault operator generate-root, and the shares that it takes.
 */
#include "cli/vault/commands/generate_root.h"

#include <stdio.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/commands/shares.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/printer.h"
#include "clock/random.h"

/* Asks for a share on the terminal. NULL when there is none: the error is
 * printed. */
static const char *
share_ask(struct vault_run *run, const char *title, const char *kind,
    const char *nonce)
{
	const char *key, *why;
	char *lower = arena_strdup(run->arena, kind);

	if (vrun_is(run, "non-interactive")) {
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			"Refusing to read from stdin with -non-interactive "
			"specified; specify nonce via the -nonce flag",
			0));
		return NULL;
	}
	printf("%s: %s\n%s Key (will be hidden): ", title, nonce, kind);
	fflush(stdout);
	key = ui_ask_hidden(run->arena, &why);
	printf("\n");
	if (key)
		return key;
	lower_ascii(lower);
	if (strcmp(why, "interrupted") == 0)
		ui_error(&run->ui, "user canceled");
	else
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			arena_printf(run->arena,
			    "An error occurred attempting to ask for the %s "
			    "key. The raw error message is shown below, but "
			    "usually this is because you attempted to pipe a "
			    "value into the command or you are executing "
			    "outside of a terminal (tty). If you want to pipe "
			    "the value, pass \"-\" as the argument to read "
			    "from stdin. The raw error was: %s",
			    lower, why),
			0));
	return NULL;
}

bool
share_read(struct vault_run *run, const char *title, const char *kind,
    const char *status_nonce, const char **key, const char **nonce)
{
	*key = run->nargs ? gotext_trim(run->arena, run->args[0]) : "";
	*nonce = vrun_text(run, "nonce");
	if (strcmp(*key, "-") == 0) {
		*key = ui_read_stdin(
		    run->arena, vrun_is(run, "non-interactive"), NULL);
	} else if (!**key) {
		*nonce = status_nonce;
		*key = share_ask(run, title, kind, status_nonce);
		if (!*key)
			return false;
	}
	*key = gotext_trim(run->arena, *key);
	if (!**nonce) {
		ui_error(&run->ui,
		    "Missing nonce value: specify it via the -nonce flag");
		return false;
	}
	return true;
}

static bool
generate_root_ask(struct vault_run *run, const char *method, const char *path,
    struct slice body, struct slice *out, const char **why)
{
	struct vreply reply;

	if (!vclient_do(&run->client, method, path, body, &reply)) {
		*why = reply.why;
		return false;
	}
	return secret_clean(run->arena, reply.body, out, why);
}

static bool
generate_root_read_status(
    struct vault_run *run, const char *base, struct slice *out)
{
	const char *why;

	if (generate_root_ask(run, "GET",
		arena_printf(run->arena, "%s/attempt", base), SLICE_NONE, out,
		&why))
		return true;
	ui_error(&run->ui, "Error getting root generation status: %s", why);
	return false;
}

static struct slice
generate_root_json(struct arena *a, struct slice s)
{
	struct buf b;

	buf_init(&b, 0);
	buf_char(&b, '{');
	fields_text(&b, "nonce", part_text(a, s, "nonce"));
	fields_bool(&b, "started", part_bool(s, "started"));
	fields_int(&b, "progress", part_int(a, s, "progress"));
	fields_int(&b, "required", part_int(a, s, "required"));
	fields_bool(&b, "complete", part_bool(s, "complete"));
	fields_text(&b, "encoded_token", part_text(a, s, "encoded_token"));
	fields_text(
	    &b, "encoded_root_token", part_text(a, s, "encoded_root_token"));
	fields_text(&b, "pgp_fingerprint", part_text(a, s, "pgp_fingerprint"));
	fields_text(&b, "otp", part_text(a, s, "otp"));
	fields_int(&b, "otp_length", part_int(a, s, "otp_length"));
	buf_char(&b, '}');
	return fields_take(a, &b);
}

/* Prints the status of an attempt: nonce, progress, and the encoded token at
 * its end. */
static int
generate_root_print(struct vault_run *run, struct slice s)
{
	struct arena *a = run->arena;
	const char *print = part_text(a, s, "pgp_fingerprint");
	const char *token = part_text(a, s, "encoded_token");
	const char *root = part_text(a, s, "encoded_root_token");
	const char *otp = part_text(a, s, "otp");
	struct printer_rows rows;

	if (!vrun_has_table(run))
		return print_struct(run, generate_root_json(a, s));
	printer_rows_init(&rows, a, "|");
	printer_row(&rows, "Nonce | %s", part_text(a, s, "nonce"));
	printer_row(
	    &rows, "Started | %s", part_bool(s, "started") ? "true" : "false");
	printer_row(&rows, "Progress | %lld/%lld",
	    (long long)part_int(a, s, "progress"),
	    (long long)part_int(a, s, "required"));
	printer_row(&rows, "Complete | %s",
	    part_bool(s, "complete") ? "true" : "false");
	if (*print)
		printer_row(&rows, "PGP Fingerprint | %s", print);
	if (*token)
		printer_row(&rows, "Encoded Token | %s", token);
	else if (*root)
		printer_row(&rows, "Encoded Root Token | %s", root);
	if (*otp) {
		ui_warn(&run->ui, "%s",
		    ui_wrap(a,
			"A One-Time-Password has been generated for you and "
			"is shown in the OTP field. You will need this value "
			"to decode the resulting root token, so keep it safe.",
			0));
		printer_row(&rows, "OTP | %s", otp);
	}
	if (part_int(a, s, "otp_length"))
		printer_row(&rows, "OTP Length | %lld",
		    (long long)part_int(a, s, "otp_length"));
	ui_output(&run->ui, "%s", printer_columns(&rows));
	return VAULT_OK;
}

static int
generate_root_otp(struct vault_run *run, const char *base)
{
	struct slice status;
	struct kvargs data;
	struct random *rng;
	size_t n;
	char *otp;

	if (!generate_root_read_status(run, base, &status))
		return VAULT_FAILED;
	n = (size_t)part_int(run->arena, status, "otp_length");
	if (n == 0 || n > 4096)
		n = 24;
	otp = arena_alloc(run->arena, n + 1);
	rng = random_new();
	random_base62(rng, otp, n);
	random_free(rng);
	if (vrun_has_table(run)) {
		ui_raw(&run->ui, otp, n);
		return VAULT_OK;
	}
	kvargs_init(&data, run->arena, true);
	kvargs_put_text(&data, "otp", otp);
	kvargs_put(
	    &data, "otp_length", slice_of(arena_printf(run->arena, "%zu", n)));
	return print_data(run, kvargs_json(&data));
}

/* NULL, or why the token cannot be decoded. */
static const char *
generate_root_xor(
    struct arena *a, const char *encoded, const char *otp, struct buf *token)
{
	struct buf padded;
	size_t bad = 0;
	bool ok;

	buf_init(&padded, 0);
	for (const char *p = encoded; *p; p++)
		if (*p != '\n' && *p != '\r')
			buf_char(&padded, *p);
	while (padded.n % 4)
		buf_char(&padded, '=');
	ok = base64_decode(token, padded.p ? padded.p : "", padded.n, &bad);
	buf_release(&padded);
	if (!ok)
		return arena_printf(a,
		    "error decoding base64'd token: illegal base64 data at "
		    "input byte %zu",
		    bad);
	if (token->n != strlen(otp))
		return arena_printf(a,
		    "error xoring token: length of byte slices is not "
		    "equivalent: %zu != %zu",
		    token->n, strlen(otp));
	for (size_t i = 0; i < token->n; i++)
		token->p[i] = (char)(token->p[i] ^ otp[i]);
	return NULL;
}

/* `-decode`: the token behind an encoded token and its OTP. As in Vault's
 * command the server is asked for the status first. Returns the status that
 * the program ends with. */
static int
generate_root_decode(struct vault_run *run, const char *base)
{
	const char *encoded = vrun_text(run, "decode"), *why;
	const char *otp = vrun_text(run, "otp");
	struct slice status;
	struct buf token;
	int code = VAULT_OK;

	if (!*otp) {
		ui_error(&run->ui, "Missing otp: use -otp to supply it");
		return VAULT_WRONG_USE;
	}
	if (strcmp(encoded, "-") == 0) {
		encoded = ui_read_stdin(
		    run->arena, vrun_is(run, "non-interactive"), NULL);
		if (!*encoded) {
			ui_error(&run->ui,
			    "Missing encoded value. When using -decode=\"-\" "
			    "value must be passed via stdin.");
			return VAULT_WRONG_USE;
		}
	}
	if (!generate_root_read_status(run, base, &status))
		return VAULT_FAILED;
	buf_init(&token, 0);
	why = generate_root_xor(run->arena, encoded, otp, &token);
	if (why) {
		ui_error(&run->ui, "Error decoding root token: %s", why);
		code = VAULT_WRONG_USE;
	} else if (vrun_has_table(run)) {
		ui_raw(&run->ui, token.p, token.n);
	} else {
		code = print_data(run, vrun_one(run, "token", token.p));
	}
	buf_release(&token);
	return code;
}

static int
generate_root_run_cancel(struct vault_run *run, const char *base)
{
	struct vreply reply;

	if (!vclient_do(&run->client, "DELETE",
		arena_printf(run->arena, "%s/attempt", base), SLICE_NONE,
		&reply)) {
		ui_error(&run->ui, "Error canceling root token generation: %s",
		    reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui,
	    "Success! Root token generation canceled (if it "
	    "was started)");
	return VAULT_OK;
}

static int
generate_root_init(struct vault_run *run, const char *base)
{
	const char *otp = vrun_text(run, "otp"), *why;
	const char *key = vrun_text(run, "pgp-key");
	struct kvargs body;
	struct slice s;

	if (*otp && *key) {
		ui_error(&run->ui,
		    "Error initializing: cannot specify both "
		    "-otp and -pgp-key");
		return VAULT_WRONG_USE;
	}
	kvargs_init(&body, run->arena, true);
	kvargs_put_text(&body, "otp", otp);
	kvargs_put_text(&body, "pgp_key", key);
	if (!generate_root_ask(run, "PUT",
		arena_printf(run->arena, "%s/attempt", base),
		kvargs_json(&body), &s, &why)) {
		ui_error(
		    &run->ui, "Error initializing root generation: %s", why);
		return VAULT_FAILED;
	}
	return generate_root_print(run, s);
}

/* Sends one share of an attempt. Returns the status that the program ends
 * with. */
static int
generate_root_provide(struct vault_run *run, const char *base)
{
	const char *key, *nonce, *why;
	struct slice status, s;
	struct kvargs body;

	if (!generate_root_read_status(run, base, &status))
		return VAULT_FAILED;
	if (!part_bool(status, "started")) {
		ui_error(&run->ui, "%s",
		    ui_wrap(run->arena,
			"No root generation is in progress. Start a root "
			"generation by running \"vault operator generate-root "
			"-init\".",
			0));
		ui_warn(&run->ui, "%s",
		    ui_wrap(run->arena,
			arena_printf(run->arena,
			    "If starting root generation using the OTP method "
			    "and generating your own OTP, the length of the "
			    "OTP string needs to be %lld characters in "
			    "length.",
			    (long long)part_int(
				run->arena, status, "otp_length")),
			0));
		return VAULT_WRONG_USE;
	}
	if (!share_read(run, "Operation nonce", "Unseal",
		part_text(run->arena, status, "nonce"), &key, &nonce))
		return VAULT_WRONG_USE;
	kvargs_init(&body, run->arena, true);
	kvargs_put_text(&body, "key", key);
	kvargs_put_text(&body, "nonce", nonce);
	if (!generate_root_ask(run, "PUT",
		arena_printf(run->arena, "%s/update", base), kvargs_json(&body),
		&s, &why)) {
		ui_error(&run->ui, "Error posting unseal key: %s", why);
		return VAULT_FAILED;
	}
	return generate_root_print(run, s);
}

/* `vault operator generate-root` by its flags. Returns the status that the
 * program ends with. */
int
generate_root_run(struct vault_run *run)
{
	bool dr = vrun_is(run, "dr-token");
	bool recovery = vrun_is(run, "recovery-token");
	const char *base = dr ? "sys/replication/dr/secondary/"
				"generate-operation-token"
	    : recovery	      ? "sys/generate-recovery-token"
			      : "sys/generate-root";
	struct slice status;

	if (!vrun_expect(run, 0, 1, "0-1"))
		return VAULT_WRONG_USE;
	if (!vrun_client(run))
		return VAULT_FAILED;
	if (dr && recovery) {
		ui_error(&run->ui,
		    "Both -recovery-token and -dr-token flags are set");
		return VAULT_WRONG_USE;
	}
	if (vrun_is(run, "generate-otp"))
		return generate_root_otp(run, base);
	if (*vrun_text(run, "decode"))
		return generate_root_decode(run, base);
	if (vrun_is(run, "cancel"))
		return generate_root_run_cancel(run, base);
	if (vrun_is(run, "init"))
		return generate_root_init(run, base);
	if (!vrun_is(run, "status"))
		return generate_root_provide(run, base);
	if (!generate_root_read_status(run, base, &status))
		return VAULT_FAILED;
	return generate_root_print(run, status);
}

static const struct flag generate_root_flags[] = {
	{ "init", FLAG_BOOL, "Start to make a root token.", NULL, NULL, NULL },
	{ "cancel", FLAG_BOOL, "Forget it and the shares given.", NULL, NULL,
	    NULL },
	{ "status", FLAG_BOOL, "Print how far it is.", NULL, NULL, NULL },
	{ "decode", FLAG_STRING,
	    "The encoded token to decode with -otp; a dash is standard input.",
	    NULL, NULL, NULL },
	{ "dr-token", FLAG_BOOL,
	    "Make a token for operations on a DR secondary.", NULL, NULL,
	    NULL },
	{ "generate-otp", FLAG_BOOL, "Print a fresh one-time password.", NULL,
	    NULL, NULL },
	{ "nonce", FLAG_STRING, "The nonce of the attempt.", NULL, NULL, NULL },
	{ "otp", FLAG_STRING, "The one-time password.", NULL, NULL, NULL },
	{ "pgp-key", FLAG_KEY,
	    "A file with the PGP key that the token is encrypted for.", NULL,
	    NULL, NULL },
	{ "recovery-token", FLAG_BOOL, "Make a token for recovery operations.",
	    NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};

const struct goflag_set generate_root_sets[] = {
	{ "Command Options", generate_root_flags },
	{ NULL, NULL },
};
