/*
 * The tables of rows of sys/, for the list of the build.
 */
#ifndef MV_SYS_ROUTE_TABLES_H
#define MV_SYS_ROUTE_TABLES_H

#include "api/route.h"

extern const struct route sys_health_routes[];
extern const struct route sys_seal_routes[];
extern const struct route sys_seal_backend_status_routes[];
extern const struct route sys_newer_routes[];
extern const struct route sys_init_routes[];
extern const struct route sys_leader_routes[];
extern const struct route sys_ha_status_routes[];
extern const struct route sys_mounts_routes[];
extern const struct route sys_auth_routes[];
extern const struct route sys_internal_ui_routes[];
extern const struct route sys_feature_flags_routes[];
extern const struct route sys_policies_routes[];
extern const struct route sys_policies_password_routes[];
extern const struct route sys_capabilities_routes[];
extern const struct route sys_wrapping_routes[];
extern const struct route sys_locked_users_routes[];
extern const struct route sys_leases_routes[];
extern const struct route sys_plugins_routes[];
extern const struct route sys_raft_join_routes[];
extern const struct route sys_raft_bootstrap_routes[];
extern const struct route sys_raft_routes[];
extern const struct route sys_raft_autopilot_routes[];
extern const struct route sys_raft_snapshot_routes[];
extern const struct route sys_counters_routes[];
extern const struct route sys_audit_routes[];
extern const struct route sys_rekey_routes[];
extern const struct route sys_rekey_backup_routes[];
extern const struct route sys_generate_root_routes[];
extern const struct route sys_decode_token_routes[];
extern const struct route sys_config_routes[];
extern const struct route sys_remount_routes[];
extern const struct route sys_rotate_routes[];
extern const struct route sys_tools_routes[];
extern const struct route sys_quotas_routes[];
extern const struct route sys_enterprise_routes[];
extern const struct route sys_openapi_routes[];
extern const struct route sys_metrics_open_routes[];
extern const struct route sys_in_flight_open_routes[];
extern const struct route sys_pprof_open_routes[];
extern const struct route sys_metrics_routes[];
extern const struct route sys_host_info_routes[];
extern const struct route sys_diagnostics_routes[];
extern const struct route sys_raw_routes[];
extern const struct route sys_loggers_routes[];

#endif
