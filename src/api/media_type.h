/*
 * The value of a Content-Type header, read as Go's mime.ParseMediaType does.
 */
#ifndef MV_API_MEDIA_TYPE_H
#define MV_API_MEDIA_TYPE_H

#include "base/mem.h"

/*
 * Returns NULL and sets *media to the type in lower case, without parameters,
 * or returns Go's text of the error, like `mime: no media type`. Texts live in
 * the arena.
 */
const char *media_type_parse(struct arena *a, const char *text, char **media);

#endif
