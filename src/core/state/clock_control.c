/*
 * Commands to the clock. Knows what makes sense together; clock/clock.c knows
 * how time runs.
 */
#include "core/state/clock_control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/expirer.h"

#define ABSENT INT64_MIN
#define CLOCK_LATEST_NS (INT64_C(7258118400) * NSEC_PER_SEC) /* 2200-01-01 */
#define CLOCK_OFFSET_MAX_NS \
	(INT64_C(36500) * 86400 * NSEC_PER_SEC) /* a hundred years */
#define RATE_MIN 0.001
#define RATE_MAX 1e6
#define SCALE_MAX 1e9

static const char *const clock_control_modes[] = {
	[CLOCK_REAL] = "real",
	[CLOCK_FROZEN] = "frozen",
	[CLOCK_OFFSET] = "offset",
	[CLOCK_RATE] = "rate",
	NULL,
};

struct clock_settings {
	int mode; /* -1: not said */
	int64_t now_ns, offset_ns, skew_ns;
	double rate, ttl_scale; /* 0: not said */
};

#define AT(field) offsetof(struct clock_settings, field)

const struct schema clock_control_schema[] = {
	{ "mode", FIELD_ENUM, AT(mode), clock_control_modes },
	{ "now", FIELD_TIME, AT(now_ns), NULL },
	{ "offset", FIELD_OFFSET, AT(offset_ns), NULL },
	{ "rate", FIELD_REAL, AT(rate), NULL },
	{ "ttl_scale", FIELD_REAL, AT(ttl_scale), NULL },
	{ "skew", FIELD_OFFSET, AT(skew_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* ---- showing ---- */

static json_t *
clock_control_json_number(double value)
{
	return value == floor(value) && fabs(value) < 1e15
	    ? json_integer((json_int_t)value)
	    : json_real(value);
}

static json_t *
clock_control_json_duration(int64_t duration_ns)
{
	char text[DURATION_MAX];

	duration_format(duration_ns, text);
	return json_string(text);
}

json_t *
clock_control_show(const struct vault *v)
{
	const struct clock *c = v->clock;
	int64_t now_ns = clock_now(c), offset_ns = clock_get_offset(c);

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "mode",
	    clock_control_modes[clock_mode(c)], "now", jsontree_time(now_ns),
	    "offset", clock_control_json_duration(offset_ns), "rate",
	    clock_control_json_number(clock_get_rate(c)), "ttl_scale",
	    clock_control_json_number(v->ttl_scale > 1 ? v->ttl_scale : 1),
	    "skew", clock_control_json_duration(v->skew_ns - v->outage_skew_ns),
	    "real", jsontree_time(clock_unmoved(c)));
}

/* ---- what makes sense ---- */

bool
clock_control_check_skew(
    int64_t skew_ns, const char *where, const char *field, struct error *c)
{
	return (skew_ns <= CLOCK_OFFSET_MAX_NS &&
		   skew_ns >= -CLOCK_OFFSET_MAX_NS) ||
	    error_field(c, where, field, "must be within a hundred years");
}

int64_t
clock_control_add_skew(int64_t skew_ns, int64_t more_ns)
{
	int64_t sum_ns = time_after_ns(skew_ns, more_ns);

	if (sum_ns > CLOCK_OFFSET_MAX_NS)
		return CLOCK_OFFSET_MAX_NS;
	return sum_ns < -CLOCK_OFFSET_MAX_NS ? -CLOCK_OFFSET_MAX_NS : sum_ns;
}

static bool
clock_control_check_range(
    const struct clock_settings *settings, const char *where, struct error *c)
{
	if (settings->now_ns != ABSENT &&
	    (settings->now_ns < 0 || settings->now_ns > CLOCK_LATEST_NS))
		return error_field(
		    c, where, "now", "must lie between 1970 and 2200");
	if (settings->offset_ns != ABSENT &&
	    (settings->offset_ns > CLOCK_OFFSET_MAX_NS ||
		settings->offset_ns < -CLOCK_OFFSET_MAX_NS))
		return error_field(
		    c, where, "offset", "must be within a hundred years");
	if (settings->skew_ns != ABSENT &&
	    !clock_control_check_skew(settings->skew_ns, where, "skew", c))
		return false;
	if (!isnan(settings->rate) &&
	    !(settings->rate >= RATE_MIN && settings->rate <= RATE_MAX))
		return error_field(c, where, "rate",
		    "must lie between 0.001 and 1000000; \"mode\": "
		    "\"frozen\" stops the clock");
	if (!isnan(settings->ttl_scale) &&
	    !(settings->ttl_scale >= 1 && settings->ttl_scale <= SCALE_MAX))
		return error_field(
		    c, where, "ttl_scale", "must lie between 1 and 1000000000");
	return true;
}

/* Which fields may stand beside a mode. */
static const struct {
	bool now, offset, rate;
} clock_control_mode_fields[] = {
	[CLOCK_REAL] = { false, false, false },
	[CLOCK_FROZEN] = { true, false, false },
	[CLOCK_OFFSET] = { true, true, false },
	[CLOCK_RATE] = { true, false, true },
};

static bool
clock_control_refuse_field(
    const char *field, const char *where, int mode, struct error *c)
{
	return error_field(c, where, field, "makes no sense with mode \"%s\"",
	    clock_control_modes[mode]);
}

/* What was not said follows from the fields, or stays. */
static int
clock_control_mode(const struct vault *v, const struct clock_settings *settings)
{
	enum clock_mode current = clock_mode(v->clock);

	if (settings->mode >= 0)
		return settings->mode;
	if (!isnan(settings->rate))
		return CLOCK_RATE;
	if (settings->offset_ns != ABSENT ||
	    (settings->now_ns != ABSENT && current == CLOCK_REAL))
		return CLOCK_OFFSET;
	return (int)current;
}

static bool
clock_control_check_combination(const struct vault *v,
    const struct clock_settings *settings, const char *where, struct error *c)
{
	int mode = clock_control_mode(v, settings);

	if (settings->now_ns != ABSENT && settings->offset_ns != ABSENT)
		return error_field(c, where, "offset",
		    "makes no sense with \"now\": each says where the clock "
		    "stands");
	if (settings->now_ns != ABSENT && !clock_control_mode_fields[mode].now)
		return clock_control_refuse_field("now", where, mode, c);
	if (settings->offset_ns != ABSENT &&
	    !clock_control_mode_fields[mode].offset)
		return clock_control_refuse_field("offset", where, mode, c);
	if (!isnan(settings->rate) && !clock_control_mode_fields[mode].rate)
		return clock_control_refuse_field("rate", where, mode, c);
	if (mode == CLOCK_RATE && isnan(settings->rate) &&
	    clock_mode(v->clock) != CLOCK_RATE)
		return error_field(c, where, "rate",
		    "must be given with mode "
		    "\"rate\"");
	if (settings->offset_ns != ABSENT &&
	    clock_unmoved(v->clock) + settings->offset_ns < 0)
		return error_field(c, where, "offset", "goes behind 1970");
	return true;
}

/* ---- moving ---- */

static int64_t
clock_control_target(
    const struct vault *v, const struct clock_settings *settings, int mode)
{
	if (settings->now_ns != ABSENT)
		return settings->now_ns;
	if (settings->offset_ns != ABSENT)
		return clock_unmoved(v->clock) + settings->offset_ns;
	return mode == CLOCK_REAL ? clock_unmoved(v->clock)
				  : clock_now(v->clock);
}

/* Sets mode and place of the clock, behind its way forward. */
static void
clock_control_apply(struct vault *v, const struct clock_settings *settings)
{
	struct clock *c = v->clock;
	int mode = clock_control_mode(v, settings);
	int64_t target_ns = clock_control_target(v, settings, mode);

	switch ((enum clock_mode)mode) {
	case CLOCK_REAL:
		clock_set_offset(c, 0);
		break;
	case CLOCK_FROZEN:
		clock_freeze(c, target_ns);
		break;
	case CLOCK_OFFSET:
		clock_set_offset(c,
		    settings->offset_ns != ABSENT
			? settings->offset_ns
			: target_ns - clock_unmoved(c));
		break;
	case CLOCK_RATE:
		clock_unfreeze(c);
		clock_set(c, target_ns);
		if (!isnan(settings->rate))
			clock_set_rate(c, settings->rate);
		break;
	}
}

bool
clock_control_check(const json_t *fields, const char *where, struct error *c)
{
	struct clock_settings settings = { -1, ABSENT, ABSENT, ABSENT, NAN,
		NAN };

	return schema_read(clock_control_schema, fields, where, &settings, c) &&
	    clock_control_check_range(&settings, where, c);
}

/* ---- commands ---- */

enum clock_command_kind { COMMAND_PUT, COMMAND_ADVANCE };

struct clock_command {
	struct clock_move move;
	struct vault *vault;
	enum clock_command_kind kind;
	struct clock_settings settings; /* of a put */
	int64_t by_ns, to_ns;		/* of an advance: one is ABSENT */
	int64_t offset_ns;		/* of the clock when it began */
	struct buf expired; /* of an advance: JSON, a comma behind each */
	bool begun, done, released;
	void (*on_done)(void *arg);
	void *on_done_arg;
};

static void
clock_command_free(struct clock_command *cmd)
{
	buf_release(&cmd->expired);
	free(cmd);
}

static void
clock_command_collect_expired(void *arg, const struct expiry *x)
{
	struct clock_command *cmd = arg;
	struct buf *out = &cmd->expired;
	bool version = strcmp(x->kind, "version") == 0;

	buf_str(out, "{\"kind\":");
	jsontext_quote_str(out, x->kind);
	buf_str(out,
	    version				? ",\"path\":"
		: strcmp(x->kind, "lease") == 0 ? ",\"lease_id\":"
						: ",\"accessor\":");
	jsontext_quote_str(out, x->id);
	if (version)
		buf_printf(out, ",\"version\":%lld", (long long)x->version);
	buf_str(out, "},");
}

static int64_t
clock_command_begin(void *arg)
{
	struct clock_command *cmd = arg;
	struct vault *v = cmd->vault;

	cmd->begun = true;
	cmd->offset_ns = clock_get_offset(v->clock);
	if (cmd->kind == COMMAND_PUT)
		return clock_control_target(
		    v, &cmd->settings, clock_control_mode(v, &cmd->settings));
	expirer_add_listener(v, clock_command_collect_expired, cmd);
	return cmd->to_ns != ABSENT ? cmd->to_ns
				    : time_after_ns(vault_now(v), cmd->by_ns);
}

static void
clock_command_finish_advance(struct clock_command *cmd, bool arrived)
{
	struct vault *v = cmd->vault;

	if (cmd->begun)
		expirer_remove_listener(v, clock_command_collect_expired, cmd);
	/* beside real time it has not lost what settling took */
	if (arrived && cmd->by_ns != ABSENT && !clock_frozen(v->clock) &&
	    clock_get_rate(v->clock) == 1)
		clock_set_offset(v->clock, cmd->offset_ns + cmd->by_ns);
}

static void
clock_command_done(void *arg, bool arrived)
{
	struct clock_command *cmd = arg;

	if (cmd->kind == COMMAND_ADVANCE)
		clock_command_finish_advance(cmd, arrived);
	else if (arrived)
		clock_control_apply(cmd->vault, &cmd->settings);
	if (cmd->on_done)
		cmd->on_done(cmd->on_done_arg);
	cmd->done = true;
	if (cmd->released)
		clock_command_free(cmd);
}

static struct clock_command *
clock_command_new(struct vault *v, enum clock_command_kind kind)
{
	struct clock_command *cmd = xcalloc(1, sizeof(*cmd));

	cmd->vault = v;
	cmd->kind = kind;
	cmd->by_ns = cmd->to_ns = ABSENT;
	cmd->move.begin = clock_command_begin;
	cmd->move.done = clock_command_done;
	cmd->move.arg = cmd;
	buf_init_fallible(&cmd->expired, 0);
	return cmd;
}

bool
clock_command_is_done(const struct clock_command *cmd)
{
	return cmd->done;
}

void
clock_command_on_done(
    struct clock_command *cmd, void (*fn)(void *arg), void *arg)
{
	cmd->on_done = fn;
	cmd->on_done_arg = arg;
}

void
clock_command_take(struct clock_command *cmd, char head[CLOCK_COMMAND_HEAD_MAX],
    struct buf *rest)
{
	char now[RFC3339_MAX];

	rfc3339_nano(vault_now(cmd->vault), now);
	snprintf(
	    head, CLOCK_COMMAND_HEAD_MAX, "{\"now\":\"%s\",\"expired\":[", now);
	*rest = cmd->expired;
	buf_init_fallible(&cmd->expired, 0);
	if (rest->n > 0)
		rest->n--; /* the last comma */
	buf_str(rest, "]}\n");
}

void
clock_command_release(struct clock_command *cmd)
{
	cmd->on_done = NULL;
	cmd->released = true;
	if (cmd->done)
		clock_command_free(cmd);
}

static bool
clock_control_moves_clock(const struct clock_settings *settings)
{
	return settings->mode >= 0 || settings->now_ns != ABSENT ||
	    settings->offset_ns != ABSENT || !isnan(settings->rate);
}

struct clock_command *
clock_command_put(
    struct vault *v, const json_t *fields, const char *where, struct error *c)
{
	struct clock_settings settings = { -1, ABSENT, ABSENT, ABSENT, NAN,
		NAN };
	struct clock_command *cmd;

	if (!schema_read(clock_control_schema, fields, where, &settings, c) ||
	    !clock_control_check_range(&settings, where, c) ||
	    !clock_control_check_combination(v, &settings, where, c))
		return NULL;
	cmd = clock_command_new(v, COMMAND_PUT);
	cmd->settings = settings;
	if (clock_control_moves_clock(&settings))
		clock_move_start(v->clock, &cmd->move);
	else
		cmd->done = true;
	if (!isnan(settings.ttl_scale))
		v->ttl_scale = settings.ttl_scale;
	if (settings.skew_ns != ABSENT)
		v->skew_ns = settings.skew_ns + v->outage_skew_ns;
	return cmd;
}

/* ---- advancing ---- */

struct clock_step {
	int64_t by_ns, to_ns;
};

const struct schema clock_control_step_schema[] = {
	{ "by", FIELD_DURATION, offsetof(struct clock_step, by_ns), NULL },
	{ "to", FIELD_TIME, offsetof(struct clock_step, to_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static bool
clock_control_check_step(
    const struct clock_step *s, int64_t now_ns, struct error *c)
{
	static const char *const names[] = { "by", "to", NULL };
	char text[RFC3339_MAX];

	if ((s->by_ns == ABSENT) == (s->to_ns == ABSENT))
		return error_allowed(c, "", "", names,
		    "say either how far (\"by\") or whereto (\"to\")");
	if (s->to_ns != ABSENT && s->to_ns < now_ns) {
		rfc3339_nano(now_ns, text);
		return error_field(c, "", "to",
		    "the clock never goes backwards: it is "
		    "%s; PUT /_mock/clock sets it back",
		    text);
	}
	if (s->to_ns > CLOCK_LATEST_NS || s->by_ns > CLOCK_LATEST_NS - now_ns)
		return error_field(c, "", s->to_ns != ABSENT ? "to" : "by",
		    "must not go beyond 2200");
	return true;
}

static struct clock_command *
clock_control_start_advance(struct vault *v, const struct clock_step *s)
{
	struct clock_command *cmd = clock_command_new(v, COMMAND_ADVANCE);

	cmd->by_ns = s->by_ns;
	cmd->to_ns = s->to_ns;
	clock_move_start(v->clock, &cmd->move);
	return cmd;
}

struct clock_command *
clock_command_advance(struct vault *v, const json_t *fields, struct error *c)
{
	struct clock_step s = { ABSENT, ABSENT };

	if (!schema_read(clock_control_step_schema, fields, "", &s, c) ||
	    !clock_control_check_step(&s, vault_now(v), c))
		return NULL;
	return clock_control_start_advance(v, &s);
}

/* Accepted? It goes on without the caller. */
static bool
clock_command_leave(struct clock_command *cmd)
{
	if (cmd)
		clock_command_release(cmd);
	return cmd != NULL;
}

bool
clock_control_put(
    struct vault *v, const json_t *fields, const char *where, struct error *c)
{
	return clock_command_leave(clock_command_put(v, fields, where, c));
}

bool
clock_control_advance(struct vault *v, const json_t *fields, struct error *c)
{
	return clock_command_leave(clock_command_advance(v, fields, c));
}

bool
clock_control_jump(struct vault *v, int64_t by_ns, struct error *c)
{
	struct clock_step s = { by_ns, ABSENT };

	if (!clock_control_check_step(&s, vault_now(v), c))
		return false;
	clock_command_release(clock_control_start_advance(v, &s));
	return true;
}

/* ---- the start ---- */

static bool
clock_control_parse_number(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value);
}

/* The fields that a flag's text stands for; NULL when it is none. */
static json_t *
clock_control_parse_flag(const char *text)
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
	    clock_control_parse_number(text + strlen("rate="), &rate))
		return json_pack("{s:s, s:f}", "mode", "rate", "rate", rate);
	return NULL;
}

bool
clock_control_start(
    struct vault *v, const char *clock, const char *ttl_scale, struct error *c)
{
	json_t *fields = clock ? clock_control_parse_flag(clock)
			       : json_object();
	double scale;
	bool ok;

	if (!fields)
		return error_field(c, "", "clock",
		    "\"%s\" is none of real, frozen, frozen@TIME, "
		    "offset=DURATION, rate=NUMBER",
		    clock);
	if (ttl_scale && !clock_control_parse_number(ttl_scale, &scale)) {
		json_decref(fields);
		return error_field(
		    c, "", "ttl_scale", "\"%s\" is no number", ttl_scale);
	}
	if (ttl_scale)
		json_object_set_new(fields, "ttl_scale", json_real(scale));
	ok = clock_control_put(v, fields, "", c);
	json_decref(fields);
	return ok;
}

void
clock_control_reset(struct vault *v)
{
	clock_moves_end(v->clock);
	clock_set_offset(v->clock, 0);
	v->skew_ns = v->outage_skew_ns;
	v->ttl_scale = 1;
}
