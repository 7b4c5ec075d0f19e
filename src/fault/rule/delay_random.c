/*
 * Random durations: fixed, uniform, normal, lognormal. A duration depends on
 * nothing but the 64 random bits that it is drawn by.
 */
#include <math.h>
#include <string.h>

#include "fault/rule/rule.h"

static double
delay_uniform_unit(uint64_t bits)
{
	return ((double)(bits >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller's, from two halves of one draw. */
static double
delay_normal_unit(uint64_t bits)
{
	double u = delay_uniform_unit(bits);
	double v = delay_uniform_unit(
	    bits * 0x9e3779b97f4a7c15u ^ 0xd1b54a32d192ed03u);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

int64_t
delay_draw(const struct delay *d, uint64_t random_bits)
{
	double t = 0;

	switch (d->distribution) {
	case DELAY_FIXED:
		t = d->a;
		break;
	case DELAY_UNIFORM:
		t = d->a + (d->b - d->a) * delay_uniform_unit(random_bits);
		break;
	case DELAY_NORMAL:
		t = d->a + d->b * delay_normal_unit(random_bits);
		break;
	case DELAY_LOGNORMAL:
		t = d->a * exp(d->b * delay_normal_unit(random_bits));
		break;
	}
	if (d->max_ns && t > (double)d->max_ns)
		t = (double)d->max_ns;
	if (t < (double)d->min_ns)
		t = (double)d->min_ns;
	return t > 1e17 ? (int64_t)1e17 : (int64_t)t; /* sums fit, too */
}
