/* The end of our objects in the program's text. */
#ifndef MV_TESTS_STRESS_FAILING_OWN_END_H
#define MV_TESTS_STRESS_FAILING_OWN_END_H

void failing_own_end(void);

#endif
