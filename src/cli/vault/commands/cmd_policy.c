/*
 * vault policy list, read, write, delete, fmt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/vault/client/readfile.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"
#include "cli/vault/output/hcl_format.h"
#include "core/policy/policy.h"

static char *
policy_name(struct vault_run *run, const char *arg)
{
	char *name = gotext_trim(run->arena, arg);

	lower_ascii(name);
	return name;
}

static bool
policy_start(struct vault_run *run, int args, int *status)
{
	*status = VAULT_WRONG_USE;
	if (!vrun_expect(run, args, args, arena_printf(run->arena, "%d", args)))
		return false;
	*status = VAULT_FAILED;
	return vrun_client(run);
}

/* `vault policy list`. Returns the status that the program ends with. */
static int
policy_run_list(struct vault_run *run)
{
	struct slice keys, *elements;
	struct vrequest r;
	struct vreply reply;
	const char *why;
	struct secret *s = NULL;
	int status;
	size_t n;

	if (!policy_start(run, 0, &status))
		return status;
	vrequest_init(&r, "GET", "sys/policies/acl");
	buf_str(&r.query, "list=true");
	why = vclient_ask(&run->client, &r, &reply) ? NULL : reply.why;
	if (!why)
		(void)secret_parse(run->arena, reply.body, &s, &why);
	if (!why && (!s || !s->data.p))
		why = "data from server response is empty";
	if (why) {
		ui_error(&run->ui, "Error listing policies: %s", why);
		return VAULT_FAILED;
	}
	keys = secret_keys(s);
	if (!vrun_has_table(run))
		return print_struct(run, keys.p ? keys : SLICE("null"));
	n = keys.p ? part_elements(run->arena, keys, &elements) : 0;
	for (size_t i = 0; i < n; i++)
		ui_output(
		    &run->ui, "%s", jsontext_go_print(run->arena, elements[i]));
	return VAULT_OK;
}

/* `vault policy read NAME`. Returns the status that the program ends with. */
static int
policy_run_read(struct vault_run *run)
{
	const char *name, *rules, *why = NULL;
	struct vreply reply;
	struct secret *s = NULL;
	int status;

	if (!policy_start(run, 1, &status))
		return status;
	name = policy_name(run, run->args[0]);
	if (!vclient_do(&run->client, "GET",
		arena_printf(run->arena, "sys/policies/acl/%s", name),
		SLICE_NONE, &reply))
		why = reply.why;
	if (reply.answered && reply.status == 404) {
		ui_error(&run->ui, "No policy named: %s", name);
		return VAULT_FAILED;
	}
	if (!why)
		(void)secret_parse(run->arena, reply.body, &s, &why);
	if (!why && (!s || !s->data.p))
		why = "data from server response is empty";
	if (!why && !part_get(s->data, "policy").p)
		why = "no policy found in response";
	if (why) {
		ui_error(
		    &run->ui, "Error reading policy named %s: %s", name, why);
		return VAULT_FAILED;
	}
	rules = part_text(run->arena, s->data, "policy");
	if (!*rules) {
		ui_error(&run->ui, "No policy named: %s", name);
		return VAULT_FAILED;
	}
	if (!vrun_has_table(run))
		return print_struct(run, vrun_one(run, "policy", rules));
	ui_output(&run->ui, "%s", gotext_trim(run->arena, rules));
	return VAULT_OK;
}

/* `vault policy write NAME FILE`; FILE may be "-". Returns the status that the
 * program ends with. */
static int
policy_run_write(struct vault_run *run)
{
	const char *name, *path, *rules, *why;
	struct vreply reply;
	int status;

	if (!policy_start(run, 2, &status))
		return status;
	name = policy_name(run, run->args[0]);
	path = gotext_trim(run->arena, run->args[1]);
	if (strcmp(path, "-") == 0) {
		rules = ui_read_stdin(run->arena, false, NULL);
	} else {
		rules = readfile(run->arena, path, NULL, &why);
		if (!rules) {
			ui_error(&run->ui,
			    starts_with(why, "read ")
				? "Error reading policy: %s"
				: "Error opening policy file: %s",
			    why);
			return VAULT_FAILED;
		}
	}
	if (!vclient_do(&run->client, "PUT",
		arena_printf(run->arena, "sys/policies/acl/%s", name),
		vrun_one(run, "policy", rules), &reply)) {
		ui_error(&run->ui, "Error uploading policy: %s", reply.why);
		return VAULT_FAILED;
	}
	if (strcmp(name, run->args[0]) != 0)
		ui_warn(&run->ui,
		    "Policy name was converted from \"%s\" to \"%s\"",
		    run->args[0], name);
	ui_output(&run->ui, "Success! Uploaded policy: %s", name);
	return VAULT_OK;
}

static int
policy_run_delete(struct vault_run *run)
{
	struct vreply reply;
	const char *name;
	int status;

	if (!policy_start(run, 1, &status))
		return status;
	name = policy_name(run, run->args[0]);
	if (!vclient_do(&run->client, "DELETE",
		arena_printf(run->arena, "sys/policies/acl/%s", name),
		SLICE_NONE, &reply)) {
		ui_error(&run->ui, "Error deleting %s: %s", name, reply.why);
		return VAULT_FAILED;
	}
	ui_output(&run->ui, "Success! Deleted policy: %s", name);
	return VAULT_OK;
}

/* `vault policy fmt FILE`: writes the file as HCL's printer has it. Returns
 * the status that the program ends with. */
static int
policy_run_fmt(struct vault_run *run)
{
	struct error e = { .status = 0 };
	const char *path, *home = getenv("HOME"), *why;
	struct version_set changes;
	struct policy policy;
	char *text, *formatted;
	size_t n;
	FILE *f;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	path = gotext_trim(run->arena, run->args[0]);
	if (starts_with(path, "~/"))
		path = arena_printf(
		    run->arena, "%s%s", home ? home : "", path + 1);
	text = readfile(run->arena, path, &n, &why);
	if (!text) {
		ui_error(&run->ui, "Error reading source file: %s", why);
		return VAULT_WRONG_USE;
	}
	version_set_init(&changes, MOCKVAULT_VAULT_VERSION);
	if (!policy_parse(run->arena, &changes, text, &policy, &e)) {
		ui_error(&run->ui, "%s", e.text);
		return VAULT_WRONG_USE;
	}
	formatted = hcl_format(run->arena, text, n);
	f = formatted ? fopen(path, "we") : NULL;
	if (!f || fputs(formatted, f) < 0 || fclose(f) != 0) {
		ui_error(&run->ui,
		    "Error writing result: open %s: "
		    "permission denied",
		    path);
		return VAULT_WRONG_USE;
	}
	ui_output(&run->ui, "Success! Formatted policy: %s", path);
	return VAULT_OK;
}

const struct vault_command policy_commands[] = {
	{ "policy", NULL, 0, NULL, "Work with policies",
	    "<subcommand> [options] [args]",
	    "  Reads, writes, lists, formats and deletes policies." },
	{ "policy list", policy_run_list, VAULT_FORMAT, NULL, "List policies",
	    "[options]", "  Lists the names of policies." },
	{ "policy read", policy_run_read, VAULT_FORMAT, NULL, "Print a policy",
	    "[options] [NAME]", "  Prints the text of a policy." },
	{ "policy write", policy_run_write, 0, NULL, "Write a policy",
	    "[options] NAME PATH",
	    "  Writes a policy from a file; a dash is standard input." },
	{ "policy delete", policy_run_delete, 0, NULL, "Delete a policy",
	    "[options] NAME", "  Deletes a policy." },
	{ "policy fmt", policy_run_fmt, 0, NULL, "Format a policy's file",
	    "[options] PATH", "  Formats a file with a policy in its place." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
