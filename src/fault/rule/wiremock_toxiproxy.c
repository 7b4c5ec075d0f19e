/*
 * Words that testers bring along: WireMock's faults and delays, Toxiproxy's
 * toxics. Each becomes actions of ours.
 *
 *   {"fault": "EMPTY_RESPONSE"}
 *   {"toxic": "latency", "attributes": {"latency": 1000, "jitter": 50}}
 */
#include <stdio.h>
#include <string.h>

#include "fault/outage/outage.h"

/* ---- WireMock ---- */

static const struct {
	const char *name;
	const char *actions;
} wiremock[] = {
	{ "EMPTY_RESPONSE", "[{\"empty\":true}]" },
	{ "MALFORMED_RESPONSE_CHUNK",
	    "[{\"respond\":{\"status\":200}},"
	    "{\"garbage\":{\"after_headers\":true}}]" },
	{ "RANDOM_DATA_THEN_CLOSE", "[{\"garbage\":{\"then\":\"close\"}}]" },
	{ "CONNECTION_RESET_BY_PEER", "[{\"reset\":{\"at\":\"request\"}}]" },
};

#define FAULTS (sizeof(wiremock) / sizeof(wiremock[0]))

static json_t *
wiremock_fault(const json_t *element, const char *where, struct complaint *c)
{
	static const struct shape shape[] = {
		{ "fault", SHAPE_TEXT, 0, NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	const char *names[FAULTS + 1] = { NULL };
	const char *name = "";

	if (!shape_read(shape, element, where, &name, c))
		return NULL;
	for (size_t i = 0; i < FAULTS; i++) {
		if (strcmp(wiremock[i].name, name) == 0)
			return json_loads(wiremock[i].actions, 0, NULL);
		names[i] = wiremock[i].name;
	}
	complain_words(c, where, "fault", names, "unknown fault \"%s\"", name);
	return NULL;
}

/* ---- WireMock's delays, as they stand in its response object ---- */

struct wire_delay {
	const char *type;
	double lower, upper, median, sigma, max;
};

#define WD(field) offsetof(struct wire_delay, field)

static json_t *
milliseconds(double ms)
{
	return json_sprintf("%.6fms", ms);
}

static json_t *
delay_distribution(const json_t *value, const char *where,
    struct complaint *c)
{
	static const struct shape shape[] = {
		{ "type", SHAPE_TEXT, WD(type), NULL },
		{ "lower", SHAPE_REAL, WD(lower), NULL },
		{ "upper", SHAPE_REAL, WD(upper), NULL },
		{ "median", SHAPE_REAL, WD(median), NULL },
		{ "sigma", SHAPE_REAL, WD(sigma), NULL },
		{ "maxValue", SHAPE_REAL, WD(max), NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	static const char *const types[] = { "uniform", "lognormal", NULL };
	struct wire_delay d = { NULL, 0, 0, 0, 0, 0 };
	json_t *log;

	if (!shape_read(shape, value, where, &d, c))
		return NULL;
	if (d.type && strcmp(d.type, "uniform") == 0)
		return json_pack("[{s:{s:[o,o]}}]", "delay", "uniform",
		    milliseconds(d.lower), milliseconds(d.upper));
	if (!d.type || strcmp(d.type, "lognormal") != 0) {
		complain_words(c, where, "type", types,
		    "unknown distribution");
		return NULL;
	}
	log = json_pack("{s:o, s:f}", "median", milliseconds(d.median),
	    "sigma", d.sigma);
	if (d.max > 0)
		json_object_set_new(log, "max", milliseconds(d.max));
	return json_pack("[{s:{s:o}}]", "delay", "lognormal", log);
}

/* n pieces over a duration: the body's size is not known yet, so pieces of one
 * byte are the honest reading of a slow link. */
static json_t *
chunked_dribble(const json_t *value, const char *where, struct complaint *c)
{
	struct {
		int64_t chunks, total;
	} in = { 1, 0 };
	static const struct shape shape[] = {
		{ "numberOfChunks", SHAPE_INT, 0, NULL },
		{ "totalDuration", SHAPE_SPAN, sizeof(int64_t), NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};

	if (!shape_read(shape, value, where, &in, c))
		return NULL;
	if (in.chunks < 1) {
		complain(c, where, "numberOfChunks", "must be at least 1");
		return NULL;
	}
	return json_pack("[{s:{s:I, s:o}}]", "dribble", "pieces",
	    (json_int_t)in.chunks, "every",
	    milliseconds((double)in.total / 1e6 / (double)in.chunks));
}

/* ---- Toxiproxy ---- */

struct toxic {
	const char *name;
	const char *type;
	int stream;
	double toxicity;
	const json_t *attributes;
};

#define TX(field) offsetof(struct toxic, field)

static const char *const streams[] = { "downstream", "upstream", NULL };

static const struct shape toxic_shape[] = {
	{ "toxic", SHAPE_TEXT, TX(type), NULL },
	{ "name", SHAPE_TEXT, TX(name), NULL },
	{ "stream", SHAPE_WORD, TX(stream), streams },
	{ "toxicity", SHAPE_REAL, TX(toxicity), NULL },
	{ "attributes", SHAPE_OBJECT, TX(attributes), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* Attributes with a number each; what a toxic lacks is refused by name. */
struct attributes {
	int64_t latency, jitter, rate, delay, timeout, bytes, average_size,
	    size_variation;
	int stream;
};

#define ATTR(field) offsetof(struct attributes, field)

static const struct shape latency_shape[] = {
	{ "latency", SHAPE_INT, ATTR(latency), NULL },
	{ "jitter", SHAPE_INT, ATTR(jitter), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};
static const struct shape rate_shape[] = {
	{ "rate", SHAPE_INT, ATTR(rate), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};
static const struct shape delay_shape[] = {
	{ "delay", SHAPE_INT, ATTR(delay), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};
static const struct shape timeout_shape[] = {
	{ "timeout", SHAPE_INT, ATTR(timeout), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};
static const struct shape slicer_shape[] = {
	{ "average_size", SHAPE_INT, ATTR(average_size), NULL },
	{ "size_variation", SHAPE_INT, ATTR(size_variation), NULL },
	{ "delay", SHAPE_INT, ATTR(delay), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};
static const struct shape bytes_shape[] = {
	{ "bytes", SHAPE_INT, ATTR(bytes), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static json_t *
latency(const struct attributes *a)
{
	return json_pack("[{s:{s:I, s:I}}]", "delay", "fixed",
	    (json_int_t)a->latency, "jitter", (json_int_t)a->jitter);
}

/* KB a second. */
static json_t *
bandwidth(const struct attributes *a)
{
	json_int_t rate = a->rate > INT64_MAX / 1000 ? INT64_MAX
						     : a->rate * 1000;

	return json_pack("[{s:{s:I, s:s}}]", "bandwidth", "rate", rate, "dir",
	    a->stream ? "up" : "down");
}

static json_t *
slow_close(const struct attributes *a)
{
	return json_pack("[{s:{s:I, s:s}}]", "delay", "fixed",
	    (json_int_t)a->delay, "at", "close");
}

/* 0: for ever. */
static json_t *
timeout(const struct attributes *a)
{
	return json_pack("[{s:{s:s, s:I}}]", "stall", "at", "headers", "for",
	    (json_int_t)a->timeout);
}

static json_t *
reset_peer(const struct attributes *a)
{
	return json_pack("[{s:I}, {s:{s:s}}]", "delay",
	    (json_int_t)a->timeout, "reset", "at", "request");
}

/* Its delay is in microseconds. */
static json_t *
slicer(const struct attributes *a)
{
	return json_pack("[{s:{s:I, s:o}}]", "dribble", "chunk",
	    (json_int_t)(a->average_size ? a->average_size : 1), "every",
	    json_sprintf("%lldus", (long long)a->delay));
}

static json_t *
limit_data(const struct attributes *a)
{
	return json_pack("[{s:{s:I}}]", "close", "after_bytes",
	    (json_int_t)a->bytes);
}

static const struct {
	const char *name;
	const struct shape *attributes;
	json_t *(*make)(const struct attributes *a);
} toxics[] = {
	{ "latency", latency_shape, latency },
	{ "bandwidth", rate_shape, bandwidth },
	{ "slow_close", delay_shape, slow_close },
	{ "timeout", timeout_shape, timeout },
	{ "reset_peer", timeout_shape, reset_peer },
	{ "slicer", slicer_shape, slicer },
	{ "limit_data", bytes_shape, limit_data },
};

#define TOXICS (sizeof(toxics) / sizeof(toxics[0]))

static json_t *
toxic(const json_t *element, const char *where, struct complaint *c)
{
	const char *names[TOXICS + 1] = { NULL };
	struct toxic t = { NULL, "", 0, 1, NULL };
	struct attributes a = { .rate = 0 };
	char name[160];

	if (!shape_read(toxic_shape, element, where, &t, c))
		return NULL;
	if (t.toxicity != 1) {
		complain(c, where, "toxicity",
		    "say it once for the rule: when.probability");
		return NULL;
	}
	snprintf(name, sizeof(name), "%s.attributes", where);
	for (size_t i = 0; i < TOXICS; i++) {
		names[i] = toxics[i].name;
		if (strcmp(toxics[i].name, t.type) != 0)
			continue;
		a.stream = t.stream;
		return shape_read(toxics[i].attributes, t.attributes, name,
			   &a, c)
		    ? toxics[i].make(&a)
		    : NULL;
	}
	complain_words(c, where, "toxic", names, "unknown toxic \"%s\"",
	    t.type);
	return NULL;
}

/* ---- {"outage": NAME, "params": {...}} ---- */

static json_t *
outage_actions(const json_t *element, const char *where, struct complaint *c)
{
	struct {
		const char *name;
		const json_t *params;
	} in = { "", NULL };
	static const struct shape shape[] = {
		{ "outage", SHAPE_TEXT, 0, NULL },
		{ "params", SHAPE_OBJECT, sizeof(char *), NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};

	if (!shape_read(shape, element, where, &in, c))
		return NULL;
	return outage_then(in.name, in.params, where, c);
}

static json_t *
fixed_delay(const json_t *value, const char *where, struct complaint *c)
{
	(void)where;
	(void)c;
	return json_pack("[{s:O}]", "delay", value);
}

/* Each stands alone in its element. */
static const struct {
	const char *name;
	json_t *(*make)(const json_t *value, const char *where,
	    struct complaint *c);
} delays[] = {
	{ "fixedDelayMilliseconds", fixed_delay },
	{ "delayDistribution", delay_distribution },
	{ "chunkedDribbleDelay", chunked_dribble },
};

static json_t *
wiremock_delay(const json_t *element, const char *where, struct complaint *c)
{
	char name[160];

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		const json_t *value =
		    json_object_get(element, delays[i].name);

		if (!value || json_object_size(element) != 1)
			continue;
		snprintf(name, sizeof(name), "%s.%s", where, delays[i].name);
		return delays[i].make(value, name, c);
	}
	return NULL;
}

json_t *
alias_expand(const json_t *element, const char *where, struct complaint *c)
{
	if (json_object_get(element, "fault"))
		return wiremock_fault(element, where, c);
	if (json_object_get(element, "toxic"))
		return toxic(element, where, c);
	if (json_object_get(element, "outage"))
		return outage_actions(element, where, c);
	return wiremock_delay(element, where, c);
}
