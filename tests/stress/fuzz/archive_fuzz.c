/* Snapshot archives from bytes, as they are and packed (the first byte says):
 * what opens can be checked and read entry by entry, and never a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/state/raft_archive.h"
#include "tests/stress/fuzz/openssl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
archive_try(struct slice file)
{
	static const uint8_t key[RAFT_KEY_SIZE] = "key";
	struct raft_archive a = { 0 };
	struct error e = { 0 };
	struct buf document;

	buf_init(&document, (size_t)1 << 24);
	if (raft_archive_open(&a, file, &e)) {
		struct slice state = a.state, name, value;
		size_t taken;

		(void)raft_archive_check(&a, &e);
		(void)raft_archive_is_sealed_by(&a, key);
		(void)raft_archive_document(&a, &document);
		while (raft_archive_next(&state, &name, &value, &taken))
			if (name.n + value.n > a.state.n)
				abort();
	} else if (!e.text[0]) {
		abort();
	}
	error_release(&e);
	raft_archive_release(&a);
	buf_release(&document);
}

/* As gzip does. */
static struct slice
archive_pack(const uint8_t *data, size_t size, uint8_t *out, size_t most)
{
	z_stream z = { 0 };

	if (deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = out;
	z.avail_out = (uInt)most;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return (struct slice){ (const char *)out, most - z.avail_out };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *packed;

	if (size < 1 || size > 65536)
		return 0;
	if (data[0] == 0) {
		archive_try((struct slice){ (const char *)data + 1, size - 1 });
		return 0;
	}
	packed = malloc(size + 1024);
	if (!packed)
		abort();
	archive_try(archive_pack(data + 1, size - 1, packed, size + 1024));
	free(packed);
	return 0;
}
