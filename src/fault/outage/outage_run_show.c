/*
 * A run of an outage as it is shown.
 */
#include "base/duration.h"
#include "fault/outage/outage.h"

bool
outage_run_is_kept(const struct outage_run *run)
{
	return !run->outage->final || json_array_size(run->rules) > 0;
}

static json_t *
outage_time_json(int64_t time_ns)
{
	char text[RFC3339_MAX];

	if (!time_ns)
		return json_null();
	rfc3339_nano(time_ns, text);
	return json_string(text);
}

/* How near to Vault's it is here, and which nodes it is about. */
static void
outage_run_show_how(const struct outage_run *run, json_t *show)
{
	const struct outage *o = run->outage;
	bool real = outage_run_has_nodes(run) && o->on_nodes;

	if (outage_run_has_nodes(run) && (run->nodes || !o->rules))
		json_object_set_new(show, "nodes", outage_nodes_targets(run));
	if (o->fidelity == OUTAGE_APPROXIMATED && !real)
		json_object_set_new(show, "approximated", json_string(o->how));
}

json_t *
outage_run_show(const struct outage_run *run)
{
	bool is_virtual = run->clock != run->faults->real;
	json_t *show = json_pack("{s:s, s:s, s:b, s:o, s:O, s:O}", "outage",
	    run->outage->name, "id", run->id, "active",
	    !run->pending && outage_run_is_kept(run), "until",
	    outage_time_json(run->ends_ns), "rules", run->rules, "params",
	    run->params);

	if (run->pending)
		json_object_set_new(
		    show, "begins", outage_time_json(run->began_ns));
	if (is_virtual)
		json_object_set_new(show, "clock", json_string("virtual"));
	if (run->match)
		json_object_set(show, "match", run->match);
	if (run->owner)
		json_object_set_new(show, "owner", json_string(run->owner));
	outage_run_show_how(run, show);
	return show;
}
