# Sources of src/proxy/.
libmockvault_a_SOURCES += \
	src/proxy/exchange.c \
	src/proxy/json_rewrite.c \
	src/proxy/json_rewrite.h \
	src/proxy/proxy.c \
	src/proxy/proxy.h \
	src/proxy/proxy_internal.h \
	src/proxy/record.c \
	src/proxy/record.h \
	src/proxy/replay.c \
	src/proxy/replay.h \
	src/proxy/secrets.c \
	src/proxy/secrets.h \
	src/proxy/shape.c \
	src/proxy/shape.h \
	src/proxy/standin.c \
	src/proxy/standin.h \
	src/proxy/upstream.c \
	src/proxy/upstream_tls.c
