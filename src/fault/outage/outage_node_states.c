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
node_is(struct outage_run *run, const char *state, const char *word)
{
	const struct vault *v = run->faults->vault;
	char event[200];

	snprintf(event, sizeof(event), "node:%.160s:%s",
	    vault_node(v), state);
	if (word)
		faults_event(run->faults, word);
	faults_event(run->faults, event);
}

/* ---- seal ---- */

bool
state_sealed(struct outage_run *run, struct complaint *c)
{
	struct vault *v = run->faults->vault;

	if (!seal_suspend(v))
		return complain(c, "", "", "the vault is sealed already");
	node_is(run, "sealed", "sealed");
	return true;
}

/* An operator may have unsealed it meanwhile: then that stands. */
void
state_unsealed(struct outage_run *run)
{
	if (seal_resume(run->faults->vault))
		node_is(run, "active", "unsealed");
}

static bool
keep_image(struct outage_run *run, struct complaint *c)
{
	run->image = image_take(run->faults->vault);
	return run->image ||
	    complain(c, "", "", "the state could not be kept aside");
}

bool
state_uninitialized(struct outage_run *run, struct complaint *c)
{
	return keep_image(run, c) &&
	    (vault_wipe(run->faults->vault) ||
		complain(c, "", "", "the state could not be cleared"));
}

bool
state_amnesia(struct outage_run *run, struct complaint *c)
{
	const struct fault_host *h = &run->faults->host;

	if (!h->rebirth)
		return complain(c, "", "", "nobody here can start it anew");
	if (!keep_image(run, c))
		return false;
	if (h->rebirth(h->arg, c))
		return true;
	image_restore(run->faults->vault, run->image);
	return false;
}

void
state_image_back(struct outage_run *run)
{
	struct faults *f = run->faults;

	image_restore(f->vault, run->image);
	if (f->host.state_back)
		f->host.state_back(f->host.arg);
}

/* ---- leader ---- */

bool
state_leaderless(struct outage_run *run, struct complaint *c)
{
	struct vault *v = run->faults->vault;

	(void)c;
	v->leaderless = true;
	v->no_forwarding = strcmp(run_text(run, "forwarding"), "off") == 0;
	v->role = run_int(run, "health") == 429 ? NODE_STANDBY
						: NODE_HA_UNHEALTHY;
	node_is(run, "standby", "no-leader");
	return true;
}

void
state_leader_back(struct outage_run *run)
{
	struct vault *v = run->faults->vault;

	v->leaderless = v->no_forwarding = false;
	v->role = NODE_ACTIVE;
	node_is(run, "active", "leader");
}

static bool
state_reset_connections(struct outage_run *run, struct complaint *c)
{
	const struct fault_host *h = &run->faults->host;

	(void)c;
	if (h->reset_connections)
		h->reset_connections(h->arg);
	return true;
}

bool
state_election(struct outage_run *run, struct complaint *c)
{
	return state_reset_connections(run, c) && state_leaderless(run, c);
}

static const struct {
	int64_t code;
	enum node_role role;
} health_codes[] = {
	{ 429, NODE_STANDBY },
	{ 472, NODE_DR_SECONDARY },
	{ 473, NODE_PERF_STANDBY },
	{ 474, NODE_HA_UNHEALTHY },
	{ 530, NODE_REMOVED },
};

bool
state_health_code(struct outage_run *run, struct complaint *c)
{
	int64_t code = run_int(run, "code");

	(void)c;
	for (size_t i = 0; i < sizeof(health_codes) / sizeof(*health_codes);
	     i++)
		if (health_codes[i].code == code)
			run->faults->vault->role = health_codes[i].role;
	return true;
}

void
state_health_code_back(struct outage_run *run)
{
	run->faults->vault->role = NODE_ACTIVE;
}

/* ---- listeners ---- */

static bool
set_gate(struct outage_run *run, enum wire_gate gate, struct complaint *c)
{
	const struct fault_host *h = &run->faults->host;

	if (!h->gate)
		return complain(c, "", "", "there is no listener here");
	h->gate(h->arg, gate);
	return true;
}

bool
state_refused(struct outage_run *run, struct complaint *c)
{
	if (!set_gate(run, WIRE_REFUSED, c))
		return false;
	node_is(run, "down", NULL);
	return true;
}

bool
state_blackhole(struct outage_run *run, struct complaint *c)
{
	return set_gate(run, WIRE_BLACKHOLE, c);
}

void
state_gate_open(struct outage_run *run)
{
	struct complaint c = { 0 };

	if (set_gate(run, WIRE_OPEN, &c))
		node_is(run, "active", NULL);
}

static const struct {
	const char *as;
	bool (*start)(struct outage_run *run, struct complaint *c);
	void (*stop)(struct outage_run *run);
} old_addresses[] = {
	{ "refuse", state_refused, state_gate_open },
	{ "sealed", state_sealed, state_unsealed },
	{ "standby", state_leaderless, state_leader_back },
};

static size_t
old_address(const struct outage_run *run)
{
	size_t i = 0;

	while (strcmp(old_addresses[i].as, run_text(run, "as")) != 0)
		i++;
	return i;
}

bool
state_dns_switch(struct outage_run *run, struct complaint *c)
{
	return old_addresses[old_address(run)].start(run, c);
}

void
state_dns_back(struct outage_run *run)
{
	old_addresses[old_address(run)].stop(run);
}

/* ---- time ---- */

bool
state_jump(struct outage_run *run, struct complaint *c)
{
	(void)c;
	clock_advance(run->faults->vault->clock, run_span(run, "by"));
	return true;
}

bool
state_skew(struct outage_run *run, struct complaint *c)
{
	struct vault *v = run->faults->vault;

	(void)c;
	run->saved = json_integer(v->skew);
	v->skew = run_span(run, "by");
	return true;
}

void
state_skew_back(struct outage_run *run)
{
	run->faults->vault->skew = json_integer_value(run->saved);
}
