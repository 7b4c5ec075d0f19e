/*
 * Numbers and texts as bytes.
 */
#include "cluster/bytes.h"

#include <string.h>

void
bytes_put(struct buf *out, uint64_t value, size_t width)
{
	while (width-- > 0)
		buf_char(out, (char)(value >> (8 * width) & 0xff));
}

void
bytes_put_slice(struct buf *out, struct slice bytes)
{
	bytes_put(out, bytes.n, 4);
	buf_slice(out, bytes);
}

uint64_t
bytes_get(struct bytes_reader *r, size_t width)
{
	uint64_t value = 0;

	if (r->left.n < width) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < width; i++)
		value = value << 8 | (unsigned char)r->left.p[i];
	r->left.p += width;
	r->left.n -= width;
	return value;
}

struct slice
bytes_get_slice(struct bytes_reader *r)
{
	size_t n = (size_t)bytes_get(r, 4);
	struct slice s = { r->left.p, n };

	if (r->bad || r->left.n < n) {
		r->bad = true;
		return (struct slice){ "", 0 };
	}
	r->left.p += n;
	r->left.n -= n;
	return s;
}

const char *
bytes_get_text(struct bytes_reader *r, struct arena *a)
{
	struct slice s = bytes_get_slice(r);

	if (s.n && memchr(s.p, '\0', s.n))
		r->bad = true;
	return r->bad ? "" : arena_strndup(a, s.p, s.n);
}
