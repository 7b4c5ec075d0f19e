/*
 * Warnings that stand beside an answer.
 */
#include <stdarg.h>
#include <string.h>

#include "api/reply.h"

void
reply_warn(struct request *req, const char *fmt, ...)
{
	struct reply *r = &req->reply;
	const char **more = arena_alloc(
	    req->arena, (size_t)(r->nwarnings + 1) * sizeof(char *));
	va_list ap;

	if (r->nwarnings)
		memcpy(
		    more, r->warnings, (size_t)r->nwarnings * sizeof(char *));
	va_start(ap, fmt);
	more[r->nwarnings] = arena_vprintf(req->arena, fmt, ap);
	va_end(ap);
	r->warnings = more;
	r->nwarnings++;
}

void
reply_empty_warnings(struct request *req)
{
	if (!req->reply.warnings)
		req->reply.warnings = arena_alloc(req->arena, sizeof(char *));
}
