# Sources of src/sys/.
libmockvault_a_SOURCES += \
	src/sys/audit.c \
	src/sys/body_fields.c \
	src/sys/body_fields.h \
	src/sys/capabilities.c \
	src/sys/config.c \
	src/sys/counters.c \
	src/sys/diagnostics.c \
	src/sys/enterprise.c \
	src/sys/generate_root.c \
	src/sys/health.c \
	src/sys/host_info.c \
	src/sys/init.c \
	src/sys/internal_ui.c \
	src/sys/key_shares.c \
	src/sys/key_shares.h \
	src/sys/leader.c \
	src/sys/leases.c \
	src/sys/locked_users.c \
	src/sys/loggers.c \
	src/sys/metrics.c \
	src/sys/openapi.c \
	src/sys/plugins.c \
	src/sys/policies.c \
	src/sys/policies.h \
	src/sys/policies_password.c \
	src/sys/quotas.c \
	src/sys/raft.c \
	src/sys/raw.c \
	src/sys/rekey.c \
	src/sys/remount.c \
	src/sys/rotate.c \
	src/sys/route_tables.h \
	src/sys/seal.c \
	src/sys/tools.c \
	src/sys/wrapping.c
