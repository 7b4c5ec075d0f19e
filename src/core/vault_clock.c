/*
 * Times and TTLs as a vault's parts read them: its clock, what clients are
 * shown of it, the scale of TTLs. Below every part, so that each may ask.
 */
#include "core/vault.h"

#include "base/duration.h"

int64_t
vault_client_time(const struct vault *v, int64_t time_ns)
{
	return time_after_ns(time_ns, v->skew_ns);
}

int64_t
vault_scale_ttl(const struct vault *v, int64_t ttl_s)
{
	int64_t scaled;

	if (ttl_s <= 0 || v->ttl_scale <= 1)
		return ttl_s;
	scaled = (int64_t)((double)ttl_s / v->ttl_scale);
	return scaled ? scaled : 1;
}

int64_t
vault_unscale_ttl(const struct vault *v, int64_t granted_s)
{
	double full = (double)granted_s * v->ttl_scale;

	if (granted_s <= 0 || v->ttl_scale <= 1)
		return granted_s;
	return full < 9e9 ? (int64_t)(full + 0.5) : INT64_C(9000000000);
}

int64_t
vault_unscale_increment(
    const struct vault *v, int64_t increment_s, int64_t granted_s)
{
	return increment_s <= granted_s ? vault_unscale_ttl(v, increment_s)
					: increment_s;
}
