/*
 * What the files of journal/ share: a packed entry and the ring. Only files of
 * journal/ include it.
 */
#ifndef MV_JOURNAL_ENTRY_H
#define MV_JOURNAL_ENTRY_H

#include <stdio.h>

#include "journal/journal.h"

enum entry_text {
	ENTRY_METHOD,
	ENTRY_PATH,
	ENTRY_QUERY,
	ENTRY_OP,
	ENTRY_MOUNT,
	ENTRY_MOUNT_TYPE,
	ENTRY_ACCESSOR,
	ENTRY_ROLE,
	ENTRY_AUTH_MOUNT,
	ENTRY_TOKEN_DIGEST,
	ENTRY_NAMESPACE,
	ENTRY_SPACE,
	ENTRY_CLIENT_IP,
	ENTRY_NODE,
	ENTRY_TLS,
	ENTRY_REQUEST_ID,
	ENTRY_RULE,
	ENTRY_ACTION,
	ENTRY_ERROR,
	ENTRY_TEXT_COUNT,
};

#define ENTRY_POLICIES_MAX 32
#define ENTRY_HEADERS_MAX 100

/* One allocation: the struct, then its strings. */
struct entry {
	int64_t duration_ns; /* real ns */
	int64_t bytes;
	int64_t conn_id, conn_nth;
	uint32_t n; /* bytes of data */
	int status;
	bool committed, tls, has_token, node_active;
	bool is_cut;
	uint16_t string_offsets[ENTRY_TEXT_COUNT]; /* offset behind the struct,
						      0: none */
	uint16_t policies; /* offset of strings, ended by ""; 0: none */
	uint16_t headers;  /* the same of name, value, name, value... */
	char data[];
};

struct journal_slot {
	int64_t seq; /* 0: never used */
	int64_t virtual_ns, real_ns;
	struct entry *entry;		 /* NULL: not closed yet, */
	const struct request_info *info; /* which then are the request's own */
	const char *tls;
	bool unsettled; /* nobody was told of it yet */
};

#define JOURNAL_EVENTS_MAX 1024

struct journal_event {
	char name[120];
	int64_t seq; /* of the newest entry then */
	int64_t virtual_ns, real_ns;
};

struct journal {
	struct journal_slot *slots;
	int size;
	int nslots;	   /* made so far: at most size */
	int64_t last_seq;  /* seq */
	int64_t first_seq; /* the oldest that counts (clear moves it) */
	int64_t dropped_virtual_ns, dropped_real_ns; /* the latest of those
							that were dropped */
	struct clock *virtual_clock, *real_clock;
	struct token_digester *digester;
	struct journal_event *events; /* a ring as well */
	int64_t nevents;
	int events_made; /* at most JOURNAL_EVENTS_MAX */
	struct journal_waiter *waiters;
	struct line_sink *file;
	struct journal_listener *listeners;
	int64_t *unsettled; /* seqs of entries that nobody was told of yet */
	size_t nunsettled, unsettled_cap;
};

/* An entry of copies, to be freed with free(). Headers that hold secrets are
 * left out, the token is kept as a digest. */
struct entry *entry_pack(struct token_digester *digester,
    const struct request_info *f, const struct journal_close *c,
    const char *tls);
/* The entry as one whose answer became a 500, or nothing, with this error;
 * takes it over. */
struct entry *entry_fail(struct entry *e, const char *error, int64_t bytes);
/* A string of an entry, borrowed; NULL: it has none. */
const char *entry_text(const struct entry *e, enum entry_text which);
/* What is known of the request, with strings borrowed from the entry. policies
 * has room for ENTRY_POLICIES_MAX + 1 and must live as long as f. */
void entry_request_info(const struct journal_slot *s, struct request_info *f,
    const char **policies);
/* An entry as queries answer it; the caller's. */
json_t *entry_to_json(const struct journal_slot *s);

/* A ring that is made as it fills, of n elements, size at most: twice as many
 * (64 at first), the new ones zeroed. */
void *journal_grow_ring(void *ring, int *n, int size, size_t element);
/* The place of a seq in the ring, whatever entry is there now. */
struct journal_slot *journal_ring_slot(const struct journal *j, int64_t seq);
/* The slot of a seq; NULL: it was overwritten or cleared. */
const struct journal_slot *journal_slot(const struct journal *j, int64_t seq);
/* The oldest seq that is still there. */
int64_t journal_oldest(const struct journal *j);

/* A query as read from its body. */
struct query_filter {
	struct match *match;
	const json_t *status; /* a number or a list, NULL: any */
	const char *rule;
	int64_t since_seq, since_ns;
	int64_t limit;
	json_t *tree;
};

/* Reads a query and keeps a reference to its body; false and an error. */
bool filter_parse(struct query_filter *q, json_t *body, struct error *c);
void filter_release(struct query_filter *q);
/* Does the entry match? An entry that is still open has no status. */
bool filter_matches(const struct query_filter *q, const struct journal_slot *s);
/* Tells the waits of an entry that has closed, and ends those that have enough;
 * of one that will be overwritten; and that all have gone. */
void journal_tell_waiters(struct journal *j, const struct journal_slot *s);
void journal_waiters_lose(struct journal *j, const struct journal_slot *s);
void journal_waiters_lose_all(struct journal *j);
/* Ends every wait without calling its fn. */
void journal_cancel_waiters(struct journal *j);

#endif
