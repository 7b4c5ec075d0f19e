# Sources of src/cli/vault/commands/.
libmockvault_a_SOURCES += \
	src/cli/vault/commands/autopilot.c \
	src/cli/vault/commands/autopilot.h \
	src/cli/vault/commands/cmd_audit.c \
	src/cli/vault/commands/cmd_kv.c \
	src/cli/vault/commands/cmd_kv_metadata.c \
	src/cli/vault/commands/cmd_lease.c \
	src/cli/vault/commands/cmd_logical.c \
	src/cli/vault/commands/cmd_login.c \
	src/cli/vault/commands/cmd_misc.c \
	src/cli/vault/commands/cmd_mounts.c \
	src/cli/vault/commands/cmd_operator.c \
	src/cli/vault/commands/cmd_plugin.c \
	src/cli/vault/commands/cmd_policy.c \
	src/cli/vault/commands/cmd_raft.c \
	src/cli/vault/commands/cmd_rekey.c \
	src/cli/vault/commands/cmd_status.c \
	src/cli/vault/commands/cmd_token.c \
	src/cli/vault/commands/cmd_transit.c \
	src/cli/vault/commands/generate_root.c \
	src/cli/vault/commands/generate_root.h \
	src/cli/vault/commands/kv_paths.c \
	src/cli/vault/commands/kv_paths.h \
	src/cli/vault/commands/logical.c \
	src/cli/vault/commands/login.h \
	src/cli/vault/commands/mounts.c \
	src/cli/vault/commands/mounts.h \
	src/cli/vault/commands/pgp_file.c \
	src/cli/vault/commands/pgp_file.h \
	src/cli/vault/commands/seal_status.h \
	src/cli/vault/commands/raft_inspect.c \
	src/cli/vault/commands/raft_inspect.h \
	src/cli/vault/commands/shares.h
