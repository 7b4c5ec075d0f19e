# Sources of src/api/phases/.
libmockvault_a_SOURCES += \
	src/api/phases/audit.c \
	src/api/phases/authorize.c \
	src/api/phases/body_limits.c \
	src/api/phases/clean_path.c \
	src/api/phases/commit.c \
	src/api/phases/cors.c \
	src/api/phases/cors.h \
	src/api/phases/fault.c \
	src/api/phases/journal.c \
	src/api/phases/lockout.c \
	src/api/phases/metrics.c \
	src/api/phases/query.c \
	src/api/phases/quota.c \
	src/api/phases/request_parse.c \
	src/api/phases/routing.c \
	src/api/phases/sealed_or_standby.c \
	src/api/phases/ui.c \
	src/api/phases/wrapping.c
