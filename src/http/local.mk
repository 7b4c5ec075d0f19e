# Sources of src/http/.
libmockvault_a_SOURCES += \
	src/http/accept.c \
	src/http/conn.c \
	src/http/conn_output.c \
	src/http/http.c \
	src/http/http.h \
	src/http/http_internal.h \
	src/http/listen.c \
	src/http/proxy_protocol.c \
	src/http/reader.c \
	src/http/respond.c \
	src/http/settings.c \
	src/http/space.c \
	src/http/status.c \
	src/http/status.h \
	src/http/stream.c \
	src/http/tenant.c \
	src/http/throttle.c \
	src/http/tls.c \
	src/http/tls.h \
	src/http/waiting_responses.c
