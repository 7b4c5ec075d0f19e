/*
 * The words of the vault command: one table, a file per family.
 */
#ifndef MV_CLI_VAULT_COMMAND_H
#define MV_CLI_VAULT_COMMAND_H

#include <stdbool.h>

#include "base/mem.h"
#include "cli/vault/client/kvargs.h"
#include "cli/vault/client/secret.h"
#include "cli/vault/client/vclient.h"
#include "cli/vault/output/goflag.h"
#include "cli/vault/output/ui.h"

/* Exit statuses: the use was wrong; the server or the network was. */
#define VAULT_OK 0
#define VAULT_WRONG_USE 1
#define VAULT_FAILED 2
#define VAULT_UNKNOWN 127
/* Not a status: print the help to standard error and end with 1. */
#define VAULT_SHOW_HELP (-1)

enum vault_flag_groups {
	VAULT_HTTP = 1 << 0,
	VAULT_FIELD = 1 << 1,
	VAULT_FORMAT = 1 << 2,
	VAULT_DETAILED = 1 << 3,
	VAULT_ALLOW_RAW = 1 << 4, /* -format=raw has a meaning */
	VAULT_NO_FLAGS = 1 << 5,  /* arguments are not looked at */
	VAULT_HIDDEN = 1 << 6,	  /* not in the list of the help */
	VAULT_ABSENT = 1 << 7,	  /* genuine has it, this one does not */
};

struct vault_run;

struct vault_command {
	const char *name;		   /* "kv get"; NULL ends a table */
	int (*run)(struct vault_run *run); /* NULL: a group */
	unsigned groups;		   /* enum vault_flag_groups */
	const struct goflag_set *sets;	   /* its own, to a NULL title */
	const char *synopsis;
	const char *usage; /* "[options] KEY" */
	const char *help;  /* prose */
};

/* One run of one command. */
struct vault_run {
	struct arena *arena;
	struct ui ui;
	const struct vault_command *command;
	struct goflags flags;
	char **args;
	int nargs;
	struct vclient client;
	bool has_client;
};

/* The tables of the families. */
extern const struct vault_command audit_commands[];
extern const struct vault_command auth_commands[];
extern const struct vault_command kv_commands[];
extern const struct vault_command kv_metadata_commands[];
extern const struct vault_command lease_commands[];
extern const struct vault_command logical_commands[];
extern const struct vault_command login_commands[];
extern const struct vault_command misc_commands[];
extern const struct vault_command operator_commands[];
extern const struct vault_command raft_commands[];
extern const struct vault_command rekey_commands[];
extern const struct vault_command plugin_commands[];
extern const struct vault_command policy_commands[];
extern const struct vault_command secrets_commands[];
extern const struct vault_command status_commands[];
extern const struct vault_command token_commands[];
extern const struct vault_command transit_commands[];

/* Arguments within bounds; else says so in Go's words, `expected` in them. */
bool vrun_expect(
    struct vault_run *run, int least, int most, const char *expected);
/* "Incorrect arguments (expected N, got M)". */
bool vrun_expect_exactly(struct vault_run *run, int n);
/* The client; false after saying why there is none. */
bool vrun_client(struct vault_run *run);
/* The words behind `from` as data; false after saying why not. */
bool vrun_data(
    struct vault_run *run, int from, const char *failure, struct kvargs *out);
const char *vrun_text(const struct vault_run *run, const char *flag);
bool vrun_is(const struct vault_run *run, const char *flag);
/* An object with one text in it. */
struct slice vrun_one(
    struct vault_run *run, const char *key, const char *value);

/* Whole results in the format that was asked for. */
int print_secret(struct vault_run *run, const struct secret *s);
/* The list of a secret. */
int print_list(struct vault_run *run, const struct secret *s);
/* A map, or a struct in its own order. */
int print_data(struct vault_run *run, struct slice json);
/* A struct that has no table. */
int print_struct(struct vault_run *run, struct slice json);
int print_field(
    struct vault_run *run, const struct secret *s, const char *field);
int print_member(struct vault_run *run, struct slice object, const char *field);
void print_warnings(struct vault_run *run, const struct secret *s);
/* The command's own -field, or the secret. */
int print_result(struct vault_run *run, const struct secret *s);
/* The value of a cell: durations by name as people read them. */
char *print_cell(struct vault_run *run, const char *key, struct slice value);

/* Does it print for people, and not JSON or YAML? */
bool vrun_has_table(const struct vault_run *run);

#endif
