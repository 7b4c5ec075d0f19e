# Sources of src/http/.
libmockvault_a_SOURCES += \
	src/http/answer.c \
	src/http/conn.c \
	src/http/greet.c \
	src/http/http.c \
	src/http/http.h \
	src/http/http_internal.h \
	src/http/listen.c \
	src/http/parse.c \
	src/http/parse.h \
	src/http/reader.c \
	src/http/shaper.c \
	src/http/status.c \
	src/http/status.h \
	src/http/tls.c \
	src/http/tls.h
