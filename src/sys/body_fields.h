/*
 * Bodies of dedicated handlers: decoded into fields as Go's encoding/json does
 * into a struct: names in any case, unknown ones ignored, wrong types refused.
 */
#ifndef MV_SYS_BODY_FIELDS_H
#define MV_SYS_BODY_FIELDS_H

#include "api/reply.h"

enum body_field_type {
	BODY_STRING,
	BODY_INT,
	BODY_BOOL,
	BODY_STRINGS,
};

struct body_field {
	const char *name; /* as Go's text names it: a struct's field without
			     a tag begins with a capital; the body may
			     spell it in any case */
	enum body_field_type type;
	void *out; /* const char **, int64_t *, bool *, struct slice * */
};

/*
 * Fills the fields given; all others stay as they are. type is Go's name of the
 * struct, for the text. false after a refusal; an empty body is refused with
 * "EOF" unless may_be_empty.
 */
bool body_fields_decode(struct request *req, const char *type,
    const struct body_field *fields, size_t n, bool may_be_empty);

#endif
