# Sources of src/auth/.
libmockvault_a_SOURCES += \
	src/auth/approle.c \
	src/auth/approle.h \
	src/auth/approle_role.c \
	src/auth/approle_secret.c \
	src/auth/approle_store.c \
	src/auth/approle_store.h \
	src/auth/login.c \
	src/auth/login.h \
	src/auth/others.c \
	src/auth/others_fields.c \
	src/auth/others_fields.h \
	src/auth/token.c \
	src/auth/token_create.c \
	src/auth/token_endpoints.h \
	src/auth/token_roles.c \
	src/auth/userpass.c
