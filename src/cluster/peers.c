/*
 * The table of peers; who is gone leaves a row with the number.
 */
#include "cluster/peers.h"

#include <string.h>

enum {
	PEER_ADD,
	PEER_REMOVE,
	PEER_FIND,
	PEER_FIND_NUMBER,
	PEER_LIST,
	PEER_IS_GONE,
	PEER_SET_API,
	NSTATEMENTS
};

static const char *const migrations[] = {
	"CREATE TABLE cluster_peer (number INTEGER PRIMARY KEY, "
	"node_id TEXT NOT NULL, address TEXT NOT NULL, gone INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX cluster_peer_id ON cluster_peer (node_id) "
	"WHERE gone = 0;",
	"ALTER TABLE cluster_peer ADD COLUMN api_address TEXT NOT NULL "
	"DEFAULT ''",
	NULL
};

#define PEER_COLUMNS "number, node_id, address, api_address"

static const struct store_statement statements[NSTATEMENTS] = {
	[PEER_ADD] = { "INSERT INTO cluster_peer (number, node_id, address, "
		       "gone) SELECT 1 + ifnull(max(number), 0), ?1, ?2, 0 "
		       "FROM cluster_peer",
	    "ss", NULL },
	[PEER_REMOVE] = { "UPDATE cluster_peer SET gone = 1 "
			  "WHERE node_id = ? AND gone = 0",
	    "s", NULL },
	[PEER_FIND] = { "SELECT " PEER_COLUMNS " FROM cluster_peer "
			"WHERE node_id = ? AND gone = 0",
	    "s", NULL },
	[PEER_FIND_NUMBER] = { "SELECT " PEER_COLUMNS " "
			       "FROM cluster_peer "
			       "WHERE number = ? AND gone = 0",
	    "i", NULL },
	[PEER_LIST] = { "SELECT " PEER_COLUMNS " FROM cluster_peer "
			"WHERE gone = 0 ORDER BY number",
	    "", NULL },
	[PEER_IS_GONE] = { "SELECT 1 FROM cluster_peer "
			   "WHERE number = ? AND gone = 1",
	    "i", NULL },
	[PEER_SET_API] = { "UPDATE cluster_peer SET api_address = ? "
			   "WHERE number = ?",
	    "si", NULL },
};

const struct store_part peers_store_part = { "peers", migrations, statements,
	NSTATEMENTS, NULL };

static bool
peers_read_row(struct query *q, struct arena *a, struct peer *p)
{
	if (!query_row(q))
		return false;
	p->number = (uint64_t)query_int(q, 0);
	p->node_id = arena_strdup(a, query_text(q, 1));
	p->address = arena_strdup(a, query_text(q, 2));
	p->api_address = arena_strdup(a, query_text(q, 3));
	return true;
}

static bool
peers_read(struct query *q, struct arena *a, struct peer *p)
{
	bool found = peers_read_row(q, a, p);

	if (found)
		query_done(q);
	return found;
}

size_t
peers_list(struct store *s, struct arena *a, struct peer **list)
{
	struct query *q = STORE_QUERY(s, &peers_store_part, PEER_LIST);
	size_t n = 0, room = 8;
	struct peer one;

	*list = arena_alloc(a, room * sizeof(**list));
	while (peers_read_row(q, a, &one)) {
		if (n == room) {
			struct peer *more = arena_alloc(
			    a, 2 * room * sizeof(*more));

			memcpy(more, *list, n * sizeof(*more));
			*list = more;
			room *= 2;
		}
		(*list)[n++] = one;
	}
	return n;
}

void
peers_set_api_address(struct store *s, uint64_t number, const char *api_address)
{
	STORE_EXEC(
	    s, &peers_store_part, PEER_SET_API, api_address, (int64_t)number);
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
peers_is_gone(struct store *s, uint64_t number)
{
	struct query *q = STORE_QUERY(
	    s, &peers_store_part, PEER_IS_GONE, (int64_t)number);
	bool gone = query_row(q);

	query_done(q);
	return gone;
}

bool
peers_remove(struct store *s, const char *node_id)
{
	return STORE_EXEC(s, &peers_store_part, PEER_REMOVE, node_id) == 1;
}
