# Sources of src/server/.
libmockvault_a_SOURCES += \
	src/server/admin_listener.c \
	src/server/admin_listener.h \
	src/server/admin_request.c \
	src/server/admin_request.h \
	src/server/clock_options.c \
	src/server/clock_options.h \
	src/server/control_host.c \
	src/server/control_host.h \
	src/server/embed.c \
	src/server/engines.c \
	src/server/engines.h \
	src/server/init_scripts.c \
	src/server/init_scripts.h \
	src/server/instance.c \
	src/server/instance.h \
	src/server/instance_config.c \
	src/server/instance_config.h \
	src/server/lifeline.c \
	src/server/lifeline.h \
	src/server/inventory.c \
	src/server/inventory.h \
	src/server/listeners.c \
	src/server/listeners.h \
	src/server/options.c \
	src/server/options.h \
	src/server/reload.c \
	src/server/reload.h \
	src/server/runtime_file.c \
	src/server/runtime_file.h \
	src/server/server.c \
	src/server/server.h \
	src/server/vault_probe.c \
	src/server/vault_probe.h \
	src/server/worker_pool.c \
	src/server/worker_pool.h
