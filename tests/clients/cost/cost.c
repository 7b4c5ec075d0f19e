#include <mockvault.h>
#include <stdio.h>
#include <time.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
main(void)
{
	for (int i = 0; i < 51; i++) {
		struct mv_options o = { .root_token = "root",
			.listen = "none" };
		char why[256];
		double began = now(), answered;
		struct mockvault *mv = mv_new(&o, why, sizeof(why));

		if (!mv ||
		    mv_request(mv, "GET", "sys/mounts", "root", NULL, NULL) !=
			200)
			return 1;
		answered = now() - began;
		mv_free(mv);
		printf("took %.6f %.6f\n", answered, now() - began);
	}
	return 0;
}
