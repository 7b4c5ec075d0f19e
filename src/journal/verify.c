/*
 * Proving how a client behaved: what is expected of the entries, and a sentence
 * where it is not so.
 */
#include "journal/entry.h"

json_t *
journal_verify(struct journal *j, json_t *body,
    const struct journal_witness *w, int *status, struct complaint *c)
{
	(void)j;
	(void)body;
	(void)w;
	*status = 400;
	complain(c, "", "", "not here yet");
	return NULL;
}
