/*
 * Results of checks, as people, JUnit readers and GitHub's log want them.
 */
#ifndef MV_CLI_REPORT_H
#define MV_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

enum report_format {
	REPORT_HUMAN,
	REPORT_JSON,
	REPORT_JUNIT,
	REPORT_GITHUB,
};

#define REPORT_FORMATS "human json junit github"

/* false when it is none of them. */
bool report_format_parse(const char *word, enum report_format *format);

struct report;

/* An empty report of a test suite, and its end. */
struct report *report_new(const char *suite);
void report_free(struct report *r);
/* Texts are copied; reason is "" when it holds. */
void report_add(
    struct report *r, const char *name, bool ok, const char *reason);
bool report_ok(const struct report *r);
/* HUMAN, JUNIT and GITHUB; JSON is the server's own answer, said elsewhere. */
void report_print(const struct report *r, enum report_format format, FILE *out);

#endif
