/* Key shares: whatever combines, combines without harm; what was split comes
 * back. The first bytes say how many shares of which length follow. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/shamir.h"
#include "core/seal/key_shares.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
combine_any(const uint8_t *data, size_t size, int n, size_t length)
{
	const uint8_t *parts[8];
	uint8_t secret[64];

	for (int i = 0; i < n; i++) {
		if (size < length + 1)
			return;
		parts[i] = data;
		data += length + 1;
		size -= length + 1;
	}
	(void)shamir_combine(parts, n, length, secret);
}

static void
split_and_back(const uint8_t *secret, size_t length, int n, int threshold)
{
	uint8_t parts[8 * 65], again[64];
	const uint8_t *list[8];
	struct random *r = random_new_seeded(7);

	shamir_split(r, secret, length, n, threshold, parts);
	for (int i = 0; i < threshold; i++)
		list[i] = parts + (size_t)(n - 1 - i) * (length + 1);
	if (!shamir_combine(list, threshold, length, again) ||
	    memcmp(again, secret, length) != 0)
		abort();
	random_free(r);
}

/* The same share twice is one share. */
static void
collect(const uint8_t *data, size_t size)
{
	struct share_set *set = calloc(1, sizeof(*set));
	size_t n = size < SHARE_MAX ? size : SHARE_MAX;

	if (!share_set_add(set, data, n) || share_set_add(set, data, n))
		abort();
	share_set_clear(set);
	free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int n, threshold;
	size_t length;

	if (size < 4)
		return 0;
	n = 2 + data[0] % 7;
	threshold = 2 + data[1] % (n - 1);
	length = 1 + data[2] % 64;
	combine_any(data + 3, size - 3, n, length);
	if (size - 3 >= length)
		split_and_back(data + 3, length, n, threshold);
	collect(data + 3, size - 3);
	return 0;
}
