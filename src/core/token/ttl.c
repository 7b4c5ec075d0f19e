/*
 * The arithmetic of TTLs: what a wish, a role, a mount and an explicit maximum
 * leave together, and how a rest is rounded.
 */
#include "core/token/ttl.h"

#include <stdio.h>

#include "base/duration.h"

static void
ttl_write_cap_warning(
    char *out, const char *fmt, int64_t asked_s, int64_t given_s)
{
	char a[DURATION_MAX], b[DURATION_MAX];

	duration_format_short(duration_from_s(asked_s), a);
	duration_format_short(duration_from_s(given_s), b);
	snprintf(out, TTL_WARNING_MAX, fmt, a, b);
}

static int64_t
ttl_lesser(int64_t a, int64_t b)
{
	return b > 0 && b < a ? b : a;
}

/* Vault 1.19: only an explicit maximum ends a periodic token; everything else
 * ends at the least of all maxima, counted from the issue. */
int64_t
ttl_calculate(const struct ttl_request *r, char *warning)
{
	int64_t max_s = ttl_lesser(
	    ttl_lesser(r->max_s, r->own_max_s), r->explicit_max_s);
	int64_t ttl_s, left_s;

	*warning = '\0';
	if (r->period_s > 0) {
		ttl_s = r->period_s;
		if (ttl_s > max_s) {
			ttl_write_cap_warning(warning,
			    "period of \"%s\" exceeded the effective max_ttl "
			    "of \"%s\"; period value is capped accordingly",
			    ttl_s, max_s);
			ttl_s = max_s;
		}
		if (r->explicit_max_s <= 0)
			return ttl_s;
		left_s = r->explicit_max_s - r->age_s;
	} else {
		ttl_s = r->increment_s > 0 ? r->increment_s
		    : r->own_ttl_s > 0	   ? r->own_ttl_s
					   : r->default_s;
		left_s = max_s - r->age_s;
	}
	if (left_s <= 0)
		return -1;
	if (ttl_s <= left_s)
		return ttl_s;
	ttl_write_cap_warning(warning,
	    "TTL of \"%s\" exceeded the effective max_ttl of \"%s\"; "
	    "TTL value is capped accordingly",
	    ttl_s, left_s);
	return left_s;
}

/*
 * Vault 1.19 rounds the wall clock to a second before it subtracts and cuts the
 * rest off, so what it shows depends on the fraction of the second at which the
 * token was made. Here every token counts as made on a full second: 60 for half
 * a second, then 59 for a whole one. The last second shows 0, as recorded.
 */
int64_t
ttl_seconds_left(int64_t expires_ns, int64_t now_ns)
{
	int64_t left_ns = expires_ns - now_ns;

	return expires_ns && left_ns > NSEC_PER_SEC
	    ? time_after_ns(left_ns, NSEC_PER_SEC / 2) / NSEC_PER_SEC
	    : 0;
}
