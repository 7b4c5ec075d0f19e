/*
 * Without libFuzzer: one target takes every file named on the command line, so
 * that what a fuzzer once found is tried by every test run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take(const char *path)
{
	FILE *f = fopen(path, "rb");
	static const long most = 1 << 20;
	uint8_t *data = malloc((size_t)most);
	size_t n;

	if (!f || !data) {
		fprintf(stderr, "replay: cannot read %s\n", path);
		return 1;
	}
	n = fread(data, 1, (size_t)most, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= take(argv[i]);
	return failed;
}
