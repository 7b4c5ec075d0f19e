/*
 * PGP keys from files.
 */
#include "cli/vault/commands/pgp_file.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/vault/client/readfile.h"

/* The lines between the empty one behind the headers and the checksum. */
static char *
pgp_unarmour(struct arena *a, const char *text)
{
	const char *p = strstr(text, "-----BEGIN PGP");
	struct buf out;
	char *key;

	if (!p)
		return NULL;
	while ((p = strchr(p, '\n')) != NULL) {
		p++;
		if (p[strspn(p, " \t\r")] == '\n')
			break;
	}
	if (!p)
		return NULL;
	buf_init(&out, 0);
	for (p = strchr(p, '\n') + 1; *p && *p != '-'; p++) {
		if (*p == '=' && p[-1] == '\n')
			break;
		if (!isspace((unsigned char)*p))
			buf_char(&out, *p);
	}
	key = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	return key;
}

char *
pgp_file_read(struct arena *a, const char *path, const char **why)
{
	struct buf decoded;
	char *text, *key;
	size_t n, bad;

	if (starts_with(path, "keybase:")) {
		*why = "keys are not fetched from Keybase";
		return NULL;
	}
	text = readfile(a, *path == '@' ? path + 1 : path, &n, why);
	if (!text)
		return NULL;
	key = pgp_unarmour(a, text);
	if (key)
		return key;
	buf_init(&decoded, 0);
	if (base64_decode(&decoded, text, n, &bad)) {
		buf_release(&decoded);
		return text;
	}
	buf_clear(&decoded);
	base64_encode(&decoded, text, n);
	key = arena_strndup(a, decoded.p ? decoded.p : "", decoded.n);
	buf_release(&decoded);
	return key;
}
