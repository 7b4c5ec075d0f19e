/*
 * What autopilot's settings (sys/raft/autopilot.c) mean for the node that
 * leads: who waits for a vote, and who is taken out because it is dead.
 */
#include "base/duration.h"
#include "core/setting.h"
#include "server/nodes/process_node.h"

/* Vault 1.19: where nothing else is set. */
#define AUTOPILOT_STABLE_NS ((int64_t)10 * NSEC_PER_SEC)
#define AUTOPILOT_DEAD_NS ((int64_t)24 * 3600 * NSEC_PER_SEC)
/* How often it is looked for the dead. */
#define AUTOPILOT_LOOK_NS ((int64_t)NSEC_PER_SEC)

static int64_t
autopilot_duration_ns(const json_t *kept, const char *name, int64_t none_ns)
{
	const char *text = json_string_value(json_object_get(kept, name));
	int64_t ns = none_ns;

	return text && duration_parse(text, &ns) ? ns : none_ns;
}

/* Vault 1.19: a leader that is new itself cannot tell who is stable, and waits
 * for nobody until it has led for a tenth longer than that. */
int64_t
process_stabilization_ns(void *arg)
{
	struct process_node *n = arg;
	json_t *kept = setting_get(&n->in->vault, "autopilot");
	int64_t ns = autopilot_duration_ns(
	    kept, "server_stabilization_time", AUTOPILOT_STABLE_NS);
	int64_t leads_ns = clock_now(n->clock) - n->leads_ns;

	json_decref(kept);
	return leads_ns <= ns / 10 * 11 ? 0 : ns;
}

static bool
autopilot_is_dead(
    const struct process_node *n, const struct peer *p, int64_t dead_ns)
{
	return p->number != member_number(n->member) &&
	    tcp_network_away_ns(member_network(n->member), p->number) > dead_ns;
}

/* Vault 1.19: as long as a majority is alive, and no fewer than min_quorum
 * voters stay. */
static void
autopilot_prune(struct process_node *n, const struct peer *peers, size_t count,
    int64_t dead_ns, json_int_t min_quorum)
{
	const struct peer *goes = NULL;
	json_int_t voters = 0, dead = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_dead = autopilot_is_dead(n, &peers[i], dead_ns);

		if (is_dead)
			goes = &peers[i];
		if (member_role(n->member, peers[i].number) != ROLE_VOTER)
			continue;
		voters++;
		dead += is_dead;
	}
	if (!goes || 2 * dead >= voters ||
	    (member_role(n->member, goes->number) == ROLE_VOTER &&
		voters - 1 < min_quorum))
		return;
	log_msg(&n->in->log, LOG_INFO, "storage.raft.autopilot",
	    "removing dead server: id=%s", goes->node_id);
	(void)member_expel(n->member, goes->node_id);
}

void
process_prune_dead(struct process_node *n)
{
	int64_t now_ns = clock_now(n->clock);
	struct arena *a;
	struct peer *peers;
	json_t *kept;
	size_t count;

	if (!n->serves || now_ns < n->prunes_ns)
		return;
	n->prunes_ns = now_ns + AUTOPILOT_LOOK_NS;
	kept = setting_get(&n->in->vault, "autopilot");
	if (json_is_true(json_object_get(kept, "cleanup_dead_servers"))) {
		a = arena_new();
		count = peers_list(n->in->vault.store, a, &peers);
		autopilot_prune(n, peers, count,
		    autopilot_duration_ns(kept,
			"dead_server_last_contact_threshold",
			AUTOPILOT_DEAD_NS),
		    json_integer_value(json_object_get(kept, "min_quorum")));
		arena_free(a);
	}
	json_decref(kept);
}
