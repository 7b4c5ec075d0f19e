/*
 * What the words of the vault command share: counts of arguments, the client,
 * data from the command line.
 */
#include <string.h>

#include "cli/vault/command.h"

bool
vrun_expect(struct vault_run *run, int least, int most, const char *expected)
{
	if (run->nargs < least) {
		ui_error(&run->ui, "Not enough arguments (expected %s, got %d)",
		    expected, run->nargs);
		return false;
	}
	if (most >= 0 && run->nargs > most) {
		ui_error(&run->ui, "Too many arguments (expected %s, got %d)",
		    expected, run->nargs);
		return false;
	}
	return true;
}

bool
vrun_expect_exactly(struct vault_run *run, int n)
{
	if (run->nargs == n)
		return true;
	ui_error(&run->ui, "Incorrect arguments (expected %d, got %d)", n,
	    run->nargs);
	return false;
}

bool
vrun_client(struct vault_run *run)
{
	const char *why;
	bool ok;

	if (run->has_client)
		return true;
	run->has_client = true;
	ok = vclient_init(
	    &run->client, run->arena, &run->ui, &run->flags, &why);
	if (!ok)
		ui_error(&run->ui, "%s", why);
	return ok;
}

bool
vrun_data(
    struct vault_run *run, int from, const char *failure, struct kvargs *out)
{
	const char *why;

	kvargs_init(out, run->arena, vrun_is(run, "non-interactive"));
	if (kvargs_parse(out, run->nargs - from, run->args + from, &why))
		return true;
	ui_error(&run->ui, "%s: %s", failure, why);
	return false;
}

const char *
vrun_text(const struct vault_run *run, const char *flag)
{
	return goflag_text(&run->flags, flag);
}

bool
vrun_is(const struct vault_run *run, const char *flag)
{
	return goflag_is(&run->flags, flag);
}

struct slice
vrun_one(struct vault_run *run, const char *key, const char *value)
{
	struct kvargs data;

	kvargs_init(&data, run->arena, true);
	kvargs_put_text(&data, key, value);
	return kvargs_json(&data);
}
