# Sources of src/server/dev/.
libmockvault_a_SOURCES += \
	src/server/dev/banner.c \
	src/server/dev/banner.h \
	src/server/dev/dev.c \
	src/server/dev/dev.h \
	src/server/dev/dev_tls.c \
	src/server/dev/dev_tls.h
