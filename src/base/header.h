/*
 * A header of an HTTP request or answer.
 */
#ifndef MV_BASE_HEADER_H
#define MV_BASE_HEADER_H

struct header {
	const char *name; /* as sent; compare without case */
	const char *value;
};

#endif
