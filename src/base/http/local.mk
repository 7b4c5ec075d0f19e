# Sources of src/base/http/.
libmockvault_a_SOURCES += \
	src/base/http/parse.c \
	src/base/http/parse.h
