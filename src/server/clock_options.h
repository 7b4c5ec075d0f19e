/*
 * The clock as the flags have it, at the start and after a reset; and that of
 * faults.
 */
#ifndef MV_SERVER_CLOCK_OPTIONS_H
#define MV_SERVER_CLOCK_OPTIONS_H

#include "base/error.h"
#include "server/instance.h"

/* Resets the clock's control and applies the flags. false with the reason in
 * e. */
bool clock_options_apply(struct instance *in, struct error *e);
/* The clock of the delays and durations of faults. */
struct clock *clock_options_of_faults(const struct instance *in);

#endif
