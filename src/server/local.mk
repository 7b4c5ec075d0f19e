# Sources of src/server/.
libmockvault_a_SOURCES += \
	src/server/banner.c \
	src/server/banner.h \
	src/server/cert_profiles.c \
	src/server/cert_profiles.h \
	src/server/config_file.c \
	src/server/config_file.h \
	src/server/control_host.c \
	src/server/control_host.h \
	src/server/dev.c \
	src/server/dev.h \
	src/server/dev_tls.c \
	src/server/dev_tls.h \
	src/server/embed.c \
	src/server/engines.c \
	src/server/engines.h \
	src/server/fixtures.c \
	src/server/fixtures.h \
	src/server/generators.c \
	src/server/generators.h \
	src/server/instance.c \
	src/server/instance.h \
	src/server/listeners.c \
	src/server/listeners.h \
	src/server/operator.c \
	src/server/options.c \
	src/server/options.h \
	src/server/reload.c \
	src/server/reload.h \
	src/server/server.c \
	src/server/server.h \
	src/server/witness.c \
	src/server/witness.h \
	src/server/worker.c \
	src/server/worker.h
