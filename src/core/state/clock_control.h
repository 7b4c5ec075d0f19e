/*
 * The vault's time as people command it: the clock's mode and place, the skew
 * that clients are shown, the scale of TTLs. One JSON form for the control API,
 * scenarios and the command line.
 */
#ifndef MV_CORE_STATE_CLOCK_CONTROL_H
#define MV_CORE_STATE_CLOCK_CONTROL_H

#include <jansson.h>

#include "base/buf.h"
#include "base/json/schema.h"
#include "core/vault.h"

/* {"mode","now","offset","rate","ctl_clock_ttl_scale","skew","real"} */
json_t *clock_control_show(const struct vault *v);
/*
 * A command to the clock that was accepted: its way forward may take several
 * passes, in which what is due on it ends. Commands are carried out in their
 * order.
 */
struct clock_command;
/* Everything is done. */
bool clock_command_is_done(const struct clock_command *cmd);
/* fn is called once, when it is done; not for one that is done already. */
void clock_command_on_done(
    struct clock_command *cmd, void (*fn)(void *arg), void *arg);
/* {"now","expired":[...]} of an advance that is done and a newline, in the
 * order of the ends: a head, and the rest, which is the caller's. */
#define CLOCK_COMMAND_HEAD_MAX 100
void clock_command_take(struct clock_command *cmd,
    char head[CLOCK_COMMAND_HEAD_MAX], struct buf *rest);
/* The caller's interest ends; what is under way goes on. */
void clock_command_release(struct clock_command *cmd);

/* Takes any of these but "real"; absent ones stay. NULL and an error, nothing
 * changed. where is the name of the object itself, "" at the top. */
struct clock_command *clock_command_put(
    struct vault *v, const json_t *fields, const char *where, struct error *c);
/* Could it be taken? Nothing changes. */
bool clock_control_check(
    const json_t *fields, const char *where, struct error *c);
/* {"by":"2h"} or {"to":"..."}, forward; NULL and an error. */
struct clock_command *clock_command_advance(
    struct vault *v, const json_t *fields, struct error *c);

/* The same for who does not wait. */
bool clock_control_put(
    struct vault *v, const json_t *fields, const char *where, struct error *c);
bool clock_control_advance(
    struct vault *v, const json_t *fields, struct error *c);
/* Forward by so much; false and an error of the field "by". */
bool clock_control_jump(struct vault *v, int64_t by_ns, struct error *c);
/* Is this shift within a hundred years? False and an error of that field. */
bool clock_control_check_skew(
    int64_t skew_ns, const char *where, const char *field, struct error *c);
/* Both shifts together, which are no more than a hundred years either. */
int64_t clock_control_add_skew(int64_t skew_ns, int64_t more_ns);
/* "real", "frozen", "frozen@TIME", "offset=DURATION", "rate=NUMBER", and the
 * scale as a number; either may be NULL. */
bool clock_control_start(
    struct vault *v, const char *clock, const char *ttl_scale, struct error *c);
/* As at a start without a word about time; what was under way ends. */
void clock_control_reset(struct vault *v);

extern const struct schema clock_control_schema[], clock_control_step_schema[];

#endif
