/*
 * Whether this program has a consensus library in it.
 */
#include "cluster/consensus.h"

bool
consensus_is_built(void)
{
#ifdef HAVE_RAFT
	return true;
#else
	return false;
#endif
}
