# Sources of src/api/.
libmockvault_a_SOURCES += \
	src/api/access.c \
	src/api/ahead.c \
	src/api/ahead.h \
	src/api/api.c \
	src/api/api.h \
	src/api/api_internal.h \
	src/api/audit.c \
	src/api/cors.c \
	src/api/cors.h \
	src/api/engine.h \
	src/api/entries.c \
	src/api/entries.h \
	src/api/facts.c \
	src/api/fault.c \
	src/api/help.c \
	src/api/help.h \
	src/api/journal.c \
	src/api/lockout.c \
	src/api/login.c \
	src/api/login.h \
	src/api/metrics.c \
	src/api/param.c \
	src/api/param.h \
	src/api/pipeline.c \
	src/api/quota.c \
	src/api/reply.c \
	src/api/reply.h \
	src/api/request.c \
	src/api/request.h \
	src/api/route.c \
	src/api/route.h \
	src/api/target.c \
	src/api/tools.c \
	src/api/tools.h \
	src/api/wrapping.c
