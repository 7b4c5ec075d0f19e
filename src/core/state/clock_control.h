/*
 * The vault's time as people command it: the clock's mode and place, the skew
 * that clients are shown, the scale of TTLs. One JSON form for the control API,
 * scenarios and the command line.
 */
#ifndef MV_CORE_STATE_CLOCK_CONTROL_H
#define MV_CORE_STATE_CLOCK_CONTROL_H

#include <jansson.h>

#include "base/json/schema.h"
#include "core/vault.h"

/* {"mode","now","offset","rate","ctl_clock_ttl_scale","skew","real"} */
json_t *clock_control_show(const struct vault *v);
/*
 * Takes any of these but "real"; absent ones stay. What ends on a way forward
 * has ended when this returns. false and an error, nothing changed. where
 * is the name of the object itself, "" at the top.
 */
bool clock_control_put(
    struct vault *v, const json_t *fields, const char *where, struct error *c);
/* Could it be taken? Nothing changes. */
bool clock_control_check(
    const json_t *fields, const char *where, struct error *c);
/* {"by":"2h"} or {"to":"..."}, forward: {"now","expired":[...]}, in the order
 * of the ends; NULL and an error. */
json_t *clock_control_advance(
    struct vault *v, const json_t *fields, struct error *c);
/* "real", "frozen", "frozen@TIME", "offset=DURATION", "rate=NUMBER", and the
 * scale as a number; either may be NULL. */
bool clock_control_start(
    struct vault *v, const char *clock, const char *ttl_scale, struct error *c);
/* As at a start without a word about time. */
void clock_control_reset(struct vault *v);

extern const struct schema clock_control_schema[], clock_control_step_schema[];

#endif
