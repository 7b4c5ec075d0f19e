/*
 * Durations and times in Go's spelling, which is what Vault puts on the
 * wire. Instants are nanoseconds since 1970 UTC; durations nanoseconds.
 */
#ifndef MV_BASE_DURATION_H
#define MV_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

#define NSEC_PER_SEC ((int64_t)1000000000)
#define RFC3339_MAX 40
#define DURATION_MAX 40

/* The sum, and the seconds in nanoseconds; what is too far away for them is the
 * farthest instant (2262) or span that they hold. */
int64_t time_after_ns(int64_t from_ns, int64_t by_ns);
int64_t time_after_s(int64_t from_ns, int64_t by_s);
int64_t duration_from_s(int64_t s);

/* "2025-03-05T10:11:12.12345Z": up to nine digits, zeros trimmed (RFC3339Nano).
 */
void rfc3339_nano(int64_t ns, char out[RFC3339_MAX]);
/* "2025-03-05T10:11:12.123Z": always three digits (log lines). */
void rfc3339_ms(int64_t ns, char out[RFC3339_MAX]);
/* "2025-03-05T10:11:12Z" */
void rfc3339_s(int64_t ns, char out[RFC3339_MAX]);
/* false when the text is no RFC 3339 time. */
bool rfc3339_parse(const char *text, int64_t *ns);

/* Go's time.Duration.String(): "0s", "1h30m0s", "1.5s", "10ms". */
void duration_format(int64_t ns, char out[DURATION_MAX]);
/* Without zero parts, as Vault's TTL warnings print: "768h", "1h30m". */
void duration_format_short(int64_t ns, char out[DURATION_MAX]);
/*
 * Go's time.ParseDuration: "1h30m", "-1.5s", "300ms". Returns NULL and sets
 * *ns, or Go's text of the error in the arena, like `time: unknown unit "w" in
 * duration "1w"`.
 */
const char *duration_parse_go_why(
    struct arena *a, const char *text, int64_t *ns);
/*
 * Vault's parseutil.ParseDurationSecond: "" is 0, digits alone are seconds,
 * "1d" is 24 h, otherwise Go's own form. Returns NULL and sets *ns, or the text
 * of the error in the arena.
 */
const char *duration_parse_why(struct arena *a, const char *text, int64_t *ns);
/* The same without the texts; false when it is no duration. */
bool duration_parse_go(const char *text, int64_t *ns);
bool duration_parse(const char *text, int64_t *ns);

#endif
