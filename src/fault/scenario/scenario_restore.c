/*
 * Keeps what a scenario is about to change, and puts it back.
 */
#include "fault/scenario/scenario_restore.h"

#include <string.h>

#include "base/duration.h"
#include "core/state/clock_control.h"
#include "core/state/snapshot.h"
#include "fault/outage/outage.h"
#include "fault/rule/rule.h"

/* ---- rules ---- */

/* Rules of outages come and go with these. */
void
scenario_keep_rule(struct scenario_restore *k, struct faults *f, const char *id)
{
	struct rule *r = id ? faults_find(f, id) : NULL;
	json_t *tree;

	if (!r || *r->outage_name)
		return;
	tree = json_copy(r->tree);
	json_object_set_new(tree, "enabled", json_boolean(r->enabled));
	if (!k->rules)
		k->rules = json_array();
	json_array_append_new(
	    k->rules, json_pack("{s:s, s:o}", "id", id, "rule", tree));
}

/* The first kept of an id is the one that was there before the scenario. */
static void
restore_rules(struct scenario_restore *k, struct faults *f)
{
	json_t *one;
	size_t i;

	json_array_foreach (k->rules, i, one) {
		struct error ignored = { 0 };
		const char *id = json_string_value(json_object_get(one, "id"));

		if (!faults_find(f, id))
			faults_replace(
			    f, id, json_object_get(one, "rule"), &ignored);
		error_release(&ignored);
	}
	json_decref(k->rules);
	k->rules = NULL;
}

/* ---- the clock ---- */

void
scenario_keep_clock(struct scenario_restore *k, struct faults *f)
{
	if (!k->clock)
		k->clock = clock_control_show(f->vault);
}

/* The time that a clock of this rate would show by now. */
static void
restore_clock_rate(json_t *put, const json_t *kept, struct faults *f)
{
	int64_t now_ns = 0, real_ns = 0;
	double rate = json_number_value(json_object_get(kept, "rate"));
	double passed_ns;
	char text[RFC3339_MAX];

	rfc3339_parse(json_string_value(json_object_get(kept, "now")), &now_ns);
	rfc3339_parse(
	    json_string_value(json_object_get(kept, "real")), &real_ns);
	passed_ns = rate * (double)(clock_unmoved(f->vault->clock) - real_ns);
	if (passed_ns > 9e18)
		passed_ns = 9e18;
	now_ns = time_after_ns(now_ns, (int64_t)passed_ns);
	rfc3339_nano(now_ns, text);
	json_object_set_new(put, "now", json_string(text));
	json_object_set(put, "rate", json_object_get(kept, "rate"));
}

static void
restore_clock(struct scenario_restore *k, struct faults *f)
{
	static const char *const always[] = { "mode", "ttl_scale", "skew" };
	struct error c = { 0 };
	json_t *kept = k->clock, *put = json_object();
	const char *mode = json_string_value(json_object_get(kept, "mode"));

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		json_object_set(
		    put, always[i], json_object_get(kept, always[i]));
	clock_set_rate(
	    f->vault->clock, json_number_value(json_object_get(kept, "rate")));
	if (strcmp(mode, "frozen") == 0)
		json_object_set(put, "now", json_object_get(kept, "now"));
	else if (strcmp(mode, "offset") == 0)
		json_object_set(put, "offset", json_object_get(kept, "offset"));
	else if (strcmp(mode, "rate") == 0)
		restore_clock_rate(put, kept, f);
	if (!clock_control_put(f->vault, put, "clock", &c))
		log_msg(f->vault->log, LOG_WARN, "scenario",
		    "the clock was not put back: %s: %s", c.field, c.text);
	error_release(&c);
	json_decref(put);
	json_decref(k->clock);
	k->clock = NULL;
}

/* ---- the seed ---- */

void
scenario_keep_seed(struct scenario_restore *k, struct faults *f)
{
	if (!k->has_seed)
		k->seed = f->seed;
	k->has_seed = true;
}

/* ---- what the vault holds ---- */

static bool
restore_is_state_aside(const struct faults *f)
{
	for (const struct outage_run *run = f->runs; run; run = run->next)
		if (run->snapshot)
			return true;
	return false;
}

void
scenario_keep_state(struct scenario_restore *k, struct faults *f)
{
	if (k->state || k->state_stays || restore_is_state_aside(f))
		return;
	outages_revert_edits(f);
	k->state = vault_snapshot_new(f->vault);
	outages_repeat_edits(f);
	k->state_serial = ++f->runs_made;
}

/* What outages of others edit is edited again in the old state. */
static void
restore_state(struct scenario_restore *k, struct scenario_restore *later,
    struct faults *f)
{
	if (later) {
		vault_snapshot_free(later->state);
		later->state = k->state;
	} else if (restore_is_state_aside(f) ||
	    !vault_snapshot_restore(f->vault, k->state)) {
		log_msg(f->vault->log, LOG_WARN, "scenario",
		    "what the vault holds was not put back");
		vault_snapshot_free(k->state);
	} else {
		vault_snapshot_free(k->state);
		if (f->host.on_state_restored)
			f->host.on_state_restored(f->host.arg);
		outages_on_state_replaced(f);
	}
	k->state = NULL;
}

/* ---- all of it ---- */

void
scenario_put_back(struct scenario_restore *k, struct scenario_restore *later,
    struct faults *f)
{
	restore_rules(k, f);
	if (k->has_seed)
		f->seed = k->seed;
	k->has_seed = false;
	if (k->clock)
		restore_clock(k, f);
	if (k->state)
		restore_state(k, later, f);
}

void
scenario_restore_release(struct scenario_restore *k)
{
	json_decref(k->rules);
	json_decref(k->clock);
	vault_snapshot_free(k->state);
	k->rules = k->clock = NULL;
	k->state = NULL;
}
