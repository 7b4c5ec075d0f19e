/*
 * The actions that are an answer of their own: respond and redirect.
 */
#ifndef MV_FAULT_RULE_RESPOND_H
#define MV_FAULT_RULE_RESPOND_H

#include "fault/rule/rule.h"

bool respond_parse(
    struct action *a, const json_t *value, const char *where, struct error *c);
void respond_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision);
bool redirect_parse(
    struct action *a, const json_t *value, const char *where, struct error *c);
void redirect_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision);

#endif
