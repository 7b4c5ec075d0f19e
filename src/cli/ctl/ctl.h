/*
 * What the verbs of "mockvault ctl" share: a row of the table, the question
 * asked, and how an error is shown. "scenario" and "healthcheck" are
 * groups of such rows too.
 */
#ifndef MV_CLI_CTL_CTL_H
#define MV_CLI_CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/client.h"
#include "cli/columns.h"
#include "cli/args.h"

/* Exit statuses: yes, no, could not be asked. */
enum ctl_exit {
	CTL_YES = 0,
	CTL_NO = 1,
	CTL_ERROR = 2,
};

struct ctl {
	const struct ctl_group *group;
	const struct ctl_verb *verb;
	struct client_config client;
	struct args args;
	struct client_answer answer;
	bool json;
	char found_url[240]; /* client's url, where nobody said one */
	bool is_found;	     /* it is the one server that runs here */
};

struct ctl_verb {
	const char *words; /* "outage off"; NULL ends the table */
	const char *usage; /* "NAME|all" */
	const char *help;
	int min_args, max_args; /* words behind its own; most -1: any number */
	const struct flag *flags; /* of its own, or NULL */
	int (*run)(struct ctl *c);
	const char *completions; /* what its words may be; "@files", or what a
	    server lists: "@outages", "@faults"... */
};

struct ctl_group {
	const char *name; /* NULL ends the list */
	const char *intro;
	const struct ctl_verb *const *tables; /* NULL-terminated */
	const struct flag *flags;	      /* of every verb, or NULL */
};

/* ctl, scenario, healthcheck: for dispatch, help and completion. */
extern const struct ctl_group ctl_groups[];

/* Runs a verb of ctl, or of one group of them; returns the status that the
 * program ends with. And the manual of all verbs. */
int ctl_run(const char *group, int argc, char *const *argv);
void ctl_man(FILE *out);

/* ---- for verbs ---- */

/* Asks, takes body over; the answer is in c->answer. false: none came, which
 * has been said. */
bool ctl_call_any_status(struct ctl *c, const char *method, const char *path,
    json_t *body, int timeout_s);
/* The same where any status but 2xx is an error, which is shown. */
bool ctl_call(
    struct ctl *c, const char *method, const char *path, json_t *body);
/* "kind/NAME/more" with the name escaped; the caller frees it. */
char *ctl_path(const char *kind, const char *name, const char *more);
/* Shows the server's error; always CTL_ERROR. */
int ctl_print_server_error(const struct ctl *c);
/* How a verb is written, without a newline. */
void ctl_print_usage(
    FILE *out, const struct ctl_group *g, const struct ctl_verb *v);
/* A mistake of the user's: says it and the verb's usage; CTL_ERROR. */
int ctl_usage_error(const struct ctl *c, const char *why);
/* With --json prints the answer as it came and returns true. */
bool ctl_print_raw(const struct ctl *c);
const char *ctl_arg(const struct ctl *c, int n);
/* {} with what --match says; NULL: said already. */
json_t *ctl_match_body(struct ctl *c);
/* Puts what make makes of a flag under key; true when it was not given. */
bool ctl_put_flag(struct ctl *c, json_t *body, const char *key,
    const char *flag, json_t *(*parse)(const char *text, struct error *e));

/* GET path, its list under that key: as columns, or with --names alone.
 * prepare may be NULL; it makes of the list what is to be shown. */
int ctl_print_list(struct ctl *c, const char *path, const char *key,
    const struct column *columns, void (*prepare)(json_t *list));

extern const struct flag ctl_client_flags[];
extern const struct flag ctl_list_flags[]; /* --names */
extern const struct column ctl_entry_columns[];

extern const struct ctl_verb ctl_outage_verbs[];
extern const struct ctl_verb ctl_node_verbs[];
extern const struct ctl_verb ctl_fault_verbs[];
extern const struct ctl_verb ctl_clock_verbs[];
extern const struct ctl_verb ctl_request_verbs[];
extern const struct ctl_verb ctl_verify_verbs[];
extern const struct ctl_verb ctl_tail_verbs[];
extern const struct ctl_verb ctl_event_verbs[];
extern const struct ctl_verb ctl_space_verbs[];
extern const struct ctl_verb ctl_state_verbs[];
extern const struct ctl_verb ctl_scenario_verbs[];
extern const struct ctl_verb ctl_info_verbs[];
extern const struct ctl_verb scenario_verbs[];
extern const struct ctl_verb healthcheck_verbs[];

#endif
