/*
 * The words of other tools: WireMock's faults and delays, Toxiproxy's toxics.
 * Each is translated to actions of ours.
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
} wiremock_faults[] = {
	{ "EMPTY_RESPONSE", "[{\"empty\":true}]" },
	{ "MALFORMED_RESPONSE_CHUNK",
	    "[{\"respond\":{\"status\":200}},"
	    "{\"garbage\":{\"after_headers\":true}}]" },
	{ "RANDOM_DATA_THEN_CLOSE", "[{\"garbage\":{\"then\":\"close\"}}]" },
	{ "CONNECTION_RESET_BY_PEER", "[{\"reset\":{\"at\":\"request\"}}]" },
};

#define WIREMOCK_FAULTS (sizeof(wiremock_faults) / sizeof(wiremock_faults[0]))

static json_t *
wiremock_fault(const json_t *element, const char *where, struct error *c)
{
	static const struct schema schema[] = {
		{ "fault", FIELD_STRING, 0, NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	const char *names[WIREMOCK_FAULTS + 1] = { NULL };
	const char *name = "";

	if (!schema_read(schema, element, where, &name, c))
		return NULL;
	for (size_t i = 0; i < WIREMOCK_FAULTS; i++) {
		if (strcmp(wiremock_faults[i].name, name) == 0)
			return json_loads(wiremock_faults[i].actions, 0, NULL);
		names[i] = wiremock_faults[i].name;
	}
	error_allowed(c, where, "fault", names, "unknown fault \"%s\"", name);
	return NULL;
}

/* ---- WireMock's delays, as they stand in its response object ---- */

struct wiremock_delay_input {
	const char *type;
	double lower_ms, upper_ms, median_ms, sigma, max_ms;
};

#define WIREMOCK_DELAY_INPUT(field) offsetof(struct wiremock_delay_input, field)

static json_t *
wiremock_milliseconds(double ms)
{
	return json_sprintf("%.6fms", ms);
}

/* {"delayDistribution": value} as an action `delay`; NULL and an error. */
static json_t *
wiremock_delay_distribution(
    const json_t *value, const char *where, struct error *c)
{
	static const struct schema schema[] = {
		{ "type", FIELD_STRING, WIREMOCK_DELAY_INPUT(type), NULL },
		{ "lower", FIELD_REAL, WIREMOCK_DELAY_INPUT(lower_ms), NULL },
		{ "upper", FIELD_REAL, WIREMOCK_DELAY_INPUT(upper_ms), NULL },
		{ "median", FIELD_REAL, WIREMOCK_DELAY_INPUT(median_ms), NULL },
		{ "sigma", FIELD_REAL, WIREMOCK_DELAY_INPUT(sigma), NULL },
		{ "maxValue", FIELD_REAL, WIREMOCK_DELAY_INPUT(max_ms), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	static const char *const types[] = { "uniform", "lognormal", NULL };
	struct wiremock_delay_input d = { NULL, 0, 0, 0, 0, 0 };
	json_t *log;

	if (!schema_read(schema, value, where, &d, c))
		return NULL;
	if (d.type && strcmp(d.type, "uniform") == 0)
		return json_pack("[{s:{s:[o,o]}}]", "delay", "uniform",
		    wiremock_milliseconds(d.lower_ms),
		    wiremock_milliseconds(d.upper_ms));
	if (!d.type || strcmp(d.type, "lognormal") != 0) {
		error_allowed(c, where, "type", types, "unknown distribution");
		return NULL;
	}
	log = json_pack("{s:o, s:f}", "median",
	    wiremock_milliseconds(d.median_ms), "sigma", d.sigma);
	if (d.max_ms > 0)
		json_object_set_new(
		    log, "max", wiremock_milliseconds(d.max_ms));
	return json_pack("[{s:{s:o}}]", "delay", "lognormal", log);
}

/* So many pieces over a duration. How large a piece is is known once the body
 * is. */
static json_t *
wiremock_chunked_dribble(
    const json_t *value, const char *where, struct error *c)
{
	struct {
		int64_t chunks, total;
	} in = { 1, 0 };
	static const struct schema schema[] = {
		{ "numberOfChunks", FIELD_INT, 0, NULL },
		{ "totalDuration", FIELD_DURATION, sizeof(int64_t), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};

	if (!schema_read(schema, value, where, &in, c))
		return NULL;
	if (in.chunks < 1) {
		error_field(c, where, "numberOfChunks", "must be at least 1");
		return NULL;
	}
	return json_pack("[{s:{s:I, s:o}}]", "dribble", "pieces",
	    (json_int_t)in.chunks, "every",
	    wiremock_milliseconds((double)in.total / 1e6 / (double)in.chunks));
}

/* ---- Toxiproxy ---- */

struct toxic_input {
	const char *name;
	const char *type;
	int stream;
	double toxicity;
	const json_t *attributes;
};

#define TOXIC_INPUT(field) offsetof(struct toxic_input, field)

static const char *const toxic_streams[] = { "downstream", "upstream", NULL };

static const struct schema toxic_schema[] = {
	{ "toxic", FIELD_STRING, TOXIC_INPUT(type), NULL },
	{ "name", FIELD_STRING, TOXIC_INPUT(name), NULL },
	{ "stream", FIELD_ENUM, TOXIC_INPUT(stream), toxic_streams },
	{ "toxicity", FIELD_REAL, TOXIC_INPUT(toxicity), NULL },
	{ "attributes", FIELD_OBJECT, TOXIC_INPUT(attributes), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* Attributes with a number each; what a toxic lacks is refused by name. */
struct toxic_attributes {
	int64_t latency, jitter, rate, delay, timeout, bytes, average_size,
	    size_variation;
	int stream;
};

#define TOXIC_ATTR(field) offsetof(struct toxic_attributes, field)

static const struct schema toxic_latency_schema[] = {
	{ "latency", FIELD_INT, TOXIC_ATTR(latency), NULL },
	{ "jitter", FIELD_INT, TOXIC_ATTR(jitter), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};
static const struct schema toxic_rate_schema[] = {
	{ "rate", FIELD_INT, TOXIC_ATTR(rate), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};
static const struct schema toxic_delay_schema[] = {
	{ "delay", FIELD_INT, TOXIC_ATTR(delay), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};
static const struct schema toxic_timeout_schema[] = {
	{ "timeout", FIELD_INT, TOXIC_ATTR(timeout), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};
static const struct schema toxic_slicer_schema[] = {
	{ "average_size", FIELD_INT, TOXIC_ATTR(average_size), NULL },
	{ "size_variation", FIELD_INT, TOXIC_ATTR(size_variation), NULL },
	{ "delay", FIELD_INT, TOXIC_ATTR(delay), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};
static const struct schema toxic_bytes_schema[] = {
	{ "bytes", FIELD_INT, TOXIC_ATTR(bytes), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static json_t *
toxic_latency(const struct toxic_attributes *a)
{
	return json_pack("[{s:{s:I, s:I}}]", "delay", "fixed",
	    (json_int_t)a->latency, "jitter", (json_int_t)a->jitter);
}

/* KB a second. */
static json_t *
toxic_bandwidth(const struct toxic_attributes *a)
{
	json_int_t rate = a->rate > INT64_MAX / 1000 ? INT64_MAX
						     : a->rate * 1000;

	return json_pack("[{s:{s:I, s:s}}]", "bandwidth", "rate", rate, "dir",
	    a->stream ? "up" : "down");
}

static json_t *
toxic_slow_close(const struct toxic_attributes *a)
{
	return json_pack("[{s:{s:I, s:s}}]", "delay", "fixed",
	    (json_int_t)a->delay, "at", "close");
}

/* 0: for ever. */
static json_t *
toxic_timeout(const struct toxic_attributes *a)
{
	return json_pack("[{s:{s:s, s:I}}]", "stall", "at", "headers", "for",
	    (json_int_t)a->timeout);
}

static json_t *
toxic_reset_peer(const struct toxic_attributes *a)
{
	return json_pack("[{s:I}, {s:{s:s}}]", "delay", (json_int_t)a->timeout,
	    "reset", "at", "request");
}

/* Its delay is in microseconds. */
static json_t *
toxic_slicer(const struct toxic_attributes *a)
{
	return json_pack("[{s:{s:I, s:o}}]", "dribble", "chunk",
	    (json_int_t)(a->average_size ? a->average_size : 1), "every",
	    json_sprintf("%lldus", (long long)a->delay));
}

static json_t *
toxic_limit_data(const struct toxic_attributes *a)
{
	return json_pack(
	    "[{s:{s:I}}]", "close", "after_bytes", (json_int_t)a->bytes);
}

static const struct {
	const char *name;
	const struct schema *attributes;
	json_t *(*make)(const struct toxic_attributes *a);
} toxic_types[] = {
	{ "latency", toxic_latency_schema, toxic_latency },
	{ "bandwidth", toxic_rate_schema, toxic_bandwidth },
	{ "slow_close", toxic_delay_schema, toxic_slow_close },
	{ "timeout", toxic_timeout_schema, toxic_timeout },
	{ "reset_peer", toxic_timeout_schema, toxic_reset_peer },
	{ "slicer", toxic_slicer_schema, toxic_slicer },
	{ "limit_data", toxic_bytes_schema, toxic_limit_data },
};

#define TOXICS (sizeof(toxic_types) / sizeof(toxic_types[0]))

static json_t *
toxic_expand(const json_t *element, const char *where, struct error *c)
{
	const char *names[TOXICS + 1] = { NULL };
	struct toxic_input t = { NULL, "", 0, 1, NULL };
	struct toxic_attributes a = { .rate = 0 };
	char name[160];

	if (!schema_read(toxic_schema, element, where, &t, c))
		return NULL;
	if (t.toxicity != 1) {
		error_field(c, where, "toxicity",
		    "say it once for the rule: when.probability");
		return NULL;
	}
	snprintf(name, sizeof(name), "%s.attributes", where);
	for (size_t i = 0; i < TOXICS; i++) {
		names[i] = toxic_types[i].name;
		if (strcmp(toxic_types[i].name, t.type) != 0)
			continue;
		a.stream = t.stream;
		return schema_read(
			   toxic_types[i].attributes, t.attributes, name, &a, c)
		    ? toxic_types[i].make(&a)
		    : NULL;
	}
	error_allowed(c, where, "toxic", names, "unknown toxic \"%s\"", t.type);
	return NULL;
}

/* ---- {"outage": NAME, "params": {...}} ---- */

static json_t *
alias_outage_actions(const json_t *element, const char *where, struct error *c)
{
	struct {
		const char *name;
		const json_t *params;
	} in = { "", NULL };
	static const struct schema schema[] = {
		{ "outage", FIELD_STRING, 0, NULL },
		{ "params", FIELD_OBJECT, sizeof(char *), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};

	if (!schema_read(schema, element, where, &in, c))
		return NULL;
	return outage_first_actions(in.name, in.params, where, c);
}

static json_t *
wiremock_fixed_delay(const json_t *value, const char *where, struct error *c)
{
	(void)where;
	(void)c;
	return json_pack("[{s:O}]", "delay", value);
}

/* Each stands alone in its element. */
static const struct {
	const char *name;
	json_t *(*make)(
	    const json_t *value, const char *where, struct error *c);
} wiremock_delays[] = {
	{ "fixedDelayMilliseconds", wiremock_fixed_delay },
	{ "delayDistribution", wiremock_delay_distribution },
	{ "chunkedDribbleDelay", wiremock_chunked_dribble },
};

static json_t *
wiremock_delay(const json_t *element, const char *where, struct error *c)
{
	char name[160];

	for (size_t i = 0;
	     i < sizeof(wiremock_delays) / sizeof(wiremock_delays[0]); i++) {
		const json_t *value = json_object_get(
		    element, wiremock_delays[i].name);

		if (!value || json_object_size(element) != 1)
			continue;
		snprintf(name, sizeof(name), "%s.%s", where,
		    wiremock_delays[i].name);
		return wiremock_delays[i].make(value, name, c);
	}
	return NULL;
}

json_t *
alias_expand(const json_t *element, const char *where, struct error *c)
{
	if (json_object_get(element, "fault"))
		return wiremock_fault(element, where, c);
	if (json_object_get(element, "toxic"))
		return toxic_expand(element, where, c);
	if (json_object_get(element, "outage"))
		return alias_outage_actions(element, where, c);
	return wiremock_delay(element, where, c);
}
