/*
 * Databases as bytes: images, which the program carries, and snapshots.
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

/* A snapshot of a file says that it keeps a write-ahead log (bytes 18 and 19 of
 * SQLite's header); in memory there can be none. */
void
store_clear_wal_mark(unsigned char *snapshot, size_t n)
{
	if (n < 100)
		return;
	snapshot[18] = 1;
	snapshot[19] = 1;
}
