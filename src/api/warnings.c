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
	const char **more;
	va_list ap;

	/* Its room is the power of two that holds them. */
	if (!r->warnings || (r->nwarnings & (r->nwarnings - 1)) == 0) {
		more = arena_alloc(req->arena,
		    (r->nwarnings ? 2 * (size_t)r->nwarnings : 1) *
			sizeof(char *));
		if (r->nwarnings)
			memcpy(more, r->warnings,
			    (size_t)r->nwarnings * sizeof(char *));
		r->warnings = more;
	}
	va_start(ap, fmt);
	r->warnings[r->nwarnings++] = arena_vprintf(req->arena, fmt, ap);
	va_end(ap);
}

void
reply_empty_warnings(struct request *req)
{
	if (!req->reply.warnings)
		req->reply.warnings = arena_alloc(req->arena, sizeof(char *));
}
