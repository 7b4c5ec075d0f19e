# Sources of src/auth/token/.
libmockvault_a_SOURCES += \
	src/auth/token/create.c \
	src/auth/token/roles.c \
	src/auth/token/token.c \
	src/auth/token/token_endpoints.h
