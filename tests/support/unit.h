/*
 * What every unit test shares: its main, and texts compared with a message
 * that shows both. Knows no room of the program.
 */
#ifndef MV_TESTS_SUPPORT_UNIT_H
#define MV_TESTS_SUPPORT_UNIT_H

#include <check.h>
#include <stdlib.h>

/* A suite of one case with the given tests, run; the exit status says how. */
#define UNIT_MAIN(name, ...)                                                  \
	int main(void)                                                        \
	{                                                                     \
		const TTest *tests[] = { __VA_ARGS__ };                       \
		Suite *suite = suite_create(name);                            \
		TCase *all = tcase_create(name);                              \
		SRunner *run;                                                 \
		int failed;                                                   \
                                                                              \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) \
			tcase_add_test(all, tests[i]);                        \
		tcase_set_timeout(all, 60);                                   \
		suite_add_tcase(suite, all);                                  \
		run = srunner_create(suite);                                  \
		srunner_run_all(run, CK_NORMAL);                              \
		failed = srunner_ntests_failed(run);                          \
		srunner_free(run);                                            \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                  \
	}

#endif
