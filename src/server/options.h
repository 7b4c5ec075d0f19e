/*
 * What can be set on the command line and by the environment: one table, which
 * also prints the help text and the man page.
 */
#ifndef MV_SERVER_OPTIONS_H
#define MV_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/flags.h"

#define OPTION_LIST_MAX 32

struct option_list {
	const char *items[OPTION_LIST_MAX];
	int n;
};

/* Texts are borrowed from argv and the environment. */
struct options {
	/* Vault's */
	struct option_list config;
	bool dev;
	const char *dev_root_token_id;
	const char *dev_listen_address;
	bool dev_no_store_token;
	bool dev_kv_v1;
	bool dev_no_kv;
	bool dev_skip_init;
	bool dev_three_node;
	bool dev_tls;
	const char *dev_tls_cert_dir;
	struct option_list dev_tls_san;
	const char *log_level;
	const char *log_format;
	const char *log_file;
	bool combine_logs;
	bool verify_only;
	bool disable_user_lockout;
	bool kms_unreachable;
	bool dump_on_exit;
	const char *api_addr;
	const char *cluster_addr;
	/* ours */
	const char *db_path;
	const char *nodes; /* NULL: no cluster */
	const char *cluster_speed;
	const char *seed;
	const char *vault_version;
	struct option_list fixtures;
	const char *admin_addr; /* NULL: the default, taken or not */
	bool admin_on_main;
	const char *admin_token;
	bool strict_headers;
	const char *spaces_max;
	struct option_list faults;
	const char *scenario;
	const char *scenario_start;
	struct option_list scenario_set;
	const char *scenario_speed;
	const char *clock;
	const char *fault_clock; /* "real" or "virtual" */
	const char *ttl_scale;
	const char *journal_size;
	const char *journal_file;
	const char *snapshot;
	const char *export_on_exit;
	const char *init_dir;
	bool exit_with_parent;
	bool exit_on_stdin_eof;
	bool database_live;
	/* of the proxy, and of a replay */
	const char *upstream;
	const char *upstream_ca;
	const char *upstream_server_name;
	const char *upstream_client_cert;
	const char *upstream_client_key;
	const char *upstream_host;
	const char *upstream_timeout;
	bool upstream_skip_verify;
	const char *record;
	const char *replay;
	const char *tls_cert_file;
	const char *tls_key_file;
	bool bare; /* no flag: not what the environment has of fixtures */
	/* accepted, without effect */
	const char *ignored_string;
	bool ignored_flag;
};

/* Every default, nothing else. */
void options_defaults(struct options *o);
/*
 * Environment first, then flags. One or two dashes, "-f=v" and "-f v". On
 * failure writes a usage error that names the flag and returns false.
 */
bool options_parse(
    struct options *o, int argc, char *const *argv, struct error *e);
/* One option by its name, without dashes; value NULL is a switch's "true".
 * False with the error that the flag would get. */
bool options_set(
    struct options *o, const char *name, const char *value, struct error *e);
/* The i-th flag that the help shows, NULL behind the last. */
const struct flag *options_flag(size_t i);
/* Prints "Usage: ..." and every option with its help. */
void options_help(FILE *out);
/* The help of the proxy: its own options, and that there are those. */
void options_help_proxy(FILE *out);
/* The same as a section of a man page. */
void options_man(FILE *out);

#endif
