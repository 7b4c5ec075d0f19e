/*
 * The table of peers; who is gone leaves a row with the number.
 */
#include "cluster/peers.h"

enum { PEER_ADD, PEER_REMOVE, PEER_FIND, PEER_FIND_NUMBER, NSTATEMENTS };

static const char *const migrations[] = {
	"CREATE TABLE cluster_peer (number INTEGER PRIMARY KEY, "
	"node_id TEXT NOT NULL, address TEXT NOT NULL, gone INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX cluster_peer_id ON cluster_peer (node_id) "
	"WHERE gone = 0;",
	NULL
};

static const struct store_statement statements[NSTATEMENTS] = {
	[PEER_ADD] = { "INSERT INTO cluster_peer (number, node_id, address, "
		       "gone) SELECT 1 + ifnull(max(number), 0), ?1, ?2, 0 "
		       "FROM cluster_peer",
	    "ss", NULL },
	[PEER_REMOVE] = { "UPDATE cluster_peer SET gone = 1 "
			  "WHERE node_id = ? AND gone = 0",
	    "s", NULL },
	[PEER_FIND] = { "SELECT number, node_id, address FROM cluster_peer "
			"WHERE node_id = ? AND gone = 0",
	    "s", NULL },
	[PEER_FIND_NUMBER] = { "SELECT number, node_id, address "
			       "FROM cluster_peer "
			       "WHERE number = ? AND gone = 0",
	    "i", NULL },
};

const struct store_part peers_store_part = { "peers", migrations, statements,
	NSTATEMENTS, NULL };

static bool
peers_read(struct query *q, struct arena *a, struct peer *p)
{
	if (!query_row(q))
		return false;
	p->number = (uint64_t)query_int(q, 0);
	p->node_id = arena_strdup(a, query_text(q, 1));
	p->address = arena_strdup(a, query_text(q, 2));
	query_done(q);
	return true;
}

bool
peers_find(
    struct store *s, struct arena *a, const char *node_id, struct peer *p)
{
	return peers_read(
	    STORE_QUERY(s, &peers_store_part, PEER_FIND, node_id), a, p);
}

bool
peers_find_number(
    struct store *s, struct arena *a, uint64_t number, struct peer *p)
{
	return peers_read(STORE_QUERY(s, &peers_store_part, PEER_FIND_NUMBER,
			      (int64_t)number),
	    a, p);
}

uint64_t
peers_add(struct store *s, const char *node_id, const char *address)
{
	struct arena *a = arena_new();
	struct peer p = { 0 };

	if (!peers_find(s, a, node_id, &p)) {
		STORE_EXEC(s, &peers_store_part, PEER_ADD, node_id, address);
		if (!peers_find(s, a, node_id, &p))
			p.number = 0; /* the store has failed */
	} else {
		p.number = 0;
	}
	arena_free(a);
	return p.number;
}

bool
peers_remove(struct store *s, const char *node_id)
{
	return STORE_EXEC(s, &peers_store_part, PEER_REMOVE, node_id) == 1;
}
