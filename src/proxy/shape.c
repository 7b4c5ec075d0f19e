/*
 * Letters and digits of the same kind, made at random.
 */
#include "proxy/shape.h"

#include <ctype.h>

static char
shape_char(struct random *random, char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)('a' + random_below(random, 26));
	if (c >= 'A' && c <= 'Z')
		return (char)('A' + random_below(random, 26));
	if (c >= '1' && c <= '9')
		return (char)('1' + random_below(random, 9));
	return c;
}

/* A zero stays one, so a number keeps its length and a version its looks; what
 * is beyond ASCII becomes an x a character. */
void
shape_text(struct buf *out, struct random *random, const char *text, size_t n)
{
	buf_reserve(out, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x80)
			buf_char(out, shape_char(random, text[i]));
		else if (c >= 0xc0)
			buf_char(out, 'x');
	}
}
