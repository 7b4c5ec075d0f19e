/*
 * Commands to the clock. Knows what makes sense together; clock/clock.c knows
 * how time runs.
 */
#include "core/state/clock_control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/json_tree.h"
#include "base/text.h"
#include "core/expirer.h"

#define ABSENT INT64_MIN
#define LATEST (INT64_C(7258118400) * NSEC) /* 2200-01-01 */
#define FAR (INT64_C(36500) * 86400 * NSEC) /* a hundred years */
#define RATE_LEAST 0.001
#define RATE_MOST 1e6
#define SCALE_MOST 1e9

static const char *const modes[] = {
	[CLOCK_REAL] = "real",
	[CLOCK_FROZEN] = "frozen",
	[CLOCK_OFFSET] = "offset",
	[CLOCK_RATE] = "rate",
	NULL,
};

struct wanted {
	int mode; /* -1: not said */
	int64_t now, offset, skew;
	double rate, ttl_scale; /* 0: not said */
};

#define AT(field) offsetof(struct wanted, field)

const struct shape timing_shape[] = {
	{ "mode", SHAPE_WORD, AT(mode), modes },
	{ "now", SHAPE_INSTANT, AT(now), NULL },
	{ "offset", SHAPE_OFFSET, AT(offset), NULL },
	{ "rate", SHAPE_REAL, AT(rate), NULL },
	{ "ttl_scale", SHAPE_REAL, AT(ttl_scale), NULL },
	{ "skew", SHAPE_OFFSET, AT(skew), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* ---- showing ---- */

static json_t *
number(double value)
{
	return value == floor(value) && fabs(value) < 1e15
	    ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *
span(int64_t ns)
{
	char text[DURATION_MAX];

	duration_go(ns, text);
	return json_string(text);
}

json_t *
timing_show(const struct vault *v)
{
	const struct clock *c = v->clock;
	int64_t now = clock_now(c), offset = clock_offset(c);

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "mode",
	    modes[clock_mode(c)], "now", json_time(now), "offset", span(offset),
	    "rate", number(clock_rate_get(c)), "ttl_scale",
	    number(v->ttl_scale > 1 ? v->ttl_scale : 1), "skew",
	    span(v->skew), "real", json_time(clock_real(c)));
}

/* ---- what makes sense ---- */

static bool
in_range(const struct wanted *w, const char *where, struct complaint *c)
{
	if (w->now != ABSENT && (w->now < 0 || w->now > LATEST))
		return complain(c, where, "now",
		    "must lie between 1970 and 2200");
	if (w->offset != ABSENT && (w->offset > FAR || w->offset < -FAR))
		return complain(c, where, "offset",
		    "must be within a hundred years");
	if (w->skew != ABSENT && (w->skew > FAR || w->skew < -FAR))
		return complain(c, where, "skew",
		    "must be within a hundred years");
	if (!isnan(w->rate) &&
	    !(w->rate >= RATE_LEAST && w->rate <= RATE_MOST))
		return complain(c, where, "rate",
		    "must lie between 0.001 and 1000000; \"mode\": "
		    "\"frozen\" stops the clock");
	if (!isnan(w->ttl_scale) &&
	    !(w->ttl_scale >= 1 && w->ttl_scale <= SCALE_MOST))
		return complain(c, where, "ttl_scale",
		    "must lie between 1 and 1000000000");
	return true;
}

/* Which fields may stand beside a mode. */
static const struct {
	bool now, offset, rate;
} may[] = {
	[CLOCK_REAL] = { false, false, false },
	[CLOCK_FROZEN] = { true, false, false },
	[CLOCK_OFFSET] = { true, true, false },
	[CLOCK_RATE] = { true, false, true },
};

static bool
refuse(const char *field, const char *where, int mode, struct complaint *c)
{
	return complain(c, where, field,
	    "makes no sense with mode \"%s\"", modes[mode]);
}

/* What was not said follows from the fields, or stays. */
static int
mode_of(const struct vault *v, const struct wanted *w)
{
	enum clock_mode current = clock_mode(v->clock);

	if (w->mode >= 0)
		return w->mode;
	if (!isnan(w->rate))
		return CLOCK_RATE;
	if (w->offset != ABSENT ||
	    (w->now != ABSENT && current == CLOCK_REAL))
		return CLOCK_OFFSET;
	return (int)current;
}

static bool
sensible(const struct vault *v, const struct wanted *w, const char *where,
    struct complaint *c)
{
	int mode = mode_of(v, w);

	if (w->now != ABSENT && w->offset != ABSENT)
		return complain(c, where, "offset",
		    "makes no sense with \"now\": each says where the clock "
		    "stands");
	if (w->now != ABSENT && !may[mode].now)
		return refuse("now", where, mode, c);
	if (w->offset != ABSENT && !may[mode].offset)
		return refuse("offset", where, mode, c);
	if (!isnan(w->rate) && !may[mode].rate)
		return refuse("rate", where, mode, c);
	if (mode == CLOCK_RATE && isnan(w->rate) &&
	    clock_mode(v->clock) != CLOCK_RATE)
		return complain(c, where, "rate", "must be given with mode "
						  "\"rate\"");
	if (w->offset != ABSENT && clock_real(v->clock) + w->offset < 0)
		return complain(c, where, "offset", "goes behind 1970");
	return true;
}

/* ---- moving ---- */

static int64_t
target_of(const struct vault *v, const struct wanted *w, int mode)
{
	if (w->now != ABSENT)
		return w->now;
	if (w->offset != ABSENT)
		return clock_real(v->clock) + w->offset;
	return mode == CLOCK_REAL ? clock_real(v->clock)
				  : clock_now(v->clock);
}

static void
move(struct vault *v, const struct wanted *w)
{
	struct clock *c = v->clock;
	int mode = mode_of(v, w);
	int64_t target = target_of(v, w, mode), now = clock_now(c);

	if (target > now)
		clock_advance(c, target - now);
	switch ((enum clock_mode)mode) {
	case CLOCK_REAL:
		clock_offset_set(c, 0);
		break;
	case CLOCK_FROZEN:
		clock_freeze(c, target);
		break;
	case CLOCK_OFFSET:
		clock_offset_set(c, w->offset != ABSENT
			? w->offset : target - clock_real(c));
		break;
	case CLOCK_RATE:
		clock_unfreeze(c);
		clock_set(c, target);
		if (!isnan(w->rate))
			clock_rate(c, w->rate);
		break;
	}
}

bool
timing_check(const json_t *fields, const char *where, struct complaint *c)
{
	struct wanted w = { -1, ABSENT, ABSENT, ABSENT, NAN, NAN };

	return shape_read(timing_shape, fields, where, &w, c) &&
	    in_range(&w, where, c);
}

bool
timing_put(struct vault *v, const json_t *fields, const char *where,
    struct complaint *c)
{
	struct wanted w = { -1, ABSENT, ABSENT, ABSENT, NAN, NAN };

	if (!shape_read(timing_shape, fields, where, &w, c) ||
	    !in_range(&w, where, c) || !sensible(v, &w, where, c))
		return false;
	if (w.mode >= 0 || w.now != ABSENT || w.offset != ABSENT ||
	    !isnan(w.rate))
		move(v, &w);
	if (!isnan(w.ttl_scale))
		v->ttl_scale = w.ttl_scale;
	if (w.skew != ABSENT)
		v->skew = w.skew;
	return true;
}

/* ---- advancing ---- */

static void
collect(void *arg, const struct expiry *x)
{
	json_t *one = json_pack("{s:s}", "kind", x->kind);

	if (strcmp(x->kind, "version") == 0) {
		json_object_set_new(one, "path", json_string(x->id));
		json_object_set_new(one, "version", json_integer(x->version));
	} else {
		json_object_set_new(one,
		    strcmp(x->kind, "lease") == 0 ? "lease_id" : "accessor",
		    json_string(x->id));
	}
	json_array_append_new(arg, one);
}

struct step {
	int64_t by, to;
};

const struct shape timing_step_shape[] = {
	{ "by", SHAPE_SPAN, offsetof(struct step, by), NULL },
	{ "to", SHAPE_INSTANT, offsetof(struct step, to), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* How far it goes; negative with the complaint. */
static int64_t
step_of(int64_t now, const json_t *fields, struct complaint *c)
{
	static const char *const names[] = { "by", "to", NULL };
	struct step s = { ABSENT, ABSENT };
	char text[RFC3339_MAX];

	if (!shape_read(timing_step_shape, fields, "", &s, c))
		return -1;
	if ((s.by == ABSENT) == (s.to == ABSENT)) {
		complain_words(c, "", "", names,
		    "say either how far (\"by\") or whereto (\"to\")");
		return -1;
	}
	if (s.to != ABSENT && s.to < now) {
		rfc3339_nano(now, text);
		complain(c, "", "to", "the clock never goes backwards: it is "
				      "%s; PUT /_mock/clock sets it back",
		    text);
		return -1;
	}
	if (s.to > LATEST || s.by > LATEST - now) {
		complain(c, "", s.to != ABSENT ? "to" : "by",
		    "must not go beyond 2200");
		return -1;
	}
	return s.to != ABSENT ? s.to - now : s.by;
}

json_t *
timing_advance(struct vault *v, const json_t *fields, struct complaint *c)
{
	int64_t offset = clock_offset(v->clock);
	int64_t by = step_of(vault_now(v), fields, c);
	json_t *expired;

	if (by < 0)
		return NULL;
	expired = json_array();
	expiry_listen(v, collect, expired);
	clock_advance(v->clock, by);
	expiry_unlisten(v, collect, expired);
	/* beside real time it has not lost what settling took */
	if (json_object_get(fields, "by") && !clock_frozen(v->clock) &&
	    clock_rate_get(v->clock) == 1)
		clock_offset_set(v->clock, offset + by);
	return json_pack("{s:o, s:o}", "now", json_time(vault_now(v)), "expired",
	    expired);
}

/* ---- the start ---- */

static bool
number_of(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value);
}

/* The fields that a flag's text stands for; NULL when it is none. */
static json_t *
fields_of(const char *text)
{
	double rate;

	if (strcmp(text, "real") == 0 || strcmp(text, "frozen") == 0)
		return json_pack("{s:s}", "mode", text);
	if (starts_with(text, "frozen@"))
		return json_pack("{s:s, s:s}", "mode", "frozen", "now",
		    text + strlen("frozen@"));
	if (starts_with(text, "offset="))
		return json_pack("{s:s, s:s}", "mode", "offset", "offset",
		    text + strlen("offset="));
	if (starts_with(text, "rate=") &&
	    number_of(text + strlen("rate="), &rate))
		return json_pack("{s:s, s:f}", "mode", "rate", "rate", rate);
	return NULL;
}

bool
timing_start(struct vault *v, const char *clock, const char *ttl_scale,
    struct complaint *c)
{
	json_t *fields = clock ? fields_of(clock) : json_object();
	double scale;
	bool ok;

	if (!fields)
		return complain(c, "", "clock",
		    "\"%s\" is none of real, frozen, frozen@INSTANT, "
		    "offset=DURATION, rate=NUMBER", clock);
	if (ttl_scale && !number_of(ttl_scale, &scale)) {
		json_decref(fields);
		return complain(c, "", "ttl_scale", "\"%s\" is no number",
		    ttl_scale);
	}
	if (ttl_scale)
		json_object_set_new(fields, "ttl_scale", json_real(scale));
	ok = timing_put(v, fields, "", c);
	json_decref(fields);
	return ok;
}

void
timing_reset(struct vault *v)
{
	clock_offset_set(v->clock, 0);
	v->skew = 0;
	v->ttl_scale = 1;
}
