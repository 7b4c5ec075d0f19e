/*
 * Decides when a rule that matches acts: by counters, random bits, windows of
 * time. The conditions are tried in the order of the fields in the table.
 */
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "core/vault.h"
#include "fault/rule/rule.h"

#define AT(field) offsetof(struct rule_when, field)

static const char *const when_clocks[] = { "real", "virtual", NULL };

struct when_input {
	struct rule_when w;
	const json_t *over;
};

#define IN(field) (offsetof(struct when_input, w) + AT(field))

const struct schema when_schema[] = {
	{ "skip", FIELD_INT, IN(skip), NULL },
	{ "times", FIELD_INT, IN(times), NULL },
	{ "every", FIELD_INT, IN(every), NULL },
	{ "nth", FIELD_INTS, IN(nth), NULL },
	{ "probability", FIELD_REAL, IN(probability), NULL },
	{ "ramp", FIELD_DURATION, IN(ramp_ns), NULL },
	{ "seed", FIELD_INT, IN(seed), NULL },
	{ "after", FIELD_DURATION, IN(after_ns), NULL },
	{ "for", FIELD_DURATION, IN(for_ns), NULL },
	{ "clock", FIELD_ENUM, IN(clock), when_clocks },
	{ "on", FIELD_STRING, IN(on_event), NULL },
	{ "until", FIELD_STRING, IN(until_event), NULL },
	{ "max_active", FIELD_INT, IN(max_active), NULL },
	{ "open_over", FIELD_INT, IN(open_over), NULL },
	{ "over", FIELD_OBJECT, offsetof(struct when_input, over), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema over_schema[] = {
	{ "rate", FIELD_INT, AT(over_rate), NULL },
	{ "per", FIELD_DURATION, AT(over_per_ns), NULL },
	{ "block", FIELD_DURATION, AT(over_block_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static bool
when_read_over(
    struct rule_when *w, const json_t *over, const char *where, struct error *c)
{
	char name[120];

	snprintf(name, sizeof(name), "%s.over", where);
	w->over_rate = -1;
	if (!over)
		return true;
	w->over_per_ns = NSEC_PER_SEC;
	if (!schema_read(over_schema, over, name, w, c))
		return false;
	if (w->over_rate < 0)
		return error_field(c, name, "rate", "is required");
	if (w->over_per_ns == 0)
		return error_field(c, name, "per", "must be more than 0");
	return true;
}

bool
when_parse(
    struct rule_when *w, const json_t *tree, const char *where, struct error *c)
{
	struct when_input in = { .w = { .times = -1,
				     .max_active = -1,
				     .open_over = -1,
				     .probability = 1 } };

	if (!schema_read(when_schema, tree, where, &in, c) ||
	    !when_read_over(&in.w, in.over, where, c))
		return false;
	in.w.has_seed = json_object_get(tree, "seed") != NULL;
	if (in.w.probability < 0 || in.w.probability > 1)
		return error_field(
		    c, where, "probability", "must be between 0 and 1");
	if (json_object_get(tree, "every") && in.w.every == 0)
		return error_field(c, where, "every", "must be at least 1");
	*w = in.w;
	return true;
}

/* ---- random bits ---- */

static uint64_t
when_mix_bits(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t
rule_random(const struct rule *r, int64_t ordinal, int salt)
{
	uint64_t h = r->when.has_seed ? (uint64_t)r->when.seed
				      : r->faults->seed;

	for (const char *p = r->id; *p; p++)
		h = when_mix_bits(h ^ (uint8_t)*p);
	return when_mix_bits(
	    when_mix_bits(h ^ (uint64_t)ordinal) ^ (uint64_t)salt);
}

int64_t
when_age_ns(const struct rule *r)
{
	const struct faults *f = r->faults;

	return r->when.clock ? vault_now(f->vault) - r->since_virtual_ns
			     : clock_now(f->real) - r->since_real_ns;
}

double
when_ramp(const struct rule *r, int64_t ramp_ns)
{
	int64_t age_ns = when_age_ns(r);

	if (ramp_ns <= 0 || age_ns >= ramp_ns)
		return 1;
	return age_ns <= 0 ? 0 : (double)age_ns / (double)ramp_ns;
}

static bool
when_probability_hits(const struct rule *r, int64_t ordinal)
{
	double even = (double)(rule_random(r, ordinal, 0) >> 11) /
	    9007199254740992.0;
	double share = r->when.probability * when_ramp(r, r->when.ramp_ns);

	return share >= 1 || even < share;
}

/* ---- questions ---- */

static bool
when_refuse(const char **why, const char *text)
{
	if (why)
		*why = text;
	return false;
}

/* Is it in force at all? What is not in force counts no match. */
static bool
when_is_in_force(const struct rule *r, const char **why)
{
	int64_t t;

	if (!r->enabled)
		return when_refuse(why, "the rule is not enabled");
	if (r->waits_for_event)
		return when_refuse(why, "its event `on` has not come yet");
	if (r->ended)
		return when_refuse(why, "its event `until` has come");
	if (!r->when.after_ns && !r->when.for_ns)
		return true;
	t = when_age_ns(r);
	if (t < r->when.after_ns)
		return when_refuse(why, "`after` is not over yet");
	if (r->when.for_ns &&
	    t >= time_after_ns(r->when.after_ns, r->when.for_ns))
		return when_refuse(why, "`for` is over");
	return true;
}

static bool
when_is_nth_listed(const json_t *nth, int64_t n)
{
	if (!json_is_array(nth))
		return json_integer_value(nth) == n;
	for (size_t i = 0; i < json_array_size(nth); i++)
		if (json_integer_value(json_array_get(nth, i)) == n)
			return true;
	return false;
}

/* Does the n-th match act, as far as counters and random bits decide? */
static bool
when_is_match_due(const struct rule *r, int64_t n, const char **why)
{
	const struct rule_when *w = &r->when;

	if (n <= w->skip)
		return when_refuse(why, "`skip` lets this match pass");
	if (w->nth && !when_is_nth_listed(w->nth, n))
		return when_refuse(why, "this match is not one of `nth`");
	if (w->every && (n - w->skip) % w->every != 0)
		return when_refuse(why, "`every` lets this match pass");
	if (w->times >= 0 && r->acted >= w->times)
		return when_refuse(why, "`times` is used up");
	if (!when_probability_hits(r, n))
		return when_refuse(why, "`probability` lets this match pass");
	if (w->max_active >= 0 && r->active >= w->max_active)
		return when_refuse(why, "`max_active` are under way");
	return true;
}

/* A window of `per` that starts with its first match, on the vault's clock. */
static bool
when_exceeds_rate(struct rule *r)
{
	const struct rule_when *w = &r->when;
	int64_t now_ns = vault_now(r->faults->vault);

	if (now_ns < r->blocked_until_ns)
		return true;
	if (r->window_start_ns == 0 ||
	    now_ns >= time_after_ns(r->window_start_ns, w->over_per_ns)) {
		r->window_start_ns = now_ns;
		r->window_count = 0;
	}
	if (++r->window_count <= w->over_rate)
		return false;
	if (w->over_block_ns)
		r->blocked_until_ns = time_after_ns(now_ns, w->over_block_ns);
	return true;
}

void
when_activate(struct rule *r)
{
	r->since_real_ns = clock_now(r->faults->real);
	r->since_virtual_ns = vault_now(r->faults->vault);
}

bool
when_acts(struct rule *r, const char **why)
{
	if (!when_is_in_force(r, why))
		return false;
	r->matched++;
	if (!when_is_match_due(r, r->matched, why))
		return false;
	if (r->when.over_rate >= 0 && !when_exceeds_rate(r))
		return when_refuse(why, "the rate `over` is not exceeded");
	r->acted++;
	r->active++;
	return true;
}

bool
when_would_act(const struct rule *r, const char **why)
{
	struct rule copy = *r;

	return when_is_in_force(r, why) &&
	    when_is_match_due(r, r->matched + 1, why) &&
	    (r->when.over_rate < 0 || when_exceeds_rate(&copy) ||
		when_refuse(why, "the rate `over` is not exceeded"));
}
