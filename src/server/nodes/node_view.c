/*
 * The functions of a node's cluster_view. Where raft does not run there is
 * nobody.
 */
#include "server/nodes/node_view.h"

#include <string.h>

#include "cluster/peers.h"

static struct node *
node_view_other(struct node *n, uint64_t number)
{
	for (int i = 0; i < n->nodes->n; i++)
		if (n->nodes->node[i].number == number)
			return &n->nodes->node[i];
	return NULL;
}

static bool
node_view_peer(void *arg, unsigned at, struct cluster_peer *out)
{
	struct node *n = arg, *other;
	enum cluster_role role;
	uint64_t number;

	memset(out, 0, sizeof(*out));
	if (!n->cluster ||
	    !cluster_member(n->cluster, at, &number, &out->address, &role))
		return false;
	other = node_view_other(n, number);
	out->node_id = other ? other->id : "";
	out->api_address = other ? other->in->api_addr : "";
	out->is_self = other == n;
	out->is_voter = role == ROLE_VOTER;
	out->is_leader = n->serves ? other == n : number == n->known_leader;
	out->is_reachable = out->is_self ||
	    (other && other->cluster && node_reaches(n, other));
	if (other && !out->is_reachable && other->gone_ns)
		out->last_contact_ms = (clock_now(n->nodes->clock) -
					   other->gone_ns) /
		    1000000;
	return true;
}

static bool
node_view_serves(void *arg)
{
	return ((struct node *)arg)->serves;
}

static int64_t
node_view_now_ms(void *arg)
{
	const struct node *n = arg;

	return n->cluster ? cluster_now_ms(n->cluster) : 0;
}

static bool
node_view_has_led(void *arg, int64_t at_ms)
{
	struct node *n = arg;

	return n->cluster && cluster_has_led(n->cluster, at_ms);
}

static uint64_t
node_view_term(void *arg)
{
	const struct node *n = arg;

	return n->cluster ? cluster_term(n->cluster) : 0;
}

static uint64_t
node_view_applied_index(void *arg)
{
	const struct node *n = arg;

	return n->cluster ? cluster_applied_index(n->cluster) : 0;
}

static uint64_t
node_view_last_entry(void *arg)
{
	const struct node *n = arg;

	return n->cluster ? cluster_last_entry(n->cluster) : 0;
}

static bool
node_view_is_committed(void *arg, uint64_t entry)
{
	const struct node *n = arg;

	return n->cluster && cluster_is_committed(n->cluster, entry);
}

static bool
node_view_hand_over(void *arg)
{
	struct node *n = arg;

	return n->cluster && n->serves && cluster_hand_over(n->cluster);
}

static bool
node_view_is_changing(void *arg)
{
	const struct node *n = arg;

	return n->cluster && cluster_is_changing(n->cluster);
}

/* The name is taken back when the cluster cannot change now. */
static bool
node_view_add(void *arg, const char *node_id, const char *address)
{
	struct node *n = arg;
	struct store *s = n->in->vault.store;
	uint64_t number;

	if (!n->serves || cluster_is_changing(n->cluster))
		return false;
	number = peers_add(s, node_id, address);
	return number && cluster_add(n->cluster, number, address);
}

static uint64_t
node_view_number(struct node *n, const char *node_id)
{
	struct arena *a = arena_new();
	struct peer p = { 0 };
	bool found = peers_find(n->in->vault.store, a, node_id, &p);
	uint64_t number = found ? p.number : 0;

	arena_free(a);
	return number;
}

static bool
node_view_promote(void *arg, const char *node_id)
{
	struct node *n = arg;
	uint64_t number = n->serves ? node_view_number(n, node_id) : 0;

	return number && cluster_promote(n->cluster, number);
}

/* Vault 1.19: a leader that removes itself hands over, and its successor does
 * it. */
static bool
node_view_remove(void *arg, const char *node_id)
{
	struct node *n = arg, *other;
	uint64_t number = n->serves ? node_view_number(n, node_id) : 0;

	if (number && number == n->number)
		return n->hands_over = cluster_hand_over(n->cluster);
	if (!number || !cluster_remove(n->cluster, number) ||
	    !peers_remove(n->in->vault.store, node_id))
		return false;
	other = node_view_other(n, number);
	if (other)
		other->removed_ns = clock_now(n->nodes->clock) +
		    NODE_REMOVED_CHECK_NS;
	return true;
}

void
node_view_init(struct node *n)
{
	n->view = (struct cluster_view){ .arg = n,
		.peer = node_view_peer,
		.serves = node_view_serves,
		.now_ms = node_view_now_ms,
		.has_led = node_view_has_led,
		.term = node_view_term,
		.applied_index = node_view_applied_index,
		.last_entry = node_view_last_entry,
		.is_committed = node_view_is_committed,
		.hand_over = node_view_hand_over,
		.add = node_view_add,
		.promote = node_view_promote,
		.remove = node_view_remove,
		.is_changing = node_view_is_changing };
}
