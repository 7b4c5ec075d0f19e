/*
 * Lines for a reader that may not keep up: a log, the journal's file. Writing
 * never waits. What the reader does not take yet is kept up to a limit; lines
 * beyond are lost, and counted in a line of their own.
 */
#ifndef MV_BASE_LINE_SINK_H
#define MV_BASE_LINE_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct line_sink;

#define LINE_SINK_PENDING_MAX ((size_t)1 << 20)

/* Appends to the file, made for its owner alone; also a FIFO that has a reader.
 * NULL with the system's reason in e. */
struct line_sink *line_sink_open(const char *path, struct error *e);
/* On a descriptor that stays the caller's. */
struct line_sink *line_sink_on(int fd);
/* What is still kept is tried once more. NULL is none. */
void line_sink_free(struct line_sink *s);
/* n bytes that end with '\n'. */
void line_sink_write(struct line_sink *s, const char *p, size_t n);

#endif
