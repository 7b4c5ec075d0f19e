/*
 * The arithmetic of TTLs. Full seconds come in and go out; vault_scale_ttl
 * shortens what was granted.
 */
#ifndef MV_CORE_TOKEN_TTL_H
#define MV_CORE_TOKEN_TTL_H

#include <stdint.h>

#define TTL_WARNING_MAX 200

/* What a ttl is computed from; all in seconds, 0 for not given. */
struct ttl_request {
	int64_t increment_s; /* wished for */
	int64_t own_ttl_s;   /* the role's or engine's, without a wish */
	int64_t period_s;
	int64_t own_max_s; /* the role's or engine's */
	int64_t explicit_max_s;
	int64_t default_s, max_s; /* of the mount; both are needed */
	int64_t age_s;		  /* since the issue */
};

/*
 * Vault's CalculateTTL (sdk/framework/lease.go): the ttl in seconds. A cap
 * writes Vault's warning to warning (TTL_WARNING_MAX bytes), else "". -1 when
 * nothing is left: "past the max TTL, cannot renew".
 */
int64_t ttl_calculate(const struct ttl_request *r, char *warning);
/* How many seconds are shown as left until an end (ns; 0: never, shown as 0):
 * the time rounded to a second, 0 within the last one. */
int64_t ttl_seconds_left(int64_t expires_ns, int64_t now_ns);

#endif
