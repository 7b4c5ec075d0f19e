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

#define LOG_OVERRIDES_MAX 16

/* A name whose level differs from the others'. */
struct log_override {
	const char *name; /* outlives the log */
	enum log_level level;
};

struct log {
	struct line_sink *out;	/* NULL: silent */
	enum log_level level;	/* as configured */
	bool has_runtime_level; /* all_level is in force instead */
	enum log_level runtime_level;
	struct log_override overrides[LOG_OVERRIDES_MAX];
	int noverrides;
	bool json;
	const char *node; /* whose lines these are; NULL: it is alone */
	int64_t (*now_ns)(void *arg); /* nanoseconds since 1970 */
	/* The machine's time while it differs from now, else 0; may be NULL. */
	int64_t (*real_if_moved_ns)(void *arg);
	void *time_arg;
};

/* Writes "2025-01-02T03:04:05.678Z [INFO]  name: text", and " real=..." at the
 * end while the clock is not the machine's. */
void log_msg(const struct log *l, enum log_level level, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What is in force for a name; changed while it runs, and back to what was
 * configured. NULL is every name. A table that is full changes nothing. */
enum log_level log_level_of(const struct log *l, const char *name);
void log_level_set(struct log *l, const char *name, enum log_level level);
void log_level_reset(struct log *l, const char *name);
/* false when the text is no level (trace, debug, info, warn, error). */
bool log_level_parse(const char *text, enum log_level *level);
const char *log_level_name(enum log_level level);

#endif
