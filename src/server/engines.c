/*
 * The lists of this build: engines, tables of rows, tables of the store. Adding
 * an engine or a resource is a line here.
 */
#include "server/engines.h"
#include "server/inventory.h"

#include "api/engine.h"
#include "core/policy/acl.h"
#include "core/mount/audit.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/mount/lockout.h"
#include "core/mount/mount.h"
#include "core/mount/quota.h"
#include "core/mount/unmount.h"
#include "core/policy/password_policy.h"
#include "core/seal/seal.h"
#include "core/setting.h"
#include "cluster/log_store.h"
#include "cluster/peers.h"
#include "core/token/token.h"
#include "core/token/wrap.h"
#include "auth/approle/approle_store.h"
#include "auth/token/token_endpoints.h"
#include "secrets/database/database_store.h"
#include "secrets/kv/kv2_store.h"
#include "secrets/transit/transit_store.h"
#include "core/mount/plain_kv.h"
#include "sys/route_tables.h"

/* sys/ as a mount; its rows are system_tables. */
const struct engine engine_system = {
	.type = "system",
	.table = MOUNT_SECRET,
	.flags = ENGINE_CORE | ENGINE_IN_TREE,
	.help = "The system backend is built-in to Vault and cannot be "
		"remounted or unmounted.",
};

const struct engine *const engines[] = {
	&engine_alicloud,
	&engine_approle,
	&engine_aws,
	&engine_azure,
	&engine_cert,
	&engine_cf,
	&engine_cubbyhole,
	&engine_database,
	&engine_gcp,
	&engine_generic_leased,
	&engine_github,
	&engine_identity,
	&engine_jwt,
	&engine_kerberos,
	&engine_kubernetes,
	&engine_kv1,
	&engine_kv2,
	&engine_ldap,
	&engine_oci,
	&engine_oidc,
	&engine_okta,
	&engine_pki,
	&engine_radius,
	&engine_system,
	&engine_token,
	&engine_transit,
	&engine_userpass,
	NULL,
};

const struct route *const system_tables[] = {
	sys_health_routes,
	sys_seal_routes,
	sys_seal_backend_status_routes,
	sys_newer_routes,
	sys_init_routes,
	sys_leader_routes,
	sys_ha_status_routes,
	sys_mounts_routes,
	sys_auth_routes,
	sys_internal_ui_routes,
	sys_feature_flags_routes,
	sys_counters_routes,
	sys_plugins_routes,
	sys_policies_routes,
	sys_policies_password_routes,
	sys_capabilities_routes,
	sys_wrapping_routes,
	sys_locked_users_routes,
	sys_leases_routes,
	sys_config_routes,
	sys_raft_join_routes,
	sys_raft_bootstrap_routes,
	sys_raft_routes,
	sys_raft_autopilot_routes,
	sys_raft_snapshot_routes,
	sys_remount_routes,
	sys_audit_routes,
	sys_rekey_routes,
	sys_rekey_backup_routes,
	sys_generate_root_routes,
	sys_decode_token_routes,
	sys_rotate_routes,
	sys_tools_routes,
	sys_quotas_routes,
	sys_enterprise_routes,
	sys_openapi_routes,
	sys_metrics_open_routes,
	sys_in_flight_open_routes,
	sys_pprof_open_routes,
	sys_metrics_routes,
	sys_host_info_routes,
	sys_diagnostics_routes,
	sys_raw_routes,
	sys_loggers_routes,
	NULL,
};

#define STATE_PARTS                                                          \
	&seal_store, &mount_store, &unmount_store, &token_store, &acl_store, \
	    &lease_store, &wrap_store, &identity_store, &kv2_store,          \
	    &plain_kv_store, &pki_store, &lockout_store, &setting_store,     \
	    &audit_store, &quota_store, &password_policy_store,              \
	    &database_store, &token_role_store, &approle_store,              \
	    &transit_store, &userpass_store, &dev_store, &inventory_store

const struct store_part *const store_parts[] = { STATE_PARTS, NULL };

const struct store_part *const node_store_parts[] = { STATE_PARTS,
	&log_store_part, &peers_store_part, NULL };
