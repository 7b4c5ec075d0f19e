/*
 * When a rule that matches acts: counters, chance, windows. The order of the
 * questions is the order of the fields in the table.
 */
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "core/vault.h"
#include "fault/rule/rule.h"

#define AT(field) offsetof(struct when, field)

static const char *const clocks[] = { "real", "virtual", NULL };

struct when_input {
	struct when w;
	const json_t *over;
};

#define IN(field) (offsetof(struct when_input, w) + AT(field))

const struct shape when_shape[] = {
	{ "skip", SHAPE_INT, IN(skip), NULL },
	{ "times", SHAPE_INT, IN(times), NULL },
	{ "every", SHAPE_INT, IN(every), NULL },
	{ "nth", SHAPE_INTS, IN(nth), NULL },
	{ "probability", SHAPE_REAL, IN(probability), NULL },
	{ "seed", SHAPE_INT, IN(seed), NULL },
	{ "after", SHAPE_SPAN, IN(after), NULL },
	{ "for", SHAPE_SPAN, IN(lasting), NULL },
	{ "clock", SHAPE_WORD, IN(clock), clocks },
	{ "on", SHAPE_TEXT, IN(on), NULL },
	{ "until", SHAPE_TEXT, IN(until), NULL },
	{ "max_active", SHAPE_INT, IN(max_active), NULL },
	{ "over", SHAPE_OBJECT, offsetof(struct when_input, over), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

const struct shape over_shape[] = {
	{ "rate", SHAPE_INT, AT(over_rate), NULL },
	{ "per", SHAPE_SPAN, AT(over_per), NULL },
	{ "block", SHAPE_SPAN, AT(over_block), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static bool
read_over(struct when *w, const json_t *over, const char *where,
    struct complaint *c)
{
	char name[120];

	snprintf(name, sizeof(name), "%s.over", where);
	w->over_rate = -1;
	if (!over)
		return true;
	w->over_per = NSEC;
	if (!shape_read(over_shape, over, name, w, c))
		return false;
	if (w->over_rate < 0)
		return complain(c, name, "rate", "is required");
	if (w->over_per == 0)
		return complain(c, name, "per", "must be more than 0");
	return true;
}

bool
when_parse(struct when *w, const json_t *tree, const char *where,
    struct complaint *c)
{
	struct when_input in = { .w = { .times = -1, .max_active = -1,
				     .probability = 1 } };

	if (!shape_read(when_shape, tree, where, &in, c) ||
	    !read_over(&in.w, in.over, where, c))
		return false;
	in.w.has_seed = json_object_get(tree, "seed") != NULL;
	if (in.w.probability < 0 || in.w.probability > 1)
		return complain(c, where, "probability",
		    "must be between 0 and 1");
	if (json_object_get(tree, "every") && in.w.every == 0)
		return complain(c, where, "every", "must be at least 1");
	*w = in.w;
	return true;
}

/* ---- chance ---- */

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t
rule_chance(const struct rule *r, int64_t ordinal, int salt)
{
	uint64_t h = r->when.has_seed ? (uint64_t)r->when.seed
				      : r->faults->seed;

	for (const char *p = r->id; *p; p++)
		h = mix(h ^ (uint8_t)*p);
	return mix(mix(h ^ (uint64_t)ordinal) ^ (uint64_t)salt);
}

static bool
chance_says(const struct rule *r, int64_t ordinal)
{
	double even = (double)(rule_chance(r, ordinal, 0) >> 11) /
	    9007199254740992.0;

	return r->when.probability >= 1 || even < r->when.probability;
}

/* ---- questions ---- */

static bool
no(char *why, size_t size, const char *text)
{
	if (why)
		snprintf(why, size, "%s", text);
	return false;
}

static int64_t
age(const struct rule *r)
{
	const struct faults *f = r->faults;

	return r->when.clock ? vault_now(f->vault) - r->since_virt
			     : clock_now(f->real) - r->since_real;
}

/* Is it in force at all? What is not in force counts no match. */
static bool
in_force(const struct rule *r, char *why, size_t size)
{
	int64_t t;

	if (!r->enabled)
		return no(why, size, "the rule is not enabled");
	if (r->waiting)
		return no(why, size, "its event `on` has not come yet");
	if (r->over)
		return no(why, size, "its event `until` has come");
	if (!r->when.after && !r->when.lasting)
		return true;
	t = age(r);
	if (t < r->when.after)
		return no(why, size, "`after` is not over yet");
	if (r->when.lasting && t >= r->when.after + r->when.lasting)
		return no(why, size, "`for` is over");
	return true;
}

static bool
listed(const json_t *nth, int64_t n)
{
	if (!json_is_array(nth))
		return json_integer_value(nth) == n;
	for (size_t i = 0; i < json_array_size(nth); i++)
		if (json_integer_value(json_array_get(nth, i)) == n)
			return true;
	return false;
}

/* The n-th match, as far as counters and chance decide. */
static bool
counted(const struct rule *r, int64_t n, char *why, size_t size)
{
	const struct when *w = &r->when;

	if (n <= w->skip)
		return no(why, size, "`skip` lets this match pass");
	if (w->nth && !listed(w->nth, n))
		return no(why, size, "this match is not one of `nth`");
	if (w->every && (n - w->skip) % w->every != 0)
		return no(why, size, "`every` lets this match pass");
	if (w->times >= 0 && r->acted >= w->times)
		return no(why, size, "`times` is used up");
	if (!chance_says(r, n))
		return no(why, size, "`probability` lets this match pass");
	if (w->max_active >= 0 && r->active >= w->max_active)
		return no(why, size, "`max_active` are under way");
	return true;
}

/* A window of `per` that starts with its first match, on the vault's clock. */
static bool
exceeds(struct rule *r)
{
	const struct when *w = &r->when;
	int64_t now = vault_now(r->faults->vault);

	if (now < r->blocked_until)
		return true;
	if (r->window_start == 0 || now >= r->window_start + w->over_per) {
		r->window_start = now;
		r->window_count = 0;
	}
	if (++r->window_count <= w->over_rate)
		return false;
	if (w->over_block)
		r->blocked_until = now + w->over_block;
	return true;
}

bool
when_acts(struct rule *r, char *why, size_t why_size)
{
	if (!in_force(r, why, why_size))
		return false;
	r->matched++;
	if (!counted(r, r->matched, why, why_size))
		return false;
	if (r->when.over_rate >= 0 && !exceeds(r))
		return no(why, why_size, "the rate `over` is not exceeded");
	r->acted++;
	r->active++;
	return true;
}

bool
when_would(const struct rule *r, char *why, size_t why_size)
{
	struct rule copy = *r;

	return in_force(r, why, why_size) &&
	    counted(r, r->matched + 1, why, why_size) &&
	    (r->when.over_rate < 0 || exceeds(&copy) ||
		no(why, why_size, "the rate `over` is not exceeded"));
}
