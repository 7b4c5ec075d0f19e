# Sources of src/auth/.
libmockvault_a_SOURCES += \
	src/auth/login.c \
	src/auth/login.h \
	src/auth/token_params.c \
	src/auth/token_params.h
