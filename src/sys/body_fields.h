/*
 * Bodies of dedicated handlers: decoded into fields as Go's encoding/json does
 * into a struct: names in any case, unknown ones ignored, wrong types refused.
 */
#ifndef MV_SYS_BODY_FIELDS_H
#define MV_SYS_BODY_FIELDS_H

#include "api/reply.h"

enum field_type {
	FIELD_STRING,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_STRINGS,
};

struct field {
	const char *name;
	enum field_type type;
	void *out; /* const char **, int64_t *, bool *, struct slice * */
};

/*
 * Fills the fields given; all others stay as they are. type is Go's name of the
 * struct, for the text. Returns a refusal or NULL. An empty body is "EOF"
 * unless may_be_empty.
 */
verdict dedicated_fields(struct request *req, const char *type,
    const struct field *fields, size_t n, bool may_be_empty);

#endif
