/*
 * vault lease lookup, renew, revoke.
 */
#include "base/duration.h"
#include "cli/vault/command.h"
#include "cli/vault/output/gotext.h"

static bool
lease_start(
    struct vault_run *run, const char *expected, const char **id, int *status)
{
	*status = VAULT_WRONG_USE;
	if (run->nargs == 0) {
		ui_error(&run->ui, "Missing ID!");
		return false;
	}
	if (!vrun_expect(run, 1, 1, expected))
		return false;
	*id = gotext_trim(run->arena, run->args[0]);
	*status = VAULT_FAILED;
	return vrun_client(run);
}

static int
lease_run_lookup(struct vault_run *run)
{
	const char *id, *why;
	struct secret *s;
	int status;

	if (!lease_start(run, "1", &id, &status))
		return status;
	if (!logical_ask(&run->client, "PUT", "sys/leases/lookup",
		vrun_one(run, "lease_id", id), &s, &why)) {
		ui_error(&run->ui, "error looking up lease id %s: %s", id, why);
		return VAULT_FAILED;
	}
	return print_secret(run, s);
}

static int
lease_run_renew(struct vault_run *run)
{
	int64_t increment = goflag_number(&run->flags, "increment") /
	    NSEC_PER_SEC;
	const char *id, *why;
	struct kvargs body;
	struct secret *s;
	int status;

	if (!lease_start(run, "1-2", &id, &status))
		return status;
	kvargs_init(&body, run->arena, true);
	kvargs_put(&body, "increment",
	    slice_of(arena_printf(run->arena, "%lld",
		(long long)(increment > 0 ? increment : 0))));
	kvargs_put_text(&body, "lease_id", id);
	if (!logical_ask(&run->client, "PUT", "sys/leases/renew",
		kvargs_json(&body), &s, &why)) {
		ui_error(&run->ui, "Error renewing %s: %s", id, why);
		return VAULT_FAILED;
	}
	return print_secret(run, s);
}

/* `vault lease revoke`: one lease, or with -prefix all below a path; -force
 * goes with -prefix only. Returns the status that the program ends with. */
static int
lease_run_revoke(struct vault_run *run)
{
	bool force = vrun_is(run, "force"), prefix = vrun_is(run, "prefix");
	bool sync = vrun_is(run, "sync");
	struct vreply reply;
	const char *id;

	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	if (force && !prefix) {
		ui_error(&run->ui,
		    "Specifying -force requires also specifying -prefix");
		return VAULT_WRONG_USE;
	}
	if (!vrun_client(run))
		return VAULT_FAILED;
	id = gotext_trim(run->arena, run->args[0]);
	if (force)
		ui_warn(&run->ui, "%s",
		    ui_wrap(run->arena,
			"Warning! Force-removing leases can cause Vault to "
			"become out of sync with secret engines!",
			0));
	if (!vclient_do(&run->client, "PUT",
		arena_printf(run->arena, "sys/leases/revoke%s/%s",
		    force	 ? "-force"
			: prefix ? "-prefix"
				 : "",
		    id),
		force	   ? SLICE_NONE
		    : sync ? SLICE("{\"sync\":true}")
			   : SLICE("{\"sync\":false}"),
		&reply)) {
		ui_error(&run->ui, "Error %s %s: %s",
		    force	 ? "force revoking leases with prefix"
			: prefix ? "revoking leases with prefix"
				 : "revoking lease",
		    id, reply.why);
		return VAULT_FAILED;
	}
	if (force)
		ui_output(&run->ui,
		    "Success! Force revoked any leases with prefix: %s", id);
	else if (sync && prefix)
		ui_output(&run->ui,
		    "Success! Revoked any leases with prefix: %s", id);
	else if (sync)
		ui_output(&run->ui, "Success! Revoked lease: %s", id);
	else
		ui_output(
		    &run->ui, "All revocation operations queued successfully!");
	return VAULT_OK;
}

static const struct flag lease_renew_flags[] = {
	{ "increment", FLAG_DURATION, "How much longer the lease is to live.",
	    NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct flag lease_revoke_flags[] = {
	{ "force", FLAG_BOOL,
	    "Forget the leases even if the engine fails; needs -prefix.", NULL,
	    NULL, "f" },
	{ "prefix", FLAG_BOOL,
	    "The ID is the beginning of those of several leases.", NULL, NULL,
	    NULL },
	{ "sync", FLAG_BOOL, "Wait until it is done.", NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set lease_renew_sets[] = {
	{ "Command Options", lease_renew_flags },
	{ NULL, NULL },
};
static const struct goflag_set lease_revoke_sets[] = {
	{ "Command Options", lease_revoke_flags },
	{ NULL, NULL },
};

const struct vault_command lease_commands[] = {
	{ "lease", NULL, 0, NULL, "Work with leases",
	    "<subcommand> [options] [args]",
	    "  Shows, renews and revokes leases." },
	{ "lease lookup", lease_run_lookup, VAULT_FORMAT, NULL, "Show a lease",
	    "ID", "  Shows what is known of a lease." },
	{ "lease renew", lease_run_renew, VAULT_FORMAT, lease_renew_sets,
	    "Renew a lease", "[options] ID", "  Renews a lease." },
	{ "lease revoke", lease_run_revoke, 0, lease_revoke_sets,
	    "Revoke leases", "[options] ID",
	    "  Revokes a lease, or with -prefix all below a path." },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
