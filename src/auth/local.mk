# Sources of src/auth/.
libmockvault_a_SOURCES += \
	src/auth/login.c \
	src/auth/login.h
