/* Linked between our objects and the libraries: a call from below this function
 * is ours. */
#include "tests/stress/failing/own_end.h"

void
failing_own_end(void)
{
}
