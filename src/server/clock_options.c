/*
 * The flags -clock and -ttl-scale.
 */
#include "server/clock_options.h"

#include <string.h>

#include "core/state/clock_control.h"

bool
clock_options_apply(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	struct error c = { 0 };

	clock_control_reset(&in->vault);
	if (clock_control_start(&in->vault, o->clock, o->ttl_scale, &c))
		return true;
	error_set(e, 400, "invalid value for flag -%s: %s",
	    strcmp(c.field, "ttl_scale") == 0 ? "ttl-scale" : "clock", c.text);
	error_release(&c);
	return false;
}
