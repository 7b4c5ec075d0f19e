/*
 * The flags -clock, -ttl-scale and -fault-clock.
 */
#include "server/clock_options.h"

#include <string.h>

#include "core/state/clock_control.h"

bool
clock_options_apply(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	struct error c = { 0 };

	if (strcmp(o->fault_clock, "real") != 0 &&
	    strcmp(o->fault_clock, "virtual") != 0)
		return error_set(e, 400,
		    "invalid value for flag -fault-clock: %s is neither real "
		    "nor virtual",
		    o->fault_clock);
	clock_control_reset(&in->vault);
	if (clock_control_start(&in->vault, o->clock, o->ttl_scale, &c))
		return true;
	error_set(e, 400, "invalid value for flag -%s: %s",
	    strcmp(c.field, "ttl_scale") == 0 ? "ttl-scale" : "clock", c.text);
	error_release(&c);
	return false;
}

struct clock *
clock_options_of_faults(const struct instance *in)
{
	return strcmp(in->options->fault_clock, "virtual") == 0
	    ? in->vault.clock
	    : in->host->real_clock;
}
