/*
 * Outages of the node itself: seal, leader, listeners, clock. What several of
 * them may want at once is claimed; outage_conditions.c adds the claims up.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/seal/seal.h"
#include "core/state/clock_control.h"
#include "core/vault.h"
#include "fault/outage/outage.h"

/* ---- seal ---- */

bool
outage_seal_start(struct outage_run *run, struct error *c)
{
	struct vault *v = run->faults->vault;

	if (seal_is_sealed(v) && !seal_is_suspended(v))
		return outage_no_effect(c, "the vault is sealed already");
	run->claims.sealed = true;
	return true;
}

bool
outage_uninitialized_replace(struct outage_run *run, struct error *c)
{
	if (!seal_is_initialized(run->faults->vault))
		return outage_no_effect(
		    c, "the vault is uninitialized already");
	return vault_erase(run->faults->vault) ||
	    error_field(c, "", "", "the state could not be cleared");
}

bool
outage_amnesia_replace(struct outage_run *run, struct error *c)
{
	const struct fault_host *h = &run->faults->host;

	if (!h->restart_dev)
		return error_field(c, "", "", "nobody here can start it anew");
	return h->restart_dev(h->arg, c);
}

/* ---- leader ---- */

/* A node that has just died: this host, a port where nobody listens. */
#define DEAD_LEADER_PORT "8190"

static void
outage_dead_leader_address(const struct outage_run *run, char *out, size_t size)
{
	const char *own = run->faults->vault->config.api_addr;
	const char *host = own ? strstr(own, "://") : NULL;
	const char *given = outage_param_str(run, "leader");
	size_t scheme, n;

	if (*given) {
		snprintf(out, size, "%s", given);
		return;
	}
	if (!host) {
		snprintf(out, size, "http://127.0.0.1:" DEAD_LEADER_PORT);
		return;
	}
	scheme = (size_t)(host - own);
	host += 3;
	n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	if (n > strlen(host))
		n = strlen(host);
	snprintf(out, size, "%.*s://%.*s:" DEAD_LEADER_PORT, (int)scheme, own,
	    (int)n, host);
}

/* A standby that knows a leader, which may be dead. */
static void
outage_claim_standby(struct outage_run *run, enum node_role role)
{
	struct outage_claims *claims = &run->claims;

	claims->has_role = true;
	claims->role = role;
	claims->standby.on = true;
	claims->standby.has_heartbeat = true;
}

/* Measured: a standby that knows no leader answers 429. Vault 1.19: it forgets
 * the heartbeats with the leader, so neither 474 nor their fields come. */
static void
outage_claim_no_leader(struct outage_run *run)
{
	struct standby *s = &run->claims.standby;

	outage_claim_standby(run, NODE_STANDBY);
	s->leader_is_gone = true;
	s->leader_address[0] = '\0';
	s->has_heartbeat = false;
	s->heartbeat_lost_ns = 0;
}

bool
outage_no_leader_start(struct outage_run *run, struct error *c)
{
	struct standby *s = &run->claims.standby;

	(void)c;
	outage_claim_no_leader(run);
	s->no_forwarding = strcmp(outage_param_str(run, "forwarding"), "off") ==
	    0;
	if (outage_param_int(run, "health") == 474) {
		run->claims.role = NODE_HA_UNHEALTHY;
		s->has_heartbeat = true;
		s->heartbeat_lost_ns = vault_now(run->faults->vault);
	}
	return true;
}

bool
outage_election_start(struct outage_run *run, struct error *c)
{
	struct standby *s = &run->claims.standby;
	const struct fault_host *h = &run->faults->host;

	(void)c;
	if (h->reset_connections)
		h->reset_connections(h->arg);
	outage_claim_standby(run, NODE_STANDBY);
	s->leader_is_gone = true;
	s->heartbeat_lost_ns = vault_now(run->faults->vault);
	outage_dead_leader_address(
	    run, s->leader_address, sizeof(s->leader_address));
	return true;
}

/* The phase alarm at the first of these instants that is still to come; 0 is
 * none. */
static void
outage_set_phase_alarm(
    struct outage_run *run, int64_t first_ns, int64_t second_ns)
{
	int64_t now_ns = clock_now(run->clock);
	int64_t next_ns = first_ns > now_ns ? first_ns : second_ns;

	if (second_ns > now_ns && second_ns < next_ns)
		next_ns = second_ns;
	if (next_ns > now_ns)
		alarm_set(run->clock, &run->phase_alarm, next_ns);
}

/* Measured: the dead leader's address for most of the time, then none at all
 * until the new one leads. Health turns once heartbeats are overdue. */
bool
outage_election_phase(struct outage_run *run)
{
	int64_t now_ns = clock_now(run->clock);
	int64_t overdue_ns = run->began_ns +
	    outage_param_duration_ns(run, "overdue");
	int64_t last_ns = run->ends_ns
	    ? run->ends_ns - outage_param_duration_ns(run, "final")
	    : 0;

	if (run->ends_ns && now_ns >= last_ns)
		outage_claim_no_leader(run);
	else if (now_ns >= overdue_ns)
		run->claims.role = NODE_HA_UNHEALTHY;
	outage_set_phase_alarm(run, overdue_ns, last_ns);
	return false;
}

/* Until its lease is over the lonely leader leads, and writes wait. */
bool
outage_quorum_loss_start(struct outage_run *run, struct error *c)
{
	(void)run;
	(void)c;
	return true;
}

bool
outage_quorum_loss_phase(struct outage_run *run)
{
	int64_t over_ns = run->began_ns +
	    outage_param_duration_ns(run, "lease");

	if (clock_now(run->clock) < over_ns) {
		alarm_set(run->clock, &run->phase_alarm, over_ns);
		return false;
	}
	outage_claim_no_leader(run);
	return true;
}

/* A match means some of the requests, behind a balancer: the node that they
 * meet is not looked at. */
static bool
outage_claim_leader_at(
    struct outage_run *run, const char *address, enum node_role role)
{
	struct standby *s = &run->claims.standby;

	if (run->match || run->faults->host.upstream)
		return true;
	outage_claim_standby(run, role);
	s->forwards = true; /* the rules say what becomes of requests */
	if (strcmp(address, "loop") == 0 || strcmp(address, "http") == 0)
		address = "http://{{host}}";
	else if (strcmp(address, "dead") == 0)
		address = "http://127.0.0.1:" DEAD_LEADER_PORT;
	else if (strcmp(address, "unreachable") == 0)
		address = "http://192.0.2.1:8200";
	snprintf(s->leader_address, sizeof(s->leader_address), "%s", address);
	return true;
}

bool
outage_redirect_start(struct outage_run *run, struct error *c)
{
	(void)c;
	return outage_claim_leader_at(
	    run, outage_param_str(run, "to"), NODE_STANDBY);
}

bool
outage_forward_fail_start(struct outage_run *run, struct error *c)
{
	char address[256];
	bool ok;

	(void)c;
	outage_dead_leader_address(run, address, sizeof(address));
	if (strcmp(outage_param_str(run, "as"), "redirect") == 0)
		snprintf(address, sizeof(address), "%s",
		    outage_param_str(run, "to"));
	ok = outage_claim_leader_at(run, address, NODE_STANDBY);
	run->claims.standby.heartbeat_lost_ns = vault_now(run->faults->vault);
	return ok;
}

/* The heartbeats go over the same line. */
bool
outage_forward_fail_phase(struct outage_run *run)
{
	int64_t overdue_ns = run->began_ns +
	    outage_param_duration_ns(run, "overdue");

	if (!run->claims.standby.on)
		return false;
	if (clock_now(run->clock) >= overdue_ns)
		run->claims.role = NODE_HA_UNHEALTHY;
	outage_set_phase_alarm(run, overdue_ns, 0);
	return false;
}

bool
outage_stale_read_start(struct outage_run *run, struct error *c)
{
	char address[256];

	(void)c;
	outage_dead_leader_address(run, address, sizeof(address));
	return outage_claim_leader_at(run, address, NODE_PERF_STANDBY);
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
	run->claims.has_role = true;
	for (size_t i = 0;
	     i < sizeof(outage_health_codes) / sizeof(*outage_health_codes);
	     i++)
		if (outage_health_codes[i].code == code)
			run->claims.role = outage_health_codes[i].role;
	return true;
}

/* ---- listeners ---- */

static bool
outage_claim_listener(
    struct outage_run *run, enum listener_state gate, struct error *c)
{
	if (!run->faults->host.set_listener_state)
		return error_field(c, "", "", "there is no listener here");
	run->claims.listener = gate;
	return true;
}

bool
outage_refuse_start(struct outage_run *run, struct error *c)
{
	return outage_claim_listener(run, LISTENER_REFUSING, c);
}

bool
outage_blackhole_start(struct outage_run *run, struct error *c)
{
	return outage_claim_listener(run, LISTENER_BLACKHOLE, c);
}

bool
outage_dns_switch_start(struct outage_run *run, struct error *c)
{
	const char *as = outage_param_str(run, "as");

	if (strcmp(as, "refuse") == 0)
		return outage_refuse_start(run, c);
	if (strcmp(as, "sealed") == 0)
		return outage_seal_start(run, c);
	outage_claim_no_leader(run);
	return true;
}

/* Only plain HTTP on a TLS port, and the reverse, has a meaning without TLS. */
bool
outage_tls_start(struct outage_run *run, struct error *c)
{
	const struct fault_host *h = &run->faults->host;

	if (!h->has_tls || h->has_tls(h->arg) ||
	    json_is_true(json_object_get(run->params, "plain")))
		return true;
	return outage_no_effect(
	    c, "no listener speaks TLS (-dev-tls, or tls_cert_file)");
}

/* ---- time ---- */

bool
outage_clock_jump_start(struct outage_run *run, struct error *c)
{
	return clock_control_jump(
	    run->faults->vault, outage_param_duration_ns(run, "by"), c);
}

bool
outage_clock_skew_start(struct outage_run *run, struct error *c)
{
	run->claims.skew_ns = outage_param_duration_ns(run, "by");
	return clock_control_check_skew(run->claims.skew_ns, "params", "by", c);
}
