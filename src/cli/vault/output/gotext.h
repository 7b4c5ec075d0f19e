/*
 * Go's spelling of values and of mistakes, as the genuine command prints them.
 */
#ifndef MV_CLI_VAULT_OUTPUT_GOTEXT_H
#define MV_CLI_VAULT_OUTPUT_GOTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* Go's %q of a text. */
char *gotext_quote(struct arena *a, const char *s);
/* Go's %q of a clean JSON array of texts: ["a" "b"]; null is []. */
char *gotext_quote_list(struct arena *a, struct slice list);
/* strconv.ParseInt and ParseUint with base 0; NULL, or the error's text. */
const char *gotext_parse_int(struct arena *a, const char *s, int64_t *out);
const char *gotext_parse_uint(struct arena *a, const char *s, uint64_t *out);
/* parseutil.ParseDurationSecond; NULL, or the error's text. */
const char *gotext_parse_duration(struct arena *a, const char *s, int64_t *ns);
/* time.Duration.String() of nanoseconds. */
char *gotext_duration(struct arena *a, int64_t ns);
/* Seconds as the tables show them: "1h1m1s" without zero parts, "0s". */
char *gotext_seconds(struct arena *a, int64_t seconds);
/* time.Time.String() of an RFC 3339 text: "2024-05-06 07:08:09 +0000 UTC". */
char *gotext_time(struct arena *a, const char *rfc3339);
/* time.RFC822 of one, in UTC: "06 May 24 07:08 UTC". */
char *gotext_rfc822(struct arena *a, const char *rfc3339);
/* The system's reason as Go spells it: "no such file or directory". */
char *gotext_errno(struct arena *a, int number);

/* Without white space at both ends, as strings.TrimSpace. */
char *gotext_trim(struct arena *a, const char *s);
/* Without slashes and white space at both ends. */
char *gotext_sanitize_path(struct arena *a, const char *s);
/* With one slash at its end; white space cut; "" stays "". */
char *gotext_ensure_slash(struct arena *a, const char *s);
/* path.Join of two. */
char *gotext_path_join(struct arena *a, const char *x, const char *y);

#endif
