/*
 * One question to the control API of a running server, and its answer.
 */
#ifndef MV_CLI_CLIENT_H
#define MV_CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CLIENT_URL "http://127.0.0.1:8299"
#define CLIENT_TIMEOUT_S 30 /* seconds; a long poll says its own */

/* The texts are borrowed. */
struct client_config {
	const char *url;
	const char *admin_token; /* NULL: none */
	const char *space;	 /* that is asked; NULL: the main instance */
};

struct client_answer {
	int status;
	char *text; /* the body, NUL-terminated; NULL before an answer */
	size_t length;
	json_t *body;  /* NULL when it is no JSON */
	char why[300]; /* why there is none */
};

/*
 * Asks below /_mock/; body may be NULL and is borrowed. false: no answer came,
 * and why says what happened. What out held before is freed.
 */
bool client_call(const struct client_config *c, const char *method,
    const char *path, const json_t *body, int timeout_s,
    struct client_answer *answer);
/*
 * GET below /_mock/ of an answer that goes on: take gets each piece of a 200's
 * body and returns whether it wants more. false: no answer came, or nothing
 * came for timeout_s; why says what happened.
 */
bool client_follow(const struct client_config *c, const char *path,
    int timeout_s, bool (*take)(void *arg, const char *piece, size_t n),
    void *arg, struct client_answer *answer);
void client_answer_clear(struct client_answer *a);

#endif
