/*
 * The log: lines on a stream, in Vault's standard form or as JSON. A struct, so
 * that two instances in one process keep apart. It is handed the time; it does
 * not ask for it.
 */
#ifndef MV_BASE_LOG_H
#define MV_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level {
	LOG_TRACE,
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
};

struct log {
	FILE *out; /* NULL: silent */
	enum log_level level;
	bool json;
	int64_t (*now)(void *arg); /* nanoseconds since 1970 */
	/* The machine's time while it differs from now, else 0; may be NULL. */
	int64_t (*moved)(void *arg);
	void *now_arg;
};

/* Writes "2025-01-02T03:04:05.678Z [INFO]  name: text", and " real=..." at the
 * end while the clock is not the machine's. */
void log_msg(const struct log *l, enum log_level level, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* false when the text is no level (trace, debug, info, warn, error). */
bool log_level_parse(const char *text, enum log_level *level);
const char *log_level_name(enum log_level level);

#endif
