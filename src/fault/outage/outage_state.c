/*
 * Outages that change rows of the state. An edit is a change that can be taken
 * back; a replacement puts another state in the place of all and keeps the old
 * one aside, without the edits, so that each comes back by itself.
 */
#include "core/seal/seal.h"
#include "fault/outage/outage.h"

/* Requests of an operator need an open vault. */
static bool
outage_state_open(struct faults *f)
{
	return seal_is_suspended(f->vault) && seal_resume(f->vault);
}

static void
outage_state_close(struct faults *f, bool opened)
{
	if (opened)
		seal_suspend(f->vault);
}

bool
outage_state_is_covered(const struct outage_run *run)
{
	for (const struct outage_run *r = run->faults->runs; r; r = r->next)
		if (r->snapshot && r->serial > run->serial)
			return true;
	return false;
}

bool
outage_state_edit(struct outage_run *run, struct error *c)
{
	bool opened;

	if (!faults_can_write(run->faults))
		return error_field(c, "", "", "no node leads");
	opened = outage_state_open(run->faults);
	run->edited = run->outage->edit(run, c);
	outage_state_close(run->faults, opened);
	return run->edited;
}

bool
outage_state_revert(struct outage_run *run)
{
	bool opened;

	if (!run->edited)
		return true;
	if (outage_state_is_covered(run) || !faults_can_write(run->faults))
		return false;
	opened = outage_state_open(run->faults);
	run->edited = !run->outage->revert(run);
	outage_state_close(run->faults, opened);
	return !run->edited;
}

void
outages_revert_edits(struct faults *f)
{
	for (struct outage_run *run = f->runs; run; run = run->next)
		outage_state_revert(run);
	for (struct outage_run *run = f->owed; run; run = run->next)
		outage_state_revert(run);
}

void
outages_repeat_edits(struct faults *f)
{
	/* In the order in which they began. */
	for (int64_t from = 0;;) {
		struct outage_run *next = NULL;
		struct error ignored = { 0 };

		for (struct outage_run *run = f->runs; run; run = run->next)
			if (run->serial > from &&
			    (!next || run->serial < next->serial))
				next = run;
		if (!next)
			return;
		from = next->serial;
		if (!next->outage->edit || next->edited || next->pending ||
		    outage_state_is_covered(next))
			continue;
		outage_state_edit(next, &ignored);
		error_release(&ignored);
	}
}

/* Edits that were made in a state that is given up are gone with it. */
static void
outage_state_forget_edits(struct faults *f, int64_t since_serial)
{
	for (struct outage_run *run = f->runs; run; run = run->next)
		if (run->serial > since_serial)
			run->edited = false;
}

/* Puts back the state that the run keeps, and the edits of others on it. */
static void
outage_state_restore(struct outage_run *run)
{
	struct faults *f = run->faults;

	vault_snapshot_restore(f->vault, run->snapshot);
	vault_snapshot_free(run->snapshot);
	run->snapshot = NULL;
	if (f->host.on_state_restored)
		f->host.on_state_restored(f->host.arg);
	outages_repeat_edits(f);
}

bool
outage_state_replace(struct outage_run *run, struct error *c)
{
	struct faults *f = run->faults;
	bool ok;

	outages_revert_edits(f);
	run->snapshot = vault_snapshot_new(f->vault);
	if (!run->snapshot) {
		outages_repeat_edits(f);
		return error_field(
		    c, "", "", "the state could not be kept aside");
	}
	ok = run->outage->replace(run, c);
	if (ok)
		return true;
	outage_state_restore(run);
	return false;
}

void
outage_state_give_back(struct outage_run *run)
{
	struct faults *f = run->faults;
	struct outage_run *after = NULL;

	/* f->runs has the newest first: the last one found came next. */
	for (struct outage_run *r = f->runs; r; r = r->next)
		if (r->snapshot && r->serial > run->serial)
			after = r;
	if (after) {
		vault_snapshot_free(after->snapshot);
		after->snapshot = run->snapshot;
		run->snapshot = NULL;
		return;
	}
	outage_state_forget_edits(f, run->serial);
	outage_state_restore(run);
}
