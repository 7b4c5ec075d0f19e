/*
 * Images: a database that the program carries.
 */
#include <string.h>

#include "store/store_internal.h"

unsigned char *
store_unpack_image(const struct store_image *image)
{
	unsigned char *database = sqlite3_malloc64(image->n);
	const unsigned char *bytes = image->bytes;

	if (!database)
		return NULL;
	memset(database, 0, image->n);
	for (const struct store_image_run *r = image->runs; r->n; r++) {
		memcpy(database + r->at, bytes, r->n);
		bytes += r->n;
	}
	return database;
}
