/*
 * What a scenario's file leaves to whoever starts it: parameters with defaults,
 * "params": {"policy": "app"}, put in where "${policy}" stands.
 */
#ifndef MV_FAULT_SCENARIO_SCENARIO_PARAMS_H
#define MV_FAULT_SCENARIO_SCENARIO_PARAMS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * The scenario with its parameters put in, and their values; both are the
 * caller's. set, which may be NULL, holds values that differ from the defaults.
 * A string that is "${name}" alone becomes the value as it is, within other
 * text and in keys it becomes its text. NULL and an error: a parameter that the
 * file does not declare, or a value of another type than its default.
 */
json_t *scenario_params_fill(
    const json_t *tree, const json_t *set, json_t **values, struct error *c);

#endif
