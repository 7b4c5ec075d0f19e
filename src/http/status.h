/*
 * Reason phrases, as Go's net/http spells them.
 */
#ifndef MV_HTTP_STATUS_H
#define MV_HTTP_STATUS_H

/* NULL for a status without one. */
const char *status_phrase(int status);

#endif
