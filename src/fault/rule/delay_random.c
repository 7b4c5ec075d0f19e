/*
 * Durations by chance: fixed, uniform, normal, lognormal. A draw is a function
 * of its 64 bits alone.
 */
#include <math.h>
#include <string.h>

#include "fault/rule/rule.h"

static double
even(uint64_t bits)
{
	return ((double)(bits >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller's, from two halves of one draw. */
static double
normal(uint64_t bits)
{
	double u = even(bits);
	double v = even(bits * 0x9e3779b97f4a7c15u ^ 0xd1b54a32d192ed03u);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

int64_t
delay_draw(const struct delay *d, uint64_t chance)
{
	double t = 0;

	switch (d->spread) {
	case SPREAD_FIXED:
		t = d->a;
		break;
	case SPREAD_UNIFORM:
		t = d->a + (d->b - d->a) * even(chance);
		break;
	case SPREAD_NORMAL:
		t = d->a + d->b * normal(chance);
		break;
	case SPREAD_LOGNORMAL:
		t = d->a * exp(d->b * normal(chance));
		break;
	}
	if (d->max && t > (double)d->max)
		t = (double)d->max;
	if (t < (double)d->min)
		t = (double)d->min;
	return t > 1e17 ? (int64_t)1e17 : (int64_t)t; /* sums fit, too */
}
