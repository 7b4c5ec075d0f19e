/*
 * The actions that answer in Vault's place: respond and redirect.
 */
#ifndef MV_FAULT_RULE_RESPOND_H
#define MV_FAULT_RULE_RESPOND_H

#include "fault/rule/rule.h"

/* Reads the value of {"respond": value}, and the body's file where one is
 * named. where is its name in errors. False and an error; a's owner frees it in
 * either case. */
bool respond_parse(
    struct action *a, const json_t *value, const char *where, struct error *c);
/* Writes status, headers and body into the decision; all live in the arena of
 * ctx. */
void respond_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision);
/* The same for {"redirect": value}. */
bool redirect_parse(
    struct action *a, const json_t *value, const char *where, struct error *c);
void redirect_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision);

#endif
