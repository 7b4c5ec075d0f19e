/*
 * Outages that are a change of the real state: seal, leader, listeners, clock.
 */
#include <stdio.h>
#include <string.h>

#include "core/seal/seal.h"
#include "core/vault.h"
#include "fault/outage/outage.h"

/* "node:n1:active", and the word for it, where there is one. */
static void
outage_announce_node(
    struct outage_run *run, const char *state, const char *word)
{
	const struct vault *v = run->faults->vault;
	char event[200];

	snprintf(
	    event, sizeof(event), "node:%.160s:%s", vault_node_name(v), state);
	if (word)
		faults_event(run->faults, word);
	faults_event(run->faults, event);
}

/* ---- seal ---- */

bool
outage_seal_start(struct outage_run *run, struct error *c)
{
	struct vault *v = run->faults->vault;

	if (!seal_suspend(v))
		return error_field(c, "", "", "the vault is sealed already");
	outage_announce_node(run, "sealed", "sealed");
	return true;
}

/* An operator may have unsealed it meanwhile: then that stands. */
void
outage_seal_stop(struct outage_run *run)
{
	if (seal_resume(run->faults->vault))
		outage_announce_node(run, "active", "unsealed");
}

static bool
outage_keep_snapshot(struct outage_run *run, struct error *c)
{
	run->snapshot = vault_snapshot_new(run->faults->vault);
	return run->snapshot ||
	    error_field(c, "", "", "the state could not be kept aside");
}

bool
outage_uninitialized_start(struct outage_run *run, struct error *c)
{
	return outage_keep_snapshot(run, c) &&
	    (vault_erase(run->faults->vault) ||
		error_field(c, "", "", "the state could not be cleared"));
}

bool
outage_amnesia_start(struct outage_run *run, struct error *c)
{
	const struct fault_host *h = &run->faults->host;

	if (!h->restart_dev)
		return error_field(c, "", "", "nobody here can start it anew");
	if (!outage_keep_snapshot(run, c))
		return false;
	if (h->restart_dev(h->arg, c))
		return true;
	vault_snapshot_restore(run->faults->vault, run->snapshot);
	return false;
}

void
outage_snapshot_stop(struct outage_run *run)
{
	struct faults *f = run->faults;

	vault_snapshot_restore(f->vault, run->snapshot);
	if (f->host.on_state_restored)
		f->host.on_state_restored(f->host.arg);
}

/* ---- leader ---- */

bool
outage_no_leader_start(struct outage_run *run, struct error *c)
{
	struct vault *v = run->faults->vault;

	(void)c;
	v->has_no_leader = true;
	v->no_forwarding = strcmp(outage_param_str(run, "forwarding"), "off") ==
	    0;
	v->role = outage_param_int(run, "health") == 429 ? NODE_STANDBY
							 : NODE_HA_UNHEALTHY;
	outage_announce_node(run, "standby", "no-leader");
	return true;
}

void
outage_no_leader_stop(struct outage_run *run)
{
	struct vault *v = run->faults->vault;

	v->has_no_leader = v->no_forwarding = false;
	v->role = NODE_ACTIVE;
	outage_announce_node(run, "active", "leader");
}

static bool
outage_reset_connections(struct outage_run *run, struct error *c)
{
	const struct fault_host *h = &run->faults->host;

	(void)c;
	if (h->reset_connections)
		h->reset_connections(h->arg);
	return true;
}

bool
outage_election_start(struct outage_run *run, struct error *c)
{
	return outage_reset_connections(run, c) &&
	    outage_no_leader_start(run, c);
}

static const struct {
	int64_t code;
	enum node_role role;
} outage_health_codes[] = {
	{ 429, NODE_STANDBY },
	{ 472, NODE_DR_SECONDARY },
	{ 473, NODE_PERF_STANDBY },
	{ 474, NODE_HA_UNHEALTHY },
	{ 530, NODE_REMOVED },
};

bool
outage_health_code_start(struct outage_run *run, struct error *c)
{
	int64_t code = outage_param_int(run, "code");

	(void)c;
	for (size_t i = 0;
	     i < sizeof(outage_health_codes) / sizeof(*outage_health_codes);
	     i++)
		if (outage_health_codes[i].code == code)
			run->faults->vault->role = outage_health_codes[i].role;
	return true;
}

void
outage_health_code_stop(struct outage_run *run)
{
	run->faults->vault->role = NODE_ACTIVE;
}

/* ---- listeners ---- */

static bool
outage_set_listener_state(
    struct outage_run *run, enum listener_state gate, struct error *c)
{
	const struct fault_host *h = &run->faults->host;

	if (!h->set_listener_state)
		return error_field(c, "", "", "there is no listener here");
	h->set_listener_state(h->arg, gate);
	return true;
}

bool
outage_refuse_start(struct outage_run *run, struct error *c)
{
	if (!outage_set_listener_state(run, LISTENER_REFUSING, c))
		return false;
	outage_announce_node(run, "down", NULL);
	return true;
}

bool
outage_blackhole_start(struct outage_run *run, struct error *c)
{
	return outage_set_listener_state(run, LISTENER_BLACKHOLE, c);
}

void
outage_listener_stop(struct outage_run *run)
{
	struct error c = { 0 };

	if (outage_set_listener_state(run, LISTENER_OPEN, &c))
		outage_announce_node(run, "active", NULL);
}

static const struct {
	const char *as;
	bool (*start)(struct outage_run *run, struct error *c);
	void (*stop)(struct outage_run *run);
} outage_dns_modes[] = {
	{ "refuse", outage_refuse_start, outage_listener_stop },
	{ "sealed", outage_seal_start, outage_seal_stop },
	{ "standby", outage_no_leader_start, outage_no_leader_stop },
};

static size_t
outage_dns_index(const struct outage_run *run)
{
	size_t i = 0;

	while (strcmp(outage_dns_modes[i].as, outage_param_str(run, "as")) != 0)
		i++;
	return i;
}

bool
outage_dns_switch_start(struct outage_run *run, struct error *c)
{
	return outage_dns_modes[outage_dns_index(run)].start(run, c);
}

void
outage_dns_switch_stop(struct outage_run *run)
{
	outage_dns_modes[outage_dns_index(run)].stop(run);
}

/* ---- time ---- */

bool
outage_clock_jump_start(struct outage_run *run, struct error *c)
{
	(void)c;
	clock_advance(
	    run->faults->vault->clock, outage_param_duration_ns(run, "by"));
	return true;
}

bool
outage_clock_skew_start(struct outage_run *run, struct error *c)
{
	struct vault *v = run->faults->vault;

	(void)c;
	run->saved_state = json_integer(v->skew_ns);
	v->skew_ns = outage_param_duration_ns(run, "by");
	return true;
}

void
outage_clock_skew_stop(struct outage_run *run)
{
	run->faults->vault->skew_ns = json_integer_value(run->saved_state);
}
