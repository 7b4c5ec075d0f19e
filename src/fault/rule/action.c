/*
 * What a rule does: the table of actions, each with the function that reads it
 * and those that write into a fault decision. A new action is a line of the
 * table and two functions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fault/rule/respond.h"
#include "fault/rule/rule.h"

static const char *const action_places[] = { "accept", "handshake", "request",
	"headers", "body", "close", NULL };

static const char *const action_delay_names[] = { "fixed", "uniform", "normal",
	"lognormal", "at", "jitter", "ramp", NULL };

/* ---- delay ---- */

struct delay_input {
	const json_t *fixed, *uniform, *normal, *lognormal, *jitter;
	int64_t ramp_ns;
	int at;
};

static const struct schema action_delay_schema[] = {
	{ "fixed", FIELD_ANY, offsetof(struct delay_input, fixed), NULL },
	{ "uniform", FIELD_LIST, offsetof(struct delay_input, uniform), NULL },
	{ "normal", FIELD_OBJECT, offsetof(struct delay_input, normal), NULL },
	{ "lognormal", FIELD_OBJECT, offsetof(struct delay_input, lognormal),
	    NULL },
	{ "jitter", FIELD_ANY, offsetof(struct delay_input, jitter), NULL },
	{ "ramp", FIELD_DURATION, offsetof(struct delay_input, ramp_ns), NULL },
	{ "at", FIELD_ENUM, offsetof(struct delay_input, at), action_places },
	{ NULL, FIELD_ANY, 0, NULL },
};

struct normal_input {
	int64_t mean_ns, stddev_ns, median_ns, min_ns, max_ns;
	double sigma;
};

#define NORMAL(field) offsetof(struct normal_input, field)

static const struct schema action_normal_schema[] = {
	{ "mean", FIELD_DURATION, NORMAL(mean_ns), NULL },
	{ "stddev", FIELD_DURATION, NORMAL(stddev_ns), NULL },
	{ "min", FIELD_DURATION, NORMAL(min_ns), NULL },
	{ "max", FIELD_DURATION, NORMAL(max_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema action_lognormal_schema[] = {
	{ "median", FIELD_DURATION, NORMAL(median_ns), NULL },
	{ "sigma", FIELD_REAL, NORMAL(sigma), NULL },
	{ "max", FIELD_DURATION, NORMAL(max_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static bool
action_read_uniform(
    struct delay *d, const json_t *pair, const char *where, struct error *c)
{
	int64_t low, high;
	char name[160];

	snprintf(name, sizeof(name), "%s.uniform", where);
	if (json_array_size(pair) != 2)
		return error_field(c, name, "",
		    "must be two durations, [\"50ms\", \"150ms\"]");
	if (!schema_read_duration(json_array_get(pair, 0), name, &low, c) ||
	    !schema_read_duration(json_array_get(pair, 1), name, &high, c))
		return false;
	if (low > high)
		return error_field(c, name, "", "the lower bound comes first");
	*d = (struct delay){ .distribution = DELAY_UNIFORM,
		.a = (double)low,
		.b = (double)high };
	return true;
}

static bool
action_read_normal(struct delay *d, const json_t *tree, bool is_log,
    const char *where, struct error *c)
{
	struct normal_input in = { 0 };
	char name[160];

	snprintf(name, sizeof(name), "%s.%s", where,
	    is_log ? "lognormal" : "normal");
	if (!schema_read(
		is_log ? action_lognormal_schema : action_normal_schema, tree,
		name, &in, c))
		return false;
	if (is_log && in.median_ns == 0)
		return error_field(c, name, "median", "is required");
	if (in.sigma < 0)
		return error_field(c, name, "sigma", "must not be negative");
	*d = (struct delay){ .distribution = is_log ? DELAY_LOGNORMAL
						    : DELAY_NORMAL,
		.a = (double)(is_log ? in.median_ns : in.mean_ns),
		.b = is_log ? in.sigma : (double)in.stddev_ns,
		.min_ns = in.min_ns,
		.max_ns = in.max_ns };
	return true;
}

/* fixed, with jitter to both sides (Toxiproxy's latency). */
static bool
action_read_fixed(struct delay *d, const json_t *fixed, const json_t *jitter,
    const char *where, struct error *c)
{
	int64_t t, j = 0;

	if (!schema_read_duration(fixed, where, &t, c) ||
	    (jitter && !schema_read_duration(jitter, where, &j, c)))
		return false;
	*d = (struct delay){ .distribution = j ? DELAY_UNIFORM : DELAY_FIXED,
		.a = (double)(j > t ? 0 : t - j),
		.b = (double)(t + j) };
	if (!j)
		d->a = (double)t;
	return true;
}

static bool
action_read_distribution(struct delay *d, const struct delay_input *in,
    const char *where, struct error *c)
{
	if (!!in->fixed + !!in->uniform + !!in->normal + !!in->lognormal != 1)
		return error_allowed(c, where, "", action_delay_names,
		    "wants one of fixed, uniform, normal, lognormal");
	if (in->jitter && !in->fixed)
		return error_field(c, where, "jitter", "goes with fixed alone");
	if (in->uniform)
		return action_read_uniform(d, in->uniform, where, c);
	if (in->fixed)
		return action_read_fixed(d, in->fixed, in->jitter, where, c);
	return action_read_normal(d, in->normal ? in->normal : in->lognormal,
	    in->lognormal != NULL, where, c);
}

static bool
action_parse_delay(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct delay_input in = { .at = ACTION_AT_REQUEST };

	if (!json_is_object(value))
		return action_read_fixed(&a->delay, value, NULL, where, c);
	if (!schema_read(action_delay_schema, value, where, &in, c) ||
	    !action_read_distribution(&a->delay, &in, where, c))
		return false;
	a->at = (enum action_place)in.at;
	a->delay.ramp_ns = in.ramp_ns;
	return true;
}

static int64_t
action_draw_delay_ns(const struct action *a, const struct action_context *ctx)
{
	return (int64_t)((double)delay_draw(&a->delay, action_random(ctx, 3)) *
	    when_ramp(ctx->rule, a->delay.ramp_ns));
}

static void
action_delay_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	int64_t delay_ns = action_draw_delay_ns(a, ctx);

	if (a->at == ACTION_AT_REQUEST) {
		decision->delay_ns += delay_ns;
		return;
	}
	decision->response_fault.set = true;
	if (a->at == ACTION_AT_HEADERS)
		decision->response_fault.head_delay_ns += delay_ns;
	else if (a->at == ACTION_AT_BODY)
		decision->response_fault.body_delay_ns += delay_ns;
	else
		decision->response_fault.end_delay_ns += delay_ns;
}

static void
action_delay_connection(const struct action *a,
    const struct action_context *ctx, struct conn_faults *out)
{
	int64_t t = action_draw_delay_ns(a, ctx);

	if (a->at == ACTION_AT_ACCEPT)
		out->accept_delay_ns += t;
	else
		out->handshake_delay_ns += t;
}

/* ---- reset, close, empty, stall: ends ---- */

struct action_end_input {
	int at;
	int64_t after_bytes, for_ns;
};

#define END(field) offsetof(struct action_end_input, field)

static const struct schema action_cut_schema[] = {
	{ "at", FIELD_ENUM, END(at), action_places },
	{ "after_bytes", FIELD_INT, END(after_bytes), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema action_stall_schema[] = {
	{ "at", FIELD_ENUM, END(at), action_places },
	{ "for", FIELD_DURATION, END(for_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* true, {} or the fields; a word alone is `at`. */
static bool
action_parse_end(struct action *a, const struct schema *schema,
    const json_t *value, const char *where, struct error *c)
{
	struct action_end_input in = { ACTION_AT_REQUEST, -1, 0 };
	json_t *word = NULL;
	bool ok;

	if (json_is_string(value))
		word = json_pack("{s:O}", "at", value);
	ok = json_is_true(value) ||
	    schema_read(schema, word ? word : value, where, &in, c);
	json_decref(word);
	if (!ok)
		return false;
	a->at = (enum action_place)in.at;
	a->number = in.after_bytes;
	a->duration_ns = in.for_ns;
	if (a->at == ACTION_AT_CLOSE)
		return error_field(
		    c, where, "at", "close is a place for delay alone");
	if (a->number >= 0 && a->at == ACTION_AT_REQUEST)
		a->at = ACTION_AT_BODY;
	return true;
}

/* reset and close differ in how they end alone. */
static bool
action_parse_cut(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	return action_parse_end(a, action_cut_schema, value, where, c);
}

static bool
action_parse_stall(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	return action_parse_end(a, action_stall_schema, value, where, c);
}

static bool
action_parse_empty(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	a->number = -1;
	return json_is_true(value) ||
	    (json_is_object(value) && json_object_size(value) == 0) ||
	    error_field(c, where, "", "must be true");
}

/* Nothing of the answer goes out, or `number` bytes of its body. */
static void
action_end_response(
    const struct action *a, struct fault_decision *decision, enum fault_end end)
{
	struct response_fault *w = &decision->response_fault;

	w->set = true;
	w->end = end;
	w->silent_ns = a->duration_ns;
	if (a->at == ACTION_AT_BODY || a->number >= 0) {
		w->cut = FAULT_CUT_BODY;
		w->bytes = a->number >= 0 ? a->number : 0;
		if (a->number < 0) {
			w->cut = FAULT_CUT_FRACTION;
			w->fraction = 0.5;
		}
	} else if (a->at == ACTION_AT_HEADERS) {
		w->cut = FAULT_CUT_BODY;
		w->bytes = 0;
	} else {
		w->cut = FAULT_CUT_START;
		w->bytes = 0;
	}
}

static void
action_reset_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	(void)ctx;
	action_end_response(a, decision, FAULT_END_RESET);
}

static void
action_close_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	(void)ctx;
	action_end_response(a, decision, FAULT_END_FIN);
}

static void
action_stall_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	(void)ctx;
	if (a->at == ACTION_AT_REQUEST) {
		decision->stall = true;
		decision->stall_ns = a->duration_ns;
	} else {
		action_end_response(a, decision, FAULT_END_SILENT);
		if (a->at == ACTION_AT_HEADERS)
			decision->response_fault.cut = FAULT_CUT_START;
	}
}

/* A breakpoint: it waits until somebody lets it go, or for so long. */
static bool
action_parse_hold(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	static const struct schema schema[] = {
		{ "for", FIELD_DURATION, END(for_ns), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	struct action_end_input in = { ACTION_AT_REQUEST, -1, 0 };

	if (!json_is_true(value) && !schema_read(schema, value, where, &in, c))
		return false;
	a->duration_ns = in.for_ns;
	return true;
}

static void
action_hold_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	decision->stall = true;
	decision->stall_ns = a->duration_ns;
	/* A dry run's copy of the rule holds nobody. */
	decision->hold_rule = (struct rule *)(uintptr_t)ctx->rule;
}

static void
action_end_connection(
    const struct action *a, struct conn_faults *out, enum fault_end end)
{
	out->silent_ns = a->duration_ns;
	if (a->at == ACTION_AT_HANDSHAKE)
		out->handshake_end = end;
	else
		out->accept_end = end;
}

static void
action_reset_connection(const struct action *a,
    const struct action_context *ctx, struct conn_faults *out)
{
	(void)ctx;
	action_end_connection(a, out, FAULT_END_RESET);
}

static void
action_close_connection(const struct action *a,
    const struct action_context *ctx, struct conn_faults *out)
{
	(void)ctx;
	action_end_connection(a, out, FAULT_END_FIN);
}

static void
action_stall_connection(const struct action *a,
    const struct action_context *ctx, struct conn_faults *out)
{
	(void)ctx;
	action_end_connection(a, out, FAULT_END_SILENT);
}

/* ---- truncate, dribble, bandwidth, garbage ---- */

struct action_response_input {
	int64_t bytes, chunk, every_ns, rate, pieces;
	double fraction;
	bool keep_length;
	int direction, then_end;
	const json_t *data;
};

#define RESPONSE_INPUT(field) offsetof(struct action_response_input, field)

static const char *const action_directions[] = { "down", "up", "both", NULL };
static const char *const action_garbage_ends[] = { "close", "keep", "reset",
	NULL };

static const struct schema action_truncate_schema[] = {
	{ "bytes", FIELD_INT, RESPONSE_INPUT(bytes), NULL },
	{ "fraction", FIELD_REAL, RESPONSE_INPUT(fraction), NULL },
	{ "keep_length", FIELD_BOOL, RESPONSE_INPUT(keep_length), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema action_dribble_schema[] = {
	{ "chunk", FIELD_INT, RESPONSE_INPUT(chunk), NULL },
	{ "every", FIELD_DURATION, RESPONSE_INPUT(every_ns), NULL },
	{ "pieces", FIELD_INT, RESPONSE_INPUT(pieces), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema action_bandwidth_schema[] = {
	{ "rate", FIELD_INT, RESPONSE_INPUT(rate), NULL },
	{ "dir", FIELD_ENUM, RESPONSE_INPUT(direction), action_directions },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema action_garbage_schema[] = {
	{ "bytes", FIELD_ANY, RESPONSE_INPUT(data), NULL },
	{ "then", FIELD_ENUM, RESPONSE_INPUT(then_end), action_garbage_ends },
	{ "after_headers", FIELD_BOOL, RESPONSE_INPUT(keep_length), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* keep_length: Content-Length still promises all; else chunks without end. */
static bool
action_parse_truncate(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct action_response_input in = {
		.bytes = -1, .fraction = -1, .keep_length = true
	};

	if (!json_is_true(value) &&
	    !schema_read(action_truncate_schema, value, where, &in, c))
		return false;
	if (in.bytes >= 0 && in.fraction >= 0)
		return error_field(c, where, "fraction", "excludes bytes");
	if (in.bytes < 0 && in.fraction < 0)
		in.fraction = 0.5;
	if (in.bytes < 0 && (in.fraction < 0 || in.fraction >= 1))
		return error_field(
		    c, where, "fraction", "must be at least 0 and less than 1");
	a->number = in.bytes;
	a->fraction = in.fraction;
	a->flag = in.keep_length;
	return true;
}

static void
action_truncate_request(const struct action *a,
    const struct action_context *ctx, struct fault_decision *decision)
{
	struct response_fault *w = &decision->response_fault;

	(void)ctx;
	w->set = true;
	w->cut = a->number >= 0 ? FAULT_CUT_BODY : FAULT_CUT_FRACTION;
	w->bytes = a->number;
	w->fraction = a->fraction;
	w->no_last_chunk = !a->flag;
	w->end = FAULT_END_FIN;
}

static bool
action_parse_dribble(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct action_response_input in = { .chunk = 1,
		.every_ns = 1000000000 };

	if (!json_is_true(value) &&
	    !schema_read(action_dribble_schema, value, where, &in, c))
		return false;
	if (in.chunk < 1)
		return error_field(c, where, "chunk", "must be at least 1");
	a->number = in.chunk;
	a->fraction = (double)in.pieces;
	a->duration_ns = in.every_ns;
	return true;
}

static void
action_dribble_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	(void)ctx;
	decision->response_fault.set = true;
	decision->response_fault.chunk_bytes = a->number;
	decision->response_fault.chunk_interval_ns = a->duration_ns;
	decision->response_fault.pieces = (int64_t)a->fraction;
}

static bool
action_parse_bandwidth(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct action_response_input in = { 0 };

	if (json_is_integer(value))
		in.rate = json_integer_value(value);
	else if (!schema_read(action_bandwidth_schema, value, where, &in, c))
		return false;
	if (in.rate < 1)
		return error_field(
		    c, where, "rate", "must be at least 1 (bytes a second)");
	a->number = in.rate;
	a->choice = in.direction;
	a->at = ACTION_AT_ACCEPT;
	return true;
}

static void
action_bandwidth_connection(const struct action *a,
    const struct action_context *ctx, struct conn_faults *out)
{
	(void)ctx;
	if (a->choice != 1)
		out->rate_down = a->number;
	if (a->choice != 0)
		out->rate_up = a->number;
}

/* For a rule that looks at the request: ten pieces a second. */
static void
action_bandwidth_request(const struct action *a,
    const struct action_context *ctx, struct fault_decision *decision)
{
	(void)ctx;
	decision->response_fault.set = true;
	decision->response_fault.chunk_bytes = a->number > 10 ? a->number / 10
							      : 1;
	decision->response_fault.chunk_interval_ns = a->number > 10
	    ? 100000000
	    : 1000000000 / a->number;
}

static bool
action_parse_garbage(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct action_response_input in = { 0 };
	bool whole = json_is_integer(value) || json_is_string(value);

	a->number = 64;
	if (whole)
		in.data = value;
	else if (!json_is_true(value) &&
	    !schema_read(action_garbage_schema, value, where, &in, c))
		return false;
	if (json_is_string(in.data))
		a->text = json_string_value(in.data);
	else if (json_is_integer(in.data))
		a->number = json_integer_value(in.data);
	else if (in.data)
		return error_field(c, where, "bytes",
		    "must be a number of bytes, or the text itself");
	a->choice = in.then_end;
	a->flag = in.keep_length;
	return (a->number >= 1 && a->number <= 1 << 20) ||
	    error_field(c, where, "bytes", "must be between 1 and 1048576");
}

static void
action_garbage_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	static const enum fault_end ends[] = { FAULT_END_FIN,
		FAULT_END_KEEP_ALIVE, FAULT_END_RESET };
	struct response_fault *w = &decision->response_fault;
	char *bytes;

	w->set = true;
	w->end = ends[a->choice];
	w->garbage_only = !a->flag;
	if (a->text) {
		w->garbage = (struct slice){ a->text, strlen(a->text) };
		w->garbage.p = arena_strdup(ctx->arena, a->text);
		return;
	}
	bytes = arena_alloc(ctx->arena, (size_t)a->number);
	for (int64_t i = 0; i < a->number; i++)
		bytes[i] = (char)(action_random(ctx, 8 + (int)i) | 0x80);
	w->garbage = (struct slice){ bytes, (size_t)a->number };
}

/* ---- tls, emit ---- */

struct action_tls_input {
	int cert;
	const char *min, *max, *alpn;
	bool require, plain;
};

#define TLS(field) offsetof(struct action_tls_input, field)

static const char *const action_tls_certs[] = { "valid", "expired",
	"not-yet-valid", "wrong-host", "unknown-ca", "self-signed", NULL };

static const struct schema action_tls_schema[] = {
	{ "cert", FIELD_ENUM, TLS(cert), action_tls_certs },
	{ "min", FIELD_STRING, TLS(min), NULL },
	{ "max", FIELD_STRING, TLS(max), NULL },
	{ "alpn", FIELD_STRING, TLS(alpn), NULL },
	{ "require_client_cert", FIELD_BOOL, TLS(require), NULL },
	{ "plain", FIELD_BOOL, TLS(plain), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const char *const action_tls_versions[] = { "1.0", "1.1", "1.2", "1.3",
	NULL };

static bool
action_is_tls_version(
    const char *text, const char *where, const char *name, struct error *c)
{
	for (int i = 0; action_tls_versions[i]; i++)
		if (!text || strcmp(action_tls_versions[i], text) == 0)
			return true;
	return error_allowed(c, where, name, action_tls_versions,
	    "\"%s\" is no TLS version", text);
}

static bool
action_parse_tls(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct action_tls_input in = { 0 };

	if (!schema_read(action_tls_schema, value, where, &in, c) ||
	    !action_is_tls_version(in.min, where, "min", c) ||
	    !action_is_tls_version(in.max, where, "max", c))
		return false;
	a->at = ACTION_AT_HANDSHAKE;
	return true;
}

static void
action_tls_connection(const struct action *a, const struct action_context *ctx,
    struct conn_faults *out)
{
	struct action_tls_input in = { 0 };
	struct error c = { 0 };

	(void)ctx;
	schema_read(action_tls_schema, a->value, "", &in, &c);
	out->cert = (enum fault_cert)in.cert;
	out->tls_min = in.min;
	out->tls_max = in.max;
	out->alpn = in.alpn;
	out->require_client_cert = in.require;
	out->wrong_protocol = in.plain;
}

static bool
action_parse_emit(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	a->text = json_string_value(value);
	return a->text || error_field(c, where, "", "must be an event's name");
}

static void
action_emit_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	(void)decision;
	if (!ctx->rule->dry_run)
		faults_event(ctx->rule->faults, a->text);
}

/* ---- the table ---- */

static const struct action_type action_types[] = {
	{ "delay", action_parse_delay, action_delay_request,
	    action_delay_connection, COMMIT_PASSTHROUGH, false },
	{ "respond", respond_parse, respond_request, NULL, COMMIT_NONE, false },
	{ "redirect", redirect_parse, redirect_request, NULL, COMMIT_NONE,
	    false },
	{ "reset", action_parse_cut, action_reset_request,
	    action_reset_connection, COMMIT_NONE, false },
	{ "close", action_parse_cut, action_close_request,
	    action_close_connection, COMMIT_NONE, false },
	{ "empty", action_parse_empty, action_close_request, NULL, COMMIT_NONE,
	    false },
	{ "truncate", action_parse_truncate, action_truncate_request, NULL,
	    COMMIT_BEFORE_FAULT, false },
	{ "garbage", action_parse_garbage, action_garbage_request, NULL,
	    COMMIT_NONE, false },
	{ "stall", action_parse_stall, action_stall_request,
	    action_stall_connection, COMMIT_NONE, false },
	{ "hold", action_parse_hold, action_hold_request, NULL,
	    COMMIT_PASSTHROUGH, false },
	{ "bandwidth", action_parse_bandwidth, action_bandwidth_request,
	    action_bandwidth_connection, COMMIT_PASSTHROUGH, false },
	{ "dribble", action_parse_dribble, action_dribble_request, NULL,
	    COMMIT_PASSTHROUGH, false },
	{ "tls", action_parse_tls, NULL, action_tls_connection,
	    COMMIT_PASSTHROUGH, true },
	{ "emit", action_parse_emit, action_emit_request, NULL,
	    COMMIT_PASSTHROUGH, false },
};

#define ACTION_TYPES (sizeof(action_types) / sizeof(action_types[0]))

static bool
action_refuse_unknown(const char *name, const char *where, struct error *c)
{
	const char *names[ACTION_TYPES + 4];
	size_t n = 0;

	for (; n < ACTION_TYPES; n++)
		names[n] = action_types[n].name;
	names[n++] = "outage";
	names[n++] = "fault";
	names[n++] = "toxic";
	names[n] = NULL;
	return error_allowed(
	    c, where, name, names, "unknown action \"%s\"", name);
}

static bool
action_parse(
    const json_t *element, const char *where, struct action *a, struct error *c)
{
	const char *name;
	json_t *value;
	void *it = json_object_iter((json_t *)(uintptr_t)element);
	char full[120];

	if (!json_is_object(element) || json_object_size(element) != 1)
		return error_field(c, where, "",
		    "must be an object with one action, "
		    "{\"respond\": {...}}");
	name = json_object_iter_key(it);
	value = json_object_iter_value(it);
	snprintf(full, sizeof(full), "%s.%s", where, name);
	*a = (struct action){
		.value = value, .number = -1, .at = ACTION_AT_REQUEST
	};
	for (size_t i = 0; i < ACTION_TYPES; i++) {
		if (strcmp(action_types[i].name, name) != 0)
			continue;
		a->kind = &action_types[i];
		return a->kind->parse(a, value, full, c);
	}
	return action_refuse_unknown(name, where, c);
}

static bool
action_parse_list(const json_t *list, const char *where, struct action *out,
    int *n, struct error *c, json_t *owner)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (*n == ACTIONS_MAX)
			return error_field(c, where, "",
			    "holds more than %d actions", ACTIONS_MAX);
		if (!action_parse(json_array_get(list, i), where, &out[*n], c))
			return false;
		out[*n].owned_json = json_incref(owner);
		++*n;
	}
	return true;
}

bool
actions_parse(const json_t *list, const char *where, struct action *out, int *n,
    struct error *c)
{
	*n = 0;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return error_field(
		    c, where, "", "must be a list of at least one action");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *element = json_array_get(list, i);
		char name[60];
		json_t *expanded, *one;
		bool ok;

		snprintf(name, sizeof(name), "%s[%zu]", where, i);
		expanded = alias_expand(element, name, c);
		if (c->status)
			return false;
		one = expanded ? expanded : json_pack("[O]", element);
		ok = action_parse_list(one, name, out, n, c, one);
		json_decref(one);
		if (!ok)
			return false;
	}
	return true;
}

void
actions_release(struct action *a, int n)
{
	for (int i = 0; i < n; i++) {
		json_decref(a[i].owned_json);
		free(a[i].owned_text);
	}
}
