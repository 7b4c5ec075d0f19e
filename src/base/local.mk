# Sources of src/base/.
libmockvault_a_SOURCES += \
	src/base/buf.c \
	src/base/buf.h \
	src/base/cidr.c \
	src/base/cidr.h \
	src/base/duration.c \
	src/base/duration.h \
	src/base/error.c \
	src/base/error.h \
	src/base/file.c \
	src/base/file.h \
	src/base/go_text.c \
	src/base/go_text.h \
	src/base/flags.c \
	src/base/flags.h \
	src/base/glob.c \
	src/base/glob.h \
	src/base/header.h \
	src/base/idna.c \
	src/base/idna.h \
	src/base/line_sink.c \
	src/base/line_sink.h \
	src/base/log.c \
	src/base/log.h \
	src/base/map.c \
	src/base/map.h \
	src/base/mem.c \
	src/base/mem.h \
	src/base/pem.c \
	src/base/pem.h \
	src/base/text.c \
	src/base/text.h \
	src/base/strs.c \
	src/base/strs.h \
	src/base/version.h
