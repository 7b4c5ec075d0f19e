/*
 * What a rule does: the table of actions, each with its reader and what it
 * writes into a plan. Adding an action is a row and two functions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fault/rule/respond.h"
#include "fault/rule/rule.h"

static const char *const places[] = { "accept", "handshake", "request",
	"headers", "body", "close", NULL };

static const char *const delay_names[] = { "fixed", "uniform", "normal",
	"lognormal", "at", "jitter", NULL };

/* ---- delay ---- */

struct delay_input {
	const json_t *fixed, *uniform, *normal, *lognormal, *jitter;
	int at;
};

static const struct shape delay_shape[] = {
	{ "fixed", SHAPE_ANY, offsetof(struct delay_input, fixed), NULL },
	{ "uniform", SHAPE_LIST, offsetof(struct delay_input, uniform), NULL },
	{ "normal", SHAPE_OBJECT, offsetof(struct delay_input, normal), NULL },
	{ "lognormal", SHAPE_OBJECT, offsetof(struct delay_input, lognormal),
	    NULL },
	{ "jitter", SHAPE_ANY, offsetof(struct delay_input, jitter), NULL },
	{ "at", SHAPE_WORD, offsetof(struct delay_input, at), places },
	{ NULL, SHAPE_ANY, 0, NULL },
};

struct normal_input {
	int64_t mean, stddev, median, min, max;
	double sigma;
};

#define NORMAL(field) offsetof(struct normal_input, field)

static const struct shape normal_shape[] = {
	{ "mean", SHAPE_SPAN, NORMAL(mean), NULL },
	{ "stddev", SHAPE_SPAN, NORMAL(stddev), NULL },
	{ "min", SHAPE_SPAN, NORMAL(min), NULL },
	{ "max", SHAPE_SPAN, NORMAL(max), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape lognormal_shape[] = {
	{ "median", SHAPE_SPAN, NORMAL(median), NULL },
	{ "sigma", SHAPE_REAL, NORMAL(sigma), NULL },
	{ "max", SHAPE_SPAN, NORMAL(max), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static bool
read_uniform(struct delay *d, const json_t *pair, const char *where,
    struct complaint *c)
{
	int64_t low, high;
	char name[160];

	snprintf(name, sizeof(name), "%s.uniform", where);
	if (json_array_size(pair) != 2)
		return complain(c, name, "",
		    "must be two durations, [\"50ms\", \"150ms\"]");
	if (!shape_span(json_array_get(pair, 0), name, &low, c) ||
	    !shape_span(json_array_get(pair, 1), name, &high, c))
		return false;
	if (low > high)
		return complain(c, name, "", "the lower bound comes first");
	*d = (struct delay){ .spread = SPREAD_UNIFORM, .a = (double)low,
		.b = (double)high };
	return true;
}

static bool
read_normal(struct delay *d, const json_t *tree, bool is_log,
    const char *where, struct complaint *c)
{
	struct normal_input in = { 0 };
	char name[160];

	snprintf(name, sizeof(name), "%s.%s", where,
	    is_log ? "lognormal" : "normal");
	if (!shape_read(is_log ? lognormal_shape : normal_shape, tree, name,
		&in, c))
		return false;
	if (is_log && in.median == 0)
		return complain(c, name, "median", "is required");
	if (in.sigma < 0)
		return complain(c, name, "sigma", "must not be negative");
	*d = (struct delay){ .spread =
				 is_log ? SPREAD_LOGNORMAL : SPREAD_NORMAL,
		.a = (double)(is_log ? in.median : in.mean),
		.b = is_log ? in.sigma : (double)in.stddev, .min = in.min,
		.max = in.max };
	return true;
}

/* fixed, with jitter to both sides (Toxiproxy's latency). */
static bool
read_fixed(struct delay *d, const json_t *fixed, const json_t *jitter,
    const char *where, struct complaint *c)
{
	int64_t t, j = 0;

	if (!shape_span(fixed, where, &t, c) ||
	    (jitter && !shape_span(jitter, where, &j, c)))
		return false;
	*d = (struct delay){ .spread = j ? SPREAD_UNIFORM : SPREAD_FIXED,
		.a = (double)(j > t ? 0 : t - j), .b = (double)(t + j) };
	if (!j)
		d->a = (double)t;
	return true;
}

static bool
parse_delay(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct delay_input in = { .at = AT_REQUEST };

	if (!json_is_object(value))
		return read_fixed(&a->delay, value, NULL, where, c);
	if (!shape_read(delay_shape, value, where, &in, c))
		return false;
	a->at = (enum action_at)in.at;
	if (!!in.fixed + !!in.uniform + !!in.normal + !!in.lognormal != 1)
		return complain_words(c, where, "", delay_names,
		    "wants one of fixed, uniform, normal, lognormal");
	if (in.jitter && !in.fixed)
		return complain(c, where, "jitter", "goes with fixed alone");
	if (in.uniform)
		return read_uniform(&a->delay, in.uniform, where, c);
	if (in.fixed)
		return read_fixed(&a->delay, in.fixed, in.jitter, where, c);
	return read_normal(&a->delay, in.normal ? in.normal : in.lognormal,
	    in.lognormal != NULL, where, c);
}

static void
delay_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	int64_t t = delay_draw(&a->delay, acting_chance(by, 3));

	if (a->at == AT_REQUEST) {
		plan->wait += t;
		return;
	}
	plan->wire.set = true;
	if (a->at == AT_HEADERS)
		plan->wire.wait_head += t;
	else if (a->at == AT_BODY)
		plan->wire.wait_body += t;
	else
		plan->wire.wait_end += t;
}

static void
delay_connection(const struct action *a, const struct acting *by,
    struct wire_conn *out)
{
	int64_t t = delay_draw(&a->delay, acting_chance(by, 3));

	if (a->at == AT_ACCEPT)
		out->wait_accept += t;
	else
		out->wait_handshake += t;
}

/* ---- reset, close, empty, stall: ends ---- */

struct end_input {
	int at;
	int64_t after_bytes, lasting;
};

#define END(field) offsetof(struct end_input, field)

static const struct shape cut_shape[] = {
	{ "at", SHAPE_WORD, END(at), places },
	{ "after_bytes", SHAPE_INT, END(after_bytes), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape stall_shape[] = {
	{ "at", SHAPE_WORD, END(at), places },
	{ "for", SHAPE_SPAN, END(lasting), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* true, {} or the fields; a word alone is `at`. */
static bool
parse_end(struct action *a, const struct shape *shape, const json_t *value,
    const char *where, struct complaint *c)
{
	struct end_input in = { AT_REQUEST, -1, 0 };
	json_t *word = NULL;
	bool ok;

	if (json_is_string(value))
		word = json_pack("{s:O}", "at", value);
	ok = json_is_true(value) ||
	    shape_read(shape, word ? word : value, where, &in, c);
	json_decref(word);
	if (!ok)
		return false;
	a->at = (enum action_at)in.at;
	a->number = in.after_bytes;
	a->span = in.lasting;
	if (a->at == AT_CLOSE)
		return complain(c, where, "at",
		    "close is a place for delay alone");
	if (a->number >= 0 && a->at == AT_REQUEST)
		a->at = AT_BODY;
	return true;
}

/* reset and close differ in how they end alone. */
static bool
parse_cut(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	return parse_end(a, cut_shape, value, where, c);
}

static bool
parse_stall(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	return parse_end(a, stall_shape, value, where, c);
}

static bool
parse_empty(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	a->number = -1;
	return json_is_true(value) ||
	    (json_is_object(value) && json_object_size(value) == 0) ||
	    complain(c, where, "", "must be true");
}

/* Nothing of the answer goes out, or `number` bytes of its body. */
static void
end_answer(const struct action *a, struct fault_plan *plan, enum wire_end end)
{
	struct wire *w = &plan->wire;

	w->set = true;
	w->end = end;
	w->silent_for = a->span;
	if (a->at == AT_BODY || a->number >= 0) {
		w->cut = WIRE_CUT_BODY;
		w->bytes = a->number >= 0 ? a->number : 0;
		if (a->number < 0) {
			w->cut = WIRE_CUT_FRACTION;
			w->fraction = 0.5;
		}
	} else if (a->at == AT_HEADERS) {
		w->cut = WIRE_CUT_BODY;
		w->bytes = 0;
	} else {
		w->cut = WIRE_CUT_START;
		w->bytes = 0;
	}
}

static void
reset_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	(void)by;
	end_answer(a, plan, WIRE_RESET);
}

static void
close_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	(void)by;
	end_answer(a, plan, WIRE_FIN);
}

static void
stall_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	(void)by;
	if (a->at == AT_REQUEST) {
		plan->stall = true;
		plan->stall_for = a->span;
	} else {
		end_answer(a, plan, WIRE_SILENT);
		if (a->at == AT_HEADERS)
			plan->wire.cut = WIRE_CUT_START;
	}
}

static void
end_connection(const struct action *a, struct wire_conn *out,
    enum wire_end end)
{
	out->silent_for = a->span;
	if (a->at == AT_HANDSHAKE)
		out->handshake = end;
	else
		out->accept = end;
}

static void
reset_connection(const struct action *a, const struct acting *by,
    struct wire_conn *out)
{
	(void)by;
	end_connection(a, out, WIRE_RESET);
}

static void
close_connection(const struct action *a, const struct acting *by,
    struct wire_conn *out)
{
	(void)by;
	end_connection(a, out, WIRE_FIN);
}

static void
stall_connection(const struct action *a, const struct acting *by,
    struct wire_conn *out)
{
	(void)by;
	end_connection(a, out, WIRE_SILENT);
}

/* ---- truncate, dribble, bandwidth, garbage ---- */

struct shape_input {
	int64_t bytes, chunk, every, rate, pieces;
	double fraction;
	bool keep_length;
	int dir, then;
	const json_t *data;
};

#define SHAPED(field) offsetof(struct shape_input, field)

static const char *const directions[] = { "down", "up", "both", NULL };
static const char *const afterwards[] = { "close", "keep", "reset", NULL };

static const struct shape truncate_shape[] = {
	{ "bytes", SHAPE_INT, SHAPED(bytes), NULL },
	{ "fraction", SHAPE_REAL, SHAPED(fraction), NULL },
	{ "keep_length", SHAPE_FLAG, SHAPED(keep_length), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape dribble_shape[] = {
	{ "chunk", SHAPE_INT, SHAPED(chunk), NULL },
	{ "every", SHAPE_SPAN, SHAPED(every), NULL },
	{ "pieces", SHAPE_INT, SHAPED(pieces), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape bandwidth_shape[] = {
	{ "rate", SHAPE_INT, SHAPED(rate), NULL },
	{ "dir", SHAPE_WORD, SHAPED(dir), directions },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape garbage_shape[] = {
	{ "bytes", SHAPE_ANY, SHAPED(data), NULL },
	{ "then", SHAPE_WORD, SHAPED(then), afterwards },
	{ "after_headers", SHAPE_FLAG, SHAPED(keep_length), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* keep_length: Content-Length still promises all; else chunks without end. */
static bool
parse_truncate(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct shape_input in = { .bytes = -1, .fraction = -1,
		.keep_length = true };

	if (!json_is_true(value) &&
	    !shape_read(truncate_shape, value, where, &in, c))
		return false;
	if (in.bytes >= 0 && in.fraction >= 0)
		return complain(c, where, "fraction", "excludes bytes");
	if (in.bytes < 0 && in.fraction < 0)
		in.fraction = 0.5;
	if (in.bytes < 0 && (in.fraction < 0 || in.fraction >= 1))
		return complain(c, where, "fraction",
		    "must be at least 0 and less than 1");
	a->number = in.bytes;
	a->fraction = in.fraction;
	a->flag = in.keep_length;
	return true;
}

static void
truncate_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	struct wire *w = &plan->wire;

	(void)by;
	w->set = true;
	w->cut = a->number >= 0 ? WIRE_CUT_BODY : WIRE_CUT_FRACTION;
	w->bytes = a->number;
	w->fraction = a->fraction;
	w->unframed = !a->flag;
	w->end = WIRE_FIN;
}

static bool
parse_dribble(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct shape_input in = { .chunk = 1, .every = 1000000000 };

	if (!json_is_true(value) &&
	    !shape_read(dribble_shape, value, where, &in, c))
		return false;
	if (in.chunk < 1)
		return complain(c, where, "chunk", "must be at least 1");
	a->number = in.chunk;
	a->fraction = (double)in.pieces;
	a->span = in.every;
	return true;
}

static void
dribble_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	(void)by;
	plan->wire.set = true;
	plan->wire.chunk = a->number;
	plan->wire.every = a->span;
	plan->wire.pieces = (int64_t)a->fraction;
}

static bool
parse_bandwidth(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct shape_input in = { 0 };

	if (json_is_integer(value))
		in.rate = json_integer_value(value);
	else if (!shape_read(bandwidth_shape, value, where, &in, c))
		return false;
	if (in.rate < 1)
		return complain(c, where, "rate",
		    "must be at least 1 (bytes a second)");
	a->number = in.rate;
	a->word = in.dir;
	a->at = AT_ACCEPT;
	return true;
}

static void
bandwidth_connection(const struct action *a, const struct acting *by,
    struct wire_conn *out)
{
	(void)by;
	if (a->word != 1)
		out->rate_down = a->number;
	if (a->word != 0)
		out->rate_up = a->number;
}

/* For a rule that looks at the request: ten pieces a second. */
static void
bandwidth_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	(void)by;
	plan->wire.set = true;
	plan->wire.chunk = a->number > 10 ? a->number / 10 : 1;
	plan->wire.every = a->number > 10 ? 100000000
					  : 1000000000 / a->number;
}

static bool
parse_garbage(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct shape_input in = { 0 };
	bool whole = json_is_integer(value) || json_is_string(value);

	a->number = 64;
	if (whole)
		in.data = value;
	else if (!json_is_true(value) &&
	    !shape_read(garbage_shape, value, where, &in, c))
		return false;
	if (json_is_string(in.data))
		a->text = json_string_value(in.data);
	else if (json_is_integer(in.data))
		a->number = json_integer_value(in.data);
	else if (in.data)
		return complain(c, where, "bytes",
		    "must be a number of bytes, or the text itself");
	a->word = in.then;
	a->flag = in.keep_length;
	return (a->number >= 1 && a->number <= 1 << 20) ||
	    complain(c, where, "bytes", "must be between 1 and 1048576");
}

static void
garbage_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	static const enum wire_end ends[] = { WIRE_FIN, WIRE_GO_ON,
		WIRE_RESET };
	struct wire *w = &plan->wire;
	char *bytes;

	w->set = true;
	w->end = ends[a->word];
	w->garbage_alone = !a->flag;
	if (a->text) {
		w->garbage = (struct slice){ a->text, strlen(a->text) };
		w->garbage.p = arena_strdup(by->arena, a->text);
		return;
	}
	bytes = arena_alloc(by->arena, (size_t)a->number);
	for (int64_t i = 0; i < a->number; i++)
		bytes[i] = (char)(acting_chance(by, 8 + (int)i) | 0x80);
	w->garbage = (struct slice){ bytes, (size_t)a->number };
}

/* ---- tls, emit ---- */

struct tls_input {
	int cert;
	const char *min, *max, *alpn;
	bool require, plain;
};

#define TLS(field) offsetof(struct tls_input, field)

static const char *const certs[] = { "valid", "expired", "not-yet-valid",
	"wrong-host", "unknown-ca", "self-signed", NULL };

static const struct shape tls_shape[] = {
	{ "cert", SHAPE_WORD, TLS(cert), certs },
	{ "min", SHAPE_TEXT, TLS(min), NULL },
	{ "max", SHAPE_TEXT, TLS(max), NULL },
	{ "alpn", SHAPE_TEXT, TLS(alpn), NULL },
	{ "require_client_cert", SHAPE_FLAG, TLS(require), NULL },
	{ "plain", SHAPE_FLAG, TLS(plain), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const char *const tls_versions[] = { "1.0", "1.1", "1.2", "1.3",
	NULL };

static bool
tls_version_ok(const char *text, const char *where, const char *name,
    struct complaint *c)
{
	for (int i = 0; tls_versions[i]; i++)
		if (!text || strcmp(tls_versions[i], text) == 0)
			return true;
	return complain_words(c, where, name, tls_versions,
	    "\"%s\" is no TLS version", text);
}

static bool
parse_tls(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct tls_input in = { 0 };

	if (!shape_read(tls_shape, value, where, &in, c) ||
	    !tls_version_ok(in.min, where, "min", c) ||
	    !tls_version_ok(in.max, where, "max", c))
		return false;
	a->at = AT_HANDSHAKE;
	return true;
}

static void
tls_connection(const struct action *a, const struct acting *by,
    struct wire_conn *out)
{
	struct tls_input in = { 0 };
	struct complaint c = { 0 };

	(void)by;
	shape_read(tls_shape, a->value, "", &in, &c);
	out->cert = (enum wire_cert)in.cert;
	out->tls_min = in.min;
	out->tls_max = in.max;
	out->alpn = in.alpn;
	out->require_client_cert = in.require;
	out->plain = in.plain;
}

static bool
parse_emit(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	a->text = json_string_value(value);
	return a->text || complain(c, where, "", "must be an event's name");
}

static void
emit_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	(void)plan;
	if (!by->rule->imagined)
		faults_event(by->rule->faults, a->text);
}

/* ---- the table ---- */

static const struct action_kind kinds[] = {
	{ "delay", parse_delay, delay_request, delay_connection,
	    COMMIT_PASSTHROUGH, false },
	{ "respond", respond_parse, respond_request, NULL, COMMIT_NONE,
	    false },
	{ "redirect", redirect_parse, redirect_request, NULL, COMMIT_NONE,
	    false },
	{ "reset", parse_cut, reset_request, reset_connection, COMMIT_NONE,
	    false },
	{ "close", parse_cut, close_request, close_connection, COMMIT_NONE,
	    false },
	{ "empty", parse_empty, close_request, NULL, COMMIT_NONE, false },
	{ "truncate", parse_truncate, truncate_request, NULL,
	    COMMIT_BEFORE_FAULT, false },
	{ "garbage", parse_garbage, garbage_request, NULL, COMMIT_NONE,
	    false },
	{ "stall", parse_stall, stall_request, stall_connection, COMMIT_NONE,
	    false },
	{ "bandwidth", parse_bandwidth, bandwidth_request,
	    bandwidth_connection, COMMIT_PASSTHROUGH, false },
	{ "dribble", parse_dribble, dribble_request, NULL,
	    COMMIT_PASSTHROUGH, false },
	{ "tls", parse_tls, NULL, tls_connection, COMMIT_PASSTHROUGH, true },
	{ "emit", parse_emit, emit_request, NULL, COMMIT_PASSTHROUGH, false },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
unknown_action(const char *name, const char *where, struct complaint *c)
{
	const char *names[KINDS + 4];
	size_t n = 0;

	for (; n < KINDS; n++)
		names[n] = kinds[n].name;
	names[n++] = "outage";
	names[n++] = "fault";
	names[n++] = "toxic";
	names[n] = NULL;
	return complain_words(c, where, name, names, "unknown action \"%s\"",
	    name);
}

static bool
parse_one(const json_t *element, const char *where, struct action *a,
    struct complaint *c)
{
	const char *name;
	json_t *value;
	void *it = json_object_iter((json_t *)(uintptr_t)element);
	char full[120];

	if (!json_is_object(element) || json_object_size(element) != 1)
		return complain(c, where, "",
		    "must be an object with one action, "
		    "{\"respond\": {...}}");
	name = json_object_iter_key(it);
	value = json_object_iter_value(it);
	snprintf(full, sizeof(full), "%s.%s", where, name);
	*a = (struct action){ .value = value, .number = -1,
		.at = AT_REQUEST };
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		a->kind = &kinds[i];
		return a->kind->parse(a, value, full, c);
	}
	return unknown_action(name, where, c);
}

static bool
add_list(const json_t *list, const char *where, struct action *out, int *n,
    struct complaint *c, json_t *owner)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (*n == ACTIONS_MAX)
			return complain(c, where, "",
			    "holds more than %d actions", ACTIONS_MAX);
		if (!parse_one(json_array_get(list, i), where, &out[*n], c))
			return false;
		out[*n].owned = json_incref(owner);
		++*n;
	}
	return true;
}

bool
actions_parse(const json_t *list, const char *where, struct action *out,
    int *n, struct complaint *c)
{
	*n = 0;
	if (!json_is_array(list) || json_array_size(list) == 0)
		return complain(c, where, "",
		    "must be a list of at least one action");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *element = json_array_get(list, i);
		char name[60];
		json_t *expanded, *one;
		bool ok;

		snprintf(name, sizeof(name), "%s[%zu]", where, i);
		expanded = alias_expand(element, name, c);
		if (*c->text)
			return false;
		one = expanded ? expanded : json_pack("[O]", element);
		ok = add_list(one, name, out, n, c, one);
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
		json_decref(a[i].owned);
		free(a[i].text_owned);
	}
}
